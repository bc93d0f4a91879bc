/**
 * Congestion control without SACK: slow start, congestion avoidance and fast retransmit (RFC 5681), NewReno's fast recovery
 * (RFC 6582), an initial window of ten segments (RFC 6928).
 */

/** What the caller is to send again: the first segment that is not acknowledged, or nothing. */
export type Retransmit = boolean;

const DUPLICATES = 3;

export class NewReno {
  readonly #mss: number;
  /** Bytes. */
  window: number;
  #threshold = Infinity;
  #duplicates = 0;
  /** Highest place that was sent when recovery began. */
  #recover = -Infinity;
  #recovering = false;
  /** Bytes acknowledged in congestion avoidance since the window grew last (RFC 5681, 3.1). */
  #counted = 0;

  constructor(mss: number) {
    this.#mss = mss;
    this.window = Math.min(10 * mss, Math.max(2 * mss, 14_600));
  }

  get recovering(): boolean {
    return this.#recovering;
  }

  /**
   * New data were acknowledged.
   * @param una SND.UNA after it
   * @param flight bytes that are still under way
   */
  acknowledged(bytes: number, una: number, flight: number): Retransmit {
    const mss = this.#mss;
    this.#duplicates = 0;
    if (this.#recovering) {
      if (una >= this.#recover) {
        this.#recovering = false;
        this.window = Math.min(this.#threshold, Math.max(flight, mss) + mss);
        return false;
      }
      // A partial acknowledgment: the next hole.
      this.window = Math.max(mss, this.window - bytes + (bytes >= mss ? mss : 0));
      return true;
    }
    if (this.window < this.#threshold) {
      this.window += Math.min(bytes, mss);
      return false;
    }
    this.#counted += bytes;
    if (this.#counted >= this.window) {
      this.#counted -= this.window;
      this.window += mss;
    }
    return false;
  }

  /** @param sent SND.MAX: what was sent so far ends there */
  duplicate(una: number, sent: number): Retransmit {
    this.#duplicates += 1;
    if (this.#recovering) {
      this.window += this.#mss;
      return false;
    }
    if (this.#duplicates !== DUPLICATES || una <= this.#recover) return false;
    this.#threshold = Math.max((sent - una) / 2, 2 * this.#mss);
    this.window = this.#threshold + DUPLICATES * this.#mss;
    this.#recover = sent;
    this.#recovering = true;
    return true;
  }

  /** @param isFirst not a time-out of the same segment again */
  timedOut(flight: number, sent: number, isFirst: boolean): void {
    if (isFirst) this.#threshold = Math.max(flight / 2, 2 * this.#mss);
    this.window = this.#mss;
    this.#recover = sent;
    this.#recovering = false;
    this.#duplicates = 0;
    this.#counted = 0;
  }
}
