/** A bench that skips idle time does everything in the cycle in which it would be done anyway. */
import { Bool, elaborate, In, inst, module, Out, type Process, reg, still, UInt, when } from '@vtoe/hdl';
import { reached, timeBase, timeIncrement } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { idleTime, simulationPorts } from '../../../hw/idle-time.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { TestBench } from '../../../sim/engine/test-bench.ts';
import { random } from '../../../sim/random.ts';
import { until } from '../../../sim/timed-condition.ts';
import { pinsOf } from '../bus/pins.ts';

const CLOCK_HZ = 156_250_000;

/** `ring` for a cycle, `span` microseconds after `arm`. */
const alarm = elaborate(module('alarm', {}, { arm: In(Bool), span: In(UInt(32)), ring: Out(Bool), ...simulationPorts }, (io) => {
  const clock = inst(timeBase({ width: 42, skip: true }), { increment: timeIncrement(CLOCK_HZ), skip: io.sim_skip });
  const now = clock.microseconds;
  const [armed, at] = [reg(Bool), reg(UInt(42))];
  const rings = armed.and(reached(now, at));
  when(io.arm, () => {
    armed.next = true;
    at.next = now.add(io.span.zext(42));
  }).elsewhen(rings, () => { armed.next = false; });
  io.ring.set(rings);
  const idle = inst(idleTime({ precise: 1, slow: 1 }), { now });
  const [[precise], others] = [[...idle.precise], [...idle.slow]];
  precise!.valid.set(armed);
  precise!.payload.set(at);
  for (const { valid, payload } of others) {
    valid.set(false);
    payload.set(0);
  }
  const nothing = still({ except: [clock, idle] });
  idle.still.set(nothing);
  io.sim_idle.set(idle.idle);
  io.sim_next_deadline.from(idle.next_deadline);
  io.sim_elapsed.set(clock.elapsed);
  io.sim_increment.set(timeIncrement(CLOCK_HZ));
  return { clock, armed, at, idle, nothing };
}));

interface Ran {
  readonly seen: readonly (readonly [what: string, cycle: number])[];
  readonly cycles: number;
  readonly evaluated: number;
}

/** Arms the alarm now and then, before and after it has rung; beside it, who waits for cycles, for a time, and for either. */
function run(skip: boolean, seed: number): Ran {
  const engine = builtinEngine(alarm);
  const bench = new TestBench(engine, { skip, clockHz: CLOCK_HZ });
  const pins = pinsOf(engine, '');
  const seen: [string, number][] = [];
  const nowNs = (): number => (bench.cycle * 1e9) / CLOCK_HZ;
  const draw = random(seed);
  let rang = 0;
  bench.add({
    name: 'ring', nextCycle: (cycle) => (pins.get('ring') === 1n ? cycle : Infinity),
    step: (cycle) => {
      if (pins.get('ring') !== 1n) return;
      rang += 1;
      seen.push(['ring', cycle]);
    },
  });
  bench.reset();
  bench.start('arms', (function* (): Process {
    for (let i = 0; i < 40; i += 1) {
      pins.set({ arm: 1, span: draw.below(300) });
      seen.push(['arm', bench.cycle]);
      yield;
      pins.set({ arm: 0 });
      yield 1 + draw.below(40_000);
    }
  })());
  bench.start('waits for a time', (function* (): Process {
    for (let i = 0; i < 40; i += 1) {
      const end = nowNs() + draw.below(200_000);
      yield until(end, () => nowNs() >= end);
      seen.push(['time', bench.cycle]);
    }
  })());
  bench.start('waits for a ring or a time', (function* (): Process {
    for (let i = 0; i < 40; i += 1) {
      const [end, before] = [nowNs() + draw.below(100_000), rang];
      yield until(end, () => rang > before || nowNs() >= end);
      seen.push(['either', bench.cycle]);
    }
  })());
  bench.run(1_000_000);
  return { seen, cycles: bench.cycle, evaluated: bench.evaluatedCycles };
}

