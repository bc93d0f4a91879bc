import { describe, expect, test } from 'vitest';
import { findPlants } from './find.ts';
import { PLANTS } from './index.ts';

describe('planted faults', () => {
  test('have distinct names and one line each', () => {
    expect(new Set(PLANTS.map(({ name }) => name)).size).toBe(PLANTS.length);
    for (const { name, description } of PLANTS) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(description).toMatch(/^\S[^\n]*[^.\s]$/);
    }
  });

  test('that must be among them are', () => {
    expect(PLANTS.length).toBeGreaterThanOrEqual(25);
    expect(PLANTS.map(({ name }) => name)).toEqual(expect.arrayContaining([
      'dropped-parentheses', 'copy-order', 'read-new', 'carry-lost', 'shift-modulo', 'signed-compare', 'enum-default-arm', 'index-wraps',
      'reset-of-unreset', 'stale-instance-output', 'second-write-site', 'mask-of-whole-limb',
      'dirty-edge-forgotten', 'stale-sampled-view',
    ]));
  });

  test('are each found within 200 seeds', async () => {
    const found = await findPlants(PLANTS, { from: 0, seeds: 200 });
    expect(PLANTS.filter(({ name }) => !found.has(name)).map(({ name }) => name)).toEqual([]);
  }, 600_000);
});
