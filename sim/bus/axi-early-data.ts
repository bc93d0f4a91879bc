/** Write data that came before its address (AMBA AXI, IHI 0022, A3.3.1): beats as they were, in order. */
import type { Signal } from './signals.ts';

const MOST_BEATS = 256;

export class EarlyData {
  /** Beats: words of data, then words of strobes. */
  readonly store: Uint32Array;
  readonly #words: Uint32Array;
  readonly #data: Signal;
  readonly #strobe: Signal | undefined;
  readonly #beatWords: number;
  readonly #capacity: number;
  #head = 0;
  #count = 0;
  /** Beats of each complete burst, the oldest first; then those of one without its last beat. */
  readonly #beats: number[] = [0];
  readonly #bursts: number;

  /** @param bursts most of them at once */
  constructor(words: Uint32Array, data: Signal, strobe: Signal | undefined, bursts: number) {
    this.#words = words;
    this.#data = data;
    this.#strobe = strobe;
    this.#bursts = bursts;
    this.#beatWords = data.words + (strobe?.words ?? 0);
    this.#capacity = bursts * MOST_BEATS;
    this.store = new Uint32Array(this.#capacity * this.#beatWords);
  }

  /** Whether a further beat may come. */
  get room(): boolean {
    return this.#beats.length <= this.#bursts;
  }

  get empty(): boolean {
    return this.#count === 0;
  }

  /** Beats so far of the burst that is coming in. */
  get partial(): number {
    return this.#beats[this.#beats.length - 1]!;
  }

  /** Takes the beat that the ports have. */
  push(last: boolean): void {
    const { store } = this;
    const words = this.#words, { at, words: dataWords } = this.#data;
    const to = ((this.#head + this.#count) % this.#capacity) * this.#beatWords;
    for (let i = 0; i < dataWords; i += 1) store[to + i] = words[at + i]!;
    if (this.#strobe !== undefined) {
      const from = this.#strobe.at;
      for (let i = 0; i < this.#strobe.words; i += 1) store[to + dataWords + i] = words[from + i]!;
    }
    this.#count += 1;
    this.#beats[this.#beats.length - 1]! += 1;
    if (last) this.#beats.push(0);
  }

  /** Beats of the oldest burst, and whether its last one is among them. */
  get oldest(): { readonly beats: number; readonly complete: boolean } {
    return { beats: this.#beats[0]!, complete: this.#beats.length > 1 };
  }

  /** Index in `store` of the oldest beat, which is no longer in the queue, but stays until the next `push`. */
  shift(): number {
    const at = this.#head * this.#beatWords;
    this.#head = (this.#head + 1) % this.#capacity;
    this.#count -= 1;
    return at;
  }

  /** The oldest burst has its address: what follows of it does not come here. */
  addressed(): void {
    if (this.#beats.length > 1) this.#beats.shift();
    else this.#beats[0] = 0;
  }

  clear(): void {
    this.#head = 0;
    this.#count = 0;
    this.#beats.length = 1;
    this.#beats[0] = 0;
  }
}
