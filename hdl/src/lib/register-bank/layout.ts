/**
 * Placement: every register gets its offset and every field its bits, once; RTL, header, reference and accessors all
 * read them from here.
 *
 * Offsets follow the order of the data unless given; overlaps, misalignment and whatever does not fit are errors.
 */
import { describe, isIdentifier } from '../../check/describe.ts';
import { usage } from '../../check/error.ts';
import { clog2, UInt } from '../../index.ts';
import type { Access, AnyRegister, Field, FieldRecord, FieldShape, Group, Items, RegisterRecord } from './data.ts';
import { hex, macroCase } from './names.ts';

/** A word of the bus. */
export const WORD_BITS = 32;
export const WORD_BYTES = 4;

export interface PlacedField {
  readonly name: string;
  readonly doc: string;
  readonly access: Access;
  readonly shape: FieldShape;
  readonly lo: number;
  readonly width: number;
  readonly reset: bigint;
}

export interface PlacedRegister {
  readonly name: string;
  readonly doc: string;
  /** Bytes from the start of the section's element. */
  readonly offset: number;
  /** 2: low word first. */
  readonly words: 1 | 2;
  readonly data: AnyRegister;
  /** From bit 0 up. A counter and a register without named fields have one, called as the register. */
  readonly fields: readonly PlacedField[];
  /** Its fields have names of their own. */
  readonly named: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** A group, or (name '') the registers of the bank itself. */
export interface Section {
  readonly name: string;
  readonly doc: string;
  readonly base: number;
  /** undefined: a single element. */
  readonly count: number | undefined;
  readonly stride: number;
  readonly resettable: boolean;
  readonly registers: readonly PlacedRegister[];
}

export interface Layout {
  readonly name: string;
  readonly doc: string;
  /** Bytes; addresses from here on are beyond the map. */
  readonly size: number;
  readonly addressWidth: number;
  readonly sections: readonly Section[];
}

interface Taken {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly name: string;
}

const ROOT = '';
/** Members that interfaces have already. */
const RESERVED = new Set(['shape', 'from', 'fire', 'constructor']);

export function placeItems(name: string, doc: string, items: Items, size: number | undefined, addressWidth: number | undefined): Layout {
  const what = `registers ${name}`;
  const sections: Section[] = [];
  const root: PlacedRegister[] = [];
  const taken: Taken[] = [];
  let end = 0;
  for (const [key, item] of Object.entries(items)) {
    checkName(what, key);
    if (item?.kind === 'group') {
      const section = placeGroup(what, key, item, end);
      claim(what, taken, { from: section.base, to: section.base + section.stride * (section.count ?? 1), name: key });
      sections.push(section);
      end = section.base + section.stride * (section.count ?? 1);
    } else {
      const placed = placeRegister(what, key, key, item, end);
      if (isIndexed(item)) usage(`${what}: ${key} is indexed, but only a group with a count has an index`);
      claim(what, taken, { from: placed.offset, to: placed.offset + placed.words * WORD_BYTES, name: key });
      root.push(placed);
      end = placed.offset + placed.words * WORD_BYTES;
    }
  }
  const used = taken.reduce((most, { to }) => Math.max(most, to), 0);
  if (used === 0) usage(`${what} needs at least one register`);
  const total = size ?? used;
  if (!Number.isSafeInteger(total) || total < used || total % WORD_BYTES !== 0) usage(`${what}: size must be a multiple of 4 and at least ${hex(used)}, which the registers take, not ${describe(size)}`);
  const least = Math.max(3, clog2(total));
  const bits = addressWidth ?? least;
  if (!Number.isInteger(bits) || bits < least || bits > 48) usage(`${what}: addressWidth must be a whole number from ${least} to 48, not ${describe(addressWidth)}`);
  if (root.length > 0) sections.unshift({ name: ROOT, doc, base: 0, count: undefined, stride: 2 ** clog2(total), resettable: false, registers: root });
  const layout: Layout = { name, doc, size: total, addressWidth: bits, sections };
  checkMacros(what, layout);
  return layout;
}

function placeGroup(what: string, key: string, data: Group, end: number): Section {
  const registers: PlacedRegister[] = [];
  const taken: Taken[] = [];
  let next = 0;
  for (const [name, item] of Object.entries(data.registers as RegisterRecord)) {
    const path = `${key}.${name}`;
    checkName(what, name, path);
    if ((item as { kind?: string } | undefined)?.kind === 'group') usage(`${what}: ${path} is a group in a group; groups stand in the bank only`);
    if (data.resettable && name === 'reset') usage(`${what}: ${path} cannot be called reset, which is the reset of the resettable group`);
    const placed = placeRegister(what, name, path, item, next);
    if (isIndexed(item) && data.count === undefined) usage(`${what}: ${path} is indexed, but only a group with a count has an index`);
    claim(what, taken, { from: placed.offset, to: placed.offset + placed.words * WORD_BYTES, name: path });
    registers.push(placed);
    next = placed.offset + placed.words * WORD_BYTES;
  }
  const used = taken.reduce((most, { to }) => Math.max(most, to), 0);
  if (used === 0) usage(`${what}: group ${key} needs at least one register`);
  const stride = data.stride ?? 2 ** clog2(used);
  if (!Number.isSafeInteger(stride) || stride < WORD_BYTES || 2 ** clog2(stride) !== stride) usage(`${what}: the stride of ${key} must be a power of two from 4 up, not ${describe(data.stride)}`);
  for (const { to, name } of taken) if (to > stride) usage(`${what}: ${name} ends at ${hex(to)}, but an element of ${key} has ${hex(stride)} bytes (its stride)`);
  const base = data.offset ?? Math.ceil(end / stride) * stride;
  if (!Number.isSafeInteger(base) || base < 0 || base % stride !== 0) usage(`${what}: the offset of ${key} must be a multiple of its stride ${hex(stride)}, not ${offsetText(data.offset)}`);
  return { name: key, doc: data.doc, base, count: data.count, stride, resettable: data.resettable, registers };
}

function placeRegister(what: string, name: string, path: string, data: AnyRegister, next: number): PlacedRegister {
  const kinds = ['register', 'mixed', 'counter'];
  if (typeof data !== 'object' || data === null || !kinds.includes(data.kind)) usage(`${what}: ${path} must be a register (rw, ro, w1c, w1s, pulse, constant, mixed, counter64)${path.includes('.') ? '' : ' or a group'}, not ${describe(data)}`);
  const { fields, named } = placeFields(what, name, path, data);
  const top = fields.reduce((most, { lo, width }) => Math.max(most, lo + width), 0);
  const words = data.kind === 'counter' || top > WORD_BITS ? 2 : 1;
  const bytes = words * WORD_BYTES;
  const offset = data.offset ?? Math.ceil(next / bytes) * bytes;
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % bytes !== 0) usage(`${what}: the offset of ${path} must be a multiple of ${bytes}, not ${offsetText(data.offset)}`);
  const accesses = new Set(fields.map(({ access }) => access));
  return {
    name, doc: data.doc, offset, words, data, fields, named,
    readable: [...accesses].some((access) => access !== 'pulse'),
    writable: data.kind === 'counter' ? data.clear : [...accesses].some((access) => access !== 'ro' && access !== 'constant'),
  };
}

