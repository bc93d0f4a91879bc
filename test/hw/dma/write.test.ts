import { connect, inst, module, pausing, type Process, simulate, type Simulation, streamSource } from '@vtoe/hdl';
import { checkAxiWrite } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { config, type Config, derived } from '../../../hw/config.ts';
import type { DmaClients } from '../../../hw/dma/burst.ts';
import { dmaWrite } from '../../../hw/dma/write.ts';
import { AxiMemory, type AxiMemoryOptions } from '../../../sim/bus/axi-memory.ts';
import { random } from '../../../sim/random.ts';
import { blockRams } from '../../hdl/lib/block-ram.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { attach, portsOf } from '../support/bus.ts';
import { beatsOf, type Burst, drawBurst, lanes, MEMORY_PAGES, openWindows, PAGE, translated } from './bursts.ts';

const bench = hardwareBench();
const CLIENTS: DmaClients = { clients: 3, tagBits: 8 };
/** What memory holds where nobody writes. */
const UNTOUCHED = 0xc3;

/** The engine, with the rules of AXI watched on its port. */
function checkedWrite(c: Config, clients = CLIENTS) {
  const engine = dmaWrite(c, clients);
  return module('dma_write_checked', { d: c.hostBits, n: clients.clients, r: c.dmaWrites, m: c.dmaBurstMostBytes }, engine.ports, (io) => {
    const dma = inst(engine, { request: io.request, data: io.data, window: io.window, cache: io.cache, period: io.period });
    io.done.from(dma.done);
    io.fault.from(dma.fault);
    io.busy.set(dma.busy);
    io.stuck.set(dma.stuck);
    connect(io.m, dma.m);
    return { dma, rules: checkAxiWrite(dma.m, { incrementing: true, maximumBytes: c.dmaBurstMostBytes, outstanding: c.dmaWrites }) };
  });
}

type Engine = Simulation<ReturnType<typeof checkedWrite>['ports']>;
type Ends = Map<string, { readonly error: boolean; readonly cycle: number }>;

/** Byte `i` of a burst. */
const byteOf = (client: number, { tag, address }: Burst, i: number): number => (client * 85 + tag * 7 + Number(address & 0xffn) * 3 + i * 13) & 0xff;

/** The beats of a burst; the lanes outside of it hold rubbish that no one may see. */
function beats(client: number, burst: Burst, hostBytes: number): bigint[] {
  const skipped = Number(burst.address % BigInt(hostBytes));
  return Array.from({ length: beatsOf(burst, hostBytes) }, (_, k) => lanes(Uint8Array.from({ length: hostBytes }, (_, lane) => {
    const i = k * hostBytes + lane - skipped;
    return i >= 0 && i < burst.bytes ? byteOf(client, burst, i) : 0xee;
  })));
}

function start(sim: Engine, c: Config, bursts: readonly (readonly Burst[])[], options: Partial<AxiMemoryOptions> = {}, idle = 0) {
  const { hostBytes } = derived(c);
  const store = new Uint8Array(MEMORY_PAGES * PAGE).fill(UNTOUCHED);
  const memory = attach(sim, new AxiMemory(portsOf(sim), { prefix: 'm_axi_', store, incrementing: true, maximumBytes: c.dmaBurstMostBytes, ...options }));
  const ends: Ends = new Map();
  const total = bursts.reduce((sum, list) => sum + list.length, 0);
  sim.start(openWindows(sim.io.window));
  sim.step(8);
  for (const [client, list] of bursts.entries()) {
    sim.start(streamSource(sim.io.request[client]!, sim.sampled.request[client]!, list, pausing(idle, client + 1)));
    sim.start(streamSource(sim.io.data[client]!, sim.sampled.data[client]!, list.flatMap((burst) => beats(client, burst, hostBytes)), pausing(idle, client + 11)));
  }
  sim.start((function* (): Process {
    for (;;) {
      yield;
      if (!sim.sampled.done.valid) continue;
      const { client, tag, error } = sim.sampled.done.payload;
      expect(ends.has(`${client}.${tag}`), `a second end of burst ${client}.${tag}`).toBe(false);
      ends.set(`${client}.${tag}`, { error, cycle: sim.cycle });
    }
  })());
  return { memory, store, ends, all: () => ends.size === total };
}

