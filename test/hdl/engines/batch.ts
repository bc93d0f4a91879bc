/** A native engine runs many designs in one build; here a build that fails is narrowed down to the designs at fault. */
import type { Outcome, Subject } from './subject.ts';
import { type Keep, KeptDirectoryError } from './work-directory.ts';
import { ToolError } from '../../../sim/native-tool.ts';

/** Runs subjects and gives one outcome each, in order. */
export type NativeEngine = (subjects: readonly Subject[], options?: NativeOptions) => Promise<Outcome[]>;

export interface NativeOptions {
  /** When the work directory stays. */
  readonly keep?: Keep;
}

/**
 * Makes an engine out of `build`, which throws a {@link ToolError} when the tool rejects the batch. Then the batch is
 * halved until the rejected designs stand alone: their outcome is the tool's message, the others run.
 */
export function batched(build: (subjects: readonly Subject[], keep: Keep) => Promise<Outcome[]>): NativeEngine {
  const run = async (subjects: readonly Subject[], keep: Keep): Promise<Outcome[]> => {
    if (subjects.length === 0) return [];
    try {
      // The folder of a batch that is split is of no use: that of the design at fault stays.
      return await build(subjects, subjects.length > 1 && keep === 'failed' ? 'never' : keep);
    } catch (error) {
      if (!isRejection(error)) throw error;
      if (subjects.length === 1) return [{ error: error.message }];
      const half = subjects.length >> 1;
      return [...await run(subjects.slice(0, half), keep), ...await run(subjects.slice(half), keep)];
    }
  };
  return (subjects, { keep = 'failed' } = {}) => run(subjects, keep);
}

function isRejection(error: unknown): error is Error {
  return error instanceof ToolError || (error instanceof KeptDirectoryError && error.cause instanceof ToolError);
}
