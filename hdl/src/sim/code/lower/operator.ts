/** Every operator of the IR as machine words. */
import type { Constant, Operation, Slice } from '../../../ir/expression.ts';
import type { Words } from '../simplify.ts';
import { TYPE } from '../wasm/opcodes.ts';
import { add, equal, invert, lessSigned, lessUnsigned, lowestOne, multiply, populationCount, subtract } from './arithmetic.ts';
import { choose, type Tables } from './choose.ts';
import { shift } from './shift.ts';
import { anySet, concatenate, constantValue, limbCount, limbWidth, perLimb, signExtended, slice, typeFor, type Sized, type Value } from './value.ts';

export function lowerOperator(words: Words, node: Constant | Slice | Operation, args: readonly Value[], tables: Tables): Value {
  const { width } = node;
  if (node.op === 'const') return constantValue(words, width, node.value);
  const a = args[0]!;
  const b = args[1]!;
  const sized = (i: number): Sized => ({ value: args[i]!, width: node.args[i]!.width });
  switch (node.op) {
    case 'bits': return slice(words, a, node.lo, width);
    case 'add': return add(words, a, b, width);
    case 'sub': return subtract(words, a, b, width);
    case 'mul': return multiply(words, sized(0), sized(1));
    case 'and': return a.map((x, k) => words.and(x, b[k]!));
    case 'or': return a.map((x, k) => words.or(x, b[k]!));
    case 'xor': return a.map((x, k) => words.xor(x, b[k]!));
    case 'not': return invert(words, a, width);
    case 'eq': return [equal(words, a, b)];
    case 'ne': return [words.eqz(equal(words, a, b))];
    case 'ltu': return [lessUnsigned(words, a, b)];
    case 'geu': return [words.eqz(lessUnsigned(words, a, b))];
    case 'gtu': return [lessUnsigned(words, b, a)];
    case 'leu': return [words.eqz(lessUnsigned(words, b, a))];
    case 'lts': return [lessSigned(words, a, b, sized(0).width)];
    case 'ges': return [words.eqz(lessSigned(words, a, b, sized(0).width))];
    case 'gts': return [lessSigned(words, b, a, sized(0).width)];
    case 'les': return [words.eqz(lessSigned(words, b, a, sized(0).width))];
    case 'shl':
    case 'shr':
    case 'sra': return shift(words, node.op, sized(0), sized(1));
    case 'mux': return b.map((x, k) => words.select(a[0]!, x, args[2]![k]!));
    case 'choose': return choose(words, sized(0), args.slice(1), tables);
    case 'cat': return concatenate(words, args.map((_, i) => sized(i)), width);
    case 'repeat': return repeat(words, sized(0), width);
    case 'zext': return slice(words, a, 0, width);
    case 'sext': return signExtend(words, sized(0), width);
    case 'reduceAnd': return [equal(words, a, constantValue(words, sized(0).width, (1n << BigInt(sized(0).width)) - 1n))];
    case 'reduceOr': return [anySet(words, a)];
    case 'reduceXor': return [words.and(words.as(TYPE.i32, words.popcnt(a.reduce((x, y) => words.xor(x, y)))), words.i32(1))];
    case 'popcount': return populationCount(words, a, width);
    case 'priority': return lowestOne(words, sized(0), width);
  }
}

function repeat(words: Words, { value, width: from }: Sized, width: number): Value {
  if (from === 1) {
    const type = typeFor(width);
    const all = words.sub(words.constant(type, 0), words.as(type, value[0]!));
    return perLimb(words, width, (k) => words.mask(all, limbWidth(width, k)));
  }
  if (width <= 64 && width > 2 * from) {
    // Times 0…010…01: copies do not overlap, so nothing carries.
    const type = typeFor(width);
    let ones = 0n;
    for (let at = 0; at < width; at += from) ones |= 1n << BigInt(at);
    return [words.mask(words.mul(words.as(type, value[0]!), words.constant(type, ones)), width)];
  }
  return concatenate(words, Array.from({ length: width / from }, () => ({ value, width: from })), width);
}

function signExtend(words: Words, { value, width: from }: Sized, width: number): Value {
  const type = typeFor(width);
  const top = value.length - 1;
  const extended = signExtended(words, words.as(type, value[top]!), limbWidth(from, top));
  const sign = limbCount(width) > value.length ? words.shrS(extended, 63) : extended;
  return perLimb(words, width, (k) => words.mask(k < top ? value[k]! : k === top ? extended : sign, limbWidth(width, k)));
}

/** All ones of limb `k` of a value of `width` bits where the bit of `mask` for that lane is set. */
export function expandLanes(words: Words, mask: Sized, lanes: readonly { readonly lo: number; readonly width: number }[], width: number): Value {
  const parts = lanes.map((lane, i) => ({ lane, bit: slice(words, mask.value, i, 1) }));
  const ordered = parts.toSorted((x, y) => y.lane.lo - x.lane.lo);
  return concatenate(words, ordered.map(({ lane, bit }) => ({ value: repeat(words, { value: bit, width: 1 }, lane.width), width: lane.width })), width);
}
