import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withLock } from '../../../../sim/engine/verilator/cache-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'vtoe-lock-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('one after the other, also after an error', async () => {
  const file = join(folder, 'turns');
  const order: string[] = [];
  const work = (name: string, fails = false) => withLock(file, async () => {
    order.push(`${name} starts`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    order.push(`${name} ends`);
    if (fails) throw new Error('no luck');
  });
  const first = work('first', true);
  await Promise.all([expect(first).rejects.toThrow('no luck'), work('second')]);
  expect(order).toEqual(['first starts', 'first ends', 'second starts', 'second ends']);
  expect(existsSync(file)).toBe(false);
});

test('who died holds nothing', async () => {
  const file = join(folder, 'dead');
  const { pid } = spawnSync('true');
  writeFileSync(file, `${pid} ${hostname()}`);
  let isDone = false;
  await withLock(file, async () => { isDone = true; });
  expect(isDone).toBe(true);
  expect(existsSync(file)).toBe(false);
});

test('another machine is not waited for, and keeps its lock', async () => {
  const file = join(folder, 'elsewhere');
  writeFileSync(file, `1 not-${hostname()}`);
  let isDone = false;
  await withLock(file, async () => { isDone = true; });
  expect(isDone).toBe(true);
  expect(existsSync(file)).toBe(true);
});
