/** One process at a time. A process that died holds nothing; one of another machine is not waited for. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MILLISECONDS = 100;

/** The lock saves work and protects nothing: whoever gets it wrongly does the work twice. */
export async function withLock(file: string, work: () => Promise<void>): Promise<void> {
  const isMine = await take(file);
  try {
    await work();
  } finally {
    if (isMine) await rm(file, { force: true });
  }
}

/** False if another machine has it. */
async function take(file: string): Promise<boolean> {
  for (;;) {
    try {
      await writeFile(file, `${process.pid} ${hostname()}`, { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const [pid, host] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
    if (host !== undefined && host !== hostname()) return false;
    if (host !== undefined && !isAlive(Number(pid))) await rm(file, { force: true });
    else await sleep(POLL_MILLISECONDS);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
