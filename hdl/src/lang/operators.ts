/** Functions on values: what reads better as a function than as a method. */
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import type { Expression } from '../ir/expression.ts';
import { isAggregate, layout, leavesOf, packOrder, type View, view, viewOfWord } from './aggregate.ts';
import { and, concat, mux as muxOf, or, slice } from './build.ts';
import { coerce, coerceLeaf } from './coerce.ts';
import { current } from './context.ts';
import { Bool, type Data, isShape, shapeText } from './shape.ts';
import type { Bool as BoolValue, Like, Literal, Read, Shaped, UInt } from './types.ts';
import { Bit, bitOf, Bits, bitsOf, Leaf, leafOf } from './value.ts';

/** A value of `shape` from a literal: `lit(UInt(8), 5)`. Usable in any module. */
export function lit<T extends Data>(shape: T, value: Literal<T>): Read<T> {
  if (!isShape(shape)) fail('shape-expected', 'lit', describe(shape));
  const values = coerce(shape, value, 'lit');
  let index = 0;
  return view(shape, (_path, leafShape) => {
    const expression = values[index++]!;
    return leafOf(leafShape, expression, expression.op === 'const' ? undefined : current('lit'));
  }, true) as unknown as Read<T>;
}

/** `condition ? a : b`, of any shape; one of `a` and `b` may be a literal. */
export function mux<T extends Data>(condition: BoolValue, a: Shaped<T>, b: Like<NoInfer<T>>): Read<T>;
export function mux<T extends Data>(condition: BoolValue, a: Like<NoInfer<T>>, b: Shaped<T>): Read<T>;
export function mux(condition: unknown, a: unknown, b: unknown): unknown {
  const builder = current('mux');
  if (!(condition instanceof Bit)) fail('condition', 'mux', describe(condition));
  const shape = shapeOf(a) ?? shapeOf(b) ?? fail('mux-literals');
  const [whenTrue, whenFalse] = [coerce(shape, a, 'mux'), coerce(shape, b, 'mux')];
  let index = 0;
  return view(shape, (_path, leafShape) => {
    const i = index++;
    return leafOf(leafShape, muxOf(condition.expression, whenTrue[i]!, whenFalse[i]!), builder);
  }, true);
}

function shapeOf(x: unknown): Data | undefined {
  return x instanceof Leaf || isAggregate(x) ? x.shape as Data : undefined;
}

/** Side by side, the first argument in the most significant bits. */
export function cat(...parts: readonly Read<Data>[] | readonly Shaped<Data>[]): UInt {
  if (parts.length === 0) fail('argument', 'cat', 'parts', 'at least one value', 'none');
  return bitsOf(concat(parts.map((part) => word(part, 'cat')))) as unknown as UInt;
}

/** All bits of a value as one vector: a bundle's first field most significant, a vector's element 0 least. */
export function pack<T extends Data>(value: Shaped<T>): UInt {
  return bitsOf(word(value, 'pack')) as unknown as UInt;
}

/** The reverse of {@link pack}: `bits` read as a value of `shape`, of the same width. */
export function unpack<T extends Data>(shape: T, bits: UInt): Read<T> {
  if (!isShape(shape)) fail('shape-expected', 'unpack', describe(shape));
  const leaf: unknown = bits;
  if (!(leaf instanceof Bits)) fail('argument', 'unpack', 'bits', 'a UInt', describe(bits));
  if (leaf.width !== shape.width) fail('unpack-width', shapeText(shape), shape.width, leaf.width);
  return viewOfWord(shape, leaf.expression, current('unpack')) as unknown as Read<T>;
}

/** Bytes in reverse order: a field of a protocol header, as it stands on the wire, to a number and back. */
export function networkOrder(value: UInt): UInt {
  const bits: unknown = value;
  if (!(bits instanceof Bits) || bits.width % 8 !== 0) fail('argument', 'networkOrder', 'value', 'a UInt of whole bytes', describe(value));
  const bytes = Array.from({ length: bits.width / 8 }, (_, i) => slice(bits.expression, i * 8, 8));
  return bitsOf(concat(bytes)) as unknown as UInt;
}

/** True if all of `conditions` hold. */
export function allOf(...conditions: readonly BoolValue[]): BoolValue {
  return fold('allOf', conditions, and);
}

/** True if one of `conditions` holds. */
export function anyOf(...conditions: readonly BoolValue[]): BoolValue {
  return fold('anyOf', conditions, or);
}

function fold(what: string, conditions: readonly unknown[], join: typeof and): BoolValue {
  if (conditions.length === 0) fail('argument', what, 'conditions', 'at least one Bool', 'none');
  return bitOf(conditions.map((condition) => coerceLeaf(Bool, condition, what)).reduce(join)) as unknown as BoolValue;
}

/** The packed word of a value. */
export function word(value: unknown, what: string): Expression {
  if (!(value instanceof Leaf) && !isAggregate(value)) fail('argument', what, 'its argument', 'a value', describe(value));
  const view = value as View;
  return packLeaves(view.shape as Data, leavesOf(view).map((leaf) => leaf.expression));
}

/** Leaf expressions of `shape` (in its order) as one word. */
export function packLeaves(shape: Data, leaves: readonly Expression[]): Expression {
  return concat(packOrder(shape).map((i) => leaves[i]!));
}

/** A literal of `shape` as the bits of its packed word. */
export function literalWord(shape: Data, value: unknown, what: string): bigint {
  const leaves = coerce(shape, value, what);
  return layout(shape).reduce((bits, { lo }, i) => {
    const leaf = leaves[i]!;
    return leaf.op === 'const' ? bits | (leaf.value << BigInt(lo)) : fail('init-literal');
  }, 0n);
}

