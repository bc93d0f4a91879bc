/** The ACK field of a segment: RFC 9293 section 3.10.7.4, fifth. */
import { allOf, anyOf, type Bool, mux, when } from '@vtoe/hdl';
import { seqLt, seqMax } from '@vtoe/hdl/lib';
import type { Common } from './common.ts';
import { release, stopTimers } from './ending.ts';
import type { Position } from './position.ts';
import type { SendWindow } from './send-window.ts';
import type { Inputs, Outcome } from './stage.ts';

export type Acknowledge = ReturnType<typeof acknowledgeDifferences>;
export type AcknowledgeDecisions = ReturnType<typeof acknowledgeDecisions>;

export function acknowledgeDifferences({ tcb, event, tailNext }: Inputs & Common) {
  const { ack } = event.segment;
  const acked = ack.sub(tcb.snd_una);
  const isNew = acked.sgt(0);
  const beyond = seqLt(tcb.snd_nxt, ack);
  // RFC 5961 section 5: SND.UNA - MAX.SND.WND =< SEG.ACK.
  const wide = acked.width + 1;
  const farBack = acked.sext(wide).add(tcb.max_snd_wnd.zext(wide)).slt(0);
  return {
    /** Bytes (SYN and FIN too) acknowledged for the first time, if `ackNew`. */
    acked,
    ackOld: acked.slt(0),
    ackNew: isNew,
    /** SND.UNA < SEG.ACK =< SND.NXT. */
    ackAcceptable: isNew.and(beyond.not()),
    ackOutOfRange: beyond.or(farBack),
    /** What this ACK leaves in flight. */
    ackFlight: tcb.snd_nxt.sub(ack),
    ackAll: tcb.snd_nxt.eq(ack),
    /** What is to be retransmitted begins and ends no further left than `snd_una`. */
    ackHoleStart: seqMax(tcb.rxt_nxt, ack),
    ackHoleEnd: seqMax(tcb.rxt_end, ack),
    /** Data of the guest, not only SYN or FIN, were not acknowledged before. */
    ackDataOut: seqLt(tcb.snd_una, tcb.snd_tail),
    /** Our FIN is acknowledged: by this ACK, or by one before. */
    ackOfFin: tcb.fin_queued.and(ack.eq(tailNext)),
    ackFinBefore: tcb.fin_queued.and(tcb.snd_una.eq(tailNext)),
  };
}

/**
 * @param checked the ACK field of an acceptable segment or of a probe is looked at, the handshake being over
 * @param probe of these, a segment of which only the ACK field counts
 */
export function acknowledgeDecisions(v: Inputs & Position & Acknowledge & SendWindow, checked: Bool, probe: Bool) {
  const { tcb, event } = v;
  // RFC 5961 section 5: else an ACK, and drop.
  const taken = checked.and(v.ackOutOfRange.not());
  const finAcked = taken.and(mux(v.ackNew, v.ackOfFin, v.ackFinBefore));
  return {
    ackRefused: checked.and(v.ackOutOfRange),
    ackTaken: taken,
    ackTakenOld: taken.and(v.ackOld),
    /** 5681 section 2: data in flight, no payload, no FIN, the same window. With a zero window it answers a probe. */
    ackDuplicate: allOf(
      taken, anyOf(v.ackOld, v.ackNew).not(), v.ackAll.not(), v.segEmpty, event.segment.fin.and(probe.not()).not(), v.wndSame, v.wndClosed.not(),
    ),
    ackEndsFinWait1: finAcked.and(tcb.state.eq('FIN_WAIT_1')),
    ackEndsClosing: finAcked.and(tcb.state.eq('CLOSING')),
    ackEndsLastAck: finAcked.and(tcb.state.eq('LAST_ACK')),
  };
}

/** @param v `advances`: SND.UNA < SEG.ACK =< SND.NXT, and taken */
export function advance(v: Inputs & Acknowledge & { readonly advances: Bool; readonly establishes: Bool }, { next, actions }: Outcome): void {
  const { tcb, event } = v;
  when(v.advances, () => {
    next.snd_una.set(event.segment.ack);
    next.rxt_nxt.set(v.ackHoleStart);
    next.rxt_end.set(v.ackHoleEnd);
    next.retries.set(0);
    actions.notify.sent.set(v.ackDataOut.and(v.establishes.not()));
    // 6298 5.2: nothing in flight stops the timer.
    when(v.ackAll, () => next.retransmit_deadline.armed.set(false));
    // The user timeout counts from the last progress: settle.ts arms it again.
    when(tcb.state.ne('FIN_WAIT_2'), () => next.user_deadline.armed.set(false));
  });
}

/** Our FIN is acknowledged. */
export function finAcknowledged(v: Inputs & Common & Acknowledge & AcknowledgeDecisions, outcome: Outcome): void {
  const { next } = outcome;
  const { tcb, constants } = v;
  when(v.ackEndsFinWait1, () => {
    next.state.set('FIN_WAIT_2');
    // Nothing is owed to the peer any more; a closed connection does not wait for ever (3.6.1 leaves how long to us).
    next.user_deadline.set({ armed: tcb.rcv_closed.and(constants.fin_wait_2.ne(0)), at: v.finWait2Until });
  });
  when(v.ackEndsClosing, () => {
    next.state.set('TIME_WAIT');
    stopTimers(next);
  });
  when(v.ackEndsLastAck, () => release(outcome, 'closed'));
}
