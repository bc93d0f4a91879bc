import { Bool, In, module, Out, Packet, reg, simulate, Stream, UInt, when } from '@vtoe/hdl';
import { type DropAtFirst, type DropAtLast, dropPackets, type PacketCondition } from '@vtoe/hdl/lib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { beatsOf, pumpPackets, somePackets, type TestPacket } from './packets.ts';
import { LOADS, wrapped } from './traffic.ts';

const bench = hardwareBench();
const LANES = 2;
const Beat = Packet(8 * LANES);

/** Drops, and counts what it dropped. */
const counting = (name: string, condition: PacketCondition, options: DropAtFirst | Omit<DropAtLast, 'onDrop'>) =>
  module(name, {}, { in: In(Stream(Beat)), out: Out(Stream(Beat)), count: Out(UInt(16)) }, (io) => {
    const drops = reg(UInt(16));
    const kept = dropPackets(io.in, condition, { ...options, onDrop: (packet) => when(packet, () => { drops.next = drops.add(1); }) });
    io.out.from(kept);
    io.count.set(drops);
    return { drops, kept };
  });

/** By the lowest bit of the first byte of the first, or of the last beat. */
const odd: PacketCondition = (beat) => beat.data.bit(0);
const atFirst = counting('at_first', odd, {});
const atLast = counting('at_last', odd, { decide: 'last', depth: 16, packets: 4 });

const keptAtFirst = (packets: readonly TestPacket[]) => packets.filter(({ bytes }) => bytes[0]! % 2 === 0);
const keptAtLast = (packets: readonly TestPacket[]) => packets.filter((packet) => !packet.bad && beatsOf(packet, LANES).at(-1)!.data % 2n === 0n);

describe.each(LOADS)('idle %i, back-pressure %i percent', (idle, pressure) => {
  // Long ones fill the store with beats, short ones with packets.
  const packets = [...somePackets(40, { seed: 5, least: 1, most: 16 * LANES, badEvery: 6 }), ...somePackets(60, { seed: 6, least: 1, most: 2 * LANES, badEvery: 6 })];

  test('decided at the first beat', () => {
    const sim = bench.simulate(atFirst);
    const kept = keptAtFirst(packets);
    expect(pumpPackets(sim, [LANES, LANES], [...packets, packet([2])], { idle, pressure, expected: kept.length + 1 }).packets).toEqual([...kept, packet([2])]);
    expect(sim.io.count).toBe(BigInt(packets.length - kept.length));
  });

  test('decided at the last beat: waits for room, and drops bad packets too', () => {
    const sim = bench.simulate(atLast);
    const kept = keptAtLast(packets);
    expect(pumpPackets(sim, [LANES, LANES], [...packets, packet([2])], { idle, pressure, expected: kept.length + 1 }).packets).toEqual([...kept, packet([2])]);
    expect(sim.io.count).toBe(BigInt(packets.length - kept.length));
  });
});

const packet = (bytes: number[]): TestPacket => ({ bytes, bad: false });
const even = (beats: number): TestPacket => packet(Array<number>(beats * LANES).fill(2));

test('decided at the first beat: a beat a cycle, latency 0, and what is dropped does not wait', () => {
  const sim = bench.simulate(atFirst);
  expect(pumpPackets(sim, [LANES, LANES], [even(3), packet([1, 0, 0, 0]), even(2)], { expected: 2 }).cycles).toBe(3 + 2 + 2);
  sim.io.out.ready = false;
  sim.io.in.payload = beatsOf(packet([1]), LANES)[0]!;
  sim.io.in.valid = true;
  expect([sim.io.in.ready, sim.io.out.valid]).toEqual([true, false]);
  sim.step();
});

test('decided at the last beat: a beat a cycle, 2 cycles from the last beat in to the first beat out', () => {
  expect(pumpPackets(bench.simulate(atLast), [LANES, LANES], [even(3)]).cycles).toBe(3 - 1 + 2 + 3);
  const many = Array.from({ length: 20 }, () => even(4));
  expect(pumpPackets(bench.simulate(atLast), [LANES, LANES], many).cycles).toBe(80 - 1 + 2 + 4);
});

test('any packets and loads', () => {
  fc.assert(fc.property(
    fc.constantFrom([atFirst, keptAtFirst] as const, [atLast, keptAtLast] as const), fc.constantFrom(...LOADS),
    fc.array(fc.record({ bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 16 * LANES }), bad: fc.boolean() }), { maxLength: 20 }),
    ([block, model], [idle, pressure], packets) => {
      const sent = [...packets, packet([2])];
      const kept = model(sent);
      expect(pumpPackets(simulate(block), [LANES, LANES], sent, { idle, pressure, expected: kept.length }).packets).toEqual(kept);
    },
  ), { numRuns: 40 });
});

test('a packet that is longer than the store: asserted not to come, and dropped rather than waited for', () => {
  const strict = simulate(atLast);
  expect(() => pumpPackets(strict, [LANES, LANES], [even(17), even(1)])).toThrow('dropPackets: a packet has more than 16 beats');
  const sim = simulate(atLast, { assertions: false });
  expect(pumpPackets(sim, [LANES, LANES], [even(4), even(40), even(16), even(1)], { expected: 3 }).packets).toEqual([even(4), even(16), even(1)]);
});

test('the condition must not begin to hold for a packet that has been offered', () => {
  const sim = simulate(module('by_signal', {}, { in: In(Stream(Beat)), away: In(Bool), out: Out(Stream(Beat)) }, (io) => {
    io.out.from(dropPackets(io.in, io.away));
  }));
  sim.io.in.valid = true;
  sim.step();
  sim.io.away = true;
  expect(() => sim.step()).toThrow('dropPackets: the condition must not begin to hold for a packet that has been offered');
});

test('misuse', () => {
  const options: DropAtLast = { decide: 'last', depth: 10, packets: 4 };
  expect(() => simulate(wrapped('bad', Beat, Beat, (source) => dropPackets(source, odd, options)))).toThrow('packetFifo: depth must be a power of two, not 10');
});

bench.verilog();
