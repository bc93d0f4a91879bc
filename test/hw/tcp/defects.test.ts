/** The scenarios of `test/sim/tcp/defects.ts` with the step in hardware, and with each defect planted there. */
import { createEngine, elaborate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { random } from '../../../sim/random.ts';
import { DEFECTS } from '../../sim/tcp/defects.ts';
import { randomRun, run } from '../../sim/tcp/network.ts';
import { defectPlants } from './plants/defect-plants.ts';
import { activate, plant } from './plants/plant.ts';
import { hardwareStep } from './step/hardware-step.ts';
import { stepUnderTest } from './step/compare.ts';

const engine = createEngine(plant(elaborate(stepUnderTest()), defectPlants(DEFECTS.map(({ name }) => name))), { gating: 'never' });
const step = hardwareStep(engine);

describe.each(DEFECTS.map(({ name, scenario }, i) => ({ name, scenario, k: i + 1 })))('$name', ({ scenario, k }) => {
  test('does not happen', () => {
    activate(engine, 0);
    scenario(step);
  });
  test('is found when planted', () => {
    activate(engine, k);
    expect(() => scenario(step)).toThrow(/expected|is not armed|the grant sends nothing/); // a check that failed, not a crash
  });
});

test('two ends in hardware: over lossy, reordering, duplicating links every byte arrives, in order, once, and both close', () => {
  activate(engine, 0);
  const runs = process.env['VTOE_LONG'] === '1' ? 5000 : 40;
  let [events, simultaneous] = [0, 0];
  for (let seed = 1; seed <= runs; seed++) {
    const stream = random(seed);
    const options = randomRun(stream);
    simultaneous += Number(options.simultaneous);
    events += run(stream, { ...options, step }).events;
  }
  console.log(`${runs} runs, ${simultaneous} opened from both ends, ${events} events`);
  expect(simultaneous).toBeGreaterThan(0);
}, 600_000);
