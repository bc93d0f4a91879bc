import { In, module, Out, pausing, simulate, type Simulation, UInt } from '@vtoe/hdl';
import { checksum, checksumUpdate, onesComplementAdd, onesComplementSum } from '@vtoe/hdl/lib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { type Beat, beatsOf as packetBeats } from './packets.ts';

const bench = hardwareBench();

/** RFC 1071, section 1, as it is written there: 16-bit words in network order, an odd byte padded with 0. */
function sumOf(bytes: readonly number[], seed = 0): number {
  let sum = seed;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i]! << 8) + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

const beatsOf = (bytes: readonly number[], lanes: number): Beat[] => packetBeats({ bytes, bad: false }, lanes);

type Checker = Simulation<ReturnType<typeof checksum>['ports']>;

/** One cycle with a beat, or none. */
function send(sim: Checker, beat: Beat | undefined, seed = 0): void {
  sim.io.in.valid = beat !== undefined;
  if (beat !== undefined) sim.io.in.payload = beat;
  sim.io.seed = seed;
  sim.step();
}

const packets = Array.from({ length: 40 }, (_, i) => {
  const length = [1, 2, 3, 20, 63, 64, 65, 128, 40, 7][i % 10]!;
  const fill = [(k: number) => (i * 37 + k * 101) & 255, () => 0xff, () => 0, (k: number) => (k % 2 === 0 ? 0xff : 0xfe)][i % 4]!;
  return { bytes: Array.from({ length }, (_, k) => fill(k)), seed: [0, 0xffff, 0x1234, 0x8001][(i >> 1) % 4]! };
});

const CUTS = [[], ['fold'], ['tree', 'accumulate'], ['tree', 'fold', 'accumulate']] as const;

describe.each([16, 32, 64, 144, 512])('%i bits', (width) => {
  describe.each(CUTS.map((cuts) => [cuts]))('cuts %j', (cuts) => {
    test.each([0, 40])('packets back to back, %i in 100 bubbles', (bubbles) => {
      const sim = (cuts.length % 2 === 0 ? bench.simulate : simulate)(checksum({ width, cuts }));
      const bubble = pausing(bubbles, width);
      const paused = () => bubble?.(0) === true;
      const due = new Map<number, { sum: bigint; checksum: bigint; good: boolean }>();
      const feed = function* () {
        for (const { bytes, seed } of packets) {
          for (const [i, beat] of beatsOf(bytes, width / 8).entries()) {
            while (paused()) yield undefined;
            yield { beat, seed: i === 0 ? seed : 0xdead, total: beat.last ? sumOf(bytes, seed) : undefined };
          }
        }
        for (let i = 0; i < 5; i++) yield undefined;
      };
      let results = 0;
      for (const item of feed()) {
        const { cycle } = sim;
        send(sim, item?.beat, item?.seed ?? 0xdead);
        // The cycle after the last beat, and one more for each cut.
        if (item?.total !== undefined) due.set(cycle + 1 + cuts.length, { sum: BigInt(item.total), checksum: BigInt(0xffff - item.total), good: item.total === 0xffff });
        expect(sim.sampled.out.valid).toBe(due.has(cycle));
        if (!sim.sampled.out.valid) continue;
        expect(sim.sampled.out.payload).toEqual(due.get(cycle));
        results += 1;
      }
      expect(results).toBe(packets.length);
    });
  });
});

test('RFC 1071, section 3: the example', () => {
  const sim = bench.simulate(checksum({ width: 64 }));
  send(sim, beatsOf([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7], 8)[0]);
  expect(sim.io.out.payload.sum).toBe(0xddf2n);
  expect(sim.io.out.payload.checksum).toBe(0x220dn);
});

test('an IPv4 header that contains its checksum is good, one with a wrong bit is not', () => {
  const header = [0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7];
  const sim = bench.simulate(checksum({ width: 32 }));
  for (const beat of beatsOf(header, 4)) send(sim, beat);
  expect(sim.io.out.payload.good).toBe(true);
  for (let bit = 0; bit < 160; bit += 7) {
    const wrong = header.map((byte, i) => (i === bit >> 3 ? byte ^ 1 << bit % 8 : byte));
    for (const beat of beatsOf(wrong, 4)) send(sim, beat);
    expect(sim.io.out.payload.good).toBe(false);
  }
});

test('keep masks bytes anywhere: an Ethernet header in the first beats does not count', () => {
  const sim = bench.simulate(checksum({ width: 64 }));
  const frame = Array.from({ length: 40 }, (_, i) => i * 7 & 255);
  const beats = beatsOf(frame, 8).map((beat, i) => ({ ...beat, keep: i === 0 ? 0n : i === 1 ? 0xc0n : beat.keep }));
  for (const beat of beats) send(sim, beat);
  expect(sim.io.out.payload.sum).toBe(BigInt(sumOf(frame.slice(14))));
});

