/** Faults become Aborts of the life that the connection had then, of each port in order; those beyond the room are counted. */
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { PLACES_UNDER_WAY } from '../../../hw/net/rx-place.ts';
import { faultAbort } from '../../../hw/tcp/fault-abort.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const CONFIG = config({ connections: 16, vms: 2 });
const PORTS = ['unread', 'unplaced'] as const;

test.each([[100, 5, 0], [100, 0, 5], [100, 5, 5], [30, 5, 10], [5, 40, 0], [5, 0, 40], [10, 30, 30]])('pipeline ready in %i percent of cycles, payload not read in %i, not placed in %i', (ready, unread, unplaced) => {
  const sim = bench.simulate(faultAbort(CONFIG));
  const draw = random(ready + 100 * unread + 10_000 * unplaced);
  const chance = { unread: unread / 100, unplaced: unplaced / 100 };
  const expected = { unread: [] as number[], unplaced: [] as number[] };
  /** What was answered to whom. */
  const lives = new Set<string>();
  const forgotten = { unread: 0, unplaced: 0 };
  let [asked, given] = [0, 0];
  for (let cycle = 0; cycle < 3000; cycle++) {
    for (const port of PORTS) {
      sim.io[port].valid = cycle < 2000 && draw.chance(chance[port]);
      // The number says the port.
      sim.io[port].payload = 2 * draw.below(8) + PORTS.indexOf(port);
    }
    sim.io.abort.ready = cycle >= 2000 || draw.chance(ready / 100);
    // Each cycle another life: what an Abort says must be the answer to its own question.
    const generation = draw.below(65_536);
    sim.io.generation = generation;
    lives.add(`${asked}: ${generation}`);
    sim.step();
    for (const port of PORTS) {
      if (sim.sampled[`${port}_forgotten`]) forgotten[port]++;
      else if (sim.io[port].valid) expected[port].push(Number(sim.io[port].payload));
    }
    const { abort } = sim.sampled;
    if (abort.valid && abort.ready) {
      expect(abort.payload.event).toMatchObject({ kind: 'Abort', cause: 'Fault' });
      const connection = Number(abort.payload.connection);
      expect(lives.has(`${connection}: ${abort.payload.generation}`)).toBe(true);
      expect(expected[PORTS[connection % 2]!].shift(), 'each port in order').toBe(connection);
      given++;
    }
    asked = Number(sim.sampled.index);
  }
  expect(given).toBeGreaterThan(50);
  expect(forgotten.unread > 0).toBe(unread > ready);
  expect(forgotten.unplaced > 0).toBe(unplaced + unread > ready && unplaced > 0);
  expect(sim.io.idle).toBe(true);
});

test('from a fault to its Abort: two cycles, of either port', () => {
  for (const port of PORTS) {
    const sim = bench.simulate(faultAbort(CONFIG));
    sim.io[port].valid = true;
    sim.io[port].payload = 9;
    sim.step();
    sim.io[port].valid = false;
    let cycles = 1;
    for (; !sim.io.abort.valid; cycles++) {
      sim.io.generation = 700 + cycles;
      sim.step();
    }
    expect([port, cycles, sim.io.abort.payload.generation]).toEqual(port === 'unread' ? [port, 2, 701n] : [port, 3, 702n]);
  }
});

test('while nothing is taken: 8 wait with their life, 32 that were not placed without it', () => {
  const sim = bench.simulate(faultAbort(CONFIG));
  const forgotten = { unread: 0, unplaced: 0 };
  sim.io.unplaced.valid = true;
  for (let i = 0; i < 60; i++) {
    sim.step();
    if (sim.sampled.unplaced_forgotten) forgotten.unplaced++;
  }
  sim.io.unplaced.valid = false;
  sim.io.unread.valid = true;
  sim.step();
  if (sim.sampled.unread_forgotten) forgotten.unread++;
  expect(forgotten).toEqual({ unread: 1, unplaced: 60 - 8 - PLACES_UNDER_WAY });
});

bench.verilog();
