/** Payload of an acceptable segment: RFC 9293 section 3.10.7.4, seventh. */
import { allOf, anyOf, type Bool, mux, when } from '@vtoe/hdl';
import { seqLt } from '@vtoe/hdl/lib';
import { RingOffset } from '../actions.ts';
import { TIMESTAMP_BYTES } from '../constants.ts';
import { SegmentBytes } from '../tcb.ts';
import { fineTime } from './clock.ts';
import { abort } from './ending.ts';
import type { Handshake } from './handshake.ts';
import type { Position } from './position.ts';
import { type Reassembly, reassemble, reassemblyDecisions, type ReassemblyDecisions } from './reassembly.ts';
import type { Inputs, Outcome } from './stage.ts';
import { ringMask } from './window.ts';

export type Text = ReturnType<typeof textDifferences>;
export type TextDecisions = ReturnType<typeof textDecisions>;

export function textDifferences(v: Inputs & Position & Handshake) {
  const { tcb, event, constants } = v;
  const { length, seq } = event.segment;
  // A SYN,ACK in SYN_SENT: what is expected is what it says, and all of the first window is free.
  const synSent = tcb.state.eq('SYN_SENT');
  const mss = mux(mux(synSent, v.synTsOk, tcb.ts_ok), tcb.rcv_mss.sub(TIMESTAMP_BYTES), tcb.rcv_mss);
  const limit = mss.mul(constants.ack_every);
  return {
    /** A FIN that is held bounds the stream. */
    textFinBounds: tcb.fin_held.and(seqLt(tcb.fin_seq, tcb.rcv_adv)),
    textBeforeFin: seqLt(seq, tcb.fin_seq),
    textEndBeforeFin: seqLt(v.segEnd, tcb.fin_seq),
    textEndAtFin: v.segEnd.eq(tcb.fin_seq),
    /** Bytes that no ACK tells of yet, once those to the end or to the window's edge have come. */
    textUnackedToEnd: mux(synSent, length.zext(32), v.segEnd.sub(tcb.last_ack_sent)),
    textUnackedToEdge: mux(synSent, v.synWindow.zext(32), tcb.rcv_adv.sub(tcb.last_ack_sent)),
    /** Of these so many force an ACK: RFC 9293 section 3.8.6.3 (SHLD-19). */
    textAckLimit: limit.zext(32),
  };
}

/** @param reached the segment's payload and FIN are looked at; the state takes them, the ACK field being done with */
export function textDecisions(v: Inputs & Position & Handshake & Text & Reassembly, reached: Bool) {
  const { tcb, event, constants } = v;
  const { syn } = event.segment;
  const synSent = tcb.state.eq('SYN_SENT');
  // Behind a SYN there is only the first expected byte.
  const cutsLeft = v.segBehind.and(syn.not());
  const inOrder = anyOf(syn, v.segBehind, v.segAtNext);
  const endInside = mux(synSent, v.synEndBeforeEdge, v.segEndBeforeEdge);
  const endAtEdge = mux(synSent, v.synEndAtEdge, v.segEndAtEdge);
  const cutsRight = mux(v.textFinBounds, anyOf(v.textEndBeforeFin, v.textEndAtFin), anyOf(endInside, endAtEdge)).not();
  const edge = mux(v.textFinBounds, tcb.fin_seq, mux(synSent, v.synRcvAdv, tcb.rcv_adv));
  const from = mux(cutsLeft, tcb.rcv_nxt, v.segFirst);
  const to = mux(cutsRight, edge, v.segEnd);

  const some = reached.and(v.segEmpty.not());
  const inside = allOf(
    anyOf(v.segEndBehind, v.segEndAtNext).not(), mux(v.textFinBounds, v.textBeforeFin, v.segBeforeEdge), v.segWindowClosed.not(),
  );
  const fresh = some.and(anyOf(synSent, inside));
  // 3.6.1 (SHLD-3): data after CLOSE are lost, and the peer is told.
  const afterClose = fresh.and(tcb.rcv_closed);
  const arrives = fresh.and(tcb.rcv_closed.not());
  const placed = reassemblyDecisions(v, arrives, inOrder, to);

  // 5681 4.2: what fills a gap, even in part, is acknowledged at once; 9293 3.8.6.3 (SHLD-19): so is every second full segment.
  const gap = anyOf(tcb.interval_count.ne(0), tcb.fin_held);
  const many = mux(cutsRight, v.textUnackedToEdge.sge(v.textAckLimit), v.textUnackedToEnd.sge(v.textAckLimit));
  const atOnce = anyOf(gap, constants.delayed_ack.eq(0), many);
  const bytes = (x: typeof to) => x.trunc(SegmentBytes.width);
  return {
    ...placed,
    textAfterClose: afterClose,
    textTrimmed: allOf(some, afterClose.not(), anyOf(cutsLeft, cutsRight)),
    /** Nothing new in it. */
    textDuplicate: some.and(fresh.not()),
    textPlaced: anyOf(placed.intervalTaken, placed.intervalKept),
    textSkip: mux(cutsLeft, bytes(tcb.rcv_nxt).sub(bytes(v.segFirst)), 0),
    textLength: bytes(to).sub(bytes(from)),
    // (from - irs - 1) modulo the ring; behind the SYN that sets `irs` it begins.
    textOffset: mux(synSent, 0, from.add(tcb.irs.not()).trunc(RingOffset.width).and(ringMask(tcb.rx_size))),
    textAckNow: placed.intervalTaken.and(atOnce),
    textAckLater: allOf(placed.intervalTaken, atOnce.not(), tcb.delayed_ack_deadline.armed.not()),
    textCutsRight: cutsRight,
    textEndInside: endInside,
  };
}

export function textUpdate(v: Inputs & Reassembly & ReassemblyDecisions & TextDecisions, outcome: Outcome): void {
  const { next, actions } = outcome;
  const { counters } = actions;
  counters.text_after_close.set(v.textAfterClose);
  counters.trimmed.set(v.textTrimmed);
  counters.duplicate.set(anyOf(v.textDuplicate, v.intervalKnown));
  counters.intervals_full.set(v.intervalFull);
  counters.out_of_order.set(v.intervalKept);

  actions.has_place.set(v.textPlaced);
  actions.place.set({ offset: v.textOffset, skip: v.textSkip, length: v.textLength });
  actions.notify.data.set(v.intervalTaken);
  when(v.intervalTaken, () => next.rcv_nxt.set(v.intervalEnd));
  reassemble(v, outcome);
  when(v.textAckNow, () => next.ack_now.set(true));
  when(v.textAckLater, () => next.delayed_ack_deadline.set({ armed: true, at: fineTime(v.now).add(v.constants.delayed_ack.zext(32)) }));
  when(v.textAfterClose, () => abort(outcome, 'reset'));
}
