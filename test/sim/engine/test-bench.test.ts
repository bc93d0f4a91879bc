import { assert, Bool, elaborate, In, module, Out, type Process, reg, UInt, when } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { TestBench, TestBenchError } from '../../../sim/engine/test-bench.ts';
import { pinsOf } from '../bus/pins.ts';

const counter = elaborate(module('counter', {}, { en: In(Bool), count: Out(UInt(8)) }, ({ en, count }) => {
  const value = reg(UInt(8));
  when(en, () => { value.next = value.add(1); });
  assert(value.ne(100), 'the counter must not reach 100');
  count.set(value);
  return { value };
}));

function setUp() {
  const engine = builtinEngine(counter);
  return { bench: new TestBench(engine), pins: pinsOf(engine, '') };
}

test('models run after each edge in the order of starting, with its number, and write for the next', () => {
  const { bench, pins } = setUp();
  const seen: unknown[] = [];
  bench.add({ name: 'a', step: (cycle) => void seen.push(['a', cycle, pins.get('count')]) });
  bench.start('p', (function* (): Process {
    for (let i = 0; ; i += 1) {
      seen.push(['p', i]);
      yield;
    }
  })());
  bench.add({ name: 'b', step: (cycle) => pins.set({ en: cycle === 0 ? 1 : 0 }) });
  bench.run(3);
  expect(seen).toEqual([['p', 0], ['a', 0, 0n], ['p', 1], ['a', 1, 0n], ['p', 2], ['a', 2, 1n], ['p', 3]]);
  expect(bench.cycle).toBe(3);
});

test('processes wait for cycles and for conditions, start others and end', () => {
  const { bench, pins } = setUp();
  const seen: unknown[] = [];
  pins.set({ en: 1 });
  const child = function* (): Process {
    seen.push(['child', bench.cycle]);
    yield 2;
    seen.push(['child ends', bench.cycle]);
  };
  bench.start('parent', (function* (): Process {
    yield 3;
    seen.push(['three', bench.cycle]);
    yield () => pins.get('count') === 6n;
    seen.push(['six', bench.cycle]);
    bench.start('child', child());
    yield 1;
    seen.push(['parent ends', bench.cycle]);
  })());
  bench.run(20);
  expect(seen).toEqual([['three', 3], ['six', 7], ['child', 7], ['parent ends', 8], ['child ends', 9]]);
});

test('until gives the number of cycles, or says what did not come', () => {
  const { bench, pins } = setUp();
  pins.set({ en: 1 });
  expect(bench.until(() => pins.get('count') === 4n, 10)).toBe(5);
  expect(bench.until(() => true, 10)).toBe(1);
  expect(() => bench.until(() => false, 5, 'no frame came')).toThrow(new TestBenchError('no frame came within 5 cycles', '', 11));
  // The bench is none the worse for it.
  expect(bench.until(() => pins.get('count') === 20n, 20)).toBe(10);
});

test('reset holds rst, and lets go', () => {
  const { bench, pins } = setUp();
  pins.set({ en: 1 });
  bench.run(5);
  bench.reset(2);
  bench.run(1);
  expect([pins.get('count'), bench.cycle]).toEqual([0n, 8]);
  bench.run(1);
  expect(pins.get('count')).toBe(1n);
});

describe('errors', () => {
  test('of a model: its name, the cycle, what happened; again in every later run', () => {
    const { bench } = setUp();
    bench.add({ name: 'fine', step: () => {} });
    bench.add({ name: 'm_axi', step: (cycle) => { if (cycle === 7) throw new Error('it rains'); } });
    const thrown = (): unknown => {
      try {
        bench.run(20);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const error = thrown() as TestBenchError;
    expect(error).toBeInstanceOf(TestBenchError);
    expect([error.message, error.model, error.cycle, (error.cause as Error).message]).toEqual(['m_axi, cycle 7: it rains', 'm_axi', 7, 'it rains']);
    expect(bench.cycle).toBe(8);
    expect(thrown()).toBe(error);
    expect(bench.cycle).toBe(8);
  });

  test('of a process, also of one that another one started', () => {
    const { bench } = setUp();
    const bad = function* (): Process {
      yield 2;
      throw new Error('no luck');
    };
    bench.start('outer', (function* (): Process {
      yield 3;
      bench.start('inner', bad());
      yield 100;
    })());
    expect(() => bench.run(20)).toThrow(new TestBenchError('inner, cycle 4: no luck', 'inner', 4));
  });

  test('of a process at its start, and of what is none', () => {
    const { bench } = setUp();
    // oxlint-disable-next-line require-yield
    expect(() => bench.start('bad', (function* (): Process { throw new Error('no luck'); })())).toThrow('bad, cycle 0: no luck');
    expect(() => bench.start('bad', (() => {}) as never)).toThrow('a process is a generator, made by calling a function*, not a function');
    const other = setUp().bench;
    expect(() => other.start('bad', (function* () { yield 0; })() as Process)).toThrow('bad, cycle 0: a process yields nothing, a number of cycles from 1 up, or a function, not 0');
  });

  test('of the design: its own sentence, before the edge', () => {
    for (const models of [0, 1]) {
      const { bench, pins } = setUp();
      pins.set({ en: 1 });
      if (models === 1) bench.add({ name: 'idle', step: () => {} });
      expect(() => bench.run(200)).toThrow(/^assertion in the top failed in cycle 100: the counter must not reach 100 \(.*test-bench\.test\.ts:\d+\)$/);
      expect(bench.cycle).toBe(100);
    }
  });

  test('of numbers that are none', () => {
    const { bench } = setUp();
    expect(() => bench.run(-1)).toThrow('run takes a number of cycles, 0 or more, not -1');
    expect(() => bench.until(() => true, 0)).toThrow('until takes a limit of 1 cycle or more, not 0');
  });
});
