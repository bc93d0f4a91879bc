import { connect, inst, module, pausing, type Process, simulate, type Simulation, streamSource } from '@vtoe/hdl';
import { checkAxiRead } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { config, type Config, derived } from '../../../hw/config.ts';
import type { DmaClients } from '../../../hw/dma/burst.ts';
import { dmaRead } from '../../../hw/dma/read.ts';
import { AxiMemory, type AxiMemoryOptions } from '../../../sim/bus/axi-memory.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { attach, portsOf } from '../support/bus.ts';
import { beatsOf, type Burst, drawBurst, lanes, MEMORY_PAGES, openWindows, PAGE, patterned, translated } from './bursts.ts';

const bench = hardwareBench();
const MEMORY = patterned(MEMORY_PAGES * PAGE);
const CLIENTS: DmaClients = { clients: 3, tagBits: 8 };

/** The engine, with the rules of AXI watched on its port. */
function checkedRead(c: Config, clients = CLIENTS) {
  const engine = dmaRead(c, clients);
  return module('dma_read_checked', { d: c.hostBits, n: clients.clients, r: c.dmaReads, m: c.dmaBurstMostBytes }, engine.ports, (io) => {
    const dma = inst(engine, { request: io.request, window: io.window, cache: io.cache, period: io.period });
    io.data.from(dma.data);
    io.done.from(dma.done);
    io.fault.from(dma.fault);
    io.busy.set(dma.busy);
    io.stuck.set(dma.stuck);
    connect(io.m, dma.m);
    return { dma, rules: checkAxiRead(dma.m, { incrementing: true, maximumBytes: c.dmaBurstMostBytes, outstanding: c.dmaReads }) };
  });
}

type Engine = Simulation<ReturnType<typeof checkedRead>['ports']>;

/** What came back of a burst. */
interface Result {
  readonly beats: bigint[];
  done?: { readonly error: boolean; readonly cycle: number };
}

/** Watches the answers: each beat in its place, one end a burst and nothing behind it. */
function* collecting(sim: Engine, results: Map<string, Result>): Process {
  for (;;) {
    yield;
    const { data, done } = sim.sampled;
    if (data.valid) {
      const { client, tag, index, data: beat } = data.payload;
      const result = results.get(`${client}.${tag}`);
      expect(result?.done, `data of burst ${client}.${tag}, which is not under way`).toBe(undefined);
      expect(index).toBe(BigInt(result!.beats.length));
      result!.beats.push(beat);
    }
    if (done.valid) {
      const { client, tag, error } = done.payload;
      const result = results.get(`${client}.${tag}`);
      expect(result?.done, `a second end of burst ${client}.${tag}`).toBe(undefined);
      result!.done = { error, cycle: sim.cycle };
    }
  }
}

function start(sim: Engine, c: Config, bursts: readonly (readonly Burst[])[], options: Partial<AxiMemoryOptions> = {}, idle = 0) {
  const memory = attach(sim, new AxiMemory(portsOf(sim), { prefix: 'm_axi_', store: MEMORY, incrementing: true, maximumBytes: c.dmaBurstMostBytes, ...options }));
  const results = new Map<string, Result>();
  sim.start(openWindows(sim.io.window));
  sim.step(8);
  for (const [client, list] of bursts.entries()) {
    for (const { tag } of list) results.set(`${client}.${tag}`, { beats: [] });
    sim.start(streamSource(sim.io.request[client]!, sim.sampled.request[client]!, list, pausing(idle, client + 1)));
  }
  sim.start(collecting(sim, results));
  const all = () => [...results.values()].every(({ done }) => done !== undefined);
  return { memory, results, all };
}

/** Each burst: its bytes as in memory, or an error and no beat if its owner may not read there. */
function check(c: Config, bursts: readonly (readonly Burst[])[], results: ReadonlyMap<string, Result>): { refused: number } {
  const { hostBytes } = derived(c);
  let refused = 0;
  for (const [client, list] of bursts.entries()) {
    for (const burst of list) {
      const { beats, done } = results.get(`${client}.${burst.tag}`)!;
      const at = translated(burst, 'read');
      expect(done!.error, `burst of ${burst.owner} at ${burst.address.toString(16)}`).toBe(at === undefined);
      expect(beats.length).toBe(at === undefined ? 0 : beatsOf(burst, hostBytes));
      if (at === undefined) {
        refused += 1;
        continue;
      }
      const first = at - (at % hostBytes);
      for (const [i, beat] of beats.entries()) {
        const [from, to] = [Math.max(at, first + i * hostBytes), Math.min(at + burst.bytes, first + (i + 1) * hostBytes)];
        const shift = BigInt(8 * (from % hostBytes)), mask = (1n << BigInt(8 * (to - from))) - 1n;
        expect((beat >> shift) & mask).toBe(lanes(MEMORY.subarray(from, to)));
      }
    }
  }
  return { refused };
}

