/**
 * The recent past of one or more engines that are given the same inputs: snapshots, and inputs as they changed since.
 * Any of the last cycles can be run again on another engine of the same kind.
 */
import type { Engine } from './engine.ts';
import { InputLog } from './input-log.ts';
import { inputWords } from './port-words.ts';

export interface RecentOptions {
  /** Cycles that can be run again, at least, unless the engines are younger. */
  readonly cycles: number;
  /** Cycles from snapshot to snapshot. By default 10,000, more if the state is large. */
  readonly interval?: number;
}

/** A snapshot of every engine and the inputs since then. */
interface Segment {
  readonly cycle: number;
  /** Cycles until the next one. */
  readonly interval: number;
  readonly states: readonly Uint8Array[];
  readonly inputs: InputLog;
}

const LEAST_INTERVAL = 10_000;

/** Copying takes a nanosecond a byte, a cycle half a microsecond or more: with this many bytes a cycle, one part in 30. */
const STATE_BYTES_PER_CYCLE = 16;

/** Beyond, the next snapshot comes early. */
const LOG_BYTES = 2 ** 25;

export class Recent {
  readonly #engines: readonly Engine[];
  readonly #cycles: number;
  readonly #wantedInterval: number | undefined;
  readonly #inputs: Uint32Array;
  /** At most two. */
  #segments: Segment[] = [];

  /** @param engines the first one's inputs are those of all */
  constructor(engines: readonly Engine[], { cycles, interval }: RecentOptions) {
    if (!Number.isSafeInteger(cycles) || cycles < 1) throw new Error(`a waveform of the latest cycles has a number of cycles from 1 up, not ${cycles}`);
    this.#engines = engines;
    this.#inputs = inputWords(engines[0]!.ports);
    this.#cycles = cycles;
    this.#wantedInterval = interval;
  }

  /** To be called before each run, inputs in place. Returns how many cycles it may have. */
  before(): number {
    const { cycle } = this.#engines[0]!;
    let segment = this.#segments.at(-1);
    if (segment === undefined || isDue(segment, cycle, this.#cycles)) {
      segment = this.#snapshot(cycle);
      this.#segments = [...this.#segments.slice(-1), segment];
    }
    segment.inputs.note(cycle, this.#inputs);
    return Math.max(1, segment.cycle + segment.interval - cycle);
  }

  /** To be called when the engines' state was changed by other than clock edges. */
  forget(): void {
    this.#segments = [];
  }

  /**
   * Brings `engine`, which is like the `which`th one, through cycles `from` (or the first that is known) to `end`, the
   * latter not included; calls `atFrom` before the first.
   */
  rerun(which: number, engine: Engine, from: number, atFrom: () => void, end: number): void {
    const first = Math.max(0, this.#segments.findLastIndex(({ cycle }) => cycle <= from));
    const segments = this.#segments.slice(first);
    if (segments.length === 0) return atFrom();
    engine.restore(segments[0]!.states[which]!);
    let hasStarted = false;
    const runTo = (cycle: number): void => {
      if (!hasStarted && cycle > from) {
        engine.run(Math.max(0, from - engine.cycle));
        atFrom();
        hasStarted = true;
      }
      engine.run(Math.max(0, cycle - engine.cycle));
    };
    const words = inputWords(engine.ports);
    for (const { inputs } of segments) {
      for (const change of inputs.changes()) {
        runTo(change.cycle);
        words.set(change.words);
      }
    }
    runTo(end);
  }

  #snapshot(cycle: number): Segment {
    const states = this.#engines.map((engine) => engine.save());
    const bytes = states.reduce((sum, state) => sum + state.length, 0);
    const interval = Math.max(this.#cycles, this.#wantedInterval ?? Math.max(LEAST_INTERVAL, Math.ceil(bytes / STATE_BYTES_PER_CYCLE)));
    return { cycle, interval, states, inputs: new InputLog() };
  }
}

function isDue({ cycle: since, interval, inputs }: Segment, cycle: number, cycles: number): boolean {
  return cycle - since >= interval || (cycle - since >= cycles && inputs.bytes > LOG_BYTES);
}
