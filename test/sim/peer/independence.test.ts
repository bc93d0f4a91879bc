import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('the peer imports layouts, the link, options and random numbers: nothing of the design, of engines, or of the model of TCP', () => {
  const folder = new URL('../../../sim/peer/', import.meta.url);
  const sources = readdirSync(folder).flatMap((name) => [...readFileSync(new URL(name, folder), 'utf8').matchAll(/from '([^']+)'/g)].map(([, source]) => source!));
  expect(sources.length).toBeGreaterThan(20);
  expect([...new Set(sources)].filter((source) => !/^\.\/[a-z-]+\.ts$/.test(source)).toSorted()).toEqual([
    '../../hw/protocol/index.ts', '../link/direction.ts', '../link/event-queue.ts', '../link/link.ts', '../options.ts', '../random.ts',
  ]);
});
