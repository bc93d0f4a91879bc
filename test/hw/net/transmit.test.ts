import { pausing, type Process, simulate, type Simulation, streamSource } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { AxiMemory, type AxiMemoryOptions } from '../../../sim/bus/axi-memory.ts';
import { AxiStreamSink, type AxiStreamSinkOptions } from '../../../sim/bus/axi-stream.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { openWindows, patterned, type Window } from '../dma/bursts.ts';
import { attach, portsOf } from '../support/bus.ts';
import { transmitTop } from './transmit-top.ts';
import { frameOf, payloadOf, segment, type Segment } from './tx-segments.ts';

// The blocks are replayed on their Verilog one by one in their own tests: here it is about how they are put together.
const bench = hardwareBench();
const MEMORY = patterned(1 << 20);

type Top = Simulation<ReturnType<typeof transmitTop>['ports']>;

interface Run {
  readonly memory?: Partial<AxiMemoryOptions>;
  readonly sink?: Partial<AxiStreamSinkOptions>;
  readonly idle?: number;
}

function start(sim: Top, segments: readonly Segment[], { memory = {}, sink = {}, idle = 0 }: Run = {}) {
  const axi = attach(sim, new AxiMemory(portsOf(sim), { prefix: 'm_axi_', store: MEMORY, ...memory }));
  const out = attach(sim, new AxiStreamSink(portsOf(sim), { prefix: 'm_axis_', gapless: true, ...sink }));
  sim.start(streamSource(sim.io.segment, sim.sampled.segment, segments, pausing(idle, 1)));
  return { axi, out };
}

/** The frames of all segments, in order. */
const expected = (segments: readonly Segment[]): Uint8Array[] => segments.map((s, i) => frameOf(s, i, payloadOf(s, MEMORY)));

function same(frames: readonly { readonly bytes: Uint8Array }[], wanted: readonly Uint8Array[]): void {
  expect(frames.length).toBe(wanted.length);
  for (const [i, frame] of frames.entries()) expect(Buffer.from(frame.bytes).toString('hex'), `frame ${i}`).toBe(Buffer.from(wanted[i]!).toString('hex'));
}

const SIZES = [[64, 64], [64, 128], [128, 256], [512, 512], [512, 1024]] as const;

describe.each(SIZES)('W = %i, DW = %i', (datapathBits, hostBits) => {
  const c = config({ datapathBits, hostBits, connections: 1024 });
  const draw = random(5);
  const segments = [0, 1, 2, 5, 6, 7, 8, 0, 64, 100, 0, 300, 536, 1448, 63, 3, 0, 9].map((length) => segment(draw, { length, size_log2: 12 + draw.below(4), page: BigInt(draw.below(64)) }));

  test.each([
    ['at once', {}], ['memory slow and in any order', { memory: { reorder: true, read: { latency: [5, 120], interleave: true } } }],
    ['pauses everywhere', { idle: 40, sink: { pause: { percent: 40 } }, memory: { read: { latency: [1, 30], bandwidth: 0.6 }, pauses: { ar: { percent: 40 } } } }],
  ] satisfies [string, Run][])('every segment becomes its frame: %s', (_name, run) => {
    const sim = simulate(transmitTop(c));
    const { out } = start(sim, segments, run);
    sim.until(() => out.frames.length === segments.length, 8000);
    same(out.frames, expected(segments));
  });
});

/** Cycles from the 5th frame's first word to the last one's last, by frames; and the most words missing between two. */
function saturated(c: ReturnType<typeof config>, segments: readonly Segment[]): { readonly cycles: number; readonly bubbles: number; readonly reads: number } {
  const sim = simulate(transmitTop(c));
  // 1 us at 156.25 MHz.
  const { axi, out } = start(sim, segments, { memory: { reorder: true, read: { latency: [150, 162], interleave: true } } });
  sim.until(() => out.frames.length === segments.length, 40_000);
  same(out.frames, expected(segments));
  const frames = out.frames.slice(4);
  const bubbles = frames.slice(1).map((frame, i) => frame.firstCycle - frames[i]!.lastCycle - 1);
  return { cycles: (frames.at(-1)!.lastCycle + 1 - frames[0]!.firstCycle) / frames.length, bubbles: Math.max(...bubbles), reads: axi.reads!.mostOutstanding };
}

