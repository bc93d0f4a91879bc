/** What an engine shows, and what is left of it. That the names are those of the TOE, every run of one shows. */
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import type { Engine } from '../../../sim/engine/engine.ts';
import { AtRest } from '../../../sim/properties/at-rest.ts';

const BUILD = config({ vms: 2 });

function subject(name = 'built-in') {
  const values = new Map<string, bigint>();
  const asked = new Set<string>();
  const engine = {
    name,
    peek: (path: string): bigint => {
      asked.add(path);
      return values.get(path) ?? 0n;
    },
  } as unknown as Engine;
  return { values, asked, rest: new AtRest(engine, BUILD) };
}

test('each of them is told, if it is not what it was', () => {
  const { values, asked, rest } = subject();
  rest.note();
  expect(rest.differences()).toEqual([]);
  expect(asked.size).toBeGreaterThan(14);
  for (const path of asked) {
    values.set(path, 1n);
    expect(rest.differences()).toEqual([expect.stringMatching(/^the TOE has 1 .+, and had 0 before the first connection$/)]);
    values.delete(path);
  }
  expect(new Set(asked)).toContain('posts.used[1]');
});

test('a VM that is stopped has no places reserved', () => {
  const { values, rest } = subject();
  rest.note();
  expect(rest.unused(1)).toEqual([]);
  values.set('cq.reserved_1', 2n);
  expect(rest.unused(0)).toEqual([]);
  expect(rest.unused(1)).toEqual(['the TOE keeps 2 places of the completion queue of VM 1 for commands, of which none is under way']);
});

test('an engine that shows ports only is not asked', () => {
  const { values, rest, asked } = subject('verilator');
  rest.note();
  values.set('front.pool.free', 1n);
  expect([rest.differences(), rest.unused(0), asked.size]).toEqual([[], [], 0]);
});
