/** Turns a `keep`, one bit a byte, into a mask of the bytes' bits. Combinational: wires only. */
import { cat, type UInt } from '../index.ts';

/** Bits 8i + 7 .. 8i of the result are bit i of `keep`. */
export function byteMask(keep: UInt): UInt {
  return cat(...Array.from({ length: keep.width }, (_, i) => keep.bit(keep.width - 1 - i).repeat(8)));
}