describe('saturated, memory 1 us away', () => {
  const stream = (count: number, length: number, seed: number): Segment[] => {
    const draw = random(seed);
    const first = draw.below(65_536);
    // A stream of bytes through a ring of 64 KiB, with timestamps.
    return Array.from({ length: count }, (_, i) => segment(draw, { length, offset: (first + i * length) % 65_536, tagged: false, options: 2 }));
  };

  test.each([[64, 64], [64, 128], [64, 1024]] as const)('W = %i, DW = %i: MSS 1448 with timestamps takes at most 190 cycles a segment, 192.25 is line rate', (datapathBits, hostBits) => {
    const { cycles, bubbles } = saturated(config({ datapathBits, hostBits }), stream(24, 1448, 1));
    expect(cycles).toBeLessThanOrEqual(190);
    expect(bubbles).toBe(0);
  });

  test.each([[64, 64], [64, 128]] as const)('W = %i, DW = %i: 64 bytes with timestamps take at most 19.25 cycles, 8.1 million segments a second', (datapathBits, hostBits) => {
    const { cycles, bubbles, reads } = saturated(config({ datapathBits, hostBits }), stream(100, 64, 2));
    expect(cycles).toBeLessThanOrEqual(19.25);
    expect(bubbles).toBeLessThanOrEqual(2);
    expect(reads).toBeGreaterThan(8);
  });

  test('W = 512, DW = 1024: MSS 1448 takes at most 25 cycles, 39.7 is line rate at 322 MHz', () => {
    const { cycles, bubbles } = saturated(config({ datapathBits: 512, hostBits: 1024, txSegments: 64, txRingBytes: 131_072 }), stream(100, 1448, 3));
    expect(cycles).toBeLessThanOrEqual(25);
    expect(bubbles).toBeLessThanOrEqual(2);
  });
});

const c = config({ hostBits: 128 });

/** Cycles in which slots became free, and the connections of faults. */
function watched(sim: Top): { freed: number; readonly faults: unknown[] } {
  const seen = { freed: 0, faults: [] as unknown[] };
  sim.start((function* (): Process {
    for (;;) {
      yield;
      seen.freed += Number(sim.sampled.freed);
      if (sim.sampled.fault.valid) seen.faults.push(sim.sampled.fault.payload);
    }
  })());
  return seen;
}

test('hazard: DMA completions out of order: frames go out in the order of the grants', () => {
  const sim = simulate(transmitTop(c));
  const draw = random(11);
  const segments = Array.from({ length: 40 }, () => segment(draw, { length: 1 + draw.below(300), size_log2: 14 }));
  const seen = watched(sim);
  const { axi, out } = start(sim, segments, { memory: { reorder: true, read: { latency: [1, 250], interleave: true } } });
  sim.until(() => out.frames.length === segments.length, 8000);
  same(out.frames, expected(segments));
  expect(axi.reads!.overtaken).toBeGreaterThan(10);
  expect(seen).toEqual({ freed: 40, faults: [] });
});

test('hazard: payload over the end of a ring, of one page and of several, and over ends of pages', () => {
  const sim = simulate(transmitTop(c));
  const draw = random(12);
  const segments = [12, 13, 16].flatMap((size_log2) => [1, 15, 16, 17, 500, 1447].map((before, i) => segment(draw, { length: 1448, size_log2, offset: 2 ** size_log2 - before, page: BigInt(16 * i) })))
    .concat([1, 16, 700].map((before) => segment(draw, { length: 1448, size_log2: 16, offset: 8192 - before })));
  const { axi, out } = start(sim, segments);
  sim.until(() => out.frames.length === segments.length, 8000);
  same(out.frames, expected(segments));
  expect(axi.reads!.transactions).toBeGreaterThan(2 * segments.length - 1);
});