test.each([1, 2, 3])('everything happens in the same cycle, seed %i', (seed) => {
  const [ran, skipped] = [run(false, seed), run(true, seed)];
  for (const what of ['ring', 'arm', 'time', 'either']) expect(ran.seen.filter(([is]) => is === what).length).toBeGreaterThan(10);
  expect(skipped.seen).toEqual(ran.seen);
  expect([skipped.cycles, ran.cycles, ran.evaluated]).toEqual([1_000_002, 1_000_002, 1_000_002]);
  expect(skipped.evaluated).toBeLessThan(20_000);
});

test('a deadline is met to the cycle, at the end of several skips of all that the port can say', () => {
  const engine = builtinEngine(alarm);
  const bench = new TestBench(engine, { clockHz: CLOCK_HZ });
  const pins = pinsOf(engine, '');
  bench.reset();
  pins.set({ arm: 1, span: 0xffff_ffff });
  bench.run(1);
  pins.set({ arm: 0 });
  const cycles = bench.until(() => pins.get('ring') === 1n, 1e12);
  // Armed in cycle 2, in microsecond 0. Its edge is the last at which it is sampled.
  const rings = (0xffff_ffffn * (1n << 24n) + BigInt(timeIncrement(CLOCK_HZ)) - 1n) / BigInt(timeIncrement(CLOCK_HZ));
  expect(bench.cycle).toBe(3 + cycles);
  // The time counts from the end of the reset.
  expect(BigInt(bench.cycle - 2)).toBe(rings + 1n);
  expect(bench.evaluatedCycles).toBeLessThan(500);
});

test('who may do something in every cycle, and a time that nobody can tell, keep it from skipping', () => {
  const evaluated = (clockHz: number | undefined, add: (bench: TestBench) => void): number => {
    const bench = new TestBench(builtinEngine(alarm), clockHz === undefined ? {} : { clockHz });
    bench.reset();
    add(bench);
    bench.run(10_000);
    expect(bench.cycle).toBe(10_002);
    return bench.evaluatedCycles;
  };
  const waits = (bench: TestBench): void => bench.start('waits', (function* (): Process { yield until(1e9, () => false); })());
  expect(evaluated(CLOCK_HZ, () => {})).toBe(10_002);
  expect(evaluated(CLOCK_HZ, (bench) => { bench.add({ name: 'restless', step: () => {} }); })).toBe(10_002);
  expect(evaluated(undefined, waits)).toBe(10_002);
  expect(evaluated(CLOCK_HZ, waits)).toBeLessThan(20);
});

test('an input that was changed is seen before anything is skipped', () => {
  const engine = builtinEngine(alarm);
  const bench = new TestBench(engine, { clockHz: CLOCK_HZ });
  const pins = pinsOf(engine, '');
  bench.reset();
  bench.start('waits', (function* (): Process { yield 1e9; })());
  bench.run(1000);
  const before = bench.evaluatedCycles;
  expect(before).toBeLessThan(20);
  pins.set({ arm: 1, span: 10 });
  bench.run(5);
  expect(bench.evaluatedCycles).toBe(before + 5);
  pins.set({ arm: 0 });
  expect(bench.until(() => pins.get('ring') === 1n, 100_000)).toBeLessThan(11 * 157);
});

test('a condition that somebody else fulfils holds from the next cycle on', () => {
  const bench = new TestBench(builtinEngine(alarm), { clockHz: CLOCK_HZ });
  let [isSet, seenAt] = [false, 0];
  bench.reset();
  bench.start('waits', (function* (): Process {
    yield () => isSet;
    seenAt = bench.cycle;
  })());
  bench.add({ name: 'sets', nextCycle: () => (isSet ? Infinity : 50_000), step: (cycle) => { if (cycle === 50_000) isSet = true; } });
  bench.run(100_000);
  expect(seenAt).toBe(50_002);
  expect(bench.evaluatedCycles).toBeLessThan(30);
});
