import { simulate, type Simulation, UInt } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { flowFront } from '../../../hw/tcp/flow-front.ts';
import { type Random, random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { planted } from '../support/planted.ts';
import { type Key, SECRET } from './support/flow-keys.ts';

const bench = hardwareBench();
const OPTIONS = { connections: 16, listeners: 4, vms: 2, flowTableRows: 8, flowStashEntries: 2, slowEntries: 16, tag: UInt(12) } as const;
const design = flowFront(OPTIONS);
const serial = flowFront({ ...OPTIONS, hash: 'serial' });
type Design = typeof design;
type Sim = Simulation<Design['ports']>;

interface Sent { readonly key: number; readonly flags: 'SYN' | 'ACK' | 'RST' }
interface End { readonly how: 'direct' | 'event' | 'accept' | 'reset' | 'finished' | 'dropped'; readonly tag: number; readonly cycle: number; readonly connection: number }

const keyOf = (id: number): Key => ({ vlan: 0, local_address: 0x0a000001, local_port: id < 1000 ? 80 : 81, remote_address: 0xc0000200 + (id >> 4), remote_port: 1024 + id });

/** The front, and around it tables that answer at random times, a pipeline that takes at random times, and a list of what became of each segment. */
class Bench {
  readonly ends: End[] = [];
  readonly sent: (Sent & { readonly cycle: number })[] = [];
  /** Connections that were accepted: by key. */
  readonly open = new Map<number, { readonly connection: number; readonly generation: number }>();
  readonly counts: Record<string, number> = {};
  readonly sim: Sim;
  readonly #draw: Random;
  readonly #pauses: number;

  constructor(sim: Sim, { seed = 1, pauses = 0.3, budget = 16 } = {}) {
    this.sim = sim;
    this.#draw = random(seed);
    this.#pauses = pauses;
    Object.assign(sim.io, { secret: SECRET, isn_secret: 3n, now: 1000, half_open_most: budget });
    sim.io.options = { offer_wscale: true, offer_ts: true, nagle: false };
    while (!sim.io.ready) sim.step();
    sim.step(3);
  }

  /** One cycle, or with this segment as many as it waits for. */
  cycle(segment?: Sent): void {
    if (segment === undefined) return this.#step();
    this.sent.push({ ...segment, cycle: this.sim.cycle });
    do this.#step(segment); while (!this.sim.sampled.in.ready);
  }

  #step(segment?: Sent): void {
    const { io } = this.sim;
    const open = () => !this.#draw.chance(this.#pauses);
    io.in.valid = segment !== undefined;
    if (segment !== undefined) {
      const { flags } = segment;
      io.in.payload = {
        key: keyOf(segment.key), mss: 1460, tag: this.sent.length - 1,
        segment: {
          seq: this.sent.length - 1, ack: 1, urg: false, ack_flag: flags === 'ACK', psh: false, rst: flags === 'RST', syn: flags === 'SYN', fin: false, window: 9, length: 0,
          has_mss: false, mss: 0, has_wscale: false, wscale: 0, has_ts: false, tsval: 0, tsecr: 0,
        },
      };
    }
    io.time_wait.ready = open();
    io.listen.ready = open();
    io.event.ready = open();
    io.reset.ready = true;
    this.sim.step();
    const s = this.sim.sampled;
    if (io.time_wait_answer.valid && s.time_wait_answer.ready) io.time_wait_answer.valid = false;
    if (io.listen_answer.valid && s.listen_answer.ready) io.listen_answer.valid = false;
    if (s.time_wait.valid && io.time_wait.ready) Object.assign(io.time_wait_answer, { valid: true, payload: 'Miss' });
    if (s.listen.valid && io.listen.ready) {
      io.listen_answer.valid = true;
      io.listen_answer.payload = { found: s.listen.payload.key.local_port === 80n, listener: 1, generation: 0, vm: 1, rx_size: 16, tx_size: 16, backlog: 9, room: true };
    }
    // An event that is taken goes before what stands at `direct` in the same cycle.
    if (s.event.valid && io.event.ready) {
      const { accept, tag, value: { connection, generation } } = s.event.payload;
      this.#end(accept ? 'accept' : 'event', tag, connection);
      if (accept) this.open.set(this.sent[Number(tag)]!.key, { connection: Number(connection), generation: Number(generation) });
    }
    if (s.direct.valid) this.#end('direct', s.direct.payload.arrival.tag, s.direct.payload.value.connection);
    if (s.reset.valid) this.ends.push({ how: 'reset', tag: Number(s.reset.payload.reset.ack_flag ? s.reset.payload.reset.ack - 1n : 0n), cycle: this.sim.cycle, connection: -1 });
    if (s.finished.valid) this.#end('finished', s.finished.payload);
    if (s.dropped.valid) this.#end('dropped', s.dropped.payload);
    for (const [group, bits] of Object.entries({ queue: s.counters.queue, path: s.counters.path, slots: s.counters.slots })) {
      for (const [name, on] of Object.entries(bits)) if (on) this.counts[`${group}.${name}`] = (this.counts[`${group}.${name}`] ?? 0) + 1;
    }
  }

  /** Until every segment has its end, and some cycles more for the last RST. */
  run(segments: readonly (Sent | undefined)[]): this {
    for (const segment of segments) this.cycle(segment);
    for (let i = 0; i < 3000 && this.ends.filter(({ how }) => how !== 'reset').length < this.sent.length; i++) this.cycle();
    for (let i = 0; i < 5; i++) this.cycle();
    return this;
  }

  /** A command at the port of those who free: waits until it is done. */
  command(op: 'Insert' | 'Delete', key: number, value: { connection: number; generation: number }): string {
    const port = this.sim.io.command[1]!;
    port.valid = true;
    port.payload = { op, key: keyOf(key), value, has_hash: false, hash: 0 };
    for (;;) {
      this.cycle();
      if (!this.sim.sampled.command[1]!.ready) continue;
      port.valid = false;
      return this.sim.sampled.answer.outcome;
    }
  }

  /** What is wrong with the order, or with the number of ends of a segment. */
  complaint(): string | undefined {
    const last = new Map<number, number>();
    const ended = new Set<number>();
    const accepted = new Set<number>();
    for (const { how, tag } of this.ends) {
      if (how === 'reset') continue;
      if (ended.has(tag)) return `segment ${tag} ends twice`;
      ended.add(tag);
      const { key } = this.sent[tag]!;
      if (how === 'dropped') continue;
      if ((last.get(key) ?? -1) > tag) return `segment ${tag} of key ${key} comes behind ${last.get(key)}`;
      last.set(key, tag);
      if (how === 'accept') accepted.add(key);
      if ((how === 'event' || how === 'direct') && !accepted.has(key) && !this.known.has(key)) return `segment ${tag} comes to a connection before its Accept`;
    }
    const lost = this.sent.findIndex((_, tag) => !ended.has(tag));
    return lost < 0 ? undefined : `segment ${lost} has no end`;
  }
  /** Keys that others inserted. */
  readonly known = new Set<number>();

  hows(key?: number): string {
    return this.ends.filter(({ how, tag }) => how !== 'reset' && (key === undefined || this.sent[tag]!.key === key)).map(({ how }) => how).join(' ');
  }

  #end(how: End['how'], tag: bigint, connection = -1n): void {
    this.ends.push({ how, tag: Number(tag), cycle: this.sim.cycle, connection: Number(connection) });
  }
}

