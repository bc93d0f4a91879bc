import { In, module, Out, Packet, pausing, type Process, simulate, type Simulation, Stream, streamSink, UInt } from '@vtoe/hdl';
import { align } from '@vtoe/hdl/lib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { type Beat, beatsOf, generator, packetsOf, type TestPacket } from './packets.ts';
import { heldUntilReady, LOADS } from './traffic.ts';

const bench = hardwareBench();

type Mode = 'remove' | 'insert';

/** The number of bytes is a port. */
const aligning = (mode: Mode, lanes: number, bits: number) => module('aligning', { mode, n: lanes, b: bits }, {
  in: In(Stream(Packet(8 * lanes))), bytes: In(UInt(bits)), out: Out(Stream(Packet(8 * lanes))),
}, (io) => {
  io.out.from(align(io.in, mode === 'remove' ? { remove: io.bytes } : { insert: io.bytes }));
});

type Job = TestPacket & { readonly count: number };
type Sim = Simulation<ReturnType<typeof aligning>['ports']>;

/** What must come out. */
function expected(mode: Mode, { bytes, bad, count }: Job): TestPacket {
  return { bytes: mode === 'remove' ? bytes.slice(count) : [...Array<number>(count).fill(0), ...bytes], bad };
}

/** Sends each packet with its count at the first beat, and another number at the rest. */
function* source(sim: Sim, lanes: number, jobs: readonly Job[], idle: number): Process {
  const pause = pausing(idle, 1);
  let cycle = 0;
  for (const job of jobs) {
    for (const [i, beat] of beatsOf(job, lanes).entries()) {
      while (pause?.(cycle++) === true) yield;
      Object.assign(sim.io.in, { valid: true, payload: beat });
      if (i === 0) sim.io.bytes = job.count;
      else if (i === 1) sim.io.bytes = (job.count + 1) % 2;
      do yield; while (!sim.sampled.in.ready);
      sim.io.in.valid = false;
    }
  }
}

function pumpJobs(sim: Sim, lanes: number, jobs: readonly Job[], idle = 0, pressure = 0) {
  const out: Beat[] = [];
  sim.start(source(sim, lanes, jobs, idle));
  sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 2)));
  sim.start(heldUntilReady(sim.sampled.out));
  sim.until(() => out.filter(({ last }) => last).length === jobs.length, 20_000);
  return { packets: packetsOf(out, lanes), beats: out.length, cycles: sim.cycle };
}

/** Every count with every length around a beat's end. */
function everyCase(mode: Mode, lanes: number, bits: number): Job[] {
  const random = generator(3);
  const counts = Array.from({ length: mode === 'insert' ? lanes : Math.min(2 ** bits, 2 * lanes + 2) }, (_, i) => i);
  const lengths = Array.from({ length: 3 * lanes + 2 }, (_, i) => i);
  const jobs = counts.flatMap((count) => lengths.map((length) => ({ count, bytes: Array.from({ length }, () => random(256)), bad: random(4) === 0 })));
  return jobs.map((job) => [random(1 << 16), job] as const).sort(([a], [b]) => a - b).map(([, job]) => job);
}

const CASES = [['remove', 2, 1], ['remove', 4, 2], ['remove', 4, 1], ['remove', 4, 5], ['remove', 8, 6], ['insert', 2, 1], ['insert', 4, 2], ['insert', 8, 3], ['insert', 8, 1]] as const;

describe.each(CASES)('%s, %i bytes a beat, count of %i bits', (mode, lanes, bits) => {
  const jobs = everyCase(mode, lanes, bits).filter(({ count }) => count < 2 ** bits);

  test.each(LOADS)('every count with every length, idle %i, back-pressure %i percent', (idle, pressure) => {
    const { packets, beats } = pumpJobs(bench.simulate(aligning(mode, lanes, bits)), lanes, jobs, idle, pressure);
    const wanted = jobs.map((job) => expected(mode, job));
    expect(packets).toEqual(wanted);
    expect(beats).toBe(wanted.flatMap((packet) => beatsOf(packet, lanes)).length);
  });

  test('a beat a cycle on the longer side', () => {
    const { cycles } = pumpJobs(bench.simulate(aligning(mode, lanes, bits)), lanes, jobs);
    const sizes = jobs.map((job) => [job, expected(mode, job)].map((packet) => beatsOf(packet, lanes).length));
    expect(cycles).toBe(sizes.reduce((sum, counts) => sum + Math.max(...counts), mode === 'remove' ? 1 : 0));
  });
});

