/**
 * What was compiled, kept for the next time: folders named by a hash of everything that went into them.
 *
 * A folder is filled beside the cache and moved there in one step, so that others see all of it or nothing. It has a
 * list of its files and their hashes: one that does not fit it any more is made again.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { withLock } from './cache-lock.ts';

/** Beyond, what was not used for longest is removed. */
export const CACHE_BYTES = 2 ** 30;

const LIST = 'files.json';
const FRESH = 'fresh-';
const DAY_MILLISECONDS = 86_400_000;

/** `$XDG_CACHE_HOME/vtoe`, else a folder of the user's own among temporary files. */
export function cacheDirectory(): string {
  const home = process.env['XDG_CACHE_HOME'];
  return home === undefined || home === '' ? join(tmpdir(), `vtoe-cache-${userInfo().uid}`) : join(home, 'vtoe');
}

export function hashOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  // Lengths, too: else a character could change sides.
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('hex').slice(0, 32);
}

/** By folder: what two ask for at once is made once. */
const making = new Map<string, Promise<string>>();

/**
 * The folder of `key`; `make` fills a new one, if there is none that is whole.
 * @throws what `make` throws; Error if the cache is somebody else's
 */
export async function cached(cache: string, key: string, make: (directory: string) => Promise<void>): Promise<string> {
  const directory = join(cache, key);
  let made = making.get(directory);
  if (made === undefined) {
    made = find(cache, directory, make).finally(() => making.delete(directory));
    making.set(directory, made);
  }
  return made;
}

async function find(cache: string, directory: string, make: (directory: string) => Promise<void>): Promise<string> {
  await ownDirectory(cache);
  if (await isWhole(directory)) {
    const now = new Date();
    // It is only for the order of removal: a cache that cannot be written is still good to read.
    await utimes(join(directory, LIST), now, now).catch(() => {});
    return directory;
  }
  // What takes minutes is not done by two processes at once.
  await withLock(`${directory}.lock`, async () => {
    if (await isWhole(directory)) return;
    const fresh = await mkdtemp(join(cache, FRESH));
    try {
      await make(fresh);
      const files = Object.fromEntries(await Promise.all((await readdir(fresh)).map(async (name) => [name, await fileHash(join(fresh, name))] as const)));
      await writeFile(join(fresh, LIST), JSON.stringify(files));
      await putInPlace(fresh, directory);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  });
  await prune(cache, CACHE_BYTES);
  return directory;
}

/** Removes everything that was compiled. */
export async function cleanCache(cache = cacheDirectory()): Promise<void> {
  await rm(cache, { recursive: true, force: true });
}

/** Code from there is run: it must be nobody else's. */
async function ownDirectory(cache: string): Promise<void> {
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const { uid } = await lstat(cache);
  if (uid !== userInfo().uid) throw new Error(`${cache} is of another user, and code is not run from there: set XDG_CACHE_HOME to a folder of your own`);
}

async function putInPlace(fresh: string, directory: string): Promise<void> {
  try {
    await rename(fresh, directory);
  } catch (error) {
    // There is something: another process was faster, or it is what was found broken.
    if (await isWhole(directory)) return;
    const broken = `${fresh}-broken`;
    await rename(directory, broken).catch(() => {
      throw error;
    });
    await rename(fresh, directory);
    await rm(broken, { recursive: true, force: true });
  }
}

async function isWhole(directory: string): Promise<boolean> {
  try {
    const files = JSON.parse(await readFile(join(directory, LIST), 'utf8')) as Record<string, string>;
    const hashes = await Promise.all(Object.keys(files).map((name) => fileHash(join(directory, name))));
    return Object.values(files).every((hash, i) => hash === hashes[i]);
  } catch {
    return false;
  }
}

async function fileHash(file: string): Promise<string> {
  return createHash('sha256').update(await readFile(file)).digest('hex');
}

/** Others may be doing the same: what is gone already is no error. A library that runs stays in memory without its file. */
export async function prune(cache: string, bytes: number): Promise<void> {
  const entries = (await Promise.all((await readdir(cache)).map((name) => measure(join(cache, name)).catch(() => undefined)))).filter((entry) => entry !== undefined);
  let total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  for (const { directory, bytes: size, used, isFresh } of entries.toSorted((a, b) => a.used - b.used)) {
    // A build that was cut short leaves its folder.
    const isForgotten = isFresh && Date.now() - used > DAY_MILLISECONDS;
    if (isForgotten || (total > bytes && !isFresh)) {
      await rm(directory, { recursive: true, force: true });
      total -= size;
    }
  }
}

async function measure(directory: string): Promise<{ readonly directory: string; readonly bytes: number; readonly used: number; readonly isFresh: boolean }> {
  const isFresh = directory.includes(`/${FRESH}`);
  const sizes = await Promise.all((await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size));
  const { mtimeMs } = await stat(isFresh ? directory : join(directory, LIST));
  return { directory, isFresh, used: mtimeMs, bytes: sizes.reduce((a, b) => a + b, 0) };
}
