import { describe, expect, test } from 'vitest';
import { scenarioNamed } from '../../../sim/scenarios/index.ts';
import { runHere } from './run-here.ts';

describe.each([32, 128, 512])('%i bits', (width) => {
  test.each(['bypass', 'stage', 'skid'])('%s', async (slice) => {
    for (const [slices, pause, reorder, errors] of [[1, 0, false, 0], [3, 40, true, 0.05]] as const) {
      const settings = [`width=${width}`, 'beats=4', 'bursts=100', `slice=${slice}`, `slices=${slices}`, `pause=${pause}`, `reorder=${reorder}`, `errors=${errors}`];
      const { report, figure } = await runHere('axi-slices', { settings, seed: width + slices });
      expect(report.problems).toEqual([]);
      expect(figure).toMatchObject({ bytes: (400 * width) / 8, writes: 100, reads: 100 });
      expect(Number(figure['writesRefused']) > 0).toBe(errors > 0);
      expect(Number(figure['overtaken']) > 0).toBe(reorder);
    }
  });
});

test('without anything in its way a beat is written and a beat read in every cycle', async () => {
  const { figure } = await runHere('axi-slices', { settings: ['bursts=500', 'latency=1', 'jitter=0', 'reorder=false', 'pause=0', 'errors=0'] });
  // The rest is the way there and back, through two slices.
  expect(figure['writeBeatsPerCycle']).toBeGreaterThan(0.998);
  expect(figure['readBeatsPerCycle']).toBeGreaterThan(0.998);
});

test.each([
  ['a bit that is written', { output: 'm_axi_wdata', bit: 84, from: 300, to: 301 }, /^byte \d+ of the memory is \d+, not \d+$/],
  ['what the master counts as wrong', { output: 'mismatches', bit: 2, from: 0, to: Infinity }, 'beats that the master found wrong: 4, and not 0'],
  ['what the master sees refused', { output: 'readErrors', bit: 0, from: 0, to: Infinity }, 'beats that the master saw refused: 1, and not 0'],
])('a fault in %s is found', async (_, fault, problem) => {
  const { report } = await runHere('axi-slices', { settings: ['bursts=60', 'pause=0', 'errors=0'], fault });
  expect(report.problems).toContainEqual(expect.stringMatching(problem));
});

test('a burst of more than 4 KiB makes no sense', () => {
  expect(() => scenarioNamed('axi-slices').check(['beats=256', 'width=512'])).toThrow(new RangeError('beats must be no more than 64 with 512 bits, as a burst has 4 KiB at most, not 256'));
});
