/** Traces against what `peek` says of every signal in every cycle, and the window that they keep. */
import { describe, expect, test } from 'vitest';
import type { Design } from '@vtoe/hdl/internal/ir/design';
import { type BuiltinEngine, createEngine } from '@vtoe/hdl/internal/sim/engine';
import type { TraceWindow } from '@vtoe/hdl/internal/sim/wave/trace';
import { Watch, watchAll } from '@vtoe/hdl/internal/sim/wave/watch';
import { randomModule } from '../support/generate.ts';
import { assign, design, input, module, operation, output, reg, value } from '../support/ir.ts';
import { Random } from '../../support/random.ts';

/** Value of each signal in a cycle of the window. */
function valuesAt({ traces }: TraceWindow, cycle: number): Record<string, bigint> {
  return Object.fromEntries(traces.map(({ path, changes }) => [path, changes.findLast((change) => change.cycle <= cycle)!.value]));
}

function peeked(engine: BuiltinEngine, paths: readonly string[]): Record<string, bigint> {
  return Object.fromEntries(paths.map((path) => [path, engine.peek(path)]));
}

function driveAll(engine: BuiltinEngine, random: Random): void {
  for (const port of engine.inputs.values()) if (random.chance(0.6)) port.set(port.name === 'rst' ? BigInt(random.chance(0.1)) : random.edgeBits(port.width));
}

/** Every word of every memory is a signal, too. */
function everything(engine: BuiltinEngine): string[] {
  return [...engine.signals.map(({ path }) => path), ...[...engine.memories].flatMap(([path, { depth }]) => Array.from({ length: depth }, (_, i) => `${path}[${i}]`))];
}

function compareWithPeek(made: Design, random: Random, cycles: number): void {
  const engine = createEngine(made, { seed: 3, assertions: false });
  const plain = createEngine(made, { seed: 3, assertions: false });
  const paths = everything(engine);
  // All at once is computed when it is read, a few may be computed at once: both ways must agree.
  const watches = [paths, paths.filter(() => random.chance(0.1)), [random.pick(paths)]].filter((chosen) => chosen.length > 0)
    .map((chosen) => ({ chosen, watch: new Watch(engine, chosen) }));
  const expected: Record<string, bigint>[] = [];
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    driveAll(engine, random);
    for (const [name, port] of engine.inputs) plain.input(name).set(port.get());
    expected.push(peeked(engine, paths));
    for (const { watch } of watches) watch.sample();
    engine.run(1);
    plain.run(1);
  }
  for (const { chosen, watch } of watches) {
    const { window } = watch.waveform;
    expect(window).toMatchObject({ from: 0, to: cycles });
    for (const [cycle, all] of expected.entries()) {
      const is = valuesAt(window, cycle);
      for (const path of chosen) if (is[path] !== all[path]) expect.fail(`${path} is ${is[path]} instead of ${all[path]} in cycle ${cycle}`);
    }
    for (const { changes } of window.traces) for (const [i, { value: now }] of changes.entries()) expect(now).not.toBe(changes[i - 1]?.value);
  }
  // A trace only looks.
  expect(engine.save()).toEqual(plain.save());
}

describe.each([[2, 40, 1], [5, 8, 1], [12, 2, 1]])('random designs of size %i', (size, count, depth) => {
  test(`${count} of them`, () => {
    for (let i = 0; i < count; i += 1) {
      const random = new Random(size * 10_000 + i);
      try {
        compareWithPeek(design(randomModule('top', random, { size, assertions: false, asserted: 0 }, depth)), random, 12);
      } catch (error) {
        throw new Error(`design ${i}: ${(error as Error).message}`, { cause: error });
      }
    }
  });
});

const count = reg('count', 20, { reset: 0n });
const step = input('step', 20);
const counter = design(module('counter', { ports: [step, output('twice', operation('add', 20, value(count), value(count)))], registers: [count], clocked: [assign(count, operation('add', 20, value(count), value(step)))] }));

function counting(options = {}) {
  const engine = createEngine(counter);
  engine.input('step').set(1n);
  const watch = watchAll(engine, options);
  const run = (cycles: number): void => {
    for (let i = 0; i < cycles; i += 1) {
      watch.sample();
      engine.run(1);
    }
  };
  const at = (cycle: number) => valuesAt(watch.waveform.window, cycle);
  return { engine, watch, run, at };
}

test('the latest cycles stay, whole, over many chunks', () => {
  const { watch, run, at } = counting({ cycles: 5000 });
  run(23_456);
  expect(watch.waveform.from).toBe(18_456);
  expect(watch.waveform.to).toBe(23_456);
  for (const cycle of [18_456, 18_457, 20_000, 23_455]) expect(at(cycle)).toEqual({ rst: 0n, step: 1n, count: BigInt(cycle), twice: BigInt(2 * cycle) });
  const { window } = watch.waveform;
  expect(window.traces.map(({ path, changes }) => [path, changes.length, changes[0]!.cycle])).toEqual([['rst', 1, 18_456], ['step', 1, 18_456], ['twice', 5000, 18_456], ['count', 5000, 18_456]]);
});

