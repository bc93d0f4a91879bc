/** A million events through the pipeline, ten with VTOE_LONG=1: no difference to the model, every transition seen. */
import { createEngine, elaborate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config, type Config } from '../../../hw/config.ts';
import { STEP_STAGES } from '../../../hw/tcp/step/step.ts';
import { tcpPipeline } from '../../../hw/tcp/pipeline.ts';
import { COUNTERS } from '../../../sim/tcp/actions.ts';
import { STATES, type State } from '../../../sim/tcp/tcb.ts';
import { TRANSITIONS } from '../../../sim/tcp/transitions.ts';
import { CONSTANT_SETS } from './constant-sets.ts';
import { Lockstep, transitionsOf } from './lockstep.ts';

const LONG = process.env['VTOE_LONG'] === '1';
const EVENTS = LONG ? 10_000_000 : 1_000_000;

describe('steered events through the pipeline with all cuts', () => {
  const parameters = config({ connections: 16 });
  const design = elaborate(tcpPipeline(parameters));
  const transitions = new Map<string, number>();
  const counters = new Map<string, number>();
  let events = 0;
  const share = { 'as after reset': 0.6 } as Readonly<Record<string, number>>;

  for (const [i, [name, constants]] of Object.entries(CONSTANT_SETS).entries()) {
    test(`constants ${name}`, () => {
      const run = new Lockstep(createEngine(design, { gating: 'never' }), parameters, { seed: 100 + i, constants });
      expect(run.run(Math.ceil(EVENTS * (share[name] ?? 0.2)))).toBeUndefined();
      const { seen } = run;
      events += seen.events;
      for (const [change, count] of transitionsOf(seen)) transitions.set(change, (transitions.get(change) ?? 0) + count);
      for (const [counter, count] of seen.counters) counters.set(counter, (counters.get(counter) ?? 0) + count);
      console.log(`${seen.events} events in ${seen.cycles} cycles, ${seen.held} held back for their connection, longest wait ${seen.longestWait} cycles, ${seen.stale} stale`);
      expect(seen.held).toBeGreaterThan(seen.events / 100);
      expect(seen.stale).toBeGreaterThan(seen.events / 1000);
      // A connection's turn comes every 4 cycles, and there are four sources.
      expect(seen.longestWait).toBeLessThanOrEqual(16);
    }, 1_200_000);
  }

  test('every legal transition of every state is seen in hardware, and no other', () => {
    const legal = STATES.flatMap((from: State) => TRANSITIONS[from].map((to) => `${from} -> ${to}`));
    console.log(`${events} events, 0 differences\n${legal.map((change) => `  ${change.padEnd(30)} ${transitions.get(change) ?? 0}`).join('\n')}`);
    expect(events).toBeGreaterThanOrEqual(EVENTS);
    expect([...transitions.keys()].filter((change) => { const [from, to] = change.split(' -> '); return from !== to; }).toSorted()).toEqual(legal.toSorted());
  });

  test('every counter counts', () => {
    expect(COUNTERS.filter((counter) => !counters.has(counter))).toEqual([]);
  });
});

describe('any subset of cuts', () => {
  for (let bits = 0; bits < 2 ** STEP_STAGES.length; bits++) {
    const pipelineCuts: Config['pipelineCuts'] = STEP_STAGES.filter((_, i) => (bits & (1 << i)) !== 0);
    test(`${bits} of 15: ${pipelineCuts.join(', ')}`, () => {
      const parameters = config({ connections: 8, pipelineCuts });
      const run = new Lockstep(createEngine(elaborate(tcpPipeline(parameters)), { gating: 'never' }), parameters, { seed: 3, hotPercent: 50 });
      expect(run.run(LONG ? 200_000 : 3000)).toBeUndefined();
    }, 600_000);
  }
});
