/** Congestion control when segments arrive: RFC 5681 with NewReno (RFC 6582), limited transmit (RFC 3042) and byte counting (RFC 3465). */
import { allOf, type Bool, mux, type UInt, when } from '@vtoe/hdl';
import { seqLt } from '@vtoe/hdl/lib';
import { WINDOW_BOUND } from '../constants.ts';
import { CongestionBytes } from '../tcb.ts';
import type { Acknowledge } from './acknowledge.ts';
import type { Common } from './common.ts';
import type { Inputs, Outcome } from './stage.ts';

const WIDTH = CongestionBytes.width;
/** Of sequence numbers and of sums that may exceed the bound. */
const WIDE = 32;

export type Congestion = ReturnType<typeof congestionDifferences>;
export type CongestionDecisions = ReturnType<typeof congestionDecisions>;

/** RFC 5681 equation 4. What limited transmit sent is above `cwnd` and does not count (section 3.2 step 2). */
export function slowStartThreshold(halfFlight: UInt, snd_mss: UInt): UInt {
  return halfFlight.max(snd_mss.zext(WIDTH).shl(1));
}

/** A window that has grown: no more than the bound, a power of two. */
function bounded(sum: UInt): UInt {
  return mux(sum.bits(sum.width - 1, WIDTH - 1).orR(), WINDOW_BOUND, sum.trunc(WIDTH));
}

export function congestionDifferences({ tcb, event, constants, flight, acked, ackFlight }: Inputs & Common & Acknowledge) {
  const mss = tcb.snd_mss.zext(WIDE);
  const { ack } = event.segment;
  return {
    cwndSlowStart: tcb.cwnd.lt(tcb.ssthresh),
    /** The ACK does not reach `recover`; what it covers was sent before the last timeout. */
    cwndBeforeRecover: seqLt(ack, tcb.recover),
    /** It goes beyond. */
    cwndAckPastRecover: seqLt(tcb.recover, ack),
    /** Duplicates cover more than `recover`. */
    cwndPastRecover: seqLt(tcb.recover, tcb.snd_una),
    /** L segments: RFC 3465 section 2.3. */
    cwndCountLimit: tcb.snd_mss.mul(constants.byte_counting_limit).zext(WIDE),
    cwndBytesAcked: tcb.bytes_acked.add(acked),
    /** `cwnd` - acked, with its sign. */
    cwndDeflated: tcb.cwnd.zext(WIDE).subb(acked),
    cwndAckedSegment: acked.ge(mss),
    cwndPlusSegment: bounded(tcb.cwnd.zext(WIDE).add(mss)),
    /** Three segments: RFC 5681 section 3.2 step 3. */
    cwndThree: mss.shl(1).add(mss).trunc(WIDTH),
    /** Less than a segment is in flight, before and after this ACK. */
    flightShort: flight.lt(mss),
    ackFlightShort: ackFlight.lt(mss),
    /** A segment more than what this ACK leaves in flight. */
    ackFlightPlusSegment: tcb.snd_nxt.add(mss).sub(ack),
  };
}

/**
 * @param advances SND.UNA moves by `acked` bytes
 * @param duplicate a duplicate ACK by the definition of RFC 5681 section 2
 */
