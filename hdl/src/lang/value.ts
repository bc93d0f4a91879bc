/**
 * Run-time objects behind {@link Read}, {@link Wire} and {@link Reg}: a leaf is one bit vector with its operators.
 *
 * What may be done with a leaf is checked by TypeScript; the checks here are for those who come without types, and for
 * what types cannot know (widths, literal ranges, whose module a value is of).
 */
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import type { Expression } from '../ir/expression.ts';
import { Locator } from '../ir/locator.ts';
import { concat, constant, mux, not, operation, slice, zeroExtend } from './build.ts';
import { coerceLeaf, coerceUInt } from './coerce.ts';
import { type Builder, current, currentOrNone } from './context.ts';
import { Bool, type BoolShape, clog2, type EnumShape, MAXIMUM_WIDTH, UInt, type UIntShape } from './shape.ts';

export type LeafShape = UIntShape | BoolShape | EnumShape;

/** What an assignment to a leaf does; absent for what can only be read. */
export interface Target {
  readonly kind: 'wire' | 'register';
  /** An output, or an instance's input: others wait for its value. */
  readonly isPort: boolean;
  assign(value: Expression, at: Locator): void;
  /** As `assign`, but as the only driver (`from`, `connect`, an instance's inputs). */
  connect(value: Expression, at: Locator): void;
}

export abstract class Leaf<S extends LeafShape = LeafShape> {
  readonly shape: S;
  /** Module that the value lives in; undefined for constants, which live everywhere. */
  readonly owner: Builder | undefined;
  readonly target: Target | undefined;
  readonly #what: () => string;
  #expression: Expression | (() => Expression);

  /**
   * @param expression or what makes it, when it is first asked for
   * @param what what it is, for errors: `input en`
   */
  constructor(shape: S, expression: Expression | (() => Expression), owner: Builder | undefined, target?: Target, what: () => string = () => 'this value') {
    this.shape = shape;
    this.#expression = expression;
    this.owner = owner;
    this.target = target;
    this.#what = what;
  }

  get what(): string {
    return this.#what();
  }

  get width(): number {
    return this.shape.width;
  }

  /** The IR behind it, for use in the module that is being elaborated. */
  get expression(): Expression {
    if (this.owner !== undefined) {
      const running = currentOrNone();
      if (running === undefined) fail('outside-module', 'an operator');
      if (running !== this.owner) fail('foreign-value', this.owner.name, running.name);
    }
    if (typeof this.#expression === 'function') this.#expression = this.#expression();
    return this.#expression;
  }

  eq(other: unknown): Bit {
    return compare(this, 'eq', other);
  }

  ne(other: unknown): Bit {
    return compare(this, 'ne', other);
  }

  set(value: unknown): void {
    if (this.target === undefined) fail('not-drivable', this.what);
    if (this.target.kind !== 'wire') fail('set-register', this.what);
    this.target.assign(coerceLeaf(this.shape, value, 'set'), Locator.here());
  }

  get next(): never {
    return fail('next-read');
  }

  set next(value: unknown) {
    if (this.target === undefined) fail('not-drivable', this.what);
    if (this.target.kind !== 'register') fail('next-of-wire', this.what);
    this.target.assign(coerceLeaf(this.shape, value, 'next'), Locator.here());
  }

  toUInt(): Bits {
    return bitsOf(this.expression);
  }

  repeat(times: number): Bits {
    wholeNumber('repeat', 'times', times, 1, Math.floor(MAXIMUM_WIDTH / this.width));
    return times === 1 ? this.toUInt() : bitsOf(operation('repeat', this.width * times, this.expression));
  }

  /** A host-language truth value of hardware is always a mistake: `if (io.en)`, `a && b`, `a + b`, template strings. */
  [Symbol.toPrimitive](hint: string): never {
    return fail('host-value', hint === 'number' ? 'a number' : hint === 'string' ? 'a string' : 'a host-language value');
  }

  toString(): never {
    return fail('host-value', 'a string');
  }

}

function compare(left: Leaf, op: 'eq' | 'ne', right: unknown, what: string = op): Bit {
  return bitOf(operation(op, 1, left.expression, coerceLeaf(left.shape, right, what)));
}

/** A value of shape Bool. */
export class Bit extends Leaf<BoolShape> {
  constructor(expression: Expression | (() => Expression), owner: Builder | undefined, target?: Target, what?: () => string) {
    super(Bool, expression, owner, target, what);
  }

