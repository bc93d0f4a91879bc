import { simulate, type Simulation, UInt } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { slowPath } from '../../../hw/tcp/slow-path.ts';
import { random } from '../../../sim/random.ts';
import { closed, listen } from '../../../sim/tcp/listen.ts';
import { ACK, FIN, RST, SYN } from '../../../sim/tcp/segment.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { planted } from '../support/planted.ts';
import { hashOf, type Key, packed, SECRET } from './support/flow-keys.ts';

const bench = hardwareBench();
const ISN_SECRET = 0x55n << 64n | 0x77n;
const OPTIONS = { connections: 16, listeners: 4, vms: 3, tag: UInt(8) } as const;
const design = slowPath(OPTIONS);
type Sim = Simulation<(typeof design)['ports']>;

const KEY: Key = { vlan: 7, local_address: 0x0a000001, remote_address: 0xc0000201, local_port: 80, remote_port: 40000 };
const LISTENER = { found: true, listener: 2, generation: 6, vm: 1, rx_size: 18, tx_size: 16, backlog: 9, room: true };

interface Segment { readonly flags: number; readonly key?: Key; readonly seq?: number; readonly ack?: number; readonly length?: number }

/** How the tables answer; what is not told is: nothing there, a slot free, room in the table. */
interface World {
  readonly find?: { connection: number; generation: number };
  readonly timeWait?: 'Miss' | 'Drop' | 'Ack' | 'Reuse' | 'Close';
  readonly listener?: typeof LISTENER;
  readonly noSlot?: boolean;
  readonly insert?: 'Inserted' | 'Present' | 'Full';
  readonly budget?: number;
  /** Share of the cycles in which a table or the pipeline is not ready. */
  readonly pauses?: number;
  /** Nobody takes RSTs. */
  readonly resetsStuck?: boolean;
}

const SLOT = { connection: 9, generation: 3 };

interface Seen { readonly event?: unknown; readonly reset?: unknown; readonly finished?: bigint; readonly given?: unknown; readonly overBudget?: bigint; readonly begun?: bigint; readonly asked: string[]; readonly counts: string[]; readonly cycles: number }

/** `recorded`: the run is replayed on Verilog. */
const fresh = (recorded = false, subject = design): Sim => {
  const sim = (recorded ? bench.simulate : simulate)(subject);
  Object.assign(sim.io, { secret: SECRET, isn_secret: ISN_SECRET, now: 4_000_000, half_open_most: 16 });
  sim.io.options = { offer_wscale: true, offer_ts: true, nagle: true };
  return sim;
};