const SYN = (key: number): Sent => ({ key, flags: 'SYN' });
const ACK = (key: number): Sent => ({ key, flags: 'ACK' });

describe("data right behind the handshake's ACK", () => {
  /** SYN, then segments with this many cycles between: in the pipeline of the look-up, and behind it, while the connection is made. */
  function handshake(sim: Sim, gap: number, seed: number): string {
    const pauses = Array<undefined>(gap).fill(undefined);
    const bench = new Bench(sim, { seed, pauses: seed % 2 === 0 ? 0 : 0.5 });
    bench.run([SYN(1), ...Array.from({ length: 10 }, () => [...pauses, ACK(1)]).flat()]);
    const wrong = bench.complaint();
    if (wrong !== undefined) return wrong;
    if (bench.ends.some(({ how }) => how === 'reset')) return 'a RST';
    return /^accept( event)*( direct)*$/.test(bench.hows()) ? 'in order' : bench.hows();
  }

  test.each([0, 1, 2, 3, 5, 8, 13])('%i cycles between segments: Accept first, then all in order, and no RST', (gap) => {
    expect(handshake((gap === 0 || gap === 3 ? bench.simulate : simulate)(design), gap, 2)).toBe('in order');
    for (const seed of [1, 3, 5]) expect(handshake(simulate(design), gap, seed)).toBe('in order');
  });

  test.each([0, 1, 5, 13])('a serial hash, %i cycles between segments: the same', (gap) => {
    for (const seed of [1, 2, 3]) expect(handshake((gap === 1 && seed === 2 ? bench.simulate : simulate)(serial), gap, seed)).toBe('in order');
  });

  test('planted: a RST without second look-up', async () => {
    const { flowFront: faulty } = await planted<{ flowFront: typeof flowFront }>('tcp/flow-front.ts', [
      { file: 'tcp/slow-path.ts', from: "mux(io.answer.outcome.eq('Found'), lit(Phase, 'Event'), 'Wait')", to: "mux(io.answer.outcome.eq('Found').and(syn), lit(Phase, 'Event'), 'Wait')" },
    ]);
    expect(handshake(simulate(faulty(OPTIONS) as Design), 0, 1)).toBe('a RST');
  });

  test('planted: what is found goes straight on, although an older segment is on the slow path', async () => {
    const { flowFront: faulty } = await planted<{ flowFront: typeof flowFront }>('tcp/flow-front.ts', [{ file: 'tcp/slow-queue.ts', from: '.or(syn).or(behind)', to: '.or(syn)' }]);
    const complaints = [1, 2, 3, 5, 8].map((gap) => handshake(simulate(faulty(OPTIONS) as Design), gap, 1));
    expect(complaints.join()).toMatch(/comes behind|before its Accept/);
  });
});

