/** Timestamps: the clock, PAWS and what is echoed. RFC 7323 sections 3 to 5. */
import { age, stamp, TICK, ticksOf } from './clock.ts';
import type { SegmentOptions } from './segment.ts';
import { seqDiff, seqLeq, seqLt } from './sequence.ts';
import type { Draft, Tcb } from './tcb.ts';

/** TSval at this time, RFC 7323 section 5.4: a clock plus the connection's own offset. */
export function tsval(t: Tcb, now: number): number {
  return (ticksOf(now) + t.ts_offset) % 2 ** 32;
}

/** Microseconds since the segment that this echoes left, in whole ticks; undefined: it never left. */
export function echoed(t: Tcb, now: number, tsecr: number): number | undefined {
  const ticks = seqDiff(tsval(t, now), tsecr);
  return ticks < 0 || ticks >= 2 ** 17 ? undefined : ticks * TICK; // 2^17 ticks are 134 s: more than any RTO
}

/** PAWS, RFC 7323 section 5.3 R1, with the limit of section 5.5. RST segments are not asked. */
export function pawsRefuses(t: Tcb, options: SegmentOptions, ticks: number, life: number): boolean {
  if (!t.ts_ok || options.tsval === undefined) return false;
  return seqLt(options.tsval, t.ts_recent) && age(ticks, t.ts_recent_at) <= life;
}

/** RFC 7323 section 4.3 (2) and section 5.3 R3, of an acceptable segment. */
export function keepRecent(t: Draft, seq: number, options: SegmentOptions, ticks: number, life: number): void {
  if (!t.ts_ok || options.tsval === undefined || !seqLeq(seq, t.last_ack_sent)) return;
  // A TS.Recent that outlived its validity is replaced whatever came: section 5.5.
  if (seqLt(options.tsval, t.ts_recent) && age(ticks, t.ts_recent_at) <= life) return;
  t.ts_recent = options.tsval;
  t.ts_recent_at = stamp(ticks);
}
