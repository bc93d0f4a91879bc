import { In, module, Out, Packet, simulate, Stream } from '@vtoe/hdl';
import { narrow, widen } from '@vtoe/hdl/lib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { beatsOf, pumpPackets, somePackets } from './packets.ts';
import { LOADS, wrapped } from './traffic.ts';

const bench = hardwareBench();

const widening = (lanes: number, ratio: number) => wrapped('widening', Packet(8 * lanes), Packet(8 * lanes * ratio), (source) => widen(source, ratio));
const narrowing = (lanes: number, ratio: number) => wrapped('narrowing', Packet(8 * lanes * ratio), Packet(8 * lanes), (source) => narrow(source, ratio));
const round = (lanes: number, ratio: number) => wrapped('round', Packet(8 * lanes), Packet(8 * lanes), (source) => narrow(widen(source, ratio), ratio));

const SIZES = [[1, 2], [4, 1], [4, 2], [2, 3], [8, 4]] as const;

describe.each(SIZES)('%i bytes a beat, ratio %i', (lanes, ratio) => {
  const packets = somePackets(40, { seed: 7, least: 1, most: 3 * lanes * ratio + 1, badEvery: 5 });

  test.each(LOADS)('widen, idle %i, back-pressure %i percent', (idle, pressure) => {
    const result = pumpPackets(bench.simulate(widening(lanes, ratio)), [lanes, lanes * ratio], packets, { idle, pressure });
    expect(result.packets).toEqual(packets);
    expect(result.beats).toBe(packets.flatMap((packet) => beatsOf(packet, lanes * ratio)).length);
  });

  test.each(LOADS)('narrow, idle %i, back-pressure %i percent', (idle, pressure) => {
    const result = pumpPackets(bench.simulate(narrowing(lanes, ratio)), [lanes * ratio, lanes], packets, { idle, pressure });
    expect(result.packets).toEqual(packets);
    expect(result.beats).toBe(packets.flatMap((packet) => beatsOf(packet, lanes)).length);
  });

  test('a narrow beat a cycle, latency 0', () => {
    const beats = packets.flatMap((packet) => beatsOf(packet, lanes)).length;
    expect(pumpPackets(bench.simulate(widening(lanes, ratio)), [lanes, lanes * ratio], packets).cycles).toBe(beats);
    expect(pumpPackets(bench.simulate(narrowing(lanes, ratio)), [lanes * ratio, lanes], packets).cycles).toBe(beats);
  });

  test('empty packets are single beats without bytes', () => {
    const empty = [{ bytes: [], bad: false }, { bytes: [], bad: true }, { bytes: [1], bad: false }];
    for (const sim of [bench.simulate(round(lanes, ratio))]) expect(pumpPackets(sim, [lanes, lanes], empty)).toMatchObject({ packets: empty, beats: 3 });
  });
});

test('widen and narrow: any packets come through as they are', () => {
  const block = round(2, 4);
  fc.assert(fc.property(
    fc.array(fc.record({ bytes: fc.array(fc.nat(255), { minLength: 0, maxLength: 20 }), bad: fc.boolean() }), { minLength: 1, maxLength: 12 }),
    fc.constantFrom(...LOADS),
    (packets, [idle, pressure]) => {
      expect(pumpPackets(simulate(block), [2, 2], packets, { idle, pressure }).packets).toEqual(packets);
    },
  ), { numRuns: 40 });
});

test('the timing of widen', () => {
  const sim = bench.simulate(widening(1, 2));
  const wave = sim.watch(['in_valid', 'in_ready', 'in_payload_last', 'in_payload_data', 'out_valid', 'out_ready', 'out_payload_last', 'out_payload_keep', 'out_payload_data']);
  const beats = [[1, 2, 3], [4, 5]].flatMap((bytes) => beatsOf({ bytes, bad: false }, 1));
  sim.io.in.valid = true;
  for (const [beat, ready] of [[0, true], [1, false], [1, true], [2, true], [3, false], [4, true]] as const) {
    sim.io.in.payload = beats[beat]!;
    sim.io.out.ready = ready;
    sim.step();
  }
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle             0   1   2   3   4   5
    in_valid          ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    in_ready          ▔▔▔▔▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    in_payload_last   ▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▁▁▁▁▔▔▔▔
    in_payload_data   │1  │2      │3  │4  │5
    out_valid         ▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▔▔▔▔
    out_ready         ▔▔▔▔▁▁▁▁▔▔▔▔▔▔▔▔▁▁▁▁▔▔▔▔
    out_payload_last  ▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▁▁▁▁▔▔▔▔
    out_payload_keep  │1  │3      │1      │3
    out_payload_data  │101│201    │303│404│504
    "
  `);
});

test('misuse', () => {
  const body = (verb: typeof widen, ratio: number) => () =>
    simulate(module('bad', {}, { in: In(Stream(Packet(64))), out: Out(Stream(Packet(64))) }, (io) => { io.out.from(verb(io.in, ratio)); }));
  expect(body(widen, 0)).toThrow('widen: ratio must be a whole number from 1 up, not 0');
  expect(body(narrow, 1.5)).toThrow('narrow: ratio must be a whole number from 1 up, not 1.5');
  expect(body(narrow, 3)).toThrow('narrow: a beat of 64 bits cannot be cut into 3 parts of whole bytes');
  expect(body(narrow, 16)).toThrow('narrow: a beat of 64 bits cannot be cut into 16 parts of whole bytes');
});

bench.verilog();
