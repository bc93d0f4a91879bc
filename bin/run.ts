/** `vtoe run SCENARIO` */
import { Command } from 'commander';
import { ENGINE_NAMES, type EngineName } from '../sim/engine/open.ts';
import { MissingToolError } from '../sim/native-tool.ts';
import { SCENARIOS } from '../sim/scenarios/index.ts';
import { figuresJson, figuresText, tableJson, tableText } from '../sim/scenarios/report.ts';
import type { RunRequest } from '../sim/scenarios/run-request.ts';
import { checkRequest, type RunOutcome, runScenario } from '../sim/scenarios/run.ts';
import { UsageError, wholeNumber } from './command-line.ts';
import type { Subcommand } from './vtoe.ts';

interface Options {
  readonly engine: EngineName;
  readonly wave?: string;
  readonly pcap?: string;
  readonly seed: number;
  readonly set: readonly string[];
  readonly json?: true;
  /** False with `--no-skip`. */
  readonly skip: boolean;
}

export const runCommand: Subcommand = (terminal, ended) => new Command('run')
  .description('Runs a scenario in a process of its own, checks what comes of it, and prints the figures.')
  .argument('<scenario>', `one of ${SCENARIOS.map(({ name }) => name).join(', ')}`)
  .option('--engine <name>', `one of ${ENGINE_NAMES.join(', ')}`, 'builtin')
  .option('--wave <file>', 'write a waveform: .vcd with the built-in engine, .vcd or .fst with the others')
  .option('--pcap <file>', 'capture the frames, as pcapng with simulated time')
  .option('--seed <N>', 'of everything that is random', wholeNumber('--seed', 0), 1)
  .option('--set <key=value>', 'a parameter, as often as need be; `vtoe list SCENARIO` says which there are', (assignment: string, before: readonly string[]) => [...before, assignment], [])
  .option('--no-skip', 'run every cycle, also where nothing happens: the same comes of it, later')
  .option('--json', 'print the result as JSON')
  .action(async (scenario: string, { engine, wave, pcap, seed, set, json, skip }: Options) => {
    const request: RunRequest = { scenario, engine, seed, settings: set, skip, ...(wave === undefined ? {} : { wave }), ...(pcap === undefined ? {} : { pcap }) };
    await checkRequest(request).catch((error: Error) => {
      throw error instanceof MissingToolError ? error : new UsageError(`${error.message}.`, { cause: error });
    });
    const outcome = await runScenario(request, ({ what, done, of }) => terminal.status(`${what}: ${done} of ${of}`));
    terminal.status('');
    terminal.print(json ? jsonText(outcome, request) : text(outcome, request));
    for (const problem of outcome.problems) terminal.complain(problem);
    ended(outcome.status === 'passed' ? 0 : 1);
  });

function text({ scenario, engine, seed, status, cycles, evaluatedCycles, figures, tables, neverToggled, wallSeconds }: RunOutcome, { wave, pcap }: RunRequest): string {
  const facts = [...figures, ...(cycles === undefined ? [] : [{ key: 'cycles', label: 'clock cycles', value: cycles }]), ...(evaluatedCycles === cycles ? [] : [{ key: 'evaluatedCycles', label: 'of them not skipped', value: evaluatedCycles! }]), { key: 'wallSeconds', label: 'wall time', value: wallSeconds, unit: 's' }];
  return [
    `${scenario}, ${engine} engine, seed ${seed}: ${status}`,
    figuresText(facts),
    ...tables.map(tableText),
    ...(neverToggled === undefined || neverToggled.length === 0 ? [] : [`outputs that never toggled, so that comparing them said little: ${neverToggled.join(', ')}`]),
    ...[['waveform', wave], ['capture', pcap]].filter(([, file]) => file !== undefined).map(([what, file]) => `${what}  ${file}`),
  ].join('\n\n');
}

function jsonText({ figures, tables, ...outcome }: RunOutcome, { wave, pcap }: RunRequest): string {
  return JSON.stringify({ ...outcome, figures: figuresJson(figures), tables: tables.map(tableJson), files: { wave, pcap } }, undefined, 2);
}
