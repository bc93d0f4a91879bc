import { expect, test } from 'vitest';
import { dmaTimeout } from '../../../hw/dma/timeout.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();

/** The ticks in whose first cycle a period ends, of `ticks` ticks of 5 cycles. */
function ends(sim: ReturnType<typeof open>, ticks: number): number[] {
  const list: number[] = [];
  for (let cycle = 5; cycle < 5 * (ticks + 1); cycle++) {
    sim.io.tick = Math.floor(cycle / 5) % 2 === 1;
    if (sim.io.period) {
      expect(cycle % 5, 'in the first cycle of a tick').toBe(0);
      list.push(cycle / 5);
    }
    sim.step();
  }
  return list;
}
const open = () => {
  const sim = bench.simulate(dmaTimeout);
  sim.io.busy = true;
  sim.step();
  return sim;
};

test.each([[1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]], [3, [3, 6, 9]], [7, [7]], [65_535, []], [0, []]])('%i ticks a period', (most, expected) => {
  const sim = open();
  sim.io.ticks = most;
  expect(ends(sim, 10)).toEqual(expected);
});

test('a register that becomes smaller counts at the next tick', () => {
  const sim = open();
  sim.io.ticks = 100;
  expect(ends(sim, 6)).toEqual([]);
  sim.io.ticks = 4;
  expect(ends(sim, 10)).toEqual([1, 5, 9]);
});

test('while nothing is under way, nothing changes; then it counts from the next tick on', () => {
  const sim = open();
  sim.io.ticks = 3;
  expect(ends(sim, 2)).toEqual([]);
  sim.io.busy = false;
  sim.step(2);
  const state = () => ['awake', 'was', 'passed'].map((name) => sim.peek(name));
  const asleep = state();
  for (let cycle = 0; cycle < 20; cycle++) {
    sim.io.tick = cycle % 3 === 0;
    expect(sim.io.period).toBe(false);
    sim.step();
    expect(state()).toEqual(asleep);
  }
  sim.io.tick = false;
  sim.io.busy = true;
  sim.step();
  expect(ends(sim, 7)).toEqual([3, 6]);
});

bench.verilog();
