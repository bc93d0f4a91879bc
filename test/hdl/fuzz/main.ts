/** Entry of `npm run fuzz:hdl`. */
import { fuzzCommand } from './command.ts';

process.exitCode = await fuzzCommand(process.argv.slice(2), {
  print: (text) => console.log(text),
  complain: (text) => console.error(text),
  // A line that changes is for eyes, not for files.
  status: (text) => { if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`); },
});
