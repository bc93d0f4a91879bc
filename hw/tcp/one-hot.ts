/** Sets of bits: one for each of several things, and the choice of a thing by its bit. */
import { type Bool, cat, type Data, pack, type Read, type UInt, unpack } from '@vtoe/hdl';

/** Bit i is the i-th of them. */
export function bitsOf(conditions: readonly Bool[]): UInt {
  return cat(...conditions.toReversed());
}

/** The value whose bit is set, bitwise or if several are (then they should be equal); 0 if none is. */
export function chosen<T extends Data>(bits: UInt, shape: T, values: readonly Read<T>[]): Read<T> {
  const masked = values.map((value, i) => pack(value).and(bits.bit(i).repeat(shape.width)));
  return unpack(shape, masked.reduce((all, one) => all.or(one)));
}
