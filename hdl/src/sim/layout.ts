/**
 * Where everything lives in linear memory. Depends on the design alone, not on the code: code modules compiled
 * later (a trace, say) run on the same memory.
 *
 *     0        status of the cycle, cycle number
 *     inputs   for the next edge, ports in 8-byte limbs; the same again as of the last edge
 *     outputs  as sampled at the last edge; the same again as of now
 *     state    registers and all else that the clock edge changes
 *     next     its value after the edge, same layout: the edge is one copy
 *     memories each followed by a word of zeros, which reads beyond the depth give
 *     ----     end of what `save` keeps
 *     scratch  write ports between evaluation and edge, values that cross functions, constant tables
 */
import type { Assertion, Memory, MemoryRead } from '../ir/design.ts';
import type { Net } from '../ir/net.ts';
import { SimulationError } from './error.ts';
import type { FlatDesign, Scope } from './flatten.ts';
import { limbCount } from './code/lower/value.ts';

/** A value in memory: 4 bytes up to 32 bits (ports: 8), else 8-byte limbs, little-endian. */
export interface Slot {
  readonly offset: number;
  readonly width: number;
}

export interface PortSlot extends Slot {
  readonly name: string;
}

export interface MemoryRegion {
  readonly memory: Memory;
  readonly scope: Scope;
  readonly offset: number;
  /** Bytes a word: 1, 2, 4, 8 or a multiple of 8. */
  readonly stride: number;
}

/** What is known of a synchronous read whose word was written in the same cycle, until the port's next read. */
export interface CollisionSlots {
  readonly flag: Slot;
  readonly address: Slot;
  /** Cycle of the collision, modulo 2^64. */
  readonly cycle: Slot;
  /** Bits of the word that were written; undefined if writes are of whole words. */
  readonly written: Slot | undefined;
}

export interface ReadSlots {
  readonly region: MemoryRegion;
  readonly read: MemoryRead;
  readonly scope: Scope;
  /** The port's data as the design sees it. */
  readonly data: Slot;
  /** With an output register: the register before it. */
  readonly stage: Slot | undefined;
  /** Of an `asserted` memory; belongs to `stage` if there is one, and `visible` to `data`. */
  readonly collision: CollisionSlots | undefined;
  readonly visible: CollisionSlots | undefined;
}

export const STATUS = {
  /** i32, 1: an assertion does not hold in this cycle. */
  failed: 0,
  /** i32, 1: the design can see the data of a read that collided. */
  collided: 4,
  /** i64: number of edges so far. */
  cycle: 8,
  /** i32, 1: what the design does in this cycle may depend on such data. Only valid while `collided` is 1. */
  suspect: 16,
} as const;

/** Inputs and state are compared and copied in vectors of this size: they start and end at multiples of it. */
export const CHUNK_BYTES = 16;

const HEADER_BYTES = 64;
const PAGE_BYTES = 65536;
/** WebAssembly addresses 4 GiB. */
const MOST_PAGES = 65536;

/** Hands out memory, upwards. */
export class Arena {
  end: number;

  constructor(start: number) {
    this.end = start;
  }

  take(bytes: number, alignment: number): number {
    const offset = Math.ceil(this.end / alignment) * alignment;
    this.end = offset + bytes;
    return offset;
  }

  value(width: number): Slot {
    return width <= 32 ? { offset: this.take(4, 4), width } : { offset: this.take(8 * limbCount(width), 8), width };
  }

  /** Rounds up and returns the end. */
  align(alignment: number): number {
    return this.take(0, alignment);
  }
}

export interface Layout {
  readonly inputs: readonly PortSlot[];
  /** Distance from an input to the same input at the last edge. */
  readonly inputDistance: number;
  readonly reset: Slot;
  readonly sampled: readonly PortSlot[];
  /** Distance from a sampled output to the same output as of now. */
  readonly nowDistance: number;
  readonly inputArea: Area;
  readonly sampledArea: Area;
  /** The part of it that is not probes. */
  readonly outputArea: Area;
  readonly stateArea: Area;
  /** Distance from a state slot to its next value. */
  readonly nextDistance: number;
  readonly registers: ReadonlyMap<Scope, ReadonlyMap<Net, Slot>>;
  readonly reads: ReadonlyMap<Scope, ReadonlyMap<Net, ReadSlots>>;
  readonly memories: ReadonlyMap<Scope, ReadonlyMap<Memory, MemoryRegion>>;
  /** Counters of `cover`, 64 bits each. */
  readonly covers: ReadonlyMap<Scope, ReadonlyMap<Assertion, Slot>>;
  /** End of the next state, start of the memories. */
  readonly memoryStart: number;
  /** End of what is state of the simulation. */
  readonly persistentEnd: number;
}

