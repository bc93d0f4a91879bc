/** Faults become Aborts of the connection's present life, in order; beyond eight that wait they are counted. */
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { faultAbort } from '../../../hw/tcp/fault-abort.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const CONFIG = config({ connections: 16, vms: 2 });
/** The life of each slot, as the connections' table has it. */
const generationOf = (connection: number) => 1000 + 3 * connection;

test.each([[100, 5], [30, 5], [5, 40]])('pipeline ready in %i percent of cycles, a fault in %i percent', (ready, faults) => {
  const sim = bench.simulate(faultAbort(CONFIG));
  const draw = random(ready + faults);
  const expected: number[] = [];
  let [asked, forgotten, given] = [0, 0, 0];
  for (let cycle = 0; cycle < 3000; cycle++) {
    const fault = cycle < 2500 && draw.chance(faults / 100);
    const connection = draw.below(16);
    sim.io.fault.valid = fault;
    sim.io.fault.payload = connection;
    sim.io.abort.ready = cycle >= 2500 || draw.chance(ready / 100);
    sim.io.generation = generationOf(asked);
    sim.step();
    if (sim.sampled.forgotten) forgotten++;
    else if (fault) expected.push(connection);
    const { abort } = sim.sampled;
    if (abort.valid && abort.ready) {
      const next = expected.shift()!;
      expect(abort.payload).toMatchObject({ connection: BigInt(next), generation: BigInt(generationOf(next)), event: { kind: 'Abort', cause: 'Fault' } });
      given++;
    }
    asked = Number(sim.sampled.index);
  }
  expect(expected).toEqual([]);
  expect(given).toBeGreaterThan(50);
  expect(forgotten > 0).toBe(ready < faults);
  expect(sim.io.idle).toBe(true);
});

bench.verilog();
