/**
 * A grant: one segment, chosen in a fixed order - RST, SYN or SYN,ACK, owed duplicate ACKs, retransmission, new data, FIN,
 * window probe, keepalive probe, pure ACK.
 */
import type { Turn } from './actions.ts';
import { stamp } from './clock.ts';
import { restart, sendableWindow } from './congestion.ts';
import { plainOptions, synOptions } from './options.ts';
import { timeResent, timeSent } from './rtt.ts';
import { ACK, FIN, PSH, RST, type SegmentOptions, type SendKind, SYN } from './segment.ts';
import { seqAdd, seqDiff, seqGt, seqLeq, seqLt, seqMax, seqMin } from './sequence.ts';
import { flightOf, NEVER, type State, type Tcb } from './tcb.ts';
import { advertise, usableWindow, windowUpdateDue } from './window.ts';

const SENDING: Record<State, boolean> = {
  CLOSED: false, SYN_SENT: false, SYN_RECEIVED: false, ESTABLISHED: true, FIN_WAIT_1: true, FIN_WAIT_2: true, CLOSE_WAIT: true, CLOSING: true, LAST_ACK: true, TIME_WAIT: true,
};

/** The handshake is over: data, FIN and ACKs may leave. */
export function synchronized(t: Tcb): boolean {
  return SENDING[t.state];
}

/** The FIN waits for its first transmission, and no data are left before it. */
function finUnsent(t: Tcb): boolean {
  return t.fin_queued && t.snd_nxt === t.snd_tail;
}

/** Bytes that the guest gave and that never left. */
function unsent(t: Tcb): number {
  return Math.max(seqDiff(t.snd_tail, t.snd_nxt), 0);
}

/** Something waits that a larger window would let out. */
export function waitsForWindow(t: Tcb): boolean {
  return synchronized(t) && (unsent(t) > 0 || finUnsent(t));
}

/** Bytes of the retransmission that may leave now, its FIN counted; 0: none. */
function resendable(t: Tcb): number {
  const hole = seqDiff(t.rxt_end, t.rxt_nxt);
  if (hole <= 0 || t.snd_wnd === 0) return 0; // a zero window is probed instead (MUST-35)
  // SHLD-16: only what lies inside of the window.
  const inside = seqDiff(seqAdd(t.snd_una, t.snd_wnd), t.rxt_nxt);
  const length = Math.min(hole, inside, t.snd_mss);
  if (length <= 0) return 0;
  // The first always goes (5681 3.2: fast retransmit; 3.1: LW); in the slow start after a timeout cwnd counts from snd_una.
  const before = seqDiff(t.rxt_nxt, t.snd_una);
  return before === 0 || before + length <= t.cwnd ? length : 0;
}

/** New data that may leave now: Nagle (9293 3.7.4), SWS avoidance (3.8.6.2.1, MUST-38), cwnd; 0: none. */
function sendable(t: Tcb): number {
  const queued = unsent(t);
  if (queued === 0) return 0;
  const usable = usableWindow(t);
  const length = Math.min(queued, usable, t.snd_mss);
  if (length <= 0) return 0;
  const flight = flightOf(t);
  // A segment is not made smaller to fit into cwnd: more of it comes with the next ACK.
  if (flight > 0 && flight + length > sendableWindow(t)) return 0;
  if (length === t.snd_mss) return length; // (1)
  // (4), the override: the persist timer ran out on a small window.
  if (t.probe_due) return length;
  // The condition in brackets; a FIN behind the data means that none will come to fill the segment.
  const idle = flight === 0 || !t.nagle || t.fin_queued;
  if (!idle) return 0;
  // (2), all data count as pushed; (3), Fs = 1/2.
  return length === queued || length >= t.max_snd_wnd / 2 ? length : 0;
}

/** A FIN of its own: all data left, and the peer's window takes it. */
function finSendable(t: Tcb): boolean {
  return finUnsent(t) && usableWindow(t) >= 1;
}

/** With nothing in flight: new data or the FIN can leave, so no timer is needed. */
export function newIsSendable(t: Tcb): boolean {
  return sendable(t) > 0 || finSendable(t);
}

/** What a grant would send. */
export function nextKind(t: Tcb): SendKind | undefined {
  if (t.rst_due) return 'reset';
  if (t.syn_due) return 'syn';
  if (!synchronized(t)) return t.dupack_owed > 0 ? 'duplicate_ack' : undefined;
  if (t.dupack_owed > 0) return 'duplicate_ack';
  if (seqLt(t.rxt_nxt, t.rxt_end)) {
    // New data do not overtake a retransmission that waits for cwnd or the window.
    if (resendable(t) > 0) return 'retransmission';
  } else {
    if (sendable(t) > 0) return 'data';
    if (finSendable(t)) return 'fin';
  }
  if (t.probe_due) return 'probe';
  if (t.keepalive_due) return 'keepalive';
  return t.ack_now || windowUpdateDue(t) ? 'ack' : undefined;
}

