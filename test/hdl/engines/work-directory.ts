/** Temporary folders of native tools: gone after success, kept and named when something failed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceFile } from './subject.ts';
import { MissingToolError, ToolError } from '../../../sim/native-tool.ts';

export class KeptDirectoryError extends Error {
  readonly directory: string;

  constructor(message: string, directory: string, cause: unknown) {
    super(message, { cause });
    this.name = 'KeptDirectoryError';
    this.directory = directory;
  }
}

/** When a folder stays: after failures (default), always, never. */
export type Keep = 'failed' | 'always' | 'never';

/** Runs `work` in a new folder. If `work` throws and the folder stays, the message ends with its path. */
export async function inWorkDirectory<T>(purpose: string, work: (directory: string) => Promise<T>, keep: Keep = 'failed'): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), `vtoe-${purpose}-`));
  let result: T;
  try {
    result = await work(directory);
  } catch (error) {
    // Without its tool nothing happened that a folder could tell of.
    if (keep === 'never' || error instanceof MissingToolError) {
      await remove(directory);
      throw error;
    }
    const message = error instanceof ToolError ? `${error.message}\n${error.output}` : error instanceof Error ? error.message : String(error);
    throw new KeptDirectoryError(`${message}\n(work directory kept: ${directory})`, directory, error);
  }
  if (keep !== 'always') await remove(directory);
  return result;
}

function remove(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true });
}

export async function writeFiles(directory: string, files: Iterable<SourceFile>): Promise<void> {
  await Promise.all([...files].map((file) => writeFile(join(directory, file.name), file.text)));
}
