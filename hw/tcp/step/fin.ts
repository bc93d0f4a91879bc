/** The FIN of an acceptable segment: RFC 9293 section 3.10.7.4, eighth. */
import { allOf, anyOf, type Bool, mux, when } from '@vtoe/hdl';
import { stopTimers } from './ending.ts';
import type { Position } from './position.ts';
import type { Reassembly } from './reassembly.ts';
import type { Inputs, Outcome } from './stage.ts';
import type { Text, TextDecisions } from './text.ts';

export type FinDecisions = ReturnType<typeof finDecisions>;

/**
 * A FIN at `segEnd` counts inside of the window, once the payload before it was looked at.
 * @param text of the same segment
 */
export function finDecisions(v: Inputs & Position & Text & Reassembly, text: TextDecisions, reached: Bool) {
  const { tcb, event } = v;
  const taken = text.intervalTaken;
  const comes = allOf(reached, event.segment.fin, text.textEndInside, text.textAfterClose.not());
  // Where the FIN is to `rcv_nxt`, which the payload may have moved: to the segment's own end, to that of an interval behind
  // it, or only to the FIN that is held.
  const synSent = tcb.state.eq('SYN_SENT');
  const here = mux(taken, anyOf(text.textCutsRight, text.intervalOvertakes).not(), anyOf(v.segEndAtNext, synSent));
  const ahead = mux(taken, text.textCutsRight, allOf(synSent.not(), anyOf(v.segEndBehind, v.segEndAtNext).not()));
  // Before bytes that were received, or a second one elsewhere: a contradiction.
  const conflict = anyOf(tcb.fin_held.and(v.textEndAtFin.not()), v.intervalPast.orR());
  const reachesHeld = mux(text.intervalReaches, text.intervalEndsAtFin, mux(text.textCutsRight, v.textFinBounds, v.textEndAtFin));
  return {
    /** `rcv_nxt` comes to the FIN: that of the segment, whatever was held, or one that is held. */
    finAccepted: anyOf(comes.and(here), allOf(tcb.fin_held, taken, reachesHeld)),
    finHeld: allOf(comes, ahead, conflict.not()),
    finConflict: allOf(comes, ahead, conflict),
    /** With payload the payload owes the ACK. */
    finOwes: allOf(comes, ahead, v.segEmpty),
    /** Where `rcv_nxt` is before the FIN, if nothing was taken. */
    finNext: mux(taken, text.intervalEnd, mux(synSent, v.segFirst, tcb.rcv_nxt)),
  };
}

/** Advance RCV.NXT over the FIN, acknowledge it, tell the user. `rcv_adv` is at least one further: the FIN lay inside of the window. */
export function finUpdate(v: Inputs & Position & FinDecisions & { readonly establishes: Bool; readonly ackEndsFinWait1: Bool }, { next, actions }: Outcome): void {
  const { tcb } = v;
  actions.counters.fin_conflict.set(v.finConflict);
  when(v.finHeld, () => {
    next.fin_held.set(true);
    next.fin_seq.set(v.segEnd);
  });
  when(v.finAccepted, () => {
    next.interval_count.set(0);
    next.fin_held.set(false);
    next.rcv_nxt.set(v.finNext.add(1));
    next.fin_received.set(true);
    next.ack_now.set(true);
    actions.notify.peer_closed.set(true);
    const finWait1 = anyOf(tcb.state.eq('FIN_WAIT_1'), v.establishes.and(tcb.fin_queued));
    const finWait2 = anyOf(tcb.state.eq('FIN_WAIT_2'), v.ackEndsFinWait1);
    next.state.set('CLOSE_WAIT');
    when(finWait1, () => next.state.set('CLOSING'));
    // FIN_WAIT_1 with our FIN acknowledged by this very segment became FIN_WAIT_2 before.
    when(finWait2, () => {
      next.state.set('TIME_WAIT');
      stopTimers(next);
    });
  });
}
