/** What one clock cycle computes: a list of stores, every operand a machine word, and the memory writes of the edge. */
import type { Assertion, MemoryWrite } from '../../ir/design.ts';
import type { Net } from '../../ir/net.ts';
import type { FlatDesign, Scope } from '../flatten.ts';
import { STATUS, type Arena, type CollisionSlots, type Layout, type MemoryRegion, type ReadSlots, type Slot } from '../layout.ts';
import type { Lowering } from './lowering.ts';
import { equal } from './lower/arithmetic.ts';
import { expandLanes } from './lower/operator.ts';
import { anySet, below, constantValue, slice, type Sized, type Value } from './lower/value.ts';
import type { Words } from './simplify.ts';
import { suspicion } from '../suspicion.ts';
import type { TopOutput } from '../top-outputs.ts';
import { TYPE } from './wasm/opcodes.ts';
import type { Word } from './words.ts';

/** Writes `word` to memory. */
export interface Store {
  /** Scope whose state or output this is: stores of one scope stay together. */
  readonly scope: Scope;
  readonly address: number;
  readonly word: Word;
  /** When `word` is this, the store may be left out: memory has that value already. */
  readonly hold: Word | undefined;
  /** Whether the design's behaviour depends on it: not so for what only watches. */
  readonly counts: boolean;
}

/** A memory's write port between evaluation and edge: where its signals are. */
export interface WritePort {
  readonly region: MemoryRegion;
  /** i32: 1 if a word is written. The other signals are valid only then. */
  readonly enable: number;
  /** i32: distance of the word from the memory's start, in bytes. */
  readonly index: number;
  readonly data: Slot;
  /** Ones where the word is written; `data` is zero elsewhere. Absent if whole words are written. */
  readonly mask: Slot | undefined;
}

export interface Program {
  readonly stores: readonly Store[];
  readonly writePorts: readonly WritePort[];
  /** 1 if the cycle may depend on data of a read that collided; to be computed only if there was such a read. */
  readonly suspect: Word;
}

/** Lowers everything that a cycle needs, scope by scope. */
export function cycleProgram(flat: FlatDesign, layout: Layout, outputs: readonly TopOutput[], lowering: Lowering, scratch: Arena, assertions: boolean): Program {
  const builder = new ProgramBuilder(layout, lowering, scratch);
  const byScope = new Map(flat.scopes.map((scope) => [scope, [] as (TopOutput & { readonly slot: Slot })[]]));
  for (const [i, output] of outputs.entries()) byScope.get(output.scope)!.push({ ...output, slot: layout.sampled[i]! });
  for (const scope of flat.scopes) {
    for (const { source, slot, isProbe } of byScope.get(scope)!) builder.store(scope, slot, lowering.of(scope, source), undefined, !isProbe);
    if (assertions) builder.assertions(scope);
    for (const [net, slot] of layout.registers.get(scope)!) builder.register(scope, net, slot);
    const ports = scope.module.memories.flatMap((memory) => {
      const port = memory.write === undefined ? undefined : builder.write(scope, memory.write, layout.memories.get(scope)!.get(memory)!);
      return port === undefined ? [] : [[memory, port] as const];
    });
    const writes = new Map(ports);
    for (const read of layout.reads.get(scope)!.values()) builder.synchronousRead(read, writes.get(read.region.memory));
  }
  builder.status(flat.scopes[0]!);
  const reads = [...layout.reads.values()].flatMap((ports) => [...ports.values()]);
  const suspect = suspicion(lowering.words, builder.stores, reads);
  return { stores: builder.stores, writePorts: builder.writePorts, suspect: lowering.words.and(suspect, builder.outsideReset) };
}

/** Signals of a write port while the cycle is evaluated. */
interface WriteSignals {
  readonly enable: Word;
  readonly address: Sized;
  readonly mask: Value | undefined;
}

class ProgramBuilder {
  readonly stores: Store[] = [];
  readonly writePorts: WritePort[] = [];
  readonly #layout: Layout;
  readonly #lowering: Lowering;
  readonly #words: Words;
  readonly #scratch: Arena;
  readonly outsideReset: Word;
  #failed: Word;

  constructor(layout: Layout, lowering: Lowering, scratch: Arena) {
    this.#layout = layout;
    this.#lowering = lowering;
    this.#words = lowering.words;
    this.#scratch = scratch;
    this.outsideReset = lowering.words.eqz(lowering.load(layout.reset)[0]!);
    this.#failed = lowering.words.i32(0);
  }

  store(scope: Scope, slot: Slot, value: Value, hold?: Value, counts = true): void {
    for (const [k, word] of value.entries()) this.stores.push({ scope, address: slot.offset + 8 * k, word, hold: hold?.[k], counts });
  }