/** Bursts that do not overlap, so that their order in memory does not matter. */
function draw(c: Config, each: number, outside: number, seed = 1): Burst[][] {
  const source = random(seed);
  const taken = new Set<string>();
  return Array.from({ length: CLIENTS.clients }, () => Array.from({ length: each }, (_, tag) => {
    for (;;) {
      const burst = drawBurst(source, c, tag, { outside });
      const key = `${burst.owner}.${burst.address >> 12n}`;
      if (taken.has(key) && translated(burst, 'write') !== undefined) continue;
      taken.add(key);
      return burst;
    }
  }));
}

/** Memory holds the bursts that were allowed, and nothing beside them; the others ended with an error. */
function check(bursts: readonly (readonly Burst[])[], store: Uint8Array, ends: Ends, failed: readonly string[] = []): { refused: number } {
  const expected = new Uint8Array(store.length).fill(UNTOUCHED);
  let refused = 0;
  for (const [client, list] of bursts.entries()) {
    for (const burst of list) {
      const at = translated(burst, 'write');
      const bad = failed.includes(`${client}.${burst.tag}`);
      expect(ends.get(`${client}.${burst.tag}`)!.error).toBe(at === undefined || bad);
      if (at === undefined) refused += 1;
      // Of a burst that memory refused, it may have written a part.
      else if (bad) expected.set(store.subarray(at, at + burst.bytes), at);
      else for (let i = 0; i < burst.bytes; i += 1) expected[at + i] = byteOf(client, burst, i);
    }
  }
  expect(Buffer.compare(store, expected)).toBe(0);
  return { refused };
}

const LOADS: readonly (readonly [string, number, Partial<AxiMemoryOptions>])[] = [
  ['memory at once', 0, {}],
  ['pauses on both sides', 50, { write: { latency: [1, 30], bandwidth: 0.7, addressAfterData: true }, pauses: { aw: { percent: 50 }, w: { percent: 30 }, b: { percent: 40 } } }],
  ['answers out of order, data not before their address', 0, { reorder: true, write: { latency: [5, 80], earlyBursts: 0 } }],
];

describe.each([64, 128, 512] as const)('%i bits', (hostBits) => {
  const c = config({ hostBits, datapathBits: 64 });

  test.each(LOADS)('every burst ends once, its bytes and no others are written: %s', (_name, idle, options) => {
    const sim = bench.simulate(checkedWrite(c));
    const bursts = draw(c, 8, 0.4);
    const { memory, store, ends, all } = start(sim, c, bursts, options, idle);
    sim.until(() => {
      expect(sim.io.m.b.ready).toBe(true);
      return all();
    }, 20_000);
    const { refused } = check(bursts, store, ends);
    expect(refused).toBeGreaterThan(1);
    expect(memory.writes!.transactions).toBe(24 - refused);
    expect(sim.io.busy).toBe(0n);
  });
});

const c = config({ hostBits: 128 });

/** `count` bursts of `bytes` bytes for the VMM, side by side. */
const plain = (count: number, bytes: number, from = 0): Burst[] => Array.from({ length: count }, (_, i) => ({ owner: 0, address: BigInt((from + i * 2048) % (MEMORY_PAGES * PAGE)), bytes, tag: i % 256 }));

describe('at a latency of 1 us, 156 cycles', () => {
  /** Beats of W from the first one to the last one, by the cycles. */
  function sustained(bursts: readonly Burst[]) {
    const sim = bench.simulate(checkedWrite(c));
    const { memory, all } = start(sim, c, [bursts], { write: { latency: 156, outstanding: 32 } });
    let [first, last] = [0, 0];
    sim.until(() => {
      if (sim.sampled.m.w.valid && sim.sampled.m.w.ready) {
        if (first === 0) first = sim.cycle;
        last = sim.cycle;
      }
      return all();
    }, 10_000);
    const { beats, mostOutstanding } = memory.writes!;
    return { perCycle: beats / (last - first + 1), mostOutstanding };
  }

  test('longest bursts: a beat in every cycle, 16 bytes', () => {
    expect(sustained(plain(8, 2048)).perCycle).toBe(1);
  });

  test('bursts of 64 bytes: 16 under way, 6 bytes a cycle', () => {
    const { perCycle, mostOutstanding } = sustained(plain(160, 64));
    expect(mostOutstanding).toBe(16);
    expect(perCycle * 16).toBeGreaterThan(6);
  });

  test('the parameter limits them', () => {
    const few = config({ hostBits: 128, dmaWrites: 3 });
    const sim = bench.simulate(checkedWrite(few));
    const { memory, all } = start(sim, few, [plain(9, 64)], { write: { latency: 40 } });
    sim.until(all, 2000);
    expect(memory.writes!.mostOutstanding).toBe(3);
  });
});

