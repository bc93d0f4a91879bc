import { elaborate } from '@vtoe/hdl';
import { axiRegisterSlice } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { AxiMemory, type AxiMemoryOptions } from '../../../sim/bus/axi-memory.ts';
import { DECERR, OKAY, SLVERR } from '../../../sim/bus/axi-response.ts';
import type { AxiAccess } from '../../../sim/bus/axi-store.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { TestBench } from '../../../sim/engine/test-bench.ts';
import { type Random, random } from '../../../sim/random.ts';
import { AxiMasterModel, type Lazy, type ReadBurst, type WriteBurst } from './axi-master-model.ts';
import { bytesOfBeats, type Shape } from './axi-reference.ts';

const IDS = 4;
/** Each ID writes to a region of its own, as writes of different IDs have no order; reads come from another half. */
const REGION = 16_384;
const READ_BASE = IDS * REGION;
const RUBBISH = 0xee;

const designs = new Map<number, ReturnType<typeof elaborate>>();

function designOf(dataWidth: number) {
  const known = designs.get(dataWidth);
  if (known !== undefined) return known;
  const design = elaborate(axiRegisterSlice({ dataWidth, idWidth: 4, userWidth: 7 }));
  designs.set(dataWidth, design);
  return design;
}

function setUp(dataWidth: number, options: Partial<AxiMemoryOptions> = {}, lazy: Lazy = {}, seed = 1) {
  const bench = new TestBench(builtinEngine(designOf(dataWidth)));
  const bytes = Uint8Array.from({ length: 2 * IDS * REGION }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
  const memory = bench.add(new AxiMemory(bench.ports, { prefix: 'm_axi_', store: bytes, ...options }));
  const master = bench.add(new AxiMasterModel(bench.ports, 's_axi_', random(seed).fork('master'), lazy));
  bench.reset();
  return { bench, bytes, memory, master };
}

/** A legal burst of any kind within `[base, base + REGION)`. */
function someShape(draw: Random, base: number, busBytes: number): Shape {
  const size = draw.below(Math.log2(busBytes) + 1);
  const bytes = 2 ** size;
  const kind = draw.below(10);
  const page = base + 4096 * draw.below(REGION / 4096);
  if (kind === 0) return { burst: 'FIXED', size, beats: 1 + draw.below(16), address: page + draw.below(4096) };
  if (kind === 1) return { burst: 'WRAP', size, beats: 2 ** (1 + draw.below(4)), address: page + bytes * draw.below(4096 / bytes) };
  const full = kind > 4 ? Math.log2(busBytes) : size;
  const offset = draw.below(4096);
  const room = Math.floor((4096 - Math.floor(offset / 2 ** full) * 2 ** full) / 2 ** full);
  return { burst: 'INCR', size: full, beats: 1 + draw.below(Math.min(room, kind === 9 ? 256 : 12)), address: page + offset };
}

function someWrite(draw: Random, id: number, busBytes: number): WriteBurst {
  const shape = someShape(draw, id * REGION, busBytes);
  const sparse = draw.chance(0.4);
  const data = bytesOfBeats(shape).map(({ from, to }) => {
    let strobes = 0n;
    for (let address = from; address <= to; address += 1) {
      if (!sparse || draw.chance(0.7)) strobes |= 1n << BigInt(address % busBytes);
    }
    return { lanes: Uint8Array.from({ length: busBytes }, () => draw.below(256)), strobes };
  });
  return { ...shape, id, data, user: id + 1 };
}

/** Byte by byte. */
function apply(burst: WriteBurst, bytes: Uint8Array, busBytes: number): void {
  for (const [i, { from, to }] of bytesOfBeats(burst).entries()) {
    const { lanes, strobes } = burst.data[i]!;
    for (let address = from; address <= to; address += 1) {
      if (((strobes >> BigInt(address % busBytes)) & 1n) === 1n) bytes[address] = lanes[address % busBytes]!;
    }
  }
}

function expectData(burst: ReadBurst, bytes: Uint8Array, busBytes: number): void {
  for (const [i, { from, to }] of bytesOfBeats(burst).entries()) {
    const expected = new Uint8Array(busBytes).fill(RUBBISH);
    for (let address = from; address <= to; address += 1) expected[address % busBytes] = bytes[address]!;
    expect(burst.came[i]).toMatchObject({ lanes: expected, response: OKAY });
  }
}

const TIMINGS: readonly (readonly [string, Partial<AxiMemoryOptions>, Lazy])[] = [
  ['at once', {}, {}],
  ['latency', { read: { latency: 30 }, write: { latency: 7 } }, {}],
  ['latency at random, reordered', { reorder: true, read: { latency: [1, 60] }, write: { latency: [1, 40] } }, { b: 0.3, r: 0.2 }],
  ['reordered, beats mixed', { reorder: true, read: { latency: [5, 20], interleave: true } }, { aw: 0.3, w: 0.1 }],
  ['pauses', { pauses: { aw: { percent: 60 }, w: { every: 3 }, b: { percent: 50 }, ar: { work: 3, pause: [1, 9] }, r: { percent: 30 } } }, { w: 0.3, r: 0.4 }],
  ['little bandwidth, few at once', { read: { bandwidth: 0.3, outstanding: 2 }, write: { bandwidth: 0.4, outstanding: 1 } }, { aw: 0.5 }],
  ['data long before addresses', { write: { earlyBursts: 3 } }, { aw: 0.97 }],
  ['addresses long before data', { write: { earlyBursts: 0 }, reorder: true }, { w: 0.8 }],
  ['address after data', { write: { addressAfterData: true, latency: [1, 5] } }, { w: 0.2, aw: 0.9 }],
];

describe.each([[8, [0, 2, 5]], [32, [0, 1, 2, 3, 4, 5, 6, 7, 8]], [128, [0, 3, 4, 8]], [512, [2, 6]]] as const)('%i bits', (dataWidth, timings) => {
  test.each(timings.map((i) => TIMINGS[i]!))('%s: what is read is what was written', (_name, options, lazy) => {
    const busBytes = dataWidth / 8;
    const { bench, bytes, memory, master } = setUp(dataWidth, options, lazy);
    const reference = bytes.slice();
    const draw = random(7).fork(_name);
    const count = 32;
    const writes = Array.from({ length: count }, () => master.write(someWrite(draw, draw.below(IDS), busBytes)));
    for (const burst of writes) apply(burst, reference, busBytes);
    const reads = Array.from({ length: count }, () => master.read({ ...someShape(draw, READ_BASE + REGION * draw.below(IDS), busBytes), id: draw.below(IDS), came: [] }));
    bench.until(() => master.pending === 0, 200_000, 'not all was answered');
    const again = Array.from({ length: count }, () => master.read({ ...someShape(draw, REGION * draw.below(IDS), busBytes), id: draw.below(16), came: [] }));
    bench.until(() => master.pending === 0, 200_000, 'not all was answered');

    expect(writes.every(({ response }) => response === OKAY)).toBe(true);
    expect(Buffer.compare(bytes, reference)).toBe(0);
    for (const burst of [...reads, ...again]) expectData(burst, reference, busBytes);
    const beats = (bursts: readonly Shape[]) => bursts.reduce((sum, burst) => sum + burst.beats, 0);
    expect(memory.writes).toMatchObject({ transactions: count, answered: count, beats: beats(writes), injectedErrors: 0, storeErrors: 0 });
    expect(memory.reads).toMatchObject({ transactions: 2 * count, answered: 2 * count, beats: beats([...reads, ...again]) });
    expect(memory.outstanding).toEqual({ reads: 0, writes: 0 });
  });
});

test('two runs of a seed are equal, cycle by cycle, and those of another are not', () => {
  const run = (seed: number) => {
    const { bench, master } = setUp(32, { reorder: true, seed, read: { latency: [1, 30], interleave: true }, write: { latency: [1, 30] }, pauses: { r: { percent: 20 }, aw: { percent: 40 } } });
    const draw = random(3);
    for (let i = 0; i < 30; i += 1) {
      master.write(someWrite(draw, draw.below(IDS), 4));
      master.read({ ...someShape(draw, READ_BASE, 4), id: draw.below(IDS), came: [] });
    }
    bench.until(() => master.pending === 0, 50_000);
    return master.answers;
  };
  const first = run(5);
  expect(run(5)).toEqual(first);
  expect(run(6)).not.toEqual(first);
});

const word = (address: number, id = 0): ReadBurst => ({ address, id, beats: 1, size: 2, burst: 'INCR', came: [] });
const wordWrite = (address: number, id = 0, beats = 1): WriteBurst => ({ address, id, beats, size: 2, burst: 'INCR', data: Array.from({ length: beats }, (_, i) => ({ lanes: Uint8Array.of(1, 2, 3, i), strobes: 0xfn })) });

describe('timing', () => {
  /** Cycle of the last address transfer of reads at the memory's port; the slice adds one to the way back. */
  function oneRead(options: Partial<AxiMemoryOptions>): number {
    const { bench, memory, master } = setUp(32, options);
    bench.run(3);
    const burst = master.read(word(READ_BASE));
    bench.until(() => memory.reads!.transactions === 1, 50);
    const asked = bench.cycle;
    bench.until(() => burst.done === true, 500);
    return bench.cycle - asked;
  }

  test('a read is answered after its latency: 1 cycle more is that of the slice', () => {
    expect(oneRead({})).toBe(1 + 1);
    expect(oneRead({ read: { latency: 1 } })).toBe(1 + 1);
    expect(oneRead({ read: { latency: 25 } })).toBe(25 + 1);
  });

  test('a write is answered its latency after address and last data', () => {
    const { bench, memory, master } = setUp(32, { write: { latency: 12 } });
    bench.run(3);
    const burst = master.write(wordWrite(0, 0, 4));
    bench.until(() => memory.writes!.beats === 4, 50);
    const asked = bench.cycle;
    bench.until(() => burst.response !== undefined, 50);
    expect(bench.cycle - asked).toBe(12 + 1);
  });

  test.each([1, 0.75, 0.5, 0.3])('reads go at %f beats per cycle', (bandwidth) => {
    const { bench, memory, master } = setUp(32, { read: { bandwidth } });
    for (let i = 0; i < 20; i += 1) master.read({ address: READ_BASE + 1024 * i, id: i % IDS, beats: 256, size: 2, burst: 'INCR', came: [] });
    bench.until(() => memory.reads!.beats > 0, 50);
    const start = memory.reads!.beats;
    bench.run(2000);
    expect((memory.reads!.beats - start) / 2000).toBeCloseTo(bandwidth, 2);
  });

  test.each([1, 0.75, 0.3])('writes go at %f beats per cycle', (bandwidth) => {
    const { bench, memory, master } = setUp(32, { write: { bandwidth } });
    for (let i = 0; i < 20; i += 1) master.write(wordWrite(1024 * i, i % IDS, 256));
    bench.until(() => memory.writes!.beats > 0, 50);
    const start = memory.writes!.beats;
    bench.run(2000);
    expect((memory.writes!.beats - start) / 2000).toBeCloseTo(bandwidth, 2);
  });

  test('no more than `outstanding` at once, and as many', () => {
    const { bench, memory, master } = setUp(32, { read: { latency: 100, outstanding: 3 } });
    for (let i = 0; i < 12; i += 1) master.read(word(READ_BASE + 4 * i, i));
    bench.run(90);
    expect(memory.outstanding.reads).toBe(3);
    bench.until(() => master.pending === 0, 1000);
    expect(memory.reads!.mostOutstanding).toBe(3);
  });
});

describe('order', () => {
  const ids = (options: Partial<AxiMemoryOptions>) => {
    const { bench, memory, master } = setUp(32, options);
    for (let i = 0; i < 64; i += 1) master.read(word(READ_BASE + 4 * i, i % IDS));
    bench.until(() => master.pending === 0, 5000);
    return { ids: master.answers.map(({ id }) => id), overtaken: memory.reads!.overtaken };
  };

  test('is that of the addresses unless asked otherwise', () => {
    expect(ids({ read: { latency: [1, 50] } })).toEqual({ ids: Array.from({ length: 64 }, (_, i) => i % IDS), overtaken: 0 });
  });

  test('changes between IDs with reorder, and never within one: data would be wrong', () => {
    const result = ids({ reorder: true, read: { latency: [1, 50] } });
    expect(result.ids).not.toEqual(Array.from({ length: 64 }, (_, i) => i % IDS));
    expect(result.ids.filter((id) => id === 2)).toHaveLength(16);
    expect(result.overtaken).toBeGreaterThan(10);
  });

  test('beats of two bursts mix with interleave', () => {
    const mixed = (interleave: boolean) => {
      const { bench, master } = setUp(32, { reorder: true, read: { latency: 20, interleave } });
      const bursts = [1, 2].map((id) => master.read({ address: READ_BASE, id, beats: 16, size: 2, burst: 'INCR', came: [] }));
      bench.until(() => master.pending === 0, 500);
      const [a, b] = bursts.map(({ came }) => came.map(({ cycle }) => cycle));
      return a!.at(-1)! > b![0]! && b!.at(-1)! > a![0]!;
    };
    expect(mixed(false)).toBe(false);
    expect(mixed(true)).toBe(true);
  });
});

describe('errors on purpose', () => {
  test('by address: the beats that touch it, and nothing of them is written', () => {
    const { bench, bytes, memory, master } = setUp(32, {
      read: { faults: [{ response: 'SLVERR', from: READ_BASE + 9, to: READ_BASE + 10 }] }, write: { faults: [{ response: 'DECERR', from: 4, to: 8 }] },
    });
    const before = bytes.slice(0, 16);
    const read = master.read({ ...word(READ_BASE), beats: 4 });
    const write = master.write(wordWrite(0, 0, 4));
    bench.until(() => master.pending === 0, 100);
    expect(read.came.map(({ response }) => response)).toEqual([OKAY, OKAY, SLVERR, OKAY]);
    expect(read.came[2]!.lanes).toEqual(new Uint8Array(4).fill(RUBBISH));
    expect(write.response).toBe(DECERR);
    expect([...bytes.subarray(0, 16)]).toEqual([1, 2, 3, 0, ...before.subarray(4, 8), 1, 2, 3, 2, 1, 2, 3, 3]);
    expect([memory.reads!.injectedErrors, memory.writes!.injectedErrors, memory.reads!.storeErrors]).toEqual([1, 1, 0]);
  });

  test('by number: all of one transaction', () => {
    const { bench, bytes, master } = setUp(32, { read: { faults: [{ response: 'DECERR', transaction: 1 }] }, write: { faults: [{ response: 'SLVERR', transaction: 2 }] } });
    const old = bytes.slice(0, 12);
    const reads = [0, 1, 2].map((i) => master.read({ ...word(READ_BASE + 4 * i), beats: 2 }));
    const writes = [0, 1, 2].map((i) => master.write(wordWrite(4 * i)));
    bench.until(() => master.pending === 0, 100);
    expect(reads.map(({ came }) => came.map(({ response }) => response))).toEqual([[OKAY, OKAY], [DECERR, DECERR], [OKAY, OKAY]]);
    expect(writes.map(({ response }) => response)).toEqual([OKAY, OKAY, SLVERR]);
    expect([...bytes.subarray(0, 12)]).toEqual([1, 2, 3, 0, 1, 2, 3, 0, ...old.subarray(8)]);
  });

  test('by probability, out of the seed', () => {
    const some = (seed: number) => {
      const { bench, memory, master } = setUp(32, { seed, read: { faults: [{ response: 'SLVERR', probability: 0.25 }] } });
      const reads = Array.from({ length: 400 }, (_, i) => master.read(word(READ_BASE + 4 * i, i % IDS)));
      bench.until(() => master.pending === 0, 5000);
      const bad = reads.flatMap(({ came }, i) => (came[0]!.response === SLVERR ? [i] : []));
      expect(memory.reads!.injectedErrors).toBe(bad.length);
      return bad;
    };
    const bad = some(1);
    expect(bad.length).toBeGreaterThan(70);
    expect(bad.length).toBeLessThan(130);
    expect(some(1)).toEqual(bad);
    expect(some(2)).not.toEqual(bad);
  });

  test('those of the store: outside of the bytes, and beyond 2^53', () => {
    const { bench, memory, master } = setUp(32);
    const reads = [master.read(word(2 * IDS * REGION)), master.read(word(2 * IDS * REGION - 4)), master.read(word(2 ** 60))];
    const write = master.write(wordWrite(2 ** 40));
    bench.until(() => master.pending === 0, 100);
    expect(reads.map(({ came }) => came[0]!.response)).toEqual([DECERR, OKAY, DECERR]);
    expect(write.response).toBe(DECERR);
    expect([memory.reads!.storeErrors, memory.writes!.storeErrors, memory.writes!.injectedErrors]).toEqual([2, 1, 0]);
  });
});

test('a store learns who asks, and gets a dense burst in one piece, a sparse one in runs', () => {
  const seen: unknown[] = [];
  const { bench, master } = setUp(32, {
    store: {
      read: ({ id, user, prot, number }: AxiAccess, address, length) => {
        seen.push(['read', id, user, prot, number, address, length]);
        return OKAY;
      },
      write: ({ id, user, number }: AxiAccess, address, length, from, at) => {
        seen.push(['write', id, user, number, address, [...from.subarray(at, at + length)]]);
        return user === 9 ? SLVERR : OKAY;
      },
    },
  });
  master.read({ ...word(0x1006, 3), beats: 3, user: 5 });
  bench.until(() => master.pending === 0, 100);
  master.write({ ...wordWrite(0x2000, 1, 2), user: 9 });
  const sparse = master.write({ ...wordWrite(0x3000), data: [{ lanes: Uint8Array.of(1, 2, 3, 4), strobes: 0b1011n }] });
  master.write({ ...wordWrite(0x4000), data: [{ lanes: Uint8Array.of(1, 2, 3, 4), strobes: 0n }] });
  bench.until(() => master.pending === 0, 100);
  expect(seen).toEqual([
    ['read', 3, 5, 2, 0, 0x1006, 10],
    ['write', 1, 9, 0, 0x2000, [1, 2, 3, 0, 1, 2, 3, 1]],
    ['write', 0, 0, 1, 0x3000, [1, 2]],
    ['write', 0, 0, 1, 0x3003, [4]],
  ]);
  expect(sparse.response).toBe(OKAY);
});

describe('silence', () => {
  test('from a transaction on: it is taken and never answered', () => {
    const { bench, memory, master } = setUp(32, { reorder: true, read: { silentFrom: 5 }, write: { silentFrom: 0 } });
    const reads = Array.from({ length: 8 }, (_, i) => master.read(word(READ_BASE, i % IDS)));
    master.write(wordWrite(0));
    bench.run(500);
    expect(reads.map(({ done }) => done ?? false)).toEqual([true, true, true, true, true, false, false, false]);
    expect(memory.outstanding).toEqual({ reads: 3, writes: 1 });
    expect(() => bench.until(() => master.pending === 0, 300, 'not all was answered')).toThrow(/^not all was answered within 300 cycles$/);
  });

  test('at once: a burst that has begun comes to its end', () => {
    const { bench, memory, master } = setUp(32);
    const reads = [1, 2].map((id) => master.read({ ...word(READ_BASE, id), beats: 32 }));
    bench.until(() => reads[0]!.came.length === 3, 100);
    memory.silence('reads');
    const write = master.write(wordWrite(0));
    bench.run(300);
    expect(reads.map(({ came }) => came.length)).toEqual([32, 0]);
    expect(write.response).toBe(OKAY);
    bench.reset();
    expect(memory.outstanding.reads).toBe(0);
  });
});

test('a reset in the middle of everything: nothing is left of it', () => {
  const { bench, memory, master } = setUp(32, { read: { latency: 40 }, write: { latency: 40 } });
  for (let i = 0; i < 6; i += 1) {
    master.read({ ...word(READ_BASE + 64 * i, i), beats: 8 });
    master.write(wordWrite(64 * i, i, 8));
  }
  bench.run(60);
  expect(memory.outstanding.reads).toBeGreaterThan(0);
  // The master model knows no reset: another one goes on.
  const { ports } = bench;
  for (const name of ['awvalid', 'wvalid', 'arvalid']) ports.words[ports.port(`s_axi_${name}`).offset >> 2] = 0;
  const rest = master.pending;
  bench.reset(3);
  expect(memory.outstanding).toEqual({ reads: 0, writes: 0 });
  expect(rest).toBeGreaterThan(0);
});
