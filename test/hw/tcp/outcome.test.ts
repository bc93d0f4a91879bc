/** Whatever an event leads to carries what belongs to its connection, in time and in order, and each credit comes back once. */
import { simulate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config, type Config } from '../../../hw/config.ts';
import { Status } from '../../../hw/protocol/index.ts';
import { outcome } from '../../../hw/tcp/outcome.ts';
import { random, type Random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { plain } from '../host/connect-bench.ts';
import { planted, type Plant } from '../support/planted.ts';

const bench = hardwareBench();
const configOf = (more: Partial<Config> = {}) => config({ vms: 3, connections: 16, neighbours: 4, rxFifoFrames: 16, txSegments: 4, dmaWrites: 4, ...more });
type Outcome = ReturnType<typeof outcome>;
const SEND = {
  kind: 'Data' as const, seq: 1, ack: 2, ack_flag: true, psh: false, rst: false, syn: false, fin: false, window: 3, length: 4, offset: 5, has_mss: false, mss: 0, has_wscale: false, wscale: 0, has_ts: true, tsval: 6, tsecr: 7,
};
const NOTIFY = { connected: false, accepted: false, data: false, sent: false, peer_closed: false, closed: false, reset: false, error: false, rx_filled: 0, tx_freed: 0, final: false };
type Notify = typeof NOTIFY;
const TIME_WAIT = { snd_nxt: 1, rcv_nxt: 2, rcv_wnd: 3, window: 4, ts_ok: true, ts_offset: 5, ts_recent: 6 };
const KINDS = ['Segment', 'Grant', 'Timer', 'Abort'] as const;
const CAUSES = ['Guest', 'Fault', 'Silent', 'Unreachable'] as const;

/** What the pipeline shows in a cycle, all of one event. */
interface Shown {
  readonly connection: number;
  readonly kind: (typeof KINDS)[number];
  readonly cause?: (typeof CAUSES)[number];
  readonly was?: 'SYN_SENT' | 'ESTABLISHED';
  readonly generation?: number;
  readonly place?: { readonly offset: number; readonly skip: number; readonly length: number };
  readonly send?: number;
  readonly notify?: Partial<Notify>;
  readonly reset?: { readonly seq: number; readonly ack: number; readonly ack_flag: boolean };
  readonly expires?: boolean;
  readonly frees?: number;
}

function worldOf(c: Config, { design = outcome, simulator = simulate as typeof bench.simulate, pace = 1, seed = 1 }: { design?: (c: Config) => Outcome; simulator?: typeof bench.simulate; pace?: number; seed?: number } = {}) {
  const sim = simulator(design(c));
  const { io } = sim;
  const draw = random(seed);
  const words = Array.from({ length: c.connections }, (_, i) => ({
    vm: i % c.vms, key: { vlan: i % 2 === 0 ? 0 : 100 + i, local_address: 0x0a00_0000 + i, remote_address: 0x0b00_0000 + i, local_port: 1000 + i, remote_port: 2000 + i },
    local_mac: 0x02_0000_0000_00 + i, neighbour: i % c.neighbours, rx: { page: 0x100 + i, size_log2: 12 + i % 4 }, tx: { page: 0x900 + i, size_log2: 14 + i % 4 },
  }));
  const hops = Array.from({ length: c.neighbours }, (_, i) => ({ usable: true, mac: 0x06_0000_0000_00 + i }));
  const at = { placing: 0, sending: 0, ending: 0, neighbour: 0 };
  const logs = { place: [] as unknown[], tell: [] as unknown[], remember: [] as unknown[], end: [] as unknown[], reset: [] as unknown[], send: [] as unknown[] };
  /** In which cycles. */
  const cycles = { place: [] as number[], tell: [] as number[], sends: [] as number[] };
  const seen = { sends: 0, back: 0, unreachable: 0 };
  const slots: number[] = [];
  let slot = 0;
  const w = {
    sim, c, words, hops, logs, cycles, seen, slots, credits: c.txSegments,
    step(shown?: Shown, enters = false) {
      const place = (index: number) => words[index]!;
      const { vm, key, local_mac, neighbour } = place(at.ending);
      const sending = place(at.sending);
      io.placing = { vm: place(at.placing).vm, rx: place(at.placing).rx };
      io.sending = { vm: sending.vm, key: sending.key, local_mac: sending.local_mac, neighbour: sending.neighbour, tx: sending.tx };
      io.ending = { vm, key, local_mac, neighbour };
      io.neighbour = hops[at.neighbour]!;
      io.entered.valid = enters;
      if (enters) {
        io.entered.payload = slot;
        slots.push(slot);
        slot = (slot + 1) % c.rxFifoFrames;
      }
      const connection = shown?.connection ?? draw.below(c.connections);
      const isSegment = shown?.kind === 'Segment';
      Object.assign(io.eligible, { valid: shown !== undefined, payload: { connection, eligible: false, grant: shown?.kind === 'Grant' } });
      Object.assign(io.verdict, { valid: isSegment, payload: { connection, has_place: shown?.place !== undefined, place: shown?.place ?? { offset: 9, skip: 9, length: 9 }, look_up_again: false } });
      Object.assign(io.granted, { valid: shown?.kind === 'Grant', payload: { connection, has_send: shown?.send !== undefined, send: { ...SEND, seq: shown?.send ?? 0 } } });
      Object.assign(io.reset_due, { valid: shown?.reset !== undefined, payload: { connection, reset: shown?.reset ?? { seq: 0, ack: 0, ack_flag: false } } });
      Object.assign(io.notified, {
        valid: shown?.notify !== undefined,
        payload: { connection, generation: shown?.generation ?? 0, notify: { ...NOTIFY, ...shown?.notify }, kind: shown?.kind ?? 'Timer', cause: shown?.cause ?? 'Guest', was: shown?.was ?? 'ESTABLISHED' },
      });
      Object.assign(io.expiring, { valid: shown?.expires === true, payload: { connection, time_wait: TIME_WAIT } });
      Object.assign(io.freed, { valid: shown?.frees !== undefined, payload: { connection, generation: shown?.frees ?? 0 } });
      io.to_send.ready = draw.chance(pace);
      sim.step();
      const { sampled } = sim;
      Object.assign(at, { placing: Number(sampled.placing_index), sending: Number(sampled.sending_index), ending: Number(sampled.ending_index), neighbour: Number(sampled.neighbour_index) });
      const note = (name: keyof typeof logs, port: { readonly valid: boolean; readonly payload: unknown }) => { if (port.valid) logs[name].push(plain(port.payload)); };
      note('place', sampled.to_place);
      note('tell', sampled.to_tell);
      note('remember', sampled.to_remember);
      note('end', sampled.to_end);
      note('reset', sampled.to_reset);
      if (sampled.to_place.valid) cycles.place.push(sim.cycle);
      if (sampled.to_tell.valid) cycles.tell.push(sim.cycle);
      if (sampled.sends) cycles.sends.push(sim.cycle);
      if (sampled.to_send.valid && sampled.to_send.ready) logs.send.push(plain(sampled.to_send.payload));
      if (sampled.sends) seen.sends += 1;
      if (sampled.counters.unreachable) seen.unreachable += 1;
      if (shown?.kind === 'Grant') w.credits -= 1;
      if (sampled.granted_taken) {
        w.credits += 1;
        seen.back += 1;
      }
      expect(w.credits).toBeLessThanOrEqual(c.txSegments);
    },
    run(cycles: number) { for (let i = 0; i < cycles; i++) w.step(); },
  };
  return w;
}
type World = ReturnType<typeof worldOf>;

const segmentOf = (w: World, connection: number, seq: number) => {
  const { vm, key, local_mac, neighbour, tx } = w.words[connection]!;
  return {
    owner: vm + 1, connection, ring: tx, send: { ...SEND, seq },
    addresses: {
      source_mac: local_mac, destination_mac: w.hops[neighbour]!.mac, tagged: key.vlan !== 0, vid: key.vlan,
      source: key.local_address, destination: key.remote_address, source_port: key.local_port, destination_port: key.remote_port,
    },
  };
};

/** By the specification of completion entries. */
function statusOf({ kind, cause = 'Guest', was, notify = {} }: Shown): number {
  if (notify.error === true) return kind !== 'Abort' ? Status.value.TIMED_OUT : cause === 'Unreachable' ? Status.value.HOST_UNREACHABLE : Status.value.DMA_ERROR;
  if (notify.reset === true) return was === 'SYN_SENT' ? Status.value.REFUSED : Status.value.RESET;
  return notify.closed === true && kind === 'Abort' ? Status.value.ABORTED : Status.value.OK;
}

test.each<[Shown['kind'], Shown['cause'], Shown['was'], Partial<Notify>, keyof typeof Status.value]>([
  ['Segment', 'Guest', 'ESTABLISHED', { data: true }, 'OK'], ['Segment', 'Guest', 'ESTABLISHED', { closed: true, final: true }, 'OK'],
  ['Segment', 'Guest', 'SYN_SENT', { reset: true, final: true }, 'REFUSED'], ['Segment', 'Guest', 'ESTABLISHED', { reset: true, final: true }, 'RESET'],
  ['Timer', 'Guest', 'ESTABLISHED', { error: true, final: true }, 'TIMED_OUT'], ['Abort', 'Guest', 'ESTABLISHED', { closed: true, final: true }, 'ABORTED'],
  ['Abort', 'Silent', 'ESTABLISHED', { closed: true, final: true }, 'ABORTED'], ['Abort', 'Fault', 'ESTABLISHED', { error: true, final: true }, 'DMA_ERROR'],
  ['Abort', 'Unreachable', 'SYN_SENT', { error: true, final: true }, 'HOST_UNREACHABLE'],
])('%s, %s, in %s, %j: %s', (kind, cause, was, notify, status) => {
  const w = worldOf(configOf());
  w.step(undefined, true);
  w.step();
  w.step({ connection: 5, kind, notify, generation: 99, ...(cause && { cause }), ...(was && { was }) });
  w.run(4);
  expect(w.logs.tell).toMatchObject([{ notice: { connection: 5, generation: 99, vm: 2, status: Status.value[status], final: notify.final ?? false }, segment: kind === 'Segment' }]);
});

test('one cycle later, and segments to send two', () => {
  const w = worldOf(configOf());
  w.step(undefined, true);
  w.step();
  const from = w.sim.cycle;
  w.step({ connection: 1, kind: 'Segment', place: { offset: 1, skip: 0, length: 1 }, notify: { data: true } });
  w.step({ connection: 1, kind: 'Grant', send: 7 });
  w.run(5);
  expect([w.cycles.place, w.cycles.tell, w.cycles.sends].map((list) => list.map((cycle) => cycle - from - 1))).toEqual([[1], [1], [3]]);
});

/** Right behind a segment to send its connection ends: what is told may not overtake the count of that segment. */
function neverOvertakes(w: World): void {
  w.step({ connection: 1, kind: 'Grant', send: 7 });
  w.step({ connection: 1, kind: 'Timer', notify: { error: true, final: true } });
  w.run(5);
  expect(w.cycles.tell[0]).toBeGreaterThan(w.cycles.sends[0]!);
}
test('where two events of a connection follow each other at once, what is told comes behind what is sent', () => {
  neverOvertakes(worldOf(configOf({ pipelineCuts: [] }), { simulator: bench.simulate }));
  neverOvertakes(worldOf(configOf({ pipelineCuts: ['differences'] })));
});

const some = (draw: Random, connections: number): Omit<Shown, 'kind'> => ({
  connection: draw.below(connections), cause: CAUSES[draw.below(4)]!, was: draw.chance(0.5) ? 'SYN_SENT' : 'ESTABLISHED', generation: draw.below(65_536),
  ...(draw.chance(0.5) && { notify: { data: draw.chance(0.5), sent: draw.chance(0.5), closed: draw.chance(0.3), reset: draw.chance(0.3), error: draw.chance(0.3), final: draw.chance(0.3), rx_filled: draw.uint32(), tx_freed: draw.uint32() } }),
  ...(draw.chance(0.2) && { reset: { seq: draw.uint32(), ack: draw.uint32(), ack_flag: draw.chance(0.5) } }),
  ...(draw.chance(0.2) && { expires: true }),
  ...(draw.chance(0.2) && { frees: draw.below(65_536) }),
});

function everything(pace: number, idle: number, more: Partial<Config> = {}, simulator = simulate as typeof bench.simulate, design: (c: Config) => Outcome = outcome): void {
  const c = configOf(more);
  const w = worldOf(c, { design, simulator, pace, seed: 5 });
  const draw = random(6).fork(`${pace}/${idle}`);
  const expected = { place: [] as unknown[], tell: [] as unknown[], remember: [] as unknown[], end: [] as unknown[], reset: [] as unknown[], send: [] as unknown[] };
  let [grants, unreachable] = [0, 0];
  /** Slots of segments in the pipeline, with the cycle in which they entered. */
  const inside: { readonly slot: number; readonly since: number }[] = [];
  for (let i = 0; i < 1500; i++) {
    // Next hops that change keep their MAC address for as long as something waits for it.
    if (i % 50 === 0) {
      w.run(3);
      for (const hop of w.hops) hop.usable = draw.chance(0.8);
    }
    const enters = inside.length < c.dmaWrites && draw.chance(0.5);
    let shown: Shown | undefined;
    if (!draw.chance(idle)) {
      const rest = some(draw, c.connections);
      const { vm, key, local_mac, neighbour, rx } = w.words[rest.connection]!;
      const which = draw.below(4);
      let slot: number | undefined;
      if (which === 0 && inside.length > 0 && inside[0]!.since < i - 1) {
        slot = inside.shift()!.slot;
        const place = draw.chance(0.6) ? { offset: draw.below(1 << 12), skip: draw.below(100), length: draw.below(1400) } : undefined;
        shown = { ...rest, kind: 'Segment', ...(place && { place }) };
        expected.place.push(place === undefined ? { slot, kind: 'None' } : { slot, kind: 'Place', owner: vm + 1, connection: rest.connection, base: rx.page, size: rx.size_log2, ...place });
      } else if (which === 1 && w.credits > 0) {
        const send = draw.chance(0.7) ? i : undefined;
        shown = { ...rest, kind: 'Grant', ...(send !== undefined && { send }) };
        grants += 1;
        if (send !== undefined && w.hops[neighbour]!.usable) expected.send.push(segmentOf(w, rest.connection, send));
        else if (send !== undefined) unreachable += 1;
      } else shown = { ...rest, kind: which === 2 ? 'Timer' : 'Abort' };
      const { notify, generation } = shown;
      if (notify !== undefined) {
        const { rx_filled, tx_freed, final, ...kinds } = { ...NOTIFY, ...notify };
        expected.tell.push({ notice: { connection: rest.connection, generation, vm, kinds, status: statusOf(shown), rx_filled, tx_freed, final }, segment: shown.kind === 'Segment', ...(slot !== undefined && { slot }) });
      }
      if (shown.expires === true) expected.remember.push({ key, vm, record: TIME_WAIT });
      if (shown.frees !== undefined) expected.end.push({ slot: { connection: rest.connection, generation: shown.frees }, key, has_neighbour: true, neighbour, told: notify?.final === true });
      if (shown.reset !== undefined) expected.reset.push({ vm, key, local_mac, neighbour, reset: shown.reset });
    }
    if (enters) inside.push({ slot: w.slots.length % c.rxFifoFrames, since: i });
    w.step(shown, enters);
  }
  w.run(80);
  expect(w.logs.place).toMatchObject(expected.place);
  expect(w.logs.tell).toMatchObject(expected.tell);
  expect(w.logs.remember).toEqual(expected.remember);
  expect(w.logs.end).toEqual(expected.end);
  expect(w.logs.reset).toEqual(expected.reset);
  expect(w.logs.send).toEqual(expected.send);
  // Every grant's credit is back, once.
  expect([w.credits, w.seen]).toEqual([c.txSegments, { sends: expected.send.length, back: grants, unreachable }]);
  for (const list of Object.values(expected)) expect(list.length).toBeGreaterThan(10);
  expect(unreachable).toBeGreaterThan(3);
}

describe.each([1, 0.5, 0.1])('pace %d of who sends', (pace) => {
  test.each([0, 0.5])('whatever follows is as it should be, idle %d', (idle) => { everything(pace, idle, {}, idle === 0 ? bench.simulate : simulate as typeof bench.simulate); });
});
test.each<[string, Partial<Config>]>([['one VM', { vms: 1 }], ['no cuts', { pipelineCuts: [] }], ['many of each', { vms: 127, connections: 1024, neighbours: 64, rxFifoFrames: 512, txSegments: 16, dmaWrites: 16 }]])('%s', (_, more) => {
  everything(0.5, 0.2, more, bench.simulate);
});

describe('a planted fault is found', () => {
  const file = 'tcp/outcome.ts';
  const all = (design: (c: Config) => Outcome) => { everything(0.5, 0, {}, simulate as typeof bench.simulate, design); };
  const plants: readonly [string, Plant, (design: (c: Config) => Outcome) => void][] = [
    ['a credit of an unreachable one is lost', { file, from: '.add(unreachable.toUInt().zext(unused.width))', to: '' }, all],
    ['two credits of one cycle become one', { file, from: 'const back = unused.ne(0).and(leaves.not());', to: 'const back = unused.ne(0);' }, all],
    ['sent to whom cannot be reached', { file, from: 'const goes = addressed.valid.and(io.neighbour.usable);', to: 'const goes = addressed.valid;' }, all],
    ['the slot of the next segment', { file, from: 'was.slot.next = slots.out.payload;', to: 'when(io.verdict.valid.not(), () => { was.slot.next = slots.out.payload; });' }, all],
    ['the VM is the owner', { file, from: 'vm.zext(ownerBits).add(1)', to: 'vm.zext(ownerBits)' }, all],
    ['told before it is sent', { file, from: 'sameConnectionCycles(c) === 1 ? delayed(tell) : tell', to: 'tell' }, (design) => { neverOvertakes(worldOf(configOf({ pipelineCuts: [] }), { design })); }],
    ['a FINAL entry is forgotten', { file, from: 'told: was.notified.valid.and(notify.final)', to: 'told: false' }, all],
  ];
  test.each(plants)('%s', async (_, plant, run) => {
    const { outcome: wrong } = await planted<{ outcome: typeof outcome }>(file, [plant]);
    expect(() => { run(wrong); }).toThrow(/expected|without credit/);
  });
});

bench.verilog();
