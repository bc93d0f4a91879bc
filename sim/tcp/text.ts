/** Payload and FIN of an acceptable segment: RFC 9293 section 3.10.7.4, seventh and eighth. */
import { abort, NOTIFY, stopTimers, type Turn } from './actions.ts';
import { oweAck } from './owed.ts';
import { receiveMss } from './options.ts';
import { forget, keep } from './reassembly.ts';
import { FIN, type Segment } from './segment.ts';
import { seqAdd, seqDiff, seqGeq, seqGt, seqLt, seqMax, seqMin } from './sequence.ts';
import { NEVER, type State } from './tcb.ts';

/** @param first the sequence number of the first payload byte: SEG.SEQ, or one more behind a SYN */
export function processText(turn: Turn, segment: Segment, first: number): void {
  const { t, out } = turn;
  if (t.state !== 'ESTABLISHED' && t.state !== 'FIN_WAIT_1' && t.state !== 'FIN_WAIT_2') {
    // Seventh, CLOSE_WAIT and later: nothing can come after the peer's FIN.
    if (segment.length > 0) out.counters.push('text_ignored');
    return;
  }
  const end = seqAdd(first, segment.length);
  const finished = (segment.flags & FIN) !== 0 && seqLt(end, t.rcv_adv);
  if (segment.length > 0) {
    // A FIN that is held bounds the stream.
    const edge = t.fin_held ? seqMin(t.rcv_adv, t.fin_seq) : t.rcv_adv;
    const from = seqMax(first, t.rcv_nxt);
    const to = seqMin(end, edge);
    if (seqLt(from, to) && t.rcv_closed) {
      // 3.6.1 (SHLD-3): data after CLOSE are lost, and the peer is told.
      out.counters.push('text_after_close');
      abort(turn, NOTIFY.RESET);
      return;
    }
    if (from !== first || to !== end) out.counters.push('trimmed');
    if (seqLt(from, to)) place(turn, from, to, seqDiff(from, first));
    else {
      out.counters.push('duplicate');
      oweAck(turn);
    }
  }
  if (finished) processFin(turn, end, segment.length === 0);
  if (t.fin_held && t.fin_seq === t.rcv_nxt) accept(turn);
}

function place(turn: Turn, from: number, to: number, skip: number): void {
  const { t, out, now, c } = turn;
  const gap = t.intervals.length > 0 || t.fin_held;
  const kept = keep(t, from, to);
  if (kept === 'in_order' || kept === 'out_of_order') {
    out.place = { offset: seqAdd(from, -t.irs - 1) & (t.rx_size - 1), skip, length: seqDiff(to, from) };
  }
  if (kept !== 'in_order') {
    out.counters.push(kept === 'full' ? 'intervals_full' : kept === 'known' ? 'duplicate' : 'out_of_order');
    oweAck(turn);
    return;
  }
  out.notify |= NOTIFY.DATA;
  // 5681 4.2: what fills a gap, even in part, is acknowledged at once; 9293 3.8.6.3 (SHLD-19): so is every second full segment.
  if (gap || c.delayedAck === 0 || seqDiff(t.rcv_nxt, t.last_ack_sent) >= c.ackEvery * receiveMss(t)) t.ack_now = true;
  else if (t.delayed_ack_deadline === NEVER) t.delayed_ack_deadline = now + c.delayedAck;
}

/** A FIN at `seq`, inside of the window. */
function processFin(turn: Turn, seq: number, alone: boolean): void {
  const { t, out } = turn;
  // The FIN at rcv_nxt is the end whatever was held.
  if (seq === t.rcv_nxt) {
    accept(turn);
    return;
  }
  if (seqLt(seq, t.rcv_nxt)) return; // before bytes that were received: a contradiction, no FIN of ours
  const last = t.intervals.at(-1);
  if ((t.fin_held && t.fin_seq !== seq) || (last !== undefined && seqGt(last.end, seq))) out.counters.push('fin_conflict');
  else {
    t.fin_held = true;
    t.fin_seq = seq;
  }
  if (alone) oweAck(turn); // with payload the payload owes it
}

const AFTER_FIN: Partial<Record<State, State>> = { ESTABLISHED: 'CLOSE_WAIT', FIN_WAIT_1: 'CLOSING', FIN_WAIT_2: 'TIME_WAIT' };

/** Eighth: advance RCV.NXT over the FIN, acknowledge it, tell the user. */
function accept(turn: Turn): void {
  const { t, out } = turn;
  forget(t);
  t.rcv_nxt = seqAdd(t.rcv_nxt, 1);
  t.rcv_adv = seqGeq(t.rcv_adv, t.rcv_nxt) ? t.rcv_adv : t.rcv_nxt;
  t.fin_received = true;
  t.ack_now = true;
  out.notify |= NOTIFY.PEER_CLOSED;
  // FIN_WAIT_1 with our FIN acknowledged by this very segment became FIN_WAIT_2 before.
  t.state = AFTER_FIN[t.state]!;
  if (t.state === 'TIME_WAIT') stopTimers(t);
}
