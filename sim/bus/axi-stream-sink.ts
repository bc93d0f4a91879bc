/** An AXI4-Stream sink: takes frames from a master port of the design, and checks what AXI4-Stream and packed frames demand. */
import type { Ports } from '../engine/engine.ts';
import type { BusModel } from '../engine/test-bench.ts';
import { random } from '../random.ts';
import { type AxiStreamSignals, axiStreamSignals, keepWord } from './axi-stream-signals.ts';
import type { StreamCounters } from './axi-stream-source.ts';
import { AXI_STREAM_CLAUSES, hex, Incoming } from './channel.ts';
import { onlyOptions } from '../options.ts';
import { isPaced, type Pause, type PausePattern, pauseOf } from './pause.ts';
import { HELD, LEFT, ResetWatch } from './reset-watch.ts';
import { checksOf, Rule } from './rule.ts';
import { Signals } from './signals.ts';

export interface AxiStreamSinkOptions {
  /** Of the design's ports: `m_axis_tx_`. */
  readonly prefix: string;
  /** For errors; by default the prefix without its last underscore. */
  readonly name?: string;
  /** Cycles in which TREADY is low; `never` by default. */
  readonly pause?: PausePattern;
  /** TVALID may not pause inside of a frame, as a MAC wants it; default false. */
  readonly gapless?: boolean;
  /** Takes the frames, in the step in which their last beat was seen; without it they gather in `frames`. */
  readonly onFrame?: (frame: ReceivedFrame) => void;
  /** Of the pause pattern. Default 1. */
  readonly seed?: number;
}

/** Cycles are those of the edges at which the first and the last beat were taken. */
export interface ReceivedFrame {
  readonly bytes: Uint8Array;
  /** TUSER of the last beat; 0 without the signal. */
  readonly user: number;
  readonly firstCycle: number;
  readonly lastCycle: number;
}

/** Grows as it must. */
const START_WORDS = 512;