/** One segment through the slow path. */
function pass(sim: Sim, { flags, key = KEY, seq = 1000, ack = 5000, length = 0 }: Segment, world: World = {}, tag = 42, seed = 1): Seen {
  const draw = random(seed);
  const asked: string[] = [];
  const counts: string[] = [];
  let seen: Omit<Seen, 'asked' | 'counts' | 'cycles'> = {};
  const { io } = sim;
  io.half_open_most = world.budget ?? 16;
  io.arrival.valid = true;
  io.arrival.payload = {
    key, hash: hashOf(packed(key)), mss: 1460, tag,
    segment: {
      seq, ack, urg: false, ack_flag: (flags & ACK) !== 0, psh: false, rst: (flags & RST) !== 0, syn: (flags & SYN) !== 0, fin: (flags & FIN) !== 0, window: 512, length,
      has_mss: true, mss: 1400, has_wscale: false, wscale: 0, has_ts: false, tsval: 0, tsecr: 0,
    },
  };
  const open = () => !draw.chance(world.pauses ?? 0);
  const start = sim.cycle;
  for (;;) {
    if (sim.cycle - start > 2000) throw new Error('the segment stays');
    // Answers follow the questions within the cycle.
    io.command.ready = io.command.valid && open();
    io.answer = io.command.payload.op === 'Find'
      ? { outcome: world.find === undefined ? 'Missing' : 'Found', value: world.find ?? { connection: 0, generation: 0 } }
      : { outcome: world.insert ?? 'Inserted', value: { connection: 5, generation: 1 } };
    io.time_wait.ready = open();
    io.listen.ready = open();
    io.take.ready = io.take.valid && open();
    io.ok = world.noSlot !== true;
    io.slot = SLOT;
    io.give.ready = open();
    io.event.ready = open();
    io.reset.ready = world.resetsStuck !== true && open();
    sim.step();
    const s = sim.sampled;
    if (s.command.valid && io.command.ready) {
      asked.push(s.command.payload.op);
      expect(s.command.payload).toMatchObject({ key: bigints({ ...key }), has_hash: true, hash: hashOf(packed(key)) });
      if (s.command.payload.op === 'Insert') expect(s.command.payload.value).toEqual(bigints(SLOT));
    }
    if (io.time_wait_answer.valid && s.time_wait_answer.ready) io.time_wait_answer.valid = false;
    if (io.listen_answer.valid && s.listen_answer.ready) io.listen_answer.valid = false;
    if (s.time_wait.valid && io.time_wait.ready) {
      asked.push('TimeWait');
      expect(s.time_wait.payload.hash).toBe(hashOf(packed(key)) & 0xffffffffn);
      Object.assign(io.time_wait_answer, { valid: true, payload: world.timeWait ?? 'Miss' });
    }
    if (s.listen.valid && io.listen.ready) {
      asked.push('Listen');
      const { vlan, local_address, local_port } = key;
      expect(s.listen.payload).toEqual({ key: bigints({ vlan, local_address, local_port }), hash: hashOf(packed({ ...key, remote_address: 0, remote_port: 0 })) & 0xffffffffn });
      io.listen_answer.valid = true;
      io.listen_answer.payload = world.listener ?? { found: false, listener: 0, generation: 0, vm: 0, rx_size: 0, tx_size: 0, backlog: 0, room: false };
    }
    if (s.take.valid && io.take.ready) asked.push(`Take ${s.take.payload}`);
    if (s.give.valid && io.give.ready) seen = { ...seen, given: s.give.payload };
    if (s.reset.valid && io.reset.ready) seen = { ...seen, reset: s.reset.payload };
    if (s.half_open_begin.valid) seen = { ...seen, begun: s.half_open_begin.payload };
    if (s.over_budget.valid) seen = { ...seen, overBudget: s.over_budget.payload.tag };
    counts.push(...Object.entries(s.counters).filter(([, on]) => on).map(([name]) => name));
    if (s.event.valid && io.event.ready) seen = { ...seen, event: s.event.payload };
    if (s.finished.valid) seen = { ...seen, finished: s.finished.payload };
    if (s.arrival.ready) break;
  }
  const cycles = sim.cycle - start;
  io.arrival.valid = false;
  io.event.ready = false;
  // A RST that was queued last leaves.
  io.reset.ready = world.resetsStuck !== true;
  for (let i = 0; i < 2; i++) {
    sim.step();
    if (sim.sampled.reset.valid && io.reset.ready) seen = { ...seen, reset: sim.sampled.reset.payload };
  }
  io.reset.ready = false;
  return { ...seen, asked, counts, cycles };
}

function bigints(record: Record<string, number>): Record<string, bigint> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, BigInt(value)]));
}

describe('a segment without a connection, as the model: RFC 9293 sections 3.10.7.1 and 3.10.7.2', () => {
  const COMBINATIONS = Array.from({ length: 16 }, (_, i) => (i & 1 ? SYN : 0) | (i & 2 ? ACK : 0) | (i & 4 ? RST : 0) | (i & 8 ? FIN : 0));
  test.each([[false, 0], [false, 0.5], [true, 0], [true, 0.5]])('listener %s, pauses %d: every combination of flags', (listening, pauses) => {
    const sim = fresh(true);
    const outcomes = new Set<string>();
    for (const [i, flags] of COMBINATIONS.entries()) {
      const segment = { seq: 0xffffff00 + i, ack: 77 + i, flags, window: 512, length: i % 3 === 0 ? 300 : 0, options: {} };
      const model = listening ? listen(segment) : closed(segment) === undefined ? { kind: 'drop' as const } : { kind: 'reset' as const, reset: closed(segment)! };
      const seen = pass(sim, segment, { pauses, ...(listening ? { listener: LISTENER } : {}) }, i, i + 1);
      expect(seen.asked.slice(0, 3)).toEqual(['Find', 'TimeWait', 'Listen']);
      outcomes.add(model.kind);
      if (model.kind === 'accept') {
        expect(seen).toMatchObject({ counts: ['accepted'], event: { accept: true, value: bigints(SLOT), tag: BigInt(i) } });
        expect(seen.finished).toBeUndefined();
        continue;
      }
      expect(seen.finished).toBe(BigInt(i));
      expect(seen.event).toBeUndefined();
      if (model.kind === 'drop') {
        expect(seen.counts).toEqual(['ignored']);
        expect(seen.reset).toBeUndefined();
      } else {
        expect(seen.counts).toEqual(['reset']);
        expect(seen.reset).toMatchObject({ key: bigints({ ...KEY }), reset: { ...bigints({ seq: model.reset.seq, ack: model.reset.ack }), ack_flag: (model.reset.flags & ACK) !== 0 } });
      }
    }
    expect(outcomes).toEqual(new Set(listening ? ['drop', 'reset', 'accept'] : ['drop', 'reset']));
  });
});

