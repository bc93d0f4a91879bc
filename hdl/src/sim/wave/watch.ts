/** Recording chosen signals of an engine, cycle by cycle. */
import { didYouMean } from '../../check/describe.ts';
import type { BuiltinEngine } from '../engine.ts';
import { SimulationError } from '../error.ts';
import { TraceRecording } from './trace-recording.ts';
import { Waveform } from './waveform.ts';

export interface WaveformOptions {
  /** Cycles that are kept, the latest; 50,000 by default. */
  readonly cycles?: number;
  /** Bytes that they may take: beyond, the oldest cycles are dropped. 256 MiB by default. */
  readonly bytes?: number;
  /** First cycle that is recorded: until then nothing is slower. By default the present one. */
  readonly from?: number;
  /** Hierarchical name of an instance, `''` for the top: its signals and those of all instances in it are recorded. */
  readonly scope?: string;
}

const CYCLES_KEPT = 50_000;
export const BYTES_KEPT = 2 ** 28;

export class Watch {
  readonly waveform: Waveform;
  /** First cycle to be sampled. */
  readonly startsAt: number;
  readonly #engine: BuiltinEngine;
  readonly #open: () => TraceRecording;
  #opened: TraceRecording | undefined;

  /** @throws SimulationError for a name that no signal has, or no signals at all */
  constructor(engine: BuiltinEngine, paths: readonly string[], options: WaveformOptions = {}) {
    const { cycles = CYCLES_KEPT, bytes = BYTES_KEPT, from = engine.cycle, scope } = options ?? {};
    if (!Number.isSafeInteger(cycles) || cycles < 1) throw new SimulationError(`watch keeps a number of cycles from 1 up, not ${String(cycles)}`);
    if (!Number.isSafeInteger(bytes) || bytes < 1) throw new SimulationError(`watch keeps a number of bytes from 1 up, not ${String(bytes)}`);
    if (!Number.isSafeInteger(from) || from < 0) throw new SimulationError(`watch starts at a cycle from 0 up, not ${String(from)}`);
    const listed = new Set(paths);
    const chosen = [...paths, ...(scope === undefined ? [] : signalsIn(engine, scope).filter((path) => !listed.has(path)))];
    if (chosen.length === 0) throw new SimulationError('watch needs at least one signal');
    for (const path of chosen) engine.signal(path);
    this.#engine = engine;
    this.startsAt = Math.max(from, engine.cycle);
    this.#open = () => new TraceRecording(engine, chosen, this.startsAt, { cycles, bytes });
    if (from <= engine.cycle) this.#opened = this.#open();
    const known = (): TraceRecording | undefined => this.#opened;
    const { startsAt } = this;
    this.waveform = new Waveform({
      top: engine.design.top.name,
      get from() { return known()?.from ?? startsAt; },
      get to() { return known()?.to ?? startsAt; },
      recording: () => this.#recording,
    });
  }

  /** Takes the values of the cycle that is about to end. */
  sample(): void {
    if (this.#engine.cycle >= this.startsAt) this.#recording.sample();
  }

  get #recording(): TraceRecording {
    return (this.#opened ??= this.#open());
  }
}

/** Every signal of an engine, as the test bench's `watch` records it: call `sample` before each edge. */
export function watchAll(engine: BuiltinEngine, options: WaveformOptions = {}): Watch {
  return new Watch(engine, [], { ...options, scope: '' });
}

function signalsIn(engine: BuiltinEngine, scope: string): string[] {
  if (scope === '') return engine.signals.map(({ path }) => path);
  const found = engine.signals.filter(({ path }) => path.startsWith(`${scope}.`)).map(({ path }) => path);
  if (found.length > 0) return found;
  const instances = new Set(engine.signals.flatMap(({ path }) => outerNames(path)));
  throw new SimulationError(`there is no instance ${scope}${instances.size === 0 ? ': the top has none' : didYouMean(scope, instances)}`);
}

/** `a.b.c` is in `a` and in `a.b`. */
function outerNames(path: string): string[] {
  const parts = path.split('.');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
}
