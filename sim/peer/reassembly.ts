/** The receiving half of a stream: bytes in any order, several times, become one stream. */
import { ByteRing } from './byte-ring.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

export class Reassembly {
  readonly #ring: ByteRing;
  /** First byte that was not read. */
  #read: number;
  /** RCV.NXT of the data: first byte that is missing. */
  #next: number;
  /** What has come behind `next`, in order, with a gap before each. */
  #ahead: Range[] = [];

  constructor(capacity: number, first: number) {
    this.#ring = new ByteRing(capacity);
    this.#read = first;
    this.#next = first;
  }

  get next(): number {
    return this.#next;
  }

  /** First place for which there is no room. */
  get limit(): number {
    return this.#read + this.#ring.capacity;
  }

  /** Bytes that may be read. */
  get readable(): number {
    return this.#next - this.#read;
  }

  get hasGap(): boolean {
    return this.#ahead.length > 0;
  }

  /** Takes what is new and has room; returns how many bytes may be read now that could not before. What came first stays. */
  place(position: number, bytes: Uint8Array): number {
    const before = this.#next;
    let at = Math.max(position, this.#next);
    const end = Math.min(position + bytes.length, this.limit);
    if (at >= end) return 0;
    const fresh: Range = { from: at, to: end };
    for (const { from, to } of this.#ahead) {
      if (to <= at) continue;
      if (from >= end) break;
      if (from > at) this.#ring.write(at, bytes.subarray(at - position, from - position));
      at = to;
    }
    if (at < end) this.#ring.write(at, bytes.subarray(at - position, end - position));
    this.#add(fresh);
    return this.#next - before;
  }

  /** At most so many of the oldest bytes. */
  read(most: number): Uint8Array {
    const bytes = this.#ring.read(this.#read, Math.min(most, this.readable));
    this.#read += bytes.length;
    return bytes;
  }

  #add(fresh: Range): void {
    let { from, to } = fresh;
    const apart: Range[] = [];
    for (const range of this.#ahead) {
      if (range.to < from || range.from > to) apart.push(range);
      else {
        from = Math.min(from, range.from);
        to = Math.max(to, range.to);
      }
    }
    if (from <= this.#next) this.#next = Math.max(this.#next, to);
    else apart.push({ from, to });
    this.#ahead = apart.toSorted((a, b) => a.from - b.from);
  }
}
