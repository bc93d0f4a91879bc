/** No two segments count on one ACCEPT, each ACCEPT is settled once, and a connection has its rings exactly if it was accepted. */
import { simulate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config, type Config } from '../../../hw/config.ts';
import { acceptGate } from '../../../hw/tcp/accept-gate.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { planted, type Plant } from '../support/planted.ts';

const bench = hardwareBench();
const configOf = (connections = 8, listeners = 4, prePosts = 8) => config({ vms: 2, connections, listeners, prePosts, rxFifoFrames: 16, dmaWrites: 4 });
const SEGMENT = {
  seq: 0, ack: 0, urg: false, ack_flag: true, psh: false, rst: false, syn: false, fin: false, window: 0, length: 0, has_mss: false, mss: 0, has_wscale: false, wscale: 0, has_ts: false, tsval: 0, tsecr: 0,
};
interface Arrival { readonly connection: number; readonly generation: number; readonly ack: boolean; readonly rst: boolean; readonly slot: number; /** That completes the handshake, if an ACCEPT is there. */ readonly good: boolean }
type Gate = ReturnType<typeof acceptGate>;

/** Pipeline, posts and the source of segments, at any pace. */
function worldOf(c: Config, { design = acceptGate, simulator = simulate as typeof bench.simulate, pace = 1, latency = 6, seed = 1 }: { design?: (c: Config) => Gate; simulator?: typeof bench.simulate; pace?: number; latency?: number; seed?: number } = {}) {
  const sim = simulator(design(c));
  const { io } = sim;
  const draw = random(seed);
  const arrivals: Arrival[] = [];
  const began: { connection: number; listener: number; generation: number }[] = [];
  const ending: number[] = [];
  /** As the pipeline sees them, and as listeners count them. */
  const halfOpen = new Map<number, { listener: number; generation: number }>();
  const counts = Array.from({ length: c.listeners }, () => 0);
  /** By listener: posts in order, and the generation. */
  const posts = Array.from({ length: c.listeners }, () => [] as number[]);
  const lives = Array.from({ length: c.listeners }, () => 0);
  const out = new Map<number, number>();
  const used: number[] = [];
  const rings: { connection: number; command_id: number; page: bigint }[] = [];
  const accepted: { connection: number; command_id: number }[] = [];
  const entered: { slot: number; connection: number; prepost: boolean; cycle: number }[] = [];
  const flight: { due: number; connection: number; good: boolean; post: number | undefined }[] = [];
  const answers: { ok: boolean; entry: number }[] = [];
  let [order, offered, held] = [0, false, false];
  const given: Arrival[] = [];
  let taken: { ok: boolean; entry: number } | undefined;
  const w = {
    sim, c, arrivals, began, ending, halfOpen, counts, posts, lives, out, used, rings, accepted, entered, given, flight,
    /** By the pipeline: accepted or not, it is no longer half open. */
    ends(connection: number) {
      halfOpen.delete(connection);
      ending.push(connection);
    },
    step() {
      // The pipeline is done with its oldest segment.
      const head = flight[0];
      const leaves = head !== undefined && head.due <= sim.cycle;
      const accepts = leaves && head.good && head.post !== undefined && halfOpen.has(head.connection);
      io.verdict = leaves;
      io.accepted = accepts;
      if (accepts) {
        accepted.push({ connection: head.connection, command_id: head.post! });
        w.ends(head.connection);
      }
      const end = ending.shift();
      Object.assign(io.ends, { valid: end !== undefined, payload: end ?? 0 });
      const begin = began.shift();
      Object.assign(io.begins, { valid: begin !== undefined, ...(begin && { payload: begin }) });
      if (begin !== undefined) {
        halfOpen.set(begin.connection, begin);
        counts[begin.listener]! += 1;
      }
      const arrival = arrivals[0];
      if (!held) held = arrival !== undefined && draw.chance(pace);
      io.segment.valid = held;
      if (held) io.segment.payload = { connection: arrival!.connection, generation: arrival!.generation, segment: { ...SEGMENT, ack_flag: arrival!.ack, rst: arrival!.rst }, slot: arrival!.slot };
      io.request.ready = flight.length < c.dmaWrites && draw.chance(pace);
      io.take.ready = io.take.valid && draw.chance(pace);
      io.settle.ready = io.settle.valid && draw.chance(pace);
      offered ||= answers.length > 0 && draw.chance(pace);
      taken = answers[0];
      io.taken.valid = offered;
      if (taken !== undefined) {
        const id = out.get(taken.entry) ?? 0;
        io.taken.payload = { ok: taken.ok, entry: taken.entry, vm: 1, rx_ring: { page: BigInt(1000 + id), reserved: 0, log2_bytes: 13 }, tx_ring: { page: BigInt(5000 + id), reserved: 0, log2_bytes: 14 }, command_id: id };
      }
      sim.step();
      const { sampled } = sim;
      if (leaves) flight.shift();
      if (sampled.segment.valid && sampled.segment.ready) {
        given.push(arrivals.shift()!);
        held = false;
      }
      if (sampled.take.valid && sampled.take.ready) {
        const { listener, generation } = sampled.take.payload;
        const post = lives[Number(listener)] === Number(generation) ? posts[Number(listener)]!.shift() : undefined;
        const entry = post === undefined ? 0 : order++ % c.prePosts;
        if (post !== undefined) out.set(entry, post);
        answers.push({ ok: post !== undefined, entry });
        expect(out.size).toBeLessThanOrEqual(1);
      }
      if (sampled.taken.valid && sampled.taken.ready) {
        answers.shift();
        offered = false;
      }
      if (sampled.settle.valid && sampled.settle.ready) {
        const entry = Number(sampled.settle.payload.entry);
        expect(out.has(entry)).toBe(true);
        if (sampled.settle.payload.used) used.push(out.get(entry)!);
        else posts[0]!.unshift(out.get(entry)!);
        out.delete(entry);
      }
      if (sampled.request.valid && sampled.request.ready) {
        const { connection, generation, segment, prepost } = sampled.request.payload;
        const expected = given.shift()!;
        expect([Number(connection), Number(generation), segment.ack_flag, segment.rst, Number(sampled.slot)]).toEqual([expected.connection, expected.generation, expected.ack, expected.rst, expected.slot]);
        expect(prepost).toBe(out.size === 1);
        // Between an ACCEPT and its verdict nobody else comes.
        expect(flight.some(({ post }) => post !== undefined)).toBe(false);
        flight.push({ due: sim.cycle + latency - 1, connection: expected.connection, good: expected.good, post: prepost ? [...out.values()][0] : undefined });
        entered.push({ slot: expected.slot, connection: expected.connection, prepost, cycle: sim.cycle });
      }
      expect(sampled.rings.valid).toBe(accepts);
      if (sampled.rings.valid) {
        const { connection, rings: { rx, tx, command_id } } = sampled.rings.payload;
        expect([Number(connection), Number(command_id), rx.page, Number(rx.size_log2), tx.page, Number(tx.size_log2)])
          .toEqual([head!.connection, head!.post, BigInt(1000 + head!.post!), 13, BigInt(5000 + head!.post!), 14]);
        rings.push({ connection: Number(connection), command_id: Number(command_id), page: BigInt(rx.page) });
      }
      if (sampled.half_open_end.valid) counts[Number(sampled.half_open_end.payload)]! -= 1;
    },
    run(cycles: number) { for (let i = 0; i < cycles; i++) w.step(); },
    drain() {
      const from = sim.cycle;
      do {
        w.step();
        if (sim.cycle - from > 4000) throw new Error('this does not end');
      } while (arrivals.length > 0 || given.length > 0 || flight.length > 0 || ending.length > 0 || !sim.io.idle);
      w.run(3);
    },
  };
  while (!io.ready) sim.step();
  return w;
}
const arrival = (connection: number, slot = 0, more: Partial<Arrival> = {}): Arrival => ({ connection, generation: 7, ack: true, rst: false, slot, good: true, ...more });

