/**
 * Typed accessors of a bank for test benches: `driver.page(3).control.enable.write(true)`. Names, values and what can
 * be written come from the data, so a test does not know an offset.
 */
import type { SimDrive, SimValue, Wait } from '../../index.ts';
import { describe } from '../../check/describe.ts';
import { usage } from '../../check/error.ts';
import type { Bank } from './bank.ts';
import type { Access, AnyRegister, Content, ContentShape, Counter, Field, FieldRecord, Group, Items, MixedFields, MixedRegister, Register, RegisterRecord } from './data.ts';
import { accessorsOf, type Words, type Work } from './accessor.ts';

/** What an access gives: the value itself, or (`process`) a generator for a bus model to `yield*`. */
export type Mode = 'direct' | 'process';
type Run<M extends Mode, T> = M extends 'process' ? Generator<Wait, T, void> : T;

type Held = 'rw' | 'w1c' | 'w1s';
type Readable = Held | 'ro' | 'constant';
type Writable = Held | 'pulse';

type FieldAccessor<A, S extends Field['shape'], M extends Mode> =
  (A extends Readable ? { read(): Run<M, SimValue<S>> } : unknown)
  /** Of `rw`: reads, changes the field and writes; of the others: writes zeros to the rest. */
  & (A extends Writable ? { write(value: SimDrive<S>): Run<M, void> } : unknown);

/** Fields that share a name with a method of the register stand in `fields` only. */
type Method = 'read' | 'write' | 'update' | 'address' | 'fields';
type FieldAccessors<F extends FieldRecord, A, M extends Mode> = { readonly [K in keyof F]: FieldAccessor<A, F[K]['shape'], M> };

type RegisterAccessor<A extends Access, F extends Content, M extends Mode> =
  { readonly address: number }
  & (A extends Readable ? { read(): Run<M, SimValue<ContentShape<F>>> } : unknown)
  & (A extends 'rw' | 'pulse' ? { write(value: SimDrive<ContentShape<F>>): Run<M, void> } : unknown)
  /** Writes 1 to the bits that are given, and 0 to the others. */
  & (A extends 'w1c' | 'w1s' ? { write(value: F extends Field ? SimDrive<ContentShape<F>> : Partial<SimDrive<ContentShape<F>>>): Run<M, void> } : unknown)
  /** Reads, changes what is given and writes. */
  & (A extends 'rw' ? (F extends FieldRecord ? { update(value: Partial<SimDrive<ContentShape<F>>>): Run<M, void> } : unknown) : unknown)
  & (F extends FieldRecord ? { readonly fields: FieldAccessors<F, A, M> } & Omit<FieldAccessors<F, A, M>, Method> : unknown);

type Intersection<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never;
type Values<F> = { [K in keyof F]: F[K] extends Field<infer S> ? SimValue<S> : never };
type Drives<F> = { [K in keyof F]?: F[K] extends Field<infer S> ? SimDrive<S> : never };
type MixedOf<G extends MixedFields, A extends Access> = Intersection<{ [K in keyof G & A]: G[K] }[keyof G & A]>;
type MixedAccessors<G extends MixedFields, M extends Mode> = Intersection<{ [A in keyof G]: G[A] extends FieldRecord ? FieldAccessors<G[A], A, M> : never }[keyof G]>;

type MixedAccessor<G extends MixedFields, M extends Mode> = {
  readonly address: number;
  read(): Run<M, Values<MixedOf<G, Readable>>>;
  /** Reads, changes what is given and writes; fields that are not held get 0 unless given. */
  update(value: Drives<MixedOf<G, Writable>>): Run<M, void>;
  readonly fields: MixedAccessors<G, M>;
} & Omit<MixedAccessors<G, M>, Method>;

interface CounterAccessor<M extends Mode> {
  readonly address: number;
  /** Low word, then high word. */
  read(): Run<M, bigint>;
  /** @throws if the counter cannot be cleared */
  clear(): Run<M, void>;
}

type AccessorOf<R, M extends Mode> =
  R extends Register<infer A, infer F, boolean> ? RegisterAccessor<A, F, M>
  : R extends Counter ? CounterAccessor<M>
  : R extends MixedRegister<infer G> ? MixedAccessor<G, M>
  : never;

type RecordAccessors<R extends RegisterRecord, M extends Mode> = { readonly [K in keyof R]: AccessorOf<R[K], M> };

/** Groups with a count are functions of the element's index. */
export type Driver<R extends Items, M extends Mode> = {
  readonly [K in keyof R]: R[K] extends AnyRegister ? AccessorOf<R[K], M>
    : R[K] extends Group<infer G, infer N, boolean> ? (N extends true ? (index: number) => RecordAccessors<G, M> : RecordAccessors<G, M>)
    : never;
};

/** Accesses of a bus, in which each waits by itself. */
export interface RegisterBus {
  read(address: number): Generator<Wait, bigint, void>;
  write(address: number, data: bigint, strobes?: number): Generator<Wait, unknown, void>;
}

/** Accessors over plain functions: a model, or a simulator that steps inside of them. Words are 32 bits. */
export function registerDriver<R extends Items>(bank: Bank<R>, read: (address: number) => bigint | number, write: (address: number, data: bigint) => void): Driver<R, 'direct'> {
  // oxlint-disable-next-line require-yield
  function* readWord(address: number): Generator<Wait, bigint, void> {
    return BigInt(read(address));
  }
  // oxlint-disable-next-line require-yield
  function* writeWord(address: number, data: bigint): Generator<Wait, void, void> {
    write(address, data);
  }
  const finish = (process: Work): unknown => {
    const { done, value } = process.next();
    return done === true ? value : usage('registerDriver: read and write must not wait; use registerProcess');
  };
  return driverOf(bank, { read: readWord, write: writeWord }, finish) as Driver<R, 'direct'>;
}

/** Accessors for use inside of a process: `const level = yield* driver.status.level.read()`. */
export function registerProcess<R extends Items>(bank: Bank<R>, bus: RegisterBus): Driver<R, 'process'> {
  return driverOf(bank, bus, (process) => process) as Driver<R, 'process'>;
}

function driverOf({ name, layout }: Bank, bus: RegisterBus, run: (process: Work) => unknown): unknown {
  const words: Words = { ...bus, read: (address) => bus.read(address), write: (address, data) => bus.write(address, data), run };
  const driver: Record<string, unknown> = {};
  for (const section of layout.sections) {
    const { count, base, stride, registers } = section;
    if (section.name === '') Object.assign(driver, accessorsOf(words, registers, 0));
    else if (count === undefined) driver[section.name] = accessorsOf(words, registers, base);
    else {
      driver[section.name] = (index: number) => {
        if (!Number.isInteger(index) || index < 0 || index >= count) usage(`registers ${name}: ${section.name} has elements 0 to ${count - 1}, not ${describe(index)}`);
        return accessorsOf(words, registers, base + index * stride);
      };
    }
  }
  return driver;
}
