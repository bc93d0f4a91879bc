/** Faults planted in the hardware, one small change each: the comparison with the model finds every one. */
import { createEngine, elaborate } from '@vtoe/hdl';
import { afterAll, describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { tcpPipeline } from '../../../hw/tcp/pipeline.ts';
import { CONSTANT_SETS } from './constant-sets.ts';
import { Lockstep } from './lockstep.ts';
import { PIPELINE_PLANTS } from './plants/pipeline-plants.ts';
import { activate, plant, type Plant } from './plants/plant.ts';
import { STEP_PLANTS } from './plants/step-plants.ts';
import { sequenceComparisons, wrapPlants } from './plants/wraps.ts';
import { ACK, FIN, PSH } from '../../../sim/tcp/segment.ts';
import { established, ISS } from '../../sim/tcp/connection.ts';
import { StepComparison, stepUnderTest } from './step/compare.ts';
import { hardwareStep } from './step/hardware-step.ts';

const SETS = [CONSTANT_SETS['as after reset']!, CONSTANT_SETS['impatient: everything short, few retries, no delay of ACKs']!];

/** How many events it takes until a fault shows; undefined: it did not in `most`. */
function eventsUntil(comparison: StepComparison, most: number): number | undefined {
  let events = 0;
  for (let seed = 1; events < most; seed++) {
    const run = comparison.run({ events: 20_000, seed, constants: SETS[seed % 2]! });
    events += run.events;
    if (run.difference !== undefined) return events;
  }
  return undefined;
}

const report = (title: string, found: ReadonlyMap<string, number>) => {
  console.log(`${title}: ${found.size} found\n${[...found].map(([name, events]) => `  ${String(events).padStart(7)}  ${name}`).join('\n')}`);
};

function planted(plants: readonly Plant[], make: () => ReturnType<typeof elaborate>) {
  return createEngine(plant(make(), plants), { gating: 'never', assertions: false });
}

describe('faults of the step, and the event at which each is found', () => {
  const engine = planted(STEP_PLANTS, () => elaborate(stepUnderTest()));
  const comparison = new StepComparison(engine);
  const found = new Map<string, number>();

  test('without a fault there is no difference', () => {
    activate(engine, 0);
    expect(eventsUntil(comparison, 20_000)).toBeUndefined();
  });
  test.each(STEP_PLANTS.map(({ name }, i) => [name, i + 1] as const))('%s', (name, k) => {
    activate(engine, k);
    const events = eventsUntil(comparison, 400_000);
    expect(events).toBeDefined();
    found.set(name, events!);
  });
  afterAll(() => { report('faults of the step', found); });
});

describe('sequence wrap in every comparison: as plain numbers, each is found', () => {
  const design = elaborate(stepUnderTest());
  const comparisons = sequenceComparisons(design);
  const plants = wrapPlants(comparisons);
  const engine = createEngine(plant(design, plants), { gating: 'never', assertions: false });
  const comparison = new StepComparison(engine);
  const found = new Map<string, number>();
  /** What no stream of events can tell apart, and why. */
  const SAME: readonly (readonly [end: string, reason: string])[] = [
    ['ack - tcb_snd_wl2', 'a segment that acknowledges nothing new has SEG.ACK = SND.UNA = WL2: whatever moves SND.UNA sets WL2'],
    [' tcb_rcv_nxt - tcb_last_ack_sent', 'only asked of the SYN,ACK of a simultaneous open, where both are IRS + 1'],
  ];
  const isSame = (name: string) => SAME.some(([end]) => name.endsWith(end));
  /** Differs for one value in 2^32: data that end at the last sequence number there is, and the FIN behind them, sent again. */
  const lastNumber = (name: string) => name.endsWith(' tcb_rxt_end - tcb_snd_tail');
  const finAgain = () => {
    const c = established({ step: hardwareStep(engine) });
    const last = 0xffff_ffff - ISS - 1;
    c.send(last);
    c.drain();
    c.segment({ ack: last - 100 });
    c.do({ kind: 'shutdown' });
    c.drain();
    c.fire('retransmit');
    expect(c.grant()).toMatchObject({ kind: 'retransmission', length: 100, flags: ACK | PSH | FIN });
  };

  test('there are as many as the step has', () => {
    expect(comparisons.length).toBeGreaterThan(50);
    expect(comparisons.filter(({ name }) => isSame(name) || lastNumber(name))).toHaveLength(3);
    activate(engine, 0);
    finAgain();
  });
  test.each(plants.map(({ name }, i) => [name, i + 1] as const))('%s', (name, k) => {
    activate(engine, k);
    if (lastNumber(name)) {
      expect(finAgain).toThrow(/expected/);
      return;
    }
    const events = eventsUntil(comparison, isSame(name) ? 20_000 : 400_000);
    if (isSame(name)) expect(events).toBeUndefined();
    else {
      expect(events).toBeDefined();
      found.set(name, events!);
    }
  });
  afterAll(() => { report('comparisons', found); });
});

describe('faults of the pipeline, and the event at which each is found', () => {
  const parameters = config({ connections: 8 });
  const found = new Map<string, number>();
  const engine = planted(PIPELINE_PLANTS, () => elaborate(tcpPipeline(parameters)));
  const start = engine.save();
  const events = (k: number, most: number): number | undefined => {
    engine.restore(start);
    activate(engine, k);
    const run = new Lockstep(engine, parameters, { seed: 2, hotPercent: 40 });
    return run.run(most) === undefined ? undefined : run.seen.events;
  };

  test('without a fault there is no difference', () => {
    expect(events(0, 5000)).toBeUndefined();
  });
  test.each(PIPELINE_PLANTS.map(({ name }, i) => [name, i + 1] as const))('%s', (name, k) => {
    const at = events(k, 60_000);
    expect(at).toBeDefined();
    found.set(name, at!);
  });
  afterAll(() => { report('faults of the pipeline', found); });
});
