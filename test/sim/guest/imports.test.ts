import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = join(ROOT, 'sim/guest');

const imports = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).flatMap((name) =>
  [...readFileSync(join(FOLDER, name), 'utf8').matchAll(/(?:from|import) \(?'([^']+)'/g)].map(([, source]) => (source!.startsWith('.') ? relative(ROOT, normalize(join(FOLDER, dirname(name), source!))) : source!)));

test('the driver imports itself, host memory, random numbers, what waits for a time, the language, and of the hardware nothing but its three doors', () => {
  expect(imports.length).toBeGreaterThan(40);
  const outside = new Set(imports.filter((source) => !source.startsWith('sim/guest/')));
  expect([...outside].filter((source) => !/^(hw\/(protocol\/[a-z-]+|registers|config)\.ts|sim\/host\/[a-z-]+\.ts|sim\/(options|random|timed-condition)\.ts|@vtoe\/hdl(\/.*)?)$/.test(source))).toEqual([]);
});
