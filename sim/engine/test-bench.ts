/**
 * A test bench: an engine and what stands around the design, stepped together.
 *
 * Between two clock edges each model runs once, in the order of starting. It reads what the last edge sampled and
 * writes what the next one sees, as a register does; so the order among models changes nothing on the bus.
 * There are two forms. A bus model is an object whose `step` runs after every edge: the form for what has work in every
 * cycle. A process is a generator function that waits for a number of cycles or for a condition: the form for what reads
 * as a sequence (a driver, a scenario), at about four times the cost of a step that it is awake in.
 */
import type { Process, Wait } from '@vtoe/hdl';
import { describe } from '@vtoe/hdl/internal/check/describe';
import type { TimedCondition } from '../timed-condition.ts';
import type { Engine, Ports } from './engine.ts';
import { IdleTime } from './idle-time.ts';
import { type Row, rowOf, STABLE_CYCLES, type Step } from './row.ts';

export interface BusModel extends Step {
  /** Errors name it: the prefix of its signals, as a rule. */
  readonly name: string;
  /**
   * Runs after the edge of `cycle`: outputs hold what that edge sampled, inputs still what it saw. Allocates nothing.
   * @throws Error in one sentence, without name and cycle, which the bench puts before it
   */
  step(cycle: number): void;
  /**
   * The first cycle, from this one on, whose step does anything if the design's outputs stay as they are; a model without it may do
   * something in every cycle. What is skipped then is not stepped, but for the last cycle.
   */
  nextCycle?(cycle: number): number;
}

export interface TestBenchOptions {
  /** Whether idle time is skipped, if the design has the ports for it; default true. */
  readonly skip?: boolean;
  /** Of `clk`: without it, nothing is skipped while a process waits for a time. */
  readonly clockHz?: number;
}

/** What stopped a bench: a model, a process, a failed assertion of the design, or a limit. */
export class TestBenchError extends Error {
  override readonly name = 'TestBenchError';
  /** Name of the model or process; empty if it was none of them. */
  readonly model: string;
  /** Of the edge at which it was seen, counted from 0; of a failed assertion the edge that was not done. */
  readonly cycle: number;

  constructor(message: string, model: string, cycle: number, cause?: unknown) {
    super(message, { cause });
    this.model = model;
    this.cycle = cycle;
  }
}

export class TestBench {
  readonly engine: Engine;
  #names: string[] = [];
  #steps: Step[] = [];
  /** Whose turn it is, to name it if it throws. */
  readonly #turn = { at: 0 };
  /** All steps in one, once they have stayed the same for some time. */
  #row: Row | undefined;
  #stableCycles = 0;
  #ended = false;
  #failure: TestBenchError | undefined;
  readonly #idle: IdleTime | undefined;
  readonly #cycleNs: number | undefined;
  /** Cycles that were not run. */
  #skipped = 0;
  #quietUntil = 0;

  constructor(engine: Engine, { skip = true, clockHz }: TestBenchOptions = {}) {
    this.engine = engine;
    this.#idle = skip ? IdleTime.of(engine.ports) : undefined;
    this.#cycleNs = clockHz && 1e9 / clockHz;
  }

  get ports(): Ports {
    return this.engine.ports;
  }

  /** Clock edges so far, with those that were skipped. */
  get cycle(): number {
    return this.engine.cycle + this.#skipped;
  }

  /** As long as nobody else does anything, nothing happens before the edge of this cycle. Known where skipping was cut short by the end of a run. */
  get quietUntil(): number {
    return this.#quietUntil;
  }

  /** Those of them that the engine has run. */
  get evaluatedCycles(): number {
    return this.engine.cycle;
  }

  /** The model runs from the next edge on. Its result is the model itself. */
  add<M extends BusModel>(model: M): M {
    this.#push(model.name, model);
    return model;
  }

  /** Runs the process up to its first wait, at once; `name` is for errors. */
  start(name: string, process: Process): void {
    if (typeof process?.next !== 'function') throw new TypeError(`a process is a generator, made by calling a function*, not ${describe(process)}`);
    const index = this.#steps.length;
    this.#push(name, ENDED);
    const outer = this.#turn.at;
    this.#turn.at = index;
    try {
      this.#steps[index] = this.#stepper(process);
    } catch (error) {
      throw this.#explained(error, this.cycle);
    } finally {
      this.#turn.at = outer;
    }
  }

