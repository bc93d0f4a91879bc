/** After a failure: the cycles before it, run again on a second engine with every signal recorded. */
import { describe } from '../../check/describe.ts';
import { createEngine, type BuiltinEngine, type EngineOptions } from '../engine.ts';
import { SimulationError } from '../error.ts';
import { type Failure, failureText } from '../failure.ts';
import { History, type Intervention } from './history.ts';
import { Replay } from './replay.ts';
import { Waveform } from '../wave/waveform.ts';

export interface PostMortemOptions {
  /** Cycles of the waveform, the one that failed included; 1,000 by default. */
  readonly cycles?: number;
  /** Where the waveform is written to, as VCD, at once. */
  readonly file?: string;
}

const CYCLES_SHOWN = 1000;
const LEAST_INTERVAL = 10_000;

/** Of the time of a run. */
const SNAPSHOT_SHARE = 0.03;

/**
 * Cycles between snapshots: so many that they take a small share of the time. Copying takes about a nanosecond a byte;
 * a cycle 20 nanoseconds and a sixteenth of one for each byte of code. Estimated, not measured: runs stay the same.
 */
export function snapshotInterval(stateBytes: number, codeBytes: number, cycles: number): number {
  return Math.max(LEAST_INTERVAL, cycles, Math.ceil(stateBytes / (SNAPSHOT_SHARE * (20 + codeBytes / 16))));
}

export class PostMortem {
  readonly #engine: BuiltinEngine;
  readonly #engineOptions: EngineOptions;
  readonly #history: History;
  readonly #cycles: number;
  readonly #file: string | undefined;

  constructor(engine: BuiltinEngine, engineOptions: EngineOptions, { cycles = CYCLES_SHOWN, file }: PostMortemOptions) {
    if (!Number.isSafeInteger(cycles) || cycles < 1) throw new SimulationError(`postMortem shows a number of cycles from 1 up, not ${describe(cycles)}`);
    if (file !== undefined && typeof file !== 'string') throw new SimulationError(`postMortem writes to the file of a path, not to ${describe(file)}`);
    this.#engine = engine;
    this.#engineOptions = engineOptions;
    this.#cycles = cycles;
    this.#file = file;
    const codeBytes = engine.functionBytes.reduce((a, b) => a + b, 0);
    this.#history = new History(engine, { cycles, interval: snapshotInterval(engine.stateBytes, codeBytes, cycles) });
  }

  /** To be called before a run; returns how many cycles it may have. */
  before(): number {
    return this.#history.before();
  }

  /** To be called after it. */
  after(): void {
    this.#history.after();
  }

  /** To be called after an intervention through the test bench. */
  note(intervention: Intervention): void {
    this.#history.note(intervention);
  }

  /** The error to be thrown. The waveform is made when it is first looked at: many a failure is expected. */
  error(failure: Failure): SimulationError {
    // Not the engine itself: errors may be kept for long.
    const { design } = this.#engine;
    const options = this.#engineOptions;
    const first = Math.max(0, failure.cycle + 1 - this.#cycles);
    const past = this.#history.past(first);
    const from = Math.max(first, past.cycle);
    let replay: Replay | undefined;
    const waveform = new Waveform({
      top: design.top.name,
      get from() { return replay?.recording.from ?? from; },
      to: failure.cycle + 1,
      recording: () => (replay ??= new Replay(createEngine(design, options), past, from, failure)).recording,
    });
    const error = new SimulationError(`${failureText(failure)}${this.#file === undefined ? '' : written(waveform, this.#file)}`);
    // Not enumerable: who prints the error wants the sentence.
    Object.defineProperty(error, 'waveform', { value: waveform, enumerable: false });
    return error;
  }
}

/** Writes it, and says so. The failure is the news, whatever becomes of the file. */
function written(waveform: Waveform, file: string): string {
  try {
    waveform.writeVcd(file);
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error;
    return `; there is no waveform of it: ${error.message}`;
  }
  return `; cycles ${waveform.from} to ${waveform.to - 1} are in ${file}`;
}
