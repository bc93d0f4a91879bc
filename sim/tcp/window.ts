/** Both windows: what the peer lets us send, what we let the peer send. RFC 9293 section 3.8.6, RFC 7323 section 2. */
import { receiveMss } from './options.ts';
import { SYN, type Segment } from './segment.ts';
import { seqAdd, seqDiff, seqLeq, seqLt, seqMax, seqMin } from './sequence.ts';
import type { Draft, Tcb } from './tcb.ts';

/** SEG.WND in bytes; the window of a SYN is never scaled (RFC 7323 section 2.2). */
export function windowOf(t: Tcb, segment: Segment): number {
  return (segment.flags & SYN) === 0 ? segment.window * 2 ** t.snd_wscale : segment.window;
}

/** SND.WND <- SEG.WND without a question: the handshake's. */
export function setSendWindow(t: Draft, segment: Segment): void {
  t.snd_wnd = windowOf(t, segment);
  t.snd_wl1 = segment.seq;
  t.snd_wl2 = segment.ack;
  t.max_snd_wnd = Math.max(t.max_snd_wnd, t.snd_wnd);
}

/**
 * 9293 3.10.7.4, fifth: an old segment does not set the window. A retransmission that acknowledges more (`advanced`) has an
 * old SEG.SEQ and yet the newest window: 3.8.6's refinement takes it. With WL1 alone SND.WND would stay while SND.UNA moves,
 * and the right edge with it, beyond what the peer ever offered.
 */
export function updateSendWindow(t: Draft, segment: Segment, advanced: boolean): void {
  if (!(advanced || seqLt(t.snd_wl1, segment.seq) || (t.snd_wl1 === segment.seq && seqLeq(t.snd_wl2, segment.ack)))) return;
  const closed = t.snd_wnd === 0;
  setSendWindow(t, segment);
  if (!closed || t.snd_wnd === 0) return;
  // The window opens. What is in flight went beyond a zero window (a probe, or the window shrank) and was likely refused.
  t.probe_backoff = 0;
  t.probe_due = false;
  t.retries = 0;
  t.rxt_nxt = t.snd_una;
  t.rxt_end = t.snd_nxt;
}

/** U of 9293 3.8.6.2.1: bytes of new data that the peer's window takes; negative when it shrank (MUST-34). */
export function usableWindow(t: Tcb): number {
  return t.snd_wnd - seqDiff(t.snd_nxt, t.snd_una);
}

/** The largest window that the header's 16 bits can say. */
function fieldBound(t: Tcb): number {
  return 65_535 * 2 ** t.rcv_wscale;
}

/** The furthest right edge that the ring has room for and the field can say. */
function roomEdge(t: Tcb): number {
  return seqMin(seqAdd(t.rcv_user, t.rx_size), seqAdd(t.rcv_nxt, fieldBound(t)));
}

/** RCV.BUFF / 2 as far as the peer can ever see it. */
function halfBuffer(t: Tcb): number {
  return Math.min(t.rx_size, fieldBound(t)) >>> 1;
}

/** 9293 3.8.6.2.2 (MUST-39): the edge moves by min(RCV.BUFF / 2, Eff.snd.MSS) or not at all. */
function edgeMoves(t: Tcb): boolean {
  return seqDiff(roomEdge(t), t.rcv_adv) >= Math.min(halfBuffer(t), receiveMss(t));
}

/**
 * The window field of a segment that leaves now, and `rcv_adv` with it. `still` repeats the last edge: a peer counts
 * duplicate ACKs only while the window stays (RFC 5681 section 2). The field is rounded down; the edge that was promised
 * before stays acceptable (RFC 7323 section 2.4).
 */
export function advertise(t: Draft, still: boolean): number {
  const edge = !still && edgeMoves(t) ? roomEdge(t) : t.rcv_adv;
  const field = Math.min(Math.floor(seqDiff(edge, t.rcv_nxt) / 2 ** t.rcv_wscale), 65_535);
  t.rcv_adv = seqMax(t.rcv_adv, seqAdd(t.rcv_nxt, field * 2 ** t.rcv_wscale));
  return field;
}

/** RCV.WND: what the peer may still send. */
export function receiveWindow(t: Tcb): number {
  return seqDiff(t.rcv_adv, t.rcv_nxt);
}

/**
 * An ACK is worth sending for its window alone: the edge can move, and either by two segments, or by half of the ring, or
 * the peer has less than a segment left. (The last case alone would do; the others keep a fast peer from ever waiting.)
 */
export function windowUpdateDue(t: Tcb): boolean {
  if (t.fin_received || !edgeMoves(t)) return false;
  const moves = seqDiff(roomEdge(t), t.rcv_adv);
  const mss = receiveMss(t);
  if (!(moves >= 2 * mss || moves >= halfBuffer(t) || receiveWindow(t) < mss)) return false;
  // With 16 bits and its scale the field may not be able to say so.
  const field = Math.min(Math.floor(seqDiff(roomEdge(t), t.rcv_nxt) / 2 ** t.rcv_wscale), 65_535);
  return seqDiff(seqAdd(t.rcv_nxt, field * 2 ** t.rcv_wscale), t.rcv_adv) > 0;
}