export class AxiStreamSink implements BusModel {
  readonly name: string;
  /** What has come so far, unless there is an `onFrame`; who reads it may empty it. */
  readonly frames: ReceivedFrame[] = [];
  readonly counters: StreamCounters = { frames: 0, beats: 0, bytes: 0, cut: 0 };
  readonly #words: Uint32Array;
  readonly #signals: AxiStreamSignals;
  readonly #channel: Incoming;
  readonly #pause: Pause | undefined;
  readonly #isPaced: boolean;
  readonly #reset: ResetWatch;
  readonly #gapless: boolean;
  readonly #onFrame: (frame: ReceivedFrame) => void;
  readonly #dataAt: number;
  readonly #dataWords: number;
  readonly #lastAt: number;
  /** -1 without the signal. */
  readonly #keepAt: number;
  /** TKEEP of a beat whose bytes are all there. */
  readonly #allBytes: Uint32Array;
  /** Words of the beats of the frame that is coming in. */
  #frame = new Uint32Array(START_WORDS);
  #beats = 0;
  #firstCycle = 0;
  readonly #is = {
    whole: new Rule('TKEEP must be all ones on a beat without TLAST', 'packed stream, AMBA AXI4-Stream 2.4.1'),
    packed: new Rule('TKEEP must be ones from byte 0 up, at least one, on the beat with TLAST', 'packed stream, AMBA AXI4-Stream 2.4.1'),
    gapless: new Rule('TVALID must not pause inside of a frame', 'option gapless'),
  };
  readonly #rules: readonly Rule[];

  /** @throws Error in one sentence, for a signal that is missing or wrong, or an option that makes no sense */
  constructor(ports: Ports, options: AxiStreamSinkOptions) {
    const { prefix, pause, gapless = false, seed = 1, onFrame } = options;
    this.name = options.name ?? prefix.replace(/_$/, '');
    onlyOptions(this.name, options, ['prefix', 'name', 'pause', 'gapless', 'onFrame', 'seed']);
    const signals = new Signals(ports, prefix, 'an AXI4-Stream sink');
    this.#signals = axiStreamSignals(signals, 'out');
    const { valid, ready, keep, lanes } = this.#signals;
    this.#words = ports.words;
    this.#dataAt = this.#signals.data.at;
    this.#dataWords = this.#signals.data.words;
    this.#lastAt = this.#signals.last.at;
    this.#keepAt = keep?.at ?? -1;
    this.#allBytes = Uint32Array.from({ length: keep?.words ?? 0 }, (_, i) => keepWord(lanes, i));
    this.#channel = new Incoming(signals, { channel: 'T', valid, ready, payload: signals.present(['tdata', 'tkeep', 'tstrb', 'tlast', 'tid', 'tdest', 'tuser']) }, AXI_STREAM_CLAUSES);
    this.#pause = pauseOf(`${this.name}: pause`, pause, random(seed).fork(this.name));
    this.#isPaced = isPaced(pause);
    if (this.#pause !== undefined && ready === undefined) throw new Error(`${this.name}: pause must be 'never', for the design has no input ${prefix}tready`);
    this.#reset = new ResetWatch(ports);
    this.#gapless = gapless;
    this.#onFrame = onFrame ?? ((frame) => void this.frames.push(frame));
    this.#rules = [...this.#channel.rules, ...(keep === undefined ? [] : [this.#is.whole, this.#is.packed]), ...(gapless ? [this.#is.gapless] : [])];
  }

  /** Whether a frame has begun and not ended. */
  get inside(): boolean {
    return this.#beats > 0;
  }

  /** Cycles in which TVALID waited for TREADY. */
  get stalls(): number {
    return this.#channel.stalls;
  }

  /** How often each rule was looked at, by its sentence. */
  get checks(): Readonly<Record<string, number>> {
    return checksOf(this.#rules);
  }

  nextCycle(cycle: number): number {
    const channel = this.#channel;
    const isQuiet = this.#reset.running && !this.#isPaced && this.#beats === 0 && !channel.valid;
    return isQuiet && channel.ready === (this.#pause === undefined || !this.#pause()) ? Infinity : cycle;
  }

  step(cycle: number): void {
    if (!this.#reset.running && this.#hold()) return;
    if (this.#channel.sample()) this.#take(cycle);
    else if (this.#gapless && this.#beats > 0) this.#checkGap();
    this.#channel.ready = this.#pause === undefined || !this.#pause();
  }

  /** False if this is the first cycle out of reset. */
  #hold(): boolean {
    const phase = this.#reset.phase();
    this.#channel.hold(phase === HELD || phase === LEFT);
    if (this.#beats > 0) this.counters.cut += 1;
    this.#beats = 0;
    return phase !== LEFT;
  }

  #checkGap(): void {
    const { gapless } = this.#is;
    gapless.checks += 1;
    if (!this.#channel.valid) gapless.broken(`it did after beat ${this.#beats}`);
  }

  #take(cycle: number): void {
    const words = this.#words, count = this.#dataWords;
    this.counters.beats += 1;
    if (this.#beats === 0) this.#firstCycle = cycle;
    const at = this.#beats * count;
    if (at + count > this.#frame.length) this.#grow();
    const frame = this.#frame, from = this.#dataAt;
    for (let i = 0; i < count; i += 1) frame[at + i] = words[from + i]!;
    this.#beats += 1;
    if (words[this.#lastAt] !== 0) this.#end(cycle);
    else if (this.#keepAt >= 0) this.#checkWhole();
  }

  #end(cycle: number): void {
    const { user } = this.#signals;
    const { counters } = this;
    const bytes = this.#bytes(this.#present());
    counters.frames += 1;
    counters.bytes += bytes.length;
    this.#beats = 0;
    this.#onFrame({ bytes, user: user === undefined ? 0 : this.#words[user.at]!, firstCycle: this.#firstCycle, lastCycle: cycle });
  }

  #checkWhole(): void {
    const { whole } = this.#is;
    whole.checks += 1;
    const words = this.#words, all = this.#allBytes, at = this.#keepAt;
    for (let i = 0; i < all.length; i += 1) {
      if (words[at + i] !== all[i]) this.#broken(whole);
    }
  }

  /** Bytes of the last beat. @throws ProtocolError if it is not packed */
  #present(): number {
    const { lanes } = this.#signals;
    if (this.#keepAt < 0) return lanes;
    const { packed } = this.#is;
    packed.checks += 1;
    let present = 0;
    for (let i = 0; i * 32 < lanes; i += 1) {
      const word = this.#words[this.#keepAt + i]!;
      // Ones from bit 0 up: one more carries through all of them. And none after a word that is not full.
      if ((word & (word + 1)) !== 0 || (word !== 0 && present < 32 * i)) this.#broken(packed);
      present += 32 - Math.clz32(word);
    }
    if (present === 0) this.#broken(packed);
    return present;
  }

  #broken(rule: Rule): never {
    const { keep } = this.#signals;
    return rule.broken(`it was ${hex(this.#words.subarray(keep!.at, keep!.at + keep!.words))} on beat ${this.#beats}`);
  }

  #bytes(present: number): Uint8Array {
    const { lanes, data } = this.#signals;
    const stride = data.words * 4;
    const length = (this.#beats - 1) * lanes + present;
    const all = new Uint8Array(this.#frame.buffer);
    if (stride === lanes) return all.slice(0, length);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i += 1) bytes[i] = all[Math.floor(i / lanes) * stride + (i % lanes)]!;
    return bytes;
  }

  #grow(): void {
    const larger = new Uint32Array(2 * this.#frame.length);
    larger.set(this.#frame);
    this.#frame = larger;
  }
}