export interface Area {
  readonly offset: number;
  readonly bytes: number;
}

/** @param outputs everything that is visible at the top, probes last */
export function layOut(flat: FlatDesign, outputs: readonly { readonly name: string; readonly width: number; readonly isProbe: boolean }[], assertions: boolean): Layout {
  const top = flat.scopes[0]!;
  const arena = new Arena(HEADER_BYTES);
  const port = ({ name, width }: { readonly name: string; readonly width: number }): PortSlot => ({ name, width, offset: arena.take(8 * limbCount(width), 8) });

  const inputStart = arena.align(CHUNK_BYTES);
  const reset = port({ name: 'rst', width: 1 });
  const inputs = [reset, ...top.module.ports.filter((net) => net.kind === 'input').map(port)];
  const inputBytes = arena.align(CHUNK_BYTES) - inputStart;
  arena.take(inputBytes, 8);
  const sampledStart = arena.align(8);
  const sampled = outputs.map(port);
  const sampledBytes = arena.end - sampledStart;
  const outputBytes = (sampled[outputs.findIndex(({ isProbe }) => isProbe)]?.offset ?? arena.end) - sampledStart;
  arena.take(sampledBytes, 8);

  const stateStart = arena.align(64);
  const memories = new Map<Scope, Map<Memory, MemoryRegion>>();
  const registers = perScope(flat, (scope) => new Map(scope.module.registers.map((net) => [net, arena.value(net.width)])));
  const pendingReads = perScope(flat, (scope) =>
    scope.module.memories.flatMap((memory) => memory.reads.filter((read) => read.kind === 'synchronous').map((read) => {
      const asserted = assertions && memory.collision === 'asserted' && memory.write !== undefined;
      const stage = read.outputRegister ? arena.value(memory.width) : undefined;
      const data = arena.value(memory.width);
      const collision = asserted ? collisionSlots(arena, memory) : undefined;
      const visible = asserted && read.outputRegister ? collisionSlots(arena, memory) : collision;
      return { memory, read, scope, stage, data, collision, visible };
    })));
  const covers = perScope(flat, (scope) =>
    new Map(scope.module.assertions.filter((one) => assertions && one.kind === 'cover').map((one) => [one, arena.value(64)])));
  const stateBytes = arena.align(64) - stateStart;
  arena.take(stateBytes, 64);

  const memoryStart = arena.align(64);
  for (const scope of flat.scopes) memories.set(scope, new Map(scope.module.memories.map((memory) => [memory, region(arena, scope, memory)])));
  const reads = perScope(flat, (scope) =>
    new Map(pendingReads.get(scope)!.map(({ memory, ...rest }) => [rest.read.data, { ...rest, region: memories.get(scope)!.get(memory)! }])));

  return {
    inputs, inputDistance: inputBytes, reset, sampled, nowDistance: sampledBytes,
    inputArea: { offset: inputStart, bytes: inputBytes },
    sampledArea: { offset: sampledStart, bytes: sampledBytes },
    outputArea: { offset: sampledStart, bytes: outputBytes },
    stateArea: { offset: stateStart, bytes: stateBytes },
    nextDistance: stateBytes,
    registers, reads, memories, covers,
    memoryStart,
    persistentEnd: arena.align(64),
  };
}

function perScope<T>(flat: FlatDesign, make: (scope: Scope) => T): Map<Scope, T> {
  return new Map(flat.scopes.map((scope) => [scope, make(scope)]));
}

function collisionSlots(arena: Arena, { width, write }: Memory): CollisionSlots {
  const written = write?.mask === undefined ? undefined : arena.value(width);
  return { flag: arena.value(1), address: arena.value(32), cycle: arena.value(64), written };
}

function region(arena: Arena, scope: Scope, memory: Memory): MemoryRegion {
  const { width, depth } = memory;
  const stride = width <= 8 ? 1 : width <= 16 ? 2 : width <= 32 ? 4 : 8 * limbCount(width);
  return { memory, scope, stride, offset: arena.take(stride * (depth + 1), 8) };
}

/** Number of WebAssembly pages that hold `bytes`. */
export function pagesFor(bytes: number): number {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  if (pages > MOST_PAGES) {
    throw new SimulationError(`the design's memories need ${(bytes / 2 ** 30).toFixed(1)} GiB, the simulator has 4 GiB: simulate it with smaller memories`);
  }
  return pages;
}
