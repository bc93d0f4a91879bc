import { describe, expect, test } from 'vitest';
import { random, xoshiro128 } from '../../sim/random.ts';

const take = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

describe('xoshiro128**', () => {
  // What the authors' C program gives (prng.di.unimi.it/xoshiro128starstar.c, version 1.1).
  test('gives the reference numbers', () => {
    expect(take(10, xoshiro128([1, 2, 3, 4]))).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804]);
    expect(take(5, xoshiro128([2654435769, 608135816, 3084996962, 3735928559]))).toEqual([2463954730, 5524658, 74256371, 1905451993, 3123413897]);
  });
});

describe('a seed', () => {
  test('gives the same numbers for ever', () => {
    expect(take(4, random(1).uint32)).toEqual([768393194, 4077186349, 394026218, 2421367398]);
    expect(take(2, random(1).fork('loss').uint32)).toEqual([330337324, 3586637074]);
  });

  test('differs from its neighbours', () => {
    const first = Array.from({ length: 1000 }, (_, seed) => random(seed).uint32());
    expect(new Set(first).size).toBe(1000);
  });

  test.each([
    [-1, 'seed must be a whole number from 0 to 9007199254740991, not -1'],
    [0.5, 'seed must be a whole number from 0 to 9007199254740991, not 0.5'],
    [2 ** 53, 'seed must be a whole number from 0 to 9007199254740991, not 9007199254740992'],
    [NaN, 'seed must be a whole number from 0 to 9007199254740991, not NaN'],
  ])('%d is refused', (seed, message) => {
    expect(() => random(seed)).toThrow(new RangeError(message));
  });
});

describe('a fork', () => {
  test('depends on its name, not on what was drawn or forked before', () => {
    const fresh = take(20, random(7).fork('loss').uint32);
    const used = random(7);
    take(99, used.uint32);
    take(99, used.fork('jitter').uint32);
    expect(take(20, used.fork('loss').uint32)).toEqual(fresh);
  });

  test('differs from its siblings, its parent and the same name under another seed', () => {
    const parent = random(7);
    const streams = [parent, parent.fork('loss'), parent.fork('jitter'), parent.fork(0), parent.fork(1), random(8).fork('loss'), parent.fork('ab').fork('c'), parent.fork('a').fork('bc'), parent.fork('abc')];
    expect(new Set(streams.map((stream) => stream.uint32())).size).toBe(streams.length);
  });

  test('is not correlated with its sibling', () => {
    const parent = random(7);
    const [a, b] = [parent.fork(0), parent.fork(1)];
    const n = 100_000;
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += (a.unit() - 0.5) * (b.unit() - 0.5);
    // The mean of n products of two uniform numbers deviates by 1 / (12 √n); 4 of those.
    expect(Math.abs(sum / n)).toBeLessThan(4 / (12 * Math.sqrt(n)));
  });
});

describe('distributions', () => {
  test('unit: evenly in [0, 1)', () => {
    const { unit } = random(1);
    const bins = Array.from({ length: 64 }, () => 0);
    for (let i = 0; i < 64_000; i += 1) bins[Math.floor(unit() * 64)]! += 1;
    expect(bins.length).toBe(64);
    expect(chiSquare(bins, 1000)).toBeLessThan(CHI_SQUARE_63_999);
  });

  test('unit: each of its 53 bits is set half of the time', () => {
    const { unit } = random(6);
    const values = take(4000, () => BigInt(unit() * 2 ** 53));
    for (let bit = 0n; bit < 53n; bit += 1n) {
      const set = values.filter((value) => (value >> bit & 1n) === 1n).length;
      expect(Math.abs(set - 2000)).toBeLessThan(4 * Math.sqrt(1000));
    }
  });

  test.each([1, 2, 3, 7, 64, 1000])('below(%i): evenly, and only those', (bound) => {
    const { below } = random(2);
    const bins = Array.from({ length: bound }, () => 0);
    for (let i = 0; i < 500 * bound; i += 1) bins[below(bound)]! += 1;
    expect(bins.length).toBe(bound);
    // The mean of chi-square is bound - 1, its deviation √(2 (bound - 1)).
    expect(chiSquare(bins, 500)).toBeLessThan(bound - 1 + 4 * Math.sqrt(2 * bound));
  });

  test.each([3 * 2 ** 30, 3 * 2 ** 51])('below(%i): its lower third is no likelier than the others', (bound) => {
    // By a plain remainder the lowest part would come twice as often: 2^32 and 2^53 are 1 1/3 of these.
    const { below } = random(3);
    const thirds = [0, 0, 0];
    for (let i = 0; i < 30_000; i += 1) thirds[Math.floor(below(bound) / (bound / 3))]! += 1;
    for (const third of thirds) expect(Math.abs(third - 10_000)).toBeLessThan(4 * Math.sqrt(10_000));
  });

  test('below refuses what is no bound', () => {
    expect(() => random(1).below(0)).toThrow(new RangeError('bound must be a whole number from 1 to 9007199254740991, not 0'));
    expect(() => random(1).below(1.5)).toThrow(new RangeError('bound must be a whole number from 1 to 9007199254740991, not 1.5'));
  });

  test('chance: never at 0, always at 1, as often as it says, and always one number off the stream', () => {
    const draws = random(4);
    expect(take(1000, () => draws.chance(0)).some(Boolean)).toBe(false);
    expect(take(1000, () => draws.chance(1)).every(Boolean)).toBe(true);
    const hits = take(100_000, () => draws.chance(0.01)).filter(Boolean).length;
    expect(Math.abs(hits - 1000)).toBeLessThan(4 * Math.sqrt(990));
    const units = random(4);
    take(102_000, units.unit);
    expect(draws.uint32()).toBe(units.uint32());
  });

  test('exponential: mean and variance', () => {
    const { mean, deviation } = moments(take(100_000, () => draw.exponential(5)));
    expect(Math.abs(mean - 5)).toBeLessThan(4 * 5 / Math.sqrt(100_000));
    expect(deviation).toBeCloseTo(5, 0);
  });

  test('normal: mean, deviation, and a tail of 0.27 % beyond three deviations', () => {
    const values = take(100_000, () => draw.normal(3));
    const { mean, deviation } = moments(values);
    expect(Math.abs(mean)).toBeLessThan(4 * 3 / Math.sqrt(100_000));
    expect(deviation).toBeCloseTo(3, 1);
    const beyond = values.filter((x) => Math.abs(x) > 9).length;
    expect(Math.abs(beyond - 270)).toBeLessThan(4 * Math.sqrt(270));
  });

  const draw = random(5);
});

/** Quantile of chi-square with 63 degrees of freedom at 99.9 %. */
const CHI_SQUARE_63_999 = 103.4;

function chiSquare(bins: readonly number[], expected: number): number {
  return bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length) };
}
