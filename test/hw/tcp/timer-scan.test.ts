import { simulate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { timerScan } from '../../../hw/tcp/timer-scan.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { registersStay } from './support/registers.ts';
import { type Deadlines, isSlow, NONE, Pipeline, TICK, type Timer, TIMERS } from './timer-scan-pipeline.ts';

const bench = hardwareBench();

const BOUND = 8;

/** Fine and slow clock wrap soon. */
const STARTS = [0, 2 ** 32 - 3000, 2 ** 34 - 3000, 2 ** 42 - 200_000] as const;

describe.each([[2, 0], [4, 1], [16, 2], [64, 3]] as const)('%i connections', (connections, s) => {
  test.each([[0, 0], [0, 60], [60, 0], [40, 40], [10, 90]])('steps at random, idle %i, back-pressure %i percent: each deadline gives its event in time', (idle, pressure) => {
    const p = new Pipeline(bench.simulate(timerScan({ connections, underWay: 4 })), connections, STARTS[s]);
    p.places = 4;
    const draw = random(connections + idle).fork(pressure);
    const span = (timer: Timer) => (isSlow(timer) ? (Math.floor(p.now / TICK) + draw.below(4)) * TICK : p.now + draw.below(4 * connections));
    p.after = (_, timer) => (draw.chance(0.3) ? span(timer) : undefined);
    for (let i = 0; i < 1500; i++) {
      // A step takes at least two cycles: no second event of a connection within them.
      p.latency = 2 + draw.below(8);
      const connection = draw.below(connections);
      const deadlines = Object.fromEntries(TIMERS.map((t) => [t, draw.chance(0.3) ? span(t) : undefined])) as Deadlines;
      p.cycle(draw.unit() * 100 < idle ? undefined : { connection, deadlines }, draw.chance(0.1) ? draw.below(20) : draw.below(2), draw.unit() * 100 >= pressure);
    }
    expect(p.events.length).toBeGreaterThan(20);
    p.after = () => undefined;
    for (let i = 0; i < 20 * connections + 100; i++) p.cycle(undefined, 100);
    expect(p.longest).toBeLessThanOrEqual(connections + BOUND);
    // Nothing is lost: all timers were stopped by their own events.
    for (let i = 0; i < 5000 && p.deadlines.some((d) => TIMERS.some((t) => d[t] !== undefined)); i++) p.cycle(undefined, 100);
    expect(p.deadlines.flatMap((d) => TIMERS.filter((t) => d[t] !== undefined))).toEqual([]);
    p.settle();
  });
});

test.each(TIMERS)('%s: not before its deadline, and at most N + 8 cycles after it', (timer) => {
  const p = new Pipeline(bench.simulate(timerScan({ connections: 16 })), 16, 2 ** 32 - 2048);
  const at = 2 ** 32 + 2048;
  p.cycle({ connection: 11, deadlines: { ...NONE, [timer]: at } });
  p.settle();
  while (p.now < at - 1) p.cycle(undefined, 1);
  p.run(40);
  expect(p.events).toEqual([]);
  p.now = at;
  p.run(16 + BOUND);
  expect(p.events).toEqual([{ connection: 11, timer, now: at }]);
  p.run(100);
  expect(p.events.length).toBe(1);
});

test('a deadline that is in the past when it is armed', () => {
  const p = new Pipeline(bench.simulate(timerScan({ connections: 16 })), 16, 1_000_000);
  for (const connection of [3, 9]) p.cycle({ connection, deadlines: { ...NONE, DelayedAck: 900_000 } });
  p.run(16 + BOUND);
  expect(p.events.map(({ connection }) => connection).sort()).toEqual([3, 9].sort());
});

test('all timers of a connection at once: an event after the other, none lost', () => {
  const p = new Pipeline(bench.simulate(timerScan({ connections: 4 })), 4, 5 * TICK);
  p.cycle({ connection: 2, deadlines: { Retransmit: 4000, DelayedAck: 4000, Keepalive: 3 * TICK, User: 3 * TICK } });
  p.run(120);
  expect(p.events.map(({ timer }) => timer)).toEqual([...TIMERS]);
});

test('all connections at once, with fewer places under way: nothing is lost', () => {
  const p = new Pipeline(bench.simulate(timerScan({ connections: 64, underWay: 2 })), 64, 1000);
  for (let connection = 0; connection < 64; connection++) p.cycle({ connection, deadlines: { ...NONE, Retransmit: 2000 } });
  p.now = 2000;
  p.run(64 * 8);
  expect(new Set(p.events.map(({ connection }) => connection)).size).toBe(64);
  expect(p.events.length).toBe(64);
});

test('with places for the whole way, all expired timers give an event a cycle', () => {
  const p = new Pipeline(bench.simulate(timerScan({ connections: 64, underWay: 8 })), 64, 1000);
  p.latency = 5;
  for (let connection = 0; connection < 64; connection++) p.cycle({ connection, deadlines: { ...NONE, Retransmit: 2000 } });
  p.settle();
  p.now = 2000;
  p.run(64 + BOUND + 1);
  expect(p.events.length).toBe(64);
});

describe('hazard: a deadline fires and is cancelled in one cycle', () => {
  // The step that cancels is written in every cycle around the one in which the scan decides.
  test.each(Array.from({ length: 26 }, (_, i) => i))('written %i cycles after the deadline', (delay) => {
    const p = new Pipeline(bench.simulate(timerScan({ connections: 16 })), 16, 1000);
    p.cycle({ connection: 5, deadlines: { ...NONE, Retransmit: 2000 } });
    p.settle();
    p.now = 2000;
    p.run(delay);
    const before = p.events.length;
    while (!p.cycle({ connection: 5, deadlines: { ...NONE, Retransmit: 3000 } }));
    p.run(60);
    // Either it fired before, or never: an event that comes after the cancelling can only have been on its way.
    expect(p.events.length).toBe(p.stale + (before > 0 && p.stale === 0 ? 1 : 0));
    p.now = 3000;
    p.run(16 + BOUND + p.latency);
    expect(p.events.at(-1)).toEqual({ connection: 5, timer: 'Retransmit', now: 3000 });
    p.run(60);
    expect(p.deadlines[5]).toEqual(NONE);
    p.settle();
  });

  test.each(Array.from({ length: 12 }, (_, i) => i))('and armed for the same time again, %i cycles after', (delay) => {
    const p = new Pipeline(bench.simulate(timerScan({ connections: 4 })), 4, 1000);
    p.cycle({ connection: 1, deadlines: { ...NONE, Retransmit: 2000 } });
    p.settle();
    p.now = 2000;
    p.run(delay);
    while (!p.cycle({ connection: 1, deadlines: NONE }));
    while (!p.cycle({ connection: 1, deadlines: { ...NONE, Retransmit: 2000 } }));
    p.run(60);
    expect(p.deadlines[1]).toEqual(NONE);
    p.settle();
  });
});

test.each(Array.from({ length: 16 }, (_, i) => i + 1))('hazard: a step of %i cycles stops its timer just as the scan visits the connection: no second event', (latency) => {
  const p = new Pipeline(bench.simulate(timerScan({ connections: 4 })), 4, 1000);
  p.latency = latency;
  for (const connection of [0, 1, 2, 3]) while (!p.cycle({ connection, deadlines: { ...NONE, Retransmit: 2000 } }));
  // It never sleeps: this one is written again and again, in the past.
  p.now = 2000;
  for (let i = 0; i < 80; i++) p.cycle({ connection: 3, deadlines: { ...NONE, User: 0 } });
  expect(p.events.filter(({ connection }) => connection !== 3).map(({ connection }) => connection).sort()).toEqual([0, 1, 2]);
  expect(p.stale).toBe(0);
});

describe('asleep', () => {
  test('while idle no register changes, however long the time runs', () => {
    const definition = timerScan({ connections: 4 });
    const p = new Pipeline(simulate(definition), 4, 1000);
    p.cycle({ connection: 2, deadlines: { Retransmit: 90_000, DelayedAck: 80_000, Keepalive: 100 * TICK, User: undefined } });
    p.settle();
    const unchanged = registersStay(definition, p.sim, 20);
    for (let i = 0; i < 100; i++) {
      p.cycle(undefined, 700);
      if (!p.sim.io.idle) break;
      unchanged();
    }
    expect(p.now).toBeGreaterThanOrEqual(71_000);
  });

  test('it wakes for a newly armed deadline that is earlier', () => {
    const p = new Pipeline(bench.simulate(timerScan({ connections: 16 })), 16, 1000);
    p.cycle({ connection: 0, deadlines: { ...NONE, Retransmit: 1_000_000 } });
    p.settle();
    expect(Number(p.sim.io.next_deadline.payload)).toBe(1_000_000);
    p.cycle({ connection: 15, deadlines: { ...NONE, DelayedAck: 50_000 } });
    p.settle();
    expect(Number(p.sim.io.next_deadline.payload)).toBe(50_000);
    p.now = 50_000;
    p.run(16 + BOUND);
    expect(p.events).toEqual([{ connection: 15, timer: 'DelayedAck', now: 50_000 }]);
  });

  test('two hours of keepalive, skipped from deadline to deadline, take few cycles', () => {
    const connections = 64;
    const p = new Pipeline(simulate(timerScan({ connections })), connections, 123_456);
    const interval = 75_000_000;
    p.after = () => (Math.floor((p.now + interval) / TICK) + 1) * TICK;
    for (let connection = 0; connection < connections; connection++) p.cycle({ connection, deadlines: { ...NONE, Keepalive: p.after(connection, 'Keepalive') } });
    const [start, from] = [p.now, p.sim.cycle];
    while (p.now - start < 7_200_000_000) {
      if (p.sim.io.idle && !p.sim.io.write_back.valid) p.now = Number(p.sim.io.next_deadline.payload);
      p.cycle();
    }
    expect(p.events.length).toBeGreaterThanOrEqual(connections * 95);
    expect(p.longest).toBeLessThanOrEqual(connections + BOUND);
    expect(p.sim.cycle - from).toBeLessThan(200 * 4 * connections);
  });
});

test('nothing armed: idle, and no next deadline', () => {
  const p = new Pipeline(bench.simulate(timerScan({ connections: 8 })), 8, 77);
  expect(p.sim.io).toMatchObject({ idle: true, next_deadline: { valid: false } });
  p.run(50, 1000);
  expect(p.sim.io).toMatchObject({ idle: true, next_deadline: { valid: false } });
});

test('after a reset no deadline of before is left', () => {
  const p = new Pipeline(bench.simulate(timerScan({ connections: 8 })), 8, 1000);
  p.cycle({ connection: 3, deadlines: { ...NONE, Retransmit: 2000 } });
  p.sim.io.write_back.valid = false;
  p.sim.reset();
  p.sim.until(() => p.sim.io.ready, 10);
  p.deadlines[3] = NONE;
  p.now = 2000;
  p.run(40);
  expect(p.events).toEqual([]);
});

bench.verilog();
