import { expect, test } from 'vitest';
import { boolean, listed, oneOf, onlyOptions, probability, wholeNumber } from '../../sim/options.ts';

test('what makes sense comes back', () => {
  expect(wholeNumber('n', 8, 0, 8, { multipleOf: 4 })).toBe(8);
  expect(probability('p', 1)).toBe(1);
  expect(oneOf('rate', 10, [10, 25])).toBe(10);
  expect(boolean('on', false)).toBe(false);
  onlyOptions('link', { rate: 10 }, ['rate', 'seed']);
});

test.each([
  [() => wholeNumber('n', 9, 0, 8), 'n must be a whole number from 0 to 8, not 9'],
  [() => wholeNumber('n', 0.5, 0), 'n must be a whole number from 0 up, not 0.5'],
  [() => wholeNumber('n', 2 ** 53, 0), 'n must be a whole number from 0 up, not 9007199254740992'],
  [() => wholeNumber('n', '3', 0, 8, { unit: 'bytes' }), 'n must be a whole number of bytes from 0 to 8, not "3"'],
  [() => wholeNumber('n', 6, 4, 16, { multipleOf: 4 }), 'n must be a multiple of 4 from 4 to 16, not 6'],
  [() => probability('p', -0.1), 'p must be a number from 0 to 1, not -0.1'],
  [() => probability('p', NaN), 'p must be a number from 0 to 1, not NaN'],
  [() => oneOf('rate', 40, [10, 25, 100]), 'rate must be 10, 25 or 100, not 40'],
  [() => boolean('on', 1), 'on must be true or false, not 1'],
  [() => onlyOptions('link', { sed: 1 }, ['rate', 'seed']), 'link has no option sed (did you mean seed?); its options are rate, seed'],
  [() => onlyOptions('link', null, ['rate', 'seed']), 'link must be an object with options of rate, seed, not null'],
])('%s', (check, message) => {
  expect(check).toThrow(new RangeError(message));
});

test('lists read as one says them', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a or b', 'a, b or c']);
});
