import { In, inst, lit, module, Out, pausing, simulate, type SimValue, Stream, streamSink, streamSource, UInt } from '@vtoe/hdl';
import { map } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { config, type Config, derived } from '../../../hw/config.ts';
import { DmaRange, dmaSplit, DmaSplitBurst, plainRange } from '../../../hw/dma/split.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();

interface Range {
  readonly owner: number;
  readonly page: bigint;
  readonly size_log2: number;
  readonly offset: number;
  readonly bytes: number;
  readonly tag: number;
}

type Burst = SimValue<ReturnType<typeof DmaSplitBurst<ReturnType<typeof UInt>>>>;

/** Byte by byte: a burst ends where the next byte is no neighbour, begins a page or a block of the longest burst's size, or is not there. */
function expected(c: Config, { owner, page, size_log2, offset, bytes, tag }: Range): Burst[] {
  const { hostBytes } = derived(c);
  const addressOf = (i: number): bigint => page * 4096n + BigInt((offset + i) % 2 ** size_log2);
  const bursts: Burst[] = [];
  for (let from = 0; from < bytes;) {
    let to = from + 1;
    while (to < bytes && addressOf(to) === addressOf(to - 1) + 1n && addressOf(to) % BigInt(Math.min(4096, c.dmaBurstMostBytes)) !== 0n) to += 1;
    const lane = Number(addressOf(from) % BigInt(hostBytes));
    bursts.push({ owner: BigInt(owner), address: addressOf(from), bytes: BigInt(to - from), beats: BigInt(Math.ceil((lane + to - from) / hostBytes)), first: from === 0, last: to === bytes, tag: BigInt(tag) });
    from = to;
  }
  return bursts;
}

const CASES = [
  { hostBits: 64, dmaBurstMostBytes: 2048, bytesBits: 16 }, { hostBits: 128, dmaBurstMostBytes: 512, bytesBits: 14 },
  { hostBits: 512, dmaBurstMostBytes: 2048, bytesBits: 16 }, { hostBits: 1024, dmaBurstMostBytes: 256, bytesBits: 10 },
] as const;

describe.each(CASES)('$hostBits bits, bursts of $dmaBurstMostBytes bytes, ranges of $bytesBits bits', ({ hostBits, dmaBurstMostBytes, bytesBits }) => {
  const c = config({ hostBits, dmaBurstMostBytes });
  const draw = random(4);
  const pick = <T>(items: readonly T[]): T => items[draw.below(items.length)]!;
  const ranges: Range[] = Array.from({ length: 50 }, (_, tag) => {
    const size_log2 = pick([12, 13, 16, 22, 30]);
    const size = 2 ** size_log2;
    const longest = Math.min(2 ** bytesBits - 1, size);
    return {
      owner: draw.below(9), page: BigInt(draw.uint32()), size_log2, tag,
      offset: pick([draw.below(size), size - 1, size - 1 - draw.below(3000), 0, 4096 * draw.below(size / 4096), size - hostBits / 8]),
      bytes: Math.min(longest, pick([1, 1 + draw.below(100), 1 + draw.below(3000), 1448, longest])),
    };
  });

  test.each([[0, 0], [40, 0], [30, 60]])('all bytes, in order, cut where they must be, idle %i, stalled %i percent', (idle, stalled) => {
    const sim = bench.simulate(dmaSplit(c, { bytesBits, tag: UInt(6) }));
    const bursts = ranges.flatMap((range) => expected(c, range));
    const taken: Burst[] = [];
    sim.start(streamSource(sim.io.range, sim.sampled.range, ranges, pausing(idle, 1)));
    sim.start(streamSink(sim.io.burst, sim.sampled.burst, taken, pausing(stalled, 2)));
    sim.until(() => taken.length === bursts.length, 40_000);
    expect(taken).toEqual(bursts);
    // One a cycle, and one cycle before the first.
    if (idle === 0 && stalled === 0) expect(sim.cycle).toBe(bursts.length + 1);
  });
});

test('hazard: a segment over the end of a ring that is also the end of a page', () => {
  const sim = bench.simulate(dmaSplit(config({ hostBits: 128 }), { bytesBits: 16, tag: UInt(1) }));
  sim.io.burst.ready = true;
  Object.assign(sim.io.range, { valid: true, payload: { owner: 3, page: 0xabcn, size_log2: 13, offset: 8192 - 1000, bytes: 1448, tag: 0 } });
  sim.step();
  sim.io.range.valid = false;
  expect(sim.io.burst.payload).toMatchObject({ address: 0xabc000n + 7192n, bytes: 1000n, beats: 63n, first: true, last: false });
  sim.step();
  expect(sim.io.burst.payload).toMatchObject({ address: 0xabc000n, bytes: 448n, beats: 28n, first: false, last: true });
  sim.step();
  expect(sim.io.burst.valid).toBe(false);
});

test('a plain range is a range of the longest ring', () => {
  const c = config({ hostBits: 128 });
  const parameters = { bytesBits: 16, tag: UInt(1) };
  const plain = module('plain', {}, { address: In(Stream(UInt(64))), burst: Out(Stream(DmaSplitBurst(c, UInt(1)))) }, (io) => {
    const split = inst(dmaSplit(c, parameters), { range: map(io.address, DmaRange(c, parameters), (address) => ({ owner: lit(UInt(4), 0), ...plainRange(address), bytes: 3000, tag: 0 })) });
    io.burst.from(split.burst);
    return { split };
  });
  const sim = bench.simulate(plain);
  const taken: Burst[] = [];
  sim.start(streamSource(sim.io.address, sim.sampled.address, [0xffff_ffff_0000_0f00n]));
  sim.start(streamSink(sim.io.burst, sim.sampled.burst, taken));
  sim.until(() => taken.length === 3, 20);
  expect(taken.map(({ address, bytes }) => [address, bytes])).toEqual([[0xffff_ffff_0000_0f00n, 256n], [0xffff_ffff_0000_1000n, 2048n], [0xffff_ffff_0000_1800n, 696n]]);
});

test('what is no range is asserted', () => {
  const give = (range: Partial<Range>) => () => {
    const sim = simulate(dmaSplit(config(), { bytesBits: 16, tag: UInt(1) }));
    Object.assign(sim.io.range, { valid: true, payload: { owner: 0, page: 0, size_log2: 12, offset: 0, bytes: 1, tag: 0, ...range } });
    sim.step();
  };
  expect(give({ bytes: 0 })).toThrow('dmaSplit: a range has a byte');
  expect(give({ size_log2: 11 })).toThrow('dmaSplit: a ring has 2^12 to 2^30 bytes');
  expect(give({ size_log2: 31 })).toThrow('dmaSplit: a ring has 2^12 to 2^30 bytes');
});

bench.verilog();
