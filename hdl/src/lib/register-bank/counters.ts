/**
 * Counters of 64 bits: as registers with an adder each, or (indexed) a memory and one adder for all elements.
 *
 * An increment is in the count after one cycle; in that of an indexed counter after two. None is ever lost.
 */
import { Bool, type BundleShape, type Data, mem, mux, pack, type Read, reg, type Shaped, UInt, type UIntShape, type ValidSource, Vec, when, wire } from '../../index.ts';
import { type Cell, type CellContext, forElement } from './cell.ts';

export function replicatedCounter({ section, register, port }: CellContext): Cell {
  const { count } = section;
  const states = count === undefined ? undefined : reg(Vec(UInt(64), count));
  const single = states === undefined ? reg(UInt(64)) : undefined;
  const state = (i: number) => single ?? states!.at(i);
  const amount = (i: number) => pack(count === undefined ? port as Read<Data> : (port as { at(i: number): Shaped<Data> }).at(i)).zext(64);
  for (let i = 0; i < (count ?? 1); i++) state(i).next = state(i).add(amount(i));
  const zero = (index: UInt | undefined): void => forElement(count, index, (i) => { state(i).next = amount(i); });
  return {
    names: single ?? states,
    value: (index) => single ?? states!.at(index!),
    keepsHigh: true,
    ...(register.writable && {
      write: ({ high, index, strobes }) => {
        if (!high) when(strobes.orR(), () => zero(index));
      },
    }),
    restart: zero,
  };
}

type Event = ValidSource<BundleShape<{ readonly index: UIntShape; readonly by: UIntShape }>>;

/**
 * Read, add, write: the sum of the cycle before is forwarded, so the same element may count in every cycle. A bit for
 * each element says whether it has counted since reset or clear; the memory's content counts only then.
 */
export function indexedCounter({ section, register, port, writeHot, readHot, restarted, readIndex }: CellContext): Cell {
  const event = port as Event;
  const count = section.count!;
  const index = event.payload.index.shape;
  const ram = mem(UInt(64), count);
  const counted = reg(UInt(count));
  const valid = reg(Bool), element = reg(index, { reset: false }), by = reg(UInt(event.payload.by.width), { reset: false });
  const summed = reg(Bool), summedElement = reg(index, { reset: false }), sum = reg(UInt(64), { reset: false });
  const asked = wire(Bool), cleared = wire(Bool);
  asked.set(false);
  cleared.set(false);

  let old!: UInt, stored!: UInt;
  valid.next = event.valid;
  when(event.valid, () => {
    element.next = event.payload.index;
    by.next = pack(event.payload.by);
    old = ram.readSync(event.payload.index, 'count');
  });
  when(asked, () => { stored = ram.readSync(readIndex!, 'software'); });

  const newest = (of: UInt, word: UInt): UInt => mux(summed.and(summedElement.eq(of)), sum, word);
  const elementHot = element.oneHot(count);
  const notCleared = register.writable ? mux(cleared, counted.and(writeHot!.not()), counted) : counted;
  const before = restarted === undefined ? notCleared : notCleared.and(restarted.not());
  const after = mux(before.and(elementHot).orR(), newest(element, old), 0).add(by.zext(64));
  summed.next = valid;
  counted.next = before;
  when(valid, () => {
    ram.write(element, after);
    summedElement.next = element;
    sum.next = after;
    counted.next = before.or(elementHot);
  });

  return {
    names: { ram, counted, valid, element, elementHot, by, summed, summedElement, sum, asked, cleared, before, after },
    value: () => mux(counted.and(readHot!).orR(), newest(readIndex!, stored), 0),
    issue: () => { asked.set(true); },
    keepsHigh: true,
    ...(register.writable && {
      write: ({ high, strobes }) => {
        if (!high) when(strobes.orR(), () => { cleared.set(true); });
      },
    }),
  };
}
