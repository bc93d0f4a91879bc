/** Sums of three terms, the third a single bit, in one carry chain. */
import { type Bool, cat, lit, UInt } from '@vtoe/hdl';

/** a + b + carry modulo 2^w; both have w bits. */
export function addWithCarry(a: UInt, b: UInt, carry: Bool): UInt {
  // The bit below the others makes the carry: 1 + carry.
  return cat(a, lit(UInt(1), 1)).add(cat(b, carry)).bits(a.width, 1);
}
