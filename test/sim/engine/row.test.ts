import { expect, test } from 'vitest';
import type { Process } from '@vtoe/hdl';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { rowOf, STABLE_CYCLES } from '../../../sim/engine/row.ts';
import { TestBench, TestBenchError } from '../../../sim/engine/test-bench.ts';
import { tiny } from './tiny.ts';

test('a row runs all steps in order, and says whose turn it is', () => {
  const seen: [string, number, number][] = [];
  const turn = { at: -1 };
  const row = rowOf(['a', 'b', 'c'].map((name) => ({ step: (cycle) => seen.push([name, cycle, turn.at]) })), turn);
  row(7);
  expect(seen).toEqual([['a', 7, 0], ['b', 7, 1], ['c', 7, 2]]);
});

/** What happens in which cycle must not depend on whether the bench runs its steps one by one or as a row. */
test('a bench that has become a row takes on new models and processes, and forgets those that end', () => {
  const bench = new TestBench(builtinEngine(tiny));
  const seen: string[] = [];
  const model = (name: string) => ({ name, step: (cycle: number) => { if (cycle % 1000 < 3 || cycle > 5010) seen.push(`${name} ${cycle}`); } });
  bench.add(model('first'));
  bench.start('starter', (function* (): Process {
    yield 2 * STABLE_CYCLES;
    bench.add(model('second'));
    bench.start('short', (function* (): Process {
      seen.push(`short begins ${bench.cycle}`);
      yield 3 * STABLE_CYCLES;
      seen.push('short ends');
    })());
  })());
  bench.run(5 * STABLE_CYCLES + 12);
  const at = (name: string) => seen.filter((line) => line.startsWith(name)).map((line) => Number(line.split(' ').at(-1)));
  expect(at('first')).toEqual([0, 1, 2, 1000, 1001, 1002, 2000, 2001, 2002, 3000, 3001, 3002, 4000, 4001, 4002, 5000, 5001, 5002, 5011]);
  // From the edge after that of its start on.
  expect(at('second')).toEqual([2000, 2001, 2002, 3000, 3001, 3002, 4000, 4001, 4002, 5000, 5001, 5002, 5011]);
  expect(at('short begins')).toEqual([2000]);
  expect(seen).toContain('short ends');
});

test('an error in a row names its model and cycle', () => {
  const bench = new TestBench(builtinEngine(tiny));
  bench.add({ name: 'calm', step: () => {} });
  bench.add({ name: 'nervous', step: (cycle) => { if (cycle === 3 * STABLE_CYCLES) throw new Error('it is too much'); } });
  bench.add({ name: 'also calm', step: () => {} });
  expect(() => bench.run(5 * STABLE_CYCLES)).toThrow(new TestBenchError(`nervous, cycle ${3 * STABLE_CYCLES}: it is too much`, 'nervous', 3 * STABLE_CYCLES));
});
