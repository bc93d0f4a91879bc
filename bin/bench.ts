/** `vtoe bench` */
import { Command } from 'commander';
import { bench, FIGURES } from '../sim/bench/index.ts';
import { jsonText, tableText } from '../sim/bench/report.ts';
import { UsageError } from './command-line.ts';
import type { Subcommand } from './vtoe.ts';

interface Options {
  readonly only?: readonly string[];
  readonly json?: true;
}

/** Of those that the engine shall have. */
const NOT_YET = ['tx_goodput_1000', 'sim_cycles_per_second_verilator', 'sim_builtin_over_verilator'];

export const benchCommand: Subcommand = (terminal, ended) => new Command('bench')
  .description('Measures what the engine can do, in simulated cycles, every byte compared.')
  .option('--only <names>', 'figures to measure, separated by commas; by default all', names)
  .option('--json', 'print the figures as JSON')
  .addHelpText('after', `\nFigures:\n${figuresText()}\n\nNot measured yet: ${NOT_YET.join(', ')}.`)
  .action(({ only, json }: Options) => {
    const figures = bench({ ...(only === undefined ? {} : { only }), progress: (what) => terminal.status(what) });
    terminal.status('');
    terminal.print(json ? jsonText(figures) : tableText(figures, FIGURES));
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
