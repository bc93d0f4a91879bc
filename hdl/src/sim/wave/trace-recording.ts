/** The history of signals while a simulation runs, in a compact form, and its way back to values. */
import { ChangeLog, type LogLimits } from './change-log.ts';
import type { BuiltinEngine } from '../engine.ts';
import type { TracedSignal, Tracer, TraceReader } from './tracer.ts';

/** The signals that changed in one cycle, in order; in the first cycle of a reading, all of them. */
export interface CycleChanges {
  readonly cycle: number;
  readonly signals: readonly number[];
}

export class TraceRecording {
  readonly #engine: BuiltinEngine;
  readonly #tracer: Tracer;
  readonly #log: ChangeLog;
  readonly #cycles: number;
  /** Whether some cycle was sampled after a later one. */
  #rewound = false;

  /** @param from first cycle that will be sampled */
  constructor(engine: BuiltinEngine, paths: readonly string[], from: number, limits: LogLimits) {
    this.#engine = engine;
    this.#tracer = engine.trace(paths);
    this.#log = new ChangeLog(this.#tracer.sampler, from, limits);
    this.#cycles = limits.cycles;
  }

  get signals(): readonly TracedSignal[] {
    return this.#tracer.signals;
  }

  /** First cycle that is kept. */
  get from(): number {
    return Math.max(this.#log.from, this.#log.to - this.#cycles);
  }

  /** Cycle after the last that was sampled. */
  get to(): number {
    return this.#log.to;
  }

  /** Takes the values of the cycle that is about to end. */
  sample(): void {
    const { cycle } = this.#engine;
    if (cycle < this.#log.to) this.#rewound = true;
    this.#log.sample(cycle);
  }

  /** The cycles `from` to `to`, the latter not included, in which something changed. */
  read(from: number, to: number): TraceReading {
    return new TraceReading(this.#tracer, this.#log, this.#rewound, from, to);
  }
}

/** One pass over a recording. */
export class TraceReading {
  readonly #tracer: Tracer;
  readonly #pieces: ReturnType<ChangeLog['pieces']>;
  readonly #reader: TraceReader;
  readonly #isLive: (entry: number) => boolean;
  readonly #from: number;
  readonly #to: number;
  /** Values of all words in the cycle that was given last. */
  readonly #shown: Uint32Array;
  readonly #ofWord: WordUsers;
  /** Signals that may have changed since then, and a mark for each that is among them. */
  #pending: number[] = [];
  readonly #isPending: Uint8Array;

  constructor(tracer: Tracer, log: ChangeLog, rewound: boolean, from: number, to: number) {
    this.#tracer = tracer;
    this.#pieces = log.pieces();
    this.#reader = tracer.reader(this.#pieces[0]!.start);
    this.#isLive = rewound ? this.#liveEntries() : () => true;
    this.#from = from;
    this.#to = to;
    this.#shown = this.#reader.values.slice();
    this.#ofWord = new WordUsers(tracer.signals, this.#shown.length);
    this.#isPending = new Uint8Array(tracer.signals.length);
  }

  /** To be gone through once. {@link value} tells the values of the cycle given last. */
  *cycles(): Iterable<CycleChanges> {
    if (this.#from >= this.#to) return;
    const all = { cycle: this.#from, signals: Array.from(this.#tracer.signals.keys()) };
    const note = (word: number): void => this.#note(word);
    let entry = 0;
    let started = false;
    for (const { entries } of this.#pieces) {
      for (let at = 0; at < entries.length; entry += 1) {
        const cycle = entries[at]! + entries[at + 1]! * 2 ** 32;
        at = this.#reader.next(entries, at, note);
        if (!this.#isLive(entry)) continue;
        if (cycle > this.#from && !started) {
          started = true;
          yield all;
        }
        if (cycle >= this.#to) return;
        const signals = this.#show();
        if (started && signals.length > 0) yield { cycle, signals };
      }
    }
    if (!started) yield all;
  }

  /** Value of a signal, by its number. */
  value(signal: number): bigint {
    const { words } = this.#tracer.signals[signal]!;
    let value = BigInt(this.#shown[words.at(-1)!]!);
    for (let k = words.length - 2; k >= 0; k -= 1) value = (value << 32n) | BigInt(this.#shown[words[k]!]!);
    return value;
  }

  /** The same as a number, for signals of up to 32 bits. */
  smallValue(signal: number): number {
    return this.#shown[this.#tracer.signals[signal]!.words[0]!]!;
  }

  #note(word: number): void {
    const { first, signals } = this.#ofWord;
    for (let i = first[word]!; i < first[word + 1]!; i += 1) {
      const signal = signals[i]!;
      if (this.#isPending[signal] === 1) continue;
      this.#isPending[signal] = 1;
      this.#pending.push(signal);
    }
  }

  /** Brings what is shown up to date and returns the signals that differ. */
  #show(): number[] {
    const { values } = this.#reader;
    const shown = this.#shown;
    // Words first, when all have been compared: signals share them.
    const differing = this.#pending.filter((signal) => {
      this.#isPending[signal] = 0;
      return this.#tracer.signals[signal]!.words.some((word) => values[word] !== shown[word]);
    });
    for (const signal of differing) for (const word of this.#tracer.signals[signal]!.words) shown[word] = values[word]!;
    this.#pending = [];
    return differing.sort((a, b) => a - b);
  }

  /** An entry does not count if a later one is of the same cycle or of one before. */
  #liveEntries(): (entry: number) => boolean {
    const { sampler } = this.#tracer;
    const scratch = this.#pieces[0]!.start.slice();
    const live: { readonly cycle: number; readonly entry: number }[] = [];
    let entry = 0;
    for (const { entries } of this.#pieces) {
      for (let at = 0; at < entries.length; entry += 1) {
        const cycle = entries[at]! + entries[at + 1]! * 2 ** 32;
        while (live.length > 0 && live.at(-1)!.cycle >= cycle) live.pop();
        live.push({ cycle, entry });
        at = sampler.apply(entries, at, scratch);
      }
    }
    const set = new Set(live.map((one) => one.entry));
    return (one) => set.has(one);
  }
}

/** The signals that each word is part of. */
class WordUsers {
  /** Where each word's signals start; one more for the end. */
  readonly first: Uint32Array;
  readonly signals: Uint32Array;

  constructor(signals: readonly TracedSignal[], words: number) {
    this.first = new Uint32Array(words + 1);
    for (const signal of signals) for (const word of signal.words) this.first[word + 1]! += 1;
    for (let word = 0; word < words; word += 1) this.first[word + 1]! += this.first[word]!;
    this.signals = new Uint32Array(this.first[words]!);
    const next = this.first.slice();
    for (const [i, signal] of signals.entries()) {
      for (const word of signal.words) {
        this.signals[next[word]!] = i;
        next[word]! += 1;
      }
    }
  }
}
