/** Traffic for tests of streams: items through both ends with pauses, and the stream's rule watched on the way. */
import { type Data, In, module, type ModuleDefinition, Out, pausing, type Process, type Simulation, type Source, Stream, streamSink, streamSource, UInt } from '@vtoe/hdl';
import { expect } from 'vitest';

/** Idle and back-pressure in percent of the cycles: none, one side, both, and hardly ever ready. */
export const LOADS = [[0, 0], [0, 60], [60, 0], [40, 40], [10, 90]] as const;

export const Word = UInt(12);

/** `count` words in which each differs from its neighbours. */
export function words(count: number, start = 0): bigint[] {
  return Array.from({ length: count }, (_, i) => BigInt(((start + i) * 37) % 4096));
}

const through = <T extends Data, U extends Data>(from: T, to: U) => ({ in: In(Stream(from)), out: Out(Stream(to)) });
export type Through<T extends Data, U extends Data = T> = ModuleDefinition<ReturnType<typeof through<T, U>>>;

/** A verb as a module of its own. */
export function wrapped<T extends Data, U extends Data>(name: string, from: T, to: U, verb: (source: Source<T>) => Source<U>): Through<T, U> {
  return module(name, { f: from, t: to }, through(from, to), (io) => {
    io.out.from(verb(io.in));
  });
}

/** A stream as it was at the last edge. */
export interface Observed {
  readonly valid: boolean;
  readonly ready: boolean;
  readonly payload: unknown;
}

/** Fails if valid falls or the payload changes before ready. */
export function* heldUntilReady(sampled: Observed, name = 'out'): Process {
  let waiting: string | undefined;
  for (;;) {
    yield;
    const now = sampled.valid ? text(sampled.payload) : undefined;
    if (waiting !== undefined) expect(now, `${name}: offered and not taken`).toBe(waiting);
    waiting = sampled.valid && !sampled.ready ? now : undefined;
  }
}

type Ports<T extends Data> = ReturnType<typeof through<T, T>>;

/** Sends `items` through a verb whose both ends are words, until `expected` have come out; returns what came and in how many cycles. */
export function pump(
  sim: Simulation<Ports<typeof Word>>, items: readonly bigint[], { idle = 0, pressure = 0, expected = items.length }: { idle?: number; pressure?: number; expected?: number } = {},
): { out: bigint[]; cycles: number } {
  const out: bigint[] = [];
  sim.start(streamSource(sim.io.in, sim.sampled.in, items, pausing(idle, 1)));
  sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 2)));
  sim.start(heldUntilReady(sim.sampled.out));
  const start = sim.cycle;
  sim.until(() => out.length === expected, 100 + 30 * items.length);
  return { out, cycles: sim.cycle - start };
}

/** Edges between an item's offer to an empty module and the cycle in which it stands at the output. */
export function latency(sim: Simulation<Ports<typeof Word>>): number {
  const start = sim.cycle;
  sim.start(streamSource(sim.io.in, sim.sampled.in, [5]));
  sim.io.out.ready = true;
  sim.until(() => sim.io.out.valid, 20);
  const cycles = sim.cycle - start;
  sim.step();
  return cycles;
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
}