test('the segment that completes a handshake comes with the oldest ACCEPT, and the connection has its rings', () => {
  const w = worldOf(configOf(), { simulator: bench.simulate });
  w.posts[0]!.push(11, 12);
  w.began.push({ connection: 3, listener: 0, generation: 0 });
  w.run(2);
  w.arrivals.push(arrival(3, 5));
  w.drain();
  expect([w.entered.map(({ prepost }) => prepost), w.used, w.rings, w.posts[0], w.counts]).toEqual([[true], [11], [{ connection: 3, command_id: 11, page: 1011n }], [12], [0, 0, 0, 0]]);
  // What comes behind is a segment as any other.
  w.arrivals.push(arrival(3, 6));
  w.drain();
  expect([w.entered.at(-1)?.prepost, w.posts[0]]).toEqual([false, [12]]);
});

test('a segment every two cycles, where nobody is half open', () => {
  const w = worldOf(configOf(), { latency: 2 });
  for (let i = 0; i < 10; i++) w.arrivals.push(arrival(i % 8, i));
  w.drain();
  expect(w.entered.slice(1).map(({ cycle }, i) => cycle - w.entered[i]!.cycle)).toEqual(Array(9).fill(2));
});

test.each<[string, Partial<Arrival>]>([['without ACK', { ack: false }], ['a RST', { rst: true }]])('%s: takes no ACCEPT', (_, more) => {
  const w = worldOf(configOf());
  w.posts[0]!.push(11);
  w.began.push({ connection: 3, listener: 0, generation: 0 });
  w.run(2);
  w.arrivals.push(arrival(3, 0, more));
  w.drain();
  expect([w.entered.map(({ prepost }) => prepost), w.posts[0], w.counts[0]]).toEqual([[false], [11], 1]);
});

