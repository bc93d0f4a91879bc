/** The entries of a sampler over many cycles, in chunks; the oldest are dropped when there are too many. */
import type { Sampler } from './sampler.ts';

interface Chunk {
  /** First cycle that is known from this chunk on. */
  from: number;
  /** All words before the first entry. */
  readonly start: Uint32Array;
  readonly entries: Uint32Array;
  length: number;
}

/** A run of entries, and the values that they change. */
export interface Piece {
  readonly start: Uint32Array;
  readonly entries: Uint32Array;
}

export interface LogLimits {
  /** Cycles to be kept, at least. */
  readonly cycles: number;
  /** Bytes to be kept, at most: this counts for more. */
  readonly bytes: number;
}

const LEAST_CHUNK_WORDS = 1024;
const MOST_CHUNK_WORDS = 1 << 20;
/** A limit in bytes is kept by dropping one chunk of so many. */
const CHUNKS_IN_LIMIT = 16;

export class ChangeLog {
  readonly #sampler: Sampler;
  readonly #limits: LogLimits;
  #chunks: Chunk[] = [];
  #bytes = 0;
  #isClosed = false;
  /** Cycle after the latest sample. */
  #to: number;

  /** @param from the next cycle to be sampled */
  constructor(sampler: Sampler, from: number, limits: LogLimits) {
    this.#sampler = sampler;
    this.#limits = limits;
    this.#to = from;
    this.#open();
  }

  get from(): number {
    return this.#chunks[0]!.from;
  }

  get to(): number {
    return this.#to;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Samples `cycle`. One that is not after the last one replaces it and all after it. */
  sample(cycle: number): void {
    const sampler = this.#sampler;
    if (cycle < this.#to) this.#rewind(cycle);
    sampler.sample();
    this.#to = cycle + 1;
    if (sampler.isFull) this.#drain();
  }

  /** To be called before another log takes over the sampler: this one is complete. */
  close(): void {
    this.#drain();
    this.#isClosed = true;
  }

  /** What is kept. The pieces stay as they are, whatever is sampled later. */
  pieces(): Piece[] {
    if (!this.#isClosed) this.#drain();
    return this.#chunks.map(({ start, entries, length }) => ({ start, entries: entries.subarray(0, length) }));
  }

  /** An entry of its own marks the place: the sample may find no change. */
  #rewind(cycle: number): void {
    this.#drain();
    this.#append(this.#sampler.emptyEntry(cycle));
    for (const chunk of this.#chunks) chunk.from = Math.min(chunk.from, cycle);
  }

  #drain(): void {
    const entries = this.#sampler.drain();
    if (entries.length > 0) this.#append(entries);
  }

  #append(entries: Uint32Array): void {
    const chunk = this.#chunks.at(-1)!;
    chunk.entries.set(entries, chunk.length);
    chunk.length += entries.length;
    if (chunk.length + this.#room > chunk.entries.length) this.#open();
  }

  /** Words that a drain may give, with a mark of a rewinding before. */
  get #room(): number {
    return 2 * this.#sampler.mostPending;
  }

  /** A chunk has room for whatever is drained next. */
  #open(): void {
    const grown = Math.min(Math.max(LEAST_CHUNK_WORDS, 2 * (this.#chunks.at(-1)?.entries.length ?? 0)), MOST_CHUNK_WORDS, this.#limits.bytes / 4 / CHUNKS_IN_LIMIT);
    const chunk = { from: this.#to, start: this.#sampler.values(), entries: new Uint32Array(Math.max(Math.ceil(grown), 2 * this.#room)), length: 0 };
    this.#chunks.push(chunk);
    this.#bytes += sizeOf(chunk);
    let dropped = 0;
    while (dropped + 1 < this.#chunks.length && (this.#bytes > this.#limits.bytes || this.#chunks[dropped + 1]!.from <= this.#to - this.#limits.cycles)) {
      this.#bytes -= sizeOf(this.#chunks[dropped]!);
      dropped += 1;
    }
    if (dropped > 0) this.#chunks = this.#chunks.slice(dropped);
  }
}

function sizeOf({ start, entries }: Chunk): number {
  return start.byteLength + entries.byteLength;
}
