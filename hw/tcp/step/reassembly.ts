/**
 * Out-of-order intervals: what arrived ahead of `rcv_nxt` (RFC 9293 section 3.10.7.4, SHLD-31).
 *
 * Payload goes to its final place at once; only its bounds are kept: at most four intervals, disjoint, not touching, in
 * order of distance from `rcv_nxt`. So what arrives is behind some of them, overlaps or touches the next ones, and is before
 * the rest; a segment that would need a fifth is dropped. All masks have a bit for each interval, the first one lowest.
 */
import { allOf, Bool, cat, lit, mux, type UInt, when } from '@vtoe/hdl';
import { seqLt } from '@vtoe/hdl/lib';
import { INTERVALS } from '../tcb.ts';
import type { Position } from './position.ts';
import type { Inputs, Outcome } from './stage.ts';

export type Reassembly = ReturnType<typeof reassemblyDifferences>;
export type ReassemblyDecisions = ReturnType<typeof reassemblyDecisions>;

const indices = Array.from({ length: INTERVALS }, (_, i) => i);

function mask(bitOf: (i: number) => Bool): UInt {
  return cat(...indices.map(bitOf).reverse());
}

/** The value of the only set bit; `otherwise` if there is none. */
function chosen(which: UInt, valueOf: (i: number) => UInt, otherwise: UInt): UInt {
  return indices.reduce((value, i) => mux(which.bit(i), valueOf(i), value), otherwise);
}

export function reassemblyDifferences({ tcb, event, segEnd }: Inputs & Position) {
  const { seq } = event.segment;
  const valid = (i: number) => tcb.interval_count.gt(i);
  const [start, end] = [(i: number) => tcb.intervals.at(i).start, (i: number) => tcb.intervals.at(i).end];
  const before = mask((i) => valid(i).and(seqLt(end(i), seq)));
  const behind = mask((i) => seqLt(segEnd, start(i)));
  return {
    /** They end before the segment. */
    intervalBefore: before,
    /** They overlap or touch it. In order, it reaches them. */
    intervalMeets: mask((i) => allOf(valid(i), before.bit(i).not(), behind.bit(i).not())),
    /** They begin no later. */
    intervalBegun: mask((i) => seqLt(seq, start(i)).not()),
    /** They end later. */
    intervalPast: mask((i) => valid(i).and(seqLt(segEnd, end(i)))),
    /** They end at the FIN that is held. */
    intervalAtFin: mask((i) => end(i).eq(tcb.fin_seq)),
  };
}

/**
 * Bytes from `rcv_nxt` (`inOrder`) or from SEG.SEQ on arrive, to before `to`: SEG.SEQ + length, or less where an edge cuts.
 * Intervals never reach beyond that edge, so what was compared with the end holds for `to`, but for an end right at it.
 * @param arrives there are such bytes
 */
export function reassemblyDecisions(v: Inputs & Reassembly, arrives: Bool, inOrder: Bool, to: UInt) {
  const { intervals, interval_count } = v.tcb;
  const reaching = v.intervalPast.or(mask((i) => intervals.at(i).end.eq(to)));
  const outOfOrder = arrives.and(inOrder.not());
  const known = v.intervalMeets.and(v.intervalBegun).and(reaching).orR();
  const full = allOf(interval_count.eq(INTERVALS), v.intervalMeets.orR().not());
  const met = v.intervalMeets.popcount();
  const left = interval_count.sub(met);
  const taken = arrives.and(inOrder);
  const kept = allOf(outOfOrder, known.not(), full.not());
  return {
    /** `rcv_nxt` moves to `intervalEnd`. */
    intervalTaken: taken,
    intervalKept: kept,
    intervalKnown: outOfOrder.and(known),
    intervalFull: allOf(outOfOrder, known.not(), full),
    /** What the bytes and the intervals that they meet make together. Only the last one can end later, the first one begin earlier. */
    intervalStart: chosen(v.intervalMeets.and(v.intervalBegun), (i) => intervals.at(i).start, v.event.segment.seq),
    intervalEnd: chosen(v.intervalMeets.and(reaching), (i) => intervals.at(i).end, to),
    /** Of these one ends behind the segment. */
    intervalOvertakes: v.intervalMeets.and(v.intervalPast).orR(),
    intervalEndsAtFin: v.intervalMeets.and(reaching).and(v.intervalAtFin).orR(),
    intervalReaches: v.intervalMeets.and(reaching).orR(),
    /** An interval comes from `shift` - 1 places further on: a bit for each `shift`. */
    intervalShift: mux(inOrder, met.add(1), met).oneHot(INTERVALS + 2),
    intervalCount: mux(inOrder, left, left.add(1)),
  };
}

export function reassemble(v: Inputs & Reassembly & ReassemblyDecisions, { next }: Outcome): void {
  const { intervals } = v.tcb;
  when(v.intervalTaken.or(v.intervalKept), () => {
    next.interval_count.set(v.intervalCount);
    for (const i of indices) {
      const behindLast = i === 0 ? lit(Bool, true) : v.intervalBefore.bit(i - 1);
      const target = next.intervals.at(i);
      // Unless it ends before the segment it moves.
      for (let shift = 0; shift < INTERVALS + 2; shift++) {
        const from = i + shift - 1;
        if (from < 0 || from >= INTERVALS || from === i) continue;
        when(v.intervalShift.bit(shift).and(v.intervalBefore.bit(i).not()), () => target.set(intervals.at(from)));
      }
      when(allOf(v.intervalKept, v.intervalBefore.bit(i).not(), behindLast), () => target.set({ start: v.intervalStart, end: v.intervalEnd }));
    }
  });
}