  /** Next value of something that changes at the edge. */
  next(scope: Scope, slot: Slot, value: Value, counts = true): void {
    this.store(scope, { offset: slot.offset + this.#layout.nextDistance, width: slot.width }, value, this.#lowering.load(slot), counts);
  }

  register(scope: Scope, net: Net, slot: Slot): void {
    const value = this.#lowering.of(scope, scope.logic.next(net));
    const { reset, verificationOnly } = net.register!;
    const next = reset === undefined ? value : this.#choose(this.outsideReset, value, constantValue(this.#words, net.width, reset));
    this.next(scope, slot, next, !verificationOnly);
  }

  assertions(scope: Scope): void {
    const words = this.#words;
    let failed = words.i32(0);
    for (const one of scope.module.assertions) {
      const checked = words.and(this.#lowering.bit(scope, one.enable), this.outsideReset);
      const condition = this.#lowering.bit(scope, one.condition);
      if (one.kind === 'cover') this.#cover(scope, one, words.and(checked, condition));
      else failed = words.or(failed, words.and(checked, words.eqz(condition)));
    }
    this.#failed = words.or(this.#failed, failed);
  }

  #cover(scope: Scope, assertion: Assertion, hit: Word): void {
    const slot = this.#layout.covers.get(scope)!.get(assertion)!;
    const count = this.#lowering.load(slot);
    this.next(scope, slot, this.#choose(hit, [this.#words.add(count[0]!, this.#words.i64(1))], count), false);
  }

  write(scope: Scope, write: MemoryWrite, region: MemoryRegion): WriteSignals {
    const words = this.#words;
    const { width, depth } = region.memory;
    const address: Sized = { value: this.#lowering.of(scope, write.address), width: write.address.width };
    const enable = words.and(this.#lowering.bit(scope, write.enable), below(words, address, depth));
    const mask = write.mask === undefined ? undefined
      : expandLanes(words, { value: this.#lowering.of(scope, write.mask), width: write.mask.width }, write.lanes, width);
    const data = this.#lowering.of(scope, write.data);

    const slots: WritePort = {
      region,
      enable: this.#scratch.value(1).offset,
      index: this.#scratch.value(32).offset,
      data: this.#scratch.value(width),
      mask: mask === undefined ? undefined : this.#scratch.value(width),
    };
    this.store(scope, { offset: slots.enable, width: 1 }, [enable]);
    const index = words.mul(words.as(TYPE.i32, address.value[0]!), words.i32(region.stride));
    this.#whileEnabled(scope, { offset: slots.index, width: 32 }, enable, [index]);
    this.#whileEnabled(scope, slots.data, enable, mask === undefined ? data : data.map((word, k) => words.and(word, mask[k]!)));
    if (mask !== undefined) this.#whileEnabled(scope, slots.mask!, enable, mask);
    this.writePorts.push(slots);
    return { enable, address, mask };
  }

  #whileEnabled(scope: Scope, slot: Slot, enable: Word, value: Value): void {
    const hold = this.#lowering.load(slot);
    this.store(scope, slot, this.#choose(enable, value, hold), hold);
  }

  synchronousRead({ region, read, scope, data, stage, collision, visible }: ReadSlots, write: WriteSignals | undefined): void {
    const address: Sized = { value: this.#lowering.of(scope, read.address), width: read.address.width };
    const enable = this.#lowering.bit(scope, read.enable);
    const first = stage ?? data;
    this.next(scope, first, this.#choose(enable, this.#lowering.read(region, address), this.#lowering.load(first)));
    if (stage !== undefined) this.next(scope, data, this.#lowering.load(stage));
    if (collision !== undefined && write !== undefined) this.#collision(scope, collision, enable, address, write);
    if (collision !== undefined && visible !== undefined && visible !== collision) this.#delayed(scope, collision, visible);
  }

  /** Notes that an enabled read meets a write of the same word; the note stays until the next enabled read. */
  #collision(scope: Scope, slots: CollisionSlots, enable: Word, address: Sized, write: WriteSignals): void {
    const words = this.#words;
    const width = Math.max(address.width, write.address.width);
    const same = equal(words, slice(words, address.value, 0, width), slice(words, write.address.value, 0, width));
    const met = words.and(words.and(enable, write.enable), same);
    const hit = write.mask === undefined ? met : words.and(met, anySet(words, write.mask));
    const keep = (slot: Slot, value: Value): void => this.next(scope, slot, this.#choose(hit, value, this.#lowering.load(slot)), false);
    this.next(scope, slots.flag, this.#choose(enable, [hit], this.#lowering.load(slots.flag)), false);
    keep(slots.address, [words.as(TYPE.i32, address.value[0]!)]);
    keep(slots.cycle, [words.load(TYPE.i64, STATUS.cycle, 64)]);
    if (slots.written !== undefined) keep(slots.written, write.mask!);
  }

  /** The note goes through the output register with the data. */
  #delayed(scope: Scope, from: CollisionSlots, to: CollisionSlots): void {
    const flag = this.#lowering.load(from.flag);
    this.next(scope, to.flag, flag, false);
    for (const part of ['address', 'cycle', 'written'] as const) {
      const [source, target] = [from[part], to[part]];
      if (source === undefined || target === undefined) continue;
      this.next(scope, target, this.#choose(flag[0]!, this.#lowering.load(source), this.#lowering.load(target)), false);
    }
  }

  /** Tells the run loop whether an assertion does not hold, and whether any port's data must not matter in this cycle. */
  status(top: Scope): void {
    const flags = [...this.#layout.reads.values()].flatMap((reads) => [...reads.values()])
      .flatMap(({ visible }) => (visible === undefined ? [] : this.#lowering.load(visible.flag)));
    this.store(top, { offset: STATUS.failed, width: 1 }, [this.#failed], undefined, false);
    this.store(top, { offset: STATUS.collided, width: 1 }, [flags.reduce((a, b) => this.#words.or(a, b), this.#words.i32(0))], undefined, false);
  }

  #choose(condition: Word, a: Value, b: Value): Value {
    return a.map((word, k) => this.#words.select(condition, word, b[k]!));
  }
}
