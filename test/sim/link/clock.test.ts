import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clock } from '../../../sim/link/clock.ts';

test('156.25 MHz: 6,400 ps', () => {
  const { timePs, edgeFrom } = clock(156_250_000);
  expect([0, 1, 2, 1_000_000].map(timePs)).toEqual([0n, 6400n, 12_800n, 6_400_000_000n]);
  expect([0n, 1n, 6400n, 6401n].map(edgeFrom)).toEqual([0, 1, 1, 2]);
});

test('a period that is no whole number of picoseconds does not drift', () => {
  const { timePs } = clock(322_265_625);
  expect(timePs(1)).toBe(3103n);
  expect(timePs(33)).toBe(102_400n);
  // Three hours later, to the picosecond.
  expect(timePs(322_265_625 * 3 * 3600)).toBe(3n * 3600n * 1_000_000_000_000n);
});

test('edgeFrom is the first edge that is not before', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e12 }), fc.bigInt(0n, 10n ** 17n), (frequencyHz, time) => {
    const { timePs, edgeFrom } = clock(frequencyHz);
    const edge = edgeFrom(time);
    fc.pre(Number.isSafeInteger(edge));
    expect(timePs(edge)).toBeGreaterThanOrEqual(time);
    if (edge > 0) expect(timePs(edge - 1)).toBeLessThan(time);
  }));
});

test('a frequency that is none', () => {
  expect(() => clock(0)).toThrow(new RangeError('frequencyHz must be a whole number from 1 to 1000000000000, not 0'));
});
