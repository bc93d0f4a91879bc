/**
 * Registers as data: what software sees of a block, said once.
 *
 * These are plain objects without hardware; `registers` places them, `registerBank` makes them RTL.
 * Nothing is checked here but shapes: offsets, overlaps and names are the affair of the placement (`layout.ts`).
 */
import { describe } from '../../check/describe.ts';
import { usage } from '../../check/error.ts';
import { type BoolShape, Bool, type BundleShape, type EnumShape, type Literal, UInt, type UIntShape } from '../../index.ts';

/**
 * Who may do what:
 *
 * | access | software | hardware |
 * | --- | --- | --- |
 * | `rw` | reads and writes | reads |
 * | `ro` | reads | drives |
 * | `w1c` | reads; a 1 clears the bit | sets bits; wins over a clear in the same cycle |
 * | `w1s` | reads; a 1 sets the bit; wins over a clear in the same cycle | clears bits |
 * | `pulse` | writes, reads 0 | sees each write for one cycle |
 * | `constant` | reads | nothing: the value is fixed |
 */
export type Access = 'rw' | 'ro' | 'w1c' | 'w1s' | 'pulse' | 'constant';

/** What a field may hold. */
export type FieldShape = UIntShape | BoolShape | EnumShape;

export interface Field<S extends FieldShape = FieldShape> {
  readonly kind: 'field';
  readonly shape: S;
  readonly doc: string;
  readonly reset: Literal<FieldShape> | undefined;
  /** Lowest bit; by default the one after the field before. */
  readonly at: number | undefined;
}

export interface FieldRecord {
  readonly [name: string]: Field;
}

export interface FieldOptions<S extends FieldShape> {
  /** Value after reset, of a constant its value: 0, false or the first label by default. */
  readonly reset?: Literal<S>;
  /** Lowest bit of the field in its register. */
  readonly at?: number;
}

/** A field of a register: a number of bits, or an enum (software cannot write an encoding without a label). */
export function field(width: number, doc: string, options?: FieldOptions<UIntShape>): Field<UIntShape>;
export function field<S extends FieldShape>(shape: S, doc: string, options?: FieldOptions<NoInfer<S>>): Field<S>;
export function field(shape: number | FieldShape, doc: string, options: FieldOptions<FieldShape> = {}): Field {
  const { reset, at } = options;
  return { kind: 'field', shape: fieldShape('field', shape), doc: sentence('field', doc), reset, at };
}

/** A field of one bit that hardware sees as a Bool. */
export function flag(doc: string, options: FieldOptions<BoolShape> = {}): Field<BoolShape> {
  return field(Bool, doc, options);
}

/** What a register holds: named fields, or one value. */
export type Content = FieldRecord | Field;

/** The shape in which hardware sees a register. */
export type ContentShape<F extends Content> =
  F extends Field<infer S> ? S : F extends FieldRecord ? BundleShape<{ readonly [K in keyof F]: F[K]['shape'] }> : never;

export interface Register<A extends Access = Access, F extends Content = Content, I extends boolean = boolean> {
  readonly kind: 'register';
  readonly access: A;
  readonly doc: string;
  readonly content: F;
  readonly offset: number | undefined;
  readonly indexed: I;
}

/** Fields of different access in one register, by access. */
export type MixedFields = { readonly [A in Access]?: FieldRecord };

export interface MixedRegister<G extends MixedFields = MixedFields> {
  readonly kind: 'mixed';
  readonly doc: string;
  readonly groups: G;
  readonly offset: number | undefined;
}

export interface Counter<S extends UIntShape | BoolShape = UIntShape | BoolShape, I extends boolean = boolean> {
  readonly kind: 'counter';
  readonly doc: string;
  /** Shape of the amount per cycle. */
  readonly by: S;
  readonly clear: boolean;
  readonly offset: number | undefined;
  readonly indexed: I;
}

export type AnyRegister = Register | MixedRegister | Counter;

export interface RegisterRecord {
  readonly [name: string]: AnyRegister;
}

export interface RegisterOptions {
  /** Byte offset in the bank, or in the group's element; by default after the register before. */
  readonly offset?: number;
}

export interface IndexedOptions<I extends boolean> extends RegisterOptions {
  /**
   * In a group with a count: one memory, addressed by the element's index, in place of registers and multiplexers for
   * each element. Hardware then names the element that it wants (`rw`, counters), or is asked for it (`ro`).
   */
  readonly indexed: I;
}

