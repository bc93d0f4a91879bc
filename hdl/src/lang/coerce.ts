/** From what a designer may write (a value or a literal) to expressions of the wanted shape; here widths and ranges are checked. */
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import type { Expression } from '../ir/expression.ts';
import { isAggregate, leavesOf } from './aggregate.ts';
import { constant } from './build.ts';
import { type Data, type EnumShape, sameShape, shapeText } from './shape.ts';
import { Leaf, type LeafShape } from './value.ts';

/** Expressions of `value`'s leaves, in the order of `shape`'s leaves. `what` names the call, `path` the field, for errors. */
export function coerce(shape: Data, value: unknown, what: string, path = ''): Expression[] {
  if (shape.kind !== 'bundle' && shape.kind !== 'vec') return [coerceLeaf(shape, value, what, path)];
  if (isAggregate(value)) {
    if (!sameShape(shape, value.shape)) fail('shape-mismatch', what + place(path), shapeText(shape), shapeText(value.shape), shapeDifference(shape, value.shape));
    return leavesOf(value).map((leaf) => leaf.expression);
  }
  if (shape.kind === 'vec') {
    if (!Array.isArray(value) || value.length !== shape.length) fail('literal-kind', what + place(path), shapeText(shape), describe(value));
    return Array.from(value, (element, i) => coerce(shape.element, element, what, `${path}[${i}]`)).flat();
  }
  if (typeof value !== 'object' || value === null || value instanceof Leaf || Array.isArray(value)) {
    fail('literal-kind', what + place(path), shapeText(shape), describe(value));
  }
  const given = value as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(shape.fields, name)) fail('literal-field', what + place(path), shape.name, `has no field ${name}`, Object.keys(shape.fields).join(', '));
  }
  return Object.entries(shape.fields).flatMap(([name, field]) => {
    if (given[name] === undefined) fail('literal-field', what + place(path), shape.name, `lacks field ${name}`, Object.keys(shape.fields).join(', '));
    return coerce(field, given[name], what, path === '' ? name : `${path}.${name}`);
  });
}

/** As {@link coerce}, for a shape that is one leaf. */
export function coerceLeaf(shape: LeafShape, value: unknown, what: string, path = ''): Expression {
  if (shape.kind === 'uint') return coerceUInt(shape.width, value, what, false, path);
  if (value instanceof Leaf) {
    if (value.shape.kind !== shape.kind) fail('kind-mismatch', what + place(path), shapeText(shape), shapeText(value.shape as Data));
    if (!sameShape(shape, value.shape as Data)) fail('shape-mismatch', what + place(path), shapeText(shape), shapeText(value.shape as Data), '');
    return value.expression;
  }
  if (shape.kind === 'bool') {
    if (typeof value !== 'boolean') fail('literal-kind', what + place(path), 'Bool', describe(value));
    return constant(1, value ? 1n : 0n);
  }
  return constant(shape.width, encoding(shape, value, what + place(path)));
}

/** A UInt of `width` bits: a value of exactly that width, or a literal in range (`signed`: also down to -2^(width-1)). */
export function coerceUInt(width: number, value: unknown, what: string, signed = false, path = ''): Expression {
  if (value instanceof Leaf) {
    if (value.shape.kind !== 'uint') fail('kind-mismatch', what + place(path), `UInt(${width})`, shapeText(value.shape as Data));
    if (value.width !== width) fail('width-mismatch', what + place(path), width, value.width);
    return value.expression;
  }
  return constant(width, literalBits(width, value, what + place(path), signed));
}

/** Encoding of a label. */
export function encoding(shape: EnumShape, label: unknown, what: string): bigint {
  const found = shape.encoding.labels.find(({ name }) => name === label);
  return found?.value ?? fail('enum-no-label', what, shape.name, describe(label), shape.labels.join(', '));
}

/** The bits of a literal of `width` bits. */
export function literalBits(width: number, value: unknown, what: string, signed = false): bigint {
  if (typeof value !== 'bigint' && typeof value !== 'number') fail('literal-kind', what, `UInt(${width})`, describe(value));
  if (typeof value === 'number' && !Number.isSafeInteger(value)) fail('literal-number', what, describe(value));
  const bits = BigInt(value);
  const least = signed ? -(1n << BigInt(width - 1)) : 0n;
  if (bits < least || bits >= 1n << BigInt(width)) fail('literal-range', what, `${bits}`, width, `${least}`, `${(1n << BigInt(width)) - 1n}`);
  return BigInt.asUintN(width, bits);
}

function place(path: string): string {
  return path === '' ? '' : ` of ${path}`;
}

/** The first field in which two aggregates differ. */
function shapeDifference(a: Data, b: Data, path = ''): string {
  if (a.kind === 'bundle' && b.kind === 'bundle') {
    const names = [...new Set([...Object.keys(a.fields), ...Object.keys(b.fields)])];
    for (const name of names) {
      const [left, right] = [a.fields[name], b.fields[name]];
      if (left === undefined || right === undefined) return `; only ${left === undefined ? 'the latter' : 'the former'} has a field ${path}${name}`;
      if (!sameShape(left, right)) return shapeDifference(left, right, `${path}${name}.`);
    }
    return '; their fields have another order';
  }
  return path === '' ? '' : `; ${path.slice(0, -1)} is ${shapeText(a)} in the former and ${shapeText(b)} in the latter`;
}
