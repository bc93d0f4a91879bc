/** Round-trip time and retransmission timeout, in whole microseconds: RFC 6298. */
import type { Turn } from './actions.ts';
import { TICK } from './clock.ts';
import type { TcpConstants } from './constants.ts';
import { seqGeq, seqLt } from './sequence.ts';
import type { Draft, Tcb } from './tcb.ts';
import { echoed } from './timestamps.ts';

/** Samples are cut off here, so that 8 x SRTT stays below 2^30. */
const SAMPLE_BOUND = 2 ** 27 - 1;

/** The timeout now, backoff included: RFC 6298 section 5.5. */
export function timeoutOf(t: Tcb, c: TcpConstants): number {
  return Math.min(t.rto * 2 ** t.rto_backoff, c.rtoMax);
}

/** A round trip took this long; `granularity` is G of RFC 6298 section 2. */
export function sample(t: Draft, microseconds: number, granularity: number, c: TcpConstants): void {
  const r = Math.min(microseconds, SAMPLE_BOUND);
  if (t.rtt_valid) {
    // 6298 2.3, beta = 1/4 and alpha = 1/8, RTTVAR first (with the old SRTT), as shifts: no product, no division.
    const error = r - (t.srtt8 >> 3);
    t.rttvar4 += Math.abs(error) - (t.rttvar4 >> 2);
    t.srtt8 += error;
  } else {
    // 6298 2.2: SRTT = R, RTTVAR = R / 2.
    t.srtt8 = r * 8;
    t.rttvar4 = r * 2;
    t.rtt_valid = true;
  }
  // 6298 2.3 to 2.5.
  t.rto = Math.min(Math.max((t.srtt8 >> 3) + Math.max(granularity, t.rttvar4), c.rtoMin), c.rtoMax);
  // 6298 section 5 and 9293 3.8.2: a backed-off timeout lasts until new data are acknowledged that were sent once, which is a sample.
  t.rto_backoff = 0;
}

/** New sequence numbers leave, up to before `end`: one of them is timed per window (RFC 6298 section 3). */
export function timeSent(t: Draft, end: number, now: number): void {
  if (t.rtt_timing) return;
  t.rtt_timing = true;
  t.rtt_seq = end;
  t.rtt_start = now;
}

/** Sequence numbers leave again, from `start` on. */
export function timeResent(t: Draft, start: number): void {
  // Karn (6298 section 3, MUST-18): what was sent twice is not timed, unless the peer's echo says which copy he saw.
  if (t.rtt_timing && !t.ts_ok && seqLt(start, t.rtt_seq)) t.rtt_timing = false;
}

/** `ack` advances the left edge of the send window: the only place for samples (RFC 7323 section 4.1). */
export function timeAcked(turn: Turn, ack: number, tsecr: number | undefined): void {
  const { t, out, now, c } = turn;
  if (!t.rtt_timing || !seqGeq(ack, t.rtt_seq)) return;
  t.rtt_timing = false;
  if (!t.ts_ok) {
    sample(t, now - t.rtt_start, 1, c);
    return;
  }
  // 7323 4.1 allows a sample of every such ACK and section 4.2 wants smaller gains then; one a window keeps the gains.
  const rtt = tsecr === undefined ? undefined : echoed(t, now, tsecr);
  if (rtt === undefined) out.counters.push('rtt_bogus');
  else sample(t, rtt, TICK, c);
}
