/** Where a segment lies to the receive window: RFC 9293 section 3.10.7.4, first check and table 6. */
import { allOf, anyOf, type Bool, mux } from '@vtoe/hdl';
import { seqLt } from '@vtoe/hdl/lib';
import { addWithCarry } from './carry.ts';
import type { Inputs } from './stage.ts';

export type Position = ReturnType<typeof positionDifferences>;

export function positionDifferences({ tcb, event }: Inputs) {
  const { seq, length, syn } = event.segment;
  const segEnd = addWithCarry(seq, length.zext(seq.width), syn);
  return {
    /** Sequence number of the first payload byte, and behind the last one: where a FIN would be. */
    segFirst: seq.add(syn.toUInt().zext(seq.width)),
    segEnd,
    segEmpty: length.eq(0),
    /** SEG.SEQ before, at `rcv_nxt`; before the window's right edge. */
    segBehind: seqLt(seq, tcb.rcv_nxt),
    segAtNext: seq.eq(tcb.rcv_nxt),
    segBeforeEdge: seqLt(seq, tcb.rcv_adv),
    /** The end before, at `rcv_nxt`; before, at the right edge. */
    segEndBehind: seqLt(segEnd, tcb.rcv_nxt),
    segEndAtNext: segEnd.eq(tcb.rcv_nxt),
    segEndBeforeEdge: seqLt(segEnd, tcb.rcv_adv),
    segEndAtEdge: segEnd.eq(tcb.rcv_adv),
    /** Nothing may come: RCV.WND = 0. */
    segWindowClosed: tcb.rcv_adv.eq(tcb.rcv_nxt),
  };
}

/** Table 6. @param crossed the SYN of a simultaneous open was taken off: the segment begins at `rcv_nxt` */
export function acceptable(v: Inputs & Position, crossed: Bool): Bool {
  const { fin, syn } = v.event.segment;
  const atNext = v.segAtNext.or(crossed);
  const first = allOf(v.segBehind.not().or(crossed), v.segBeforeEdge);
  // SEG.SEQ + SEG.LEN - 1 is `segEnd` with a FIN, else one before it.
  const last = mux(fin,
    allOf(v.segEndBehind.not(), v.segEndBeforeEdge),
    allOf(anyOf(v.segEndBehind, v.segEndAtNext).not(), anyOf(v.segEndBeforeEdge, v.segEndAtEdge)));
  const empty = allOf(v.segEmpty, fin.not(), syn.and(crossed.not()).not());
  return mux(v.segWindowClosed, empty.and(atNext), first.or(empty.not().and(last)));
}
