import { Bool, Bundle, In, module, Out, pausing, simulate, Stream, streamSink, streamSource, UInt } from '@vtoe/hdl';
import { drop, halt, map } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { heldUntilReady, latency, LOADS, pump, Word, words, wrapped } from './traffic.ts';

const bench = hardwareBench();
const ITEMS = words(100);

const plusOne = wrapped('map_plus_one', Word, Word, (source) => map(source, (x) => x.add(1)));
const noOdd = wrapped('drop_odd', Word, Word, (source) => drop(source, (x) => x.bit(0)));
const halting = module('halting', {}, { in: In(Stream(Word)), stop: In(Bool), out: Out(Stream(Word)) }, (io) => {
  io.out.from(halt(io.in, io.stop));
});
const dropping = module('dropping', {}, { in: In(Stream(Word)), away: In(Bool), out: Out(Stream(Word)) }, (io) => {
  io.out.from(drop(io.in, io.away));
});

describe.each(LOADS)('idle %i, back-pressure %i percent', (idle, pressure) => {
  test('map changes each item', () => {
    const { out } = pump(bench.simulate(plusOne), ITEMS, { idle, pressure });
    expect(out).toEqual(ITEMS.map((x) => (x + 1n) % 4096n));
  });

  test('drop takes the items that it names, and no others', () => {
    const even = ITEMS.filter((x) => x % 2n === 0n);
    const { out } = pump(bench.simulate(noOdd), ITEMS, { idle, pressure, expected: even.length });
    expect(out).toEqual(even);
  });

  test('halt lets no item begin while its condition holds', () => {
    const sim = bench.simulate(halting);
    const [out, stops] = [[] as bigint[], pausing(50, 3)!];
    let waiting = false;
    sim.start(streamSource(sim.io.in, sim.sampled.in, ITEMS, pausing(idle, 1)));
    sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 2)));
    sim.start(heldUntilReady(sim.sampled.out));
    sim.until(() => {
      sim.io.stop = stops(sim.cycle);
      if (sim.io.out.valid && !waiting) expect(sim.io.stop).toBe(false);
      if (!sim.io.stop) expect(sim.io.out.valid).toBe(sim.io.in.valid);
      waiting = sim.io.out.valid && !sim.io.out.ready;
      return out.length === ITEMS.length;
    }, 5000);
    expect(out).toEqual(ITEMS);
  });
});

test('an item a cycle, latency 0', () => {
  expect(latency(bench.simulate(plusOne))).toBe(0);
  expect(pump(bench.simulate(plusOne), ITEMS).cycles).toBe(ITEMS.length);
  expect(pump(bench.simulate(halting), ITEMS).cycles).toBe(ITEMS.length);
  const even = ITEMS.filter((x) => x % 2n === 0n);
  // A dropped item takes the cycle that it would have taken.
  expect(pump(bench.simulate(noOdd), [...even, ...ITEMS], { expected: 2 * even.length }).cycles).toBe(even.length + ITEMS.length - 1);
});

test('what drop takes does not wait for the sink', () => {
  const sim = bench.simulate(noOdd);
  Object.assign(sim.io.in, { valid: true, payload: 3 });
  expect(sim.io).toMatchObject({ in: { ready: true }, out: { valid: false } });
  sim.io.in.payload = 4;
  expect(sim.io).toMatchObject({ in: { ready: false }, out: { valid: true } });
  sim.step();
});

test('an item that halt has offered stays, and the next one waits', () => {
  const sim = bench.simulate(halting);
  const wave = sim.watch(['in_valid', 'in_ready', 'stop', 'out_valid', 'out_ready']);
  sim.io.in.payload = 7;
  sim.io.in.valid = true;
  sim.step();
  sim.io.stop = true;
  sim.step(2);
  sim.io.out.ready = true;
  sim.step();
  sim.step(2);
  sim.io.stop = false;
  sim.step();
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle      0 1 2 3 4 5 6
    in_valid   ▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    in_ready   ▁▁▁▁▁▁▔▔▁▁▁▁▔▔
    stop       ▁▁▔▔▔▔▔▔▔▔▔▔▁▁
    out_valid  ▔▔▔▔▔▔▔▔▁▁▁▁▔▔
    out_ready  ▁▁▁▁▁▁▔▔▔▔▔▔▔▔
    "
  `);
});

test('map with a shape builds a bundle of parts', () => {
  const Split = Bundle('Split', { high: UInt(4), low: UInt(8), both: Bool });
  const sim = bench.simulate(wrapped('map_split', Word, Split, (source) => map(source, Split, (x) => ({ high: x.bits(11, 8), low: x.trunc(8), both: false }))));
  Object.assign(sim.io.in, { valid: true, payload: 0xabc });
  expect(sim.io.out.payload).toEqual({ high: 0xan, low: 0xbcn, both: false });
  sim.step();
});

test('drop asserts that an item which was offered is not taken back', () => {
  const sim = simulate(dropping);
  sim.io.in.valid = true;
  sim.step();
  sim.io.away = true;
  expect(() => sim.step()).toThrow('drop: the condition must not begin to hold for an item that has been offered');
});

bench.verilog();
