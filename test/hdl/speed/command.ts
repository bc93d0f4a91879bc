/** The command line of `npm run bench:sim`: how fast the built-in simulator is beside Verilator and Icarus. */
import { Command } from 'commander';
import { MissingToolError } from '../../../sim/native-tool.ts';
import { parsed, type Terminal, UsageError, wholeNumber } from '../../../bin/command-line.ts';
import { measure, type Measurement, type MeasureOptions, type Subject } from './measure.ts';
import { MismatchError } from './race.ts';
import { jsonText, tableText } from './report.ts';

/** The large design first: its first cycle counts, with nothing compiled before. */
const SUBJECTS: readonly Subject[] = [{ design: 'sim10k', lanes: 32, hasGoals: true }, { design: 'sim2k5', lanes: 8, hasGoals: false }];

interface Options {
  readonly json?: true;
  readonly rounds: number;
  readonly cycles?: number;
  readonly designs: readonly Subject[];
  readonly lanes?: number;
  readonly plant?: true;
}

/** Where the command writes to. */
export interface SpeedTerminal extends Terminal {
  /** A line about what is being done. */
  progress(text: string): void;
}

/** Exit status: 0 measured, 1 engines differ, 2 it could not run. */
export async function speedCommand(args: readonly string[], terminal: SpeedTerminal): Promise<number> {
  try {
    const options = parse(args, terminal);
    if (options === undefined) return 0;
    const measurements = await measureAll(options, terminal);
    terminal.print(options.json ? jsonText(measurements) : tableText(measurements));
    return 0;
  } catch (error) {
    const mistake = error instanceof UsageError || error instanceof MissingToolError;
    // A work directory that is kept wraps what happened in it.
    const differs = error instanceof MismatchError || (error instanceof Error && error.cause instanceof MismatchError);
    if (!mistake && !differs) throw error;
    terminal.complain(error.message);
    return mistake ? 2 : 1;
  }
}

/** Undefined after `--help`. */
function parse(args: readonly string[], terminal: SpeedTerminal): Options | undefined {
  const command = new Command('bench:sim')
    .description('Measures the built-in simulator, Verilator and Icarus on the same designs and recorded inputs; their outputs must be equal.')
    .option('--json', 'print the figures as JSON')
    .option('--rounds <N>', 'rounds that count', wholeNumber('--rounds', 1), 7)
    .option('--cycles <C>', 'clock cycles of a turn, 32 of which are a round; by default as many as take the slowest engine 12.5 ms', wholeNumber('--cycles', 1))
    .option('--designs <list>', `of ${SUBJECTS.map(({ design }) => design).join(', ')}; by default all`, designs)
    .option('--lanes <L>', 'size of the designs, about 330 nodes a lane, in place of their own: for a trial', lanes)
    .option('--plant', 'put one bit of the built-in engine wrong, which must be found');
  const options = parsed<Options>(command, args, terminal);
  return options && { designs: SUBJECTS, ...options } as Options;
}

function designs(text: string): readonly Subject[] {
  const names = text.split(',');
  const unknown = names.find((name) => !SUBJECTS.some(({ design }) => design === name));
  if (unknown !== undefined) throw new UsageError(`--designs takes ${SUBJECTS.map(({ design }) => design).join(', ')}, separated by commas, not ${unknown}.`);
  return SUBJECTS.filter(({ design }) => names.includes(design));
}

/** A quarter of them is busy, and their number is that of an index's values. */
function lanes(text: string): number {
  if (!['4', '8', '16', '32', '64'].includes(text)) throw new UsageError(`--lanes takes 4, 8, 16, 32 or 64, not ${text}.`);
  return Number(text);
}

async function measureAll({ designs, lanes, rounds, cycles, plant }: Options, terminal: SpeedTerminal): Promise<Measurement[]> {
  const options: MeasureOptions = { rounds, cycles, plant: plant ?? false, keep: plant ? 'never' : 'failed', progress: (text) => terminal.progress(text) };
  const measurements: Measurement[] = [];
  for (const subject of designs) measurements.push(await measure(lanes === undefined ? subject : { ...subject, lanes }, options));
  return measurements;
}