function draw(c: Config, each: number, outside: number, seed = 1): Burst[][] {
  const source = random(seed);
  return Array.from({ length: CLIENTS.clients }, () => Array.from({ length: each }, (_, tag) => drawBurst(source, c, tag, { outside })));
}

const LOADS: readonly (readonly [string, number, Partial<AxiMemoryOptions>])[] = [
  ['memory at once', 0, {}],
  ['pauses on both sides', 60, { read: { latency: [1, 30], bandwidth: 0.7 }, pauses: { ar: { percent: 50 }, r: { percent: 30 } } }],
  ['beats of different bursts mixed', 0, { reorder: true, read: { latency: [5, 80], interleave: true } }],
];

describe.each([64, 128, 1024] as const)('%i bits', (hostBits) => {
  const c = config({ hostBits, datapathBits: 64 });

  test.each(LOADS)('every burst ends once, with its bytes: %s', (_name, idle, options) => {
    const sim = bench.simulate(checkedRead(c));
    const bursts = draw(c, 12, 0.4);
    const { memory, results, all } = start(sim, c, bursts, options, idle);
    sim.until(() => {
      expect(sim.io.m.r.ready).toBe(true);
      return all();
    }, 20_000);
    sim.step(5);
    const { refused } = check(c, bursts, results);
    expect(refused).toBeGreaterThan(3);
    expect(memory.reads!.transactions).toBe(36 - refused);
    expect(sim.io.busy).toBe(0n);
  });
});

const c = config({ hostBits: 128 });

/** `count` bursts of `bytes` bytes for the VMM, side by side. */
const plain = (count: number, bytes: number, from = 0): Burst[] => Array.from({ length: count }, (_, i) => ({ owner: 0, address: BigInt((from + i * 2048) % (MEMORY_PAGES * PAGE)), bytes, tag: i % 256 }));

describe('at a latency of 1 us, 156 cycles', () => {
  /** Cycles from the first beat to the last one. */
  function sustained(bursts: readonly Burst[], options: Partial<AxiMemoryOptions> = {}): { cycles: number; beats: number; outstanding: number } {
    const sim = bench.simulate(checkedRead(c));
    const { memory, all } = start(sim, c, [bursts], { read: { latency: 156, outstanding: 32 }, ...options });
    let first = 0;
    sim.until(() => {
      if (first === 0 && sim.sampled.data.valid) first = sim.cycle;
      return all();
    }, 10_000);
    return { cycles: sim.cycle - first + 1, beats: memory.reads!.beats, outstanding: memory.reads!.mostOutstanding };
  }

  test('longest bursts: a beat in every cycle, 16 bytes', () => {
    const { cycles, beats, outstanding } = sustained(plain(12, 2048));
    expect(beats / cycles).toBeGreaterThan(0.99);
    expect(outstanding).toBe(12);
  });

  test('bursts of 64 bytes: 16 under way, 6 bytes a cycle', () => {
    const { cycles, beats, outstanding } = sustained(plain(160, 64));
    expect(outstanding).toBe(16);
    // 16 bursts of 64 bytes in each round trip of 156 cycles and those of the engine.
    expect((beats * 16) / cycles).toBeGreaterThan(6);
  });

  test('the parameter limits them', () => {
    const few = config({ hostBits: 128, dmaReads: 3 });
    const sim = bench.simulate(checkedRead(few));
    const { memory, all } = start(sim, few, [plain(9, 64)], { read: { latency: 40 } });
    sim.until(all, 2000);
    expect(memory.reads!.mostOutstanding).toBe(3);
  });
});