  and(other: unknown): Bit {
    return this.#binary('and', other);
  }

  or(other: unknown): Bit {
    return this.#binary('or', other);
  }

  xor(other: unknown): Bit {
    return this.#binary('xor', other);
  }

  not(): Bit {
    return bitOf(not(this.expression));
  }

  #binary(op: 'and' | 'or' | 'xor', other: unknown): Bit {
    return bitOf(operation(op, 1, this.expression, coerceLeaf(Bool, other, op)));
  }
}

/** A value of an enum. */
export class Label extends Leaf<EnumShape> {
  is(...labels: string[]): Bit {
    if (labels.length === 0) fail('argument', 'is', 'labels', 'at least one label', 'none');
    return labels.map((label) => compare(this, 'eq', label, 'is')).reduce((any, hit) => any.or(hit));
  }
}

/** A value of shape UInt. */
export class Bits extends Leaf<UIntShape> {
  add(other: unknown): Bits { return this.#same('add', other); }
  sub(other: unknown): Bits { return this.#same('sub', other); }
  and(other: unknown): Bits { return this.#same('and', other); }
  or(other: unknown): Bits { return this.#same('or', other); }
  xor(other: unknown): Bits { return this.#same('xor', other); }
  not(): Bits { return bitsOf(not(this.expression)); }

  addc(other: unknown): Bits { return this.#extended('add', 'addc', other); }
  subb(other: unknown): Bits { return this.#extended('sub', 'subb', other); }

  mul(other: unknown): Bits {
    const right = other instanceof Bits ? other.expression : coerceUInt(this.width, other, 'mul');
    return bitsOf(operation('mul', this.width + right.width, this.expression, right));
  }

  lt(other: unknown): Bit { return this.#compare('ltu', 'lt', other); }
  le(other: unknown): Bit { return this.#compare('leu', 'le', other); }
  gt(other: unknown): Bit { return this.#compare('gtu', 'gt', other); }
  ge(other: unknown): Bit { return this.#compare('geu', 'ge', other); }
  slt(other: unknown): Bit { return this.#compare('lts', 'slt', other, true); }
  sle(other: unknown): Bit { return this.#compare('les', 'sle', other, true); }
  sgt(other: unknown): Bit { return this.#compare('gts', 'sgt', other, true); }
  sge(other: unknown): Bit { return this.#compare('ges', 'sge', other, true); }

  min(other: unknown): Bits { return this.#select('ltu', 'min', other); }
  max(other: unknown): Bits { return this.#select('gtu', 'max', other); }
  smin(other: unknown): Bits { return this.#select('lts', 'smin', other); }
  smax(other: unknown): Bits { return this.#select('gts', 'smax', other); }

  shl(amount: unknown): Bits { return this.#shift('shl', amount); }
  shr(amount: unknown): Bits { return this.#shift('shr', amount); }
  sra(amount: unknown): Bits { return this.#shift('sra', amount); }
  rotl(amount: unknown): Bits { return this.#rotate('rotl', amount); }
  rotr(amount: unknown): Bits { return this.#rotate('rotr', amount); }

  zext(width: number): Bits {
    wholeNumber('zext', 'width', width, this.width, MAXIMUM_WIDTH);
    return bitsOf(zeroExtend(this.expression, width));
  }

  sext(width: number): Bits {
    wholeNumber('sext', 'width', width, this.width, MAXIMUM_WIDTH);
    return width === this.width ? this : bitsOf(operation('sext', width, this.expression));
  }

  trunc(width: number): Bits {
    wholeNumber('trunc', 'width', width, 1, this.width);
    return bitsOf(slice(this.expression, 0, width));
  }

  bits(high: number, low: number): Bits {
    wholeNumber('bits', 'low', low, 0, this.width - 1);
    wholeNumber('bits', 'high', high, low, this.width - 1);
    return bitsOf(slice(this.expression, low, high - low + 1));
  }

  bit(index: unknown): Bit {
    if (index instanceof Bits) return bitOf(slice(operation('shr', this.width, this.expression, index.expression), 0, 1));
    wholeNumber('bit', 'index', index, 0, this.width - 1);
    return bitOf(slice(this.expression, index, 1));
  }

  andR(): Bit { return bitOf(operation('reduceAnd', 1, this.expression)); }
  orR(): Bit { return bitOf(operation('reduceOr', 1, this.expression)); }
  xorR(): Bit { return bitOf(operation('reduceXor', 1, this.expression)); }
  popcount(): Bits { return bitsOf(operation('popcount', clog2(this.width + 1), this.expression)); }
  priority(): Bits { return bitsOf(operation('priority', Math.max(1, clog2(this.width)), this.expression)); }

  oneHot(count: number): Bits {
    wholeNumber('oneHot', 'count', count, 1, MAXIMUM_WIDTH);
    return bitsOf(operation('shl', count, constant(count, 1n), this.expression));
  }

  asBool(): Bit {
    if (this.width !== 1) fail('as-bool', this.width);
    return bitOf(this.expression);
  }

  #same(op: 'add' | 'sub' | 'and' | 'or' | 'xor', other: unknown): Bits {
    return bitsOf(operation(op, this.width, this.expression, coerceUInt(this.width, other, op)));
  }

  #extended(op: 'add' | 'sub', name: string, other: unknown): Bits {
    const width = this.width + 1;
    return bitsOf(operation(op, width, zeroExtend(this.expression, width), zeroExtend(coerceUInt(this.width, other, name), width)));
  }

  #compare(op: 'ltu' | 'leu' | 'gtu' | 'geu' | 'lts' | 'les' | 'gts' | 'ges', name: string, other: unknown, signed = false): Bit {
    return bitOf(operation(op, 1, this.expression, coerceUInt(this.width, other, name, signed)));
  }

  #select(op: 'ltu' | 'gtu' | 'lts' | 'gts', name: string, other: unknown): Bits {
    const right = coerceUInt(this.width, other, name, op === 'lts' || op === 'gts');
    const left = this.expression;
    return bitsOf(mux(operation(op, 1, left, right), left, right));
  }

  #shift(op: 'shl' | 'shr' | 'sra', amount: unknown): Bits {
    if (amount instanceof Bits) return bitsOf(operation(op, this.width, this.expression, amount.expression));
    wholeNumber(op, 'amount', amount, 0, MAXIMUM_WIDTH);
    if (amount === 0) return this;
    const bits = Math.max(1, amount.toString(2).length);
    return bitsOf(operation(op, this.width, this.expression, constant(bits, BigInt(amount))));
  }

  #rotate(op: 'rotl' | 'rotr', amount: unknown): Bits {
    const { width } = this;
    if (!(amount instanceof Bits)) {
      wholeNumber(op, 'amount', amount, 0, MAXIMUM_WIDTH);
      const right = (op === 'rotr' ? amount : width - (amount % width)) % width;
      if (right === 0) return this;
      return bitsOf(concat([slice(this.expression, 0, right), slice(this.expression, right, width - right)]));
    }
    if (width === 1) fail('rotate-amount', op, width, amount.width, 0);
    if (amount.width > clog2(width)) fail('rotate-amount', op, width, amount.width, clog2(width));
    // A width that is no power of two leaves amounts from w up: one subtraction takes them modulo w.
    let turn = amount.expression;
    if (width < 2 ** amount.width) {
      const limit = constant(amount.width, BigInt(width));
      turn = mux(operation('geu', 1, turn, limit), operation('sub', amount.width, turn, limit), turn);
    }
    const twice = concat([this.expression, this.expression]);
    const turned = operation(op === 'rotr' ? 'shr' : 'shl', width * 2, twice, turn);
    return bitsOf(slice(turned, op === 'rotr' ? 0 : width, width));
  }
}

/** A readable UInt over an expression of the running module. */
export function bitsOf(expression: Expression): Bits {
  return new Bits(UInt(expression.width), expression, current('an operator'));
}

/** A readable Bool over an expression of the running module. */
export function bitOf(expression: Expression): Bit {
  return new Bit(expression, current('an operator'));
}

/** The leaf class for a shape. */
export function leafOf(shape: LeafShape, expression: Expression | (() => Expression), owner: Builder | undefined, target?: Target, what?: () => string): Leaf {
  switch (shape.kind) {
    case 'uint': return new Bits(shape, expression, owner, target, what);
    case 'bool': return new Bit(expression, owner, target, what);
    case 'enum': return new Label(shape, expression, owner, target, what);
  }
}

/** @throws unless `value` is a whole number in `least .. most` */
export function wholeNumber(what: string, name: string, value: unknown, least: number, most: number): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    fail('argument', what, name, `a whole number from ${least} to ${most}`, describe(value));
  }
}
