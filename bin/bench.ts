/** `vtoe bench` */
import { Command } from 'commander';
import type { MissingToolError } from '../sim/native-tool.ts';
import { bench, FIGURES } from '../sim/bench/index.ts';
import { jsonText, tableText } from '../sim/bench/report.ts';
import { UsageError } from './command-line.ts';
import type { Subcommand } from './vtoe.ts';

interface Options {
  readonly only?: readonly string[];
  readonly json?: true;
}

export const benchCommand: Subcommand = (terminal, ended) => new Command('bench')
  .description('Measures what the engine can do, in simulated cycles, every byte compared.')
  .option('--only <names>', 'figures to measure, separated by commas; by default all', names)
  .option('--json', 'print the figures as JSON')
  .addHelpText('after', `\nFigures:\n${figuresText()}`)
  .action(async ({ only, json }: Options) => {
    let missing: MissingToolError | undefined;
    const notes: string[] = [];
    const figures = await bench({
      ...(only === undefined ? {} : { only }), progress: (what) => terminal.status(what),
      absent: (absentNames, reason) => {
        missing = reason;
        notes.push(`${absentNames.join(', ')}: not measured; ${reason.message}`);
      },
    });
    terminal.status('');
    // Nothing that was asked for could be measured.
    if (missing !== undefined && figures.length === 0) throw missing;
    terminal.print(json ? jsonText(figures) : tableText(figures, FIGURES));
    for (const note of notes) terminal.complain(note);
    ended(figures.every(({ met }) => met !== false) ? 0 : 1);
  });

function names(text: string): readonly string[] {
  const all = text.split(',');
  const unknown = all.find((name) => !Object.hasOwn(FIGURES, name));
  if (unknown !== undefined) throw new UsageError(`--only takes ${Object.keys(FIGURES).join(', ')}, separated by commas, not ${unknown}.`);
  return all;
}

function figuresText(): string {
  const width = Math.max(...Object.keys(FIGURES).map((name) => name.length));
  return Object.entries(FIGURES).map(([name, { unit, doc, goal }]) => `  ${name.padEnd(width)}  ${doc} (${unit}${goal === undefined ? '' : `, ${goal.bound} ${goal.value}`})`).join('\n');
}