export function grant(turn: Turn): void {
  const { t, out, now, ticks, c } = turn;
  const kind = nextKind(t);
  switch (kind) {
    case undefined:
      out.counters.push('grant_unused');
      return;
    case 'reset':
      // 9293 3.10.5: <SEQ=SND.NXT><CTL=RST>.
      emit(turn, kind, t.snd_nxt, 0, RST, 0, plainOptions(t, false, now));
      t.rst_due = false;
      out.free = true;
      return;
    case 'syn':
      syn(turn);
      return;
    case 'duplicate_ack':
      t.dupack_owed--;
      acknowledge(turn, kind, true);
      return;
    case 'retransmission':
      resend(turn, resendable(t));
      return;
    case 'data':
      restart(t, ticks, c);
      fresh(turn, sendable(t));
      return;
    case 'fin':
      fresh(turn, 0);
      return;
    case 'probe':
      probe(turn);
      return;
    case 'keepalive':
      // 9293 3.8.4: SEG.SEQ = SND.NXT - 1, no data (SHLD-12).
      t.keepalive_due = false;
      out.counters.push('keepalive_probe');
      withAck(turn, kind, seqAdd(t.snd_nxt, -1), 0, ACK, false);
      return;
    case 'ack':
      acknowledge(turn, kind, false);
  }
}

function syn(turn: Turn): void {
  const { t, now } = turn;
  const answer = t.state === 'SYN_RECEIVED';
  t.syn_due = false;
  if (t.snd_nxt === t.iss) {
    t.snd_nxt = seqAdd(t.iss, 1);
    timeSent(t, t.snd_nxt, now);
  } else timeResent(t, t.iss);
  if (answer) t.last_ack_sent = t.rcv_nxt;
  // 7323 2.2: the window of a SYN is not scaled. Nothing was received or read yet, so the edge stands.
  emit(turn, 'syn', t.iss, answer ? t.rcv_nxt : 0, answer ? SYN | ACK : SYN, 0, synOptions(t, answer, now), Math.min(t.rx_size, 65_535));
}

/** A pure ACK. */
function acknowledge(turn: Turn, kind: SendKind, owed: boolean): void {
  const { t } = turn;
  // 9293: SEQ = SND.NXT, but never right of the peer's window: after a probe, or when the window shrank, the peer would not
  // accept it, and two ends with zero windows would wait for each other for ever (Table 6 with RCV.WND = 0).
  const seq = synchronized(t) ? seqMin(t.snd_nxt, seqAdd(t.snd_una, t.snd_wnd)) : t.snd_nxt;
  withAck(turn, kind, seq, 0, ACK, owed && (t.intervals.length > 0 || t.fin_held));
}

/** New data, with the FIN if it follows them and fits. */
function fresh(turn: Turn, length: number): void {
  const { t, now, ticks } = turn;
  const start = t.snd_nxt;
  const end = seqAdd(start, length);
  const fin = t.fin_queued && end === t.snd_tail && usableWindow(t) > length;
  t.snd_nxt = fin ? seqAdd(end, 1) : end;
  t.rxt_nxt = t.snd_nxt;
  t.rxt_end = t.snd_nxt;
  if (t.probe_due) turn.out.counters.push('probe');
  t.probe_due = false;
  t.keepalive_due = false; // MUST-26
  timeSent(t, t.snd_nxt, now);
  if (length > 0) t.last_sent = stamp(ticks);
  data(turn, length > 0 ? 'data' : 'fin', start, length, fin);
}

function resend(turn: Turn, span: number): void {
  const { t } = turn;
  const start = t.rxt_nxt;
  const end = seqAdd(start, span);
  t.rxt_nxt = end;
  timeResent(t, start);
  data(turn, 'retransmission', start, seqDiff(seqMin(end, t.snd_tail), start), t.fin_queued && seqGt(end, t.snd_tail));
}

/** 9293 3.8.6.1: one octet, new or again, at the left edge of a window that is zero; the FIN if no data are left. */
function probe(turn: Turn): void {
  const { t, out } = turn;
  t.probe_due = false;
  out.counters.push('probe');
  const start = t.snd_una;
  const length = seqLt(start, t.snd_tail) ? 1 : 0;
  const fin = length === 0 && t.fin_queued && seqLeq(start, t.snd_tail);
  const end = seqAdd(start, length + (fin ? 1 : 0));
  // What a probe carries is never timed: the answer waits for the guest on the other side.
  timeResent(t, start);
  t.snd_nxt = seqMax(t.snd_nxt, end);
  // Not a retransmission of its own: the next probe, or the window that opens, sends it again.
  t.rxt_nxt = t.snd_nxt;
  t.rxt_end = t.snd_nxt;
  data(turn, 'probe', start, length, fin);
}

function data(turn: Turn, kind: SendKind, seq: number, length: number, fin: boolean): void {
  const { t } = turn;
  // MUST-61: PSH on the last data that are queued.
  const push = length > 0 && seqAdd(seq, length) === t.snd_tail;
  withAck(turn, kind, seq, length, ACK | (push ? PSH : 0) | (fin ? FIN : 0), false);
}

/** Every segment with an ACK settles what was due. */
function withAck(turn: Turn, kind: SendKind, seq: number, length: number, flags: number, still: boolean): void {
  const { t, now } = turn;
  const window = advertise(t, still);
  t.last_ack_sent = t.rcv_nxt;
  t.ack_now = false;
  t.delayed_ack_deadline = NEVER;
  emit(turn, kind, seq, t.rcv_nxt, flags, length, plainOptions(t, true, now), window);
}

function emit(turn: Turn, kind: SendKind, seq: number, ack: number, flags: number, length: number, options: SegmentOptions, window = 0): void {
  const { t, out } = turn;
  const offset = length > 0 ? seqAdd(seq, -t.iss - 1) & (t.tx_size - 1) : 0;
  out.send = { kind, seq, ack, flags, window, length, options, offset };
}
