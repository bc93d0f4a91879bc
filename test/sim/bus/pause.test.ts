import { expect, test } from 'vitest';
import { type PausePattern, pauseOf } from '../../../sim/bus/pause.ts';
import { random } from '../../../sim/random.ts';

/** A digit a cycle: 1 paused. */
function drawn(pattern: PausePattern, cycles: number, seed = 1): string {
  const pause = pauseOf('pause', pattern, random(seed));
  return Array.from({ length: cycles }, () => (pause?.() === true ? '1' : '0')).join('');
}

test('never is no pattern at all', () => {
  expect(pauseOf('pause', 'never', random(1))).toBeUndefined();
  expect(pauseOf('pause', undefined, random(1))).toBeUndefined();
  expect(pauseOf('pause', { percent: 0 }, random(1))).toBeUndefined();
});

test('every n-th cycle, and bursts', () => {
  expect(drawn({ every: 4 }, 12)).toBe('000100010001');
  expect(drawn({ every: 1 }, 4)).toBe('1111');
  expect(drawn({ percent: 100 }, 4)).toBe('1111');
  expect(drawn({ work: 3, pause: 2 }, 12)).toBe('000110001100');
});

test('as long as somebody says', () => {
  let left = 3;
  expect(drawn({ while: () => { left -= 1; return left >= 0; } }, 6)).toBe('111000');
});

test('a part of the cycles, out of the seed', () => {
  const cycles = 20_000;
  const paused = [...drawn({ percent: 30 }, cycles)].filter((digit) => digit === '1').length;
  // Five standard deviations of a binomial distribution.
  expect(Math.abs(paused - 0.3 * cycles)).toBeLessThan(5 * Math.sqrt(0.3 * 0.7 * cycles));
  expect(drawn({ percent: 30 }, 100, 1)).toBe(drawn({ percent: 30 }, 100, 1));
  expect(drawn({ percent: 30 }, 100, 2)).not.toBe(drawn({ percent: 30 }, 100, 1));
});

test('bursts of random lengths stay in their ranges, and reach both ends', () => {
  const runs = drawn({ work: [2, 5], pause: [1, 3] }, 5000).match(/0+|1+/g)!.slice(0, -1);
  const lengths = (digit: string) => [...new Set(runs.filter((run) => run.startsWith(digit)).map(({ length }) => length))].sort();
  expect(lengths('0')).toEqual([2, 3, 4, 5]);
  expect(lengths('1')).toEqual([1, 2, 3]);
});

test.each([
  ['often', '"often"'], [{ every: 0 }, '{"every":0}'], [{ percent: -1 }, '{"percent":-1}'], [{ work: 0, pause: 1 }, '{"work":0,"pause":1}'], [{ work: 1 }, '{"work":1}'], [{ while: true }, '{"while":true}'], [{ work: 1, pause: [3, 2] }, '{"work":1,"pause":[3,2]}'], [null, 'null'],
])('%o is refused', (pattern, shown) => {
  expect(() => pauseOf('m_axi: pauses.aw', pattern as never, random(1)))
    .toThrow(`m_axi: pauses.aw must be 'never', { every: 1 or more }, { percent: 0 to 100 }, { work, pause: cycles from 1 up, or [least, most] of them } or { while: a function }, not ${shown}`);
});
