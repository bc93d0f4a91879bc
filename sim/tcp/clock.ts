/**
 * The two clocks. The fine one is `now` in microseconds. The slow one counts ticks, for spans of minutes to days: hardware
 * holds it in a few bits.
 *
 * A slow deadline is armed at `ticks + span + 1`: the tick that is under way does not count, so it is never early. Ages are
 * differences modulo 2^32, as hardware has 32 bits for them: after 50 days they begin anew.
 */

/** Microseconds in a tick: 2^10, so that hardware shifts; within the 1 ms to 1 s of RFC 7323 section 5.4. */
export const TICK = 1024;

export function ticksOf(microseconds: number): number {
  return Math.floor(microseconds / TICK);
}

/** What a record keeps of a point in time whose age it asks for later. */
export function stamp(ticks: number): number {
  return ticks % 2 ** 32;
}

/** Ticks since `at`, which `stamp` gave. */
export function age(ticks: number, at: number): number {
  return (ticks - at) >>> 0;
}

/** A slow deadline `span` ticks from now. */
export function after(ticks: number, span: number): number {
  return ticks + span + 1;
}
