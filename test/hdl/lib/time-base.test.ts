import { Bool, In, inst, module, Out, simulate, UInt } from '@vtoe/hdl';
import { reached, timeBase, timeIncrement } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();

test('increments of usual clocks', () => {
  expect(timeIncrement(156.25e6)).toBe(107374);
  expect(timeIncrement(322.265625e6)).toBe(52060);
  expect(timeIncrement(1e6)).toBe(2 ** 24);
  expect(timeIncrement(100e6)).toBe(167772);
});

test.each([156.25e6, 100e6, 1e6, 300e3, 4e3])('%d Hz: microseconds are those of the accumulator', (hertz) => {
  const sim = bench.simulate(timeBase());
  const increment = timeIncrement(hertz);
  sim.io.increment = increment;
  for (let cycle = 0; cycle < 500; cycle++) {
    sim.step();
    // The sample is before the edge of its own cycle: so many increments have been added.
    expect(sim.sampled.microseconds).toBe(BigInt(cycle) * BigInt(increment) >> 24n);
  }
});

test('a tenth of a second at 156.25 MHz is right to a microsecond', () => {
  const sim = simulate(timeBase());
  sim.io.increment = timeIncrement(156.25e6);
  sim.step(15_625_000);
  expect(sim.io.microseconds).toBe(99_999n);
});

test('the increment may change in mid-run', () => {
  const sim = bench.simulate(timeBase({ width: 8 }));
  sim.io.increment = 2 ** 24;
  sim.step(10);
  sim.io.increment = 3 * 2 ** 24;
  sim.step(10);
  sim.io.increment = 0;
  sim.step(10);
  expect(sim.io.microseconds).toBe(40n);
});

test.each([2, 8, 34, 64])('%i bits wrap', (width) => {
  const sim = simulate(timeBase({ width }));
  sim.io.increment = 2 ** 24;
  sim.poke('elapsed', ((1n << BigInt(width)) - 2n) << 24n);
  const seen = Array.from({ length: 4 }, () => {
    sim.io.increment = 2 ** 24;
    const now = sim.io.microseconds;
    sim.step();
    return now;
  });
  const top = (1n << BigInt(width)) - 1n;
  expect(seen).toEqual([top - 1n, top, 0n, 1n]);
});

test.each([8, 32, 42, 64])('%i bits: skipping cycles is running them, to the last bit', (width) => {
  const [ran, skipped] = [simulate(timeBase({ width, skip: true })), bench.simulate(timeBase({ width, skip: true }))];
  for (const [increment, cycles] of [[timeIncrement(156.25e6), 1], [timeIncrement(322.265625e6), 0], [3 * 2 ** 22, 99], [1, 1000], [timeIncrement(4e3), 12_345]] as const) {
    for (const sim of [ran, skipped]) {
      sim.io.increment = increment;
      sim.io.skip = 0;
    }
    ran.step(cycles + 1);
    skipped.io.skip = cycles;
    skipped.step();
    expect(skipped.io.elapsed).toBe(ran.io.elapsed);
    expect(skipped.io.microseconds).toBe(ran.io.microseconds);
  }
});

test('as many cycles as skip can say, with the largest increment', () => {
  const sim = bench.simulate(timeBase({ skip: true }));
  sim.io.increment = 0xffff_ffff;
  sim.io.skip = 0xffff_ffff;
  sim.step();
  expect(sim.io.elapsed).toBe((0xffff_ffffn << 32n) % (1n << 56n));
});

test('a deadline is reached at its microsecond and for half a circle on', () => {
  const timer = module('timer', {}, { increment: In(UInt(32)), deadline: In(UInt(8)), expired: Out(Bool), now: Out(UInt(8)) }, (io) => {
    const clock = inst(timeBase({ width: 8 }), { increment: io.increment });
    io.now.set(clock.microseconds);
    io.expired.set(reached(clock.microseconds, io.deadline));
    return { clock };
  });
  const sim = bench.simulate(timer);
  sim.io.increment = 2 ** 24;
  sim.io.deadline = 10;
  const expired = Array.from({ length: 300 }, () => {
    const now = sim.io.expired;
    sim.step();
    return now;
  });
  expect(expired).toEqual(expired.map((_, now) => (now % 256 - 10 + 256) % 256 < 128));
});

test('timing: three quarters of a microsecond a cycle', () => {
  const sim = bench.simulate(timeBase({ width: 8, skip: true }));
  const wave = sim.watch(['increment', 'skip', 'microseconds']);
  sim.io.increment = 3 * 2 ** 22;
  sim.step(5);
  sim.io.skip = 14;
  sim.step();
  sim.io.skip = 0;
  sim.step(3);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle         0  1  2  3  4  5  6  7  8
    increment     │c00000
    skip          │0             │e │0
    microseconds  │0    │1 │2 │3    │f    │10
    "
  `);
});

test('wrong arguments', () => {
  expect(() => timeBase({ width: 1 })).toThrow('timeBase: width must be a whole number from 2 to 64, not 1');
  expect(() => timeIncrement(1000)).toThrow('timeIncrement: a clock of 1000 Hz has no increment; 2^-24 µs per cycle are counted from 4 kHz to 30 THz');
  expect(() => timeIncrement(0)).toThrow('timeIncrement: a clock of 0 Hz has no increment');
});

bench.verilog();
