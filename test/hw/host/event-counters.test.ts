/** All causes at any rate, up to an event of each in every cycle, with questions in every second cycle: not one is lost. */
import { describe, expect, test } from 'vitest';
import { eventCounters } from '../../../hw/host/event-counters.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { registersStay } from '../tcp/support/registers.ts';

const bench = hardwareBench();

/** Cycles after which an event is in the count, if there are no more questions than may be. */
const late = (causes: number): number => 2 * causes + 2;

describe.each([2, 5, 98])('%i causes', (causes) => {
  test.each([
    ['seldom', 0.02, 0.1], ['often', 0.5, 0.3], ['each in every cycle', 1, 0], ['each in every cycle, and as many questions as may be', 1, 1],
  ])('%s', (_, rate, questions) => {
    const sim = bench.simulate(eventCounters({ causes, width: 32 }));
    const draw = random(causes);
    const counts = Array.from({ length: causes }, () => 0);
    /** Counts of earlier cycles, the newest last. */
    const earlier: number[][] = [];
    let asked: number | undefined;
    const step = (events: bigint): void => {
      const before = asked;
      const asks = before === undefined && draw.chance(questions);
      const index = draw.below(causes);
      sim.io.events = events;
      sim.io.ask.valid = asks;
      sim.io.ask.payload = index;
      sim.step();
      if (before !== undefined) {
        const count = Number(sim.sampled.count);
        // Between what there was then, and what there is.
        expect(count).toBeLessThanOrEqual(counts[before]!);
        if (earlier.length > 2 * late(causes)) expect(count).toBeGreaterThanOrEqual(earlier.at(-late(causes) - 1)![before]!);
      }
      earlier.push([...counts]);
      for (let i = 0; i < causes; i++) if ((events >> BigInt(i)) & 1n) counts[i]!++;
      asked = asks ? index : undefined;
    };
    const cycles = causes < 10 ? 2000 : 1200;
    for (let cycle = 0; cycle < cycles; cycle++) {
      let events = 0n;
      for (let i = 0; i < causes; i++) if (draw.chance(rate)) events |= 1n << BigInt(i);
      step(events);
    }
    for (let cycle = 0; cycle < late(causes); cycle++) step(0n);
    sim.io.events = 0n;
    for (let i = 0; i < causes; i++) {
      sim.io.ask.valid = true;
      sim.io.ask.payload = i;
      sim.step();
      sim.io.ask.valid = false;
      sim.step();
      expect([i, Number(sim.sampled.count)]).toEqual([i, counts[i]]);
    }
  });
});

test('it sleeps when there is nothing new, and wakes for any of its causes', () => {
  const causes = 5;
  const definition = eventCounters({ causes, width: 32 });
  const sim = bench.simulate(definition);
  sim.step(2 * late(causes));
  for (let cause = 0; cause < causes; cause++) {
    const stay = registersStay(definition, sim, 6);
    sim.step(3 + cause);
    stay();
    sim.io.events = 1n << BigInt(cause);
    sim.step();
    sim.io.events = 0n;
    sim.step(causes + 3);
    sim.io.ask.payload = cause;
    sim.io.ask.valid = true;
    sim.step();
    sim.io.ask.valid = false;
    sim.step();
    expect(sim.sampled.count).toBe(1n);
    sim.step(2 * late(causes));
  }
});

test('counts wrap, and begin at 0 again with a reset', () => {
  const causes = 3;
  const sim = bench.simulate(eventCounters({ causes, width: 8 }));
  const count = (index: number): bigint => {
    sim.io.ask.payload = index;
    sim.io.ask.valid = true;
    sim.step();
    sim.io.ask.valid = false;
    sim.step();
    return sim.sampled.count;
  };
  sim.io.events = 0b010n;
  sim.step(300);
  sim.io.events = 0n;
  sim.step(late(causes));
  expect([count(0), count(1), count(2)]).toEqual([0n, 300n % 256n, 0n]);
  sim.reset();
  expect([count(0), count(1), count(2)]).toEqual([0n, 0n, 0n]);
  sim.step(late(causes));
  expect([count(0), count(1), count(2)]).toEqual([0n, 0n, 0n]);
});

bench.verilog();