test('timing: results of a packet of three beats and of one of one beat', () => {
  const sim = bench.simulate(checksum({ width: 16, cuts: ['fold'] }));
  const wave = sim.watch(['in_valid', 'in_payload_last', 'out_valid', 'out_payload_sum']);
  for (const beat of [...beatsOf([1, 2, 3, 4, 5, 6], 2), ...beatsOf([0xff, 0xff], 2), undefined, undefined, undefined]) send(sim, beat);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle            0   1   2   3   4   5   6
    in_valid         ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁
    in_payload_last  ▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    out_valid        ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▁▁▁▁
    out_payload_sum  │0      │102│406│90c│ffff
    "
  `);
});

const helpers = module('ones_complement', {}, {
  a: In(UInt(16)), b: In(UInt(16)), words: In(UInt(80)), field: In(UInt(16)), from: In(UInt(32)), to: In(UInt(32)), m: In(UInt(16)), n: In(UInt(16)),
  added: Out(UInt(16)), total: Out(UInt(16)), updated: Out(UInt(16)), updatedTwice: Out(UInt(16)),
}, (io) => {
  io.added.set(onesComplementAdd(io.a, io.b));
  io.total.set(onesComplementSum(Array.from({ length: 5 }, (_, i) => io.words.bits(16 * i + 15, 16 * i))));
  io.updated.set(checksumUpdate(io.field, [{ from: io.m, to: io.n }]));
  io.updatedTwice.set(checksumUpdate(io.field, [{ from: io.m, to: io.n }, { from: io.from, to: io.to }]));
});

test('one\'s complement sums: as RFC 1071 adds', () => {
  const sim = bench.simulate(helpers);
  const words = fc.array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff)), { minLength: 5, maxLength: 5 });
  fc.assert(fc.property(words, (list) => {
    sim.io.a = list[0]!;
    sim.io.b = list[1]!;
    sim.io.words = list.reduceRight((sum, word) => sum << 16n | BigInt(word), 0n);
    sim.step();
    const bytes = list.flatMap((word) => [word >> 8, word & 255]);
    expect(sim.sampled.added).toBe(BigInt(sumOf(bytes.slice(0, 4))));
    expect(sim.sampled.total).toBe(BigInt(sumOf(bytes)));
  }));
});

test('RFC 1624: the example of section 4, where equation 2 of RFC 1141 gives a minus zero', () => {
  const sim = bench.simulate(helpers);
  Object.assign(sim.io, { field: 0xdd2f, m: 0x5555, n: 0x3285 });
  sim.step();
  expect(sim.sampled.updated).toBe(0n);
});

test('RFC 1624: an update gives what a new computation gives', () => {
  const sim = bench.simulate(helpers);
  const half = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 1, 0xfffe, 0xffff));
  fc.assert(fc.property(fc.array(half, { minLength: 9, maxLength: 9 }), (words) => {
    const [m, n, fromHigh, fromLow, toHigh, toLow, ...rest] = words as [number, number, number, number, number, number, ...number[]];
    const bytes = (list: readonly number[]) => list.flatMap((word) => [word >> 8, word & 255]);
    // The field is that of data that are not all zero, before and after.
    const field = (list: readonly number[]) => 0xffff - sumOf(bytes([...list, 1]));
    Object.assign(sim.io, { field: field([m, fromHigh, fromLow, ...rest]), m, n, from: fromHigh * 0x10000 + fromLow, to: toHigh * 0x10000 + toLow });
    sim.step();
    expect(sim.sampled.updated).toBe(BigInt(field([n, fromHigh, fromLow, ...rest])));
    expect(sim.sampled.updatedTwice).toBe(BigInt(field([n, toHigh, toLow, ...rest])));
  }));
});

test('wrong arguments', () => {
  expect(() => checksum({ width: 8 })).toThrow('checksum: width must be a multiple of 16 from 16 to 2048, not 8');
  const wrong = (body: (a: UInt, b: UInt) => unknown) => () => simulate(module('wrong', {}, { a: In(UInt(16)), b: In(UInt(24)) }, ({ a, b }) => { body(a, b); }));
  expect(wrong((a, b) => onesComplementSum([a, b]))).toThrow('onesComplementSum: words have 16 bits, not 24');
  expect(wrong((a, b) => checksumUpdate(a, [{ from: b, to: b }]))).toThrow('checksumUpdate: from and to must have the same width, a multiple of 16 bits, not 24 and 24');
});

bench.verilog();