test('a SYN for a listener: slot, ISN, table, Accept with its parameters', () => {
  const sim = fresh();
  const seen = pass(sim, { flags: SYN }, { listener: LISTENER });
  expect(seen.asked).toEqual(['Find', 'TimeWait', 'Listen', 'Take 1', 'Insert']);
  const hash = hashOf(packed(KEY), ISN_SECRET);
  expect(seen.event).toMatchObject({
    accept: true, value: bigints(SLOT), key: bigints({ ...KEY }), listener: 2n, listener_generation: 6n, vm: 1n, tag: 42n, segment: { seq: 1000n, syn: true, mss: 1400n },
    // A ring of 2^18 bytes fits 16 bits with a shift of 3.
    open: { iss: (hash & 0xffffffffn) + 1_000_000n & 0xffffffffn, ts_offset: hash >> 32n, mss: 1460n, rx_size: 18n, tx_size: 16n, offer_wscale: true, offer_shift: 3n, offer_ts: true, nagle: true },
  });
  expect(seen.begun).toBe(2n);
  expect(sim.io.half_open).toBe(1n);
});

test.each([[12, 0], [15, 0], [16, 1], [18, 3], [29, 14], [30, 14]])('a ring of 2^%i bytes: shift %i', (rx_size, shift) => {
  const { event } = pass(fresh(), { flags: SYN }, { listener: { ...LISTENER, rx_size } });
  expect(event).toMatchObject({ open: { offer_shift: BigInt(shift) } });
  expect(2 ** Math.min(rx_size, 30) / 2 ** shift).toBeLessThanOrEqual(65_536);
});

test('found by the second look-up: an ordinary segment of that connection, whatever it is; nobody else is asked', () => {
  const sim = fresh();
  for (const flags of [ACK, SYN, RST, ACK | FIN]) {
    const seen = pass(sim, { flags, length: 5 }, { find: { connection: 4, generation: 8 }, listener: LISTENER });
    expect(seen).toMatchObject({ asked: ['Find'], counts: ['found'], event: { accept: false, value: { connection: 4n, generation: 8n }, segment: { length: 5n } } });
    expect(seen.reset).toBeUndefined();
    expect(seen.cycles).toBeLessThanOrEqual(3);
  }
});

test('TIME_WAIT: it answers itself, or makes way for a SYN (RFC 6191)', () => {
  const sim = fresh();
  for (const answer of ['Drop', 'Ack', 'Close'] as const) {
    expect(pass(sim, { flags: ACK }, { timeWait: answer, listener: LISTENER })).toMatchObject({ asked: ['Find', 'TimeWait'], counts: ['time_wait'], finished: 42n });
  }
  expect(pass(sim, { flags: SYN }, { timeWait: 'Reuse', listener: LISTENER }).counts).toEqual(['accepted']);
  expect(pass(sim, { flags: SYN }, { timeWait: 'Reuse' }).counts).toEqual(['reset']);
});

