import { In, module, Out, Packet, pausing, simulate, Stream, streamSink, streamSource, Vec } from '@vtoe/hdl';
import { arbitrate, type ArbitrateOptions, arbitratePackets } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { type Beat, beatsOf, packetsOf, somePackets } from './packets.ts';
import { heldUntilReady, latency, LOADS, pump, Word, wrapped } from './traffic.ts';

const bench = hardwareBench();
const EACH = 30;

const merging = (count: number, policy: 'roundRobin' | 'fixedPriority') =>
  module('merging', { n: count, policy }, { in: In(Vec(Stream(Word), count)), out: Out(Stream(Word)) }, (io) => {
    io.out.from(arbitrate(io.in, { policy }));
  });

const merge = (count: number, policy: 'roundRobin' | 'fixedPriority', idle: number, pressure: number) => {
  const sim = bench.simulate(merging(count, policy));
  const inputs = Array.from({ length: count }, (_, i) => Array.from({ length: EACH }, (_, k) => BigInt(i * 256 + k)));
  const out: bigint[] = [];
  for (const [i, port] of sim.io.in.entries()) sim.start(streamSource(port, sim.sampled.in[i]!, inputs[i]!, pausing(idle, 10 + i)));
  sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 2)));
  sim.start(heldUntilReady(sim.sampled.out));
  sim.until(() => out.length === count * EACH, 20_000);
  return { inputs, out, cycles: sim.cycle };
};

describe.each([1, 2, 3, 5])('%i sources', (count) => {
  describe.each(['roundRobin', 'fixedPriority'] as const)('%s', (policy) => {
    test.each(LOADS)('every item once, in the order of its source, idle %i, back-pressure %i percent', (idle, pressure) => {
      const { inputs, out } = merge(count, policy, idle, pressure);
      expect(inputs.map((_, i) => out.filter((x) => x >> 8n === BigInt(i)))).toEqual(inputs);
    });
  });

  test('in turn, an item a cycle', () => {
    const { out, cycles } = merge(count, 'roundRobin', 0, 0);
    expect(cycles).toBe(count * EACH);
    expect(out.map((x) => Number(x >> 8n))).toEqual(out.map((_, i) => i % count));
  });

  test('by priority, an item a cycle', () => {
    const { out, cycles } = merge(count, 'fixedPriority', 0, 0);
    expect(cycles).toBe(count * EACH);
    expect(out.map((x) => Number(x >> 8n))).toEqual(out.map((_, i) => Math.floor(i / EACH)));
  });
});

test('an item that was shown stays, though a better one comes', () => {
  const sim = bench.simulate(merging(2, 'fixedPriority'));
  const [better, worse] = sim.io.in;
  const wave = sim.watch(['in_0_valid', 'in_0_ready', 'in_1_valid', 'in_1_ready', 'out_valid', 'out_ready', 'out_payload']);
  Object.assign(worse!, { valid: true, payload: 2 });
  sim.step();
  Object.assign(better!, { valid: true, payload: 1 });
  sim.step();
  sim.io.out.ready = true;
  sim.step();
  expect(sim.sampled.out.payload).toBe(2n);
  worse!.payload = 3;
  sim.step();
  expect(sim.sampled.out.payload).toBe(1n);
  better!.valid = false;
  sim.step();
  worse!.valid = false;
  sim.step();
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle        0 1 2 3 4 5
    in_0_valid   ▁▁▔▔▔▔▔▔▁▁▁▁
    in_0_ready   ▁▁▁▁▁▁▔▔▁▁▁▁
    in_1_valid   ▔▔▔▔▔▔▔▔▔▔▁▁
    in_1_ready   ▁▁▁▁▔▔▁▁▔▔▁▁
    out_valid    ▔▔▔▔▔▔▔▔▔▔▁▁
    out_ready    ▁▁▁▁▔▔▔▔▔▔▔▔
    out_payload  │2    │1│3│1
    "
  `);
});

test('latency 0', () => {
  const one = wrapped('arbitrate_one', Word, Word, (source) => arbitrate([source]));
  expect(latency(bench.simulate(one))).toBe(0);
  expect(pump(bench.simulate(one), [1n, 2n, 3n]).cycles).toBe(3);
});

const mergingPackets = (count: number, policy: 'roundRobin' | 'fixedPriority') =>
  module('merging_packets', { n: count, policy }, { in: In(Vec(Stream(Packet(16)), count)), out: Out(Stream(Packet(16))) }, (io) => {
    io.out.from(arbitratePackets(io.in, { policy }));
  });

describe.each([1, 2, 3])('packets of %i sources', (count) => {
  describe.each(['roundRobin', 'fixedPriority'] as const)('%s', (policy) => {
    test.each(LOADS)('whole packets, once and in the order of their source, idle %i, back-pressure %i percent', (idle, pressure) => {
      const sim = bench.simulate(mergingPackets(count, policy));
      // The first byte says where a packet is from.
      const inputs = Array.from({ length: count }, (_, i) => somePackets(15, { seed: i + 1, least: 1, most: 9 }).map((packet) => ({ ...packet, bytes: [i, ...packet.bytes.slice(1)] })));
      const out: Beat[] = [];
      for (const [i, port] of sim.io.in.entries()) sim.start(streamSource(port, sim.sampled.in[i]!, inputs[i]!.flatMap((packet) => beatsOf(packet, 2)), pausing(idle, 10 + i)));
      sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 2)));
      sim.start(heldUntilReady(sim.sampled.out));
      const beats = inputs.flat().reduce((sum, packet) => sum + beatsOf(packet, 2).length, 0);
      sim.until(() => out.length === beats, 20_000);
      if (idle === 0 && pressure === 0) expect(sim.cycle).toBe(beats);
      const packets = packetsOf(out);
      expect(inputs.map((_, i) => packets.filter(({ bytes }) => bytes[0] === i))).toEqual(inputs);
    });
  });
});

test('misuse', () => {
  const body = (options: ArbitrateOptions, count: number) => () =>
    simulate(module('bad', {}, { in: In(Stream(Word)), out: Out(Stream(Word)) }, (io) => { io.out.from(arbitrate(Array.from({ length: count }, () => io.in), options)); }));
  expect(body({}, 0)).toThrow('arbitrate: sources must be at least one stream');
  expect(body({ policy: 'lottery' as 'roundRobin' }, 1)).toThrow(`arbiter: policy must be 'roundRobin' or 'fixedPriority', not "lottery"`);
});

bench.verilog();
