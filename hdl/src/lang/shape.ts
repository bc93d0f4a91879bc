/**
 * Shapes: what a value looks like. A shape is a plain object made at run time, so widths are ordinary numbers; its
 * TypeScript type carries the kind (and names of fields and labels), so mixing kinds is a compile error.
 */
import { fail } from '../check/error.ts';
import { describe, isIdentifier } from '../check/describe.ts';
import type { EnumLabels } from '../ir/net.ts';
import { genuine, isGenuine } from './genuine.ts';
import { checkedOptions } from './options.ts';

export interface UIntShape {
  readonly kind: 'uint';
  readonly width: number;
}

export interface BoolShape {
  readonly kind: 'bool';
  readonly width: 1;
}

export interface EnumShape<L extends string = string> {
  readonly kind: 'enum';
  readonly name: string;
  readonly width: number;
  readonly labels: readonly L[];
  /** Label of the arm that an illegal value takes in hardware. */
  readonly illegal: L;
  readonly encoding: EnumLabels;
}

export interface Fields {
  readonly [name: string]: Data;
}

export interface BundleShape<F extends Fields = Fields> {
  readonly kind: 'bundle';
  readonly name: string;
  readonly fields: F;
  readonly width: number;
}

export interface VecShape<E extends Data = Data> {
  readonly kind: 'vec';
  readonly element: E;
  readonly length: number;
  readonly width: number;
}

/** Any shape of plain data, without direction. */
export type Data = UIntShape | BoolShape | EnumShape | BundleShape | VecShape;

/** Widest vector of the language: far above any datapath, low enough that a slip (bytes for bits, say) is caught. */
export const MAXIMUM_WIDTH = 1 << 20;

/** Unsigned vector of `width` bits, `width` in 1 .. {@link MAXIMUM_WIDTH}. Signed meaning is a matter of the operator. */
export function UInt(width: number): UIntShape {
  const known = uints.get(width);
  if (known !== undefined) return known;
  if (!Number.isInteger(width) || width < 1 || width > MAXIMUM_WIDTH) fail('shape-width', 'UInt', describe(width), MAXIMUM_WIDTH);
  const shape = genuine<UIntShape>({ kind: 'uint', width });
  uints.set(width, shape);
  return shape;
}

/** Each operator's result has a shape: those of equal width share one. */
const uints = new Map<number, UIntShape>();

/** One bit with a truth value: the only shape that a condition takes. */
export const Bool: BoolShape = genuine({ kind: 'bool', width: 1 });

export interface EnumOptions<L extends string> {
  /** Bits of the encoding; by default as many as the largest value needs. */
  readonly width?: number;
  /** Arm of `match` that a value without a label takes in hardware (it is asserted not to occur); the first label by default. */
  readonly illegal?: NoInfer<L>;
}

/**
 * Named values. `Enum('State', ['Idle', 'Run'])` counts from 0; `Enum('State', { Idle: 1, Run: 2 })` gives encodings.
 *
 * @throws no label, a label twice, an encoding twice, or one that does not fit `width`
 */
export function Enum<const L extends string>(
  name: string,
  labels: readonly L[] | { readonly [label in L]: number | bigint },
  options?: EnumOptions<L>,
): EnumShape<L> {
  if (!isIdentifier(name)) fail('shape-name', 'Enum', describe(name));
  if (typeof labels !== 'object' || labels === null) fail('enum-labels', name, describe(labels));
  const given = checkedOptions('Enum', options, ['width', 'illegal']);
  const entries: { name: L; value: bigint }[] = Array.isArray(labels)
    ? Array.from(labels, (label: L, index) => ({ name: label, value: BigInt(index) }))
    : Object.entries(labels).map(([label, value]) => ({ name: label as L, value: encodingOf(name, label, value) }));
  if (entries.length === 0) fail('enum-labels', name, 'none');
  const byValue = new Map<bigint, string>();
  const seen = new Set<string>();
  for (const entry of entries) {
    if (!isIdentifier(entry.name) || entry.name === 'otherwise' || seen.has(entry.name)) fail('enum-label', name, describe(entry.name));
    seen.add(entry.name);
    const other = byValue.get(entry.value);
    if (other !== undefined) fail('enum-encoding', name, `${other} and ${entry.name} are both ${entry.value}`);
    byValue.set(entry.value, entry.name);
  }
  const largest = entries.reduce((most, { value }) => (value > most ? value : most), 0n);
  const needed = Math.max(1, largest.toString(2).length);
  const width = given.width ?? needed;
  if (!Number.isInteger(width) || width < needed || width > MAXIMUM_WIDTH) {
    fail('enum-encoding', name, `width ${describe(width)} is not a whole number from ${needed} to ${MAXIMUM_WIDTH}; ${largest} needs ${needed} bits`);
  }
  const illegal = given.illegal ?? entries[0]!.name;
  if (!seen.has(illegal)) fail('enum-illegal', name, describe(illegal), [...seen].join(', '));
  return genuine({ kind: 'enum', name, width, labels: Object.freeze(entries.map((entry) => entry.name)), illegal, encoding: { name, width, labels: entries } });
}

