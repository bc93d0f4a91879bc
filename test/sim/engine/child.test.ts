import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInChild } from '../../../sim/engine/child.ts';
import { verilatorEngine } from '../../../sim/engine/verilator/verilator.ts';
import type { FixtureInput } from './child-fixture.ts';
import { BUILD_MILLISECONDS } from './subject.ts';
import { crashing, tiny } from './tiny.ts';
import { vcdValues } from './waves.ts';

const compiled = (name: string): URL => new URL(`../../../dist/test/sim/engine/${name}`, import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'vtoe-child-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

// Not in the child, whose time is limited.
beforeAll(async () => {
  await verilatorEngine(tiny, { verilog: crashing() });
}, BUILD_MILLISECONDS);

const BEFORE = [{ cycle: 0, ran: 1 }, { cycle: 1, ran: 1 }, { cycle: 2, ran: 1 }, 'on it goes'];

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  readonly report: Readonly<Record<string, unknown>>;
}

/** Runs the parent command; `onOutput` may interrupt it. */
function command(input: FixtureInput, onOutput: (output: string, interrupt: (signal: NodeJS.Signals) => void) => void = () => {}): Promise<Ended> {
  const report = join(folder, `${input.what}.json`);
  return new Promise((resolve, reject) => {
    // A group of processes of its own, as a terminal makes one: Ctrl-C goes to all of them.
    const child = spawn(process.execPath, [fileURLToPath(compiled('child-parent.js')), JSON.stringify(input), report], { detached: true });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (data) => {
      output += data;
      onOutput(output, (signal) => process.kill(-child.pid!, signal));
    });
    child.stderr.on('data', (data) => { errors += data; });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output, errors, report: JSON.parse(readFileSync(report, 'utf8')) }));
  });
}

test('messages come, and the result', async () => {
  const seen: unknown[] = [];
  const outcome = await runInChild(compiled('child-fixture.js'), { input: { what: 'count' }, onMessage: (message) => seen.push(message) });
  expect(outcome).toEqual({ status: 'done', exitCode: 0, messages: BEFORE, result: { ran: 100, cycle: 103 } });
  expect(seen).toEqual(BEFORE);
});

test('an error of the bench is its sentence', async () => {
  const file = join(folder, 'thrown.vcd');
  const outcome = await runInChild(compiled('child-fixture.js'), { input: { what: 'throw', wave: file } });
  expect(outcome).toEqual({ status: 'failed', exitCode: 1, sentence: 'the bench does not like cycle 3', messages: BEFORE.slice(0, 3) });
  // And its engines are closed.
  expect(vcdValues(readFileSync(file, 'utf8')).at('tiny.count', 20)).toBe(2n);
});

test('a module that is not there is a sentence, too', async () => {
  const outcome = await runInChild(compiled('nothing.js'));
  expect(outcome).toMatchObject({ status: 'failed', exitCode: 1, sentence: expect.stringMatching(/^Cannot find module .*nothing\.js/) });
});

test('a crash of native code leaves the report and status 1', async () => {
  const sentence = 'the simulation crashed: its process ended by SIGSEGV; what it reported until then is kept';
  const { code, errors, report } = await command({ what: 'crash' });
  expect(errors.trim()).toBe(sentence);
  expect(code).toBe(1);
  expect(report).toMatchObject({ input: { what: 'crash' }, status: 'crashed', exitCode: 1, sentence, messages: BEFORE });
  expect(readdirSync(folder).filter((name) => name.startsWith('crash.json'))).toEqual(['crash.json']);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends an endless run in order: its waveform is whole', async (signal) => {
  const wave = join(folder, `${signal}.vcd`);
  let isSent = false;
  const { code, errors, report } = await command({ what: 'endless', wave }, (output, interrupt) => {
    if (isSent || !output.includes('on it goes')) return;
    isSent = true;
    setTimeout(() => interrupt(signal), 200);
  });
  const cycle = Number(/^the simulation was interrupted in cycle (\d+)$/.exec(errors.trim())?.[1]);
  expect(cycle).toBeGreaterThan(1000);
  expect(code).toBe(1);
  expect(report).toMatchObject({ status: 'interrupted', exitCode: 1, messages: BEFORE });
  const values = vcdValues(readFileSync(wave, 'utf8'));
  expect(values.times).toEqual([10 * (cycle - 1000), 10 * cycle]);
  expect(values.at('tiny.count', 10 * (cycle - 1))).toBe(BigInt((cycle - 1) % 256));
});

test.each([
  ['after a time of grace', 1, 300],
  ['at once by a second interrupt', 2, 600_000],
] as const)('a bench that does not listen is ended by force %s', async (_, times, graceMilliseconds) => {
  const outcome = await runInChild(compiled('child-fixture.js'), {
    input: { what: 'deaf' },
    graceMilliseconds,
    onMessage: (message) => {
      if (message !== 'on it goes') return;
      for (let i = 0; i < times; i += 1) process.emit('SIGINT');
    },
  });
  expect(outcome).toEqual({ status: 'interrupted', exitCode: 1, messages: BEFORE, sentence: 'the simulation was interrupted and had to be ended by force; its waveforms may be cut short' });
  expect(process.listenerCount('SIGINT')).toBe(0);
});
