/** The design with a fault planted in its source: shows that a test can fail. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Inside of the project, so that the packages are found; ignored by git. */
const PLACE = join(ROOT, 'dist', 'planted');

export interface Plant {
  /** Below `hw/`. */
  readonly file: string;
  /** Stands in the file once. */
  readonly from: string;
  readonly to: string;
}

const copies: string[] = [];
afterAll(async () => { await Promise.all(copies.map((copy) => rm(copy, { recursive: true, force: true }))); });

/** The module `entry` (below `hw/`) of a copy of the design with these faults. @throws Error if a plant's place is not there exactly once */
export async function planted<T>(entry: string, plants: readonly Plant[]): Promise<T> {
  mkdirSync(PLACE, { recursive: true });
  const copy = await mkdtemp(join(PLACE, 'hw-'));
  copies.push(copy);
  // Without the project file, whose paths would lead nowhere from there.
  await cp(join(ROOT, 'hw'), copy, { recursive: true, filter: (source) => !source.endsWith('tsconfig.json') });
  for (const { file, from, to } of plants) {
    const text = await readFile(join(copy, file), 'utf8');
    if (text.split(from).length !== 2) throw new Error(`${file} has not exactly one place that reads ${from}`);
    await writeFile(join(copy, file), text.replace(from, () => to));
  }
  return await import(/* @vite-ignore */ join(copy, entry)) as T;
}
