/** The handshake: SYN_SENT's segments (RFC 9293 section 3.10.7.3), and what ESTABLISHED begins with. */
import { allOf, anyOf, Bool, lit, mux, when } from '@vtoe/hdl';
import { State } from '../tcb.ts';
import type { Acknowledge } from './acknowledge.ts';
import { addWithCarry } from './carry.ts';
import { ticksOf } from './clock.ts';
import type { Common } from './common.ts';
import { release } from './ending.ts';
import { initialWindow, initialWindowBounds } from './initial-window.ts';
import { agree } from './options.ts';
import type { Position } from './position.ts';
import type { Inputs, Outcome } from './stage.ts';
import { setRecent } from './timestamps.ts';
import { firstWindow } from './window.ts';

export type Handshake = ReturnType<typeof handshakeDifferences>;
export type SynSent = ReturnType<typeof synSentDecisions>;
export type Establish = ReturnType<typeof establishDecisions>;

export function handshakeDifferences({ tcb, event, constants }: Inputs) {
  const { segment, open } = event;
  // A listener's SYN (open.ts) finds no offer in the record: it comes along with it.
  const accepts = event.kind.eq('Accept');
  const agreed = agree(segment, {
    offer_wscale: mux(accepts, open.offer_wscale, tcb.offer_wscale), offer_shift: mux(accepts, open.offer_shift, tcb.offer_shift),
    offer_ts: mux(accepts, open.offer_ts, tcb.offer_ts), rcv_mss: mux(accepts, open.mss, tcb.rcv_mss),
  }, constants);
  const window = firstWindow(mux(accepts, open.rx_size, tcb.rx_size));
  return {
    synSndWscale: agreed.snd_wscale, synRcvWscale: agreed.rcv_wscale, synTsOk: agreed.ts_ok, synMss: agreed.snd_mss,
    synRcvAdv: addWithCarry(segment.seq, window.zext(32), lit(Bool, true)),
    synWindow: window,
    /** Payload behind a SYN ends before, at the edge of the first window. */
    synEndBeforeEdge: segment.length.lt(window),
    synEndAtEdge: segment.length.eq(window),
    /** The peer's SYN once more. */
    synRepeats: allOf(segment.syn, segment.rst.not(), segment.seq.eq(tcb.irs)),
  };
}

/** RFC 9293 section 3.10.7.3, in its order. */
export function synSentDecisions({ tcb, event, ackAcceptable, segEmpty }: Inputs & Position & Acknowledge) {
  const { ack_flag, rst, syn } = event.segment;
  const here = tcb.state.eq('SYN_SENT');
  // First. (Before our SYN has left, SND.NXT = ISS and no ACK is acceptable.)
  const unacceptable = allOf(here, ack_flag, ackAcceptable.not());
  const live = here.and(unacceptable.not());
  // Fourth and fifth.
  const synchronizes = allOf(live, rst.not(), syn);
  const crosses = synchronizes.and(ack_flag.not());
  return {
    synSent: here,
    synAckUnacceptable: unacceptable,
    // Second. RCV.NXT is not known yet: the acceptable ACK stands for 5961's exact match (5961 3.2).
    synReset: allOf(live, rst, ack_flag),
    synIgnored: live.and(anyOf(rst.and(ack_flag.not()), rst.or(syn).not())),
    synSynchronizes: synchronizes,
    /** Simultaneous open (MUST-10). */
    synCrosses: crosses,
    /** Text that came along with it is not acknowledged, so the peer sends it again. */
    synTextIgnored: crosses.and(segEmpty.not()),
    /** SYN,ACK of our SYN. */
    synAccepted: synchronizes.and(ack_flag),
  };
}

export function synSentUpdate(v: Inputs & Position & Handshake & SynSent, outcome: Outcome): void {
  const { next, actions } = outcome;
  const { counters } = actions;
  counters.syn_sent_ignored.set(v.synIgnored);
  when(v.synReset, () => release(outcome, 'reset'));
  when(v.synSynchronizes, () => synchronize(v, outcome));
  when(v.synCrosses, () => {
    next.state.set('SYN_RECEIVED');
    next.syn_due.set(true);
  });
  when(v.synAccepted, () => next.ack_now.set(true));
}

/** The peer's SYN: what the two agree on, IRS, RCV.NXT and the first window, which is not scaled. */
export function synchronize(v: Inputs & Position & Handshake, outcome: Outcome): void {
  const { next } = outcome;
  next.peer_wscale.set(v.event.segment.has_wscale);
  next.snd_wscale.set(v.synSndWscale);
  next.rcv_wscale.set(v.synRcvWscale);
  next.ts_ok.set(v.synTsOk);
  next.snd_mss.set(v.synMss);
  when(v.synTsOk, () => setRecent(v, outcome));
  next.irs.set(v.event.segment.seq);
  next.rcv_nxt.set(v.segFirst);
  next.rcv_user.set(v.segFirst);
  next.last_ack_sent.set(v.segFirst);
  next.rcv_adv.set(v.synRcvAdv);
}

/** @param establishes our SYN is acknowledged, and nothing is in the way */
export function establishDecisions({ tcb, constants, synMss }: Inputs & Handshake, establishes: Bool) {
  const mss = mux(tcb.state.eq('SYN_SENT'), synMss, tcb.snd_mss);
  const { segments, bytes } = initialWindowBounds(mss, constants);
  return { establishes, establishMss: mss, establishSegments: segments, establishBytes: bytes };
}

/** Our SYN is acknowledged: ESTABLISHED, or what a queued CLOSE makes of it. */
export function establish(v: Inputs & Common & Establish, { next, actions }: Outcome): void {
  const { tcb, now } = v;
  const { ack } = v.event.segment;
  when(v.establishes, () => {
    next.state.set(mux(tcb.fin_queued, lit(State, 'FIN_WAIT_1'), 'ESTABLISHED'));
    actions.notify.accepted.set(tcb.passive);
    actions.notify.connected.set(tcb.passive.not());
    next.syn_due.set(false);
    next.rxt_nxt.set(ack);
    next.rxt_end.set(ack);
    next.cwnd.set(initialWindow(v.establishMss, tcb.syn_retransmitted, v.establishSegments, v.establishBytes));
    next.last_sent.set(ticksOf(now));
    next.dup_acks.set(0);
    next.bytes_acked.set(0);
    // 6298 5.7: the timer of a SYN ran out. (Its RTO is rtt.ts's.)
    when(tcb.syn_retransmitted, () => next.rto_backoff.set(0));
    when(tcb.keepalive, () => next.keepalive_deadline.set({ armed: true, at: v.idleUntil }));
    // Nothing can be in flight but the SYN: snd_nxt = iss + 1.
    next.retransmit_deadline.armed.set(false);
  });
}
