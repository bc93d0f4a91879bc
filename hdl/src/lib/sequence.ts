/**
 * Comparisons of sequence numbers: numbers modulo 2^w, of which the one that is less than half the circle ahead counts
 * as the greater (RFC 9293, 3.4; RFC 1982, 3.2).
 *
 * Combinational: one subtraction and a look at its sign, or two subtractions and a comparison for `seqBetween`.
 * They do not extend a number beyond its width and cannot tell numbers half a circle apart: of two such, each counts as
 * less than the other, where RFC 1982 leaves the answer open.
 *
 * All operands have the same width, any from 2 bits up; one of two may be a literal.
 */
import { usage } from '../check/error.ts';
import { type Bool, mux, type UInt, type UIntLike } from '../index.ts';

/** a < b: `a - b` is negative. */
export function seqLt(a: UInt, b: UIntLike): Bool {
  return difference('seqLt', a, b).slt(0);
}

/** a =< b. */
export function seqLe(a: UInt, b: UIntLike): Bool {
  return difference('seqLe', a, b).sle(0);
}

/** a > b. */
export function seqGt(a: UInt, b: UIntLike): Bool {
  return difference('seqGt', a, b).sgt(0);
}

/** a >= b. */
export function seqGe(a: UInt, b: UIntLike): Bool {
  return difference('seqGe', a, b).sge(0);
}

/** The greater of the two; of two that are half a circle apart `b`. */
export function seqMax(a: UInt, b: UIntLike): UInt {
  return mux(difference('seqMax', a, b).sge(0), a, b);
}

/** The lesser of the two; of two that are half a circle apart `a`. */
export function seqMin(a: UInt, b: UIntLike): UInt {
  return mux(difference('seqMin', a, b).sle(0), a, b);
}

/** Which ends of an interval belong to it, as mathematicians write it. */
export type Ends = '[)' | '(]' | '[]';

/**
 * Whether `x` lies on the way from `low` up to `high`; the way may be up to 2^w - 1 long. `'[)'` (default):
 * low =< x < high, as RCV.NXT =< SEG.SEQ < RCV.NXT + RCV.WND; `'(]'`: low < x =< high, as SND.UNA < SEG.ACK =< SND.NXT;
 * `'[]'`: both ends. If low = high, only `'[]'` contains anything: that one number.
 */
export function seqBetween(low: UInt, x: UInt, high: UInt, ends: Ends = '[)'): Bool {
  const length = high.sub(low);
  switch (ends) {
    case '[)': return x.sub(low).lt(length);
    case '(]': return high.sub(x).lt(length);
    case '[]': return x.sub(low).le(length);
    default: return usage(`seqBetween: ends must be '[)', '(]' or '[]', not '${String(ends)}'`);
  }
}

function difference(what: string, a: UInt, b: UIntLike): UInt {
  if (a.width < 2) usage(`${what}: numbers of 1 bit have no order on a circle; at least 2 bits are needed`);
  return a.sub(b);
}
