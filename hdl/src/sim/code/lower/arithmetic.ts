/** Addition, subtraction, multiplication and comparison on values of any width. */
import { low } from '../known-bits.ts';
import type { Words } from '../simplify.ts';
import { TYPE } from '../wasm/opcodes.ts';
import type { Word } from '../words.ts';
import { limbCount, limbWidth, piece, slice, typeFor, type Sized, type Value } from './value.ts';

/** Modulo `2^width`; `a` and `b` have that width. */
export function add(words: Words, a: Value, b: Value, width: number): Value {
  if (width <= 64) return [words.mask(words.add(a[0]!, b[0]!), width)];
  let carry = words.i64(0);
  return a.map((x, k) => {
    const y = b[k]!;
    const partial = words.add(x, y);
    const sum = words.add(partial, carry);
    // Limbs that cannot overflow have no carry to compute.
    const first = Math.max(x.bits, y.bits) < 64 ? words.i32(0) : words.ltU(partial, x);
    const second = partial.bits < 64 ? words.i32(0) : words.ltU(sum, carry);
    carry = words.extend(words.or(first, second));
    return words.mask(sum, limbWidth(width, k));
  });
}

/** Modulo `2^width`; `a` and `b` have that width. */
export function subtract(words: Words, a: Value, b: Value, width: number): Value {
  if (width <= 64) return [words.mask(words.sub(a[0]!, b[0]!), width)];
  let borrow = words.i64(0);
  return a.map((x, k) => {
    const y = b[k]!;
    const partial = words.sub(x, y);
    const difference = words.sub(partial, borrow);
    borrow = words.extend(words.or(words.ltU(x, y), words.ltU(partial, borrow)));
    return words.mask(difference, limbWidth(width, k));
  });
}

/** Full product. */
export function multiply(words: Words, a: Sized, b: Sized): Value {
  const width = a.width + b.width;
  if (width <= 64) {
    const type = typeFor(width);
    return [words.mul(words.as(type, a.value[0]!), words.as(type, b.value[0]!))];
  }
  // Schoolbook with 32-bit digits: digit product + digit of the sum + carry is at most 2^64 - 1.
  const x = digits(words, a);
  const y = digits(words, b);
  const sum = Array<Word>(Math.max(x.length + y.length, 2 * limbCount(width))).fill(words.i64(0));
  for (const [i, digit] of x.entries()) {
    let carry = words.i64(0);
    for (const [j, other] of y.entries()) {
      const partial = words.add(words.add(words.mul(digit, other), sum[i + j]!), carry);
      sum[i + j] = words.mask(partial, 32);
      carry = words.shrU(partial, 32);
    }
    sum[i + y.length] = carry;
  }
  return Array.from({ length: limbCount(width) }, (_, k) => words.mask(words.or(sum[2 * k]!, words.shl(sum[2 * k + 1]!, 32)), limbWidth(width, k)));
}

/** As 32-bit digits in i64 words. */
function digits(words: Words, { value, width }: Sized): readonly Word[] {
  return Array.from({ length: Math.ceil(width / 32) }, (_, i) => piece(words, value, 32 * i, 32, TYPE.i64));
}

/** 1 if equal. */
export function equal(words: Words, a: Value, b: Value): Word {
  if (a.length === 1) return words.eq(a[0]!, b[0]!);
  return words.eqz(a.map((x, k) => words.xor(x, b[k]!)).reduce((x, y) => words.or(x, y)));
}

/** 1 if a < b, unsigned. */
export function lessUnsigned(words: Words, a: Value, b: Value): Word {
  let less = words.ltU(a[0]!, b[0]!);
  for (const [k, x] of a.entries()) {
    if (k === 0) continue;
    const y = b[k]!;
    less = words.select(words.eq(x, y), less, words.ltU(x, y));
  }
  return less;
}

/** 1 if a < b as two's complement numbers of `width` bits. */
export function lessSigned(words: Words, a: Value, b: Value, width: number): Word {
  if (width === 32 || width === 64) return words.ltS(a[0]!, b[0]!);
  // With the sign bit inverted the order of the numbers is that of the bits.
  return lessUnsigned(words, biased(words, a, width), biased(words, b, width));
}

function biased(words: Words, value: Value, width: number): Value {
  const top = value.length - 1;
  return value.map((word, k) => (k === top ? words.xor(word, words.constant(word.type, 1n << BigInt(limbWidth(width, k) - 1))) : word));
}

/** Every bit inverted. */
export function invert(words: Words, value: Value, width: number): Value {
  return value.map((word, k) => words.xor(word, words.constant(word.type, low(limbWidth(width, k)))));
}

/** Sum of `n` small numbers, as a balanced tree: the words' latency is that of its depth. */
function sumOf(words: Words, terms: readonly Word[]): Word {
  if (terms.length === 1) return terms[0]!;
  const half = terms.length >> 1;
  return words.add(sumOf(words, terms.slice(0, half)), sumOf(words, terms.slice(half)));
}

/** Number of ones, in `width` bits. */
export function populationCount(words: Words, value: Value, width: number): Value {
  return slice(words, [sumOf(words, value.map((word) => words.as(TYPE.i32, words.popcnt(word))))], 0, width);
}

/** Index of the lowest one, 0 if there is none. */
export function lowestOne(words: Words, { value, width: from }: Sized, width: number): Value {
  if (from === 1) return [words.i32(0)];
  // An empty word gives its size, whose lower bits are the 0 that is asked for.
  const index = (word: Word): Word => words.as(TYPE.i32, words.mask(words.ctz(word), word.size === 32 ? 5 : 6));
  let result = index(value.at(-1)!);
  if (value.length > 1) result = words.select(words.eqz(value.at(-1)!), words.i32(0), words.add(result, words.i32(64 * (value.length - 1))));
  for (let k = value.length - 2; k >= 0; k -= 1) {
    result = words.select(words.eqz(value[k]!), result, words.add(index(value[k]!), words.i32(64 * k)));
  }
  return [words.mask(result, width)];
}
