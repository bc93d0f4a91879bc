/**
 * Sequence numbers: 32 bits, compared modulo 2^32 by the sign of their difference (RFC 9293 section 3.4).
 *
 * All arguments and results are numbers from 0 to 2^32 - 1 but those of `seqDiff`. A comparison is right as long as the
 * two are less than 2^31 apart, which windows of at most 2^30 (RFC 7323 section 2.3) guarantee.
 */

/** a - b as a signed number, -2^31 to 2^31 - 1. */
export function seqDiff(a: number, b: number): number {
  return (a - b) | 0;
}

/** `seq` moved by a signed number of bytes. */
export function seqAdd(seq: number, bytes: number): number {
  return (seq + bytes) >>> 0;
}

export function seqLt(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function seqLeq(a: number, b: number): boolean {
  return ((a - b) | 0) <= 0;
}

export function seqGt(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

export function seqGeq(a: number, b: number): boolean {
  return ((a - b) | 0) >= 0;
}

export function seqMin(a: number, b: number): number {
  return seqLt(b, a) ? b : a;
}

export function seqMax(a: number, b: number): number {
  return seqLt(a, b) ? b : a;
}
