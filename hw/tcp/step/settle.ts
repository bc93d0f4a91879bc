/**
 * The end of every step: what follows from the whole record, whatever happened to it. So no wake-up is ever lost.
 *
 * It hands a connection over to TIME_WAIT, arms and disarms the retransmission and user timers, reports positions to the
 * guest, empties the record of a freed slot, and says whether a grant would send something.
 */
import { allOf, anyOf, type Bool, mux, type Read, type UInt, when, wire } from '@vtoe/hdl';
import { Actions } from '../actions.ts';
import type { Constants } from '../constants.ts';
import { type Now, Tcb } from '../tcb.ts';
import { after, fineTime, slowTime } from './clock.ts';
import { CLOSED_RECORD } from './closed-record.ts';
import { flightOf, receiveWindowOf, tailAheadOf } from './common.ts';
import { sendLevels } from './levels.ts';
import { sendable, sendDifferences } from './sendable.ts';
import { backedOff } from './timeout.ts';
import { fieldOf, receiveDifferences, windowUpdate } from './window.ts';

export interface Settling {
  /** The record after the event. */
  readonly next: Tcb;
  readonly actions: Actions;
  readonly now: Read<typeof Now>;
  readonly constants: Constants;
  /**
   * Payload of a full segment of the peer's, from the record before the event: only the peer's SYN changes it, and that is
   * answered in any case, by a SYN,ACK or an ACK.
   */
  readonly receiveMss: UInt;
  /** The retransmission timer starts anew: RFC 6298 section 5.3. */
  readonly restartsRetransmit: Bool;
}

export function settle(v: Settling) {
  const { next, now, constants } = v;
  const flight = flightOf(next);
  const tailAhead = tailAheadOf(next);
  const window = receiveWindowOf(next);
  const may = sendable(next, sendDifferences(next), { flight, tailAhead });

  const record = wire(Tcb);
  const actions = wire(Actions);
  record.set(next);
  actions.set(v.actions);

  const alive = next.state.ne('CLOSED');
  const handshake = next.state.is('SYN_SENT', 'SYN_RECEIVED');
  const idle = may.idleFlight;
  // 9293 3.8.6.1: the deadline of what is in flight paces the probes of a zero window; with nothing in flight it is the
  // override of 3.8.6.2.1.
  const probes = idle.or(allOf(next.snd_wnd.eq(0), handshake.not(), v.restartsRetransmit.not()));
  const probe = backedOff(fineTime(now), next.rto, next.probe_backoff, constants.persist_max);
  const timeout = backedOff(fineTime(now), next.rto, next.rto_backoff, constants.rto_max);
  // 6298 5.1: running while something is in flight. Else only a timer gets out of a small or zero window.
  const runs = mux(idle, may.waitsForWindow.and(may.idleSends.not()), true);
  const disarmed = next.retransmit_deadline.armed.not();
  when(alive, () => {
    record.retransmit_deadline.armed.set(runs);
    when(disarmed.or(v.restartsRetransmit), () => { record.retransmit_deadline.at.set(mux(probes, probe, timeout)); });
  });
  // What it was to carry is acknowledged.
  const probe_due = next.probe_due.and(anyOf(idle.not(), may.waitsForWindow, alive.not()));
  record.probe_due.set(probe_due);

  // 9293 3.9.1.1: from the moment that something waits for its acknowledgment, or from the last progress.
  const undelivered = mux(next.fin_queued, tailAhead.sge(0), tailAhead.sgt(0));
  when(alive.and(next.state.is('FIN_WAIT_2', 'TIME_WAIT').not()), () => {
    record.user_deadline.armed.set(undelivered.and(next.user_timeout.ne(0)));
    when(next.user_deadline.armed.not(), () => { record.user_deadline.at.set(after(slowTime(now), next.user_timeout)); });
  });

  // The peer's FIN is acknowledged: the small record is enough from here.
  const handOver = allOf(next.state.eq('TIME_WAIT'), next.dupack_owed.eq(0), next.ack_now.not(), v.actions.free.not());
  const free = handOver.or(v.actions.free);
  actions.has_time_wait.set(handOver);
  actions.time_wait.set({
    snd_nxt: next.snd_nxt, rcv_nxt: next.rcv_nxt, rcv_wnd: window.trunc(30), window: fieldOf(next, window),
    ts_ok: next.ts_ok, ts_offset: next.ts_offset, ts_recent: next.ts_recent,
  });
  when(handOver, () => {
    actions.notify.closed.set(true);
    actions.notify.final.set(true);
    actions.free.set(true);
  });

  const { connected, accepted, data, sent, peer_closed, closed, reset, error } = v.actions.notify;
  actions.has_notify.set(anyOf(handOver, connected, accepted, data, sent, peer_closed, closed, reset, error));
  // Positions in the streams: a FIN is no byte of them, a SYN neither.
  actions.notify.rx_filled.set(next.rcv_nxt.add(next.irs.not()).sub(next.fin_received.toUInt().zext(32)));
  const freed = mux(tailAhead.slt(0), next.snd_tail, next.snd_una).add(next.iss.not());
  actions.notify.tx_freed.set(mux(next.cwnd.eq(0), 0, freed));

  when(free, () => { record.set({ ...CLOSED_RECORD, generation: next.generation.add(1) }); });
  const update = windowUpdate(next, receiveDifferences(next, v.receiveMss), window, v.receiveMss);
  const levels = sendLevels(next, may, update.due);
  // A probe that was only just given up makes nothing eligible.
  const eligible = anyOf(...Object.values({ ...levels, Probe: levels.Probe.and(probe_due) })).and(free.not());
  return { record, actions, eligible };
}
