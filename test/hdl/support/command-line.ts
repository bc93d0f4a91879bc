/** What the commands of this folder share: arguments by commander, mistakes in one sentence. */
import { type Command, CommanderError } from 'commander';

/** A mistake in the arguments, in one sentence. */
export class UsageError extends Error {}

/** Where a command writes to. */
export interface Terminal {
  /** A line of the result. */
  print(text: string): void;
  /** A line about what went wrong. */
  complain(text: string): void;
}

/** The options given, or undefined after `--help`. @throws UsageError */
export function parsed<Options extends object>(command: Command, args: readonly string[], terminal: Terminal): Partial<Options> | undefined {
  command.allowExcessArguments(false)
    .configureOutput({ writeOut: (text) => terminal.print(text.trimEnd()), outputError: () => {} })
    .exitOverride();
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(`${error.message.replace(/^error: /, '').replaceAll('\n', ' ').replace(/\.?$/, '.')}`);
  }
  return command.opts<Partial<Options>>();
}

/** An option's value as a number. @throws UsageError */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) throw new UsageError(`${option} takes a whole number of at least ${least}, not ${text}.`);
    return value;
  };
}
