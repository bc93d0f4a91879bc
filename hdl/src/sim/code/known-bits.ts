/** What is known of a word's bits without computing it. */
import { PAIR, type Word } from './words.ts';

/** `bits` ones. */
export function low(bits: number): bigint {
  return LOW[bits] ?? (1n << BigInt(bits)) - 1n;
}

const LOW = Array.from({ length: 65 }, (_, bits) => (1n << BigInt(bits)) - 1n);

/** Position of the only one, or -1. */
export function exactLog2(value: bigint): number {
  return value !== 0n && (value & (value - 1n)) === 0n ? value.toString(2).length - 1 : -1;
}

/** Bits that may be set. */
export function possible(a: Word): bigint {
  if (a.isConst) return a.value;
  if (isOp(a, PAIR.shl) && a.args[1]!.isConst) return BigInt.asUintN(a.size, low(a.args[0]!.bits) << a.args[1]!.value);
  if (isOp(a, PAIR.and) && a.args[1]!.isConst) return a.args[1]!.value & low(a.args[0]!.bits);
  return low(a.bits);
}

/** What is left of a tree of `or` when only the bits in `mask` matter: the one part that can set any of them. */
export function within(a: Word, mask: bigint): Word {
  let part = a;
  while (isOp(part, PAIR.or)) {
    const [x, y] = part.args as [Word, Word];
    if ((possible(x) & mask) === 0n) part = y;
    else if ((possible(y) & mask) === 0n) part = x;
    else break;
  }
  return part;
}

/** Whether a word is that instruction, in either size. */
export function isOp(a: Word, pair: readonly [number, number]): boolean {
  return a.op === pair[0] || a.op === pair[1];
}
