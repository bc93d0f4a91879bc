/** Runs consecutive seeds in batches: while native engines work on one batch, the next is prepared. */
import { setImmediate } from 'node:timers/promises';
import type { Counts } from './coverage/cells.ts';
import { measure } from './coverage/measure.ts';
import { generate, type GenerateOptions } from './generate/generate.ts';
import type { Failure } from './investigate.ts';
import { judge, type Preparation, prepare, type TrialOptions } from './trial.ts';

export interface CampaignOptions extends TrialOptions, GenerateOptions {
  readonly from: number;
  readonly seeds: number;
  readonly batch?: number;
  /** Where coverage is counted; none is measured without it. */
  readonly counts?: Counts | undefined;
  /** After each batch. */
  readonly progress?: (done: number, failures: number) => void;
}

/** Verilator's start-up and the reading of its header spread over a batch; larger ones only need more memory. */
const BATCH = 50;

/** All seeds whose designs the engines disagree on. */
export async function campaign(options: CampaignOptions): Promise<Failure[]> {
  const { from, seeds, batch = BATCH, counts, progress } = options;
  const failures: Failure[] = [];
  const finish = async (first: number, preparations: readonly Preparation[]): Promise<void> => {
    for (const [i, complaint] of (await judge(preparations, options)).entries()) {
      const { spec } = preparations[i]!;
      if (complaint !== undefined) failures.push({ spec, complaint });
      else if (counts !== undefined) {
        measure(spec, counts);
        await setImmediate();
      }
    }
    progress?.(first + preparations.length - from, failures.length);
  };
  let running: Promise<void> = Promise.resolve();
  for (let first = from; first < from + seeds; first += batch) {
    const preparations: Preparation[] = [];
    for (let seed = first; seed < Math.min(first + batch, from + seeds); seed += 1) {
      preparations.push(prepare(generate(seed, options), options));
      // Tools that have finished are waiting for their next step.
      await setImmediate();
    }
    await running;
    running = finish(first, preparations);
    // Awaited above or below; until then nobody listens.
    running.catch(() => {});
  }
  await running;
  return failures.sort((a, b) => a.spec.seed - b.spec.seed);
}
