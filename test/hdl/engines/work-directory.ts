/** Temporary folders of native tools: gone after success, kept and named when something failed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceFile } from './subject.ts';

export class KeptDirectoryError extends Error {
  readonly directory: string;

  constructor(message: string, directory: string, cause: unknown) {
    super(message, { cause });
    this.name = 'KeptDirectoryError';
    this.directory = directory;
  }
}

/**
 * Runs `work` in a new folder and removes the folder afterwards. If `work` throws the folder stays and the message
 * ends with its path; `keep` keeps it in any case.
 */
export async function inWorkDirectory<T>(purpose: string, work: (directory: string) => Promise<T>, keep = false): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), `vtoe-${purpose}-`));
  let result: T;
  try {
    result = await work(directory);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new KeptDirectoryError(`${message}\n(work directory kept: ${directory})`, directory, error);
  }
  if (!keep) await rm(directory, { recursive: true, force: true });
  return result;
}

export async function writeFiles(directory: string, files: Iterable<SourceFile>): Promise<void> {
  await Promise.all([...files].map((file) => writeFile(join(directory, file.name), file.text)));
}
