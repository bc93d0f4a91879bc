/** A native engine runs many designs in one build; here the build that fails is narrowed down to the designs at fault. */
import type { Outcome, Subject } from './subject.ts';
import { KeptDirectoryError } from './work-directory.ts';
import { ToolError } from './tool.ts';
import { rm } from 'node:fs/promises';

/** Runs subjects and gives one outcome each, in order. */
export type NativeEngine = (subjects: readonly Subject[], options?: NativeOptions) => Promise<Outcome[]>;

export interface NativeOptions {
  /** Leave the work directory in place. */
  readonly keep?: boolean;
}

/**
 * Makes an engine out of `build`, which throws a {@link ToolError} when the tool rejects the batch. Then the batch is
 * halved until the rejected designs stand alone: their outcome is the tool's message, the others run.
 */
export function batched(build: (subjects: readonly Subject[], options: NativeOptions) => Promise<Outcome[]>): NativeEngine {
  const run: NativeEngine = async (subjects, options = {}) => {
    if (subjects.length === 0) return [];
    try {
      return await build(subjects, options);
    } catch (error) {
      if (!(error instanceof KeptDirectoryError && error.cause instanceof ToolError)) throw error;
      if (subjects.length === 1) return [{ error: error.message }];
      await rm(error.directory, { recursive: true, force: true });
      const half = subjects.length >> 1;
      return [...await run(subjects.slice(0, half), options), ...await run(subjects.slice(half), options)];
    }
  };
  return run;
}