test.each([['remove', 1], ['insert', 0]] as const)('latency of %s: %i', (mode, cycles) => {
  const sim = bench.simulate(aligning(mode, 4, 2));
  sim.start(source(sim, 4, [{ bytes: [1, 2, 3, 4, 5, 6, 7, 8], bad: false, count: 1 }], 0));
  sim.io.out.ready = true;
  sim.until(() => sim.io.out.valid, 10);
  expect(sim.cycle).toBe(cycles);
  sim.step(5);
});

test('remove takes what goes, and the first beat that stays, without the sink', () => {
  const sim = bench.simulate(aligning('remove', 4, 4));
  sim.start(source(sim, 4, [{ bytes: Array.from({ length: 16 }, (_, i) => i), bad: false, count: 9 }], 0));
  sim.step(3);
  expect(sim.io).toMatchObject({ in: { ready: false }, out: { valid: true, payload: { keep: 0xfn, data: 0x0c0b0a09n } } });
});

test('any packets, counts and loads', () => {
  const blocks = { remove: aligning('remove', 4, 6), insert: aligning('insert', 4, 2) };
  fc.assert(fc.property(
    fc.constantFrom<Mode>('remove', 'insert'),
    fc.array(fc.record({ bytes: fc.array(fc.nat(255), { maxLength: 40 }), bad: fc.boolean(), count: fc.nat(63) }), { minLength: 1, maxLength: 10 }),
    fc.constantFrom(...LOADS),
    (mode, drawn, [idle, pressure]) => {
      const jobs = drawn.map((job) => ({ ...job, count: mode === 'insert' ? job.count % 4 : job.count }));
      expect(pumpJobs(simulate(blocks[mode]), 4, jobs, idle, pressure).packets).toEqual(jobs.map((job) => expected(mode, job)));
    },
  ), { numRuns: 60 });
});

test('the timing of remove: 3 bytes of 6, then 5 of 6, with 4 bytes a beat', () => {
  const sim = bench.simulate(aligning('remove', 4, 3));
  const wave = sim.watch(['in_valid', 'in_ready', 'bytes', 'in_payload_last', 'in_payload_keep', 'in_payload_data', 'out_valid', 'out_ready', 'out_payload_last', 'out_payload_keep', 'out_payload_data']);
  sim.io.out.ready = true;
  sim.start(source(sim, 4, [3, 5].map((count) => ({ bytes: [0x10, 0x11, 0x12, 0x13, 0x14, 0x15], bad: false, count })), 0));
  sim.step(6);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle             0        1        2        3        4        5
    in_valid          ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    in_ready          ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    bytes             │3       │0       │5       │0
    in_payload_last   ▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    in_payload_keep   │f       │3       │f       │3
    in_payload_data   │13121110│eeee1514│13121110│eeee1514
    out_valid         ▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁
    out_ready         ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    out_payload_last  ▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁
    out_payload_keep  │d       │7       │e       │8       │1       │9
    out_payload_data  │1110d50e│ee151413│121110ee│14131211│eeee15  │14eeee15
    "
  `);
});

test('insert asserts that its number stands still while a first beat waits', () => {
  const sim = simulate(aligning('insert', 4, 2));
  Object.assign(sim.io.in, { valid: true, payload: beatsOf({ bytes: [1], bad: false }, 4)[0] });
  sim.step();
  sim.io.bytes = 1;
  expect(() => sim.step()).toThrow('align: insert must not change while a first beat waits');
});

test('misuse', () => {
  const body = (width: number, bits: number, mode: Mode) => () => simulate(module('bad', {}, { in: In(Stream(Packet(width))), bytes: In(UInt(bits)), out: Out(Stream(Packet(width))) }, (io) => {
    io.out.from(align(io.in, mode === 'remove' ? { remove: io.bytes } : { insert: io.bytes }));
  }));
  expect(body(24, 2, 'remove')).toThrow('align: a beat must have a power of two of bytes, from 2 up, not 3');
  expect(body(8, 2, 'insert')).toThrow('align: a beat must have a power of two of bytes, from 2 up, not 1');
  expect(body(64, 5, 'insert')).toThrow('align: insert has 5 bits, but fewer than 8 bytes can be inserted, which 3 bits count');
});

bench.verilog();
