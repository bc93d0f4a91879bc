/** What all commands share: arguments by commander, mistakes in one sentence. */
import { type Command, CommanderError } from 'commander';

/** A mistake in the arguments, in one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Where a command writes to. */
export interface Terminal {
  /** A line of the result. */
  print(text: string): void;
  /** A line about what went wrong. */
  complain(text: string): void;
}

/** Runs the action of the subcommand that is asked for; false if it was help that was asked for. @throws UsageError, and what the action throws */
export async function executed(program: Command, args: readonly string[], terminal: Terminal): Promise<boolean> {
  for (const command of [program, ...program.commands]) configure(command, terminal);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    return onlyHelp(error);
  }
  return true;
}

/** The options given, or undefined after `--help`. @throws UsageError */
export function parsed<Options extends object>(command: Command, args: readonly string[], terminal: Terminal): Partial<Options> | undefined {
  configure(command, terminal);
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    onlyHelp(error);
    return undefined;
  }
  return command.opts<Partial<Options>>();
}

function configure(command: Command, terminal: Terminal): void {
  command.allowExcessArguments(false)
    .configureOutput({ writeOut: (text) => terminal.print(text.trimEnd()), writeErr: () => {}, outputError: () => {} })
    .exitOverride();
}

/** False if the parser stopped after printing help. @throws UsageError; the error if it is none of the parser's */
function onlyHelp(error: unknown): false {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return false;
  throw new UsageError(`${error.message.replace(/^error: /, '').replaceAll('\n', ' ').replace(/\.?$/, '.')}`);
}

/** An option's value as a number. @throws UsageError */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) throw new UsageError(`${option} takes a whole number of at least ${least}, not ${text}.`);
    return value;
  };
}