/** The value of a register without fields: its shape in place of the fields. */
type Whole = number | FieldShape;
type WholeField<W extends Whole> = Field<W extends number ? UIntShape : W extends FieldShape ? W : never>;
type WholeOptions<W extends Whole> = { readonly reset?: W extends number ? number | bigint : W extends FieldShape ? Literal<W> : never };

/** Overloads, since an absent option would be inferred from where the result goes. */
interface ReplicatedMaker<A extends Access> {
  <const F extends FieldRecord>(doc: string, fields: F, options?: RegisterOptions): Register<A, F, false>;
  <const W extends Whole>(doc: string, whole: W, options?: RegisterOptions & WholeOptions<NoInfer<W>>): Register<A, WholeField<W>, false>;
}

interface Maker<A extends Access> {
  <const F extends FieldRecord, const I extends boolean>(doc: string, fields: F, options: IndexedOptions<I>): Register<A, F, I>;
  <const W extends Whole, const I extends boolean>(doc: string, whole: W, options: IndexedOptions<I> & WholeOptions<NoInfer<W>>): Register<A, WholeField<W>, I>;
  <const F extends FieldRecord>(doc: string, fields: F, options?: RegisterOptions): Register<A, F, false>;
  <const W extends Whole>(doc: string, whole: W, options?: RegisterOptions & WholeOptions<NoInfer<W>>): Register<A, WholeField<W>, false>;
}

function maker(access: Access) {
  return (doc: string, content: FieldRecord | Whole, options: Partial<IndexedOptions<boolean>> & { readonly reset?: Literal<FieldShape> } = {}): Register => ({
    kind: 'register', access, doc: sentence(access, doc), content: contentOf(access, doc, content, options.reset),
    offset: options.offset, indexed: options.indexed ?? false,
  });
}

/** Software reads and writes, byte by byte as the bus says; hardware reads. A single value may have up to 64 bits. */
export const rw = maker('rw') as Maker<'rw'>;
/** Software reads what hardware drives. A single value may have up to 64 bits: reading its low word keeps the high word. */
export const ro = maker('ro') as Maker<'ro'>;
/** Hardware sets bits, software clears them by writing 1; a set in the same cycle wins. */
export const w1c = maker('w1c') as ReplicatedMaker<'w1c'>;
/** Software sets bits by writing 1, hardware clears them; a set in the same cycle wins. */
export const w1s = maker('w1s') as ReplicatedMaker<'w1s'>;
/** A doorbell: each write of all of its bytes is seen by hardware for one cycle; reads give 0. */
export const pulse = maker('pulse') as ReplicatedMaker<'pulse'>;
/** A value that never changes: its fields' `reset`. */
export const constant = maker('constant') as ReplicatedMaker<'constant'>;

/** Fields of different access: `mixed('Sentence.', { rw: { enable: flag('…') }, ro: { busy: flag('…') } })`. */
export function mixed<const G extends MixedFields>(doc: string, groups: G, options: RegisterOptions = {}): MixedRegister<G> {
  const known = ['rw', 'ro', 'w1c', 'w1s', 'pulse', 'constant'];
  if (typeof groups !== 'object' || groups === null || Object.keys(groups).length === 0) usage(`mixed needs a record of fields by access (${known.join(', ')}), not ${describe(groups)}`);
  for (const [access, fields] of Object.entries(groups)) {
    if (!known.includes(access)) usage(`mixed: ${describe(access)} is no access; there are ${known.join(', ')}`);
    contentOf(`mixed.${access}`, doc, fields);
  }
  return { kind: 'mixed', doc: sentence('mixed', doc), groups, offset: options.offset };
}

export interface CounterOptions extends RegisterOptions {
  /** Any write to the low word sets it to zero. */
  readonly clear?: boolean;
}

/** Bits of the amount that hardware may add in a cycle; without it hardware gives a Bool that adds one. */
interface By {
  readonly by: number;
}

/**
 * A counter of 64 bits in two words, low first. Reading the low word keeps the high word of that moment for the next
 * read of the high word: low, then high, is never torn.
 */
