/** The handshake: SYN_SENT's segments (RFC 9293 section 3.10.7.3), and what ESTABLISHED begins with. */
import { NOTIFY, release, type Turn } from './actions.ts';
import { advance } from './acknowledge.ts';
import { after, stamp } from './clock.ts';
import { initialWindow } from './congestion.ts';
import { resetFor } from './listen.ts';
import { agree } from './options.ts';
import { ACK, RST, type Segment, SYN } from './segment.ts';
import { seqAdd, seqDiff, seqGt, seqLeq } from './sequence.ts';
import type { Draft } from './tcb.ts';
import { processText } from './text.ts';
import { setSendWindow } from './window.ts';

export function synSent(turn: Turn, segment: Segment): void {
  const { t, out, ticks, c } = turn;
  const { flags } = segment;
  t.last_received = ticks;
  const acknowledges = (flags & ACK) !== 0;
  // First. (Before our SYN has left, SND.NXT = ISS and no ACK is acceptable.)
  if (acknowledges && !(seqGt(segment.ack, t.iss) && seqLeq(segment.ack, t.snd_nxt))) {
    out.counters.push('ack_unacceptable');
    if ((flags & RST) === 0) out.reset = resetFor(segment);
    return;
  }
  // Second. RCV.NXT is not known yet: the acceptable ACK stands for 5961's exact match (5961 3.2).
  if ((flags & RST) !== 0) {
    if (!acknowledges) {
      out.counters.push('syn_sent_ignored');
      return;
    }
    out.counters.push('rst_accepted');
    release(turn, NOTIFY.RESET);
    return;
  }
  // Fifth.
  if ((flags & SYN) === 0) {
    out.counters.push('syn_sent_ignored');
    return;
  }
  // Fourth.
  agree(t, segment, ticks, c);
  synchronize(t, segment);
  if (!acknowledges) {
    // Simultaneous open (MUST-10). Text that came along is not acknowledged, so the peer sends it again.
    if (segment.length > 0) out.counters.push('text_ignored');
    setSendWindow(t, segment);
    t.state = 'SYN_RECEIVED';
    t.syn_due = true;
    return;
  }
  advance(turn, segment);
  establish(turn, segment);
  t.ack_now = true;
  processText(turn, segment, t.rcv_nxt);
}

/** The peer's SYN: IRS, RCV.NXT and the first window, which is not scaled. */
export function synchronize(t: Draft, syn: Segment): void {
  t.irs = syn.seq;
  t.rcv_nxt = seqAdd(syn.seq, 1);
  t.rcv_user = t.rcv_nxt;
  t.rcv_adv = seqAdd(t.rcv_nxt, Math.min(t.rx_size, 65_535));
  t.last_ack_sent = t.rcv_nxt;
}

/** Our SYN is acknowledged: ESTABLISHED, or what a queued CLOSE makes of it. */
export function establish(turn: Turn, segment: Segment): void {
  const { t, out, c, ticks } = turn;
  t.state = t.fin_queued ? 'FIN_WAIT_1' : 'ESTABLISHED';
  out.notify |= t.passive ? NOTIFY.ACCEPTED : NOTIFY.CONNECTED;
  setSendWindow(t, segment);
  t.syn_due = false;
  t.rxt_nxt = t.snd_una;
  t.rxt_end = t.snd_una;
  t.cwnd = initialWindow(t, c);
  t.last_sent = stamp(ticks);
  t.dup_acks = 0;
  t.bytes_acked = 0;
  // 6298 5.7: the timer of a SYN ran out.
  if (t.syn_retransmitted) {
    t.rto = Math.max(t.rto, c.rtoAfterSynLoss);
    t.rto_backoff = 0;
  }
  if (t.keepalive) t.keepalive_deadline = after(ticks, c.keepaliveIdleTicks);
  // Nothing can be in flight but the SYN: snd_nxt = iss + 1.
  if (seqDiff(t.snd_nxt, t.snd_una) === 0) t.retransmit_deadline = Infinity;
}
