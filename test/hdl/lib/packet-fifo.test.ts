import { pausing, simulate, type Simulation, streamSink } from '@vtoe/hdl';
import { packetFifo } from '@vtoe/hdl/lib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { blockRams } from './block-ram.ts';
import { type Beat, beatsOf, packetsOf, somePackets, type TestPacket } from './packets.ts';
import { heldUntilReady, LOADS } from './traffic.ts';

const bench = hardwareBench();
const LANES = 2;

type Sim = Simulation<ReturnType<typeof packetFifo>['ports']>;
const store = (depth: number, packets: number) => packetFifo(8 * LANES, { depth, packets });

/** What the FIFO is to do, beat by beat, told from its levels alone. */
class Model {
  readonly stored: TestPacket[] = [];
  readonly dropped = { overflow: 0n, bad: 0n };
  /** Which hazards the traffic has met. */
  readonly met = new Set<string>();
  readonly #depth: number;
  readonly #packets: number;
  #truncated = false;
  #first = true;

  constructor(depth: number, packets: number) {
    this.#depth = depth;
    this.#packets = packets;
  }

  /** A beat comes in; `level` and `waiting` are the FIFO's before. */
  beat({ user, last }: Beat, packet: TestPacket, level: bigint, waiting: bigint): void {
    const full = level === BigInt(this.#depth);
    const crowded = waiting === BigInt(this.#packets);
    if (full) this.met.add(this.#first ? last ? 'full at an only beat' : 'full at the first beat' : last ? 'full at the last beat' : 'full inside');
    this.#truncated ||= full;
    this.#first = last;
    if (!last) return;
    if (user) this.dropped.bad += 1n;
    else if (this.#truncated || crowded) this.dropped.overflow += 1n;
    else this.stored.push(packet);
    if (!this.#truncated && crowded) this.met.add(user ? 'bad, and no room for its end' : 'no room for its end');
    if (this.#truncated && user) this.met.add('bad, and no room for its data');
    if (!this.#truncated && level + 1n === BigInt(this.#depth)) this.met.add('fits exactly');
    this.#truncated = false;
  }
}

/** Sends packets in at once, pausing in `idle` % of the cycles; the sink takes them with `pressure` % of pauses. Returns the model. */
function pump(sim: Sim, model: Model, packets: readonly TestPacket[], idle: number, pressure: number): { out: TestPacket[] } {
  const out: Beat[] = [];
  const beats = packets.flatMap((packet) => beatsOf(packet, LANES).map((beat) => ({ beat, packet })));
  sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 2)));
  sim.start(heldUntilReady(sim.sampled.out));
  const pause = pausing(idle, 1);
  for (let next = 0; next < beats.length;) {
    const valid = pause?.(sim.cycle) !== true;
    sim.io.in.valid = valid;
    sim.io.in.payload = beats[next]!.beat;
    if (valid) {
      model.beat(beats[next]!.beat, beats[next]!.packet, sim.io.level, sim.io.packets);
      next += 1;
    }
    sim.step();
    expect(sim.io.dropped).toEqual(model.dropped);
  }
  sim.io.in.valid = false;
  sim.until(() => sim.io.level === 0n && sim.io.packets === 0n && !sim.io.out.valid, 2000);
  return { out: packetsOf(out, LANES) };
}

const SIZES = [[4, 2], [4, 3], [8, 2], [16, 4], [16, 70]] as const;

describe.each(SIZES)('%i beats, %i packets', (depth, packets) => {
  test.each(LOADS)('complete good packets in order, all others counted, idle %i, back-pressure %i percent', (idle, pressure) => {
    const model = new Model(depth, packets);
    const traffic = [
      ...somePackets(60, { seed: depth + packets, least: 1, most: LANES * (depth + 1), badEvery: 5 }),
      ...somePackets(60, { seed: 3, least: 1, most: 2 * LANES, badEvery: 8 }),
    ];
    const { out } = pump(bench.simulate(store(depth, packets)), model, traffic, idle, pressure);
    expect(out).toEqual(model.stored);
    expect(BigInt(out.length) + model.dropped.overflow + model.dropped.bad).toBe(BigInt(traffic.length));
  });
});

test('the traffic meets every hazard', () => {
  const met = new Set<string>();
  for (const [depth, packets] of SIZES) {
    const model = new Model(depth, packets);
    pump(simulate(store(depth, packets)), model, somePackets(400, { seed: 9, least: 1, most: LANES * (depth + 1), badEvery: 4 }), 30, 70);
    for (const hazard of model.met) met.add(hazard);
  }
  expect([...met].sort()).toEqual([
    'bad, and no room for its data', 'bad, and no room for its end', 'fits exactly', 'full at an only beat', 'full at the first beat', 'full at the last beat', 'full inside', 'no room for its end',
  ]);
});

/** A packet of so many beats, the first byte of which is `tag`. */
const packet = (beats: number, tag: number, bad = false): TestPacket => ({ bytes: [tag, ...Array<number>(beats * LANES - 1).fill(0)], bad });

/** Sends packets without a pause, and then takes out what is there. */
function fill(sim: Sim, packets: readonly TestPacket[]): void {
  for (const beat of packets.flatMap((packet) => beatsOf(packet, LANES))) {
    Object.assign(sim.io.in, { valid: true, payload: beat });
    sim.step();
  }
  sim.io.in.valid = false;
}

function drain(sim: Sim): number[] {
  const out: Beat[] = [];
  sim.io.out.ready = true;
  while (sim.io.packets > 0n || sim.io.out.valid) {
    if (sim.io.out.valid) out.push({ ...sim.io.out.payload });
    sim.step();
  }
  sim.io.out.ready = false;
  return packetsOf(out, LANES).map(({ bytes }) => bytes[0]!);
}

describe('full', () => {
  // The output latch takes the first beat of what is stored, so one beat more than `depth` finds room.
  test.each([
    ['at the first beat', [packet(5, 1), packet(3, 2)], [1]],
    ['at an only beat', [packet(5, 1), packet(1, 2)], [1]],
    ['at the last beat', [packet(3, 1), packet(3, 2)], [1]],
    ['inside', [packet(3, 1), packet(4, 2)], [1]],
    ['never: it fits exactly', [packet(3, 1), packet(2, 2)], [1, 2]],
  ])('%s', (_case, packets, kept) => {
    const sim = bench.simulate(store(4, 4));
    const [first, ...rest] = packets;
    // A packet of more beats than `depth` cannot be stored, so the store is filled by two.
    fill(sim, first!.bytes.length > 4 * LANES ? [packet(3, 1), packet(2, 1)] : [first!]);
    sim.step(2);
    fill(sim, rest);
    const lost = kept.includes(2) ? 0n : 1n;
    expect(sim.io.dropped).toEqual({ overflow: lost, bad: 0n });
    expect([...new Set(drain(sim))]).toEqual(kept);
    // And nothing is left behind.
    fill(sim, [packet(4, 3)]);
    expect(drain(sim)).toEqual([3]);
    expect(sim.io.level).toBe(0n);
  });
});

test('no room for the end of a packet: it is dropped at its last beat, and its beats are free again', () => {
  const sim = bench.simulate(store(16, 2));
  // The first beat of the first packet stands at the output.
  fill(sim, [packet(2, 1), packet(2, 2), packet(3, 3)]);
  expect(sim.io).toMatchObject({ packets: 2n, level: 3n, dropped: { overflow: 1n, bad: 0n } });
  expect(drain(sim)).toEqual([1, 2]);
});

test('a bad packet is dropped at its last beat, and its beats are free again', () => {
  const sim = bench.simulate(store(4, 2));
  fill(sim, [packet(4, 1, true)]);
  expect(sim.io).toMatchObject({ packets: 0n, level: 0n, dropped: { overflow: 0n, bad: 1n } });
  fill(sim, [packet(4, 2)]);
  expect(drain(sim)).toEqual([2]);
});

test('a bad packet that finds no room counts as bad', () => {
  const sim = bench.simulate(store(4, 2));
  fill(sim, [packet(6, 1, true), packet(1, 2)]);
  expect(sim.io.dropped).toEqual({ overflow: 0n, bad: 1n });
  sim.step(2);
  expect(drain(sim)).toEqual([2]);
});

test('a packet of more beats than the depth is dropped, empty as the store may be', () => {
  const sim = bench.simulate(store(4, 2));
  fill(sim, [packet(5, 1), packet(50, 2), packet(4, 3)]);
  sim.step(2);
  expect(sim.io.dropped).toEqual({ overflow: 2n, bad: 0n });
  expect(drain(sim)).toEqual([3]);
});

test('an empty packet is one beat without bytes', () => {
  const sim = bench.simulate(store(4, 2));
  fill(sim, [{ bytes: [], bad: false }]);
  sim.step(2);
  expect(sim.io.out).toMatchObject({ valid: true, payload: { last: true, keep: 0n } });
});

test.each([[2, 2], [2, 64], [3, 65]])('%i cycles from the last beat in to the first beat out, with room for %i packets', (cycles, packets) => {
  const sim = bench.simulate(store(256, packets));
  fill(sim, [packet(3, 1)]);
  // `fill` ends with the edge that takes the last beat.
  for (let passed = 1; passed < cycles; passed++) {
    expect(sim.io.out.valid).toBe(false);
    sim.step();
  }
  expect(sim.io.out.valid).toBe(true);
});

test.each([1, 2, 3])('packets of %i beats: a beat a cycle in and out, without a lost cycle', (beats) => {
  const sim = bench.simulate(store(16, 8));
  const out: Beat[] = [];
  sim.start(streamSink(sim.io.out, sim.sampled.out, out));
  const count = 20;
  fill(sim, Array.from({ length: count }, (_, i) => packet(beats, i)));
  sim.until(() => out.length === count * beats, 10);
  // The first beat of the last packet comes out 2 cycles after its last beat went in.
  expect(sim.cycle).toBe(count * beats - 1 + 2 + beats);
  expect(packetsOf(out, LANES).map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: count }, (_, i) => i));
});

test('the timing of a good packet, and of a bad one behind it', () => {
  const sim = bench.simulate(store(4, 2));
  const wave = sim.watch(['in_valid', 'in_payload_last', 'in_payload_user', 'level', 'packets', 'dropped_bad', 'out_valid', 'out_payload_last']);
  sim.io.out.ready = true;
  fill(sim, [packet(2, 1), packet(2, 2, true)]);
  sim.step(3);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle             0 1 2 3 4 5 6
    in_valid          ▔▔▔▔▔▔▔▔▁▁▁▁▁▁
    in_payload_last   ▁▁▔▔▁▁▔▔▔▔▔▔▔▔
    in_payload_user   ▁▁▁▁▁▁▔▔▔▔▔▔▔▔
    level             │0│1│2  │0
    packets           │0  │1  │0
    dropped_bad       │0      │1
    out_valid         ▁▁▁▁▁▁▔▔▔▔▁▁▁▁
    out_payload_last  ▔▔▔▔▔▔▁▁▔▔▔▔▔▔
    "
  `);
});

test('any packets and loads', () => {
  const blocks = SIZES.map(([depth, packets]) => ({ depth, packets, block: store(depth, packets) }));
  fc.assert(fc.property(
    fc.constantFrom(...blocks), fc.constantFrom(...LOADS),
    fc.array(fc.record({ bytes: fc.array(fc.nat(255), { minLength: 0, maxLength: 20 }), bad: fc.boolean() }), { maxLength: 25 }),
    ({ depth, packets, block }, [idle, pressure], traffic) => {
      const model = new Model(depth, packets);
      expect(pump(simulate(block), model, traffic, idle, pressure).out).toEqual(model.stored);
    },
  ), { numRuns: 60 });
});

test('data is one block RAM, 64 bits wide for 64 bits', async () => {
  expect(await blockRams(packetFifo(64, { depth: 512, packets: 64 }))).toEqual({ RAMB36E1: 1 });
}, 240_000);

test('misuse', () => {
  expect(() => packetFifo(64, { depth: 2, packets: 4 })).toThrow('packetFifo: depth must be a whole number from 4 up, not 2');
  expect(() => packetFifo(64, { depth: 12, packets: 4 })).toThrow('packetFifo: depth must be a power of two, not 12');
  expect(() => packetFifo(64, { depth: 16, packets: 1 })).toThrow('packetFifo: packets must be a whole number from 2 up, not 1');
  expect(() => packetFifo(64, { depth: 16, packets: 2, counterBits: 0 })).toThrow('packetFifo: counterBits must be a whole number from 1 up, not 0');
  expect(() => packetFifo(60, { depth: 16, packets: 2 })).toThrow('Packet needs a width that is a multiple of 8 bits, not 60');
});

bench.verilog();
