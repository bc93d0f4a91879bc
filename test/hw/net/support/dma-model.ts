/** The write side of host memory as `rxPlace` sees it: takes ranges and their beats, keeps the bytes, acknowledges late and in any order. */
import type { Random } from '../../../../sim/random.ts';

export interface RangeTaken {
  readonly owner: bigint;
  readonly page: bigint;
  readonly size_log2: bigint;
  readonly offset: bigint;
  readonly bytes: bigint;
  readonly tag: bigint;
}

export interface Done {
  readonly tag: number;
  readonly error: boolean;
}

interface Pending extends RangeTaken {
  readonly beats: number;
  taken: number;
}

/** Byte addresses as `owner:address`. */
export class DmaModel {
  readonly memory = new Map<string, number>();
  /** Bytes that were written twice. */
  twice = 0;
  readonly #hostBytes: number;
  readonly #burstMostBytes: number;
  readonly #random: Random;
  readonly #latency: number;
  readonly #fails: (owner: bigint) => boolean;
  readonly #ranges: Pending[] = [];
  readonly #acknowledgements: { at: number; done: Done }[] = [];

  constructor(options: { readonly hostBytes: number; readonly burstMostBytes: number; readonly random: Random; readonly latency: number; readonly fails?: (owner: bigint) => boolean }) {
    this.#hostBytes = options.hostBytes;
    this.#burstMostBytes = options.burstMostBytes;
    this.#random = options.random;
    this.#latency = options.latency;
    this.#fails = options.fails ?? (() => false);
  }

  range(range: RangeTaken): void {
    const beats = Math.ceil(((Number(range.offset) % this.#hostBytes) + Number(range.bytes)) / this.#hostBytes);
    this.#ranges.push({ ...range, beats, taken: 0 });
  }

  /** Beats come for ranges that were taken, or are about to be. */
  get wantsData(): boolean {
    return this.#ranges.length > 0;
  }

  data(beat: bigint, cycle: number): void {
    const range = this.#ranges[0];
    if (range === undefined) throw new Error('a beat came without a range');
    const bytes = Buffer.from(beat.toString(16).padStart(this.#hostBytes * 2, '0'), 'hex').reverse();
    const first = Number(range.offset) % this.#hostBytes;
    for (let lane = 0; lane < this.#hostBytes; lane++) {
      const index = range.taken * this.#hostBytes + lane - first;
      if (index < 0 || index >= Number(range.bytes)) continue;
      const offset = (Number(range.offset) + index) % 2 ** Number(range.size_log2);
      const key = `${range.owner}:${range.page * 4096n + BigInt(offset)}`;
      if (this.memory.has(key)) this.twice += 1;
      this.memory.set(key, bytes[lane]!);
    }
    range.taken += 1;
    if (range.taken < range.beats) return;
    this.#ranges.shift();
    const bursts = Math.ceil(((Number(range.offset) % this.#burstMostBytes) + Number(range.bytes)) / this.#burstMostBytes);
    const error = this.#fails(range.owner);
    for (let i = 0; i < bursts; i++) {
      this.#acknowledgements.push({ at: cycle + 1 + this.#random.below(this.#latency), done: { tag: Number(range.tag), error: error && i === bursts - 1 } });
    }
  }

  /** At most one a cycle. */
  done(cycle: number): Done | undefined {
    const due = this.#acknowledgements.findIndex(({ at }) => at <= cycle);
    return due < 0 ? undefined : this.#acknowledgements.splice(due, 1)[0]!.done;
  }

  get idle(): boolean {
    return this.#ranges.length === 0 && this.#acknowledgements.length === 0;
  }
}
