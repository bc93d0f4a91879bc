import { describe, expect, test } from 'vitest';
import { type Fate, fates, type Impairments } from '../../../sim/link/impairments.ts';
import { random } from '../../../sim/random.ts';

const MS = 1_000_000_000;

/** The fates of the first `count` frames, of 64 bytes with FCS each. */
function first(count: number, impairments: Impairments, seed = 1): Fate[] {
  const next = fates('aToB', impairments, random(seed));
  return Array.from({ length: count }, () => next(64));
}

const numbersOf = (list: readonly Fate[], which: (fate: Fate) => boolean) => list.flatMap((fate, number) => (which(fate) ? [number] : []));

/** Four standard deviations of how often something of this probability happens. */
const tolerance = (count: number, probability: number) => 4 * Math.sqrt(count * probability * (1 - probability));

test('without options nothing happens', () => {
  for (const fate of first(100, {})) expect(fate).toEqual({ lost: false, flips: [], fcs: 'kept', delayPs: 0, heldPs: 0, copyAfterPs: undefined });
});

describe('chosen frames', () => {
  const all = { loss: { at: [1, 4] }, corruption: { at: [2] }, duplication: { at: [0, 2], delayPs: 5 }, reorder: { at: [3], holdPs: 9 } };
  const list = first(6, all);

  test('are hit, and no others', () => {
    expect(numbersOf(list, ({ lost }) => lost === 'loss')).toEqual([1, 4]);
    expect(numbersOf(list, ({ flips }) => flips.length === 1)).toEqual([2]);
    expect(numbersOf(list, ({ copyAfterPs }) => copyAfterPs === 5)).toEqual([0, 2]);
    expect(numbersOf(list, ({ heldPs }) => heldPs === 9)).toEqual([3]);
  });

  test('do not change which others are hit by chance', () => {
    const byChance = numbersOf(first(1000, { loss: { probability: 0.1 } }), ({ lost }) => lost !== false);
    const both = numbersOf(first(1000, { loss: { probability: 0.1, at: [0, 1, 2, 3] } }), ({ lost }) => lost !== false);
    expect(both).toEqual([...new Set([0, 1, 2, 3, ...byChance])].sort((a, b) => a - b));
  });
});

describe('probability', () => {
  const kinds: { kind: string; with: (probability: number) => Impairments; hit: (fate: Fate) => boolean }[] = [
    { kind: 'loss', with: (probability) => ({ loss: { probability } }), hit: ({ lost }) => lost === 'loss' },
    { kind: 'corruption', with: (probability) => ({ corruption: { probability } }), hit: ({ flips }) => flips.length > 0 },
    { kind: 'duplication', with: (probability) => ({ duplication: { probability } }), hit: ({ copyAfterPs }) => copyAfterPs !== undefined },
    { kind: 'reorder', with: (probability) => ({ reorder: { probability, holdPs: 1 } }), hit: ({ heldPs }) => heldPs > 0 },
  ];

  test.each(kinds)('$kind: none at 0, all at 1, as many as it says', ({ with: options, hit }) => {
    expect(numbersOf(first(1000, options(0)), hit).length).toBe(0);
    expect(numbersOf(first(1000, options(1)), hit).length).toBe(1000);
    for (const probability of [0.001, 0.05, 0.5]) {
      const hits = numbersOf(first(40_000, options(probability)), hit).length;
      expect(Math.abs(hits - 40_000 * probability)).toBeLessThan(tolerance(40_000, probability));
    }
  });

  test.each(kinds)('$kind: frames are hit independently of the frame before', ({ with: options, hit }) => {
    const hits = new Set(numbersOf(first(40_000, options(0.1)), hit));
    const twice = [...hits].filter((number) => hits.has(number + 1)).length;
    expect(Math.abs(twice - 40_000 * 0.01)).toBeLessThan(tolerance(40_000, 0.01));
  });

  test('the kinds hit independently of each other', () => {
    const list = first(40_000, { loss: { probability: 0.1 }, duplication: { probability: 0.1 }, corruption: { probability: 0.1 }, reorder: { probability: 0.1, holdPs: 1 } });
    for (const one of kinds) {
      for (const other of kinds.filter((kind) => kind !== one)) {
        const both = numbersOf(list, (fate) => one.hit(fate) && other.hit(fate)).length;
        expect(Math.abs(both - 400)).toBeLessThan(tolerance(40_000, 0.01));
      }
    }
  });
});

