import { expect, test } from 'vitest';
import { checkNames } from './encode.ts';

test('hardware and model have the same states, kinds, counters and refusals, in the same order', () => {
  expect(checkNames).not.toThrow();
});
