/**
 * Out-of-order intervals: what arrived ahead of `rcv_nxt` (RFC 9293 section 3.10.7.4, SHLD-31).
 *
 * Payload goes to its final place at once; only its bounds are kept: at most four intervals, disjoint, not touching, in
 * order of distance from `rcv_nxt`. A segment that would need a fifth is dropped.
 */
import { INTERVALS } from './constants.ts';
import { seqLeq, seqLt, seqMax, seqMin } from './sequence.ts';
import type { Draft, Interval } from './tcb.ts';

const NO_INTERVALS: readonly Interval[] = Object.freeze([]);

export type Kept = 'in_order' | 'out_of_order' | 'full' | 'known';

/** Bytes `start` to before `end` arrive, `rcv_nxt` <= `start` < `end` <= right edge. */
export function keep(t: Draft, start: number, end: number): Kept {
  if (start === t.rcv_nxt) {
    t.rcv_nxt = end;
    if (t.intervals.length > 0) absorb(t);
    return 'in_order';
  }
  let from = start;
  let to = end;
  const kept: Interval[] = [];
  let placed = false;
  for (const interval of t.intervals) {
    if (seqLeq(interval.start, start) && seqLeq(end, interval.end)) return 'known';
    if (seqLt(interval.end, from)) kept.push(interval);
    else if (seqLt(to, interval.start)) {
      if (!placed) kept.push({ start: from, end: to });
      placed = true;
      kept.push(interval);
    } else {
      // They overlap or touch: one interval.
      from = seqMin(from, interval.start);
      to = seqMax(to, interval.end);
    }
  }
  if (!placed) kept.push({ start: from, end: to });
  if (kept.length > INTERVALS) return 'full';
  t.intervals = kept;
  return 'out_of_order';
}

/** Intervals that `rcv_nxt` has reached are in order now. */
function absorb(t: Draft): void {
  let taken = 0;
  for (const { start, end } of t.intervals) {
    if (seqLt(t.rcv_nxt, start)) break;
    t.rcv_nxt = seqMax(t.rcv_nxt, end);
    taken++;
  }
  if (taken > 0) t.intervals = taken === t.intervals.length ? NO_INTERVALS : t.intervals.slice(taken);
}

/** Nothing is expected any more. */
export function forget(t: Draft): void {
  t.intervals = NO_INTERVALS;
  t.fin_held = false;
}