test('hazard: the checksum of payload that starts at each lane and ends at each, odd and even', () => {
  const sim = simulate(transmitTop(c));
  const draw = random(13);
  const segments = Array.from({ length: 16 }, (_, lane) => [16 + ((lane * 5) % 16), 1 + lane, 40]).flatMap((lengths, lane) => lengths.map((length) => segment(draw, { length, offset: 0x120 + lane, options: lane % 8 })));
  const { out } = start(sim, segments);
  sim.until(() => out.frames.length === segments.length, 8000);
  same(out.frames, expected(segments));
});

test('hazard: a segment that memory refuses is not sent and names its connection; its neighbours are', () => {
  const sim = bench.simulate(transmitTop(c));
  const draw = random(14);
  // VM 0 has a window, VM 1 has none.
  const window: Window = { vm: 0, index: 0, guest: 0x500n, host: 32n, pages: 32n, writable: false };
  sim.start(openWindows(sim.io.window, [window]));
  sim.step(4);
  const good = (): Segment => segment(draw, { length: 1 + draw.below(900), owner: 1, page: 0x500n, size_log2: 16 });
  const segments = [
    good(), segment(draw, { length: 700, owner: 2, page: 0x500n }), good(), segment(draw, { length: 0, owner: 2 }), good(),
    // Half of it beyond the window; a beat with an error in the middle.
    segment(draw, { length: 1000, owner: 1, page: 0x510n, offset: 65_000, size_log2: 20 }), segment(draw, { length: 1448, owner: 0, page: 100n, offset: 64 }), good(), good(),
  ];
  const faults = [{ response: 'SLVERR' as const, from: 100 * 4096 + 800, to: 100 * 4096 + 801 }];
  const seen = watched(sim);
  const owners: bigint[] = [];
  const { out } = start(sim, segments, { memory: { reorder: true, read: { latency: [1, 60], interleave: true, faults } } });
  sim.until(() => {
    if (sim.sampled.tx.valid && sim.sampled.tx.payload.last) owners.push(sim.sampled.owner);
    return out.frames.length === 6;
  }, 4000);
  sim.step(50);
  const sent = segments.filter((_, i) => ![1, 5, 6].includes(i));
  same(out.frames, sent.map((s, i) => frameOf(s, i, payloadOf(s, MEMORY, s.owner === 1 ? 32 * 4096 : 0))));
  expect(owners.map(Number)).toEqual(sent.map(({ owner }) => owner));
  expect(seen).toEqual({ freed: 9, faults: [1, 5, 6].map((i) => ({ owner: BigInt(segments[i]!.owner), connection: BigInt(segments[i]!.connection) })) });
  expect(sim.io.busy).toBe(0n);
});

test('room for every frame, again and again: more bytes than the ring has, with the wire at a standstill in between', () => {
  const small = config({ hostBits: 128, mtuMostBytes: 1500, txRingBytes: 4096, rxFifoBytes: 4096, txSegments: 4 });
  const sim = simulate(transmitTop(small));
  const draw = random(15);
  const segments = Array.from({ length: 14 }, (_, i) => segment(draw, { length: i % 3 === 0 ? 1448 : draw.below(1449) }));
  const { out } = start(sim, segments, { memory: { read: { latency: 40 } }, sink: { pause: { work: 300, pause: 200 } } });
  sim.until(() => out.frames.length === segments.length, 12_000);
  same(out.frames, expected(segments));
});