describe('one kind has nothing to do with another', () => {
  const base: Impairments = {
    latencyPs: MS, jitter: { distribution: 'exponential', meanPs: MS }, loss: { probability: 0.1 }, burstLoss: { goodToBad: 0.05, badToGood: 0.3 },
    corruption: { probability: 0.1, bits: 3 }, duplication: { probability: 0.1 }, reorder: { probability: 0.1, holdPs: MS },
  };
  const partsOf = (fate: Fate): Record<string, unknown> => ({ ...fate, lost: fate.lost !== false });
  const before = first(500, base).map(partsOf);

  test.each([
    ['loss', { loss: { probability: 0.9, at: [7] } }, ['lost']],
    ['burstLoss', { burstLoss: undefined }, ['lost']],
    ['corruption', { corruption: { probability: 0.8, bits: 100, fcs: 'recomputed' as const } }, ['flips', 'fcs']],
    ['duplication', { duplication: { probability: 0.7, delayPs: 5 } }, ['copyAfterPs']],
    ['reorder', { reorder: { probability: 0.6, holdPs: 3 } }, ['heldPs']],
    ['jitter', { jitter: { distribution: 'normal' as const, deviationPs: MS } }, ['delayPs']],
  ] satisfies [string, Partial<Impairments>, string[]][])('%s changes nothing else', (_, change, own) => {
    const after = first(500, { ...base, ...change }).map(partsOf);
    for (const part of Object.keys(before[0]!)) {
      const same = before.every((fate, n) => JSON.stringify(fate[part]) === JSON.stringify(after[n]![part]));
      expect([part, same]).toEqual([part, !own.includes(part)]);
    }
  });

  test('loss takes nothing from what bursts would have lost', () => {
    const { loss: _, ...bursts } = base;
    const inBursts = numbersOf(first(500, bursts), ({ lost }) => lost === 'burstLoss');
    const list = first(500, base);
    expect(inBursts.filter((number) => list[number]!.lost === 'loss').length).toBeGreaterThan(0);
    expect(numbersOf(list, ({ lost }) => lost === 'burstLoss')).toEqual(inBursts.filter((number) => list[number]!.lost !== 'loss'));
  });

  test('the lengths of the frames change no fate but the bits that are flipped', () => {
    const short = fates('aToB', base, random(1));
    const long = fates('aToB', base, random(1));
    for (let n = 0; n < 500; n += 1) {
      const [a, b] = [short(64), long(64 + n)];
      expect({ ...a, flips: a.flips.length }).toEqual({ ...b, flips: b.flips.length });
    }
  });
});

describe('loss in bursts', () => {
  test('bursts have the length and the share that the model says', () => {
    const count = 200_000;
    const lost = first(count, { burstLoss: { goodToBad: 0.01, badToGood: 0.2 } }).map((fate) => fate.lost === 'burstLoss');
    const total = lost.filter(Boolean).length;
    const bursts = lost.filter((is, n) => is && lost[n - 1] !== true).length;
    // Share 0.01 / 0.21, mean length 5: about 1,905 bursts, whose lengths deviate by √20.
    expect(Math.abs(total / bursts - 5)).toBeLessThan(4 * Math.sqrt(20 / bursts));
    expect(Math.abs(total / count - 0.01 / 0.21)).toBeLessThan(0.004);
  });

  test('lossInBad and lossInGood are the probabilities in the two states', () => {
    const lost = (burstLoss: Impairments['burstLoss']) => numbersOf(first(20_000, { burstLoss }), (fate) => fate.lost === 'burstLoss').length;
    expect(Math.abs(lost({ goodToBad: 0, badToGood: 0, lossInGood: 0.02 }) - 400)).toBeLessThan(tolerance(20_000, 0.02));
    expect(Math.abs(lost({ goodToBad: 1, badToGood: 0, lossInBad: 0.3, lossInGood: 1 }) - 6000)).toBeLessThan(tolerance(20_000, 0.3));
  });
});

