import { pausing, simulate } from '@vtoe/hdl';
import { creditCounter, type CreditOptions } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { generator } from './packets.ts';

const bench = hardwareBench();

const CASES: readonly CreditOptions[] = [
  { maximum: 1 }, { maximum: 2 }, { maximum: 7 }, { maximum: 8, initial: 0 }, { maximum: 16, mostTaken: 16 }, { maximum: 20, initial: 5, mostTaken: 3, mostGiven: 4 },
];

describe.each(CASES)('%j', (options) => {
  const { maximum, initial = maximum, mostTaken = 1, mostGiven = 1 } = options;

  test.each([[50, 50], [10, 90], [90, 10], [0, 0]])('the level follows what is taken and given, pausing %i and %i percent', (idleTake, idleGive) => {
    const sim = bench.simulate(creditCounter(options));
    const random = generator(1);
    const [pauseTake, pauseGive] = [pausing(idleTake, 2), pausing(idleGive, 3)];
    let level = initial;
    for (let i = 0; i < 300; i++) {
      expect(sim.io.level).toBe(BigInt(level));
      const take = pauseTake?.(i) === true ? 0 : random(Math.min(level, mostTaken) + 1);
      const give = pauseGive?.(i) === true ? 0 : random(Math.min(maximum - level + take, mostGiven) + 1);
      Object.assign(sim.io, { take, give });
      sim.step();
      level += give - take;
    }
  });

  test('all credits can be taken, and given back', () => {
    const sim = bench.simulate(creditCounter(options));
    for (let level = initial; level > 0;) {
      const take = Math.min(level, mostTaken);
      sim.io.take = take;
      sim.step();
      expect(sim.io.level).toBe(BigInt(level -= take));
    }
    sim.io.take = 0;
    for (let level = 0; level < maximum;) {
      const give = Math.min(maximum - level, mostGiven);
      sim.io.give = give;
      sim.step();
      expect(sim.io.level).toBe(BigInt(level += give));
    }
  });
});

test('take and give in one cycle leave the level, at the maximum too', () => {
  const sim = bench.simulate(creditCounter({ maximum: 3 }));
  const wave = sim.watch(['take', 'give', 'level']);
  for (const [take, give] of [[1, 1], [1, 0], [1, 0], [1, 1], [1, 0], [0, 1], [0, 1]] as const) {
    Object.assign(sim.io, { take, give });
    sim.step();
  }
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle  0 1 2 3 4 5 6
    take   │1        │0
    give   │1│0  │1│0│1
    level  │3  │2│1  │0│1
    "
  `);
});

test('a credit that is given cannot be taken in the same cycle', () => {
  const sim = simulate(creditCounter({ maximum: 3, initial: 0 }));
  Object.assign(sim.io, { take: 1, give: 1 });
  expect(() => sim.step()).toThrow('creditCounter: more credits are taken than there are');
});

test('more cannot be given back than was taken', () => {
  for (const maximum of [3, 4]) {
    const sim = simulate(creditCounter({ maximum, mostGiven: 2 }));
    sim.io.take = 1;
    sim.step();
    Object.assign(sim.io, { take: 0, give: 2 });
    expect(() => sim.step()).toThrow('creditCounter: more credits are given back than were taken');
  }
});

test('misuse', () => {
  expect(() => creditCounter({ maximum: 0 })).toThrow('creditCounter: maximum must be a whole number from 1 up, not 0');
  expect(() => creditCounter({ maximum: 4, initial: 5 })).toThrow('creditCounter: initial is 5, more than the maximum of 4');
  expect(() => creditCounter({ maximum: 4, mostTaken: 0 })).toThrow('creditCounter: mostTaken must be a whole number from 1 up, not 0');
  expect(() => creditCounter({ maximum: 4, mostGiven: 8 })).toThrow('creditCounter: mostGiven is 8, more than the maximum of 4');
});

bench.verilog();
