/** Everything that is measured of one design. */
import { type BuiltinEngine, createEngine, elaborate, emit } from '@vtoe/hdl';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RANDOM_SEED } from '../engines/bench.ts';
import { portsOf } from '../engines/builtin.ts';
import { filesOf } from '../engines/emitted.ts';
import { inWorkDirectory, type Keep, writeFiles } from '../engines/work-directory.ts';
import { toeLike } from '../support/toe-like.ts';
import { builtinContender, type BuiltinOptions } from './builtin.ts';
import type { Contender } from './contender.ts';
import { figure, type KindName, type MeasuredFigure } from './figures.ts';
import { buildIcarus, icarusContender } from './icarus.ts';
import { race, type RaceOptions, type Result } from './race.ts';
import { type Recording, rowLayout } from './recording.ts';
import { ratios, spreadOf, type Spread } from './statistics.ts';
import { tracedCycle } from './trace.ts';
import { record } from './traffic.ts';
import { buildVerilator, OPTIMISATIONS, verilatorContender } from './verilator.ts';
import { verilatorDriver } from './verilator-driver.ts';

export interface Subject {
  /** First part of its figures' names. */
  readonly design: string;
  readonly lanes: number;
  /** Goals are for large designs: in a small one, what every cycle costs weighs more. */
  readonly hasGoals: boolean;
}

export interface MeasureOptions extends Omit<RaceOptions, 'title'> {
  /** One bit of the built-in engine's state is wrong, which must be found. */
  readonly plant: boolean;
  readonly keep: Keep;
  progress(text: string): void;
}

export interface Measurement {
  readonly design: string;
  readonly figures: readonly MeasuredFigure[];
  /** Every contender's rounds. */
  readonly results: readonly ActivityResult[];
}

export interface ActivityResult extends Result {
  readonly activity: string;
}

/** How many of the lanes are busy, and what that adds to a figure's name. */
const ACTIVITIES = [
  { activity: 'all busy', prefix: '', busy: (lanes: number) => lanes },
  { activity: 'a quarter busy', prefix: 'idle_', busy: (lanes: number) => lanes / 4 },
  { activity: 'all idle', prefix: 'allidle_', busy: () => 0 },
] as const;

/** Longer than any lane's frame; small enough for a cache. */
const ROWS = 2048;
const SEED = 1;

/** @throws MismatchError if engines differ */
export async function measure({ design: name, lanes, hasGoals }: Subject, options: MeasureOptions): Promise<Measurement> {
  const { plant, keep } = options;
  const progress = (text: string): void => options.progress(`${name}: ${text}`);
  const design = elaborate(toeLike(lanes));
  progress('first cycle');
  const create = (): BuiltinEngine => createEngine(design, { seed: RANDOM_SEED, assertions: false });
  const start = performance.now();
  const engine = create();
  engine.run(1);
  const firstCycle = (performance.now() - start) / 1000;
  const powerUp = create().save();

  const layout = rowLayout(engine);
  const { outputs } = portsOf(design);
  const recordings = ACTIVITIES.map(({ activity, prefix, busy }) =>
    ({ activity, prefix, recording: record(layout, { seed: SEED, rows: ROWS, busyLanes: busy(lanes) }) }));
  const { recording: busy } = recordings[0]!;
  const { top, files: texts } = emit(design);
  const files = filesOf(texts);

  const builtin = async (recording: Recording, contender?: BuiltinOptions, on = engine): Promise<Contender> => {
    on.restore(powerUp);
    await warmUp(builtinContender(on, recording, contender), options);
    on.restore(powerUp);
    const ready = builtinContender(on, recording, contender);
    if (plant) on.poke('lane_0.decide.count', 1n);
    return ready;
  };

  const figures = new Map<KindName, number | Spread>();
  const results: ActivityResult[] = [];
  const run = async (activity: string, contenders: readonly Contender[]): Promise<readonly ActivityResult[]> => {
    progress(`${activity}: ${contenders.map((one) => one.name).join(', ')}`);
    try {
      return (await race(contenders, { ...options, title: `${name}, ${activity}` })).map((result) => ({ ...result, activity }));
    } finally {
      await Promise.all(contenders.map((one) => one.close()));
    }
  };

  await inWorkDirectory('speed', async (directory) => {
    await writeFiles(directory, files);
    await buildIcarus(directory, top, files, outputs, busy);
    // The built-in engine runs along for its outputs: so few cycles are no measure of it.
    const [, icarus] = await run('all busy', [await builtin(busy), icarusContender(directory)]);

    progress(`building with Verilator and g++ ${OPTIMISATIONS.join(', ')}`);
    await buildVerilator(directory, top, files, verilatorDriver(layout, outputs));
    for (const { activity, prefix, recording } of recordings) {
      const file = `recording-${prefix}.bin`;
      await writeFile(join(directory, file), recording.limbs);
      const [own, ...builds] = await run(activity, [await builtin(recording), ...OPTIMISATIONS.map((one) => verilatorContender(directory, one, file))]);
      const verilator = builds.reduce((best, one) => (spreadOf(one.speeds).median > spreadOf(best.speeds).median ? one : best));
      results.push(own!, ...builds);
      figures.set(`${prefix}builtin_over_verilator`, spreadOf(ratios(own!.speeds, verilator.speeds)));
      figures.set(`${prefix}builtin_khz`, kilohertz(own!));
      figures.set(`${prefix}verilator_khz`, kilohertz(verilator));
      if (recording === busy) figures.set('builtin_over_icarus', spreadOf(own!.speeds).median / spreadOf(icarus!.speeds).median);
    }
    results.push(icarus!);
    figures.set('icarus_khz', kilohertz(icarus!));
  }, keep);

  const traced = create();
  const [plain, slow] = await run('all busy', [
    await builtin(busy), await builtin(busy, { name: 'built-in, traced', cycle: tracedCycle(traced) }, traced),
  ]);
  results.push(slow!);
  figures.set('trace_slowdown', spreadOf(ratios(plain!.speeds, slow!.speeds)));
  figures.set('builtin_first_cycle_s', firstCycle);
  return { design: name, figures: [...figures].map(([kind, value]) => figure(name, kind, value, hasGoals)), results };
}

/** Until V8 has replaced all code that it compiled in haste. */
async function warmUp(contender: Contender, { cycles }: MeasureOptions): Promise<void> {
  const least = cycles === undefined ? 1 : 0;
  let seconds = 0;
  do seconds += await contender.run(100); while (seconds < least);
}

function kilohertz({ speeds }: Result): Spread {
  return spreadOf(speeds.map((speed) => speed / 1000));
}
