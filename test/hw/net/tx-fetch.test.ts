import { pausing, type Process, simulate, type Simulation, streamSource } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config, type Config, derived } from '../../../hw/config.ts';
import { txFetch, txTagBits } from '../../../hw/net/tx-fetch.ts';
import { txRingBeats } from '../../../hw/net/tx-segment.ts';
import { onesSum } from '../../../hw/protocol/index.ts';
import { type Random, random } from '../../../sim/random.ts';
import { blockRams } from '../../hdl/lib/block-ram.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { lanes, patterned } from '../dma/bursts.ts';
import { payloadOf, segment, type Segment } from './tx-segments.ts';

/** Replay and lint take a while: of some sizes, with everything at random. */
const bench = hardwareBench();
const MEMORY = patterned(1 << 20);
const CLIENT = 1;

function fetchOf(c: Config) {
  return txFetch(c, { clients: 3, tagBits: txTagBits(c) + 1, client: CLIENT });
}
type Fetch = Simulation<ReturnType<typeof fetchOf>['ports']>;

interface Answers {
  /** Cycles from a request to its first beat, 1 and this many more at random. */
  readonly latency?: number;
  /** Percent of the cycles in which no request is taken. */
  readonly busy?: number;
  /** Addresses of the bursts that end with an error. */
  readonly bad?: (address: number) => boolean;
}

/** A read engine by its rules only: beats of all bursts mixed, ends with the last beat or later, another client's answers in between. */
function* answering(sim: Fetch, c: Config, draw: Random, { latency = 0, busy = 0, bad = () => false }: Answers): Process {
  const { hostBytes } = derived(c);
  interface Read { readonly tag: bigint; readonly address: number; readonly beats: number; due: number; next: number; }
  const reads: Read[] = [];
  for (;;) {
    sim.io.request.ready = !draw.chance(busy / 100);
    const due = reads.filter((read) => read.due <= sim.cycle);
    const foreign = draw.chance(0.2);
    // Of a burst whose beats are all there, only its end is missing: with a bad one it may come alone, or late.
    const read = due.length > 0 && !foreign ? due[draw.below(due.length)]! : undefined;
    const hasBeat = read !== undefined && read.next < read.beats && !(bad(read.address) && draw.chance(0.5));
    const last = read !== undefined && (read.next + Number(hasBeat) >= read.beats || (!hasBeat && bad(read.address)));
    if (read !== undefined) {
      const from = read.address - (read.address % hostBytes) + read.next * hostBytes;
      if (hasBeat) Object.assign(sim.io.data, { payload: { client: CLIENT, tag: read.tag, index: read.next, data: lanes(MEMORY.subarray(from, from + hostBytes)) } });
      Object.assign(sim.io.done, { payload: { client: CLIENT, tag: read.tag, error: bad(read.address) } });
      read.next += Number(hasBeat);
      if (last) reads.splice(reads.indexOf(read), 1);
    } else if (foreign) {
      Object.assign(sim.io.data, { payload: { client: 2, tag: draw.below(2 ** 10), index: 0, data: 0x1234n } });
      Object.assign(sim.io.done, { payload: { client: 0, tag: draw.below(2 ** 10), error: true } });
    }
    sim.io.data.valid = hasBeat || foreign;
    sim.io.done.valid = last || foreign;
    yield;
    const { request } = sim.sampled;
    if (request.valid && request.ready) {
      const { address, bytes, tag } = request.payload;
      const beats = Math.ceil((Number(address % BigInt(hostBytes)) + Number(bytes)) / hostBytes);
      reads.push({ tag, address: Number(address), beats, due: sim.cycle + draw.below(latency + 1), next: 0 });
    }
  }
}

interface Outcome {
  readonly fetched: { readonly sum: bigint; readonly seq: number }[];
  /** The bytes of each payload, in hexadecimal, and how far it is to be shifted up. */
  readonly payloads: { readonly bytes: string; readonly insert: bigint }[];
  readonly faults: bigint[];
  freed: number;
}

