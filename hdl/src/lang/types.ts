/**
 * The types of the language: what can be done with a value of a shape `T`, depending on whether it can be read only,
 * is a wire (`.set`) or a register (`.next =`).
 *
 * They exist at compile time only. `Common<T>` and the writers stand outside of the conditional types on purpose: a
 * generic block (`<T extends Data>`) can compare, assign and infer `T` without a cast.
 */
import type { BoolShape, BundleShape, Data, EnumShape, Fields, UIntShape, VecShape } from './shape.ts';

/** Members of every value. */
export interface Common<T extends Data> {
  readonly shape: T;
  /** Bits when packed. */
  readonly width: number;
  /** All bits equal. */
  eq(other: Like<T>): Bool;
  ne(other: Like<T>): Bool;
}

/** A value that can be read. */
export type Read<T extends Data> = Common<T> & Operators<T>;

/** What can stand where a value of shape `T` is wanted: such a value, or a literal of host-language type. */
export type Like<T extends Data> = Read<T> | Literal<T>;

export type Literal<T extends Data> =
  T extends UIntShape ? number | bigint
  : T extends BoolShape ? boolean
  : T extends EnumShape<infer L> ? L
  // A value of another bundle that happens to have these fields is no literal.
  : T extends BundleShape<infer F> ? { readonly [K in keyof F]: Like<F[K]> } & { readonly shape?: never }
  : T extends VecShape<infer E> ? readonly Like<E>[]
  : never;

export type Operators<T extends Data> =
  T extends UIntShape ? UIntOperators
  : T extends BoolShape ? BoolOperators
  : T extends EnumShape<infer L> ? EnumOperators<L> & Exactly<L>
  : T extends BundleShape<infer F> ? { readonly [K in keyof F]: Read<F[K]> } & Exactly<keyof F>
  : T extends VecShape<infer E> ? VecOperators<Read<E>>
  : never;

/** Absent at run time. An enum with other labels, or a bundle with more fields, is another shape; of unknown names, any will do. */
declare const names: unique symbol;
type Exactly<N> = string extends N ? unknown : { readonly [names]?: (name: N) => N };

export type UInt = Read<UIntShape>;
export type Bool = Read<BoolShape>;
export type EnumValue<L extends string> = Read<EnumShape<L>>;
export type UIntLike = Like<UIntShape>;
export type BoolLike = Like<BoolShape>;

/** Operators of UInt; `w` is the operand's width. Operands of two-operand forms have equal width; a literal takes its peer's. */
export interface UIntOperators {
  /** Sum modulo 2^w. */
  add(other: UIntLike): UInt;
  /** Difference modulo 2^w. */
  sub(other: UIntLike): UInt;
  /** Sum with its carry: w + 1 bits. */
  addc(other: UIntLike): UInt;
  /** Difference with its borrow in the top bit: w + 1 bits. */
  subb(other: UIntLike): UInt;
  /** Full product: sum of both widths. A literal takes the peer's width. */
  mul(other: UIntLike): UInt;
  and(other: UIntLike): UInt;
  or(other: UIntLike): UInt;
  xor(other: UIntLike): UInt;
  not(): UInt;
  /** Unsigned comparisons. */
  lt(other: UIntLike): Bool;
  le(other: UIntLike): Bool;
  gt(other: UIntLike): Bool;
  ge(other: UIntLike): Bool;
  /** Comparisons in two's complement; a literal may be negative. */
  slt(other: UIntLike): Bool;
  sle(other: UIntLike): Bool;
  sgt(other: UIntLike): Bool;
  sge(other: UIntLike): Bool;
  min(other: UIntLike): UInt;
  max(other: UIntLike): UInt;
  smin(other: UIntLike): UInt;
  smax(other: UIntLike): UInt;
  /** Shifts by a number or by a value of any width; amounts of w and more give 0 (`sra`: the sign). */
  shl(amount: number | UInt): UInt;
  shr(amount: number | UInt): UInt;
  sra(amount: number | UInt): UInt;
  /** Rotations by amount modulo w; a dynamic amount has at most clog2(w) bits. */
  rotl(amount: number | UInt): UInt;
  rotr(amount: number | UInt): UInt;
  /** Extended by zeros to `width` >= w. */
  zext(width: number): UInt;
  /** Extended by the sign to `width` >= w. */
  sext(width: number): UInt;
  /** The lower `width` <= w bits. */
  trunc(width: number): UInt;
  /** Bits `high` down to `low`, both included. */
  bits(high: number, low: number): UInt;
  /** One bit; out of range is 0 for a dynamic index. */
  bit(index: number | UInt): Bool;
  /** The value `times` times side by side. */
  repeat(times: number): UInt;
  andR(): Bool;
  orR(): Bool;
  xorR(): Bool;
  /** Number of ones: clog2(w + 1) bits. */
  popcount(): UInt;
  /** Index of the lowest one, 0 if there is none: max(1, clog2(w)) bits. */
  priority(): UInt;
  /** `count` bits of which only the one at this index is set; none if the index is beyond. */
  oneHot(count: number): UInt;
  /** Of a single bit. */
  asBool(): Bool;
}

export interface BoolOperators {
  and(other: BoolLike): Bool;
  or(other: BoolLike): Bool;
  xor(other: BoolLike): Bool;
  not(): Bool;
  /** `times` copies, as a mask. */
  repeat(times: number): UInt;
  toUInt(): UInt;
}

export interface EnumOperators<L extends string> {
  /** One of these labels. */
  is(...labels: L[]): Bool;
  /** The encoding. */
  toUInt(): UInt;
}

export interface VecOperators<Element> {
  readonly length: number;
  /** Element by a number, or by a value: then an index beyond the end is asserted not to occur, and means the last. */
  at(index: number | UInt): Element;
  [Symbol.iterator](): IterableIterator<Element>;
}

/** A combinational net: the last `set` of a cycle wins, and every path must set it. */
export type Wire<T extends Data> = Settable<T> & Read<T>;

export type Settable<T extends Data> = { set(value: Like<T>): void } & (
  T extends BundleShape<infer F> ? { readonly [K in keyof F]: Wire<F[K]> }
  : T extends VecShape<infer E> ? VecOperators<Wire<E>>
  : unknown);

/** A register: `.next =` is taken over at the clock edge; without it the value holds. */
export type Reg<T extends Data> = Nextable<T> & Read<T>;

export type Nextable<T extends Data> = NextSetter<T> & (
  T extends BundleShape<infer F> ? { readonly [K in keyof F]: Reg<F[K]> }
  : T extends VecShape<infer E> ? VecOperators<Reg<E>>
  : unknown);

export interface NextSetter<T extends Data> {
  get next(): WriteOnly;
  set next(value: Like<T>);
}

/** What reading `.next` gives: nothing that an operator takes. */
export interface WriteOnly {
  readonly 'next can only be assigned': never;
}

/** Anything that carries a shape: lets functions infer `T` from a value. */
export interface Shaped<T extends Data> {
  readonly shape: T;
}

export type { Fields };
