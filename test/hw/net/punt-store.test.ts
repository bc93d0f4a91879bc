/** Frames on their way to the VMM: all that came in, or nothing of them and a count; and what is told of each. */
import { type Process, simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { puntStore, type PuntStoreParameters } from '../../../hw/net/punt-store.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { beatsOf, bytesOf } from './support/drive.ts';

const bench = hardwareBench();
type Store = Simulation<ReturnType<typeof puntStore>['ports']>;
interface Frame { readonly bytes: Uint8Array; readonly bad: boolean; }
interface Told { readonly length: number; readonly bytes: string; readonly vlan: number | undefined; readonly bad: boolean; }

const VLAN_AT = 14;
function frame(length: number, number: number, vlan?: number): Frame {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + number) & 0xff);
  const type = vlan === undefined ? [0x08, 0x00] : [0x81, 0x00, 0xe0 | (vlan >> 8), vlan & 0xff];
  // Of a short frame as much as there is.
  for (const [i, byte] of type.entries()) if (12 + i < length) bytes[12 + i] = byte;
  return { bytes, bad: number % 4 === 3 };
}
const told = ({ bytes, bad }: Frame, keptMost: number): Told => ({
  length: bytes.length, bytes: Buffer.from(bytes.subarray(0, keptMost)).toString('hex'), bad,
  vlan: bytes.length >= 16 && bytes[12] === 0x81 && bytes[13] === 0 ? ((bytes[VLAN_AT]! & 0xf) << 8) | bytes[VLAN_AT + 1]! : undefined,
});

/** Takes a frame and then its words, as the punt ring does. */
function* taking(sim: Store, lanes: number, ready: () => boolean, taken: Told[]): Process {
  for (;;) {
    sim.io.frame.ready = ready();
    sim.io.words.ready = false;
    yield;
    if (!(sim.sampled.frame.valid && sim.io.frame.ready)) continue;
    const { length, kept, words, vlan, tagged, bad } = sim.sampled.frame.payload;
    sim.io.frame.ready = false;
    const bytes: number[] = [];
    for (let word = 0n; word < words;) {
      sim.io.words.ready = ready();
      yield;
      if (!(sim.sampled.words.valid && sim.io.words.ready)) continue;
      bytes.push(...bytesOf({ user: false, last: false, keep: (1n << BigInt(lanes)) - 1n, data: sim.sampled.words.payload }, lanes));
      word += 1n;
    }
    taken.push({ length: Number(length), bytes: Buffer.from(bytes.slice(0, Number(kept))).toString('hex'), vlan: tagged ? Number(vlan) : undefined, bad });
  }
}

function run(parameters: PuntStoreParameters, frames: readonly Frame[], idle: number, pressure: number, replayed: boolean) {
  const lanes = parameters.width / 8;
  const sim = (replayed ? bench.simulate : simulate)(puntStore(parameters));
  const [giving, open] = [random(1), random(2)];
  const taken: Told[] = [];
  sim.start(taking(sim, lanes, () => !open.chance(pressure / 100), taken));
  const lost: number[] = [];
  for (const [i, one] of frames.entries()) {
    for (const beat of beatsOf(one, lanes)) {
      while (giving.chance(idle / 100)) sim.step();
      sim.io.in.valid = true;
      sim.io.in.payload = beat;
      sim.step();
      if (sim.sampled.overflow) lost.push(i);
      sim.io.in.valid = false;
    }
  }
  sim.step(1500);
  return { taken, lost };
}

const LENGTHS = [1, 13, 14, 15, 16, 17, 18, 60, 64, 65, 127, 128, 129, 200, 255, 256, 257, 300];
const FRAMES = [...LENGTHS, ...LENGTHS].map((length, i) => frame(length, i, i % 3 === 0 ? undefined : 0xa00 + i));

describe.each([64, 128, 512])('W = %i', (width) => {
  const parameters = { width, bytes: 512, frames: 4, keptMost: 256 };
  test.each([[0, 0], [90, 0], [20, 60], [0, 95]])('idle %i, back-pressure %i percent: those that are not lost, whole and in order', (idle, pressure) => {
    const { taken, lost } = run(parameters, FRAMES, idle, pressure, idle === 20);
    expect(taken).toEqual(FRAMES.filter((_, i) => !lost.includes(i)).map((one) => told(one, 256)));
    if (pressure === 95) expect(lost.length).toBeGreaterThan(5);
    if (idle === 90) expect(lost).toEqual([]);
  });
});

test('room for words, and for ends: either is enough to lose a frame', () => {
  const long = Array.from({ length: 4 }, (_, i) => frame(200, i));
  // Nobody takes anything: 512 bytes hold two frames of 25 words, and not a third; the word that waits at the output has left the store.
  expect(run({ width: 64, bytes: 512, frames: 8, keptMost: 256 }, long, 0, 100, false).lost).toEqual([2, 3]);
  const short = Array.from({ length: 6 }, (_, i) => frame(20, i));
  expect(run({ width: 64, bytes: 512, frames: 4, keptMost: 256 }, short, 0, 100, false).lost).toEqual([4, 5]);
});

test('a frame of 70,000 bytes: its length is said to be 65535', () => {
  const sim = simulate(puntStore({ width: 512, bytes: 512, frames: 2, keptMost: 128 }));
  const taken: Told[] = [];
  sim.start(taking(sim, 64, () => true, taken));
  for (const beat of beatsOf(frame(70_000, 1), 64)) {
    Object.assign(sim.io.in, { valid: true, payload: beat });
    sim.step();
  }
  Object.assign(sim.io.in, { valid: true, payload: beatsOf(frame(60, 2), 64)[0]! });
  sim.step();
  sim.io.in.valid = false;
  sim.step(20);
  expect(taken.map(({ length, bytes }) => [length, bytes.length / 2])).toEqual([[65_535, 128], [60, 60]]);
});

bench.verilog();
