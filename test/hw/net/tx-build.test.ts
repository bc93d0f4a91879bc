import { pausing, simulate, type SimValue, type Simulation, streamSink, streamSource } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { txBuild } from '../../../hw/net/tx-build.ts';
import type { TxFrame } from '../../../hw/net/tx-frame.ts';
import { random } from '../../../sim/random.ts';
import { heldUntilReady } from '../../hdl/lib/traffic.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { lanes } from '../dma/bursts.ts';
import { beatsOf } from './frames.ts';

const bench = hardwareBench();
type Beat = SimValue<ReturnType<typeof TxFrame>>;

interface Frame {
  readonly owner: number;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
  /** The lane of memory in which the payload begins. */
  readonly start: number;
}

/** Every length of header, payload from 0 to two beats around, each start. */
function frames(count: number, hostBytes: number, payload?: number): Frame[] {
  const draw = random(31);
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => draw.below(256));
  return Array.from({ length: count }, (_, i) => ({
    owner: i % 9, header: bytes(54 + 4 * (i % 7)), payload: bytes(payload ?? (i % 4 === 0 ? 0 : 1 + draw.below(i % 3 === 0 ? 3 * hostBytes : 20))), start: draw.below(hostBytes),
  }));
}

function headerWords({ owner, header, payload }: Frame, wordBytes: number) {
  return beatsOf(header, wordBytes, owner).map((word) => ({ ...word, payload: payload.length > 0 }));
}

/** Beats as they stand in memory, with rubbish around. */
function payloadBeats({ header, payload, start }: Frame, wordBytes: number, hostBytes: number) {
  const count = payload.length === 0 ? 0 : Math.ceil((start + payload.length) / hostBytes);
  return Array.from({ length: count }, (_, i) => {
    const word = Uint8Array.from({ length: hostBytes }, (_, lane) => payload[i * hostBytes + lane - start] ?? 0xee);
    const there = Math.min(hostBytes, start + payload.length - i * hostBytes);
    return { start, insert: header.length % wordBytes, beat: { user: false, last: i === count - 1, keep: (1n << BigInt(there)) - 1n, data: lanes(word) } };
  });
}

function wholeFrames(list: readonly Frame[], wordBytes: number): Beat[] {
  return list.flatMap(({ owner, header, payload }) => {
    const whole = new Uint8Array(Math.max(60, header.length + payload.length));
    whole.set(header);
    whole.set(payload, header.length);
    return beatsOf(whole, wordBytes, owner);
  });
}

interface Loads {
  readonly header?: number;
  readonly payload?: number;
  readonly pressure?: number;
}

function run(sim: Simulation<ReturnType<typeof txBuild>['ports']>, list: readonly Frame[], wordBytes: number, hostBytes: number, { header = 0, payload = 0, pressure = 0 }: Loads = {}) {
  const out: Beat[] = [];
  const cycles: number[] = [];
  const expected = wholeFrames(list, wordBytes);
  sim.start(streamSource(sim.io.header, sim.sampled.header, list.flatMap((frame) => headerWords(frame, wordBytes)), pausing(header, 1)));
  sim.start(streamSource(sim.io.payload, sim.sampled.payload, list.flatMap((frame) => payloadBeats(frame, wordBytes, hostBytes)), pausing(payload, 2)));
  sim.start(streamSink(sim.io.frame, sim.sampled.frame, out, pausing(pressure, 3)));
  sim.start(heldUntilReady(sim.sampled.frame));
  sim.until(() => {
    if (sim.sampled.frame.valid && sim.sampled.frame.ready) cycles.push(sim.cycle);
    return out.length === expected.length;
  }, 20_000);
  expect(out).toEqual(expected);
  return cycles.at(-1)! - cycles[0]! + 1;
}

describe.each([[64, 64], [64, 128], [128, 1024], [512, 512]] as const)('W = %i, DW = %i', (datapathBits, hostBits) => {
  const definition = txBuild(config({ datapathBits, hostBits }));
  const [wordBytes, hostBytes] = [datapathBits / 8, hostBits / 8];
  // The ends of a header and of a payload come without a pause (`tx-header`, `tx-fetch`): only between them may one be.
  test.each([{}, { pressure: 50 }, { pressure: 90 }])('header and payload make a frame: %o', (loads) => {
    run(bench.simulate(definition), frames(40, hostBytes), wordBytes, hostBytes, loads);
  });

  test('one word a cycle, without a pause between frames', () => {
    const list = frames(12, hostBytes, 20 * hostBytes);
    const words = wholeFrames(list, wordBytes).length;
    const cycles = run(bench.simulate(definition), list, wordBytes, hostBytes);
    // Where a word holds the whole header, the first word of a payload may be late by one.
    expect(cycles - words).toBeLessThanOrEqual(wordBytes < 54 ? 0 : list.length);
  });
});

test('a header without payload does not wait: 1 cycle', () => {
  const sim = simulate(txBuild(config()));
  const [frame] = frames(1, 16);
  Object.assign(sim.io.header, { valid: true, payload: headerWords(frame!, 8)[0]! });
  sim.step();
  expect(sim.io.frame.valid).toBe(true);
});

test('a frame begins 4 cycles after the first beat of its payload came', () => {
  const sim = simulate(txBuild(config()));
  const frame = frames(2, 16, 100)[1]!;
  sim.start(streamSource(sim.io.header, sim.sampled.header, headerWords(frame, 8)));
  sim.step(10);
  sim.start(streamSource(sim.io.payload, sim.sampled.payload, payloadBeats(frame, 8, 16)));
  const start = sim.cycle;
  sim.until(() => sim.io.frame.valid, 20);
  expect(sim.cycle - start).toBe(4);
});

test('a frame does not begin before its payload, and a pause within it is found out', () => {
  const sim = simulate(txBuild(config()));
  const frame = frames(2, 16, 100)[1]!;
  const words = headerWords(frame, 8), beats = payloadBeats(frame, 8, 16);
  Object.assign(sim.io.header, { valid: true, payload: words[0]! });
  sim.io.frame.ready = true;
  sim.step(20);
  expect(sim.io.frame.valid).toBe(false);
  // Two beats of payload, then no more.
  sim.start(streamSource(sim.io.header, sim.sampled.header, words));
  sim.start(streamSource(sim.io.payload, sim.sampled.payload, beats.slice(0, 2)));
  expect(() => sim.step(40)).toThrow('txBuild: a frame goes on without a pause');
});

bench.verilog();
