import { pausing, simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { type Config, config, derived } from '../../../hw/config.ts';
import { FRAME_DROP_NAMES } from '../../../hw/net/received.ts';
import { parseLatency, rxParse } from '../../../hw/net/rx-parse.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { registersStay } from '../tcp/support/registers.ts';
import { byBytes, type Frame, type Outcome } from './support/by-bytes.ts';
import { byCodecs } from './support/by-codecs.ts';
import { beatsOf } from './support/drive.ts';
import { arpFrame, echoFrame, tcpFrame } from './support/frames.ts';
import { HOSTILE, someFrames } from './support/hostile.ts';
import { outcomeOf } from './support/outcome.ts';

const bench = hardwareBench();
const WIDTHS = [64, 128, 256, 512] as const;
const MTU = 1500;
const of = (width: number, rest: Partial<Config> = {}) => config({ datapathBits: width, mtuMostBytes: MTU, ...rest });
const MOST = derived(of(64)).frameMostBytes;

type Sim = Simulation<ReturnType<typeof rxParse>['ports']>;

/** Sends frames, pausing in `idle` % of the cycles, and gives what the parser said of each; the beats must come out as they went in. */
function parse(sim: Sim, width: number, frames: readonly Frame[], idle = 0): Outcome[] {
  const lanes = width / 8;
  const outcomes: Outcome[] = [];
  const pause = pausing(idle, 1);
  const latency = parseLatency(width);
  const sent: (unknown | undefined)[] = [];
  const step = (beat: ReturnType<typeof beatsOf>[number] | undefined): void => {
    sim.io.in.valid = beat !== undefined;
    if (beat !== undefined) sim.io.in.payload = beat;
    sent.push(beat);
    const due = sent[sent.length - 1 - latency];
    expect(sim.io.out.valid).toBe(due !== undefined);
    if (due !== undefined) {
      const { payload } = sim.io.out;
      expect(payload.data).toBe((due as typeof payload).data);
      expect(payload).toMatchObject({ last: (due as typeof payload).last, keep: (due as typeof payload).keep });
      if (payload.last) outcomes.push(outcomeOf(sim.io.parsed));
    }
    sim.step();
  };
  for (const frame of frames) {
    for (const beat of beatsOf(frame, lanes)) {
      while (pause?.(sim.cycle) === true) step(undefined);
      step(beat);
    }
  }
  for (let i = 0; i < latency; i++) step(undefined);
  return outcomes;
}

/** Both ways of telling agree, and the hardware with them. */
function agree(sim: Sim, width: number, frames: readonly Frame[], idle = 0): void {
  const outcomes = parse(sim, width, frames, idle);
  expect(outcomes.length).toBe(frames.length);
  for (const [i, frame] of frames.entries()) {
    const hex = Buffer.from(frame.bytes).toString('hex');
    const expected = { hex, ...byBytes(frame, MOST) };
    expect({ hex, ...byCodecs(frame, MOST) }).toEqual(expected);
    expect({ hex, ...outcomes[i] }).toEqual(expected);
  }
}

describe.each(WIDTHS)('%i bits', (width) => {
  test.each([0, 40])('frames of all classes are told apart, idle %i percent', (idle) => {
    agree(simulate(rxParse(of(width))), width, [...someFrames(150, width + idle)], idle);
  });

  test('truncation at every byte', () => {
    const whole = [
      tcpFrame({ vlan: 5, ipOptions: new Uint8Array(8).fill(1), options: Uint8Array.of(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8), payload: new Uint8Array(9).fill(7) }),
      tcpFrame({}), arpFrame(), echoFrame(new Uint8Array(40).fill(3)),
    ];
    agree(simulate(rxParse(of(width))), width, whole.flatMap((frame) => Array.from({ length: frame.length }, (_, i) => ({ bytes: frame.slice(0, i + 1), bad: false }))));
  });

  test('header lengths and data offsets of every value', () => {
    const frames: Frame[] = [];
    for (let words = 0; words < 16; words++) {
      for (const tag of [{}, { vlan: 1 }]) {
        frames.push({ bytes: tcpFrame({ ...tag, dataOffset: words, options: new Uint8Array(40).fill(1), payload: Uint8Array.of(1, 2, 3) }), bad: false });
        if (words >= 5) frames.push({ bytes: tcpFrame({ ...tag, ipOptions: new Uint8Array(4 * (words - 5)).fill(1), options: Uint8Array.of(2, 4, 5, 0xb4), flags: 2 }), bad: false });
      }
    }
    agree(simulate(rxParse(of(width))), width, frames);
  });

  test('an option at every place', () => {
    const frames: Frame[] = [];
    for (let at = 0; at < 40; at++) {
      for (const option of [[2, 4, 0x12, 0x34], [3, 3, 9], [8, 10, 1, 2, 3, 4, 5, 6, 7, 8], [4, 2], [5, 10, 1, 2, 3, 4, 5, 6, 7, 8], [77, 5, 1, 1, 1], [3, 0], [3, 1]]) {
        for (const flags of [0x02, 0x10]) {
          const options = new Uint8Array(40).fill(1);
          options.set(option.slice(0, 40 - at), at);
          frames.push({ bytes: tcpFrame({ options, flags }), bad: false });
        }
      }
    }
    agree(simulate(rxParse(of(width))), width, frames);
  });

  test('frames up to the longest, and beyond', () => {
    const frames = [MTU - 41, MTU - 40, MTU - 39, MTU, 3000].flatMap((count) => [{}, { vlan: 9 }].map((tag) => ({ bytes: tcpFrame({ ...tag, payload: new Uint8Array(count).fill(0x5a) }), bad: false })));
    // Longer than the counter of bytes.
    agree(simulate(rxParse(of(width))), width, [...frames, { bytes: new Uint8Array(2 ** 17 + 60), bad: false }, ...someFrames(5, 3)]);
  });
});

test.each([['tree'], ['fold', 'accumulate'], ['tree', 'fold', 'accumulate']] as const)('cuts of the checksum do not change a thing: %s %s %s', (...cuts) => {
  agree(simulate(rxParse(of(64, { checksumCuts: cuts.filter((cut) => cut !== undefined) }))), 64, [...someFrames(60, 11)]);
});

test('without frames it sleeps', () => {
  const definition = rxParse(of(64));
  const sim = simulate(definition);
  const frames = [...someFrames(4, 2)];
  for (let i = 0; i < frames.length; i++) {
    agree(sim, 64, frames.slice(i, i + 1));
    sim.step();
    const stay = registersStay(definition, sim, 20);
    sim.step(5 + i);
    stay();
  }
});

test('padding is not data', () => {
  const { fields } = byBytes({ bytes: tcpFrame({ payload: Uint8Array.of(1), padTo: 60 }), bad: false }, MOST);
  expect(fields).toMatchObject({ length: 1, payload_at: 54 });
  agree(simulate(rxParse(of(64))), 64, Array.from({ length: 8 }, (_, i) => ({ bytes: tcpFrame({ payload: new Uint8Array(i).fill(1), padTo: 60 + i }), bad: false })));
});

test('every fault is met', () => {
  const r = random(5);
  const met = new Set<string>();
  for (let i = 0; i < 500; i++) {
    for (const make of Object.values(HOSTILE)) met.add(byBytes(make(r), MOST).fault);
  }
  expect([...met].sort()).toEqual(['none', ...FRAME_DROP_NAMES].filter((name) => name !== 'too_long').sort());
});

// Other widths are recorded with the whole path, in `receive.test.ts`.
test('recorded for the emitted Verilog', () => {
  agree(bench.simulate(rxParse(of(128))), 128, [...someFrames(25, 128)], 20);
});

bench.verilog();
