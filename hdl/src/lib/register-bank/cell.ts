/** What the hardware of one register offers to the bus, and the bits that pass between them. */
import { type Bool, cat, type Data, lit, type Literal, match, mux, type Read, type Shaped, UInt, unpack } from '../../index.ts';
import type { FieldShape } from './data.ts';
import { type PlacedField, type PlacedRegister, type Section, WORD_BITS } from './layout.ts';

/** What the bus writes, valid from the write's cycle to the one after it. */
export interface Written {
  /** Of the section's element. */
  readonly index: UInt | undefined;
  readonly data: UInt;
  readonly strobes: UInt;
}

/** A write of one word of a register; statements about it stand inside of `when` that write. */
export interface WordWrite extends Written {
  /** It is the second word. */
  readonly high: boolean;
}

/** What a register's hardware is made from. */
export interface CellContext {
  /** Of shapes that are made for it. */
  readonly prefix: string;
  readonly section: Section;
  readonly register: PlacedRegister;
  /** What the hardware side has for the register; of a mixed one, a record by access. */
  readonly port: unknown;
  readonly written: Written;
  /** Element that software reads, from the cycle of `issue` to that of the value. */
  readonly readIndex: UInt | undefined;
  /** The same elements as one bit each, decoded once for all indexed registers of the section; undefined if it has none. */
  readonly writeHot: UInt | undefined;
  readonly readHot: UInt | undefined;
  /** Elements that hardware resets in this cycle, a bit each; undefined if it cannot. */
  readonly restarted: UInt | undefined;
}

export interface Cell {
  /** State, to be named: a value, or a record of values. */
  readonly names: unknown;
  /** Software writes a word. */
  write?(word: WordWrite): void;
  /** Software takes the value in the next cycle. */
  issue?(): void;
  /** All bits of the register, 32 or 64, for a read of element `index`. */
  value?(index: UInt | undefined): UInt;
  /** The value's high word must be kept when its low word is read. */
  readonly keepsHigh?: boolean;
  /** Hardware resets element `index`; comes last, so it wins. */
  restart?(index: UInt | undefined): void;
}

/** Runs `body` for element `index`, a number in each arm; `undefined` for what exists once. */
export function forElement(count: number | undefined, index: UInt | undefined, body: (element: number) => void): void {
  if (count === undefined || index === undefined) body(0);
  else match(index, Array.from({ length: Math.min(count, 2 ** index.width) }, (_, i) => [i, () => body(i)] as const));
}

/** The bytes of a field that one word of its register covers: bits of the field, and bit of `strobes`. */
interface Lane {
  /** In the field. */
  readonly high: number;
  readonly low: number;
  /** In the word; undefined: the other word has it. */
  readonly word: { readonly high: number; readonly low: number; readonly strobe: number } | undefined;
}

/** Most significant first, as `cat` takes them. */
function lanes({ lo, width }: Pick<PlacedField, 'lo' | 'width'>, highWord: boolean): Lane[] {
  const list: Lane[] = [];
  const first = highWord ? WORD_BITS : 0;
  for (let from = lo; from < lo + width;) {
    const to = Math.min(lo + width, (Math.floor(from / 8) + 1) * 8);
    const inWord = from >= first && from < first + WORD_BITS;
    list.push({
      low: from - lo, high: to - 1 - lo,
      word: inWord ? { low: from - first, high: to - 1 - first, strobe: Math.floor((from - first) / 8) } : undefined,
    });
    from = to;
  }
  return list.reverse();
}

/** The field's bits after a write: bytes that were not strobed stay as in `old`. */
export function merged(field: Pick<PlacedField, 'lo' | 'width'>, old: UInt, { data, strobes, high }: WordWrite): UInt {
  return cat(...lanes(field, high).map((lane) => {
    const before = old.bits(lane.high, lane.low);
    return lane.word === undefined ? before : mux(strobes.bit(lane.word.strobe), data.bits(lane.word.high, lane.word.low), before);
  }));
}

/** The bits that are written as 1. */
export function ones(field: PlacedField, write: WordWrite): UInt {
  return merged(field, lit(UInt(field.width), 0), write);
}

/** All bytes that hold a bit of `fields` are strobed. */
export function complete(fields: readonly PlacedField[], strobes: UInt): Bool {
  const bytes = new Set(fields.flatMap((field) => lanes(field, false).map(({ word }) => word!.strobe)));
  return [...bytes].sort().map((byte) => strobes.bit(byte)).reduce((all, bit) => all.and(bit));
}

/** The fields of a register at their places, zeros between them. */
export function assemble({ words }: PlacedRegister, fields: readonly { readonly field: PlacedField; readonly bits: UInt }[]): UInt {
  const parts: UInt[] = [];
  let top = words * WORD_BITS;
  const fill = (to: number): void => {
    if (top > to) parts.push(lit(UInt(top - to), 0));
  };
  for (const { field, bits } of fields.toSorted((a, b) => b.field.lo - a.field.lo)) {
    fill(field.lo + field.width);
    parts.push(bits);
    top = field.lo;
  }
  fill(0);
  return cat(...parts);
}

/** Bits that software wrote as a value of the field. */
export function valueOf(shape: FieldShape, bits: UInt): Read<Data> {
  return unpack<Data>(shape, bits);
}

/** False for an encoding without a label, which software may write but a register must not take; undefined: none exists. */
export function legal(shape: FieldShape, bits: UInt): Bool | undefined {
  if (shape.kind !== 'enum' || shape.labels.length === 2 ** shape.width) return undefined;
  return shape.encoding.labels.map(({ value }) => bits.eq(value)).reduce((any, hit) => any.or(hit));
}

/** Bits as a literal of the field's shape. */
export function literalOf(shape: FieldShape, bits: bigint): Literal<FieldShape> {
  switch (shape.kind) {
    case 'uint': return bits;
    case 'bool': return bits !== 0n;
    case 'enum': return shape.encoding.labels.find(({ value }) => value === bits)!.name;
  }
}

/** The value of one field in a value of its register's shape. */
export function member<V extends Shaped<Data>>({ named }: PlacedRegister, value: V, field: PlacedField): V {
  return named ? (value as unknown as Record<string, V>)[field.name]! : value;
}

/** Literal of a register's shape at reset. */
export function resetLiteral({ named }: PlacedRegister, fields: readonly PlacedField[]): Literal<Data> {
  if (!named) return literalOf(fields[0]!.shape, fields[0]!.reset) as Literal<Data>;
  return Object.fromEntries(fields.map(({ name, shape, reset }) => [name, literalOf(shape, reset)])) as Literal<Data>;
}
