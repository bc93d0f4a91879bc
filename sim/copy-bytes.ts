/** Copies bytes from one array to another: what buses and memories do most. */

/** A loop is faster than `set` and its view, for as few bytes. */
const FEW_BYTES = 64;

export function copyBytes(from: Uint8Array, at: number, to: Uint8Array, start: number, length: number): void {
  if (length > FEW_BYTES) {
    to.set(from.subarray(at, at + length), start);
    return;
  }
  for (let i = 0; i < length; i += 1) to[start + i] = from[at + i]!;
}
