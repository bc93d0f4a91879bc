import { pausing, simulate, type Simulation } from '@vtoe/hdl';
import { crc32 } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { hardwareBench } from '../support/bench.ts';
import { type Beat, beatsOf as packetBeats } from './packets.ts';

const bench = hardwareBench();

const judge = (bytes: readonly number[]) => zlibCrc32(Buffer.from(bytes));
const littleEndian = (x: number) => [x & 255, x >>> 8 & 255, x >>> 16 & 255, x >>> 24];

const beatsOf = (bytes: readonly number[], lanes: number): Beat[] => packetBeats({ bytes, bad: false }, lanes);

function send(sim: Simulation<ReturnType<typeof crc32>['ports']>, beat: Beat | undefined): void {
  sim.io.in.valid = beat !== undefined;
  if (beat !== undefined) sim.io.in.payload = beat;
  sim.step();
}

/** Every number of bytes in the last beat, after none, one and two full beats; every third packet ends in its own CRC. */
const packetsOf = (lanes: number) => Array.from({ length: 3 * lanes }, (_, i) => {
  const bytes = Array.from({ length: i + 1 }, (_, k) => (i * 89 + k * 173 + (k >> 3)) & 255);
  return i % 3 === 2 && i >= 4 ? [...bytes.slice(0, -4), ...littleEndian(judge(bytes.slice(0, -4)))] : bytes;
});

const designs = [
  { width: 8, cuts: [] }, { width: 8, cuts: ['state', 'out'] }, { width: 16, cuts: ['undo0'] }, { width: 24, cuts: [] }, { width: 32, cuts: ['state'] },
  { width: 64, cuts: [] }, { width: 64, cuts: ['state', 'undo2', 'undo1', 'undo0', 'out'] }, { width: 88, cuts: ['undo1'] }, { width: 128, cuts: [] },
  { width: 256, cuts: ['state'] }, { width: 512, cuts: ['state', 'undo3', 'undo0'] },
] as const;

describe.each(designs)('$width bits, cuts $cuts', ({ width, cuts }) => {
  // Verilog of narrow and odd widths, and of all cuts; the wide ones are the same text with longer constants.
  const recorded = width === 8 || width === 24 || width === 64;

  test.each([0, 30])('as zlib, packets back to back, %i in 100 bubbles', (bubbles) => {
    const sim = (recorded ? bench.simulate : simulate)(crc32({ width, cuts }));
    const bubble = pausing(bubbles, width);
    const paused = () => bubble?.(0) === true;
    const packets = packetsOf(width / 8);
    const feed = function* () {
      for (const bytes of packets) {
        for (const beat of beatsOf(bytes, width / 8)) {
          while (paused()) yield undefined;
          yield { beat, bytes };
        }
      }
      for (let i = 0; i < 8; i++) yield undefined;
    };
    const due = new Map<number, { crc: bigint; good: boolean }>();
    let [results, goods] = [0, 0];
    for (const item of feed()) {
      const { cycle } = sim;
      send(sim, item?.beat);
      if (item?.beat.last === true) {
        const { bytes } = item;
        const good = bytes.length >= 4 && littleEndian(judge(bytes.slice(0, -4))).every((byte, i) => byte === bytes.at(i - 4));
        // The cycle after the last beat, and one more for each cut.
        due.set(cycle + 1 + cuts.length, { crc: BigInt(judge(bytes)), good });
      }
      expect(sim.sampled.out.valid).toBe(due.has(cycle));
      if (!sim.sampled.out.valid) continue;
      expect(sim.sampled.out.payload).toEqual(due.get(cycle));
      results += 1;
      if (sim.sampled.out.payload.good) goods += 1;
    }
    expect(results).toBe(packets.length);
    if (width >= 16) expect(goods).toBeGreaterThan(0);
  });
});

test('the check value of the catalogue: 123456789 gives cbf43926', () => {
  const sim = simulate(crc32({ width: 64 }));
  for (const beat of beatsOf([...Buffer.from('123456789')], 8)) send(sim, beat);
  expect(sim.io.out.payload.crc).toBe(0xcbf43926n);
});

test('a frame with its FCS is good; with any single bit wrong it is not', () => {
  const frame = Array.from({ length: 60 }, (_, i) => i * 11 & 255);
  const sent = [...frame, ...littleEndian(judge(frame))];
  const sim = simulate(crc32({ width: 64 }));
  for (let bit = -1; bit < 512; bit++) {
    const received = sent.map((byte, i) => (i === bit >> 3 ? byte ^ 1 << (bit & 7) : byte));
    for (const beat of beatsOf(received, 8)) send(sim, beat);
    expect(sim.io.out.payload.good).toBe(bit === -1);
  }
});

test('timing: results of a packet of two beats and of one of one beat', () => {
  const sim = bench.simulate(crc32({ width: 32, cuts: ['state'] }));
  const wave = sim.watch(['in_valid', 'in_payload_last', 'in_payload_keep', 'out_valid', 'out_payload_crc']);
  for (const beat of [...beatsOf([1, 2, 3, 4, 5], 4), ...beatsOf([1], 4), undefined, undefined, undefined]) send(sim, beat);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle            0        1        2        3        4        5
    in_valid         ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    in_payload_last  ▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    in_payload_keep  │f       │1
    out_valid        ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁
    out_payload_crc  │e57da0f4         │b63cfbcd│470b99f4│a505df1b
    "
  `);
});

test('misuse', () => {
  expect(() => crc32({ width: 12 })).toThrow('crc32: width must be a multiple of 8 from 8 to 512, not 12');
  expect(() => crc32({ width: 64, cuts: ['undo3'] })).toThrow('crc32: cuts may name state, undo2, undo1, undo0, out, not "undo3"');
  // @ts-expect-error: no such cut
  expect(() => crc32({ width: 64, cuts: ['data'] })).toThrow('crc32: cuts may name state, undo2, undo1, undo0, out, not "data"');
  for (const [keep, last] of [[0x7f, false], [0xfe, true], [0, true]] as const) {
    const sim = simulate(crc32({ width: 64 }));
    expect(() => send(sim, { data: 0n, keep: BigInt(keep), last, user: false })).toThrow('crc32: bytes may be missing only at the end of the last beat, and not all of them');
  }
});

bench.verilog();
