/** Round-trip time and retransmission timeout, in whole microseconds: RFC 6298. No product, no division. */
import { type Bool, cat, lit, mux, UInt, when } from '@vtoe/hdl';
import { seqGe } from '@vtoe/hdl/lib';
import { ECHO_TICKS_LOG2, SAMPLE_BOUND } from '../constants.ts';
import { fineTime, TICK_LOG2 } from './clock.ts';
import type { Handshake } from './handshake.ts';
import type { Inputs, Outcome } from './stage.ts';
import type { Timestamps } from './timestamps.ts';

/** A sample, SRTT, RTO: below 2^27. */
const SPAN = 27;

export type Rtt = ReturnType<typeof rttDifferences>;
export type RttDecisions = ReturnType<typeof rttDecisions>;

export function rttDifferences({ tcb, event, now, constants }: Inputs) {
  const waited = fineTime(now).sub(tcb.rtt_start);
  const mean = tcb.srtt8.shr(3);
  const varLeft = tcb.rttvar4.sub(tcb.rttvar4.shr(2));
  const { rto_min, rto_max, rto_after_syn_loss } = constants;
  // 6298 5.7: after a SYN that was lost, RTO is no less than this, whatever the sample says and whatever its bounds.
  const synLost = tcb.syn_retransmitted.and(tcb.state.is('SYN_SENT', 'SYN_RECEIVED'));
  const least = mux(synLost, rto_min.max(rto_after_syn_loss), rto_min);
  return {
    /** The ACK covers what is timed. */
    rttCovered: tcb.rtt_timing.and(seqGe(event.segment.ack, tcb.rtt_seq)),
    /** Microseconds since that left, cut off. */
    rttWaited: mux(waited.bits(waited.width - 1, SPAN).orR(), SAMPLE_BOUND, waited.trunc(SPAN)),
    rttLeast: least,
    rttMost: mux(synLost, rto_max.max(rto_after_syn_loss), rto_max),
    /** RTO without a sample. */
    rttKept: mux(synLost, tcb.rto.max(rto_after_syn_loss), tcb.rto),
    /** 7/8 of 8 x SRTT; 3/4 of 4 x RTTVAR, less and more SRTT: what comes to it is R - SRTT or SRTT - R, whichever is positive. */
    rttMeanLeft: tcb.srtt8.sub(mean),
    rttVarBelow: varLeft.sub(mean.zext(varLeft.width)),
    rttVarAbove: varLeft.add(mean.zext(varLeft.width)),
  };
}

/** @param advances SND.UNA moves: the only place for samples (RFC 7323 section 4.1). */
export function rttDecisions(v: Inputs & Timestamps & Handshake & Rtt, advances: Bool) {
  const { tcb } = v;
  const timestamps = mux(tcb.state.eq('SYN_SENT'), v.synTsOk, tcb.ts_ok);
  // 7323 4.1 allows a sample of every such ACK and section 4.2 wants smaller gains then; one a window keeps the gains.
  const sample = mux(timestamps, cat(v.tsEcho.trunc(ECHO_TICKS_LOG2), lit(UInt(TICK_LOG2), 0)), v.rttWaited);
  // 7323 4: an echo from the future, or too far back.
  const bogus = timestamps.and(v.tsEcho.shr(ECHO_TICKS_LOG2).ne(0));
  const ends = advances.and(v.rttCovered);
  const mean = tcb.srtt8.shr(3).trunc(SPAN);
  const wide = sample.zext(tcb.rttvar4.width);
  return {
    rttEnds: ends,
    rttSamples: ends.and(bogus.not()),
    rttBogus: ends.and(bogus),
    /** G of RFC 6298 section 2 is a tick; else a microsecond. */
    rttCoarse: timestamps,
    // 6298 2.3, beta = 1/4 and alpha = 1/8, RTTVAR with the old SRTT; 2.2: SRTT = R, RTTVAR = R / 2.
    rttMean8: mux(tcb.rtt_valid, v.rttMeanLeft.add(sample.zext(tcb.srtt8.width)), cat(sample, lit(UInt(3), 0))),
    rttVar4: mux(tcb.rtt_valid, mux(sample.lt(mean), v.rttVarAbove.sub(wide), v.rttVarBelow.add(wide)), wide.shl(1)),
    rttFloor: v.rttLeast.min(v.rttMost),
  };
}

export function rttUpdate(v: Inputs & Rtt & RttDecisions & { readonly establishes: Bool }, { next, actions }: Outcome): void {
  when(v.establishes, () => next.rto.set(v.rttKept));
  when(v.rttEnds, () => next.rtt_timing.set(false));
  actions.counters.rtt_bogus.set(v.rttBogus);
  when(v.rttSamples, () => {
    next.srtt8.set(v.rttMean8);
    next.rttvar4.set(v.rttVar4);
    next.rtt_valid.set(true);
    next.rto.set(timeoutOf(v));
    // 6298 section 5 and 9293 3.8.2: a backed-off timeout lasts until new data are acknowledged that were sent once, which is a sample.
    next.rto_backoff.set(0);
  });
}

/** 6298 2.3 to 2.5: SRTT + max(G, 4 x RTTVAR) between its bounds. */
function timeoutOf(v: Rtt & RttDecisions): UInt {
  const { rttVar4, rttCoarse, rttFloor, rttMost } = v;
  const mean = v.rttMean8.shr(3).zext(rttVar4.width);
  const bounded = (spread: UInt) => {
    const sum = mean.addc(spread);
    return mux(sum.gt(rttMost.zext(sum.width)), rttMost, mux(sum.lt(rttFloor.zext(sum.width)), rttFloor, sum.trunc(SPAN)));
  };
  // G is a power of two: 4 x RTTVAR is below it if all bits from there on are 0.
  const granularity = mux(rttCoarse, lit(UInt(rttVar4.width), 1 << TICK_LOG2), 1);
  const steady = mux(rttCoarse, rttVar4.shr(TICK_LOG2), rttVar4).eq(0);
  return mux(steady, bounded(granularity), bounded(rttVar4));
}
