/** A segment arrives: RFC 9293 section 3.10.7.4, SYN_RECEIVED and every synchronized state, in the RFC's order. */
import { NOTIFY, release, type Turn } from './actions.ts';
import { advance, processAck } from './acknowledge.ts';
import { establish } from './handshake.ts';
import { resetFor } from './listen.ts';
import { challenge, oweAck } from './owed.ts';
import { ACK, FIN, RST, type Segment, segmentLength, SYN } from './segment.ts';
import { seqAdd, seqDiff, seqLeq, seqLt } from './sequence.ts';
import type { Tcb } from './tcb.ts';
import { processText } from './text.ts';
import { keepRecent, pawsRefuses } from './timestamps.ts';
import { receiveWindow } from './window.ts';
import type { SegmentEvent } from './events.ts';

/** Table 6. */
export function acceptable(t: Tcb, segment: Segment): boolean {
  const length = segmentLength(segment);
  const window = receiveWindow(t);
  const offset = seqDiff(segment.seq, t.rcv_nxt);
  if (window === 0) return length === 0 && offset === 0;
  if (offset >= 0 && offset < window) return true;
  const last = seqDiff(seqAdd(segment.seq, length - 1), t.rcv_nxt);
  return length > 0 && last >= 0 && last < window;
}

export function otherStates(turn: Turn, event: SegmentEvent): void {
  const { t, out, ticks, c } = turn;
  t.last_received = ticks;
  t.keepalive_probes = 0;
  t.keepalive_due = false; // not idle (MUST-26)
  const { flags } = event;
  let segment: Segment = event;

  if (t.state === 'SYN_RECEIVED' && (flags & (SYN | RST)) === SYN && event.seq === t.irs) {
    if ((flags & ACK) === 0) {
      // The peer has not seen our SYN,ACK: of the acknowledgments that the first check allows, that is the one he can use.
      out.counters.push('syn_repeated');
      t.syn_due = true;
      t.rtt_timing = false;
      return;
    }
    // Simultaneous open, Figure 8 (3.5): the SYN,ACK that crossed ours. Its SYN lies left of the window and is trimmed.
    if (!t.passive && seqLt(t.snd_una, event.ack) && seqLeq(event.ack, t.snd_nxt)) {
      segment = { seq: t.rcv_nxt, ack: event.ack, flags: flags & ~SYN, window: event.window, length: event.length, options: event.options };
    }
  }
  // 7323 3.2: once agreed on, timestamps are in every segment but a RST.
  if (t.ts_ok && segment.options.tsval === undefined && (flags & RST) === 0) {
    out.counters.push('ts_missing');
    return;
  }
  // First. 7323 5.3 R1: PAWS before the window.
  if ((flags & RST) === 0 && pawsRefuses(t, segment.options, ticks, c.tsRecentLifeTicks)) {
    out.counters.push('paws');
    answerUnacceptable(turn, segment);
    return;
  }
  // Second, for a RST: the sequence number alone decides, whatever length SYN or FIN would add (5961 3.2).
  if ((flags & RST) !== 0) {
    reset(turn, segment);
    return;
  }
  if (!acceptable(t, segment)) {
    out.counters.push('outside_window');
    answerUnacceptable(turn, segment);
    // "Special allowance should be made to accept valid ACKs" with a zero window: a probe's ACK field counts.
    const probe = receiveWindow(t) === 0 && segment.seq === t.rcv_nxt && (flags & (SYN | ACK)) === ACK && t.state !== 'SYN_RECEIVED';
    if (probe) processAck(turn, { ...segment, flags: flags & ~FIN });
    return;
  }
  // 7323 5.3 R3.
  keepRecent(t, segment.seq, segment.options, ticks, c.tsRecentLifeTicks);
  // Fourth. (Third is security, which IPv4 no longer has.)
  if ((segment.flags & SYN) !== 0) {
    out.counters.push('syn_in_sync');
    // A half-open passive connection goes back to LISTEN: its listener never left.
    if (t.state === 'SYN_RECEIVED' && t.passive) release(turn, 0);
    else challenge(turn); // 5961 4.2
    return;
  }
  // Fifth.
  if ((flags & ACK) === 0) {
    out.counters.push('no_ack');
    return;
  }
  if (t.state === 'SYN_RECEIVED') {
    // Its own check: before the handshake is complete an ACK out of range is a lost connection's, which the RST ends.
    if (!(seqLt(t.snd_una, segment.ack) && seqLeq(segment.ack, t.snd_nxt))) {
      out.counters.push('ack_unacceptable');
      out.reset = resetFor(segment);
      return;
    }
    if (t.passive && event.prepost === false) {
      out.counters.push('no_prepost');
      return;
    }
    advance(turn, segment);
    establish(turn, event); // as it came: the window of a SYN is not scaled
  } else if (!processAck(turn, segment)) return;
  // Sixth: the urgent pointer is ignored, its data are in line (toe: no urgent mode).
  // Seventh and eighth.
  processText(turn, segment, segment.seq);
}

/** First: an unacceptable segment is acknowledged. */
function answerUnacceptable(turn: Turn, segment: Segment): void {
  // What carries data or a FIN is repeated until it is answered. An empty one could start a war of ACKs, a SYN is 5961 4.2's
  // challenge whatever its sequence number: both have section 7's limit.
  if ((segment.flags & SYN) === 0 && segmentLength(segment) > 0) oweAck(turn);
  else challenge(turn);
}

/** RFC 5961 section 3.2, checks 1 to 3, then what the state says. Also with a zero window (MUST-66). */
function reset(turn: Turn, segment: Segment): void {
  const { t, out } = turn;
  const offset = seqDiff(segment.seq, t.rcv_nxt);
  if (offset < 0 || (offset > 0 && offset >= receiveWindow(t))) {
    out.counters.push('rst_outside');
    return;
  }
  if (segment.seq !== t.rcv_nxt) {
    out.counters.push('rst_inexact');
    challenge(turn);
    return;
  }
  out.counters.push('rst_accepted');
  switch (t.state) {
    case 'SYN_RECEIVED':
      // From a listener: back to LISTEN, nobody is told. From an active open: refused.
      release(turn, t.passive ? 0 : NOTIFY.RESET);
      return;
    case 'CLOSING':
    case 'LAST_ACK':
    case 'TIME_WAIT':
      release(turn, NOTIFY.CLOSED);
      return;
    default:
      release(turn, NOTIFY.RESET);
  }
}
