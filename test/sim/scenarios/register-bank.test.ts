import { expect, test } from 'vitest';
import { runHere } from './run-here.ts';

test.each([
  [[], 1],
  [['pause=0', 'readCost=0', 'writeCost=0'], 2],
  [['pause=80', 'astray=50'], 3],
] as const)('software with %s', async (settings, seed) => {
  const { report, figure } = await runHere('register-bank', { settings: ['accesses=1500', ...settings], seed });
  expect(report.problems).toEqual([]);
  expect(Number(figure['reads']) + Number(figure['writes'])).toBe(1500);
  expect(figure['rings']).toBeGreaterThan(10);
  expect(figure['refused']).toBeGreaterThan(10);
});

test.each([
  ['a bit that is read', { output: 's_axil_rdata', bit: 9, from: 700, to: 760 }, /^access \d+, read of 0x[0-9a-f]+: 0x[0-9a-f]+, not 0x[0-9a-f]+$/],
  ['what hardware sees', { output: 'weight', bit: 0, from: 0, to: Infinity }, /^hardware sees a weight of \d+, not \d+$/],
])('a fault in %s is found', async (_, fault, problem) => {
  const { report } = await runHere('register-bank', { settings: ['accesses=500', 'pause=0'], fault });
  expect(report.problems).toContainEqual(expect.stringMatching(problem));
});
