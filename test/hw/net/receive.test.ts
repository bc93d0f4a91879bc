import { simulate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { type Config, config, derived } from '../../../hw/config.ts';
import { receive } from '../../../hw/net/receive.ts';
import { parseLatency } from '../../../hw/net/rx-parse.ts';
import { PLACE_TAG_BITS } from '../../../hw/net/rx-place.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { beatsOf } from './support/drive.ts';
import { tcpFrame } from './support/frames.ts';
import { someFrames } from './support/hostile.ts';
import { expectedTally, run } from './support/receive-bench.ts';

const bench = hardwareBench();
const WIDTHS = [64, 128, 256, 512] as const;
const dma = { clients: 1, tagBits: PLACE_TAG_BITS, client: 0 };
const of = (width: number, rest: Partial<Config> = {}) => config({ datapathBits: width, mtuMostBytes: 1500, vms: 3, rxFifoFrames: 256, rxFifoBytes: 65_536, ...rest });

const LOADS = [
  { idle: 0, pressure: 0, verdictCycles: 20, dmaCycles: 20 },
  { idle: 40, pressure: 30, verdictCycles: 40, dmaCycles: 100 },
];

describe.each(WIDTHS)('%i bits', (width) => {
  test.each(LOADS)('what comes is told of, placed, copied or counted: idle $idle, back-pressure $pressure percent', (load) => {
    const c = of(width);
    const frames = [...someFrames(60, width)];
    expect(run(simulate(receive(c, dma)), c, frames, load, random(width))).toMatchObject(expectedTally(frames, derived(c).frameMostBytes));
  });

  test('minimum frames back to back are all told of, without a pause', () => {
    const c = of(width, { rxFifoFrames: 16, rxFifoBytes: 4096 });
    const sim = simulate(receive(c, dma));
    sim.io.enable = true;
    while (!sim.io.ready) sim.step();
    const frame = beatsOf({ bytes: tcpFrame({}), bad: false }, width / 8);
    expect(frame.length).toBe(Math.ceil(60 / (width / 8)));
    // 16 slots are far less than 250 frames: each must be worked off while the next come.
    const count = 250;
    let told = 0;
    sim.io.received.ready = true;
    for (let i = 0; i < count * frame.length + 30; i++) {
      sim.io.rx.valid = i < count * frame.length;
      sim.io.rx.payload = frame[i % frame.length]!;
      sim.io.verdict.valid = false;
      if (i > 0 && sim.sampled.received.valid) {
        told += 1;
        sim.io.verdict.valid = true;
        sim.io.verdict.payload = { slot: sim.sampled.received.payload.slot, kind: 'None', owner: 0, connection: 0, base: 0, size: 12, offset: 0, skip: 0, length: 0 };
      }
      sim.step();
      if (sim.sampled.drops.no_room || sim.sampled.drops.no_slot) throw new Error(`a frame is lost in cycle ${sim.cycle}`);
    }
    expect(told).toBe(count);
  });
});

test('too much for the FIFO: what finds no room is counted, and nothing else is lost', () => {
  const c = of(64, { rxFifoBytes: 4096, rxFifoFrames: 16 });
  const frames = [...someFrames(400, 77)];
  const { drops, delivered } = expectedTally(frames, derived(c).frameMostBytes);
  // Verdicts take so long that slots and room run out.
  const tally = run(simulate(receive(c, dma)), c, frames, { idle: 0, pressure: 70, verdictCycles: 400, dmaCycles: 200 }, random(4));
  const { no_room, no_slot, ...others } = tally.drops;
  expect(others).toEqual(Object.fromEntries(Object.entries(drops).filter(([name]) => name !== 'no_room' && name !== 'no_slot')));
  expect(no_slot!).toBeGreaterThan(0);
  expect(tally.delivered + no_room! + no_slot!).toBe(delivered);
});

test.each([64, 512])('long frames into a full ring, at %i bits: what is waited for is not written over', (width) => {
  const c = of(width, { rxFifoBytes: 4096 });
  const r = random(31);
  const frames = Array.from({ length: 120 }, () => ({ bytes: tcpFrame({ seq: r.uint32(), payload: Uint8Array.from({ length: 600 + r.below(800) }, () => r.below(256)) }), bad: false }));
  // Memory is slower than the line, so a word is written as soon as its place is free.
  const tally = run(simulate(receive(c, dma)), c, frames, { idle: 0, pressure: 75, verdictCycles: 3, dmaCycles: 10, places: 1 }, random(5));
  expect(tally.drops['no_room']).toBeGreaterThan(20);
  expect(tally.delivered).toBeGreaterThan(20);
  expect(tally.delivered + tally.drops['no_room']!).toBe(frames.length);
});

test('a write that is refused is told with its slot and owner, and the others go on', () => {
  const c = of(64);
  const frames = [...someFrames(300, 12)];
  const tally = run(simulate(receive(c, dma)), c, frames, { ...LOADS[0]!, fails: (owner) => owner === 2n }, random(6));
  expect(tally.failed).toBeGreaterThan(5);
  expect(tally.failed).toBeLessThan(tally.delivered);
});

test.each([64, 512])('frames of the largest MTU, with the build that is the default but for %i bits', (datapathBits) => {
  const c = config({ datapathBits });
  const frames = [9176, 9177, 1, 9000, 9176].map((length, i) => ({ bytes: tcpFrame({ vlan: 1 + i, payload: Uint8Array.from({ length }, (_, k) => (k * 7 + i) & 0xff) }), bad: false }));
  const tally = run(simulate(receive(c, dma)), c, frames, { idle: 0, pressure: 0, verdictCycles: 4, dmaCycles: 50, places: 1 }, random(8));
  expect(tally).toMatchObject({ delivered: 4, retired: 4, drops: { too_long: 1 } });
});

test('after a reset in the middle of everything it begins anew', () => {
  const c = of(64);
  const sim = simulate(receive(c, dma));
  const beats = beatsOf({ bytes: tcpFrame({ payload: new Uint8Array(300) }), bad: false }, 8);
  sim.io.enable = true;
  while (!sim.io.ready) sim.step();
  for (let i = 0; i < 10 * beats.length + 17; i++) {
    sim.io.rx.valid = true;
    sim.io.rx.payload = beats[i % beats.length]!;
    sim.step();
  }
  expect(sim.io.received.valid).toBe(true);
  sim.io.rx.valid = false;
  sim.reset();
  expect(sim.io.received.valid).toBe(false);
  expect(sim.io.ready).toBe(false);
  const frames = [...someFrames(80, 21)];
  expect(run(sim, c, frames, LOADS[0]!, random(1))).toMatchObject(expectedTally(frames, derived(c).frameMostBytes));
});

test('until the tables are cleared, frames are dropped and counted', () => {
  const c = of(64);
  const sim = simulate(receive(c, dma));
  sim.io.enable = true;
  const beats = beatsOf({ bytes: tcpFrame({}), bad: false }, 8);
  let [early, told] = [0, 0];
  for (let i = 0; i < 40 * beats.length + 20; i++) {
    sim.io.rx.valid = i < 40 * beats.length;
    sim.io.rx.payload = beats[i % beats.length]!;
    sim.step();
    if (sim.sampled.drops.not_ready) early += 1;
    sim.io.received.ready = true;
    if (sim.sampled.received.valid && sim.sampled.received.ready) told += 1;
  }
  expect(sim.io.ready).toBe(true);
  expect(told + early).toBe(40);
  // A cycle a slot: dropped is whose last beat leaves the parser before.
  const leaves = (frame: number): number => (frame + 1) * beats.length - 1 + parseLatency(64);
  expect(leaves(early - 1)).toBeLessThan(c.rxFifoFrames);
  expect(leaves(early)).toBeGreaterThanOrEqual(c.rxFifoFrames);
  expect(sim.io.rx.ready).toBe(true);
});

test('while it is not enabled, good frames are dropped and counted, and bad ones under their own cause', () => {
  const c = of(64);
  const sim = simulate(receive(c, dma));
  while (!sim.io.ready) sim.step();
  sim.io.received.ready = true;
  const counted = { not_ready: 0, tcp_checksum: 0, told: 0 };
  const send = (bytes: Uint8Array, enabled: boolean): void => {
    sim.io.enable = enabled;
    const beats = beatsOf({ bytes, bad: false }, 8);
    for (let i = 0; i < beats.length + parseLatency(64) + 5; i++) {
      sim.io.rx.valid = i < beats.length;
      if (i < beats.length) sim.io.rx.payload = beats[i]!;
      sim.step();
      if (sim.sampled.drops.not_ready) counted.not_ready += 1;
      if (sim.sampled.drops.tcp_checksum) counted.tcp_checksum += 1;
      if (sim.sampled.received.valid) counted.told += 1;
    }
  };
  const bad = tcpFrame({});
  bad[50]! ^= 1;
  for (const [bytes, enabled] of [[tcpFrame({}), false], [bad, false], [tcpFrame({}), true], [tcpFrame({}), false], [tcpFrame({}), true]] as const) send(bytes, enabled);
  expect(counted).toEqual({ not_ready: 2, tcp_checksum: 1, told: 2 });
});

test.each([64, 512])('recorded for the emitted Verilog, %i bits', (width) => {
  const c = of(width, { rxFifoFrames: 16, rxFifoBytes: 4096 });
  const frames = [...someFrames(30, 3)];
  const tally = run(bench.simulate(receive(c, dma)), c, frames, { ...LOADS[1]!, verdictCycles: 5, dmaCycles: 5 }, random(3));
  expect(tally.retired).toBe(tally.delivered);
});

bench.verilog();
