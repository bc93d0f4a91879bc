/** README shows what `npm start` prints. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('npm start prints what README shows, and leaves what it names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vtoe-start-'));
  try {
    const printed = execFileSync(process.execPath, ['--enable-source-maps', join(ROOT, 'dist', 'bin', 'start.js')], { cwd: folder, encoding: 'utf8' });
    const shown = /<!-- start-output -->\s*```\w*\n(.*?)```\s*<!-- \/start-output -->/s.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))?.[1];
    expect(printed.trim()).toBe(shown?.trim());
    expect(readdirSync(join(folder, 'out', 'example')).toSorted()).toEqual(['checksum.v', 'checksum.vcd', 'fifo_Word_d4.v']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
