import { describe, expect, test } from 'vitest';
import { random } from '../../../../sim/random.ts';
import { CONSTANT_SETS } from '../constant-sets.ts';
import { StepComparison } from './compare.ts';
import { checkNames } from './encode.ts';
import { aged, randomConstants, wide } from './wide.ts';

const FACTOR = process.env['VTOE_LONG'] === '1' ? 50 : 1;

test('hardware and model have the same states, kinds, counters and refusals, in the same order', () => {
  expect(checkNames).not.toThrow();
});

describe('the step without cuts, each event from the record of the model', () => {
  const comparison = new StepComparison();

  test.each(Object.entries(CONSTANT_SETS))('steered events, constants %s', (_, constants) => {
    expect(comparison.run({ events: 20_000 * FACTOR, seed: 7, constants }).difference).toBeUndefined();
  }, 600_000);
  test('the first half of a step alone', () => {
    expect(comparison.run({ events: 10_000 * FACTOR, seed: 8, mode: 'update' }).difference).toBeUndefined();
  }, 600_000);
  test('rings of all sizes, all shifts, quiet connections, streams of gigabytes, random constants', () => {
    for (let seed = 1; seed <= 16; seed++) {
      expect(comparison.run({ events: 3000 * FACTOR, seed, constants: randomConstants(random(seed)), source: (stream) => wide(stream, seed % 3 === 0), between: aged }).difference).toBeUndefined();
    }
  }, 600_000);
});
