/** `vtoe list [SCENARIO]` */
import { Command } from 'commander';
import { SCENARIOS, scenarioNamed } from '../sim/scenarios/index.ts';
import type { Scenario } from '../sim/scenarios/scenario.ts';
import { UsageError } from './command-line.ts';
import type { Subcommand } from './vtoe.ts';

export const listCommand: Subcommand = (terminal) => new Command('list')
  .description('Names all scenarios, a line each; of one scenario, its parameters.')
  .argument('[scenario]', 'whose parameters are wanted')
  .option('--json', 'print everything as JSON')
  .action((name: string | undefined, { json }: { readonly json?: true }) => {
    const scenarios = name === undefined ? SCENARIOS : [named(name)];
    if (json) terminal.print(JSON.stringify(scenarios.map(asJson), undefined, 2));
    else terminal.print(scenarios.length === 1 && name !== undefined ? parametersText(scenarios[0]!) : linesText(scenarios.map(({ name, summary }) => [name, summary])));
  });

function named(name: string): Scenario {
  try {
    return scenarioNamed(name);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`, { cause: error });
  }
}

function parametersText({ name, summary, parameters }: Scenario): string {
  const lines = Object.entries(parameters).map(([key, { doc, allowed, default: value }]) => [`${key}=${value}`, `${doc}: ${allowed}`] as const);
  return `${name}: ${summary}\n\n${linesText(lines)}`;
}

function linesText(lines: readonly (readonly [head: string, text: string])[]): string {
  const width = Math.max(...lines.map(([head]) => head.length));
  return lines.map(([head, text]) => `${head.padEnd(width)}  ${text}`).join('\n');
}

function asJson({ name, summary, hasFrames, parameters }: Scenario): object {
  return { name, summary, hasFrames, parameters: Object.entries(parameters).map(([key, { doc, allowed, default: value }]) => ({ key, doc, allowed, default: value })) };
}
