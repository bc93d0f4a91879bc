/** Differences that several parts of a step use. */
import { mux, type UInt } from '@vtoe/hdl';
import { TIMESTAMP_BYTES } from '../constants.ts';
import { CongestionBytes, type Tcb } from '../tcb.ts';
import { after, slowTime, ticksOf } from './clock.ts';
import type { Inputs } from './stage.ts';

export type Common = ReturnType<typeof commonDifferences>;

export function commonDifferences({ tcb, now, constants }: Inputs) {
  const flight = flightOf(tcb);
  return {
    flight,
    /** What slow start begins at after a loss, before its lower bound: `slowStartThreshold` in congestion.ts. */
    halfFlight: flight.min(tcb.cwnd.zext(flight.width)).shr(1).trunc(CongestionBytes.width),
    tailAhead: tailAheadOf(tcb),
    receiveWindow: receiveWindowOf(tcb),
    /** TSval of a segment that leaves now: RFC 7323 section 5.4. */
    tsval: ticksOf(now).add(tcb.ts_offset),
    /** Payload that the peer can put into a segment. */
    receiveMss: mux(tcb.ts_ok, tcb.rcv_mss.sub(TIMESTAMP_BYTES), tcb.rcv_mss),
    /** The first octet in flight counts for the sample under way: sent again, it spoils it. */
    unaTimed: tcb.snd_una.sub(tcb.rtt_seq).slt(0),
    /** Behind the FIN. */
    tailNext: tcb.snd_tail.add(1),
    /** Slow deadlines that are armed now. */
    idleUntil: after(slowTime(now), constants.keepalive_idle),
    finWait2Until: after(slowTime(now), constants.fin_wait_2),
  };
}

/** FlightSize: sequence numbers sent and not acknowledged, SYN and FIN included. */
export function flightOf(r: Tcb): UInt {
  return r.snd_nxt.sub(r.snd_una);
}

/** Bytes that are not acknowledged, whether sent or not, no FIN counted: -1 with the FIN acknowledged. */
export function tailAheadOf(r: Tcb): UInt {
  return r.snd_tail.sub(r.snd_una);
}

/** RCV.WND: what the peer may still send. */
export function receiveWindowOf(r: Tcb): UInt {
  return r.rcv_adv.sub(r.rcv_nxt);
}
