/** Congestion control: RFC 5681 with NewReno (RFC 6582), limited transmit (RFC 3042) and byte counting (RFC 3465). */
import type { Turn } from './actions.ts';
import { age } from './clock.ts';
import { type TcpConstants, WINDOW_BOUND } from './constants.ts';
import { seqAdd, seqGeq, seqGt, seqLt, seqMin } from './sequence.ts';
import { type Draft, flightOf, type Tcb } from './tcb.ts';

/** IW: RFC 6928 section 2; RFC 5681 section 3.1: one segment after a SYN or SYN,ACK that was lost. */
export function initialWindow(t: Tcb, c: TcpConstants): number {
  if (t.syn_retransmitted) return t.snd_mss;
  return Math.min(c.initialWindowSegments * t.snd_mss, Math.max(2 * t.snd_mss, c.initialWindowBytes));
}

/**
 * Bytes that may be in flight. RFC 5681 section 3.2 step 1 and RFC 3042: each of the first two duplicate ACKs lets one
 * more segment out, and `cwnd` is not changed.
 */
export function sendableWindow(t: Tcb): number {
  return t.in_recovery ? t.cwnd : t.cwnd + Math.min(t.dup_acks, 2) * t.snd_mss;
}

/** RFC 5681 section 4.1: after an idle RTO, no more than the restart window. */
export function restart(t: Draft, ticks: number, c: TcpConstants): void {
  if (flightOf(t) === 0 && age(ticks, t.last_sent) > t.rto >>> 10) t.cwnd = Math.min(t.cwnd, initialWindow(t, c));
}

/** RFC 5681 equation 4. What limited transmit sent is above `cwnd` and does not count (section 3.2 step 2). */
function halfFlight(t: Tcb): number {
  return Math.max(Math.min(flightOf(t), t.cwnd) >>> 1, 2 * t.snd_mss);
}

/** `acked` bytes were acknowledged for the first time; `snd_una` is already moved. Answers whether RFC 6298 section 5.3 restarts the timer. */
export function acknowledged(turn: Turn, acked: number): boolean {
  const { t, out, c } = turn;
  if (t.in_recovery) {
    if (seqGeq(t.snd_una, t.recover)) {
      // 6582 3.2 step 3, full acknowledgment, choice (1): no burst.
      t.cwnd = Math.min(t.ssthresh, Math.max(flightOf(t), t.snd_mss) + t.snd_mss);
      t.in_recovery = false;
      t.dup_acks = 0;
      t.bytes_acked = 0;
      return true;
    }
    // 6582 3.2 step 3, partial acknowledgment: the next hole, deflate, and add one segment back.
    out.counters.push('partial_ack');
    t.rxt_nxt = t.snd_una;
    t.rxt_end = seqMin(seqAdd(t.snd_una, t.snd_mss), t.snd_nxt);
    t.cwnd = Math.max(t.cwnd - acked + (acked >= t.snd_mss ? t.snd_mss : 0), t.snd_mss);
    // The impatient variant: only the first partial ACK restarts the timer.
    const first = !t.partial_acked;
    t.partial_acked = true;
    return first;
  }
  t.dup_acks = 0;
  // It says only that more than `recover` is acknowledged. 2^31 bytes further on its order would turn round.
  if (seqGt(t.snd_una, t.recover)) t.recover = seqAdd(t.snd_una, -1);
  if (t.cwnd < t.ssthresh) {
    // 3465 2.2 and 2.3: L segments an ACK; one in the slow start that follows a timeout.
    const limit = (seqLt(t.snd_una, t.recover) ? 1 : c.byteCountingLimit) * t.snd_mss;
    t.cwnd = Math.min(t.cwnd + Math.min(acked, limit), WINDOW_BOUND);
  } else {
    // 3465 2.1: one segment for each window of bytes; no quotient.
    t.bytes_acked += acked;
    if (t.bytes_acked >= t.cwnd) {
      t.bytes_acked -= t.cwnd;
      t.cwnd = Math.min(t.cwnd + t.snd_mss, WINDOW_BOUND);
    }
  }
  return true;
}

/** A duplicate ACK by the definition of RFC 5681 section 2. */
export function duplicateAck(turn: Turn): void {
  const { t, out, c } = turn;
  t.dup_acks = Math.min(t.dup_acks + 1, 255);
  if (t.in_recovery) {
    // 5681 3.2 step 4: a segment has left the network.
    t.cwnd = Math.min(t.cwnd + t.snd_mss, WINDOW_BOUND);
    return;
  }
  if (t.dup_acks !== c.dupAckThreshold) return;
  // 6582 3.2 step 2: "covers more than recover". Else these may answer what a timeout sent once more than needed.
  if (!seqGt(t.snd_una, t.recover)) {
    out.counters.push('recovery_refused');
    return;
  }
  // 5681 3.2 steps 2 and 3.
  out.counters.push('fast_retransmit');
  t.ssthresh = halfFlight(t);
  t.cwnd = t.ssthresh + 3 * t.snd_mss;
  t.recover = t.snd_nxt;
  t.in_recovery = true;
  t.partial_acked = false;
  t.rxt_nxt = t.snd_una;
  t.rxt_end = seqMin(seqAdd(t.snd_una, t.snd_mss), t.snd_nxt);
}

/** The retransmission timer fired with data in flight. */
export function timedOut(t: Draft): void {
  // 5681 3.1: ssthresh is held when the segment was already sent again by the timer.
  if (t.retries === 1) t.ssthresh = halfFlight(t);
  t.cwnd = t.snd_mss; // LW
  t.bytes_acked = 0;
  t.dup_acks = 0;
  // 6582 3.2 step 4: leave recovery, and remember how far was sent.
  t.in_recovery = false;
  t.recover = t.snd_nxt;
  // Without SACK all that is in flight counts as lost; slow start sends it again from the left.
  t.rxt_nxt = t.snd_una;
  t.rxt_end = t.snd_nxt;
}
