/** A command that runs the fixture in a child, as `vtoe run` does: for what a process leaves and how it ends. */
import { runInChild } from '../../../sim/engine/child.ts';

const [input, report] = process.argv.slice(2) as [string, string];
const outcome = await runInChild(new URL('./child-fixture.js', import.meta.url), { input: JSON.parse(input), report, onMessage: (message) => console.log(JSON.stringify(message)) });
if (outcome.sentence !== undefined) console.error(outcome.sentence);
process.exitCode = outcome.exitCode;