export function congestionDecisions(v: Inputs & Common & Acknowledge & Congestion, advances: Bool, duplicate: Bool) {
  const { tcb, event, constants, acked } = v;
  const mss = tcb.snd_mss.zext(WIDE);
  const cwnd = tcb.cwnd.zext(WIDE);

  // 6582 3.2 step 3, full acknowledgment, choice (1): no burst.
  const inFlight = mux(v.ackFlightShort, mss.shl(1), v.ackFlightPlusSegment);
  const full = mux(inFlight.lt(tcb.ssthresh.zext(WIDE)), inFlight.trunc(WIDTH), tcb.ssthresh);
  // 6582 3.2 step 3, partial acknowledgment: deflate, and add one segment back if one was acknowledged; not below a segment.
  const negative = v.cwndDeflated.bit(WIDE);
  const deflated = v.cwndDeflated.trunc(WIDE);
  const partial = mux(v.cwndAckedSegment,
    mux(negative, mss, deflated.add(mss)),
    mux(negative.or(deflated.lt(mss)), mss, deflated)).trunc(WIDTH);
  // 3465 2.2 and 2.3: L segments an ACK; one in the slow start that follows a timeout.
  const limit = mux(v.cwndBeforeRecover, mss, v.cwndCountLimit);
  const slowStart = mux(acked.lt(limit), bounded(cwnd.add(acked)), bounded(cwnd.add(limit)));
  // 3465 2.1: one segment for each window of bytes; no quotient.
  const bytesLeft = v.cwndBytesAcked.subb(cwnd);
  const windowful = bytesLeft.bit(WIDE).not();
  const avoidance = mux(windowful, v.cwndPlusSegment, tcb.cwnd);

  const dupAcks = mux(tcb.dup_acks.andR(), tcb.dup_acks, tcb.dup_acks.add(1));
  const third = allOf(duplicate, tcb.in_recovery.not(), dupAcks.eq(constants.dup_ack_threshold));
  const threshold = slowStartThreshold(v.halfFlight, tcb.snd_mss);
  // The hole is the segment at the left edge: as far as was sent.
  const left = mux(tcb.in_recovery, event.segment.ack, tcb.snd_una);
  const holeShort = mux(tcb.in_recovery, v.ackFlightShort, v.flightShort);
  const partially = allOf(advances, tcb.in_recovery, v.cwndBeforeRecover);
  return {
    cwndPartial: partially,
    cwndFull: allOf(advances, tcb.in_recovery, v.cwndBeforeRecover.not()),
    cwndGrows: advances.and(tcb.in_recovery.not()),
    cwndCounts: allOf(advances, tcb.in_recovery.not(), v.cwndSlowStart.not()),
    /** What an ACK that advances makes of `cwnd` and of `bytes_acked`. */
    cwndAdvanced: mux(tcb.in_recovery, mux(v.cwndBeforeRecover, partial, full), mux(v.cwndSlowStart, slowStart, avoidance)),
    cwndBytesLeft: mux(windowful, bytesLeft.trunc(WIDE), v.cwndBytesAcked),
    cwndDuplicate: duplicate,
    cwndInflates: duplicate.and(tcb.in_recovery),
    cwndDupAcks: dupAcks,
    // 6582 3.2 step 2: "covers more than recover". Else these may answer what a timeout sent once more than needed.
    cwndFastRetransmit: third.and(v.cwndPastRecover),
    cwndRefused: third.and(v.cwndPastRecover.not()),
    cwndThreshold: threshold,
    cwndHoleEnd: mux(holeShort, tcb.snd_nxt, left.add(mss)),
    /** RFC 6298 section 5.3. The impatient variant of 6582: only the first partial ACK restarts the timer. */
    cwndRestarts: advances.and(partially.and(tcb.partial_acked).not()),
  };
}

export function congestionUpdate(v: Inputs & Congestion & CongestionDecisions, { next, actions }: Outcome): void {
  const { tcb, event } = v;
  const { counters } = actions;
  when(v.cwndFull.or(v.cwndGrows), () => {
    next.cwnd.set(v.cwndAdvanced);
    next.dup_acks.set(0);
  });
  when(v.cwndFull, () => {
    next.in_recovery.set(false);
    next.bytes_acked.set(0);
  });
  // It says only that more than `recover` is acknowledged. 2^31 bytes further on its order would turn round.
  when(v.cwndGrows.and(v.cwndAckPastRecover), () => next.recover.set(event.segment.ack.sub(1)));
  when(v.cwndCounts, () => next.bytes_acked.set(v.cwndBytesLeft));
  counters.partial_ack.set(v.cwndPartial);
  when(v.cwndPartial, () => {
    next.cwnd.set(v.cwndAdvanced);
    next.partial_acked.set(true);
    next.rxt_nxt.set(event.segment.ack);
    next.rxt_end.set(v.cwndHoleEnd);
  });

  when(v.cwndDuplicate, () => next.dup_acks.set(v.cwndDupAcks));
  // 5681 3.2 step 4: a segment has left the network.
  when(v.cwndInflates, () => next.cwnd.set(v.cwndPlusSegment));
  counters.recovery_refused.set(v.cwndRefused);
  counters.fast_retransmit.set(v.cwndFastRetransmit);
  // 5681 3.2 steps 2 and 3.
  when(v.cwndFastRetransmit, () => {
    next.ssthresh.set(v.cwndThreshold);
    next.cwnd.set(v.cwndThreshold.add(v.cwndThree));
    next.recover.set(tcb.snd_nxt);
    next.in_recovery.set(true);
    next.partial_acked.set(false);
    next.rxt_nxt.set(tcb.snd_una);
    next.rxt_end.set(v.cwndHoleEnd);
  });
}
