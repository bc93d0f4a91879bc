import { expect, test } from 'vitest';
import { generate } from '../generate/generate.ts';
import { least, tables, tableText, type Counts } from './cells.ts';
import { measure } from './measure.ts';

/** A tenth of what 1000 seeds must show of each cell; the command prints the tables of a whole run. */
const SEEDS = 120;
const TIMES = 2;

test(`${SEEDS} seeds show every cell of both tables at least ${TIMES} times`, () => {
  const counts: Counts = new Map();
  for (let seed = 0; seed < SEEDS; seed += 1) measure(generate(seed), counts, TIMES);
  for (const table of tables(counts)) expect(least(table).count, tableText(table)).toBeGreaterThanOrEqual(TIMES);
}, 300_000);

test('a table names its poorest cell', () => {
  const [operators] = tables(new Map([['add | 64', 3]]));
  expect(tableText(operators!)).toMatch(/^operator x width class: [^]*\nadd +0 +0 +0 +0 +3 [^]*\naddc +- +0 [^]*\nleast: 0 \(add, 1\)$/);
});
