/**
 * A first-in-first-out queue of any payload, made of registers, of LUT RAM or of block RAM.
 *
 * One item in and one out per cycle; an item can leave 1 cycle after it came (block RAM: 2). Its oldest item stands at
 * the output before it is asked for ("first word fall-through").
 * It has one clock, no flush, and no notion of packets (see `packetFifo`).
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import {
  assert, Bool, clog2, type Data, In, type InnerPorts, type InPort, inst, mem, type Memory, module, type ModuleDefinition,
  mux, Out, type OutPort, type Read, reg, type Reg, scope, type Source, Stream, type StreamShape, UInt, type UIntShape, when,
} from '../index.ts';
import { atLeast } from './stream-verb.ts';

/** What holds the items: `register` from 1 item up, `lut` from 2, `block` from 3 (below that, no item a cycle). */
export type FifoForm = 'register' | 'lut' | 'block';

export interface FifoOptions {
  /** By default `register` up to 2 items, `lut` up to 64 (two LUTs deep on most FPGAs), `block` beyond. */
  readonly form?: FifoForm;
}

export type FifoPorts<T extends Data> = {
  /** Taken while ready; ready does not depend on valid. */
  readonly in: InPort<StreamShape<T>>;
  readonly out: OutPort<StreamShape<T>>;
  /** Items inside, 0 to depth: clog2(depth + 1) bits. */
  readonly level: OutPort<UIntShape>;
};

/** Smallest depth that still takes an item a cycle: that many are under way inside. */
const SMALLEST: Readonly<Record<FifoForm, number>> = { register: 1, lut: 2, block: 3 };

/**
 * A FIFO that holds exactly `depth` items. Only with depth 1 is the input's ready combinational from the output's:
 * a single register must take the next item in the cycle in which it gives up the last.
 */
export function fifo<T extends Data>(payload: T, depth: number, options: FifoOptions = {}): ModuleDefinition<FifoPorts<T>> {
  const form = fifoForm(depth, options);
  const ports = { in: In(Stream(payload)), out: Out(Stream(payload)), level: Out(UInt(clog2(depth + 1))) };
  return module(`fifo_${form}`, { t: payload, d: depth }, ports, (io) => {
    const count = reg(UInt(clog2(depth + 1)));
    const [push, pop] = [io.in.fire, io.out.fire];
    const inside = { register: inRegisters<T>, lut: inLutRam<T>, block: inBlockRam<T> }[form]({ io, payload, depth, count, push, pop });
    when(push.and(pop.not()), () => { count.next = count.add(1); })
      .elsewhen(pop.and(push.not()), () => { count.next = count.sub(1); });
    io.level.set(count);
    return { count, push, pop, ...inside };
  });
}

/** `source` behind a FIFO of `depth` items. */
export function queue<T extends Data>(source: Source<T>, depth: number, options: FifoOptions = {}): Source<T> {
  return scope('queue', () => {
    const store = inst(fifo(source.payload.shape, depth, options), { in: source });
    return { fifo: store, out: store.out };
  }).out;
}

/** The form that `fifo` takes for this depth. @throws a depth that is too small for it */
function fifoForm(depth: number, options: FifoOptions): FifoForm {
  atLeast('fifo', 'depth', depth, 1);
  const { form = depth <= 2 ? 'register' : depth <= 64 ? 'lut' : 'block' } = options;
  if (!Object.hasOwn(SMALLEST, form)) usage(`fifo: form must be 'register', 'lut' or 'block', not ${describe(form)}`);
  if (depth < SMALLEST[form]) usage(`fifo: form '${form}' needs a depth of at least ${SMALLEST[form]}, not ${depth}`);
  return form;
}

interface Inside<T extends Data> {
  readonly io: InnerPorts<FifoPorts<T>>;
  readonly payload: T;
  readonly depth: number;
  /** Items inside. */
  readonly count: UInt;
  /** An item comes, an item leaves. */
  readonly push: Bool;
  readonly pop: Bool;
}

/** The oldest item in slot 0, straight at the output; all move down as it leaves. */
function inRegisters<T extends Data>({ io, payload, depth, count, push, pop }: Inside<T>) {
  const slots = Array.from({ length: depth }, () => reg(payload, { reset: false }));
  const room = count.ne(depth);
  io.in.ready.set(depth === 1 ? room.or(io.out.ready) : room);
  io.out.valid.set(count.ne(0));
  io.out.payload.set(slots[0]!);
  const tail = mux(pop, count.sub(1), count);
  for (const [i, slot] of slots.entries()) {
    const above = slots[i + 1];
    if (above !== undefined) when(pop, () => { slot.next = above; });
    when(push.and(tail.eq(i)), () => { slot.next = io.in.payload; });
  }
  return { slots, tail };
}

/** A ring, read asynchronously: the output is behind the RAM's read multiplexer. */
function inLutRam<T extends Data>({ io, payload, depth, count, push, pop }: Inside<T>) {
  const ram = mem(payload, depth, { style: 'distributed' });
  const [wr, rd] = [pointer(depth), pointer(depth)];
  io.in.ready.set(count.ne(depth));
  io.out.valid.set(count.ne(0));
  io.out.payload.set(ram.read(rd));
  when(push, () => {
    ram.write(wr, io.in.payload);
    advance(wr, depth);
  });
  when(pop, () => { advance(rd, depth); });

  // Else an item was lost or is given twice.
  assert(wr.eq(rd).eq(count.eq(0).or(count.eq(depth))), 'fifo: the pointers meet only if it is empty or full');
  return { ram, wr, rd };
}

/**
 * A ring, read synchronously: the output latch of the RAM is the last place of the queue, loaded ahead. A word is read
 * the cycle after it was written at the earliest, so a read never meets the write of its word.
 */
function inBlockRam<T extends Data>({ io, payload, depth, count, push }: Inside<T>) {
  const ram = mem(payload, depth, { style: 'block', collision: 'asserted' });
  const [wr, rd] = [pointer(depth), pointer(depth)];
  const loaded = reg(Bool);
  const unread = mux(loaded, count.ne(0).and(count.ne(1)), count.ne(0));
  const free = loaded.not().or(io.out.ready);
  const load = free.and(unread);
  io.in.ready.set(count.ne(depth));
  io.out.valid.set(loaded);
  io.out.payload.set(readWhen(load, ram, rd));
  when(push, () => {
    ram.write(wr, io.in.payload);
    advance(wr, depth);
  });
  when(free, () => { loaded.next = unread; });
  when(load, () => { advance(rd, depth); });

  // The places from rd to wr are those of the words that were not read yet.
  assert(wr.eq(rd).eq(unread.not().or(count.eq(depth).and(loaded.not()))), 'fifo: the pointers meet only if the RAM is empty or full');
  return { ram, wr, rd, loaded, unread, load };
}

/** The word at `address` as it was in the last cycle in which `enable` held: the latch at the RAM's output. */
export function readWhen<T extends Data>(enable: Bool, ram: Memory<T>, address: UInt): Read<T> {
  const read: Read<T>[] = [];
  when(enable, () => { read.push(ram.readSync(address)); });
  return read[0]!;
}

/** Address of a ring of `depth` words. */
function pointer(depth: number): Reg<UIntShape> {
  return reg(UInt(Math.max(1, clog2(depth))));
}

/** To the next word, at the end to the first. */
function advance(pointer: Reg<UIntShape>, depth: number): void {
  pointer.next = depth === 2 ** pointer.width ? pointer.add(1) : mux(pointer.eq(depth - 1), 0, pointer.add(1));
}
