import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COUNTERS } from '../../../sim/tcp/actions.ts';
import { CLOSED_TCB } from '../../../sim/tcp/tcb.ts';

const FOLDER = new URL('../../../sim/tcp/', import.meta.url);

test('the model imports itself and the random numbers, nothing of the hardware or its language', () => {
  const sources = readdirSync(FOLDER).filter((name) => name.endsWith('.ts')).flatMap((name) => [...readFileSync(new URL(name, FOLDER), 'utf8').matchAll(/from '([^']+)'/g)].map(([, source]) => source!));
  expect(sources.length).toBeGreaterThan(20);
  expect([...new Set(sources)].filter((source) => !/^\.\/[a-z-]+\.ts$/.test(source))).toEqual(['../random.ts']);
});

test('the reference page names every counter, field of the record and event', () => {
  const page = readFileSync(new URL('../../../docs/reference/sim/tcp-model.md', import.meta.url), 'utf8');
  const events = [...readFileSync(new URL('events.ts', FOLDER), 'utf8').matchAll(/readonly kind: '(\w+)'/g)].map(([, kind]) => kind!);
  expect([...COUNTERS, ...Object.keys(CLOSED_TCB), ...events].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
