/** What the peer lets us send: SND.WND from SEG.WND, RFC 9293 sections 3.8.6 and 3.10.7.4, fifth; RFC 7323 section 2. */
import { allOf, anyOf, type Bool, mux, when } from '@vtoe/hdl';
import { seqLt } from '@vtoe/hdl/lib';
import { WindowBytes } from '../tcb.ts';
import type { Acknowledge } from './acknowledge.ts';
import type { Inputs, Outcome } from './stage.ts';

export type SendWindow = ReturnType<typeof sendWindowDifferences>;
export type SendWindowDecisions = ReturnType<typeof sendWindowDecisions>;

export function sendWindowDifferences({ tcb, event }: Inputs) {
  const { window, syn, seq, ack } = event.segment;
  const unscaled = window.zext(WindowBytes.width);
  // The window of a SYN is never scaled (7323 2.2).
  const wndNew = mux(syn, unscaled, unscaled.shl(tcb.snd_wscale));
  return {
    wndNew,
    wndNewClosed: window.eq(0),
    wndClosed: tcb.snd_wnd.eq(0),
    wndSame: wndNew.eq(tcb.snd_wnd),
    wndLarger: wndNew.gt(tcb.max_snd_wnd),
    /** SND.WL1 < SEG.SEQ, or SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK. */
    wndNewer: anyOf(seqLt(tcb.snd_wl1, seq), allOf(tcb.snd_wl1.eq(seq), seqLt(ack, tcb.snd_wl2).not())),
  };
}

/**
 * 9293 3.10.7.4, fifth: an old segment does not set the window. A retransmission that acknowledges more has an old SEG.SEQ
 * and yet the newest window: 3.8.6's refinement takes it.
 * @param current an ACK in range and not before `snd_una`
 * @param handshake SND.WND <- SEG.WND without a question
 */
export function sendWindowDecisions(v: Inputs & Acknowledge & SendWindow, current: Bool, handshake: Bool) {
  const updates = current.and(v.ackNew.or(v.wndNewer));
  return {
    wndSets: updates.or(handshake),
    /** The window opens. What is in flight went beyond a zero window (a probe, or the window shrank) and was likely refused. */
    wndOpens: allOf(updates, v.wndClosed, v.wndNewClosed.not()),
    /** MUST-37: a peer that answers probes with a zero window keeps the connection. */
    wndStaysClosed: current.and(mux(updates, v.wndNewClosed, v.wndClosed)),
  };
}

export function setSendWindow({ tcb, event, wndNew, wndLarger }: Inputs & SendWindow, next: Outcome['next']): void {
  next.snd_wnd.set(wndNew);
  next.snd_wl1.set(event.segment.seq);
  next.snd_wl2.set(event.segment.ack);
  next.max_snd_wnd.set(mux(wndLarger, wndNew, tcb.max_snd_wnd));
}

export function sendWindowUpdate(v: Inputs & Acknowledge & SendWindow & SendWindowDecisions, { next }: Outcome): void {
  const { tcb, event } = v;
  when(v.wndSets, () => setSendWindow(v, next));
  when(v.wndOpens, () => {
    next.probe_backoff.set(0);
    next.probe_due.set(false);
    next.rxt_nxt.set(mux(v.ackNew, event.segment.ack, tcb.snd_una));
    next.rxt_end.set(tcb.snd_nxt);
  });
  when(v.wndOpens.or(v.wndStaysClosed), () => next.retries.set(0));
}
