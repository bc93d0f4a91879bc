/** The command line of `npm run fuzz:hdl`: random designs on several engines, outputs compared every cycle. */
import { Command } from 'commander';
import { MissingToolError } from '../../../sim/native-tool.ts';
import { parsed, type Terminal, UsageError, wholeNumber } from '../../../bin/command-line.ts';
import { campaign } from './campaign.ts';
import { type Counts, tables, tableText } from './coverage/cells.ts';
import { failureText, shrinkFailure } from './investigate.ts';
import { PLANTS, plantNamed } from './plants/index.ts';
import type { Plant } from './plants/plant.ts';
import { ENGINES, type EngineName, type TrialOptions } from './trial.ts';

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly cycles?: number;
  readonly engines: readonly EngineName[];
  readonly plant?: Plant;
  readonly listPlants?: true;
  readonly keep?: true;
}

/** Two are enough to show a plant. */
function enginesFor(plant: Plant | undefined): readonly EngineName[] {
  if (plant === undefined) return ENGINES;
  return plant.gating === undefined ? ['builtin', 'icarus'] : ['builtin', 'gated'];
}

/** Where the command writes to. */
export interface FuzzTerminal extends Terminal {
  /** Present progress, in place of what it was before; empty at the end. */
  status(text: string): void;
}

/** Exit status: 0 no difference, 1 differences, 2 it could not run. */
export async function fuzzCommand(args: readonly string[], terminal: FuzzTerminal): Promise<number> {
  try {
    const options = parse(args, terminal);
    if (options === undefined) return 0;
    if (options.listPlants) {
      for (const { name } of PLANTS) terminal.print(name);
      return 0;
    }
    return await fuzz(options, terminal);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof MissingToolError)) throw error;
    terminal.complain(error.message);
    return 2;
  }
}

/** Undefined after `--help`. */
function parse(args: readonly string[], terminal: FuzzTerminal): Options | undefined {
  const command = new Command('fuzz:hdl')
    .description('Generates random designs, runs each on several engines and compares all outputs in every cycle.')
    .option('--seeds <N>', 'number of designs', wholeNumber('--seeds', 1), 50)
    .option('--from <K>', 'first seed', wholeNumber('--from', 0), 0)
    .option('--cycles <C>', 'clock cycles of each run', wholeNumber('--cycles', 1))
    .option('--engines <list>', `two or more of ${ENGINES.join(', ')}`, engineList)
    .option('--plant <name>', 'run with a planted fault, which must be found', plant)
    .option('--list-plants', 'names of all planted faults, one a line')
    .option('--keep', 'keep the work directories of native engines');
  const options = parsed<Options>(command, args, terminal);
  if (options === undefined) return undefined;
  return { ...options as Options, engines: options.engines ?? enginesFor(options.plant) };
}

function engineList(text: string): EngineName[] {
  const names = text.split(',');
  for (const name of names) if (!ENGINES.includes(name as EngineName)) throw new UsageError(`--engines takes ${ENGINES.join(', ')}, separated by commas, not ${name}.`);
  if (new Set(names).size < 2) throw new UsageError('--engines takes at least two different engines: outputs are compared.');
  return ENGINES.filter((name) => names.includes(name));
}

function plant(text: string): Plant {
  const found = plantNamed(text);
  if (found === undefined) throw new UsageError(`There is no plant ${text}; --list-plants prints all names.`);
  return found;
}

async function fuzz(options: Options, terminal: FuzzTerminal): Promise<number> {
  const { seeds, from, plant: planted } = options;
  const trialOptions: TrialOptions = { engines: options.engines, plant: planted, keep: options.keep ? 'always' : 'failed' };
  const measured = planted === undefined && options.engines.includes('builtin');
  const counts: Counts | undefined = measured ? new Map() : undefined;
  const cycles = options.cycles === undefined ? {} : { cycles: options.cycles };
  const failures = await campaign({
    ...trialOptions, ...cycles, from, seeds, counts,
    progress: (done, differences) => terminal.status(`${done} of ${seeds} seeds, ${differences} differences`),
  });
  terminal.status('');
  for (const [i, failure] of failures.entries()) {
    terminal.print(`seed ${failure.spec.seed}: ${failure.complaint.text}`);
    if (i > 0) continue;
    const small = await shrinkFailure(failure, trialOptions, (size) => terminal.status(`shrinking seed ${failure.spec.seed}: ${size} parts left`));
    terminal.status('');
    terminal.print(`\nSeed ${failure.spec.seed}, shrunk:\n\n${failureText(small, trialOptions)}\n`);
  }
  if (counts !== undefined) for (const table of tables(counts)) terminal.print(`${tableText(table)}\n`);
  terminal.print(`seeds ${seeds}, differences ${failures.length}`);
  return failures.length === 0 ? 0 : 1;
}