describe('what can be in the way of a SYN', () => {
  test('no slot: dropped', () => {
    const seen = pass(fresh(), { flags: SYN }, { listener: LISTENER, noSlot: true });
    expect(seen).toMatchObject({ asked: ['Find', 'TimeWait', 'Listen', 'Take 1'], counts: ['no_slot'], finished: 42n });
    expect(seen.event).toBeUndefined();
  });
  test('the flow table is full: the slot goes back', () => {
    const seen = pass(fresh(true), { flags: SYN }, { listener: LISTENER, insert: 'Full', pauses: 0.3 });
    expect(seen).toMatchObject({ counts: ['table_full'], given: bigints(SLOT), finished: 42n });
    expect(seen.event).toBeUndefined();
  });
  test('somebody opened the connection meanwhile: the slot goes back, and the SYN to him', () => {
    const seen = pass(fresh(true), { flags: SYN }, { listener: LISTENER, insert: 'Present' });
    expect(seen).toMatchObject({ counts: ['raced', 'found'], given: bigints(SLOT), event: { accept: false, value: { connection: 5n, generation: 1n } } });
  });
  test('the budget of half-open connections: dropped, offered to cookies, and free again when one ends', () => {
    const sim = fresh(true);
    const syn = (tag: number) => pass(sim, { flags: SYN }, { listener: LISTENER, budget: 2 }, tag);
    expect([syn(1).counts, syn(2).counts]).toEqual([['accepted'], ['accepted']]);
    expect(syn(3)).toMatchObject({ counts: ['over_budget'], overBudget: 3n, finished: 3n });
    expect(sim.io.half_open).toBe(2n);
    sim.io.half_open_ended = true;
    sim.step();
    sim.io.half_open_ended = false;
    expect(syn(4).counts).toEqual(['accepted']);
    expect(syn(5).counts).toEqual(['over_budget']);
    expect(pass(sim, { flags: SYN }, { listener: LISTENER, budget: 0 }).counts).toEqual(['over_budget']);
    expect(pass(sim, { flags: SYN }, { listener: LISTENER }).counts).toEqual(['accepted']);
  });
  test("the listener's backlog: dropped, and offered to cookies", () => {
    const seen = pass(fresh(), { flags: SYN }, { listener: { ...LISTENER, room: false } });
    expect(seen).toMatchObject({ asked: ['Find', 'TimeWait', 'Listen'], counts: ['over_backlog'], overBudget: 42n, finished: 42n });
    expect(seen.begun).toBeUndefined();
  });
  test('more half-open connections end than began: stopped', () => {
    const sim = fresh();
    sim.io.half_open_ended = true;
    expect(() => sim.step()).toThrow('as many half-open connections end as began');
  });
});

test('RSTs that nobody takes are dropped and counted, and hold up nothing', () => {
  const sim = fresh(true);
  const counts = Array.from({ length: 6 }, (_, i) => pass(sim, { flags: ACK }, { resetsStuck: true }, i));
  expect(counts.map(({ counts }) => counts.length)).toEqual([1, 1, 1, 1, 2, 2]);
  expect(counts[5]!.counts).toEqual(['reset', 'reset_dropped']);
  expect(Math.max(...counts.map(({ cycles }) => cycles))).toBeLessThan(30);
});

describe('a segment leaves before its hashes are worked out, and a SYN to another port is right behind it', () => {
  /** What a SYN asks for and opens, as the checks of `pass` have it. */
  const behind = (sim: Sim, flags: number) => {
    pass(sim, { flags, key: { ...KEY, local_port: 50_001 } }, { find: SLOT });
    return pass(sim, { flags: SYN }, { listener: LISTENER });
  };

  test.each([ACK, SYN, SYN | ACK])('flags %i: the SYN finds its listener, and has a sequence number of its own', (flags) => {
    const alone = pass(fresh(), { flags: SYN }, { listener: LISTENER });
    expect(behind(fresh(true), flags)).toEqual({ ...alone, cycles: expect.any(Number) });
  });

  test('planted: what the unit gives is taken for its own', async () => {
    const { slowPath: faulty } = await planted<{ slowPath: typeof slowPath }>('tcp/slow-path.ts', [{ file: 'tcp/slow-path.ts', from: 'known.next = mixed.not();', to: 'known.next = true;' }]);
    expect(() => behind(fresh(false, faulty(OPTIONS) as typeof design), ACK)).toThrow('to deeply equal');
  });
});

test('cycles of a segment, if every table answers at once', () => {
  const sim = fresh();
  const cycles = {
    found: pass(sim, { flags: ACK }, { find: SLOT }).cycles,
    time_wait: pass(sim, { flags: ACK }, { timeWait: 'Drop' }).cycles,
    reset: pass(sim, { flags: ACK }).cycles,
    accepted: pass(sim, { flags: SYN }, { listener: LISTENER }).cycles,
  };
  console.log(cycles);
  expect(cycles).toMatchInlineSnapshot(`
    {
      "accepted": 16,
      "found": 2,
      "reset": 14,
      "time_wait": 4,
    }
  `);
});

bench.verilog();