describe('delay', () => {
  const delays = (jitter: Impairments['jitter'], latencyPs = 10 * MS) => first(40_000, { latencyPs, ...(jitter && { jitter }) }).map(({ delayPs }) => delayPs);
  const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

  test('is the latency alone without jitter', () => {
    expect(new Set(delays(undefined))).toEqual(new Set([10 * MS]));
  });

  test('uniform: from latency to latency + maxPs, both included', () => {
    const values = delays({ distribution: 'uniform', maxPs: 9 });
    expect(Math.min(...values)).toBe(10 * MS);
    expect(Math.max(...values)).toBe(10 * MS + 9);
    expect(new Set(values).size).toBe(10);
    expect(Math.abs(mean(values) - 10 * MS - 4.5)).toBeLessThan(4 * 2.9 / 200);
  });

  test('exponential: latency + meanPs on average, never less than latency', () => {
    const values = delays({ distribution: 'exponential', meanPs: MS });
    expect(Math.min(...values)).toBeGreaterThanOrEqual(10 * MS);
    expect(Math.abs(mean(values) - 11 * MS)).toBeLessThan(4 * MS / 200);
  });

  test('normal: around latency, never below 0', () => {
    const values = delays({ distribution: 'normal', deviationPs: MS });
    expect(Math.abs(mean(values) - 10 * MS)).toBeLessThan(4 * MS / 200);
    expect(values.filter((x) => Math.abs(x - 10 * MS) > MS).length / values.length).toBeCloseTo(0.317, 1);
    const low = delays({ distribution: 'normal', deviationPs: MS }, 0);
    expect(low.every((x) => x >= 0)).toBe(true);
    expect(low.filter((x) => x === 0).length / low.length).toBeCloseTo(0.5, 1);
  });

  test('is a whole number of picoseconds', () => {
    for (const jitter of [{ distribution: 'exponential', meanPs: 7 }, { distribution: 'normal', deviationPs: 7 }] as const) expect(delays(jitter).every(Number.isSafeInteger)).toBe(true);
  });
});

describe('flipped bits', () => {
  test('are different ones, anywhere in frame and FCS', () => {
    const hit = Array.from({ length: 512 }, () => 0);
    for (const { flips } of first(5000, { corruption: { probability: 1, bits: 8 } })) {
      expect(new Set(flips).size).toBe(8);
      for (const bit of flips) hit[bit]! += 1;
    }
    expect(hit.length).toBe(512);
    expect(Math.min(...hit)).toBeGreaterThan(0);
    expect(Math.max(...hit)).toBeLessThan(5000 * 8 / 512 * 2);
  });

  test('of a frame do not depend on which others are hit', () => {
    const alone = first(10, { corruption: { at: [9], bits: 8 } });
    const all = first(10, { corruption: { probability: 1, bits: 8 } });
    expect(alone[9]!.flips).toEqual(all[9]!.flips);
    expect(all[8]!.flips).not.toEqual(all[9]!.flips);
  });

  test('lie in the frame alone where the FCS is recomputed', () => {
    const bits = first(5000, { corruption: { probability: 1, fcs: 'recomputed' } }).flatMap(({ flips }) => flips);
    expect(Math.max(...bits)).toBeLessThan(480);
    expect(new Set(bits).size).toBeGreaterThan(470);
  });

  test('all of the smallest frame', () => {
    const [fate] = first(1, { corruption: { at: [0], bits: 480, fcs: 'recomputed' } });
    expect(fate!.flips).toEqual(Array.from({ length: 480 }, (_, bit) => bit));
  });
});

