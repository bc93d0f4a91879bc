/** Accessors: names and values from the data, no offset in sight. */
import type { Process } from '@vtoe/hdl';
import { registerBank, registerDriver, registerProcess } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { example } from './register-bank-example.ts';
import { masterOf, run } from './register-bank-run.ts';

const bench = hardwareBench();

test('as functions, over a simulator that steps inside of them', () => {
  const sim = bench.simulate(registerBank(example));
  const master = masterOf(sim);
  const driver = registerDriver(example, (address) => run(sim, master.read(address)), (address, data) => void run(sim, master.write(address, data)));
  expect(driver.id.read()).toEqual({ major: 3n, minor: 1n });
  expect(driver.control.read()).toEqual({ enable: false, mode: 5n, policy: 'RoundRobin' });
  driver.control.write({ enable: true, mode: 77, policy: 'Dwrr' });
  driver.control.policy.write('Fcfs');
  expect(sim.io.regs.control).toEqual({ enable: true, mode: 77n, policy: 'Fcfs' });
  driver.control.update({ mode: 78n });
  expect(driver.control.mode.read()).toBe(78n);
  driver.base.write(0x1122_3344_5566_7788n);
  expect(sim.io.regs.base).toBe(0x1122_3344_5566_7788n);
  sim.io.regs.irq.set = { done: true, errors: 5 };
  sim.step();
  sim.io.regs.irq.set = { done: false, errors: 0 };
  driver.irq.write({ errors: 4 });
  expect(driver.irq.read()).toEqual({ done: true, errors: 1n });
  driver.start.go.write(true);
  expect(sim.io.regs.start.value.go).toBe(true);
  driver.mix.update({ threshold: 300 });
  driver.mix.flush.write(true);
  expect(driver.mix.read()).toEqual({ threshold: 300n, above: false, seen: 0n, version: 9n });
  driver.page(3).base.write(0xdead_beef_0bad_cafen);
  expect(driver.page(3).base.read()).toBe(0xdead_beef_0bad_cafen);
  expect(driver.page(2).base.read()).toBe(0xfedc_ba98_7654_3210n);
  sim.io.regs.page.beats = [false, false, false, true, false];
  sim.step(10);
  sim.io.regs.page.beats = [false, false, false, false, false];
  expect(driver.page(3).beats.read()).toBe(10n);
  driver.page(3).beats.clear();
  expect(driver.page(3).beats.read()).toBe(0n);
  expect(driver.page(4).tail.address).toBe(0x40 + 4 * 64 + 0x1c);
  expect(() => driver.page(5)).toThrow('registers example: page has elements 0 to 4, not 5');
  expect(() => driver.bytes.clear()).toThrow('counter bytes cannot be cleared: it was made without { clear: true }');
  expect(() => driver.control.mode.write(1024)).toThrow('mode is a whole number of 10 bits, not 1024');
  // @ts-expect-error: not a label
  expect(() => driver.control.policy.write('Lottery')).toThrow('policy is one of Fcfs, RoundRobin, Dwrr, not "Lottery"');
  // @ts-expect-error: no such field
  expect(() => driver.control.update({ speed: 1 })).toThrow('register control has no field "speed"; it has enable, mode, policy');
  // @ts-expect-error: read-only
  expect(driver.status.level.write).toBeDefined();
  // @ts-expect-error: write-only
  expect(driver.bell.read).toBeDefined();
});

test('as processes', () => {
  const sim = bench.simulate(registerBank(example));
  let level: bigint | undefined;
  sim.io.regs.status.level = 99;
  sim.start((function* (): Process {
    const driver = registerProcess(example, masterOf(sim));
    yield* driver.page(1).limits.write({ entries: 4, bytes: 100 });
    yield* driver.page(1).bell.write({ tail: 5, urgent: false });
    level = yield* driver.status.level.read();
  })());
  sim.io.regs.page.limits.index = 1;
  sim.step(30);
  expect(level).toBe(99n);
  expect(sim.io.regs.page.limits.value).toEqual({ entries: 4n, bytes: 100n });
});

test('an index of no element looks up element 0', () => {
  const sim = bench.simulate(registerBank(example));
  const master = masterOf(sim);
  const driver = registerDriver(example, (address) => run(sim, master.read(address)), (address, data) => void run(sim, master.write(address, data)));
  driver.page(0).limits.write({ entries: 3, bytes: 70 });
  driver.page(1).limits.write({ entries: 4, bytes: 100 });
  for (const index of [5, 6, 7]) {
    sim.io.regs.page.limits.index = index;
    sim.step();
    expect(sim.io.regs.page.limits.value, `index ${index}`).toEqual({ entries: 3n, bytes: 70n });
  }
});

bench.verilog();