  /** @throws TestBenchError if a model or process throws, or an assertion of the design fails */
  run(cycles: number): void {
    if (!Number.isSafeInteger(cycles) || cycles < 0) throw new RangeError(`run takes a number of cycles, 0 or more, not ${describe(cycles)}`);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#steps.length === 0) {
      if (this.engine.run(cycles) < cycles) throw this.#stopped();
      return;
    }
    this.#loop(cycles, undefined);
  }

  /**
   * Runs until the condition holds, at least one cycle; returns how many there were. `what` is for the error: "no frame".
   * @throws TestBenchError after `limit` cycles without it, and as `run` does
   */
  until(condition: () => boolean, limit: number, what = 'the condition did not hold'): number {
    if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`until takes a limit of 1 cycle or more, not ${describe(limit)}`);
    if (this.#failure !== undefined) throw this.#failure;
    const cycles = this.#loop(limit, condition);
    if (cycles < 0) throw new TestBenchError(`${what} within ${limit} cycles`, '', this.cycle);
    return cycles;
  }

  /** Holds `rst` for some cycles; models see it and fall back to their beginning. */
  reset(cycles = 2): void {
    const at = this.ports.port('rst').offset >> 2;
    this.ports.words[at] = 1;
    this.run(cycles);
    this.ports.words[at] = 0;
  }

  /** Ends traces and frees the engine. */
  close(): void {
    this.engine.close();
  }

  /** Cycles done when the condition came to hold, -1 if it did not. */
  #loop(limit: number, condition: (() => boolean) | undefined): number {
    const { engine } = this;
    const idle = this.#idle;
    let { cycle } = this;
    for (let done = 1; done <= limit; done += 1) {
      // What is skipped counts when its last cycle is stepped.
      const skips = idle !== undefined && idle.isIdle ? idle.skip(Math.min(this.#idleCycles(cycle), limit - done)) : 0;
      if (engine.run(1) === 0) throw this.#stopped();
      if (skips > 0) {
        idle!.done();
        this.#skipped += skips;
        cycle += skips;
        done += skips;
      }
      try {
        if (this.#row === undefined) this.#stepEach(cycle);
        else this.#row(cycle);
      } catch (error) {
        throw this.#explained(error, cycle);
      }
      if (this.#ended) this.#tidy();
      cycle += 1;
      if (condition !== undefined && condition()) return done;
    }
    return -1;
  }

  /** How many cycles can be skipped beside the one whose edge comes. */
  #idleCycles(cycle: number): number {
    // The last edge, which `cyclesToDeadline` counts from, is the one before.
    let end = cycle - 1 + this.#idle!.cyclesToDeadline;
    for (const step of this.#steps) {
      if (end <= cycle) break;
      end = Math.min(end, step.nextCycle?.(cycle) ?? cycle);
    }
    this.#quietUntil = end;
    return Math.max(0, end - 1 - cycle);
  }

  #stepEach(cycle: number): void {
    const steps = this.#steps, turn = this.#turn;
    // Processes that are started in this cycle have run up to their first wait already.
    const count = steps.length;
    this.#stableCycles += 1;
    for (turn.at = 0; turn.at < count; turn.at += 1) steps[turn.at]!.step(cycle);
    if (this.#stableCycles >= STABLE_CYCLES && !this.#ended) this.#row = rowOf(steps, turn);
  }

  #push(name: string, step: Step): void {
    this.#names.push(name);
    this.#steps.push(step);
    this.#changed();
  }

  #changed(): void {
    this.#row = undefined;
    this.#stableCycles = 0;
  }

  #stopped(): TestBenchError {
    const { failure } = this.engine;
    return new TestBenchError(failure?.message ?? 'the engine stopped without saying why', '', failure === undefined ? this.cycle : failure.cycle + this.#skipped);
  }

  /** A model that threw is in no state to go on: every later run throws the same. */
  #explained(error: unknown, cycle: number): TestBenchError {
    if (error instanceof TestBenchError) return error;
    const name = this.#names[this.#turn.at]!;
    const message = error instanceof Error ? error.message : describe(error);
    this.#failure = new TestBenchError(`${name}, cycle ${cycle}: ${message}`, name, cycle, error);
    return this.#failure;
  }

  /** A process as a step: waits for its cycle, or asks its condition, and resumes it. */
  #stepper(process: Process): Step {
    let due = 0;
    let until: TimedCondition | undefined;
    const resume = (cycle: number): boolean => {
      const { done, value } = process.next();
      if (done === true) return false;
      const [left, condition] = waitOf(value);
      due = cycle + left;
      until = condition;
      return true;
    };
    if (!resume(this.cycle - 1)) {
      this.#ended = true;
      return ENDED;
    }
    return {
      step: (cycle) => {
        if (until === undefined ? cycle < due : !until()) return;
        if (resume(cycle)) return;
        this.#steps[this.#turn.at] = ENDED;
        this.#ended = true;
      },
      nextCycle: (cycle) => {
        if (until === undefined) return due;
        if (until()) return cycle;
        return until.deadlineNs === undefined ? Infinity : this.#cycleBefore(until.deadlineNs);
      },
    };
  }

  /** A cycle that is surely not after that in which this time has come; nor long before, if the clock is known. */
  #cycleBefore(timeNs: number): number {
    return this.#cycleNs === undefined ? 0 : Math.floor(timeNs / this.#cycleNs) - 2;
  }

  /** Forgets processes that have ended. */
  #tidy(): void {
    this.#ended = false;
    this.#names = this.#names.filter((_, i) => this.#steps[i] !== ENDED);
    this.#steps = this.#steps.filter((step) => step !== ENDED);
    this.#changed();
  }
}

/** In the place of a process that has ended. */
const ENDED: Step = { step: () => {}, nextCycle: () => Infinity };

function waitOf(value: Wait): [left: number, until: (() => boolean) | undefined] {
  if (typeof value === 'function') return [0, value];
  if (value === undefined) return [1, undefined];
  if (Number.isSafeInteger(value) && value >= 1) return [value, undefined];
  throw new TypeError(`a process yields nothing, a number of cycles from 1 up, or a function, not ${describe(value)}`);
}
