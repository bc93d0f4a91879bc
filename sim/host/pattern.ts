/**
 * What memory holds that nobody owns. Its bytes depend on their position, so that a stray copy of it shows too; it
 * repeats every 4 KiB, so that filling and comparing run at the speed of memory.
 */
const PERIOD = 4096;

/** Multiples of 0x9e3779b1 (2^32 divided by the golden ratio), their middle bits: no two neighbours repeat. */
const PATTERN = Uint8Array.from({ length: PERIOD }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 16) & 255);

export function fillPattern(bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to;) {
    const phase = at % PERIOD;
    const length = Math.min(PERIOD - phase, to - at);
    bytes.set(PATTERN.subarray(phase, phase + length), at);
    at += length;
  }
}

/** A run of bytes that are no longer the pattern: from the first that differs to the last within the range. */
export interface Damage {
  readonly first: number;
  readonly last: number;
  /** How many differ. */
  readonly bytes: number;
}

export function findDamage(bytes: Uint8Array, from: number, to: number): Damage | undefined {
  let first = -1;
  let last = -1;
  let count = 0;
  for (let at = from; at < to;) {
    const phase = at % PERIOD;
    const length = Math.min(PERIOD - phase, to - at);
    if (Buffer.compare(bytes.subarray(at, at + length), PATTERN.subarray(phase, phase + length)) !== 0) {
      for (let k = 0; k < length; k += 1) {
        if (bytes[at + k] === PATTERN[phase + k]) continue;
        if (first < 0) first = at + k;
        last = at + k;
        count += 1;
      }
    }
    at += length;
  }
  return first < 0 ? undefined : { first, last, bytes: count };
}
