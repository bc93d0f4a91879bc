/**
 * The window that we advertise: how far its edge can move, and when that is worth an ACK. RFC 9293 section 3.8.6.2.2,
 * RFC 7323 section 2. Pure functions of a record, which a grant asks of the record before it and `settle` of the one after.
 */
import { allOf, anyOf, lit, mux, UInt } from '@vtoe/hdl';
import { RingOffset } from '../actions.ts';
import { MAX_WINDOW_SHIFT } from '../constants.ts';
import type { Tcb } from '../tcb.ts';

const FIELD_BITS = 16;
const FIELD_MOST = 2 ** FIELD_BITS - 1;

/** The window of our SYN, which is not scaled: RFC 7323 section 2.2. */
export function firstWindow(rxSize: UInt): UInt {
  return mux(rxSize.ge(FIELD_BITS), FIELD_MOST, rxSize.oneHot(FIELD_BITS));
}

/** Bytes of a ring: 32 bits. */
export function ringBytes(size: UInt): UInt {
  return size.oneHot(32);
}

/** Selects an offset in a ring. */
export function ringMask(size: UInt): UInt {
  return lit(RingOffset, 2 ** RingOffset.width - 1).shl(size).not();
}

/** The largest window that the field can say: 32 bits. */
export function fieldBound(r: Tcb): UInt {
  return lit(UInt(32), FIELD_MOST).shl(r.rcv_wscale);
}

/** Selects what of a window the field can say. */
function wholeUnits(r: Tcb): UInt {
  return lit(UInt(32), 2 ** 32 - 1).shl(r.rcv_wscale);
}

/** The rest. */
function fractionOf(r: Tcb, bytes: UInt): UInt {
  return bytes.and(wholeUnits(r).not()).trunc(MAX_WINDOW_SHIFT);
}

/** The field for a window of `bytes`, at most `fieldBound`; rounded down. */
export function fieldOf(r: Tcb, bytes: UInt): UInt {
  return bytes.shr(r.rcv_wscale).trunc(FIELD_BITS);
}

/** As the peer reads that field. */
export function saidOf(r: Tcb, bytes: UInt): UInt {
  return bytes.and(wholeUnits(r));
}

export type ReceiveDifferences = ReturnType<typeof receiveDifferences>;

/**
 * The edge moves as far as the ring has room and as the field can say. Each bound is compared by itself, in what is used of
 * it: the ring by what the guest has not read and the peer may send, the field by what the peer may send, which is never more.
 * All values but the last are 32 bits, and signed.
 *
 * @param mss payload of a full segment of the peer's
 */
export function receiveDifferences(r: Tcb, mss: UInt) {
  const ring = ringBytes(r.rx_size);
  const segment = mss.zext(32);
  const unit = r.rcv_wscale.zext(r.rx_size.width);
  const bound = fieldBound(r);
  // Differences of powers of two are runs of ones: no carry.
  const below = (bits: UInt) => lit(UInt(32), 2 ** 32 - 1).shl(bits).not();
  // RCV.BUFF / 2 as far as the peer can ever see it. Of a ring that is larger than the field, that is
  // (2^16 - 1) 2^(shift - 1), and what the ring has above it 2^size - 2^(shift + 15) + 2^(shift - 1); rounded down without shift.
  const ringBeyondField = r.rx_size.ge(unit.add(FIELD_BITS));
  const halfUnit = mux(r.rcv_wscale.eq(0), 1, r.rcv_wscale.oneHot(MAX_WINDOW_SHIFT + 1).shr(1)).zext(32);
  const runAboveHalf = below(r.rx_size).and(below(unit.add(FIELD_BITS - 1)).not());
  return {
    ringUsed: r.rcv_adv.sub(r.rcv_user),
    /** Bytes that the guest has not read, negated. */
    unreadNegated: r.rcv_user.sub(r.rcv_nxt),
    /** The edge moves by half of the ring, a segment, two segments, what the field counts in, if no more of the ring is used. */
    ringLessHalf: mux(ringBeyondField, runAboveHalf.or(halfUnit), ring.shr(1)),
    ringLessMss: ring.sub(segment), ringLessTwo: ring.sub(segment.shl(1)),
    ringLessUnit: below(r.rx_size).and(below(unit).not()),
    /** And if no more of the field is: asked only of a ring beyond it. */
    fieldLessHalf: mux(r.rcv_wscale.eq(0), 2 ** (FIELD_BITS - 1), bound.shr(1)),
    fieldLessMss: bound.sub(segment), fieldLessTwo: bound.sub(segment.shl(1)),
    ringBeyondField,
  };
}

/**
 * What a new edge is worth.
 *
 * @param window RCV.WND
 */
export function windowUpdate(r: Tcb, d: ReceiveDifferences, window: UInt, mss: UInt) {
  const moves = (ring: UInt, field: UInt) => d.ringUsed.sle(ring).and(d.ringBeyondField.not().or(window.sle(field)));
  const half = moves(d.ringLessHalf, d.fieldLessHalf);
  const one = moves(d.ringLessMss, d.fieldLessMss);
  const two = moves(d.ringLessTwo, d.fieldLessTwo);
  // The field is rounded down to its unit: an edge that moves by less than one must pass a multiple of it. In bytes behind
  // rcv_nxt, a ring of at least a unit and the bound of the field are such multiples.
  const passes = fractionOf(r, d.unreadNegated).lt(fractionOf(r, window));
  const sayable = r.rx_size.ge(r.rcv_wscale.zext(r.rx_size.width)).and(d.ringUsed.sle(d.ringLessUnit).or(passes));
  return {
    /** 9293 3.8.6.2.2 (MUST-39): the edge moves by min(RCV.BUFF / 2, Eff.snd.MSS) or not at all. */
    edgeMoves: half.or(one),
    /** The field will say that it moved, if it does. */
    sayable,
    /**
     * An ACK is worth sending for its window alone: the edge moves by two segments, or by half of the ring, or the peer
     * has less than a segment left. (The last case alone would do; the others keep a fast peer from ever waiting.)
     */
    due: allOf(r.fin_received.not(), sayable, anyOf(half, two, one.and(window.slt(mss.zext(32))))),
  };
}
