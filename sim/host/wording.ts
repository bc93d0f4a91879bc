/** How addresses and sizes stand in sentences. */

export function hexadecimal(address: number | bigint): string {
  return `0x${address.toString(16)}`;
}

/** `1 byte`, `2 bytes` */
export function byteCount(count: number): string {
  return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
}