test('4 cycles from a request to ARVALID, one burst a cycle, one cycle from a beat to the client', () => {
  const sim = bench.simulate(checkedRead(c));
  const wave = sim.watch(['request_0_valid', 'request_0_ready', 'm_axi_arvalid', 'm_axi_arid', 'm_axi_rvalid', 'm_axi_rid', 'data_valid', 'data_payload_tag', 'done_valid']);
  attach(sim, new AxiMemory(portsOf(sim), { prefix: 'm_axi_', store: MEMORY }));
  const [port] = sim.io.request;
  for (const [i, { owner, address, bytes }] of plain(3, 16).entries()) {
    port!.valid = true;
    port!.payload = { owner, address, bytes, tag: 0x10 + i };
    sim.step();
  }
  port!.valid = false;
  sim.step(9);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle             0  1  2  3  4  5  6  7  8  9  10 11
    request_0_valid   ▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    request_0_ready   ▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    m_axi_arvalid     ▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    m_axi_arid        │5 │0          │1 │2 │3 │0
    m_axi_rvalid      ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁
    m_axi_rid         │0                │1 │2
    data_valid        ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁
    data_payload_tag  │34         │10      │11│12
    done_valid        ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁
    "
  `);
});

test('hazard: completions out of order, and beats of bursts mixed', () => {
  const sim = bench.simulate(checkedRead(c));
  const bursts = draw(c, 40, 0, 7);
  const { memory, results, all } = start(sim, c, bursts, { reorder: true, read: { latency: [1, 200], interleave: true } });
  sim.until(all, 20_000);
  check(c, bursts, results);
  expect(memory.reads!.overtaken).toBeGreaterThan(20);
  // A younger burst of a client ended before an older one.
  const ends = bursts[0]!.map(({ tag }) => results.get(`0.${tag}`)!.done!.cycle);
  expect(ends.some((cycle, i) => i > 0 && cycle < ends[i - 1]!)).toBe(true);
});

test('hazard: an error answer ends its own burst with an error, whatever beat it comes with, and is reported', () => {
  const sim = bench.simulate(checkedRead(c));
  const bursts = [plain(16, 200), plain(16, 200, 0x10000), plain(16, 200, 0x20000)];
  // Beats in the middle, at the beginning and at the end of bursts.
  const faults = [
    { response: 'SLVERR' as const, from: 3 * 2048 + 96, to: 3 * 2048 + 97 }, { response: 'DECERR' as const, from: 0x10000 + 5 * 2048, to: 0x10000 + 5 * 2048 + 1 },
    { response: 'SLVERR' as const, from: 0x20000 + 7 * 2048 + 199, to: 0x20000 + 7 * 2048 + 200 },
  ];
  const reported: unknown[] = [];
  sim.start((function* (): Process {
    for (;;) {
      yield;
      if (sim.sampled.fault.valid) reported.push(sim.sampled.fault.payload);
    }
  })());
  const { results, all } = start(sim, c, bursts, { reorder: true, read: { latency: [1, 60], interleave: true, faults } });
  sim.until(all, 20_000);
  const failed = [...results].filter(([, { done }]) => done!.error).map(([key]) => key);
  expect(failed.sort()).toEqual(['0.3', '1.5', '2.7']);
  expect(reported).toHaveLength(3);
  for (const address of [3 * 2048, 0x10000 + 5 * 2048, 0x20000 + 7 * 2048]) expect(reported).toContainEqual({ owner: 0n, address: BigInt(address), cause: 'Bus' });
});

test('a refused burst hears of its end, though bursts of one beat saturate the bus', () => {
  const sim = bench.simulate(checkedRead(c));
  // R pauses once, so that from then on as many bursts are due as there are IDs, and there is an answer in every cycle.
  const { results } = start(sim, c, [plain(400, 16), []], { pauses: { r: { work: 60, pause: 40 } } });
  results.set('1.9', { beats: [] });
  sim.step(102);
  // VM 2 has no window.
  sim.start(streamSource(sim.io.request[1]!, sim.sampled.request[1]!, [{ owner: 3, address: 0x5000n, bytes: 16, tag: 9 }]));
  const faults: unknown[] = [];
  let answers = 0;
  sim.until(() => {
    answers += Number(sim.sampled.m.r.valid);
    if (sim.io.fault.valid) faults.push(sim.io.fault.payload);
    return results.get('1.9')?.done !== undefined;
  }, 40);
  expect(answers).toBeGreaterThan(15);
  expect(results.get('1.9')).toMatchObject({ beats: [], done: { error: true } });
  expect(faults).toEqual([{ owner: 3n, address: 0x5000n, cause: 'OutsideWindows' }]);
});

test('clients take turns', () => {
  const sim = bench.simulate(checkedRead(c));
  const order: bigint[] = [];
  sim.start((function* (): Process {
    for (;;) {
      yield;
      const { ar } = sim.sampled.m;
      if (ar.valid && ar.ready) order.push(ar.payload.addr >> 16n);
    }
  })());
  const { all } = start(sim, c, [plain(6, 64), plain(6, 64, 0x10000), plain(6, 64, 0x20000)]);
  sim.until(all, 1000);
  expect(order).toEqual(Array.from({ length: 18 }, (_, i) => BigInt(i % 3)));
});

test('busy tells whose bursts are inside, also if memory never answers', () => {
  const sim = bench.simulate(checkedRead(c));
  const { memory } = start(sim, c, [[{ owner: 1, address: 0x100000n, bytes: 64, tag: 0 }], plain(20, 64)], { read: { silentFrom: 0 } });
  sim.step(100);
  expect(memory.outstanding.reads).toBe(16);
  expect(sim.io.busy).toBe(0b11n);
});

test('a VM whose memory never answers leaves IDs to the others; after a period its bursts end with an error, and no more start', () => {
  const sim = bench.simulate(checkedRead(c));
  const faults: string[] = [];
  const its = Array.from({ length: 40 }, (_, tag) => ({ owner: 1, address: 0x10_0000n + BigInt(64 * tag), bytes: 64, tag }));
  sim.start((function* () {
    for (;;) {
      yield;
      const { valid, payload } = sim.sampled.fault;
      if (valid) faults.push(`${payload.owner} ${payload.cause} ${payload.address - 0x10_0000n}`);
    }
  })());
  const { memory, results, all } = start(sim, c, [its, plain(60, 64)], { reorder: true, read: { silentAt: [{ from: 64 * 4096, to: 65 * 4096 }] } });
  sim.step(200);
  const first = memory.reads!.transactions - memory.reads!.answered;
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
  expect(memory.outstanding.reads).toBe(14);
  expect(sim.io).toMatchObject({ stuck: 0b10n, busy: 0b10n });
  for (const [key, { beats, done }] of results) {
    expect([key, beats.length > 0, done!.error]).toEqual([key, key.startsWith('1.'), key.startsWith('0.')]);
  }
});

test('an answer that comes after its burst was given up belongs to nobody, and leaves nothing behind', () => {
  const sim = bench.simulate(checkedRead(c));
  const its = Array.from({ length: 3 }, (_, tag) => ({ owner: 1, address: 0x10_0000n + BigInt(256 * tag), bytes: 256, tag }));
  const { memory, results, all } = start(sim, c, [its], { read: { latency: 400 } });
  for (let i = 0; i < 2; i++) {
    sim.step(120);
    sim.io.period = true;
    sim.step();
    sim.io.period = false;
  }
  sim.until(all, 10);
  expect(sim.io).toMatchObject({ stuck: 0b10n, busy: 0b10n });
  for (const { beats, done } of results.values()) expect([beats, done!.error]).toEqual([[], true]);
  // Ends and data that belong to nobody are found by who collects them.
  sim.step(600);
  expect(memory.reads!.answered).toBe(3);
  expect(sim.io).toMatchObject({ stuck: 0n, busy: 0n });
});

test('a reset in mid-run leaves nothing behind', () => {
  const sim = bench.simulate(checkedRead(c));
  const { all, results } = start(sim, c, [plain(30, 2048)], { read: { latency: 30 } });
  sim.step(70);
  for (const port of sim.io.request) port.valid = false;
  sim.reset(2);
  expect([sim.io.busy, sim.io.m.ar.valid, sim.io.data.valid, sim.io.done.valid]).toEqual([0n, false, false, false]);
  expect(all()).toBe(false);
  results.clear();
});

test('what a client promises is asserted', () => {
  const give = (burst: Omit<Burst, 'owner' | 'tag'>) => () => {
    const sim = simulate(checkedRead(c));
    Object.assign(sim.io.request[1]!, { valid: true, payload: { owner: 0, tag: 0, ...burst } });
    sim.step(2);
  };
  expect(give({ address: 0x1ff0n, bytes: 17 })).toThrow('dmaRead: a burst does not cross 4 KiB');
  expect(give({ address: 0x1008n, bytes: 2048 })).toThrow('dmaRead: a burst, with what stands before it in its first beat, is at most dmaBurstMostBytes');
  expect(give({ address: 0x1000n, bytes: 0 })).toThrow('dmaRead: a burst has a byte');
});

bench.verilog();
