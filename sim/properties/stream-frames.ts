/** Whole frames of an AXI4-Stream of the TOE, as its port has them: whoever drives it. */
import { Signals } from '../bus/signals.ts';
import type { Ports } from '../engine/engine.ts';
import type { BusModel } from '../engine/test-bench.ts';

/** Longer ones are cut: no frame of Ethernet is. */
const MOST_BYTES = 16_384;

export class StreamFrames implements BusModel {
  readonly name: string;
  readonly #words: Uint32Array;
  readonly #bus;
  readonly #rst: number;
  readonly #buffer = new Uint32Array(MOST_BYTES / 4);
  readonly #bytes = new Uint8Array(this.#buffer.buffer);
  readonly #onFrame: (frame: Uint8Array, user: number) => void;
  /** Words of the frame so far. */
  #filled = 0;

  /** @param onFrame told of each frame in the cycle of its last beat; the bytes are its own for as long as the call lasts */
  constructor(ports: Ports, prefix: string, direction: 'in' | 'out', onFrame: (frame: Uint8Array, user: number) => void) {
    const signals = new Signals(ports, prefix, 'the properties');
    const other = direction === 'in' ? 'out' : 'in';
    const [data, keep] = [signals.required('tdata', direction), signals.required('tkeep', direction)];
    this.name = `frames of ${prefix}`;
    this.#words = ports.words;
    this.#rst = ports.port('rst').offset >> 2;
    this.#bus = {
      valid: signals.required('tvalid', direction).at, ready: signals.required('tready', other).at, last: signals.required('tlast', direction).at, user: signals.required('tuser', direction).at,
      data: data.at, dataWords: data.words, keep: keep.at, keepWords: keep.words,
    };
    this.#onFrame = onFrame;
  }

  /** Looks at what happens only. */
  nextCycle(): number {
    return Infinity;
  }

  step(): void {
    const words = this.#words;
    const { valid, ready, last, user, data, dataWords, keep, keepWords } = this.#bus;
    if (words[this.#rst] !== 0) this.#filled = 0;
    else if (words[valid] !== 0 && words[ready] !== 0) {
      if (this.#filled + dataWords <= this.#buffer.length) {
        for (let i = 0; i < dataWords; i += 1) this.#buffer[this.#filled + i] = words[data + i]!;
        this.#filled += dataWords;
      }
      if (words[last] === 0) return;
      let lanes = 0;
      for (let i = 0; i < keepWords; i += 1) lanes += 32 - Math.clz32(words[keep + i]!);
      const length = 4 * (this.#filled - dataWords) + lanes;
      this.#filled = 0;
      this.#onFrame(this.#bytes.subarray(0, length), words[user]!);
    }
  }
}