test('a segment that overtakes an insert is found by the second look-up', () => {
  for (let lead = 0; lead < 40; lead += 3) {
    const front = new Bench(simulate(design), { seed: lead });
    front.known.add(5);
    // An opener inserts while the segment is under way; it came too early only if the insert was not done in time.
    const port = front.sim.io.command[0]!;
    front.cycle(ACK(5));
    for (let i = 0; i < lead; i++) front.cycle();
    port.valid = true;
    port.payload = { op: 'Insert', key: keyOf(5), value: { connection: 3, generation: 0 }, has_hash: false, hash: 0 };
    while (!front.sim.sampled.command[0]!.ready) front.cycle();
    port.valid = false;
    front.run([ACK(5)]);
    expect(front.complaint()).toBeUndefined();
    expect(front.hows()).toMatch(lead === 0 ? /^event (event|direct)$/ : /^(event|finished) (event|direct)$/);
  }
});

describe('a SYN flood fills the table', () => {
  /** A connection, a flood from other addresses, an opener that wants a slot. */
  function flood(sim: Sim, budget: number) {
    const front = new Bench(sim, { budget, pauses: 0 });
    front.run([SYN(1)]);
    sim.io.half_open_ended = true;
    front.cycle();
    sim.io.half_open_ended = false;
    front.run(Array.from({ length: 900 }, (_, i) => (i % 30 === 7 ? ACK(1) : i % 3 === 0 ? SYN(2 + i) : undefined)));
    sim.io.take.valid = true;
    front.cycle();
    const slotLeft = sim.sampled.take.ready && sim.sampled.ok;
    sim.io.take.valid = false;
    return { front, slotLeft };
  }

  test('the budget of half-open connections leaves slots, and an open connection does not notice', () => {
    const { front, slotLeft } = flood(simulate(design), 4);
    expect(front.complaint()).toBeUndefined();
    expect(front.counts['path.accepted']).toBe(1 + 4);
    expect(front.counts['path.over_budget']! + (front.counts['queue.overflow'] ?? 0)).toBe(front.sent.filter(({ flags }) => flags === 'SYN').length - 5);
    expect(front.counts['queue.overflow']).toBeGreaterThan(0);
    expect(front.hows(1)).toBe(`accept${' direct'.repeat(30)}`);
    expect(slotLeft).toBe(true);
    expect(front.sim.io.half_open).toBe(4n);
  });

  test('planted: no budget', async () => {
    const { flowFront: faulty } = await planted<{ flowFront: typeof flowFront }>('tcp/flow-front.ts', [{ file: 'tcp/slow-path.ts', from: 'elsewhen(halfOpen.ge(io.half_open_most)', to: 'elsewhen(halfOpen.ge(io.half_open_most).and(false)' }]);
    const { front, slotLeft } = flood(simulate(faulty(OPTIONS) as Design), 4);
    expect([front.counts['path.accepted'], slotLeft]).toEqual([16, false]);
    expect(front.counts['path.no_slot']).toBeGreaterThan(0);
  });
});

test.each([['pipelined', design], ['serial', serial]] as const)('any segments of a few connections that come and go, hash %s: each ends once, in order, and a live connection never gets a RST', (_, design) => {
  for (let seed = 1; seed <= 3; seed++) {
    const sim = seed === 1 ? bench.simulate(design) : simulate(design);
    const front = new Bench(sim, { seed, pauses: seed % 3 * 0.3, budget: 12 });
    const draw = random(100 + seed);
    let resets = 0;
    for (let round = 0; round < (seed === 1 ? 1 : 8); round++) {
      const live = new Set(front.open.keys());
      const from = front.ends.length;
      front.run(Array.from({ length: 60 }, () => (draw.chance(0.4) ? undefined : { key: draw.below(12) + (draw.chance(0.1) ? 1000 : 0), flags: draw.chance(0.3) ? 'SYN' as const : draw.chance(0.1) ? 'RST' as const : 'ACK' as const })));
      expect(front.complaint()).toBeUndefined();
      for (const { how, tag, connection } of front.ends.slice(from)) {
        if (how === 'reset') resets += 1;
        else if (live.has(front.sent[tag]!.key) && how !== 'dropped') expect([how, connection]).toEqual([how === 'direct' ? 'direct' : 'event', front.open.get(front.sent[tag]!.key)!.connection]);
      }
      // Some connections end: out of the table, and their slots back.
      for (const [key, value] of front.open) {
        if (draw.chance(0.5)) continue;
        expect(front.command('Delete', key, value)).toBe('Deleted');
        front.open.delete(key);
        sim.io.give.valid = true;
        sim.io.give.payload = { connection: value.connection, generation: value.generation + 1 };
        sim.io.half_open_ended = true;
        front.cycle();
        sim.io.half_open_ended = false;
        while (!sim.sampled.give.ready) front.cycle();
        sim.io.give.valid = false;
      }
    }
    if (seed > 1) {
      expect(resets).toBeGreaterThan(10);
      expect(front.counts['path.accepted']).toBeGreaterThan(15);
    }
  }
});

bench.verilog();