function placeFields(what: string, name: string, path: string, data: AnyRegister): { readonly fields: PlacedField[]; readonly named: boolean } {
  if (data.kind === 'counter') {
    return { named: false, fields: [{ name, doc: data.doc, access: 'ro', shape: UInt(64), lo: 0, width: 64, reset: 0n }] };
  }
  if (data.kind === 'register') {
    const { access, content } = data;
    const named = !isField(content);
    const fields = named ? placeRecord(what, path, [[access, content]]) : [placeField(what, name, path, access, content, 0, access === 'rw' || access === 'ro' ? 64 : WORD_BITS)];
    const refused = data.indexed && access === 'rw' ? fields.find(({ shape }) => shape.kind === 'enum') : undefined;
    if (refused !== undefined) usage(`${what}: ${named ? `${path}.${refused.name}` : path} is an enum in an indexed register, which cannot refuse an encoding without a label; use a number of bits`);
    return { named, fields };
  }
  return { named: true, fields: placeRecord(what, path, Object.entries(data.groups) as [Access, FieldRecord][]) };
}

function placeRecord(what: string, path: string, groups: readonly (readonly [Access, FieldRecord])[]): PlacedField[] {
  const fields: PlacedField[] = [];
  let next = 0;
  for (const [access, record] of groups) {
    for (const [name, field] of Object.entries(record)) {
      const full = `${path}.${name}`;
      checkName(what, name, full);
      if (fields.some((other) => other.name === name)) usage(`${what}: ${path} has two fields called ${name}`);
      const placed = placeField(what, name, full, access, field, field.at ?? next, WORD_BITS);
      const other = fields.find(({ lo, width }) => lo < placed.lo + placed.width && placed.lo < lo + width);
      if (other !== undefined) usage(`${what}: ${full} in ${bitsText(placed)} overlaps ${path}.${other.name}, which takes ${bitsText(other)}`);
      fields.push(placed);
      next = placed.lo + placed.width;
    }
  }
  return fields.sort((a, b) => a.lo - b.lo);
}

