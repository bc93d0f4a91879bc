/**
 * Bit vectors as machine words: an i32 up to 32 bits, an i64 up to 64, else i64 limbs, least significant first.
 * Always canonical: bits above the width are zero.
 */
import type { Words } from '../simplify.ts';
import { TYPE, type ValueType } from '../wasm/opcodes.ts';
import type { Word } from '../words.ts';

export type Value = readonly Word[];

/** Value and its width. */
export interface Sized {
  readonly value: Value;
  readonly width: number;
}

export function typeFor(width: number): ValueType {
  return width <= 32 ? TYPE.i32 : TYPE.i64;
}

/** Number of words of a value. */
export function limbCount(width: number): number {
  return Math.ceil(width / 64);
}

/** Width of limb `k`. */
export function limbWidth(width: number, k: number): number {
  return Math.min(64, width - 64 * k);
}

export function constantValue(words: Words, width: number, value: bigint): Value {
  if (width <= 64) return [words.constant(typeFor(width), value)];
  return Array.from({ length: limbCount(width) }, (_, k) => words.i64(BigInt.asUintN(64, value >> BigInt(64 * k))));
}

/** A word per limb of a value of `width` bits; `make` may give any type and must be canonical. */
export function perLimb(words: Words, width: number, make: (k: number) => Word): Value {
  const type = typeFor(width);
  if (width <= 64) return [words.as(type, make(0))];
  return Array.from({ length: limbCount(width) }, (_, k) => words.as(type, make(k)));
}

/** Up to 64 bits from position `lo`, as a word of `type`. Bits beyond the value are zero. */
export function piece(words: Words, value: Value, lo: number, bits: number, type: ValueType): Word {
  const k = lo >> 6;
  const limb = value[k];
  if (limb === undefined) return words.constant(type, 0);
  const shift = lo & 63;
  let word = words.shrU(limb, shift);
  const above = value[k + 1];
  if (shift + bits > 64 && above !== undefined) word = words.or(word, words.shl(above, 64 - shift));
  // Cutting before the change of type finds more simplifications when it grows, after it when it shrinks.
  return type === TYPE.i32 ? words.mask(words.as(type, word), bits) : words.as(type, words.mask(word, bits));
}

/** Bits `lo + width - 1 .. lo`; zero-extended where they go beyond the value. */
export function slice(words: Words, value: Value, lo: number, width: number): Value {
  const type = typeFor(width);
  if (width <= 64) return [piece(words, value, lo, width, type)];
  return Array.from({ length: limbCount(width) }, (_, k) => piece(words, value, lo + 64 * k, limbWidth(width, k), type));
}

/** First part in the most significant bits. */
export function concatenate(words: Words, parts: readonly Sized[], width: number): Value {
  const type = typeFor(width);
  const limbs = Array<Word>(limbCount(width)).fill(words.constant(type, 0));
  let position = 0;
  for (let n = parts.length - 1; n >= 0; n -= 1) {
    const part = parts[n]!;
    for (let i = 0; i < part.value.length; i += 1) {
      const limb = part.value[i]!;
      const bits = limbWidth(part.width, i);
      const at = position + 64 * i;
      const word = words.as(type, limb);
      const k = at >> 6;
      const shift = at & 63;
      limbs[k] = words.or(limbs[k]!, words.shl(word, shift));
      if (shift + bits > 64) limbs[k + 1] = words.or(limbs[k + 1]!, words.shrU(word, 64 - shift));
    }
    position += part.width;
  }
  return limbs;
}

/** A word with all bits above and at `from - 1` equal to bit `from - 1`: the sign, in the word's whole size. */
export function signExtended(words: Words, word: Word, from: number): Word {
  if (from === 1) return words.sub(words.constant(word.type, 0), word);
  const shift = word.size - from;
  return words.shrS(words.shl(word, shift), shift);
}

/** True (an i32) if any bit is set. */
export function anySet(words: Words, value: Value): Word {
  const all = value.reduce((a, b) => words.or(a, b));
  return words.eqz(words.eqz(all));
}

/** `value < limit`, for a constant limit that may be beyond the value's range. */
export function below(words: Words, { value, width }: Sized, limit: number): Word {
  if (2 ** width <= limit) return words.i32(1);
  const lowest = value[0]!;
  const inLowest = words.ltU(lowest, words.constant(lowest.type, limit));
  if (value.length === 1) return inLowest;
  return words.and(inLowest, words.eqz(value.slice(1).reduce((a, b) => words.or(a, b))));
}