test('a limit in bytes drops the oldest cycles, and the window says so', () => {
  const { watch, run, at } = counting({ bytes: 100_000 });
  run(20_000);
  const { from, to } = watch.waveform;
  // An entry of this design has 4 to 7 words.
  expect(to).toBe(20_000);
  expect(to - from).toBeGreaterThan(100_000 / 28 / 4);
  expect(to - from).toBeLessThan(100_000 / 16);
  expect(watch.waveform.window.from).toBe(from);
  expect(at(from)).toEqual({ rst: 0n, step: 1n, count: BigInt(from), twice: BigInt(2 * from) });
});

test('cycles in which nothing changes take no memory', () => {
  const { engine, watch, run, at } = counting({ cycles: 1_000_000, bytes: 60_000 });
  run(10);
  engine.input('step').set(0n);
  run(100_000);
  expect(watch.waveform).toMatchObject({ from: 0, to: 100_010 });
  expect(at(5)).toMatchObject({ count: 5n });
  expect(at(99_999)).toMatchObject({ count: 10n });
});

test('a cycle sampled again counts as it was the last time', () => {
  const { engine, watch, run, at } = counting();
  run(3);
  watch.sample();
  engine.poke('count', 100n);
  run(2);
  expect(watch.waveform.window.traces.find(({ path }) => path === 'count')!.changes).toEqual(
    [[0, 0n], [1, 1n], [2, 2n], [3, 100n], [4, 101n]].map(([cycle, bits]) => ({ cycle, value: bits })));
  expect(at(4)).toMatchObject({ twice: 202n });
});

test('going back to an earlier state drops what came after it', () => {
  const { engine, watch, run, at } = counting();
  run(5);
  const state = engine.save();
  run(20);
  engine.restore(state);
  engine.input('step').set(3n);
  expect(watch.waveform).toMatchObject({ from: 0, to: 25 });
  run(4);
  expect(watch.waveform).toMatchObject({ from: 0, to: 9 });
  expect([4, 5, 6, 8].map((cycle) => at(cycle)['count'])).toEqual([4n, 5n, 8n, 14n]);
  // The same once more without any change: what was kept after it is gone all the same.
  engine.restore(state);
  engine.input('step').set(3n);
  run(1);
  expect(watch.waveform.window).toMatchObject({ from: 0, to: 6 });
  expect(at(5)).toEqual({ rst: 0n, step: 3n, count: 5n, twice: 10n });
});

test('going back to where all is as in the last sample', () => {
  const { engine, run, at } = counting();
  run(5);
  const state = engine.save();
  for (const by of [1n, 2n ** 20n - 1n, 1n]) {
    engine.input('step').set(by);
    run(1);
  }
  expect([5, 6, 7].map((cycle) => at(cycle)['count'])).toEqual([5n, 6n, 5n]);
  engine.restore(state);
  run(1);
  engine.poke('count', 5n);
  run(2);
  expect([5, 6, 7].map((cycle) => at(cycle))).toEqual([{ rst: 0n, step: 1n, count: 5n, twice: 10n }, { rst: 0n, step: 1n, count: 5n, twice: 10n }, { rst: 0n, step: 1n, count: 6n, twice: 12n }]);
});

test('neighbours of what is watched take no memory', () => {
  const registers = Array.from({ length: 20 }, (_, i) => reg(`r${i}`, 32, { reset: 0n }));
  const [quiet, busy] = [registers.slice(0, 16), registers.slice(16)];
  const one = input('one', 32);
  const engine = createEngine(design(module('neighbours', { ports: [one], registers, clocked: busy.map((net) => assign(net, operation('add', 32, value(net), value(one)))) })));
  engine.input('one').set(1n);
  const { sampler } = engine.trace(quiet.map(({ name }) => name));
  const { sampler: all } = engine.trace(registers.map(({ name }) => name));
  const sizes = Array.from({ length: 3 }, () => {
    sampler.sample();
    all.sample();
    engine.run(1);
    return [sampler.drain().length, all.drain().length];
  });
  // Cycle, summary, mask, and the four that count.
  expect(sizes).toEqual([[0, 0], [0, 8], [0, 8]]);
});

test('memory for traces is limited; those that are there go on', () => {
  const { engine, run, at } = counting();
  run(3);
  const many = (): void => { for (let i = 0; i < 10_000; i += 1) watchAll(engine); };
  expect(many).toThrow('4 signals and their logic are too many to watch at once: choose fewer');
  run(3);
  expect([2, 3, 5].map((cycle) => at(cycle)['count'])).toEqual([2n, 3n, 5n]);
  expect(engine.peek('count')).toBe(6n);
});

test('going back beyond the window, after chunks were dropped, starts the window there', () => {
  const { engine, watch, run, at } = counting({ bytes: 60_000 });
  run(100);
  const state = engine.save();
  run(20_000);
  expect(watch.waveform.from).toBeGreaterThan(1000);
  engine.restore(state);
  run(50);
  expect(watch.waveform).toMatchObject({ from: 100, to: 150 });
  expect([100, 149].map((cycle) => at(cycle)['count'])).toEqual([100n, 149n]);
});

test('a trace that starts later does nothing until then', () => {
  const { watch, run, at } = counting({ from: 50 });
  expect(watch.startsAt).toBe(50);
  run(40);
  expect(watch.waveform).toMatchObject({ from: 50, to: 50 });
  run(20);
  expect(watch.waveform).toMatchObject({ from: 50, to: 60 });
  expect(at(50)).toMatchObject({ count: 50n });
});