describe('options that make no sense', () => {
  test.each<[unknown, string]>([
    [{ latencyPs: -1 }, 'aToB.latencyPs must be a whole number of picoseconds from 0 to 1000000000000000, not -1'],
    [{ latencyPs: 0.5 }, 'aToB.latencyPs must be a whole number of picoseconds from 0 to 1000000000000000, not 0.5'],
    [{ latencyPs: '5' }, 'aToB.latencyPs must be a whole number of picoseconds from 0 to 1000000000000000, not "5"'],
    [{ latencyPs: null }, 'aToB.latencyPs must be a whole number of picoseconds from 0 to 1000000000000000, not null'],
    [{ loss: null }, 'aToB.loss must be an object with options of probability, at, not null'],
    [{ jitter: null }, 'aToB.jitter must be an object with options of distribution, mayReorder, maxPs, meanPs, deviationPs, not null'],
    [{ reorder: null }, 'aToB.reorder must be an object with options of probability, at, holdPs, not null'],
    [{ loss: 0.1 }, 'aToB.loss must be an object with options of probability, at, not 0.1'],
    [{ loss: { probability: 1.5 } }, 'aToB.loss.probability must be a number from 0 to 1, not 1.5'],
    [{ loss: { probability: NaN } }, 'aToB.loss.probability must be a number from 0 to 1, not NaN'],
    [{ loss: { rate: 0.1 } }, 'aToB.loss has no option rate (did you mean at?); its options are probability, at'],
    [{ loss: { at: 3 } }, 'aToB.loss.at must be a list of frame numbers from 0 up, not 3'],
    [{ loss: { at: [0, -3] } }, 'aToB.loss.at[1] must be a whole number from 0 up, not -3'],
    [{ burstLoss: { badToGood: 0.5 } }, 'aToB.burstLoss.goodToBad must be a number from 0 to 1, not undefined'],
    [{ burstLoss: { goodToBad: 0.1, badToGood: 2 } }, 'aToB.burstLoss.badToGood must be a number from 0 to 1, not 2'],
    [{ burstLoss: { goodToBad: 0.1, badToGood: 0.5, lossInBad: -1 } }, 'aToB.burstLoss.lossInBad must be a number from 0 to 1, not -1'],
    [{ burstLoss: { goodToBad: 0.1, badToGood: 0.5, lossInGood: -1 } }, 'aToB.burstLoss.lossInGood must be a number from 0 to 1, not -1'],
    [{ burstLoss: { probability: 0.1 } }, 'aToB.burstLoss has no option probability; its options are goodToBad, badToGood, lossInBad, lossInGood'],
    [{ corruption: { bits: 0 } }, 'aToB.corruption.bits must be a whole number from 1 to 480, not 0'],
    [{ corruption: { bits: 481 } }, 'aToB.corruption.bits must be a whole number from 1 to 480, not 481'],
    [{ corruption: { fcs: 'bad' } }, 'aToB.corruption.fcs must be "kept" or "recomputed", not "bad"'],
    [{ corruption: { flips: 1 } }, 'aToB.corruption has no option flips; its options are probability, at, bits, fcs'],
    [{ duplication: { delayPs: -1 } }, 'aToB.duplication.delayPs must be a whole number of picoseconds from 0 to 1000000000000000, not -1'],
    [{ reorder: { at: [1] } }, 'aToB.reorder.holdPs must be a whole number of picoseconds from 0 to 1000000000000000, not undefined'],
    [{ jitter: { distribution: 'pareto' } }, 'aToB.jitter.distribution must be "uniform", "exponential" or "normal", not "pareto"'],
    [{ jitter: { distribution: 'uniform', meanPs: 5 } }, 'aToB.jitter has no option meanPs (did you mean maxPs?); its options are distribution, mayReorder, maxPs'],
    [{ jitter: { distribution: 'uniform', maxPs: 2e15 } }, 'aToB.jitter.maxPs must be a whole number of picoseconds from 0 to 1000000000000000, not 2000000000000000'],
    [{ jitter: { distribution: 'exponential' } }, 'aToB.jitter.meanPs must be a whole number of picoseconds from 0 to 1000000000000000, not undefined'],
    [{ jitter: { distribution: 'normal', deviationPs: -5 } }, 'aToB.jitter.deviationPs must be a whole number of picoseconds from 0 to 1000000000000000, not -5'],
    [{ jitter: { distribution: 'uniform', maxPs: 5, mayReorder: 1 } }, 'aToB.jitter.mayReorder must be true or false, not 1'],
  ])('%j', (impairments, message) => {
    expect(() => fates('aToB', impairments as Impairments, random(1))).toThrow(new RangeError(message));
  });
});
