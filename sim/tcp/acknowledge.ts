/** The ACK field of a segment in a synchronized state: RFC 9293 section 3.10.7.4, fifth. */
import { NOTIFY, release, stopTimers, type Turn } from './actions.ts';
import { after } from './clock.ts';
import { acknowledged, duplicateAck } from './congestion.ts';
import { challenge } from './owed.ts';
import { timeAcked, timeoutOf } from './rtt.ts';
import { FIN, type Segment } from './segment.ts';
import { seqAdd, seqDiff, seqGt, seqLt, seqMax } from './sequence.ts';
import { flightOf } from './tcb.ts';
import { updateSendWindow, windowOf } from './window.ts';

/** @returns false: the segment is done with */
export function processAck(turn: Turn, segment: Segment): boolean {
  const { t, out, now, ticks, c } = turn;
  const { ack } = segment;
  // RFC 5961 section 5: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT; else an ACK, and drop.
  if (seqGt(ack, t.snd_nxt) || seqDiff(ack, t.snd_una) < -t.max_snd_wnd) {
    out.counters.push('ack_range');
    challenge(turn);
    return false;
  }
  const old = seqLt(ack, t.snd_una);
  const advanced = seqGt(ack, t.snd_una);
  const windowBefore = t.snd_wnd;
  if (old) out.counters.push('ack_old');
  else if (ack === t.snd_una) {
    // 5681 section 2: data in flight, no payload, no FIN, the same window. With a zero window it answers a probe.
    const duplicate = flightOf(t) > 0 && segment.length === 0 && (segment.flags & FIN) === 0 && windowOf(t, segment) === t.snd_wnd && t.snd_wnd > 0;
    if (duplicate) duplicateAck(turn);
  } else advance(turn, segment);
  if (!old) updateSendWindow(t, segment, advanced);
  if (windowBefore === 0 && t.snd_wnd > 0 && flightOf(t) > 0) t.retransmit_deadline = now + timeoutOf(t, c);
  // MUST-37: a peer that answers probes with a zero window keeps the connection.
  if (t.snd_wnd === 0 && !old) t.retries = 0;

  const finAcked = t.fin_queued && t.snd_una === seqAdd(t.snd_tail, 1);
  if (!finAcked) return true;
  switch (t.state) {
    case 'FIN_WAIT_1':
      t.state = 'FIN_WAIT_2';
      // Nothing is owed to the peer any more; a closed connection does not wait for ever (3.6.1 leaves how long to us).
      t.user_deadline = t.rcv_closed && c.finWait2Ticks > 0 ? after(ticks, c.finWait2Ticks) : Infinity;
      return true;
    case 'CLOSING':
      t.state = 'TIME_WAIT';
      stopTimers(t);
      return true;
    case 'LAST_ACK':
      release(turn, NOTIFY.CLOSED);
      return false;
    default:
      return true;
  }
}

/** SND.UNA < SEG.ACK =< SND.NXT. */
export function advance(turn: Turn, segment: Segment): void {
  const { t, out, now, c } = turn;
  const before = t.snd_una;
  timeAcked(turn, segment.ack, segment.options.tsecr);
  t.snd_una = segment.ack;
  t.rxt_nxt = seqMax(t.rxt_nxt, t.snd_una);
  t.rxt_end = seqMax(t.rxt_end, t.snd_una);
  t.retries = 0;
  // Data, not only our SYN or FIN. (Not by distance from ISS: a stream may be longer than 2^31 bytes.)
  const handshake = t.state === 'SYN_SENT' || t.state === 'SYN_RECEIVED';
  if (!handshake && seqLt(before, t.snd_tail)) out.notify |= NOTIFY.SENT;
  const restarts = acknowledged(turn, seqDiff(t.snd_una, before));
  // 6298 5.2 and 5.3: nothing in flight stops the timer, new data acknowledged restart it.
  if (flightOf(t) === 0) t.retransmit_deadline = Infinity;
  else if (restarts) t.retransmit_deadline = now + timeoutOf(t, c);
  // The user timeout counts from the last progress: settle.ts arms it again.
  if (t.state !== 'FIN_WAIT_2') t.user_deadline = Infinity;
}