function placeField(what: string, name: string, path: string, access: Access, field: Field, lo: number, bits: number): PlacedField {
  const { shape, doc } = field;
  const { width } = shape;
  if (!Number.isInteger(lo) || lo < 0) usage(`${what}: ${path} must be at a whole number of bits from 0 up, not ${describe(field.at)}`);
  if (lo + width > bits) usage(`${what}: ${path} in ${bitsText({ lo, width })} does not fit the register's ${bits} bits`);
  if (shape.kind === 'enum' && (access === 'w1c' || access === 'w1s')) usage(`${what}: ${path} is ${access}, bit by bit, so it cannot be an enum`);
  if (field.reset !== undefined && (access === 'ro' || access === 'pulse')) usage(`${what}: ${path} is ${access} and keeps no value, so it has no reset`);
  return { name, doc, access, shape, lo, width, reset: resetBits(what, path, shape, field.reset) };
}

function resetBits(what: string, path: string, shape: FieldShape, reset: Field['reset']): bigint {
  if (shape.kind === 'enum') {
    const [first] = shape.encoding.labels;
    const label = reset === undefined ? first : shape.encoding.labels.find(({ name }) => name === reset);
    return label?.value ?? usage(`${what}: the reset of ${path} must be one of ${shape.labels.join(', ')}, not ${describe(reset)}`);
  }
  if (reset === undefined) return 0n;
  if (shape.kind === 'bool') return typeof reset === 'boolean' ? BigInt(reset) : usage(`${what}: the reset of ${path} must be true or false, not ${describe(reset)}`);
  const whole = typeof reset === 'bigint' || (typeof reset === 'number' && Number.isSafeInteger(reset));
  if (!whole || BigInt(reset) < 0n || BigInt(reset) >= 1n << BigInt(shape.width)) usage(`${what}: the reset of ${path} must be a whole number of ${shape.width} bits, not ${describe(reset)}`);
  return BigInt(reset);
}

function claim(what: string, taken: Taken[], place: Taken): void {
  const other = taken.find(({ from, to }) => from < place.to && place.from < to);
  if (other !== undefined) usage(`${what}: ${place.name} at ${hex(place.from)} overlaps ${other.name}, which takes ${hex(other.from)} to ${hex(other.to - 1)}`);
  taken.push(place);
}

function checkName(what: string, name: string, path = name): void {
  if (!isIdentifier(name) || RESERVED.has(name)) usage(`${what}: ${describe(path)} cannot be a name: it must be an identifier and not shape, from or fire`);
}

/** Different names may become the same in C. */
function checkMacros(what: string, layout: Layout): void {
  const seen = new Map<string, string>();
  const add = (...path: string[]): void => {
    const dotted = path.filter((name) => name !== ROOT).join('.');
    const macro = macroCase(layout.name, ...path);
    const other = seen.get(macro);
    if (other !== undefined) usage(`${what}: ${other} and ${dotted} would both be ${macro} in C`);
    seen.set(macro, dotted);
  };
  for (const section of layout.sections) {
    if (section.name !== ROOT) add(section.name);
    for (const register of section.registers) {
      add(section.name, register.name);
      if (register.named) for (const { name } of register.fields) add(section.name, register.name, name);
    }
  }
}

function isIndexed(data: AnyRegister): boolean {
  return data.kind !== 'mixed' && data.indexed;
}

export function isField(content: object): content is Field {
  return 'kind' in content && content.kind === 'field';
}

function bitsText({ lo, width }: { readonly lo: number; readonly width: number }): string {
  return width === 1 ? `bit ${lo}` : `bits ${lo + width - 1} to ${lo}`;
}

function offsetText(offset: unknown): string {
  return typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0 ? hex(offset) : describe(offset);
}