test.each([['none is posted', 0, 0], ['the port was closed meanwhile', 1, 1]])('%s: the segment enters without', (_, posted, life) => {
  const w = worldOf(configOf());
  if (posted > 0) w.posts[0]!.push(11);
  w.lives[0] = life;
  w.began.push({ connection: 3, listener: 0, generation: 0 });
  w.run(2);
  w.arrivals.push(arrival(3), arrival(4));
  w.drain();
  expect([w.entered.map(({ prepost }) => prepost), w.used, w.rings]).toEqual([[false, false], [], []]);
});

/** An ACCEPT that was taken for nothing is the next again, and no rings are written. */
function comesBack(w: ReturnType<typeof worldOf>): void {
  w.posts[0]!.push(11, 12);
  w.began.push({ connection: 3, listener: 0, generation: 0 }, { connection: 4, listener: 0, generation: 0 });
  w.run(3);
  w.arrivals.push(arrival(3, 0, { good: false }), arrival(4, 1));
  w.drain();
  expect([w.used, w.rings.map(({ connection }) => connection), w.posts[0]]).toEqual([[11], [4], [12]]);
}
test('an ACCEPT that was taken for nothing is the next again', () => { comesBack(worldOf(configOf(), { simulator: bench.simulate })); });

function manyEnd(w: ReturnType<typeof worldOf>): void {
  for (let i = 0; i < 16; i++) w.began.push({ connection: i, listener: i % 4, generation: 0 });
  w.run(20);
  expect(w.counts).toEqual([4, 4, 4, 4]);
  for (let i = 0; i < 16; i++) {
    w.ends(i);
    w.began.push({ connection: 16 + i, listener: 0, generation: 0 });
  }
  w.run(16);
  expect(w.counts).toEqual([20, 4, 4, 4]);
  w.run(20);
  expect(w.counts).toEqual([16, 0, 0, 0]);
}
test('16 that end at once are noted one after the other', () => { manyEnd(worldOf(configOf(32))); });

