/** The `vtoe` command: its subcommands, and what becomes of their mistakes. */
import { Command } from 'commander';
import { MissingToolError } from '../sim/native-tool.ts';
import { benchCommand } from './bench.ts';
import { executed, UsageError } from './command-line.ts';
import { listCommand } from './list.ts';
import { runCommand } from './run.ts';
import type { ProgressTerminal } from './terminal.ts';

/** Adds a subcommand to the program; `ended` takes its exit status. */
export type Subcommand = (terminal: ProgressTerminal, ended: (status: 0 | 1) => void) => Command;

const SUBCOMMANDS: readonly Subcommand[] = [runCommand, listCommand, benchCommand];

/** Exit status: 0 good; 1 it ran and the result is bad; 2 it could not run, and one sentence says why. */
export async function vtoe(args: readonly string[], terminal: ProgressTerminal): Promise<0 | 1 | 2> {
  let status: 0 | 1 = 0;
  const program = new Command('vtoe').description('A TCP/IP offload engine for virtual machines: simulates it, and everything around it.');
  for (const subcommand of SUBCOMMANDS) {
    program.addCommand(subcommand(terminal, (ended) => {
      status = ended;
    }));
  }
  try {
    if (args.length === 0) throw new UsageError(`vtoe needs a command, one of ${program.commands.map((command) => command.name()).join(', ')}; vtoe --help says more.`);
    await executed(program, args, terminal);
    return status;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof MissingToolError)) throw error;
    terminal.complain(error.message);
    return 2;
  }
}
