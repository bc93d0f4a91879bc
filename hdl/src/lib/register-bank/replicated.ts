/** Registers that exist once for each element: hardware sees all of them at once. */
import { type Bool, type BoolShape, type Data, lit, pack, type Read, type Reg, reg, type Shaped, UInt, type UIntShape, Vec, when, type Wire } from '../../index.ts';
import { assemble, type Cell, type CellContext, complete, forElement, legal, literalOf, member, merged, ones, resetLiteral, valueOf, type WordWrite, type Written } from './cell.ts';
import type { Access } from './data.ts';
import type { PlacedField, PlacedRegister, Section } from './layout.ts';
import { contentShape } from './ports.ts';

/** The fields of one access in a register. */
interface Part {
  readonly fields: readonly PlacedField[];
  readonly state?: Reg<Data>;
  bits?(field: PlacedField, index: UInt | undefined): UInt;
  write?(word: WordWrite): void;
  restart?(index: UInt | undefined): void;
}

export function replicatedRegister({ prefix, section, register, written, port }: CellContext): Cell {
  const { data } = register;
  const accesses = (data.kind === 'mixed' ? Object.keys(data.groups) : [register.fields[0]!.access]) as Access[];
  const parts = accesses.map((access) => {
    const ports = data.kind === 'mixed' ? (port as Record<string, unknown>)?.[access] : port;
    const name = `${prefix}_${register.name}`;
    return part(access, contentShape(data.kind === 'mixed' ? `${name}_${access}` : name, register, access), section, register, written, ports);
  });
  const names = data.kind === 'mixed' ? Object.fromEntries(parts.map(({ state }, i) => [accesses[i]!, state])) : parts[0]!.state;
  const wide = register.words === 2 && accesses[0] === 'ro';
  return {
    names,
    ...(register.readable && {
      value: (index) => assemble(register, parts.flatMap(({ fields, bits }) => (bits === undefined ? [] : fields.map((field) => ({ field, bits: bits(field, index) }))))),
    }),
    ...(register.writable && { write: (word) => { for (const { write } of parts) write?.(word); } }),
    restart: (index) => { for (const { restart } of parts) restart?.(index); },
    keepsHigh: wide,
  };
}

function part(access: Access, shape: Data, section: Section, register: PlacedRegister, written: Written, port: unknown): Part {
  const fields = register.fields.filter((field) => field.access === access);
  switch (access) {
    case 'constant': return { fields, bits: (field) => lit(UInt(field.width), field.reset) };
    case 'ro': return { fields, bits: (field, index) => pack(member(register, element(section, port as Read<Data>, index), field)) };
    case 'pulse': return pulsePart(section, register, fields, written, port as PulsePort);
    default: return heldPart(access, shape, section, register, fields, port);
  }
}

/** One of the elements of a vector, or all that there is. */
function element<V extends Shaped<Data>>({ count }: Section, value: V, index: UInt | number | undefined): V {
  return count === undefined || index === undefined ? value : (value as unknown as { at(index: UInt | number): V }).at(index);
}

/** A port of `w1c` or `w1s`: hardware's bits under one name, the state under the other. */
interface HeldPort {
  readonly set?: Read<Data>;
  readonly clear?: Read<Data>;
  readonly value: Wire<Data>;
}

/** `rw`, `w1c`, `w1s`: state. */
function heldPart(access: 'rw' | 'w1c' | 'w1s', shape: Data, section: Section, register: PlacedRegister, fields: readonly PlacedField[], port: unknown): Part {
  const { count } = section;
  const reset = resetLiteral(register, fields);
  const state: Reg<Data> = count === undefined
    ? reg<Data>(shape, { init: reset as never })
    : reg<Data>(Vec(shape, count), { init: Array.from({ length: count }, () => reset) as never });
  const each = (field: PlacedField, i: number) => member(register, element(section, state, i), field);
  const held = (access === 'rw' ? { value: port } : port) as HeldPort;
  held.value.set(state);

  /** What hardware does in every cycle: `before` is the state after the write of software, if there was one. */
  const byHardware = (field: PlacedField, i: number, before: UInt, software: UInt | undefined): UInt => {
    const hardware = access === 'rw' ? undefined : pack(member(register, element(section, access === 'w1c' ? held.set! : held.clear!, i), field));
    if (access === 'w1c') return (software === undefined ? before : before.and(software.not())).or(hardware!);
    const kept = before.and(hardware!.not());
    return software === undefined ? kept : kept.or(software);
  };
  if (access !== 'rw') {
    for (let i = 0; i < (count ?? 1); i++) {
      for (const field of fields) each(field, i).next = valueOf(field.shape, byHardware(field, i, pack(each(field, i)), undefined));
    }
  }
  return {
    fields, state,
    bits: (field, index) => pack(member(register, element(section, state, index), field)),
    write: (word) => forElement(count, word.index, (i) => {
      for (const field of fields) {
        if (!touches(field, word)) continue;
        const old = pack(each(field, i));
        if (access !== 'rw') {
          each(field, i).next = valueOf(field.shape, byHardware(field, i, old, ones(field, word)));
          continue;
        }
        const bits = merged(field, old, word);
        ifLegal(legal(field.shape, bits), () => { each(field, i).next = valueOf(field.shape, bits); });
      }
    }),
    restart: (index) => forElement(count, index, (i) => {
      for (const field of fields) {
        if (access === 'rw') each(field, i).next = literalOf(field.shape, field.reset) as never;
        else each(field, i).next = valueOf(field.shape, byHardware(field, i, lit(UInt(field.width), field.reset), undefined));
      }
    }),
  };
}

/** The word that is written has bits of the field. */
function touches({ lo, width }: PlacedField, { high }: WordWrite): boolean {
  return high ? lo + width > 32 : lo < 32;
}

function ifLegal(condition: Bool | undefined, body: () => void): void {
  if (condition === undefined) body();
  else when(condition, body);
}

interface PulsePort {
  readonly valid: Wire<BoolShape>;
  readonly payload: Wire<Data>;
}

/** No state: the write itself is shown. The payload is that of whatever is written, valid or not. */
function pulsePart(section: Section, register: PlacedRegister, fields: readonly PlacedField[], { data, index }: Written, port: PulsePort): Part {
  const bits = ({ lo, width }: PlacedField): UInt => data.bits(lo + width - 1, lo);
  const target = section.count === undefined ? port.payload : (port.payload as unknown as { readonly value: Wire<Data> }).value;
  if (section.count !== undefined) (port.payload as unknown as { readonly index: Wire<UIntShape> }).index.set(index!);
  for (const field of fields) member(register, target, field).set(valueOf(field.shape, bits(field)));
  port.valid.set(false);
  return {
    fields,
    write: ({ strobes }) => when(fields.flatMap((field) => legal(field.shape, bits(field)) ?? []).reduce((all, one) => all.and(one), complete(fields, strobes)), () => {
      port.valid.set(true);
    }),
  };
}
