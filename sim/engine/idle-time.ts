/**
 * Skips the time in which nothing happens: neither in the design, which says so by its ports `sim_idle` and
 * `sim_next_deadline`, nor around it. One cycle is run, and by `sim_skip` it counts as many.
 */
import type { EnginePort, Ports } from './engine.ts';
import { inputWords } from './port-words.ts';
import { readPort } from './ports.ts';

const FRACTION_BITS = 24n;

export class IdleTime {
  readonly #ports: Ports;
  readonly #words: Uint32Array;
  readonly #idle: number;
  readonly #skip: number;
  readonly #reset: number;
  readonly #mostCycles: number;
  readonly #armed: EnginePort;
  readonly #deadline: EnginePort;
  readonly #elapsed: EnginePort;
  readonly #increment: EnginePort;
  /** Inputs, and what the last edge saw of them, if the design was idle before it. */
  readonly #inputs: Uint32Array;
  readonly #seen: Uint32Array;
  #isSeen = false;
  /** What the last edge counted as, beside itself. */
  #skipped = 0;

  /** Undefined if the design has no such ports. */
  static of(ports: Ports): IdleTime | undefined {
    return ports.all.some(({ name }) => name === 'sim_skip') ? new IdleTime(ports) : undefined;
  }

  private constructor(ports: Ports) {
    const at = (name: string): number => ports.port(name).offset >> 2;
    this.#ports = ports;
    this.#words = ports.words;
    this.#idle = at('sim_idle');
    this.#skip = at('sim_skip');
    this.#reset = at('rst');
    this.#mostCycles = 2 ** ports.port('sim_skip').width - 1;
    this.#armed = ports.port('sim_next_deadline_valid');
    this.#deadline = ports.port('sim_next_deadline_payload');
    this.#elapsed = ports.port('sim_elapsed');
    this.#increment = ports.port('sim_increment');
    this.#inputs = inputWords(ports);
    this.#seen = new Uint32Array(this.#inputs.length);
  }

  /** Whether the design is idle at the edge that comes, as far as it can be known; to be asked before every edge. */
  get isIdle(): boolean {
    if (this.#words[this.#idle] === 0 || this.#words[this.#reset] !== 0) {
      this.#isSeen = false;
      this.#skipped = 0;
      return false;
    }
    // It was idle with the inputs that the last edge saw: it still is with the same ones.
    const inputs = this.#inputs, seen = this.#seen;
    let same = this.#isSeen;
    for (let i = 0; same && i < inputs.length; i += 1) same = inputs[i] === seen[i];
    this.#isSeen = true;
    if (same) return true;
    seen.set(inputs);
    this.#skipped = 0;
    return false;
  }

  /** Cycles from the last edge, with what was skipped behind it, to the one at which the first deadline is reached, at least 1. */
  get cyclesToDeadline(): number {
    if (readPort(this.#ports, this.#armed) === 0n) return Infinity;
    const left = (readPort(this.#ports, this.#deadline) << FRACTION_BITS) - readPort(this.#ports, this.#elapsed);
    const increment = readPort(this.#ports, this.#increment);
    if (increment === 0n) return Infinity;
    return Math.max(1, Number((left + increment - 1n) / increment) - this.#skipped);
  }

  /** The next cycle counts as so many and one. @returns how many there can be, the rest is for the next time */
  skip(cycles: number): number {
    const part = Math.min(cycles, this.#mostCycles);
    this.#words[this.#skip] = part;
    this.#skipped = part;
    return part;
  }

  done(): void {
    this.#words[this.#skip] = 0;
  }
}
