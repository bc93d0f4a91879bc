/** Entry of `npm run bench:sim`. */
import { speedCommand } from './command.ts';

process.exitCode = await speedCommand(process.argv.slice(2), {
  print: (text) => console.log(text),
  complain: (text) => console.error(text),
  progress: (text) => console.error(text),
});
