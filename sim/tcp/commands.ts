/** What the guest asks for: RFC 9293 section 3.10.1 to 3.10.5. */
import { abort, NOTIFY, type Refusal, release, type Turn } from './actions.ts';
import { after } from './clock.ts';
import { TIMESTAMP_BYTES } from './constants.ts';
import type { AbortEvent, AcceptEvent, CommandEvent, OpenEvent, OpenParameters } from './events.ts';
import { synchronize } from './handshake.ts';
import { agree } from './options.ts';
import { seqAdd, seqDiff } from './sequence.ts';
import type { Draft, State } from './tcb.ts';
import { setSendWindow } from './window.ts';

const MAY_SEND: Partial<Record<State, boolean>> = { SYN_SENT: true, SYN_RECEIVED: true, ESTABLISHED: true, CLOSE_WAIT: true };

export function command(turn: Turn, event: CommandEvent): void {
  const { t } = turn;
  if (event.kind === 'open' || event.kind === 'accept') {
    if (t.state !== 'CLOSED' || t.rst_due) refuse(turn, 'in_use');
    else if (event.kind === 'open') open(turn, event);
    else accept(turn, event);
    return;
  }
  if (t.state === 'CLOSED') {
    // A RST that cannot be sent is not waited for.
    if (event.kind === 'abort' && event.cause === 'unreachable' && t.rst_due) release(turn, 0);
    else refuse(turn, 'no_connection');
    return;
  }
  switch (event.kind) {
    case 'send': {
      // 3.10.2: after CLOSE nothing can be sent.
      if (!MAY_SEND[t.state] || t.fin_queued) refuse(turn, 'closing');
      else {
        // Absolute and so idempotent: from where it was to where the ring is full.
        const tail = seqAdd(seqAdd(t.iss, 1), event.tail);
        const freed = dataAcknowledged(t);
        // (The distance from what is free again may be more than 2^31: it has no sign.)
        if (seqDiff(tail, t.snd_tail) < 0 || seqAdd(tail, -freed) > t.tx_size) refuse(turn, 'out_of_range');
        else t.snd_tail = tail;
      }
      return;
    }
    case 'receive': {
      const head = seqAdd(seqAdd(t.irs, 1), event.head);
      // Before the peer's SYN there is no stream to read from.
      if (t.state === 'SYN_SENT' || seqDiff(head, t.rcv_user) < 0 || seqDiff(head, dataReceived(t)) > 0) refuse(turn, 'out_of_range');
      else t.rcv_user = head;
      return;
    }
    case 'shutdown':
    case 'close':
      close(turn, event.kind === 'close');
      return;
    case 'abort':
      abortCall(turn, event.cause);
      return;
    case 'path_mtu':
      // RFC 5927, 4.1: what is not in flight cannot have been too long.
      if (seqDiff(event.seq, t.snd_una) < 0 || seqDiff(event.seq, t.snd_nxt) >= 0) refuse(turn, 'out_of_range');
      else t.snd_mss = Math.min(t.snd_mss, event.mss - (t.ts_ok ? TIMESTAMP_BYTES : 0)); // sent again by the next timeout, cut anew
      return;
    case 'set_option':
      if (event.nagle !== undefined) t.nagle = event.nagle; // MUST-17
      if (event.userTimeoutTicks !== undefined) {
        t.user_timeout = event.userTimeoutTicks;
        if (t.state !== 'FIN_WAIT_2') t.user_deadline = Infinity; // counts from now: settle.ts
      }
      if (event.keepalive !== undefined && event.keepalive !== t.keepalive) setKeepalive(turn, event.keepalive);
  }
}

/** The byte that is received next, a FIN not counted. */
export function dataReceived(t: Draft): number {
  return t.fin_received ? seqAdd(t.rcv_nxt, -1) : t.rcv_nxt;
}

/**
 * The byte that is acknowledged next, SYN and FIN not counted. While SND.UNA = ISS means that the SYN is not acknowledged,
 * `cwnd` is 0; SND.UNA comes by there again every 2^32 bytes.
 */
export function dataAcknowledged(t: Draft): number {
  if (t.cwnd === 0) return seqAdd(t.iss, 1);
  return seqDiff(t.snd_una, t.snd_tail) > 0 ? t.snd_tail : t.snd_una;
}

