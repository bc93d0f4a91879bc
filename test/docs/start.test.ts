/** README shows what `npm start` prints; the small example runs too. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the program of `bin/` prints, and the files that it leaves. */
function ran(program: string): { readonly printed: string; readonly files: readonly string[]; readonly text: (file: string) => string; readonly end: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'vtoe-start-'));
  const printed = execFileSync(process.execPath, ['--enable-source-maps', join(ROOT, 'dist', 'bin', `${program}.js`)], { cwd: folder, encoding: 'utf8' });
  const files = readdirSync(join(folder, 'out'), { recursive: true, encoding: 'utf8' }).toSorted();
  return { printed, files, text: (file) => readFileSync(join(folder, 'out', file), 'utf8'), end: () => rmSync(folder, { recursive: true }) };
}

test('npm start prints what README shows, and leaves what it names', () => {
  const { printed, files, text, end } = ran('start');
  const shown = /<!-- start-output -->\s*```\w*\n(.*?)```\s*<!-- \/start-output -->/s.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))?.[1];
  expect(printed.trim()).toBe(shown?.trim());
  expect(files.filter((file) => !file.startsWith('verilog'))).toEqual(['retire.jsonl', 'toe.gtkw', 'toe.pcapng', 'toe.vcd']);
  expect(files).toContain(join('verilog', `${/top module (\w+)/.exec(printed)![1]}.v`));
  expect(text('retire.jsonl').trimEnd().split('\n').length).toBe(Number(/retire log +([\d,]+)/.exec(printed)![1]!.replaceAll(',', '')));
  // Every signal that is to be shown is in the waveform.
  const names = new Set(Array.from(text('toe.vcd').matchAll(/^\$var \w+ \d+ \S+ (\S+)/gm), ([, name]) => name!));
  const shownSignals = text('toe.gtkw').split('\n').filter((line) => /^\w+\./.test(line)).map((line) => line.replace(/\[.*/, '').replace(/.*\./, ''));
  expect(shownSignals.length).toBeGreaterThan(50);
  expect(shownSignals.filter((name) => !names.has(name))).toEqual([]);
  end();
}, 120_000);

test('npm run example leaves its Verilog and waveform', () => {
  const { printed, files, end } = ran('show-example');
  expect(printed).toContain('checksum 0xb1e6, expected 0xb1e6: ok');
  expect(files).toEqual(['example', ...['checksum.v', 'checksum.vcd', 'fifo_Word_d4.v'].map((file) => join('example', file))]);
  end();
});
