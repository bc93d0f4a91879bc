import { connect, inst, module, type Process, simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { type Config, config, derived } from '../../../hw/config.ts';
import { dmaSplit } from '../../../hw/dma/split.ts';
import { dmaWrite } from '../../../hw/dma/write.ts';
import { PLACE_TAG_BITS, placeRange, rxPlace } from '../../../hw/net/rx-place.ts';
import { ringWords } from '../../../hw/net/rx-store.ts';
import { AxiMemory, type AxiMemoryOptions } from '../../../sim/bus/axi-memory.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { attach, portsOf } from '../support/bus.ts';
import { bytesOf } from './support/drive.ts';

const bench = hardwareBench();
const DMA = { clients: 1, tagBits: PLACE_TAG_BITS };
const UNTOUCHED = 0xc3;
const MEMORY_BYTES = 1 << 19;
const of = (datapathBits: number, hostBits: number, rest: Partial<Config> = {}) => config({ datapathBits, hostBits: hostBits as Config['hostBits'], mtuMostBytes: 1500, vms: 2, rxFifoBytes: 8192, rxFifoFrames: 16, txRingBytes: 8192, ...rest });

/** With what cuts and writes, up to the bus. */
function placing(c: Config) {
  const place = rxPlace(c, { ...DMA, client: 0 });
  const { range: _range, data: _data, done: _done, ...ports } = place.ports;
  const { window, cache, m } = dmaWrite(c, DMA).ports;
  return module('placing', { w: c.datapathBits, h: c.hostBits, m: c.dmaBurstMostBytes, s: c.rxFifoFrames }, { ...ports, window, cache, m }, (io) => {
    const inner = inst(place, { frames: io.frames, read_data: io.read_data, verdict: io.verdict, routed: io.routed });
    const split = inst(dmaSplit(c, placeRange), { range: inner.range });
    const write = inst(dmaWrite(c, DMA), { period: false, window: io.window, cache: io.cache });
    const { owner, address, bytes, tag } = split.burst.payload;
    write.request[0]!.valid.set(split.burst.valid);
    write.request[0]!.payload.set({ owner, address, bytes, tag });
    split.burst.ready.set(write.request[0]!.ready);
    write.data[0]!.from(inner.data);
    inner.done.from(write.done);
    connect(io.m, write.m);
    io.read_enable.set(inner.read_enable);
    io.read_address.set(inner.read_address);
    io.freed.set(inner.freed);
    io.slot_free.set(inner.slot_free);
    io.echo.from(inner.echo);
    io.punt.from(inner.punt);
    io.retired.from(inner.retired);
    io.ready.set(inner.ready);
    return { inner, split, write };
  });
}

type Sim = Simulation<ReturnType<typeof placing>['ports']>;
type Kind = 'None' | 'Place' | 'Echo' | 'Punt';

interface Work {
  readonly bytes: Uint8Array;
  readonly payloadAt: number;
  readonly kind: Kind;
  readonly owner?: number;
  readonly connection?: number;
  readonly page?: number;
  readonly size?: number;
  readonly offset?: number;
  readonly skip?: number;
  readonly length?: number;
}

interface Result {
  readonly store: Uint8Array;
  readonly echo: Uint8Array[];
  readonly punt: Uint8Array[];
  readonly retired: { readonly slot: number; readonly placed: boolean; readonly connection: number; readonly failed: boolean; readonly cycle: number }[];
  /** Cycles from the first frame to the last one retired. */
  readonly cycles: number;
}

/** Gives frames as room for them comes, verdicts after up to `delay` cycles, in any order. */
function work(sim: Sim, c: Config, list: readonly Work[], { delay = 0, memory = {} }: { readonly delay?: number; readonly memory?: Partial<AxiMemoryOptions> } = {}): Result {
  const { datapathBytes: lanes } = derived(c);
  const words = ringWords(c);
  const ring: bigint[] = Array.from({ length: words }, () => 0n);
  const store = new Uint8Array(MEMORY_BYTES).fill(UNTOUCHED);
  attach(sim, new AxiMemory(portsOf(sim), { prefix: 'm_axi_', store, incrementing: true, maximumBytes: c.dmaBurstMostBytes, ...memory }));
  const result = { store, echo: [] as Uint8Array[], punt: [] as Uint8Array[], retired: [] as { slot: number; placed: boolean; connection: number; failed: boolean; cycle: number }[] };
  const r = random(9);
  const verdicts: { readonly at: number; readonly slot: number; readonly work: Work }[] = [];
  const copying = { echo: [] as number[], punt: [] as number[] };
  let [wr, given, freeSlots] = [0, 0, c.rxFifoFrames];

  // The ring: a word in the cycle behind its address.
  sim.start((function* (): Process {
    for (;;) {
      yield;
      if (sim.sampled.read_enable) sim.io.read_data = ring[Number(sim.sampled.read_address)]!;
    }
  })());
  sim.start((function* (): Process {
    for (;;) {
      yield;
      const { retired, slot_free } = sim.sampled;
      if (slot_free) freeSlots += 1;
      if (retired.valid) result.retired.push({ slot: Number(retired.payload.slot), placed: retired.payload.placed, connection: Number(retired.payload.connection), failed: retired.payload.failed, cycle: sim.cycle });
      for (const kind of ['echo', 'punt'] as const) {
        const port = sim.sampled[kind];
        if (!port.valid) continue;
        copying[kind].push(...bytesOf(port.payload, lanes));
        if (!port.payload.last) continue;
        result[kind].push(Uint8Array.from(copying[kind]));
        copying[kind] = [];
      }
    }
  })());
  // A frame is told of before it is the oldest one, so its verdict may be there before its turn.
  const answer = (frame: number): void => {
    const work = list[frame];
    if (work !== undefined) verdicts.push({ at: sim.cycle + r.below(delay + 1), slot: frame % c.rxFifoFrames, work });
  };
  while (!sim.io.ready) sim.step();
  const start = sim.cycle;
  answer(0);
  let routedWaits = false;
  while (result.retired.length < list.length) {
    if (sim.cycle - start > 400_000) throw new Error(`only ${result.retired.length} of ${list.length} frames were retired`);
    // Frames.
    if (sim.io.frames.valid && sim.sampled.frames.ready) sim.io.frames.valid = false;
    const next = list[given];
    if (!sim.io.frames.valid && next !== undefined && freeSlots > 0) {
      const count = Math.ceil(next.bytes.length / lanes);
      const level = (wr - Number(sim.io.freed) + 2 * words) % (2 * words);
      if (level + count <= words) {
        for (let i = 0; i < count; i++) {
          const word = new Uint8Array(lanes).fill(0xee);
          word.set(next.bytes.subarray(i * lanes, (i + 1) * lanes));
          ring[(wr + i) % words] = BigInt(`0x${Buffer.from(word.reverse()).toString('hex')}`);
        }
        sim.io.frames.valid = true;
        sim.io.frames.payload = { slot: given % c.rxFifoFrames, first: wr, bytes: next.bytes.length, payload_at: next.payloadAt };
        answer(given + 1);
        wr = (wr + count) % (2 * words);
        [given, freeSlots] = [given + 1, freeSlots - 1];
      }
    }
    // Verdicts: with a ring, or without one if that port is free.
    const take = (wanted: (kind: Kind) => boolean) => {
      const due = verdicts.findIndex(({ at, work }) => at <= sim.cycle && wanted(work.kind));
      return due < 0 ? undefined : verdicts.splice(due, 1)[0]!;
    };
    const verdict = take((kind) => kind === 'Place' || kind === 'None');
    sim.io.verdict.valid = verdict !== undefined;
    if (verdict !== undefined) {
      const { kind, owner = 0, connection = 0, page = 0, size = 12, offset = 0, skip = 0, length = 0 } = verdict.work;
      sim.io.verdict.payload = { slot: verdict.slot, kind, owner, connection, base: page, size, offset, skip, length };
    }
    if (!routedWaits || sim.sampled.routed.ready) {
      const routed = take((kind) => kind !== 'Place');
      routedWaits = routed !== undefined;
      sim.io.routed.valid = routedWaits;
      if (routed !== undefined) sim.io.routed.payload = { slot: routed.slot, kind: routed.work.kind };
    }
    sim.step();
  }
  const cycles = sim.cycle - start;
  // A slot whose frame is handed on is free before the frame's last word.
  sim.step(c.rxFifoBytes / lanes);
  return { ...result, cycles };
}

/** What memory, echo and punt are to hold. */
function check(c: Config, list: readonly Work[], result: Result): void {
  const expected = new Uint8Array(MEMORY_BYTES).fill(UNTOUCHED);
  for (const { bytes, payloadAt, kind, page = 0, size = 12, offset = 0, skip = 0, length = 0 } of list) {
    if (kind !== 'Place') continue;
    for (let i = 0; i < length; i++) expected[page * 4096 + ((offset + i) % 2 ** size)] = bytes[payloadAt + skip + i]!;
  }
  for (const [at, byte] of expected.entries()) if (byte !== result.store[at]) expect(`${at}: ${result.store[at]}`).toBe(`${at}: ${byte}`);
  expect(result.retired.map(({ slot, placed, failed }) => ({ slot, placed, failed }))).toEqual(list.map(({ kind, length = 0 }, i) => ({ slot: i % c.rxFifoFrames, placed: kind === 'Place' && length > 0, failed: false })));
  expect(result.echo).toEqual(list.filter(({ kind }) => kind === 'Echo').map(({ bytes }) => bytes));
  expect(result.punt).toEqual(list.filter(({ kind }) => kind === 'Punt').map(({ bytes }) => bytes));
}

let made = 0;
/** A frame with bytes that differ from those of others. */
const frameOf = (count: number): Uint8Array => {
  made += 1;
  const seed = made;
  return Uint8Array.from({ length: count }, (_, i) => (seed * 31 + i * 7 + (i >> 8)) & 0xff);
};

/** Frames of all kinds; no two are placed on one byte. */
function mixture(count: number, seed: number): Work[] {
  const r = random(seed);
  let page = 1;
  return Array.from({ length: count }, () => {
    const payloadAt = 54 + 4 * r.below(10);
    const payload = r.chance(0.2) ? 0 : r.chance(0.2) ? r.below(1400) : r.below(150);
    const bytes = frameOf(Math.max(60, payloadAt + payload));
    const kind = (['None', 'Place', 'Place', 'Place', 'Echo', 'Punt'] as const)[r.below(6)]!;
    const size = 12 + r.below(2);
    const skip = r.chance(0.5) ? 0 : r.below(payload + 1);
    const work = { bytes, payloadAt, kind, page, size, offset: r.chance(0.4) ? 2 ** size - 1 - r.below(100) : r.below(2 ** size), skip, length: payload - skip };
    page = (page + 2 ** (size - 12)) % 120;
    return work;
  });
}

const SIZES = [[64, 64], [64, 128], [64, 1024], [128, 256], [256, 256], [512, 512], [512, 1024]] as const;

describe.each(SIZES)('%i bits to %i', (width, host) => {
  test.each([
    ['memory at once', { delay: 0 }],
    ['late verdicts and late memory', { delay: 60, memory: { reorder: true, write: { latency: [5, 120], bandwidth: 0.7 }, pauses: { aw: { percent: 40 }, w: { percent: 30 }, b: { percent: 30 } } } }],
  ] satisfies [string, Parameters<typeof work>[3]][])('payload, copies and frames without either: %s', (_load, options) => {
    const c = of(width, host);
    const list = mixture(80, width + host);
    check(c, list, work(simulate(placing(c)), c, list, options));
  });

  test('every alignment of frame and ring', () => {
    const c = of(width, host);
    const [from, to] = [width / 8, host / 8];
    const list: Work[] = [];
    const step = Math.max(1, (from * to) / 256);
    for (let pair = 0; pair < from * to; pair += step) {
      const [skip, offset] = [Math.floor(pair / to), (pair * (step > 1 ? 1 + 2 * (pair % 7) : 1)) % to];
      const lengths = [1, 2, from - 1, from, from + 1, to, 2 * to + 3];
      const length = lengths[list.length % lengths.length]!;
      list.push({ bytes: frameOf(54 + skip + length), payloadAt: 54, kind: 'Place', page: 1, size: 18, offset: offset + list.length * 4 * to, skip, length });
    }
    check(c, list, work(simulate(placing(c)), c, list));
  });
});

test.each([[12, 256], [12, 2048], [13, 2048]] as const)('a ring of 2^%i bytes wraps, and is cut at 4 KiB, with bursts of %i', (size, dmaBurstMostBytes) => {
  const c = of(64, 128, { dmaBurstMostBytes });
  const most = 2 ** size;
  const list = [1, 15, 16, 17, 100, 1399, 1400].flatMap((before, i) => [{ bytes: frameOf(1454), payloadAt: 54, kind: 'Place' as const, page: 2 + i * 2, size, offset: most - before, skip: 0, length: 1400 }]);
  // And over the end of a page inside.
  if (size > 12) list.push({ bytes: frameOf(1454), payloadAt: 54, kind: 'Place', page: 40, size, offset: 4096 - 700, skip: 0, length: 1400 });
  const result = work(bench.simulate(placing(c)), c, list);
  check(c, list, result);
  // It did wrap: the first byte of the first ring is the second of the payload.
  expect(result.store[2 * 4096]).toBe(list[0]!.bytes[55]);
});

test('slots are retired in order, whatever order memory answers in, and not before it has', () => {
  const c = of(64, 128);
  const list: Work[] = Array.from({ length: 40 }, (_, i) => ({ bytes: frameOf(118), payloadAt: 54, kind: i % 3 === 0 ? 'None' : 'Place', page: 1 + i, size: 12, offset: 5, skip: 0, length: 64 }));
  const result = work(bench.simulate(placing(c)), c, list, { memory: { reorder: true, write: { latency: [100, 200] } } });
  check(c, list, result);
  // The first write is answered after 100 cycles at the earliest, and nobody behind it is retired before.
  expect(result.retired[0]!.placed).toBe(false);
  expect(result.retired[1]!.cycle - result.retired[0]!.cycle).toBeGreaterThan(100);
});

test('what a VM has no window for, or memory refuses, is told as failed with its slot and connection, and no other', () => {
  const c = of(64, 128);
  const list: Work[] = Array.from({ length: 12 }, (_, i) => ({ bytes: frameOf(200), payloadAt: 54, kind: 'Place', owner: i === 3 ? 2 : 0, connection: 100 + i, page: 1 + i, size: 12, offset: 4000, skip: 0, length: 140 }));
  const { retired } = work(bench.simulate(placing(c)), c, list, { memory: { write: { faults: [{ response: 'SLVERR', from: 8 * 4096, to: 8 * 4096 + 1 }] } } });
  expect(retired.flatMap(({ slot, connection, failed }) => (failed ? [[slot, connection]] : []))).toEqual([[3, 103], [7, 107]]);
});

test('a verdict that comes late holds up those behind it, and they keep theirs', () => {
  const c = of(64, 64);
  const list = mixture(60, 3);
  check(c, list, work(simulate(placing(c)), c, list, { delay: 300 }));
});

describe('throughput', () => {
  const perFrame = (width: number, host: number, one: () => Work): number => {
    const c = of(width, host, { rxFifoBytes: 65_536, rxFifoFrames: 256 });
    const list = Array.from({ length: 200 }, (_, i) => ({ ...one(), page: 1 + (i % 100) }));
    const { cycles } = work(simulate(placing(c)), c, list, { memory: { write: { latency: [1, 1] } } });
    return cycles / list.length;
  };

  test('without payload: a frame a cycle', () => {
    expect(perFrame(512, 1024, () => ({ bytes: frameOf(60), payloadAt: 54, kind: 'None' }))).toBeLessThan(1.2);
  });

  // 10G: 1514 bytes take 192.25 cycles, 118 bytes 19.25 of 64 bits at 156.25 MHz. 100G: 39.7 and 3.97 of 512 bits at 322 MHz.
  test.each([[64, 128, 1460, 192], [64, 128, 64, 19], [512, 1024, 1460, 39], [512, 1024, 64, 3.9]])('%i bits to %i: payload of %i bytes in at most %d cycles', (width, host, length, most) => {
    expect(perFrame(width, host, () => ({ bytes: frameOf(54 + length), payloadAt: 54, kind: 'Place', size: 12, offset: 13, skip: 0, length }))).toBeLessThan(most);
  });
});

test('misuse', () => {
  const c = of(64, 128);
  const twice = simulate(placing(c));
  while (!twice.io.ready) twice.step();
  Object.assign(twice.io.verdict, { valid: true, payload: { slot: 3, kind: 'None', owner: 0, connection: 0, base: 0, size: 12, offset: 0, skip: 0, length: 0 } });
  twice.step();
  expect(() => twice.step()).toThrow('rxPlace: a slot gets one verdict');

  const early = simulate(placing(c));
  early.io.verdict.valid = true;
  expect(() => early.step()).toThrow('rxPlace: no verdict comes before ready');

  const beyond: Work = { bytes: frameOf(60), payloadAt: 54, kind: 'Place', page: 1, length: 7 };
  expect(() => work(simulate(placing(c)), c, [beyond])).toThrow('rxPlace: a verdict places bytes that the frame has');
});

test.each([[512, 1024], [128, 128]] as const)('recorded for the emitted Verilog: %i bits to %i', (width, host) => {
  const c = of(width, host);
  const list = mixture(20, 7);
  check(c, list, work(bench.simulate(placing(c)), c, list, { delay: 10 }));
});

bench.verilog();