export function counter64<const I extends boolean>(doc: string, options: CounterOptions & By & IndexedOptions<I>): Counter<UIntShape, I>;
export function counter64(doc: string, options: CounterOptions & By): Counter<UIntShape, false>;
export function counter64<const I extends boolean>(doc: string, options: CounterOptions & IndexedOptions<I>): Counter<BoolShape, I>;
export function counter64(doc: string, options?: CounterOptions): Counter<BoolShape, false>;
export function counter64(doc: string, options: CounterOptions & Partial<By & IndexedOptions<boolean>> = {}): Counter {
  const { by, clear = false, offset, indexed = false } = options;
  if (by !== undefined && (!Number.isInteger(by) || by < 1 || by > 64)) usage(`counter64: by must be a whole number of bits from 1 to 64, not ${describe(by)}`);
  return { kind: 'counter', doc: sentence('counter64', doc), by: by === undefined ? Bool : UInt(by), clear, offset, indexed };
}

/** Registers that belong together, once or `count` times. */
export interface Group<R extends RegisterRecord = RegisterRecord, N extends boolean = boolean, Z extends boolean = boolean> {
  readonly kind: 'group';
  readonly doc: string;
  readonly registers: R;
  readonly count: number | undefined;
  readonly stride: number | undefined;
  readonly offset: number | undefined;
  readonly resettable: Z;
  /** For types only: several elements. */
  readonly many?: N;
}

export interface GroupOptions {
  /** Byte offset of the first element, a multiple of the stride; by default the first such place that is free. */
  readonly offset?: number;
  /** Bytes from one element to the next: a power of two, by default the smallest that holds the registers. */
  readonly stride?: number;
}

interface Count {
  readonly count: number;
}

interface Resettable<Z extends boolean> {
  /** Hardware can put one element back to its reset values. */
  readonly resettable: Z;
}

/** `group('Sentence.', { … }, { count: 64, stride: 4096 })`: `count` identical elements, such as a page per VM; without a count, one. */
export function group<R extends RegisterRecord, const Z extends boolean>(doc: string, registers: R, options: GroupOptions & Count & Resettable<Z>): Group<R, true, Z>;
export function group<R extends RegisterRecord>(doc: string, registers: R, options: GroupOptions & Count): Group<R, true, false>;
export function group<R extends RegisterRecord, const Z extends boolean>(doc: string, registers: R, options: GroupOptions & Resettable<Z>): Group<R, false, Z>;
export function group<R extends RegisterRecord>(doc: string, registers: R, options?: GroupOptions): Group<R, false, false>;
export function group(doc: string, registers: RegisterRecord, options: GroupOptions & Partial<Count & Resettable<boolean>> = {}): Group {
  const { count, stride, offset, resettable = false } = options;
  if (count !== undefined && (!Number.isSafeInteger(count) || count < 1)) usage(`group: count must be a whole number from 1 up, not ${describe(count)}`);
  return { kind: 'group', doc: sentence('group', doc), registers, count, stride, offset, resettable };
}

export interface Items {
  readonly [name: string]: AnyRegister | Group;
}

function contentOf(what: string, doc: string, content: unknown, reset?: Literal<FieldShape>): Content {
  if (isFieldRecord(content)) {
    const [first] = Object.keys(content);
    if (first === undefined) usage(`${what} needs at least one field, or a number of bits`);
    for (const [name, entry] of Object.entries(content)) {
      if (entry?.kind !== 'field') usage(`${what}: ${name} must be a field(…) or flag(…), not ${describe(entry)}`);
    }
    if (reset !== undefined) usage(`${what}: reset belongs to the fields of a register that has fields`);
    return content;
  }
  return { kind: 'field', shape: fieldShape(what, content), doc, reset, at: 0 };
}

function isFieldRecord(x: unknown): x is FieldRecord {
  return typeof x === 'object' && x !== null && !('kind' in x && typeof x.kind === 'string');
}

function fieldShape(what: string, shape: unknown): FieldShape {
  if (typeof shape === 'number') {
    if (!Number.isInteger(shape) || shape < 1 || shape > 64) usage(`${what} needs a width that is a whole number from 1 to 64, not ${describe(shape)}`);
    return UInt(shape);
  }
  const { kind } = (shape ?? {}) as { kind?: unknown };
  if (kind === 'uint' || kind === 'bool' || kind === 'enum') return shape as FieldShape;
  return usage(`${what} needs fields, a number of bits, Bool or an Enum, not ${describe(shape)}`);
}

function sentence(what: string, doc: unknown): string {
  if (typeof doc !== 'string' || doc.trim() === '' || doc.includes('\n')) usage(`${what} needs a sentence, in one line, that says what it is for, not ${describe(doc)}`);
  return doc;
}
