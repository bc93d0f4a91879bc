/** The process of the `vtoe` command. */
import { terminal } from './terminal.ts';
import { vtoe } from './vtoe.ts';

// Who reads the output may have seen enough of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await vtoe(process.argv.slice(2), terminal());
