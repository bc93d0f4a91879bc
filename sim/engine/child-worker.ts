/** The thread that a bench runs on. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { type ChildMain, ChildContext, InterruptedError } from './child-context.ts';
import { type ChildLine, LINES_DESCRIPTOR, type WorkerData } from './child-protocol.ts';

const { request, interrupted } = workerData as WorkerData;
const context = new ChildContext(request.input, new Int32Array(interrupted), (message) => say({ kind: 'message', message }));

let last: ChildLine;
try {
  const { default: bench } = await import(request.module) as { readonly default: ChildMain };
  last = { kind: 'result', result: await bench(context) };
} catch (error) {
  last = failure(error);
}
try {
  context.closeAll();
} catch (error) {
  if (last.kind === 'result') last = failure(error);
}
say(last);

function failure(error: unknown): ChildLine {
  return { kind: 'failure', sentence: error instanceof Error ? error.message : String(error), isInterrupt: error instanceof InterruptedError };
}

/** At once, past the main thread: native code may crash in the next moment. */
function say(line: ChildLine): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) at += writeSync(LINES_DESCRIPTOR, bytes, at);
}
