/**
 * Bus models: generator functions that run beside the hardware, one step a clock edge. No promises: a step costs
 * nanoseconds, and the order of everything is fixed.
 */
import { describe } from '../check/describe.ts';
import { SimulationError } from './error.ts';

/**
 * What a process waits for: `yield` or `yield 1`: the next clock edge; `yield n`: n edges; `yield () => condition`: the
 * first edge, from the next on, after which the condition holds.
 */
export type Wait = number | void | (() => boolean);

export type Process = Generator<Wait, void, void>;

interface Running {
  readonly process: Process;
  /** Edges still to pass, or the condition. */
  left: number;
  until: (() => boolean) | undefined;
}

export class Processes {
  #running: Running[] = [];

  get active(): boolean {
    return this.#running.length > 0;
  }

  /** Edges until the next process can have something to do, at least 1; Infinity without processes. */
  get quiet(): number {
    let least = Infinity;
    for (const { left, until } of this.#running) least = Math.min(least, until === undefined ? left : 1);
    return least;
  }

  /** Runs the process up to its first wait, at once. */
  start(process: Process): void {
    if (typeof process?.next !== 'function') throw new SimulationError(`a process is a generator, made by calling a function*, not ${describe(process)}`);
    const running: Running = { process, left: 0, until: undefined };
    if (this.#resume(running)) this.#running.push(running);
  }

  /** Called after `edges` clock edges of which only the last can be awaited (see {@link quiet}). In the order of starting. */
  pass(edges: number): void {
    let ended = false;
    // A process may start others; those have run up to their first wait in this cycle already.
    const before = this.#running.length;
    for (let i = 0; i < before; i++) {
      const running = this.#running[i]!;
      if (running.until !== undefined) {
        if (!running.until()) continue;
      } else {
        running.left -= edges;
        if (running.left > 0) continue;
      }
      if (!this.#resume(running)) {
        running.left = -1;
        ended = true;
      }
    }
    if (ended) this.#running = this.#running.filter(({ left }) => left !== -1);
  }

  /** False when the process has ended. */
  #resume(running: Running): boolean {
    const { done, value } = running.process.next();
    if (done === true) return false;
    if (typeof value === 'function') {
      running.until = value;
    } else if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1)) {
      running.until = undefined;
      running.left = value === undefined ? 1 : (value as number);
    } else {
      throw new SimulationError(`a process yields nothing, a number of cycles from 1 up, or a function, not ${describe(value)}`);
    }
    return true;
  }
}
