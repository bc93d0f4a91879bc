/** What a test bench that runs in a child process gets. */
import type { Engine, Watch } from './engine.ts';

/** Default export of a module for `runInChild`. What it returns is the result: plain JSON. */
export type ChildMain = (context: ChildContext) => unknown;

/** Thrown by a guarded engine's `run`. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** A run without end notices an interrupt after so many cycles. */
const CYCLES_AT_ONCE = 100_000;

export class ChildContext {
  /** As the parent gave it. */
  readonly input: unknown;
  /** Tells the parent something, plain JSON; it has arrived when this returns. */
  readonly say: (message: unknown) => void;
  readonly #interrupted: Int32Array;
  readonly #toClose: { close(): void }[] = [];

  constructor(input: unknown, interrupted: Int32Array, say: (message: unknown) => void) {
    this.input = input;
    this.say = say;
    this.#interrupted = interrupted;
  }

  /** @throws InterruptedError if the bench is to end: for loops that run no engine */
  check(): void {
    if (Atomics.load(this.#interrupted, 0) !== 0) throw new InterruptedError('the simulation was interrupted');
  }

  /** Returns the file or whatever it is; it will be closed when the bench ends, however that is. */
  closing<C extends { close(): void }>(thing: C): C {
    this.#toClose.push(thing);
    return thing;
  }

  /** Returns the engine; it will be closed when the bench ends, and from now on ends its runs when that is to happen. */
  guard<E extends Engine>(engine: E): E {
    this.closing(engine);
    const run = engine.run.bind(engine);
    engine.run = (cycles: number, watch?: Watch): number => {
      const at = watch === undefined ? undefined : engine.ports.port(watch.output).offset >> 2;
      for (let done = 0; done < cycles;) {
        if (Atomics.load(this.#interrupted, 0) !== 0) throw new InterruptedError(`the simulation was interrupted in cycle ${engine.cycle}`);
        const part = Math.min(cycles - done, CYCLES_AT_ONCE);
        const ran = run(part, watch);
        done += ran;
        if (ran < part || (at !== undefined && engine.ports.words[at] !== 0)) return done;
      }
      return cycles;
    };
    return engine;
  }

  /** All of them, also if one of them cannot. @throws the first error */
  closeAll(): void {
    const errors: unknown[] = [];
    for (const thing of this.#toClose) {
      try {
        thing.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