test('bursts of one beat: one a cycle, from client to memory', () => {
  const sim = bench.simulate(checkedWrite(c));
  const { all } = start(sim, c, [plain(30, 16)]);
  const cycles: number[] = [];
  sim.until(() => {
    if (sim.sampled.m.w.valid && sim.sampled.m.w.ready) cycles.push(sim.cycle);
    return all();
  }, 200);
  expect(cycles.at(-1)! - cycles[0]!).toBe(29);
});

test('the address comes when all data are in: 2 cycles after the last beat', () => {
  const sim = bench.simulate(checkedWrite(c));
  const wave = sim.watch(['request_0_valid', 'request_0_ready', 'data_0_valid', 'data_0_ready', 'm_axi_awvalid', 'm_axi_wvalid', 'm_axi_wlast', 'm_axi_bvalid', 'done_valid']);
  attach(sim, new AxiMemory(portsOf(sim), { prefix: 'm_axi_', store: new Uint8Array(4096) }));
  sim.start(streamSource(sim.io.request[0]!, sim.sampled.request[0]!, plain(1, 48)));
  sim.start(streamSource(sim.io.data[0]!, sim.sampled.data[0]!, [1n, 2n, 3n], (function () {
    let cycle = 0;
    // The second beat is late.
    return () => [2, 3, 4, 5].includes(cycle++);
  })()));
  sim.step(18);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle            0   2   4   6   8   10  12  14  16
    request_0_valid  ▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    request_0_ready  ▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    data_0_valid     ▔▔▔▔▔▔▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    data_0_ready     ▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    m_axi_awvalid    ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    m_axi_wvalid     ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁
    m_axi_wlast      ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁▁▁▁▁
    m_axi_bvalid     ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁▁▁
    done_valid       ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁
    "
  `);
});

test('hazard: completions out of order', () => {
  const sim = bench.simulate(checkedWrite(c));
  const bursts = draw(c, 25, 0, 5);
  const { memory, store, ends, all } = start(sim, c, bursts, { reorder: true, write: { latency: [1, 200] } });
  sim.until(all, 20_000);
  check(bursts, store, ends);
  expect(memory.writes!.overtaken).toBeGreaterThan(10);
  const cycles = bursts[0]!.map(({ tag }) => ends.get(`0.${tag}`)!.cycle);
  expect(cycles.some((cycle, i) => i > 0 && cycle < cycles[i - 1]!)).toBe(true);
});

test('hazard: an error answer ends its own burst with an error, and is reported', () => {
  const sim = bench.simulate(checkedWrite(c));
  const bursts = [plain(12, 200), plain(12, 200, 0x10000), plain(12, 200, 0x20000)];
  const faults = [{ response: 'SLVERR' as const, from: 3 * 2048 + 96, to: 3 * 2048 + 97 }, { response: 'DECERR' as const, from: 0x20000 + 7 * 2048, to: 0x20000 + 7 * 2048 + 1 }];
  const reported: unknown[] = [];
  sim.start((function* (): Process {
    for (;;) {
      yield;
      if (sim.sampled.fault.valid) reported.push(sim.sampled.fault.payload);
    }
  })());
  const { store, ends, all } = start(sim, c, bursts, { reorder: true, write: { latency: [1, 60], faults } });
  sim.until(all, 20_000);
  check(bursts, store, ends, ['0.3', '2.7']);
  expect(reported).toHaveLength(2);
  for (const address of [3 * 2048, 0x20000 + 7 * 2048]) expect(reported).toContainEqual({ owner: 0n, address: BigInt(address), cause: 'Bus' });
});

test('a refused burst hears of its end, though bursts of one beat saturate the bus; its data go nowhere', () => {
  const sim = bench.simulate(checkedWrite(c));
  // A window of VM 0 that can be read only, between bursts of others.
  const stray: Burst = { owner: 1, address: 0x140010n, bytes: 40, tag: 200 };
  const bursts = [plain(150, 16), [stray, { owner: 1, address: 0x100010n, bytes: 40, tag: 201 }]];
  const { store, ends, all } = start(sim, c, bursts);
  const faults: unknown[] = [];
  sim.until(() => {
    if (sim.io.fault.valid) faults.push(sim.io.fault.payload);
    return ends.has('1.200');
  }, 80);
  expect(faults).toEqual([{ owner: 1n, address: 0x140010n, cause: 'ReadOnly' }]);
  sim.until(all, 1000);
  check(bursts, store, ends);
});

test('no address without its data: a client that pauses in mid-burst keeps the bus free of it', () => {
  const sim = bench.simulate(checkedWrite(c));
  const { memory, all } = start(sim, c, [plain(6, 512)], {}, 70);
  let [addresses, beats] = [0, 0];
  const needed: number[] = [];
  let given = 0;
  sim.until(() => {
    const { m, data } = sim.sampled;
    if (data[0]!.valid && data[0]!.ready) given += 1;
    if (m.aw.valid) {
      addresses += Number(m.aw.ready);
      needed.push(given);
      expect(given).toBeGreaterThanOrEqual(32 * (addresses + Number(!m.aw.ready)));
    }
    beats += Number(m.w.valid && m.w.ready);
    return all();
  }, 5000);
  expect([addresses, beats, memory.writes!.bytes]).toEqual([6, 192, 6 * 512]);
  expect(memory.stalls['w']).toBe(0);
});

test('busy tells whose bursts are inside, also if memory never answers', () => {
  const sim = bench.simulate(checkedWrite(c));
  const { memory } = start(sim, c, [[{ owner: 1, address: 0x100000n, bytes: 64, tag: 0 }], plain(20, 64)], { write: { silentFrom: 0 } });
  sim.step(150);
  expect(memory.outstanding.writes).toBe(16);
  expect(sim.io.busy).toBe(0b11n);
});

test('a VM whose memory never answers leaves IDs to the others; after a period its bursts end with an error, and no more start', () => {
  const sim = bench.simulate(checkedWrite(c));
  const faults: string[] = [];
  const its = Array.from({ length: 40 }, (_, tag) => ({ owner: 1, address: 0x10_0000n + BigInt(64 * tag), bytes: 64, tag }));
  sim.start((function* () {
    for (;;) {
      yield;
      const { valid, payload } = sim.sampled.fault;
      if (valid) faults.push(`${payload.owner} ${payload.cause} ${payload.address - 0x10_0000n}`);
    }
  })());
  const { memory, ends, all } = start(sim, c, [its, plain(60, 64)], { reorder: true, write: { silentAt: [{ from: 64 * 4096, to: 65 * 4096 }] } });
  sim.step(300);
  const first = memory.writes!.transactions - memory.writes!.answered;
  expect(first).toBe(14);
  expect(sim.io).toMatchObject({ stuck: 0n, busy: 0b11n });
  for (let i = 0; i < 2; i++) {
    sim.io.period = true;
    sim.step();
    sim.io.period = false;
    sim.step(50);
  }
  sim.until(all, 2000);
  sim.step(2);
  // Those on the bus, by ID, then those that find it so: each once.
  expect(faults).toHaveLength(its.length);
  expect(new Set(faults)).toEqual(new Set(its.map(({ address }) => `1 Stuck ${address - 0x10_0000n}`)));
  expect(memory.outstanding.writes).toBe(14);
  expect(sim.io).toMatchObject({ stuck: 0b10n, busy: 0b10n });
  for (const [key, { error }] of ends) expect([key, error]).toEqual([key, key.startsWith('0.')]);
});

test('an answer that comes after its burst was given up belongs to nobody, and leaves nothing behind', () => {
  const sim = bench.simulate(checkedWrite(c));
  const its = Array.from({ length: 3 }, (_, tag) => ({ owner: 1, address: 0x10_0000n + BigInt(256 * tag), bytes: 256, tag }));
  const { memory, ends, all } = start(sim, c, [its], { write: { latency: 400 } });
  for (let i = 0; i < 2; i++) {
    sim.step(120);
    sim.io.period = true;
    sim.step();
    sim.io.period = false;
  }
  sim.until(all, 10);
  expect(sim.io).toMatchObject({ stuck: 0b10n, busy: 0b10n });
  for (const { error } of ends.values()) expect(error).toBe(true);
  // Ends and data that belong to nobody are found by who collects them.
  sim.step(600);
  expect(memory.writes!.answered).toBe(3);
  expect(sim.io).toMatchObject({ stuck: 0n, busy: 0n });
});

test('what a client promises is asserted', () => {
  const sim = simulate(checkedWrite(c));
  Object.assign(sim.io.request[1]!, { valid: true, payload: { owner: 0, tag: 0, address: 0x1ff0n, bytes: 17 } });
  expect(() => sim.step(2)).toThrow('dmaWrite: a burst does not cross 4 KiB');
});

// Some 20 s of yosys.
test.runIf(process.env['VTOE_LONG'] === '1')('the store of two of the longest bursts is in block RAM', async () => {
  expect(await blockRams(dmaWrite(c, CLIENTS))).toEqual({ RAMB36E1: 2 });
}, 240_000);

bench.verilog();
