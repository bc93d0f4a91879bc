/** ACKs that a segment calls for besides the usual one. */
import { type Bool, mux, when } from '@vtoe/hdl';
import { DUPACK_OWED_MAX } from '../tcb.ts';
import { ticksOf } from './clock.ts';
import type { Inputs, Outcome } from './stage.ts';

export type Challenge = ReturnType<typeof challengeDifferences>;
export type Owed = ReturnType<typeof owedDecisions>;

export function challengeDifferences({ tcb, now, constants }: Inputs) {
  const age = ticksOf(now).sub(tcb.challenge_at);
  return {
    /** At most one challenge ACK an interval and connection: RFC 5961 section 7. Over all of them it were a side channel (CVE-2016-5696). */
    challengeRecent: tcb.challenged.and(age.le(constants.challenge_interval.zext(age.width))),
  };
}

/**
 * One pure ACK for each cause: merged ones would cost the peer its fast retransmit (RFC 5681 section 4.2).
 * @param acks causes that exclude each other
 * @param challenges <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>; a probe with an unacceptable ACK field calls for both
 */
export function owedDecisions({ tcb, challengeRecent }: Inputs & Challenge, acks: Bool, challenges: Bool) {
  const owesChallenge = challenges.and(challengeRecent.not());
  const owed = tcb.dupack_owed.zext(4).add(acks.toUInt().zext(4)).add(owesChallenge.toUInt().zext(4));
  const owedSaturates = owed.gt(DUPACK_OWED_MAX);
  return {
    owesChallenge,
    challengeSuppressed: challenges.and(challengeRecent),
    owedSaturates,
    owed: mux(owedSaturates, DUPACK_OWED_MAX, owed.trunc(3)),
  };
}

export function owe(v: Inputs & Owed, { next, actions }: Outcome): void {
  const { counters } = actions;
  next.dupack_owed.set(v.owed);
  when(v.owesChallenge, () => {
    next.challenged.set(true);
    next.challenge_at.set(ticksOf(v.now));
  });
  counters.challenge_ack.set(v.owesChallenge);
  counters.challenge_suppressed.set(v.challengeSuppressed);
  counters.dupack_saturated.set(v.owedSaturates);
}
