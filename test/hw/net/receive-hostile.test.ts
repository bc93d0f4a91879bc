/** Frames of all hostile classes through the whole receive path: a file of its own, since it takes long. */
import { simulate } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config, derived } from '../../../hw/config.ts';
import { receive } from '../../../hw/net/receive.ts';
import { PLACE_TAG_BITS } from '../../../hw/net/rx-place.ts';
import { random } from '../../../sim/random.ts';
import { byBytes, type Frame } from './support/by-bytes.ts';
import { byCodecs } from './support/by-codecs.ts';
import { someFrames } from './support/hostile.ts';
import { expectedTally, run } from './support/receive-bench.ts';

const LONG = process.env['VTOE_LONG'] === '1';
/** At each of two widths; of the frames more than half are bad, the others are good ones between them, and what may look bad. */
const HOSTILE_FRAMES = LONG ? 90_000 : 9000;
const LEAST_BAD = LONG ? 50_000 : 5000;
const dma = { clients: 1, tagBits: PLACE_TAG_BITS, client: 0 };
const of = (datapathBits: number) => config({ datapathBits, mtuMostBytes: 1500, vms: 3, rxFifoFrames: 256, rxFifoBytes: 65_536 });

test.each([64, 512])('hostile frames at %i bits: all are told of, or dropped and counted by their class', (width) => {
  const c = of(width);
  const frames: Frame[] = [];
  const seed = 2026 + width;
  const source = function* (): Generator<Frame> {
    for (const frame of someFrames(HOSTILE_FRAMES, seed)) {
      frames.push(frame);
      yield frame;
    }
  };
  const tally = run(simulate(receive(c, dma)), c, source(), { idle: 10, pressure: 5, verdictCycles: 8, dmaCycles: 30 }, random(seed));
  const expected = expectedTally(frames, derived(c).frameMostBytes);
  expect(tally, `seed ${seed}`).toMatchObject(expected);
  expect(HOSTILE_FRAMES - expected.delivered).toBeGreaterThanOrEqual(LEAST_BAD);
  expect(expected.delivered + Object.values(expected.drops).reduce((a, b) => a + b)).toBe(HOSTILE_FRAMES);
  for (const frame of frames) expect(byCodecs(frame, derived(c).frameMostBytes)).toEqual(byBytes(frame, derived(c).frameMostBytes));
}, LONG ? 1_200_000 : 120_000);
