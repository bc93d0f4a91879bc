/** An AXI4-Stream source: sends frames into a slave port of the design. */
import { describe } from '@vtoe/hdl/internal/check/describe';
import type { Ports } from '../engine/engine.ts';
import type { BusModel } from '../engine/test-bench.ts';
import { random } from '../random.ts';
import { type AxiStreamSignals, axiStreamSignals, keepWord } from './axi-stream-signals.ts';
import { Outgoing } from './channel.ts';
import { onlyOptions } from '../options.ts';
import { type Pause, type PausePattern, pauseOf } from './pause.ts';
import { LEFT, ResetWatch } from './reset-watch.ts';
import { Signals } from './signals.ts';

export interface AxiStreamSourceOptions {
  /** Of the design's ports: `s_axis_rx_`. */
  readonly prefix: string;
  /** For errors; by default the prefix without its last underscore. */
  readonly name?: string;
  /** Cycles in which no further beat is offered; `never` by default. */
  readonly pause?: PausePattern;
  /** Of the pause pattern. Default 1. */
  readonly seed?: number;
}

/** A frame that was sent; cycles are those of the edges at which its beats were taken. */
export interface SentFrame {
  readonly bytes: Uint8Array;
  readonly user: number;
  readonly firstCycle: number;
  readonly lastCycle: number;
}

/** A reset clears none of them. */
export interface StreamCounters {
  frames: number;
  beats: number;
  bytes: number;
  /** Frames that a reset cut short. */
  cut: number;
}

/** What lanes hold that carry no data: a design that uses them is found out. */
const RUBBISH = 0xee;

interface Queued {
  readonly bytes: Uint8Array;
  readonly user: number;
  /** Words of all beats, each beat from a word of its own on. */
  readonly words: Uint32Array;
  readonly beats: number;
  /** Bytes of the last beat. */
  readonly tail: number;
  readonly sent: ((frame: SentFrame) => void) | undefined;
}

export class AxiStreamSource implements BusModel {
  readonly name: string;
  readonly counters: StreamCounters = { frames: 0, beats: 0, bytes: 0, cut: 0 };
  readonly #words: Uint32Array;
  readonly #signals: AxiStreamSignals;
  readonly #channel: Outgoing;
  readonly #pause: Pause | undefined;
  readonly #reset: ResetWatch;
  #queue: Queued[] = [];
  /** Frames at the head of the queue that are done: taken off it many at a time. */
  #done = 0;
  readonly #dataAt: number;
  readonly #dataWords: number;
  /** Of the current frame: words, beats, and the beat that is offered, or to be offered next. */
  #frame: Uint32Array = new Uint32Array(0);
  #beats = 0;
  #beat = 0;
  #firstCycle = 0;

  /** @throws Error in one sentence, for a signal that is missing or wrong, or an option that makes no sense */
  constructor(ports: Ports, options: AxiStreamSourceOptions) {
    const { prefix, pause, seed = 1 } = options;
    this.name = options.name ?? prefix.replace(/_$/, '');
    onlyOptions(this.name, options, ['prefix', 'name', 'pause', 'seed']);
    const signals = new Signals(ports, prefix, 'an AXI4-Stream source');
    this.#signals = axiStreamSignals(signals, 'in');
    this.#words = ports.words;
    this.#dataAt = this.#signals.data.at;
    this.#dataWords = this.#signals.data.words;
    this.#channel = new Outgoing(signals, this.#signals.valid, this.#signals.ready);
    this.#pause = pauseOf(`${this.name}: pause`, pause, random(seed).fork(this.name));
    this.#reset = new ResetWatch(ports);
  }

