/**
 * Registers of a group that are addressed by the element's index: `rw` in one memory, `ro` by asking hardware.
 *
 * A memory cannot be reset, so one bit for each element says whether it was written since reset; until then it has its
 * reset value. A read in the cycle of a write sees the new value: the bus still holds what it wrote, which is merged in.
 */
import { Bool, cat, type Data, lit, mem, mux, pack, type Read, reg, UInt, type UIntShape, type ValidSink, when, wire, type Wire } from '../../index.ts';
import { elementIndex } from '../element-index.ts';
import { assemble, type Cell, type CellContext, member, merged, valueOf } from './cell.ts';
import type { PlacedField } from './layout.ts';

interface LookupPort {
  readonly index: UInt;
  readonly value: Wire<Data>;
}

export function indexedRegister({ section, register, port, written, writeHot, readHot, restarted, readIndex }: CellContext): Cell {
  const { fields, words } = register;
  const count = section.count!;
  const writeIndex = written.index!;
  const bits = Math.ceil(Math.max(...fields.map(({ lo, width }) => lo + width)) / 8) * 8;
  const whole = { lo: 0, width: bits };
  const reset = lit(UInt(bits), fields.reduce((all, { reset: value, lo }) => all | (value << BigInt(lo)), 0n));
  const ram = mem(UInt(bits), count);
  const known = reg(UInt(count));
  const halves = (words === 1 ? [false] : [false, true]).map((high) => ({ high, writing: wire(Bool) }));
  for (const { writing } of halves) writing.set(false);
  const learnt = mux(halves.map(({ writing }) => writing as Bool).reduce((any, writing) => any.or(writing)), known.or(writeHot!), known);
  known.next = restarted === undefined ? learnt : learnt.and(restarted.not());

  /** The value of an element whose index was `index` in the cycle before, when `word` was asked of the memory. */
  const current = (index: UInt, isKnown: Bool, word: UInt) => {
    const wasKnown = reg(Bool);
    wasKnown.next = isKnown;
    let value: UInt = mux(wasKnown, word, reset);
    const collided = halves.map(({ high, writing }) => {
      const hit = reg(Bool);
      hit.next = writing.and(writeIndex.eq(index));
      value = mux(hit, merged(whole, value, { ...written, high }), value);
      return hit;
    });
    return { value, names: { wasKnown, collided } };
  };

  const asked = wire(Bool);
  asked.set(false);
  let word!: UInt;
  when(asked, () => { word = ram.readSync(readIndex!, 'software'); });
  const software = current(readIndex!, known.and(readHot!).orR(), word);
  const lookup = port as LookupPort;
  const element = elementIndex(lookup.index, count);
  const hardware = current(element, known.bit(element), ram.readSync(element, 'lookup'));
  for (const field of fields) member(register, lookup.value, field).set(valueOf(field.shape, bitsOf(field, hardware.value)));

  return {
    names: { ram, known, asked, writing: halves.map(({ writing }) => writing), software: software.names, lookup: hardware.names },
    value: () => assemble(register, fields.map((field) => ({ field, bits: bitsOf(field, software.value) }))),
    issue: () => { asked.set(true); },
    write: ({ high }) => {
      halves.find((half) => half.high === high)!.writing.set(true);
      // The first write fills the word, so that bytes that are not strobed have their reset value.
      const strobed = strobesOf(bits, written.strobes, high);
      const mask = mux(known.and(writeHot!).orR(), strobed, lit(UInt(bits / 8), (1n << BigInt(bits / 8)) - 1n));
      ram.write(writeIndex, merged(whole, reset, { ...written, high }), { bytes: mask });
    },
  };
}

function bitsOf({ lo, width }: PlacedField, value: UInt): UInt {
  return value.bits(lo + width - 1, lo);
}

/** The bus's strobes as those of a word of `bits`. */
function strobesOf(bits: number, strobes: UInt, high: boolean): UInt {
  const bytes = bits / 8;
  if (!high) return bytes <= 4 ? strobes.trunc(bytes) : strobes.zext(bytes);
  return cat(strobes.trunc(bytes - 4), lit(UInt(4), 0));
}

interface QuestionPort {
  readonly index: ValidSink<UIntShape>;
  readonly value: Read<Data>;
}

/** Hardware keeps the values and is asked for one: its answer is taken in the cycle after the question. */
export function askedRegister({ register, port, readIndex }: CellContext): Cell {
  const { index, value } = port as QuestionPort;
  index.valid.set(false);
  index.payload.set(readIndex!);
  return {
    names: {},
    value: () => assemble(register, register.fields.map((field) => ({ field, bits: pack(member(register, value, field)) }))),
    issue: () => { index.valid.set(true); },
    keepsHigh: register.words === 2,
  };
}
