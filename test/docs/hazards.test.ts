/** The page of hazards: each test that it names is there, and each hazard that a test is named for has its row. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DEFECTS } from '../sim/tcp/defects.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const sourceOf = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8').replaceAll("\\'", "'");

interface Row {
  readonly name: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

const ROWS: readonly Row[] = sourceOf('docs/reference/hazards.md').split('\n').filter((line) => /^\| (?!---|defect \||hazard \|)/.test(line)).map((line) => {
  const [, name = '', cell = ''] = line.split(' | ').join('|').split('|').map((part) => part.trim());
  return { name, tests: [...cell.matchAll(/`([^`]+)`(?: "([^"]+)")?/g)].map(([, file = '', title = name]) => ({ file, title })) };
});
const NAMED = new Set(ROWS.flatMap(({ name, tests }) => [name, ...tests.map(({ title }) => title)]));
/** Hazards without a test, and why is said in the page. */
const WITHOUT = ['coalesced equals uncoalesced'];

test('there are all of them', () => {
  expect(ROWS.length).toBe(37);
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
  expect(ROWS.filter(({ tests }) => tests.length === 0).map(({ name }) => name)).toEqual(WITHOUT);
});

describe.each(ROWS.filter(({ tests }) => tests.length > 0).map((row) => [row.name, row] as const))('%s', (_, { tests }) => {
  test.each(tests.map(({ file, title }) => [file, title] as const))('%s: %s', (file, title) => {
    expect(existsSync(`${ROOT}${file}`)).toBe(true);
    const quoted = [`'${title}'`, `"${title}"`];
    expect(quoted.some((text) => sourceOf(file).includes(text)), `no test of ${file} is called so`).toBe(true);
  });
});

test('each scenario that is named for one has its row', () => {
  expect(DEFECTS.map(({ name }) => name).filter((name) => !NAMED.has(name))).toEqual([]);
  for (const [file, pattern] of [['test/hw/tcp/hazards.test.ts', /^ {2}hazard\('([^']+)'/gm], ['test/sim/toe/hazards.test.ts', /^ {2}\{ name: (?:'([^']+)'|"([^"]+)")/gm]] as const) {
    const names = [...sourceOf(file).matchAll(pattern)].map(([, single, double]) => single ?? double!);
    expect(names.length).toBeGreaterThan(4);
    expect(names.filter((name) => !NAMED.has(name))).toEqual([]);
  }
});
