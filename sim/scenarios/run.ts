/** Runs a scenario in a process of its own, and says what came of it, whatever that is. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { runInChild } from '../engine/child.ts';
import { compiledModule } from '../engine/compiled-module.ts';
import { checkEngine, requireTools } from '../engine/open.ts';
import type { Progress } from '../engine/verilator/progress.ts';
import { wholeNumber } from '../options.ts';
import { scenarioNamed } from './index.ts';
import type { Value } from './parameter.ts';
import type { Figure, Table } from './report.ts';
import type { RunMessage, RunRequest, RunResult } from './run-request.ts';

export interface RunOutcome {
  readonly scenario: string;
  readonly engine: string;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, Value>>;
  /** `failed`: it ran, and something was wrong. */
  readonly status: 'passed' | 'failed' | 'interrupted' | 'crashed';
  /** A sentence each. */
  readonly problems: readonly string[];
  /** Simulated clock cycles; undefined if the run did not come to its end. */
  readonly cycles: number | undefined;
  /** Those of them that were not skipped. */
  readonly evaluatedCycles: number | undefined;
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  readonly neverToggled: readonly string[] | undefined;
  readonly wallSeconds: number;
}

/**
 * Whether the run can begin.
 * @throws RangeError if something that was asked for makes no sense, MissingToolError if a tool is missing or too old,
 * Error if a file cannot be written: one sentence each
 */
export async function checkRequest({ scenario: name, engine, seed, settings, wave, pcap }: RunRequest): Promise<void> {
  const scenario = scenarioNamed(name);
  checkEngine(engine, wave);
  wholeNumber('seed', seed, 0);
  scenario.check(settings);
  if (pcap !== undefined && !scenario.hasFrames) throw new RangeError(`${name} has no frames that ${pcap} could capture`);
  for (const file of [wave, pcap]) if (file !== undefined) checkWritable(file);
  await requireTools(engine, wave);
}

/** @param onProgress told how far it is, now and then */
export async function runScenario(request: RunRequest, onProgress: (progress: Progress) => void = () => {}): Promise<RunOutcome> {
  let interim: readonly Figure[] = [];
  const start = performance.now();
  const { status, sentence, result } = await runInChild(compiledModule(import.meta.url, './child.ts'), {
    input: request,
    onMessage: (message) => {
      const said = message as RunMessage;
      if (said.kind === 'progress') onProgress(said.progress);
      else interim = said.figures;
    },
  });
  const { scenario, engine, seed, settings } = request;
  const done = result as RunResult | undefined;
  const problems = [...(done?.report.problems ?? []), ...(sentence === undefined ? [] : [sentence])];
  return {
    scenario, engine, seed, problems,
    parameters: scenarioNamed(scenario).check(settings),
    status: status !== 'done' ? status : problems.length > 0 ? 'failed' : 'passed',
    cycles: done?.cycles, evaluatedCycles: done?.evaluatedCycles, figures: done?.report.figures ?? interim, tables: done?.report.tables ?? [], neverToggled: done?.neverToggled,
    wallSeconds: (performance.now() - start) / 1000,
  };
}

/** A run may take hours, and a waveform is written at its end. */
function checkWritable(file: string): void {
  const folder = dirname(file);
  if (!existsSync(folder)) throw new Error(`${file} cannot be written: there is no folder ${folder}`);
  if (existsSync(file) && statSync(file).isDirectory()) throw new Error(`${file} cannot be written: it is a folder`);
  try {
    accessSync(existsSync(file) ? file : folder, constants.W_OK);
  } catch (cause) {
    throw new Error(`${file} cannot be written: permission is denied`, { cause });
  }
}
