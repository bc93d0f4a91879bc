import { pausing, type SimValue, streamSink, streamSource } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { padFrames } from '../../../hw/net/pad-frames.ts';
import type { TxFrame } from '../../../hw/net/tx-frame.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { heldUntilReady } from '../../hdl/lib/traffic.ts';
import { beatsOf } from './frames.ts';

const bench = hardwareBench();
type Beat = SimValue<ReturnType<typeof TxFrame>>;

/** Frames around each place where a word and where byte 60 ends. */
const LENGTHS = [1, 8, 9, 14, 42, 54, 55, 56, 57, 58, 59, 60, 61, 63, 64, 65, 66, 128, 1514, 60, 5, 59];
const FRAMES = LENGTHS.map((length, i) => ({ owner: i % 9, bytes: Uint8Array.from({ length }, (_, k) => (k * 7 + i) | 1) }));
const padded = (bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(Math.max(60, bytes.length));
  whole.set(bytes);
  return whole;
};

describe.each([64, 128, 256, 512] as const)('W = %i', (datapathBits) => {
  test.each([[0, 0], [50, 0], [0, 50], [30, 30]])('short frames get zeros up to byte 60, others stay, idle %i, back-pressure %i percent', (idle, pressure) => {
    const sim = bench.simulate(padFrames(config({ datapathBits })));
    const expected = FRAMES.flatMap(({ owner, bytes }) => beatsOf(padded(bytes), datapathBits / 8, owner));
    const out: Beat[] = [];
    // Rubbish in the lanes without keep must not get out.
    const dirty = FRAMES.flatMap(({ owner, bytes }) => beatsOf(bytes, datapathBits / 8, owner, 0xee));
    sim.start(streamSource(sim.io.in, sim.sampled.in, dirty, pausing(idle, 1)));
    sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 2)));
    sim.start(heldUntilReady(sim.sampled.out));
    sim.until(() => out.length === expected.length, 4000);
    expect(out).toEqual(expected);
    if (idle === 0 && pressure === 0) expect(sim.cycle).toBe(expected.length);
  });
});

bench.verilog();
