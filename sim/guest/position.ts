/** Absolute positions in rings: bytes since the connection began, modulo 2^32. */

export function advanced(position: number, by: number): number {
  return (position + by) >>> 0;
}

/** `to - from`, signed: right as long as both are less than 2^31 apart. */
export function distance(from: number, to: number): number {
  return (to - from) | 0;
}
