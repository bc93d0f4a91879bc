/**
 * An index for `Vec.at` or a memory from one that may be anything between questions: simulation stops at an index beyond the end.
 *
 * Combinational: a comparison and a mask, or nothing at all where each value of the index is an element's.
 * It hides no mistake of whoever asks: where an index counts, say so with an assertion of your own, or read inside `when`.
 */
import { mux, type UInt } from '../index.ts';
import { usage } from '../check/error.ts';
import { describe } from '../check/describe.ts';

/**
 * `index`, or 0 if none of `count` elements has it.
 *
 * @param count of elements, at least 1
 * @returns a UInt as wide as `index`
 */
export function elementIndex(index: UInt, count: number): UInt {
  if (!Number.isInteger(count) || count < 1) usage(`elementIndex: count must be a whole number from 1, not ${describe(count)}`);
  return 2 ** index.width <= count ? index : mux(index.lt(count), index, 0);
}