function* collecting(sim: Fetch, c: Config, outcome: Outcome, ready: () => boolean): Process {
  const { hostBytes } = derived(c);
  let bytes: number[] = [];
  for (;;) {
    sim.io.fetched.ready = ready();
    sim.io.payload.ready = ready();
    yield;
    const { fetched, payload, fault, freed } = sim.sampled;
    if (fetched.valid && fetched.ready) outcome.fetched.push({ sum: fetched.payload.sum, seq: Number(fetched.payload.send.seq) });
    if (payload.valid && payload.ready) {
      const { start, insert, beat } = payload.payload;
      const from = bytes.length === 0 ? Number(start) : 0;
      for (let lane = from; lane < hostBytes; lane += 1) if ((beat.keep >> BigInt(lane)) & 1n) bytes.push(Number((beat.data >> BigInt(8 * lane)) & 0xffn));
      if (beat.last) {
        outcome.payloads.push({ bytes: Buffer.from(bytes).toString('hex'), insert });
        bytes = [];
      }
    }
    if (fault.valid) outcome.faults.push(fault.payload.connection);
    outcome.freed += Number(freed);
  }
}

function run(sim: Fetch, c: Config, segments: readonly Segment[], options: Answers & { readonly idle?: number; readonly pressure?: number } = {}): Outcome {
  const outcome: Outcome = { fetched: [], payloads: [], faults: [], freed: 0 };
  const pause = pausing(options.pressure ?? 0, 9);
  sim.start(answering(sim, c, random(41), options));
  sim.start(streamSource(sim.io.segment, sim.sampled.segment, segments, pausing(options.idle ?? 0, 1)));
  sim.start(collecting(sim, c, outcome, () => !(pause?.(sim.cycle) ?? false)));
  sim.until(() => outcome.freed === segments.length, 30_000);
  // What is left of the last payloads.
  sim.step(500);
  // Nothing leaks: neither places in the ring nor slots.
  expect(sim.peek('free')).toBe(BigInt(txRingBeats(c)));
  expect(sim.io.segment.ready).toBe(true);
  return outcome;
}

function check(c: Config, segments: readonly Segment[], outcome: Outcome, lost: ReadonlySet<Segment> = new Set()): void {
  const { datapathBytes } = derived(c);
  const sent = segments.filter((s) => !lost.has(s));
  expect(outcome.fetched).toEqual(sent.map((s) => ({ sum: BigInt(onesSum(payloadOf(s, MEMORY))), seq: s.send.seq })));
  const carrying = sent.filter(({ send }) => send.length > 0);
  expect(outcome.payloads).toEqual(carrying.map((s) => {
    const { has_mss, has_ts, has_wscale } = s.send;
    const header = 54 + 4 * Number(s.addresses.tagged) + 4 * Number(has_mss) + 12 * Number(has_ts) + 4 * Number(has_wscale);
    return { bytes: Buffer.from(payloadOf(s, MEMORY)).toString('hex'), insert: BigInt(header % datapathBytes) };
  }));
  expect(outcome.faults).toEqual([...lost].map(({ connection }) => BigInt(connection)));
}

const draw = random(42);
const some = (count: number, most: number): Segment[] => Array.from({ length: count }, (_, i) => segment(draw, { length: i % 5 === 4 ? 0 : 1 + draw.below(i % 3 === 0 ? most : 40), size_log2: 12 + draw.below(4), page: BigInt(draw.below(60)) }));

