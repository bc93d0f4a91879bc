import { Bool, Bundle, In, module, Out, pausing, simulate, type Source, Stream, streamSink, streamSource, type UIntShape, Vec } from '@vtoe/hdl';
import { fork, join, map, queue, stage } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { heldUntilReady, latency, LOADS, pump, Word, words, wrapped } from './traffic.ts';

const bench = hardwareBench();
const ITEMS = words(80);

const forking = (count: number) => module('forking', { n: count }, { in: In(Stream(Word)), out: Out(Vec(Stream(Word), count)) }, (io) => {
  for (const [i, branch] of fork(io.in, count).entries()) io.out[i]!.from(branch);
});

describe.each([1, 2, 3, 5])('fork to %i', (count) => {
  test.each(LOADS)('each branch gets every item once, idle %i, back-pressure %i percent', (idle, pressure) => {
    const sim = bench.simulate(forking(count));
    const outs = sim.io.out.map(() => [] as bigint[]);
    sim.start(streamSource(sim.io.in, sim.sampled.in, ITEMS, pausing(idle, 1)));
    for (const [i, port] of sim.io.out.entries()) {
      sim.start(streamSink(port, sim.sampled.out[i]!, outs[i]!, pausing(pressure, 2 + i)));
      sim.start(heldUntilReady(sim.sampled.out[i]!, `branch ${i}`));
    }
    sim.until(() => {
      // No branch is ahead of another by more than the item that waits.
      const counts = outs.map(({ length }) => length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      return counts.every((taken) => taken === ITEMS.length);
    }, 10_000);
    expect(outs).toEqual(outs.map(() => ITEMS));
  });
});

test('fork: a branch takes its copy without the others, and only once', () => {
  const sim = bench.simulate(forking(2));
  const [left, right] = sim.io.out;
  const wave = sim.watch(['in_valid', 'in_ready', 'out_0_valid', 'out_0_ready', 'out_1_valid', 'out_1_ready']);
  Object.assign(sim.io.in, { valid: true, payload: 1 });
  left!.ready = true;
  sim.step();
  expect([left!.valid, right!.valid, sim.io.in.ready]).toEqual([false, true, false]);
  sim.step();
  right!.ready = true;
  sim.step(2);
  sim.io.in.valid = false;
  sim.step();
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle        0 1 2 3 4
    in_valid     ▔▔▔▔▔▔▔▔▁▁
    in_ready     ▁▁▁▁▔▔▔▔▔▔
    out_0_valid  ▔▔▁▁▁▁▔▔▁▁
    out_0_ready  ▔▔▔▔▔▔▔▔▔▔
    out_1_valid  ▔▔▔▔▔▔▔▔▁▁
    out_1_ready  ▁▁▁▁▔▔▔▔▔▔
    "
  `);
});

const Pair = Bundle('Pair', { a: Word, b: Bool });
const joining = module('joining', {}, { a: In(Stream(Word)), b: In(Stream(Bool)), out: Out(Stream(Pair)) }, (io) => {
  io.out.from(join('Pair', { a: io.a, b: io.b }));
});

test.each(LOADS)('join pairs items in order, idle %i, back-pressure %i percent', (idle, pressure) => {
  const sim = bench.simulate(joining);
  const [as, bs] = [ITEMS, ITEMS.map((_, i) => i % 3 === 0)];
  const out: { readonly a: bigint; readonly b: boolean }[] = [];
  sim.start(streamSource(sim.io.a, sim.sampled.a, as, pausing(idle, 1)));
  sim.start(streamSource(sim.io.b, sim.sampled.b, bs, pausing(idle, 2)));
  sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 3)));
  sim.start(heldUntilReady(sim.sampled.out));
  sim.until(() => out.length === ITEMS.length, 10_000);
  expect(out).toEqual(as.map((a, i) => ({ a, b: bs[i] })));
});

test('join takes nothing before all sources have an item', () => {
  const sim = bench.simulate(joining);
  sim.io.out.ready = true;
  sim.io.a.valid = true;
  expect([sim.io.a.ready, sim.io.b.ready, sim.io.out.valid]).toEqual([false, false, false]);
  sim.io.b.valid = true;
  expect([sim.io.a.ready, sim.io.b.ready, sim.io.out.valid]).toEqual([true, true, true]);
  sim.step();
});

/** The same item by two ways of `long` and `short` registers, added up. */
const diamond = (name: string, store: number) => wrapped(name, Word, Word, (source) => {
  const [long, short] = fork(source, 2);
  const shortWay = store === 0 ? short : queue(short, store);
  return map(join('Both', { long: stage(stage(long)), short: shortWay }), ({ long, short }) => long.add(short));
});

test('branches that meet again: an item a cycle if the shorter one stores what is under way in the longer', () => {
  const doubled = ITEMS.map((x) => (2n * x) % 4096n);
  for (const [store, cycles] of [[0, 3 * ITEMS.length], [3, ITEMS.length + 2]] as const) {
    const sim = bench.simulate(diamond(`diamond_${store}`, store));
    expect(pump(sim, ITEMS)).toEqual({ out: doubled, cycles });
  }
});

test('latency 0, an item a cycle', () => {
  const both = wrapped('fork_join', Word, Word, (source) => {
    const [left, right] = fork(source, 2);
    return map(join('Both', { left, right }), ({ left, right }) => left.add(right));
  });
  expect(latency(bench.simulate(both))).toBe(0);
  expect(pump(bench.simulate(both), ITEMS).cycles).toBe(ITEMS.length);
});

test('misuse', () => {
  const body = (verb: (source: Source<UIntShape>) => unknown) => () => simulate(module('bad', {}, { in: In(Stream(Word)) }, (io) => { verb(io.in); }));
  expect(body((source) => fork(source, 1.5 as number))).toThrow('fork: count must be a whole number from 1 up, not 1.5');
  expect(body((source) => fork(source, 0))).toThrow('fork: count must be a whole number from 1 up, not 0');
  expect(body(() => join('None', {}))).toThrow('join: sources must be a record of at least one stream');
});

bench.verilog();