test('whatever comes: sizes, rings, owners, refusals, pauses, each seed with another memory', () => {
  const seeds = process.env['VTOE_LONG'] === '1' ? 60 : 3;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const draw = random(1000 + seed);
    const pick = <T>(items: readonly T[]): T => items[draw.below(items.length)]!;
    const datapathBits = pick([64, 128, 256, 512] as const);
    const size = config({
      datapathBits, hostBits: pick(([64, 128, 256, 512, 1024] as const).filter((bits) => bits >= datapathBits)), txSegments: pick([2, 8, 16, 64]), dmaReads: 1 + draw.below(16),
      dmaBurstMostBytes: pick([256, 512, 1024, 2048] as const), checksumCuts: pick([[], ['fold'], ['tree', 'fold', 'accumulate']]),
    });
    const sim = simulate(transmitTop(size));
    // VM 0 has 64 pages of guest memory, VM 1 half of its ring, VM 2 nothing.
    const windows: Window[] = [{ vm: 0, index: 0, guest: 0x500n, host: 32n, pages: 64n, writable: true }, { vm: 1, index: 2, guest: 0x900n, host: 128n, pages: 8n, writable: false }];
    sim.start(openWindows(sim.io.window, windows));
    sim.step(5);
    const whole = new Map<Segment, Uint8Array>();
    const segments = Array.from({ length: 40 }, () => {
      const owner = draw.below(4);
      const s = segment(draw, { owner, page: [BigInt(draw.below(60)), 0x500n, 0x900n, 0x10n][owner]!, size_log2: owner === 0 ? 12 + draw.below(5) : 16, length: pick([0, 0, 1 + draw.below(80), 1 + draw.below(1448), 1448, 4000, draw.chance(0.3) ? 9148 : 5]) });
      const base = [Number(s.ring.page) * 4096, 32 * 4096, 128 * 4096, 0][owner]!;
      const inside = owner < 2 || s.send.length === 0 || (owner === 2 && Array.from({ length: s.send.length }, (_, i) => (s.send.offset + i) % 65_536).every((at) => at < 32_768));
      if (inside) whole.set(s, payloadOf(s, MEMORY, base));
      return s;
    });
    const seen = watched(sim);
    const { out } = start(sim, segments, {
      idle: pick([0, 30]), sink: { pause: pick(['never', { percent: 30 }] as const) },
      memory: { seed, reorder: draw.chance(0.7), read: { latency: [1 + draw.below(50), 60 + draw.below(150)], bandwidth: pick([1, 0.5]), interleave: false }, pauses: pick([{}, { ar: { percent: 40 }, r: { percent: 20 } }]) },
    });
    sim.until(() => seen.freed === segments.length, 60_000);
    const sent = segments.filter((s) => whole.has(s));
    sim.until(() => out.frames.length === sent.length, 20_000);
    same(out.frames, sent.map((s, i) => frameOf(s, i, whole.get(s)!)));
    expect(seen.faults, `seed ${seed}`).toEqual(segments.filter((s) => !whole.has(s)).map(({ owner, connection }) => ({ owner: BigInt(owner), connection: BigInt(connection) })));
    // The room of a segment that was lost last is given back a few cycles later.
    sim.step(10);
    expect(sim.peek('tx.fetch.free'), `seed ${seed}`).toBe(BigInt(size.txRingBytes / (size.hostBits / 8)));
    expect(sim.io.busy).toBe(0n);
  }
});

test('each segment is charged as it is cut: what its frame takes of the wire, also if it is lost later', () => {
  const sim = simulate(transmitTop(c));
  const draw = random(16);
  const segments = [0, 1, 6, 7, 64, 1448, 9000].map((length) => segment(draw, { length, owner: length === 64 ? 3 : 0, tagged: length === 1448 }));
  const charges: unknown[] = [];
  sim.start((function* (): Process {
    for (;;) {
      yield;
      if (sim.sampled.charge.valid) charges.push(sim.sampled.charge.payload);
    }
  })());
  const { out } = start(sim, segments);
  // VM 2 has no windows.
  sim.until(() => out.frames.length === segments.length - 1, 8000);
  expect(charges).toEqual(segments.map((s, i) => ({ owner: BigInt(s.owner), wire_bytes: BigInt(frameOf(s, i, new Uint8Array(s.send.length)).length + 24) })));
});

test('9 cycles from a grant without payload to its frame', () => {
  const sim = bench.simulate(transmitTop(c));
  const { out } = start(sim, [segment(random(1), { length: 0 })]);
  sim.until(() => sim.sampled.segment.valid, 10);
  const granted = sim.cycle - 1;
  sim.until(() => out.frames.length === 1, 100);
  expect(out.frames[0]!.firstCycle - granted).toBe(9);
});

bench.verilog();