function encodingOf(name: string, label: string, value: unknown): bigint {
  if ((typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) || (typeof value === 'bigint' && value >= 0n)) return BigInt(value);
  return fail('enum-encoding', name, `${label} is ${describe(value)}, not a whole number from 0 up`);
}

/** Names that every bundle value has already: a field of that name would hide them. */
const BUNDLE_MEMBERS = new Set(['shape', 'width', 'eq', 'ne', 'set', 'next', 'from', 'constructor', 'toString', 'valueOf', '__proto__']);

/** Named fields, the first in the most significant bits when packed. */
export function Bundle<const F extends Fields>(name: string, fields: F): BundleShape<F> {
  if (!isIdentifier(name)) fail('shape-name', 'Bundle', describe(name));
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields) || Object.keys(fields).length === 0) fail('bundle-fields', name);
  let width = 0;
  for (const [field, shape] of Object.entries(fields)) {
    if (!isIdentifier(field) || BUNDLE_MEMBERS.has(field)) fail('bundle-field-name', name, describe(field));
    if (!isShape(shape)) fail('shape-expected', `field ${field} of bundle ${name}`, describe(shape));
    width += shape.width;
  }
  if (width > MAXIMUM_WIDTH) fail('shape-width', `bundle ${name}`, describe(width), MAXIMUM_WIDTH);
  return genuine({ kind: 'bundle', name, fields: Object.freeze({ ...fields }), width });
}

/** Plain data, as against streams and interfaces. */
export function isData(x: { readonly kind: string }): x is Data {
  const { kind } = x;
  return kind === 'uint' || kind === 'bool' || kind === 'enum' || kind === 'bundle' || kind === 'vec';
}

/** True for a shape of plain data, made by UInt, Enum, Bundle or Vec; false for anything else that someone may pass. */
export function isShape(x: unknown): x is Data {
  return isGenuine(x) && isData(x as { readonly kind: string });
}

/** Same kind, widths, labels and fields: values of one may be assigned to the other. */
export function sameShape(a: Data, b: Data): boolean {
  if (a === b) return true;
  if (a.width !== b.width) return false;
  if (a.kind === 'enum' && b.kind === 'enum') {
    const [left, right] = [a.encoding.labels, b.encoding.labels];
    return a.name === b.name && left.length === right.length && left.every((label, i) => label.name === right[i]!.name && label.value === right[i]!.value);
  }
  if (a.kind === 'bundle' && b.kind === 'bundle') {
    const [left, right] = [Object.entries(a.fields), Object.entries(b.fields)];
    return left.length === right.length && left.every(([name, shape], i) => name === right[i]![0] && sameShape(shape, right[i]![1]));
  }
  if (a.kind === 'vec' && b.kind === 'vec') return a.length === b.length && sameShape(a.element, b.element);
  return a.kind === b.kind;
}

/** A shape in words, for errors: `UInt(8)`, `Bool`, `bundle Request`, `Vec(UInt(8), 4)`. */
export function shapeText(shape: Data): string {
  switch (shape.kind) {
    case 'uint': return `UInt(${shape.width})`;
    case 'bool': return 'Bool';
    case 'enum': return `enum ${shape.name}`;
    case 'bundle': return `bundle ${shape.name}`;
    case 'vec': return `Vec(${shapeText(shape.element)}, ${shape.length})`;
  }
}

/** Smallest number of bits that counts `count` things from 0 (0 for one thing): `clog2(16) = 4`, `clog2(17) = 5`. */
export function clog2(count: number): number {
  if (!Number.isSafeInteger(count) || count < 1) fail('clog2', describe(count));
  return count === 1 ? 0 : (count - 1).toString(2).length;
}
