/** Whole designs at random, in lockstep with the plain interpreter: outputs, state, every signal, stops. */
import { describe, expect, test } from 'vitest';
import type { Design } from '@vtoe/hdl/internal/ir/design';
import { type BuiltinEngine, createEngine } from '@vtoe/hdl/internal/sim/engine';
import { randomModule, type GenerateOptions } from './support/generate.ts';
import { design } from './support/ir.ts';
import { Random } from '../support/random.ts';
import { Reference, type Unit } from './support/reference.ts';

const CYCLES = 12;

/** Paths and values of everything, by the reference. */
function referenceValues(reference: Reference): Map<string, bigint> {
  const value = reference.now();
  const values = new Map<string, bigint>();
  const add = ({ path }: Unit, name: string, bits: bigint): void => void values.set(path === '' ? name : `${path}.${name}`, bits);
  for (const unit of reference.units) {
    const { module } = unit;
    for (const net of [...module.ports, ...module.wires, ...module.registers, ...module.memories.flatMap((one) => one.reads.map((read) => read.data))]) add(unit, net.name, value(unit, net));
    for (const expression of module.named) add(unit, expression.name!, reference.expression(unit, expression));
  }
  return values;
}

function memoryWords(reference: Reference): Map<string, bigint> {
  return new Map(reference.units.flatMap((unit) => [...unit.memories].flatMap(([memory, words]) =>
    words.map((word, i) => [`${unit.path === '' ? '' : `${unit.path}.`}${memory.name}[${i}]`, word] as const))));
}

function check(engine: BuiltinEngine, expected: ReadonlyMap<string, bigint>, actual: (path: string) => bigint, what: string): void {
  for (const [path, bits] of expected) {
    const is = actual(path);
    if (is !== bits) expect.fail(`${what} ${path} is ${is} instead of ${bits} in cycle ${engine.cycle}`);
  }
}

/** A sample: a peek interprets a whole cone, and there are many. */
function some(values: ReadonlyMap<string, bigint>, random: Random): Map<string, bigint> {
  return new Map([...values].filter(() => random.chance(0.1)));
}

function lockstep(made: Design, random: Random, thorough: boolean): { stops: number } {
  const engine = createEngine(made, { seed: 5, gating: (['never', 'always', 'auto', { patience: 2, pause: 3 }] as const)[random.below(4)]!, ...(random.chance(0.7) ? { tuning: { size: { enough: 60, most: 150 } } } : {}) });
  const reference = new Reference(made, 5);
  const signals = engine.signals.map(({ path }) => path);
  const observer = thorough ? engine.observe(signals) : undefined;
  let stops = 0;
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    for (const [name] of reference.inputs) {
      const bits = name === 'rst' ? BigInt(cycle < 2 || random.chance(0.1)) : random.edgeBits(engine.input(name).width);
      reference.inputs.set(name, bits);
      engine.input(name).set(bits);
    }
    if (thorough || random.chance(0.3)) check(engine, reference.outputs(), (name) => engine.output(name).get(), 'output');
    if (observer !== undefined) {
      const values = referenceValues(reference);
      observer.sample();
      check(engine, values, (path) => observer.value(signals.indexOf(path)), 'observed');
      if (cycle % 4 === 0) check(engine, some(values, random), (path) => engine.peek(path), 'peeked');
      if (cycle % 4 === 0) check(engine, some(memoryWords(reference), random), (path) => engine.peek(path), 'word');
    }
    const moved = reference.step();
    expect(engine.run(1)).toBe(moved ? 1 : 0);
    expect(engine.failure?.message).toBe(reference.failure);
    check(engine, reference.sampled, (name) => engine.output(name).sampled(), 'sampled');
    if (!moved) stops += 1;
  }
  const end = new Map([...referenceValues(reference), ...memoryWords(reference)]);
  check(engine, thorough ? end : some(end, random), (path) => engine.peek(path), 'at the end');
  return { stops };
}

describe.each<[string, number, number, GenerateOptions, number]>([
  ['small', Number(process.env.DESIGNS ?? 240), 1, { size: 2, assertions: false, asserted: 0 }, 1],
  ['with assertions', Number(process.env.DESIGNS ?? 120), 2, { size: 2, assertions: true, asserted: 0 }, 1],
  ['with asserted memories', Number(process.env.DESIGNS ?? 200), 3, { size: 4, assertions: false, asserted: 100 }, 0],
  ['large', Number(process.env.DESIGNS ?? 160) >> 4, 4, { size: 14, assertions: true, asserted: 50 }, 2],
])('%s', (_name, count, seed, options, depth) => {
  test(`${count} designs`, () => {
    let stops = 0;
    for (let i = 0; i < count; i += 1) {
      const random = new Random(seed * 100_000 + i);
      const made = design(randomModule('top', random, options, depth));
      try {
        stops += lockstep(made, random, i % 3 === 0).stops;
      } catch (error) {
        throw new Error(`design ${i} of seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    if (options.assertions || options.asserted > 0) expect(stops).toBeGreaterThan(0);
    console.log(`${count} designs, ${stops} stops`);
  });
});
