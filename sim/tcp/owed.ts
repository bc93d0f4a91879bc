/** ACKs that a segment calls for besides the usual one. */
import type { Turn } from './actions.ts';
import { age, stamp } from './clock.ts';
import { DUPACK_OWED_MAX } from './constants.ts';

/** One pure ACK of its own: merged ones would cost the peer its fast retransmit (RFC 5681 section 4.2). */
export function oweAck(turn: Turn): void {
  const { t, out } = turn;
  if (t.dupack_owed === DUPACK_OWED_MAX) out.counters.push('dupack_saturated');
  else t.dupack_owed++;
}

/**
 * A challenge ACK, <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, at most one per interval and connection: RFC 5961 section 7. A limit
 * over all connections would be a side channel (CVE-2016-5696).
 */
export function challenge(turn: Turn): void {
  const { t, out, ticks, c } = turn;
  if (t.challenged && age(ticks, t.challenge_at) <= c.challengeIntervalTicks) {
    out.counters.push('challenge_suppressed');
    return;
  }
  t.challenged = true;
  t.challenge_at = stamp(ticks);
  out.counters.push('challenge_ack');
  oweAck(turn);
}
