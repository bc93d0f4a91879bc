/** Idle after enough still cycles; the first of several deadlines, of both widths, before and behind where they wrap. */
import { expect, test } from 'vitest';
import { idleTime } from '../../hw/idle-time.ts';
import { random } from '../../sim/random.ts';
import { hardwareBench } from '../hdl/support/bench.ts';

const bench = hardwareBench();

test('idle comes after eight still cycles, and goes with the first that is not', () => {
  const sim = bench.simulate(idleTime({ precise: 1, slow: 1 }));
  const idle = (stills: readonly number[]): number[] => stills.map((still) => {
    sim.io.still = still === 1;
    sim.step();
    return Number(sim.sampled.idle);
  });
  expect(idle([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1])).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
});

test.each([[3, 1], [1, 3], [4, 2]])('%i and %i deadlines: the first counts', (precise, slow) => {
  const sim = bench.simulate(idleTime({ precise, slow }));
  const draw = random(precise);
  const most = 2 ** 31;
  let valid = 0;
  for (let round = 0; round < 300; round += 1) {
    // Near where one of the two wraps, or anywhere.
    const base = [2 ** 34, 2 ** 42, 2 ** 40 + 2 ** 39][draw.below(3)]!;
    const now = (base - draw.below(5000) + 2 ** 42) % 2 ** 42;
    const times = (count: number, unit: number, range: number) => Array.from({ length: count }, () => {
      const left = 1 + draw.below(draw.below(2) === 0 ? 5000 : most - 5000);
      // The first tick of which it is so long to.
      const at = Math.ceil((now + left) / unit);
      return { valid: draw.below(3) > 0, at, payload: at % range };
    });
    const all = { precise: times(precise, 1, 2 ** 42), slow: times(slow, 1024, 2 ** 24) };
    sim.io.now = now;
    for (const key of ['precise', 'slow'] as const) {
      for (const [i, { valid: isArmed, payload }] of all[key].entries()) {
        sim.io[key][i]!.valid = isArmed;
        sim.io[key][i]!.payload = payload;
      }
    }
    sim.step();
    const ends = all.precise.filter((one) => one.valid).map(({ at }) => at).concat(all.slow.filter((one) => one.valid).map(({ at }) => at * 1024));
    expect(sim.sampled.next_deadline.valid).toBe(ends.length > 0);
    if (ends.length === 0) continue;
    valid += 1;
    expect(Number(sim.sampled.next_deadline.payload)).toBe(Math.min(...ends) % 2 ** 42);
  }
  expect(valid).toBeGreaterThan(200);
});

bench.verilog();