function everything(seed: number, pace: number, latency: number, simulator: typeof bench.simulate, design: (c: Config) => Gate = acceptGate): void {
  const w = worldOf(configOf(), { simulator, pace, latency, seed, design });
  const draw = random(seed).fork('guests');
  let id = 0;
  // One listener has the posts, so that what comes back is known to be the next; others have none.
  for (let i = 0; i < 400; i++) {
    const connection = draw.below(8);
    if (draw.chance(0.3) && !w.halfOpen.has(connection) && !w.began.some((one) => one.connection === connection) && !w.ending.includes(connection)) {
      w.began.push({ connection, listener: draw.chance(0.8) ? 0 : 1, generation: 0 });
    }
    if (draw.chance(0.2)) w.posts[0]!.push(++id);
    if (w.arrivals.length < 6) w.arrivals.push(arrival(draw.below(8), i % 16, { generation: draw.below(65_536), ack: draw.chance(0.8), rst: draw.chance(0.1), good: draw.chance(0.6) }));
    // By a timer, say.
    if (draw.chance(0.03) && w.halfOpen.has(connection)) w.ends(connection);
    w.run(1 + draw.below(4));
  }
  w.drain();
  expect(w.used).toEqual(w.accepted.map(({ command_id }) => command_id));
  expect(w.rings.map(({ connection, command_id }) => ({ connection, command_id }))).toEqual(w.accepted);
  expect([...w.used, ...w.posts[0]!].toSorted((a, b) => a - b)).toEqual(Array.from({ length: id }, (_, i) => i + 1));
  const open = [0, 0, 0, 0];
  for (const { listener } of w.halfOpen.values()) open[listener]! += 1;
  expect(w.counts).toEqual(open);
  expect(w.accepted.length).toBeGreaterThan(5);
}

describe.each([1, 0.5, 0.2])('pace %d', (pace) => {
  test.each([2, 4, 6])('whatever comes, each ACCEPT ends once; %i cycles of pipeline', (latency) => { everything(latency, pace, latency, latency === 4 ? bench.simulate : simulate as typeof bench.simulate); });
});

describe('a planted fault is found', () => {
  const file = 'tcp/accept-gate.ts';
  const plants: readonly [string, Plant, (design: (c: Config) => Gate) => void][] = [
    ['rings before the verdict', { file, from: "io.rings.valid.set(allOf(step.eq('Wait'), io.verdict, under.eq(1), io.accepted))", to: "io.rings.valid.set(allOf(step.eq('Enter'), prepost))" }, (design) => { comesBack(worldOf(configOf(), { design })); }],
    ['the verdict of another segment', { file, from: 'when(allOf(io.verdict, under.eq(1)), () => {', to: 'when(io.verdict, () => {' }, (design) => { everything(6, 1, 6, simulate as typeof bench.simulate, design); }],
    ['nobody waits', { file, from: "when(prepost, () => { step.next = 'Wait'; });", to: '' }, (design) => { everything(6, 1, 6, simulate as typeof bench.simulate, design); }],
    ['always used', { file, from: 'done.next = io.accepted', to: 'done.next = true' }, (design) => { comesBack(worldOf(configOf(), { design })); }],
    ['an end is lost', { file, from: 'ended.out.ready.set(io.begins.valid.not())', to: 'ended.out.ready.set(true)' }, (design) => { manyEnd(worldOf(configOf(32), { design })); }],
  ];
  test.each(plants)('%s', async (_, plant, run) => {
    const { acceptGate: wrong } = await planted<{ acceptGate: typeof acceptGate }>(file, [plant]);
    expect(() => { run(wrong); }).toThrow(/expected|does not end/);
  });
});

test.each([[4, 2, 2], [1024, 64, 256]])('%i connections, %i listeners, %i posts', (connections, listeners, prePosts) => {
  const w = worldOf(configOf(connections, listeners, prePosts), { simulator: bench.simulate });
  w.posts[listeners - 1]!.push(1);
  w.began.push({ connection: connections - 1, listener: listeners - 1, generation: 0 });
  w.run(2);
  w.arrivals.push(arrival(connections - 1));
  w.drain();
  expect(w.rings).toMatchObject([{ connection: connections - 1 }]);
});

bench.verilog();