describe.each([
  [64, 64, []], [64, 128, ['tree', 'fold', 'accumulate']], [128, 256, ['fold']], [512, 1024, ['tree', 'accumulate']],
] as const)('W = %i, DW = %i, cuts %s', (datapathBits, hostBits, checksumCuts) => {
  const c = config({ datapathBits, hostBits, checksumCuts: [...checksumCuts] });
  const segments = some(16, 600);

  test.each([{}, { latency: 150 }, { latency: 40, busy: 50, idle: 40, pressure: 60 }] satisfies (Answers & { idle?: number; pressure?: number })[])('every segment with its payload and its sum, in order: %o', (options) => {
    check(c, segments, run(options.idle !== undefined && datapathBits !== 128 && hostBits !== 64 ? bench.simulate(fetchOf(c)) : simulate(fetchOf(c)), c, segments, options));
  });

  test('hazard: errors at some bursts of some segments, while others of theirs are good', () => {
    // Addresses decide, so several bursts of a segment may fail.
    const bad = (address: number): boolean => (address >> 11) % 2 === 0;
    const spoilt = (s: Segment): boolean => Array.from({ length: s.send.length }, (_, i) => Number(s.ring.page) * 4096 + ((s.send.offset + i) % 2 ** s.ring.size_log2)).some(bad);
    const lost = new Set(segments.filter(spoilt));
    expect(lost.size).toBeGreaterThan(1);
    check(c, segments, run(simulate(fetchOf(c)), c, segments, { latency: 60, bad }), lost);
  });
});

test('slots and ring run round: more segments and bytes than both have, in a small one', () => {
  const c = config({ hostBits: 64, mtuMostBytes: 1500, txRingBytes: 4096, rxFifoBytes: 4096, txSegments: 2 });
  const segments = some(40, 1448);
  check(c, segments, run(bench.simulate(fetchOf(c)), c, segments, { latency: 30, pressure: 30 }));
});

test('takes as many segments as there are slots, whatever memory does', () => {
  const c = config({ txSegments: 8 });
  const sim = simulate(fetchOf(c));
  sim.start(streamSource(sim.io.segment, sim.sampled.segment, some(12, 1448)));
  let taken = 0;
  for (let i = 0; i < 50; i += 1) {
    sim.step();
    taken += Number(sim.sampled.segment.valid && sim.sampled.segment.ready);
  }
  expect([taken, sim.io.segment.ready]).toEqual([8, false]);
});

test('a segment leaves 3 cycles after its last beat, one without payload 4 cycles after its grant', () => {
  const c = config();
  const sim = simulate(fetchOf(c));
  sim.io.request.ready = true;
  const give = (length: number): void => {
    Object.assign(sim.io.segment, { valid: true, payload: segment(draw, { length, offset: 0 }) });
    sim.step();
    sim.io.segment.valid = false;
  };
  const until = (condition: () => boolean): number => {
    const start = sim.cycle;
    sim.until(condition, 20);
    return sim.cycle - start;
  };
  give(0);
  expect(until(() => sim.io.fetched.valid) + 1).toBe(4);
  sim.io.fetched.ready = true;
  sim.step();
  give(8);
  sim.until(() => sim.io.request.valid, 20);
  const { tag } = sim.io.request.payload;
  sim.step(10);
  Object.assign(sim.io.data, { valid: true, payload: { client: CLIENT, tag, index: 0, data: 1 } });
  Object.assign(sim.io.done, { valid: true, payload: { client: CLIENT, tag, error: false } });
  sim.step();
  sim.io.data.valid = false;
  sim.io.done.valid = false;
  expect(until(() => sim.io.fetched.valid) + 1).toBe(3);
});

test('a segment larger than any frame is asserted not to come', () => {
  const sim = simulate(fetchOf(config()));
  Object.assign(sim.io.segment, { valid: true, payload: { ...segment(draw, { length: 9217 }) } });
  expect(() => sim.step()).toThrow('txFetch: a segment fits the largest MTU');
});

test('tags that are too short', () => {
  expect(() => txFetch(config(), { clients: 1, client: 0, tagBits: 10 })).toThrow('txFetch needs tags of 15 bits, not 10');
});

// Some 20 s of yosys.
test.runIf(process.env['VTOE_LONG'] === '1')('the ring of 32 KiB is in block RAM: 7.5 of 36 Kb', async () => {
  expect(await blockRams(fetchOf(config()))).toEqual({ RAMB18E1: 15 });
}, 240_000);

bench.verilog();
