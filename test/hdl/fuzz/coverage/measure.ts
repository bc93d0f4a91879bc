/**
 * Measures coverage: a point counts for its cells if its value changes during the run (it toggles) and an inversion of
 * its lowest bit, and by itself one of its highest bit, changes an output of the top (it is observed).
 *
 * The inversion lasts for the whole run. For what must be observed after a reset in mid-run, an output must differ
 * after that reset. All of it happens on the built-in engine, which the other engines have confirmed on the design.
 *
 * Cells that reached {@link ENOUGH} are not measured any further: their counts are lower bounds.
 */
import { type BuiltinEngine, createEngine } from '@vtoe/hdl';
import { RANDOM_SEED } from '../../engines/bench.ts';
import { portsOf } from '../../engines/builtin.ts';
import { build } from '../build.ts';
import type { Spec } from '../spec.ts';
import { stimulusOf } from '../stimulus.ts';
import type { Counts } from './cells.ts';
import { FLIP, instrument, tapName } from './instrument.ts';
import { type Point, pointsOf } from './points.ts';

export const ENOUGH = 20;

/** Points of one cell measured in one design. */
const PER_DESIGN = 2;

/** From this cycle on a reset is in mid-run. */
const MID_RUN = 4;

export function measure(spec: Spec, counts: Counts, enough = ENOUGH): void {
  const points = choose(pointsOf(spec), counts, enough);
  if (points.length === 0) return;
  const probe = new Probe(instrument(spec, points), points.length);
  for (const [index, point] of points.entries()) {
    if (!probe.toggles(index)) continue;
    const late = point.cellsAfterReset.length > 0;
    const low = probe.observed(index * 2, late);
    if (!low.ever) continue;
    const high = probe.observed(index * 2 + 1, late);
    if (high.ever) for (const cell of point.cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
    if (low.afterReset && high.afterReset) for (const cell of point.cellsAfterReset) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
}

/** A few points for every cell that has not enough yet. */
function choose(points: readonly Point[], counts: Counts, enough: number): Point[] {
  const taken = new Map<string, number>();
  return points.filter(({ cells, cellsAfterReset }) => {
    const open = [...cells, ...cellsAfterReset].filter((cell) => (counts.get(cell) ?? 0) < enough && (taken.get(cell) ?? 0) < PER_DESIGN);
    for (const cell of open) taken.set(cell, (taken.get(cell) ?? 0) + 1);
    return open.length > 0;
  });
}

interface Observed {
  readonly ever: boolean;
  readonly afterReset: boolean;
}

/** Words of linear memory that a port's value takes. */
interface Words {
  readonly first: number;
  readonly count: number;
}

/** An instrumented design and its run without an inversion, to compare with. */
class Probe {
  readonly #engine: BuiltinEngine;
  readonly #words: Uint32Array;
  readonly #start: Uint8Array;
  readonly #inputs: readonly Words[];
  readonly #outputs: readonly Words[];
  /** By cycle. */
  readonly #stimulus: readonly (readonly Uint32Array[])[];
  readonly #sound: readonly (readonly Uint32Array[])[];
  readonly #toggled: readonly boolean[];
  readonly #midReset: number;

  constructor(spec: Spec, points: number) {
    const design = build(spec);
    const engine = createEngine(design, { seed: RANDOM_SEED, assertions: false });
    this.#engine = engine;
    this.#words = new Uint32Array(engine.buffer);
    this.#start = engine.save();
    const ports = portsOf(design);
    const taps = new Set(Array.from({ length: points }, (_, i) => tapName(i)));
    const driven = ports.inputs.filter(({ name }) => name !== FLIP);
    const words = (offset: number, width: number): Words => ({ first: offset >> 2, count: width <= 32 ? 1 : 2 * Math.ceil(width / 64) });
    this.#inputs = [{ name: 'rst', width: 1 }, ...driven].map(({ name, width }) => words(engine.input(name).offset, width));
    this.#outputs = ports.outputs.filter(({ name }) => !taps.has(name)).map(({ name, width }) => words(engine.output(name).sampledOffset, width));
    this.#midReset = spec.resets.find((cycle) => cycle >= MID_RUN) ?? Infinity;

    const watched = [...taps].map((name) => engine.output(name));
    let before: bigint[] | undefined;
    const toggled = watched.map(() => false);
    const stimulus: Uint32Array[][] = [];
    const sound: Uint32Array[][] = [];
    for (const { reset, inputs } of stimulusOf(spec, driven).cycles) {
      engine.input('rst').set(reset ? 1n : 0n);
      for (const [i, { name }] of driven.entries()) engine.input(name).set(inputs[i]!);
      stimulus.push(this.#inputs.map((place) => this.#slice(place)));
      engine.run(1);
      sound.push(this.#outputs.map((place) => this.#slice(place)));
      const now = watched.map((port) => port.sampled());
      if (before !== undefined) for (const [i, value] of now.entries()) if (value !== before[i]) toggled[i] = true;
      before = now;
    }
    this.#stimulus = stimulus;
    this.#sound = sound;
    this.#toggled = toggled;
  }

  toggles(point: number): boolean {
    return this.#toggled[point]!;
  }

  /** Runs with one bit of `flip` set; `late`: it matters whether outputs differ after the reset. */
  observed(bit: number, late: boolean): Observed {
    const engine = this.#engine;
    engine.restore(this.#start);
    engine.input(FLIP).set(1n << BigInt(bit));
    let ever = false;
    for (const [cycle, values] of this.#stimulus.entries()) {
      // What is observed already need only be seen again after the reset.
      for (const [i, { first }] of this.#inputs.entries()) this.#words.set(values[i]!, first);
      engine.run(1);
      if (ever && cycle <= this.#midReset) continue;
      if (!this.#differs(cycle)) continue;
      ever = true;
      if (cycle > this.#midReset) return { ever, afterReset: true };
      if (!late || this.#midReset === Infinity) break;
    }
    return { ever, afterReset: false };
  }

  #slice({ first, count }: Words): Uint32Array {
    return this.#words.slice(first, first + count);
  }

  #differs(cycle: number): boolean {
    const sound = this.#sound[cycle]!;
    return this.#outputs.some(({ first, count }, i) => {
      const expected = sound[i]!;
      for (let k = 0; k < count; k += 1) if (this.#words[first + k] !== expected[k]) return true;
      return false;
    });
  }
}