  /**
   * Lines a frame up. The bytes are copied; `user` stands at TUSER with the last beat, the others have 0.
   * @param sent called in the step in which the last beat was taken
   * @throws RangeError if the frame is empty, or does not fill its beats and the design has no TKEEP
   */
  send(bytes: Uint8Array, { user = 0, sent }: { readonly user?: number; readonly sent?: (frame: SentFrame) => void } = {}): void {
    const { lanes, keep, user: userSignal, data } = this.#signals;
    if (bytes.length === 0) throw new RangeError(`${this.name}: a frame has at least one byte`);
    if (keep === undefined && bytes.length % lanes !== 0) {
      throw new RangeError(`${this.name}: without a tkeep a frame has a multiple of ${lanes} bytes, not ${bytes.length}`);
    }
    const mostUser = userSignal === undefined ? 0 : 2 ** userSignal.width - 1;
    if (!Number.isInteger(user) || user < 0 || user > mostUser) throw new RangeError(`${this.name}: user must be a whole number from 0 to ${mostUser}, not ${describe(user)}`);
    const beats = Math.ceil(bytes.length / lanes);
    const stride = data.words * 4;
    const words = new Uint32Array(beats * data.words);
    const placed = new Uint8Array(words.buffer);
    const lastBeat = (beats - 1) * stride;
    placed.fill(RUBBISH, lastBeat, lastBeat + lanes);
    if (stride === lanes) placed.set(bytes);
    else for (let i = 0; i < bytes.length; i += 1) placed[Math.floor(i / lanes) * stride + (i % lanes)] = bytes[i]!;
    const copy = stride === lanes ? placed.subarray(0, bytes.length) : bytes.slice();
    this.#queue.push({ bytes: copy, user, words, beats, tail: bytes.length - (beats - 1) * lanes, sent });
  }

  /** Frames that were not taken to their last beat. */
  get pending(): number {
    return this.#queue.length - this.#done;
  }

  /** Cycles in which TVALID waited for TREADY. */
  get stalls(): number {
    return this.#channel.stalls;
  }

  nextCycle(cycle: number): number {
    return this.#reset.running && this.#pause === undefined && !this.#channel.offered && this.pending === 0 ? Infinity : cycle;
  }

  step(cycle: number): void {
    if (!this.#reset.running && this.#hold()) return;
    const paused = this.#pause !== undefined && this.#pause();
    const channel = this.#channel;
    if (channel.offered) {
      if (!channel.sample()) return;
      this.#taken(cycle);
    }
    if (paused || this.#queue.length === this.#done) {
      if (channel.offered) channel.withdraw();
      return;
    }
    if (this.#beat === 0) this.#begin();
    this.#put();
    channel.offer();
  }

  /** A frame that the reset cut short starts anew. False if this is the first cycle out of reset. */
  #hold(): boolean {
    this.#channel.withdraw();
    if (this.#beat > 0) this.counters.cut += 1;
    this.#beat = 0;
    return this.#reset.phase() !== LEFT;
  }

  #taken(cycle: number): void {
    this.counters.beats += 1;
    if (this.#beat === 0) this.#firstCycle = cycle;
    this.#beat += 1;
    if (this.#beat === this.#beats) this.#end(cycle);
  }

  #end(cycle: number): void {
    const { counters } = this;
    const { bytes, user, sent } = this.#queue[this.#done]!;
    counters.frames += 1;
    counters.bytes += bytes.length;
    this.#beat = 0;
    this.#done += 1;
    if (this.#done > 64 && this.#done * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#done);
      this.#done = 0;
    }
    if (sent !== undefined) sent({ bytes, user, firstCycle: this.#firstCycle, lastCycle: cycle });
  }

  /** What is the same in all beats of a frame but the last. */
  #begin(): void {
    const { last, user } = this.#signals;
    const { words, beats } = this.#queue[this.#done]!;
    this.#frame = words;
    this.#beats = beats;
    this.#words[last.at] = 0;
    if (user !== undefined) this.#words[user.at] = 0;
    this.#keep(this.#signals.lanes);
  }

  #put(): void {
    const words = this.#words, from = this.#frame, count = this.#dataWords, to = this.#dataAt;
    const at = this.#beat * count;
    for (let i = 0; i < count; i += 1) words[to + i] = from[at + i]!;
    if (this.#beat === this.#beats - 1) this.#finish();
  }

  #finish(): void {
    const { last, user } = this.#signals;
    const { user: value, tail } = this.#queue[this.#done]!;
    this.#words[last.at] = 1;
    if (user !== undefined) this.#words[user.at] = value;
    this.#keep(tail);
  }

  #keep(present: number): void {
    const { keep } = this.#signals;
    if (keep === undefined) return;
    for (let i = 0; i < keep.words; i += 1) this.#words[keep.at + i] = keepWord(present, i);
  }
}
