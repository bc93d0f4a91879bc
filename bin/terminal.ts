/** Where the command writes to: results to standard output, everything else to standard error. */
import type { Terminal } from './command-line.ts';

export interface ProgressTerminal extends Terminal {
  /** Present progress, in place of what it was before; nothing is shown where nobody looks. Empty at the end. */
  status(text: string): void;
}

export function terminal(): ProgressTerminal {
  return {
    print: (text) => console.log(text),
    complain: (text) => console.error(text),
    // A line that changes is for eyes, not for files.
    status: (text) => {
      const { isTTY, columns } = process.stderr;
      // Some terminals do not know how wide they are. A line that wraps could not be taken back.
      if (isTTY) process.stderr.write(`\r\x1b[K${columns > 0 ? text.slice(0, columns - 1) : text}`);
    },
  };
}
