/** Entry of the child process: its main thread listens to the parent, while the bench runs on a second one. */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { type ChildLine, type ChildRequest, LINES_DESCRIPTOR, type WorkerData } from './child-protocol.ts';

const interrupted = new SharedArrayBuffer(4);
const interrupt = (): void => {
  Atomics.store(new Int32Array(interrupted), 0, 1);
};

// A terminal sends them to all of its processes; the parent decides what they mean.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

let isStarted = false;
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (isStarted) return interrupt();
    isStarted = true;
    start(JSON.parse(line) as ChildRequest);
  })
  .on('close', interrupt);

function start(request: ChildRequest): void {
  const workerData: WorkerData = { request, interrupted };
  const worker = new Worker(new URL('./child-worker.js', import.meta.url), { workerData });
  // Whatever the bench can catch it reports itself: this is an exhausted heap and the like.
  worker.on('error', (error) => {
    const line: ChildLine = { kind: 'failure', sentence: `the simulation failed: ${error.message}`, isInterrupt: false };
    writeSync(LINES_DESCRIPTOR, `${JSON.stringify(line)}\n`);
  });
  worker.on('exit', () => process.exit());
}
