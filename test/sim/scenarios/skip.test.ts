/** Skipping idle time changes nothing: frames, retire log and figures are byte for byte those of a run of every cycle. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createPcapng } from '../../../sim/link/pcapng.ts';
import { runScenario } from '../../../sim/scenarios/run.ts';
import { runHere } from './run-here.ts';

const folder = mkdtempSync(join(tmpdir(), 'vtoe-skip-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LONG = process.env['VTOE_LONG'] === '1';
const SETTINGS = ['connections=16', 'streams=2', 'bytes=20000', 'short=4', 'shortBytes=100', 'loss=0.05', 'reorder=0.05'];
const retireLog = join(folder, 'retire.jsonl');

async function here(skip: boolean, settings: readonly string[]) {
  const pcap = join(folder, 'frames.pcapng');
  const capture = createPcapng(pcap);
  const { report, evaluatedCycles } = await runHere('toe-bulk', { settings: [...SETTINGS, ...settings, `retireLog=${retireLog}`], capture, skip });
  capture.close();
  return { report, frames: readFileSync(pcap).toString('base64'), retired: readFileSync(retireLog, 'utf8'), evaluatedCycles };
}

test.each([
  ['time-outs of a millisecond', ['timeScale=5'], 10],
  ...LONG ? [['of microseconds', ['timeScale=1'], 3] as const, ['of 20 ms and more', ['timeScale=100', 'bytes=60000'], 100] as const] : [],
] as const)('%s', async (_, settings, times) => {
  const [ran, skipped] = [await here(false, settings), await here(true, settings)];
  expect(ran.report.problems).toEqual([]);
  // Delayed ACKs, time-outs and TIME_WAIT were waited for.
  expect(ran.retired).toContain('"kind":"Timer"');
  expect(ran.report.figures.find(({ key }) => key === 'toeRetransmissions')!.value).toBeGreaterThan(0);
  const { evaluatedCycles, ...all } = skipped;
  expect(all).toEqual({ report: ran.report, frames: ran.frames, retired: ran.retired });
  expect(ran.evaluatedCycles).toBe(ran.report.cycles);
  expect(ran.evaluatedCycles / evaluatedCycles).toBeGreaterThan(times);
}, LONG ? 3_600_000 : 240_000);

test.runIf(LONG)('a build without the ports runs every cycle, and the same comes of it', async () => {
  const [without, skipped] = [await here(true, ['simulationPorts=false']), await here(true, [])];
  expect(without.evaluatedCycles).toBe(without.report.cycles);
  const { evaluatedCycles, ...all } = skipped;
  expect({ ...without, evaluatedCycles: 0 }).toEqual({ ...all, evaluatedCycles: 0 });
  expect(evaluatedCycles).toBeLessThan(without.evaluatedCycles);
}, 240_000);

test.runIf(LONG)('in lockstep', async () => {
  const runs = [];
  for (const skip of [false, true]) {
    const pcap = join(folder, 'lockstep.pcapng');
    const { status, problems, cycles, evaluatedCycles, figures, tables } = await runScenario({ scenario: 'toe-bulk', engine: 'lockstep', seed: 1, settings: [...SETTINGS, `retireLog=${retireLog}`], pcap, skip });
    runs.push({ evaluatedCycles, rest: { status, problems, cycles, figures, tables, frames: readFileSync(pcap).toString('base64'), retired: readFileSync(retireLog, 'utf8') } });
  }
  const [ran, skipped] = runs;
  expect(ran!.rest.status).toBe('passed');
  expect(skipped!.rest).toEqual(ran!.rest);
  expect(skipped!.evaluatedCycles).toBeLessThan(ran!.evaluatedCycles! / 3);
}, 3_600_000);
