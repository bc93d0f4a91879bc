/**
 * What may leave now: the peer's window, `cwnd`, Nagle and silly windows. RFC 9293 sections 3.7.4 and 3.8.6, RFC 5681.
 *
 * Pure functions of a record, which a grant asks of the record before it and `settle` of the one after. Each length is the
 * least of three numbers (what there is, what the window takes, a full segment), so a bound of it is a bound of one of them:
 * nothing waits for a minimum, and two carry chains in a row answer everything.
 */
import { allOf, anyOf, type Bool, mux, type UInt } from '@vtoe/hdl';
import type { Tcb } from '../tcb.ts';

/** The handshake is over: data, FIN and ACKs may leave. */
export function synchronized(r: Tcb): Bool {
  return r.state.is('ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSE_WAIT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT');
}

export type SendDifferences = ReturnType<typeof sendDifferences>;
export type Sendable = ReturnType<typeof sendable>;

/** All are 32 bits, and signed. */
export function sendDifferences(r: Tcb) {
  const mss = r.snd_mss.zext(32);
  const window = r.snd_wnd.zext(32);
  const cwnd = r.cwnd.zext(32);
  // 5681 3.2 step 1 and 3042: each of the first two duplicate ACKs lets one more segment out.
  const one = r.in_recovery.not().and(r.dup_acks.eq(1));
  const two = r.in_recovery.not().and(r.dup_acks.gt(1));
  const [less, more, most] = [cwnd.sub(mss), cwnd.add(mss), cwnd.add(mss.shl(1))];
  return {
    /** Bytes that the guest gave and that never left: negative with the FIN sent. */
    queued: r.snd_tail.sub(r.snd_nxt),
    /** Bytes to be retransmitted, a FIN counted. */
    holeBytes: r.rxt_end.sub(r.rxt_nxt),
    /** The same, and what lies before the hole. */
    holeEndAhead: r.rxt_end.sub(r.snd_una),
    holeAhead: r.rxt_nxt.sub(r.snd_una),
    /** Room for a full segment in the windows. */
    windowLessMss: window.sub(mss),
    cwndLessMss: less,
    /** What may be in flight with limited transmit, and the same less a full segment. */
    limitedWindow: mux(two, most, mux(one, more, cwnd)),
    limitedLessMss: mux(two, more, mux(one, cwnd, less)),
    /** Twice the usable window is at least half of the largest window seen when twice the flight is not above this. */
    halfWindowRoom: window.shl(1).sub(r.max_snd_wnd.zext(32)),
  };
}

export interface Ahead {
  /** Of `snd_una`: `snd_nxt`, which is FlightSize. */
  readonly flight: UInt;
  /** Of `snd_una`: `snd_tail`. */
  readonly tailAhead: UInt;
}

export function sendable(r: Tcb, d: SendDifferences, { flight, tailAhead }: Ahead) {
  const mss = r.snd_mss.zext(32);
  const window = r.snd_wnd.zext(32);
  const cwnd = r.cwnd.zext(32);
  const synced = synchronized(r);
  const idleFlight = r.snd_nxt.eq(r.snd_una);
  const usable = flight.slt(window);

  // New data: the least of `queued`, the usable window and a segment.
  const queuedAny = d.queued.sgt(0);
  const queuedAll = tailAhead.sle(window).and(d.queued.sle(mss));
  const queuedFull = d.queued.sge(mss);
  const fullSegment = queuedFull.and(flight.sle(d.windowLessMss));
  // A segment is not made smaller to fit into cwnd: more of it comes with the next ACK.
  const congestion = anyOf(idleFlight, tailAhead.sle(d.limitedWindow), window.sle(d.limitedWindow), flight.sle(d.limitedLessMss));
  // 9293 3.7.4: the condition in brackets; a FIN behind the data means that none will come to fill the segment.
  const nagle = anyOf(idleFlight, r.nagle.not(), r.fin_queued);
  // (3), Fs = 1/2.
  const max = r.max_snd_wnd.zext(32);
  const halfQueued = d.queued.sext(33).shl(1).sge(max.zext(33)).and(mss.shl(1).sge(max));
  const half = halfQueued.and(flight.shl(1).sle(d.halfWindowRoom));
  // 3.8.6.2.1, MUST-38: (1) a full segment; (4) the override; (2) all data, which count as pushed.
  const worthwhile = anyOf(fullSegment, r.probe_due, nagle.and(queuedAll.or(half)));
  const data = allOf(queuedAny, usable, congestion, worthwhile);

  // A FIN of its own: all data left, and the peer's window takes it.
  const finUnsent = r.fin_queued.and(r.snd_nxt.eq(r.snd_tail));
  const fin = finUnsent.and(usable);

  // The same with a flight of 0: cwnd and Nagle do not matter then, and nothing waits for the flight.
  const idleWorthwhile = anyOf(queuedFull.and(d.windowLessMss.sge(0)), r.probe_due, queuedAll, halfQueued.and(d.halfWindowRoom.sge(0)));
  const idleSends = r.snd_wnd.ne(0).and(anyOf(finUnsent, queuedAny.and(idleWorthwhile)));

  // SHLD-16: only what lies inside of the window; a zero window is probed instead (MUST-35).
  const holeAny = d.holeBytes.sgt(0);
  const inside = d.holeAhead.slt(window).and(r.snd_wnd.ne(0));
  // The first always goes (5681 3.2: fast retransmit; 3.1: LW); in the slow start after a timeout cwnd counts from snd_una.
  const holeCongestion = anyOf(r.rxt_nxt.eq(r.snd_una), d.holeEndAhead.sle(cwnd), window.sle(cwnd), d.holeAhead.sle(d.cwndLessMss));
  const retransmission = allOf(holeAny, inside, holeCongestion);

  return {
    synced,
    /** `snd_una` and `snd_nxt` are the same: nothing is in flight. */
    idleFlight,
    /** Something waits that a larger window would let out. */
    waitsForWindow: synced.and(queuedAny.or(finUnsent)),
    /** Lengths that were not cut: all that is queued, and a full segment of it. */
    queuedAll, fullSegment,
    data, fin, holeAny, retransmission,
    /** New data or the FIN can leave, if nothing is in flight. */
    idleSends,
  };
}
