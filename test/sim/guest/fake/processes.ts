import type { Process } from '@vtoe/hdl';
import type { TestBench } from '../../../../sim/engine/test-bench.ts';

export interface Processes {
  /** Starts a process; `finish` waits for all of them. */
  go(name: string, process: Process): void;
  /** Runs until the processes have ended. */
  finish(limit: number): void;
}

export function processesOn(bench: TestBench): Processes {
  let [started, ended] = [0, 0];
  return {
    go: (name, process) => {
      started += 1;
      bench.start(name, (function* (): Process {
        yield* process;
        ended += 1;
      })());
    },
    finish: (limit) => { bench.until(() => started === ended, limit, `${started - ended} of ${started} processes did not end`); },
  };
}
