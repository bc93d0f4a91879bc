/** Shifts by a dynamic amount. */
import type { Words } from '../simplify.ts';
import { TYPE } from '../wasm/opcodes.ts';
import type { Word } from '../words.ts';
import { below, limbWidth, piece, signExtended, type Sized, type Value } from './value.ts';

export type Direction = 'shl' | 'shr' | 'sra';

/** Amounts of the width and above shift everything out: 0 or copies of the sign remain. */
export function shift(words: Words, direction: Direction, { value, width }: Sized, amount: Sized): Value {
  if (width <= 64) return [words.mask(shiftWord(words, direction, value[0]!, width, amount), width)];
  const constant = constantOf(amount.value);
  if (constant !== undefined) return shiftBy(words, direction, value, width, constant >= BigInt(width) ? width : Number(constant));
  return shiftWide(words, direction, value, width, amount);
}

function shiftWord(words: Words, direction: Direction, word: Word, width: number, amount: Sized): Word {
  const { size } = word;
  const source = direction === 'sra' ? signExtended(words, word, width) : word;
  const by = words.as(word.type, amount.value[0]!);
  // Between the width and the word's size the machine's shift gives the right thing by itself.
  const inRange = below(words, amount, size);
  if (direction === 'sra') return words.shrS(source, words.select(inRange, by, words.constant(word.type, size - 1)));
  const shifted = direction === 'shl' ? words.shl(source, by) : words.shrU(source, by);
  return words.select(inRange, shifted, words.constant(word.type, 0));
}

/** A static shift, by up to the width. */
function shiftBy(words: Words, direction: Direction, value: Value, width: number, by: number): Value {
  const fill = direction === 'sra' ? signOf(words, value, width) : words.i64(0);
  const source = direction === 'sra' ? [...withSign(words, value, width), fill] : value;
  return value.map((_, k) => {
    const lo = direction === 'shl' ? 64 * k - by : 64 * k + by;
    const bits = limbWidth(width, k);
    if (lo >= 64 * source.length) return words.mask(fill, bits);
    if (lo > -64 && lo < 0) return words.mask(words.shl(source[0]!, -lo), bits);
    if (lo < 0) return words.i64(0);
    const reach = 64 * (lo >> 6) + 128 > 64 * source.length ? [...source, fill] : source;
    return piece(words, reach, lo, bits, TYPE.i64);
  });
}

/**
 * First whole limbs, one bit of the amount after the other, then the rest within limbs.
 *
 * Amounts between the width and the next whole limb shift zeros (or signs) in like any other.
 */
function shiftWide(words: Words, direction: Direction, value: Value, width: number, amount: Sized): Value {
  const count = value.length;
  const fill = direction === 'sra' ? signOf(words, value, width) : words.i64(0);
  const up = direction === 'shl';
  const inRange = below(words, amount, 64 * count);
  const by = words.as(TYPE.i32, amount.value[0]!);
  let limbs: readonly Word[] = direction === 'sra' ? withSign(words, value, width) : value;
  for (let step = 1; step < count; step *= 2) {
    const bit = words.and(by, words.i32(64 * step));
    const from = limbs;
    limbs = from.map((limb, k) => words.select(bit, from[up ? k - step : k + step] ?? fill, limb));
  }
  // `x << (64 - n)` in two steps, as n may be 0.
  const rest = words.and(words.as(TYPE.i64, by), words.i64(63));
  const complement = words.xor(rest, words.i64(63));
  return limbs.map((limb, k) => {
    const neighbour = limbs[up ? k - 1 : k + 1] ?? fill;
    const word = up
      ? words.or(words.shl(limb, rest), words.shrU(words.shrU(neighbour, 1), complement))
      : words.or(words.shrU(limb, rest), words.shl(words.shl(neighbour, 1), complement));
    return words.mask(words.select(inRange, word, fill), limbWidth(width, k));
  });
}

/** 64 copies of the sign. */
function signOf(words: Words, value: Value, width: number): Word {
  const top = value.length - 1;
  const extended = signExtended(words, value[top]!, limbWidth(width, top));
  return words.shrS(extended, 63);
}

/** The same limbs, the top one filled up with the sign. */
function withSign(words: Words, value: Value, width: number): Value {
  const top = value.length - 1;
  return value.map((word, k) => (k === top ? signExtended(words, word, limbWidth(width, k)) : word));
}

function constantOf(value: Value): bigint | undefined {
  let result = 0n;
  for (const [k, word] of value.entries()) {
    if (!word.isConst) return undefined;
    result |= word.value << BigInt(64 * k);
  }
  return result;
}
