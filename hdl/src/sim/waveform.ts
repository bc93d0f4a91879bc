/** A recording of chosen signals while a simulation runs, as text or VCD. */
import type { BuiltinEngine } from './engine.ts';
import { SimulationError } from './error.ts';
import type { Observer } from './observer.ts';
import type { TraceWindow } from './trace.ts';
import { vcdText } from './vcd.ts';
import { waveText, type WaveTextOptions } from './wave-text.ts';

export interface WaveformOptions {
  /** Cycles that are kept, the latest; 50,000 by default. */
  readonly cycles?: number;
}

const CYCLES_KEPT = 50_000;

export class Waveform {
  readonly #engine: BuiltinEngine;
  readonly #observer: Observer;
  readonly #kept: number;
  readonly #changes: { cycle: number; value: bigint }[][];
  #from: number;
  #to: number;

  /** @throws SimulationError for a name that no signal has, or no signals at all */
  constructor(engine: BuiltinEngine, paths: readonly string[], options: WaveformOptions = {}) {
    const { cycles = CYCLES_KEPT } = options ?? {};
    if (!Number.isSafeInteger(cycles) || cycles < 1) throw new SimulationError(`watch keeps a number of cycles from 1 up, not ${String(cycles)}`);
    if (paths.length === 0) throw new SimulationError('watch needs at least one signal');
    this.#engine = engine;
    this.#observer = engine.observe(paths);
    this.#kept = cycles;
    this.#changes = paths.map(() => []);
    this.#from = this.#to = engine.cycle;
  }

  /** Takes the values of the cycle that is about to end. Called by `step`. */
  sample(): void {
    const { cycle } = this.#engine;
    this.#observer.sample();
    for (const [i, changes] of this.#changes.entries()) {
      const value = this.#observer.value(i);
      if (changes.length === 0 || changes[changes.length - 1]!.value !== value) changes.push({ cycle, value });
    }
    this.#to = cycle + 1;
    if (this.#to - this.#from >= 2 * this.#kept) this.#trim();
  }

  /** What is kept now. */
  get window(): TraceWindow {
    this.#trim();
    const traces = this.#observer.signals.map(({ path, width, isBool, labels }, i) => ({ path, width, isBool, labels, changes: this.#changes[i]! }));
    return { from: this.#from, to: this.#to, traces };
  }

  /** In characters, for a terminal or a test's snapshot: values in hexadecimal, enums by label. */
  text(options?: WaveTextOptions): string {
    return waveText(this.window, options);
  }

  /** As a value change dump (IEEE 1364, clause 18), for GTKWave; one cycle is `periodNs` nanoseconds, 10 by default. */
  vcd(periodNs = 10): string {
    return vcdText(this.window, this.#engine.design.top.name, periodNs);
  }

  #trim(): void {
    const from = Math.max(this.#from, this.#to - this.#kept);
    if (from === this.#from) return;
    this.#from = from;
    for (const changes of this.#changes) {
      let last = 0;
      while (last + 1 < changes.length && changes[last + 1]!.cycle <= from) last += 1;
      if (changes.length > 0) changes[last] = { cycle: from, value: changes[last]!.value };
      changes.splice(0, last);
    }
  }
}