function refuse(turn: Turn, refusal: Refusal): void {
  turn.out.refused = refusal;
  turn.out.counters.push('command_refused');
}

function begin(turn: Turn, parameters: OpenParameters): void {
  const { t, c, ticks } = turn;
  const { iss, tsOffset, mss, rxSize, txSize, windowScale, timestamps, nagle } = parameters;
  t.iss = iss;
  t.snd_una = iss;
  t.snd_nxt = iss;
  t.rxt_nxt = iss;
  t.rxt_end = iss;
  t.snd_tail = seqAdd(iss, 1);
  t.recover = iss; // 6582 3.2 step 1
  t.ts_offset = tsOffset;
  t.rcv_mss = mss;
  t.rx_size = rxSize;
  t.tx_size = txSize;
  t.offer_wscale = windowScale ?? -1;
  t.offer_ts = timestamps;
  t.nagle = nagle;
  t.rto = c.rtoInitial; // 6298 2.1
  t.last_received = ticks;
  t.syn_due = true;
}

/** 3.10.1, active. */
function open(turn: Turn, event: OpenEvent): void {
  begin(turn, event);
  turn.t.state = 'SYN_SENT';
}

/** 3.10.7.2, third: RCV.NXT = SEG.SEQ + 1, and SYN,ACK. Text of the SYN is not acknowledged, so the peer sends it again. */
function accept(turn: Turn, event: AcceptEvent): void {
  const { t, out, ticks, c } = turn;
  const { syn } = event;
  begin(turn, event);
  t.state = 'SYN_RECEIVED';
  t.passive = true;
  agree(t, syn, ticks, c);
  synchronize(t, syn);
  setSendWindow(t, syn);
  if (syn.length > 0) out.counters.push('text_ignored');
}

/** 3.10.4. The FIN follows all data; the state says at once that it will. */
function close(turn: Turn, reads: boolean): void {
  const { t, ticks, c } = turn;
  if (reads && t.state !== 'SYN_SENT' && dataReceived(t) !== t.rcv_user) {
    // 3.6.1 (SHLD-3): data that nobody will read are lost, and the peer is told.
    abort(turn, NOTIFY.CLOSED);
    return;
  }
  if (reads) t.rcv_closed = true;
  switch (t.state) {
    case 'SYN_SENT':
      release(turn, NOTIFY.CLOSED);
      return;
    case 'SYN_RECEIVED':
      t.fin_queued = true; // queued until ESTABLISHED
      return;
    case 'ESTABLISHED':
      t.fin_queued = true;
      t.state = 'FIN_WAIT_1';
      return;
    case 'CLOSE_WAIT':
      t.fin_queued = true;
      t.state = 'LAST_ACK';
      return;
    case 'FIN_WAIT_2':
      // SHUTDOWN before, CLOSE now.
      if (reads && c.finWait2Ticks > 0 && t.user_deadline === Infinity) t.user_deadline = after(ticks, c.finWait2Ticks);
      return;
    case 'FIN_WAIT_1':
      return;
    default:
      refuse(turn, 'closing');
  }
}

/** 3.10.5. */
function abortCall(turn: Turn, cause: AbortEvent['cause']): void {
  const { t } = turn;
  const notify = cause === 'fault' || cause === 'unreachable' ? NOTIFY.ERROR : NOTIFY.CLOSED;
  // No RST where the peer has none of our sequence numbers, or all of them and the FIN.
  const quietly = t.state === 'SYN_SENT' || t.state === 'CLOSING' || t.state === 'LAST_ACK' || t.state === 'TIME_WAIT';
  if (cause === 'silent' || cause === 'unreachable' || (cause === 'guest' && quietly)) release(turn, notify);
  else abort(turn, notify);
}

function setKeepalive(turn: Turn, on: boolean): void {
  const { t, ticks, c } = turn;
  t.keepalive = on; // MUST-24
  if (on) t.last_received = ticks; // idle counts from here: what came long ago is beyond hardware's slow clock
  t.keepalive_probes = 0;
  t.keepalive_due = false;
  const established = t.state !== 'SYN_SENT' && t.state !== 'SYN_RECEIVED' && t.state !== 'TIME_WAIT';
  t.keepalive_deadline = on && established ? after(ticks, c.keepaliveIdleTicks) : Infinity;
}
