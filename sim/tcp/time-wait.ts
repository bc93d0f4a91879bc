/**
 * TIME_WAIT: a record of its own, small enough to keep thousands of, made when a connection has sent its last ACK.
 * RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 6191.
 */
import { after, ticksOf } from './clock.ts';
import { ACK, FIN, RST, type Segment, type SegmentOptions, segmentLength, SYN } from './segment.ts';
import { seqGt, seqLt } from './sequence.ts';
import type { Tcb } from './tcb.ts';
import type { TcpConstants } from './constants.ts';

export interface TimeWait {
  readonly snd_nxt: number;
  readonly rcv_nxt: number;
  /** Right edge of the window minus `rcv_nxt`. */
  readonly rcv_wnd: number;
  /** The window field to send. */
  readonly window: number;
  readonly ts_ok: boolean;
  readonly ts_offset: number;
  readonly ts_recent: number;
  /** Ticks. */
  readonly expires: number;
}

export function timeWaitOf(t: Tcb, now: number, c: TcpConstants): TimeWait {
  const rcv_wnd = (t.rcv_adv - t.rcv_nxt) >>> 0;
  return {
    snd_nxt: t.snd_nxt, rcv_nxt: t.rcv_nxt, rcv_wnd, window: Math.min(Math.floor(rcv_wnd / 2 ** t.rcv_wscale), 65_535),
    ts_ok: t.ts_ok, ts_offset: t.ts_offset, ts_recent: t.ts_recent, expires: after(ticksOf(now), c.timeWaitTicks),
  };
}

export type TimeWaitVerdict =
  /** Nothing to do. */
  | { readonly kind: 'drop' }
  /** Send <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>; may be dropped under pressure. */
  | { readonly kind: 'ack'; readonly ack: Segment }
  /** The record goes, and the SYN is looked up among the listeners. */
  | { readonly kind: 'reuse' }
  /** The record goes. */
  | { readonly kind: 'close' };

/**
 * @param record one whose `expires` has not passed
 * @returns the record after the segment (undefined: it is gone) and what to do
 */
export function stepTimeWait(record: TimeWait, segment: Segment, now: number, c: TcpConstants): { record: TimeWait | undefined; verdict: TimeWaitVerdict } {
  const { flags, options } = segment;
  const drop = { record, verdict: { kind: 'drop' } } as const;
  const answer = (kept: TimeWait) => ({ record: kept, verdict: { kind: 'ack', ack: ackOf(kept, now) } }) as const;
  if ((flags & (SYN | RST | ACK)) === SYN && reusable(record, segment)) return { record: undefined, verdict: { kind: 'reuse' } };
  // 7323 3.2 and 5.3 R1, as for any connection.
  if ((flags & RST) === 0 && record.ts_ok) {
    if (options.tsval === undefined) return drop;
    if (seqLt(options.tsval, record.ts_recent)) return answer(record);
  }
  const offset = (segment.seq - record.rcv_nxt) | 0;
  if ((flags & RST) !== 0) {
    // 5961 3.2; the second check of 9293 ends TIME_WAIT, which only an exact RST can.
    if (offset === 0) return { record: undefined, verdict: { kind: 'close' } };
    return offset > 0 && offset < record.rcv_wnd ? answer(record) : drop;
  }
  // Fourth: a SYN that is no reuse gets a challenge ACK.
  if ((flags & SYN) !== 0) return answer(record);
  // Fifth and eighth: the peer's FIN again restarts 2 MSL; it lies just left of rcv_nxt.
  const end = (segment.seq + segmentLength(segment)) >>> 0;
  if ((flags & FIN) !== 0 && end === record.rcv_nxt) return answer({ ...record, expires: after(ticksOf(now), c.timeWaitTicks) });
  // First: anything else is outside of the window, or text after a FIN. An empty ACK in place says nothing.
  if (segmentLength(segment) === 0 && offset === 0) return drop;
  return answer(record);
}

/** RFC 6191 section 2: a SYN that cannot be an old one opens a new connection (MAY-2, SHLD-4). */
function reusable(record: TimeWait, syn: Segment): boolean {
  const { tsval } = syn.options;
  if (record.ts_ok && tsval !== undefined) {
    if (seqGt(tsval, record.ts_recent)) return true;
    return tsval === record.ts_recent && seqGt(syn.seq, record.rcv_nxt);
  }
  // One of the two without timestamps: the sequence number decides.
  return seqGt(syn.seq, record.rcv_nxt);
}

function ackOf(record: TimeWait, now: number): Segment {
  const options: SegmentOptions = record.ts_ok ? { tsval: (ticksOf(now) + record.ts_offset) % 2 ** 32, tsecr: record.ts_recent } : {};
  return { seq: record.snd_nxt, ack: record.rcv_nxt, flags: ACK, window: record.window, length: 0, options };
}
