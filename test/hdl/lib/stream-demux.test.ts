import { In, module, Out, Packet, pausing, simulate, type Source, Stream, streamSink, streamSource, UInt, type UIntShape, Vec } from '@vtoe/hdl';
import { demux, demuxPackets } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { type Beat, beatsOf, packetsOf, somePackets } from './packets.ts';
import { heldUntilReady, latency, LOADS, pump, Word, words, wrapped } from './traffic.ts';

const bench = hardwareBench();
const ITEMS = words(100);

/** By the lower three bits of the item, which here are always below `count`. */
const splitting = (count: number) => module('splitting', { n: count }, { in: In(Stream(Word)), out: Out(Vec(Stream(Word), count)) }, (io) => {
  for (const [i, branch] of demux(io.in, (item) => item.trunc(3), count).entries()) io.out[i]!.from(branch);
});

describe.each([1, 2, 3, 8])('demux to %i', (count) => {
  test.each(LOADS)('each item at its branch, in order, idle %i, back-pressure %i percent', (idle, pressure) => {
    const sim = bench.simulate(splitting(count));
    const items = ITEMS.map((x, i) => (x & ~7n) | BigInt((i * 5) % count));
    const outs = sim.io.out.map(() => [] as bigint[]);
    sim.start(streamSource(sim.io.in, sim.sampled.in, items, pausing(idle, 1)));
    for (const [i, port] of sim.io.out.entries()) {
      sim.start(streamSink(port, sim.sampled.out[i]!, outs[i]!, pausing(pressure, 2 + i)));
      sim.start(heldUntilReady(sim.sampled.out[i]!, `branch ${i}`));
    }
    sim.until(() => outs.reduce((sum, { length }) => sum + length, 0) === items.length, 10_000);
    expect(outs).toEqual(outs.map((_, i) => items.filter((x) => x % 8n === BigInt(i))));
    if (idle === 0 && pressure === 0) expect(sim.cycle).toBe(items.length);
  });
});

test('latency 0', () => {
  const one = wrapped('demux_one', Word, Word, (source) => {
    const [even, odd] = demux(source, (item) => item.bits(0, 0), 2);
    even.ready.set(true);
    return odd;
  });
  expect(latency(bench.simulate(one))).toBe(0);
  expect(pump(bench.simulate(one), [1n, 3n, 5n]).cycles).toBe(3);
});

const steered = (count: number) => module('steered', { n: count }, { in: In(Stream(Word)), to: In(UInt(2)), out: Out(Vec(Stream(Word), count)) }, (io) => {
  for (const [i, branch] of demux(io.in, io.to, count).entries()) io.out[i]!.from(branch);
});

test('a branch that is not ready stops the others', () => {
  const sim = bench.simulate(steered(2));
  const [left, right] = sim.io.out;
  const wave = sim.watch(['in_valid', 'in_ready', 'to', 'out_0_valid', 'out_0_ready', 'out_1_valid', 'out_1_ready']);
  left!.ready = true;
  sim.io.in.valid = true;
  sim.step();
  sim.io.to = 1;
  sim.step(2);
  right!.ready = true;
  sim.step();
  sim.io.to = 0;
  sim.step();
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle        0 1 2 3 4
    in_valid     ▔▔▔▔▔▔▔▔▔▔
    in_ready     ▔▔▁▁▁▁▔▔▔▔
    to           │0│1    │0
    out_0_valid  ▔▔▁▁▁▁▁▁▔▔
    out_0_ready  ▔▔▔▔▔▔▔▔▔▔
    out_1_valid  ▁▁▔▔▔▔▔▔▁▁
    out_1_ready  ▁▁▁▁▁▁▔▔▔▔
    "
  `);
});

test('a number beyond the branches is asserted not to occur, and means the last', () => {
  const sim = simulate(steered(3), { assertions: false });
  Object.assign(sim.io, { to: 3 });
  sim.io.in.valid = true;
  expect(sim.io.out.map(({ valid }) => valid)).toEqual([false, false, true]);
  const strict = simulate(steered(3));
  strict.io.to = 3;
  strict.step();
  strict.io.in.valid = true;
  expect(() => strict.step()).toThrow('demux: select must be below 3');
});

test('the choice must not change while an item waits', () => {
  const sim = simulate(steered(3));
  sim.io.in.valid = true;
  sim.step(2);
  sim.io.to = 1;
  expect(() => sim.step()).toThrow('demux: select must not change while an item waits');
});

const Beats = Stream(Packet(16));
const sorting = module('sorting', {}, { in: In(Beats), to: In(UInt(2)), out: Out(Vec(Beats, 3)) }, (io) => {
  for (const [i, branch] of demuxPackets(io.in, io.to, 3).entries()) io.out[i]!.from(branch);
});

test.each(LOADS)('packets go where the choice pointed at their first beat, idle %i, back-pressure %i percent', (idle, pressure) => {
  const sim = bench.simulate(sorting);
  const packets = somePackets(30, { seed: 4, least: 1, most: 9 });
  const target = (i: number) => (i * 7) % 3;
  const outs = sim.io.out.map(() => [] as Beat[]);
  sim.start((function* () {
    const rest = packets.entries();
    for (let wait = pausing(idle, 1), cycle = 0; ;) {
      const next = rest.next();
      if (next.done === true) return;
      const [i, packet] = next.value;
      for (const [k, beat] of beatsOf(packet, 2).entries()) {
        while (wait?.(cycle++) === true) yield;
        // After the first beat the choice points elsewhere.
        sim.io.to = (target(i) + k) % 3;
        Object.assign(sim.io.in, { valid: true, payload: beat });
        do yield; while (!sim.sampled.in.ready);
        sim.io.in.valid = false;
      }
    }
  })());
  for (const [i, port] of sim.io.out.entries()) {
    sim.start(streamSink(port, sim.sampled.out[i]!, outs[i]!, pausing(pressure, 2 + i)));
    sim.start(heldUntilReady(sim.sampled.out[i]!, `branch ${i}`));
  }
  const beats = packets.flatMap((packet) => beatsOf(packet, 2)).length;
  sim.until(() => outs.flat().length === beats, 10_000);
  expect(outs.map((out) => packetsOf(out))).toEqual([0, 1, 2].map((branch) => packets.filter((_, i) => target(i) === branch)));
});

test('misuse', () => {
  const body = (verb: (source: Source<UIntShape>) => unknown) => () => simulate(module('bad', {}, { in: In(Stream(Word)) }, (io) => { verb(io.in); }));
  expect(body((source) => demux(source, (item) => item.trunc(2), 5))).toThrow('demux: select has 2 bits, too few to name 5 branches');
  expect(body((source) => demux(source, (item) => item, 0))).toThrow('demux: count must be a whole number from 1 up, not 0');
});

bench.verilog();
