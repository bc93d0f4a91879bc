import { describe, expect, test } from 'vitest';
import { generate } from '../generate/generate.ts';
import { failureText, shrinkFailure } from '../investigate.ts';
import { plantNamed } from '../plants/index.ts';
import { trial, type TrialOptions } from '../trial.ts';
import { build } from '../build.ts';
import { clean, sizeOf } from './clean.ts';

async function shrunk(plant: string, seeds: number): Promise<string> {
  const options: TrialOptions = { engines: ['builtin', 'icarus'], plant: plantNamed(plant) };
  const specs = Array.from({ length: seeds }, (_, seed) => generate(seed));
  const complaints = await trial(specs, options);
  const at = complaints.findIndex((complaint) => complaint?.difference !== undefined);
  const failure = await shrinkFailure({ spec: specs[at]!, complaint: complaints[at]! }, options);
  return failureText(failure, options);
}

describe('a failing seed', () => {
  test('shrinks to the fault: a register that copies a register', async () => {
    const text = await shrunk('copy-order', 6);
    expect(text.split('\n').length).toBeLessThan(30);
    expect(text).toMatch(/\.next = r\d+;/);
    expect(text).toMatch(/cycle \d+, output \w+: builtin 0x[0-9a-f]+, icarus 0x[0-9a-f]+$/);
  }, 300_000);

  test('shrinks to the fault: a wide sum', async () => {
    const text = await shrunk('carry-lost', 6);
    expect(text.split('\n').length).toBeLessThan(30);
    expect(text).toMatch(/\.addc?\(/);
  }, 300_000);
});

describe('cleaning', () => {
  test('leaves a design that still elaborates, and nothing to clean', () => {
    for (const seed of [1, 2, 3]) {
      const spec = generate(seed);
      const once = clean(spec);
      expect(sizeOf(once)).toBeLessThanOrEqual(sizeOf(spec));
      expect(sizeOf(clean(once))).toBe(sizeOf(once));
      build(once);
    }
  });
});
