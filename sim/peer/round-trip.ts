/** Round-trip times and the retransmission time-out that follows from them (RFC 6298). Nanoseconds. */

export interface RoundTripOptions {
  readonly initialNs: number;
  readonly leastNs: number;
  readonly mostNs: number;
}

export class RoundTrip {
  readonly #options: RoundTripOptions;
  #smoothed: number | undefined;
  #variation = 0;
  #timeout: number;

  constructor(options: RoundTripOptions) {
    this.#options = options;
    this.#timeout = options.initialNs;
  }

  /** RTO, with what `backOff` did to it. */
  get timeoutNs(): number {
    return this.#timeout;
  }

  /** SRTT; undefined before the first sample. */
  get smoothedNs(): number | undefined {
    return this.#smoothed;
  }

  /** (2.2), (2.3); G is a tenth of a millisecond. */
  sample(ns: number): void {
    const { leastNs, mostNs } = this.#options;
    if (this.#smoothed === undefined) {
      this.#smoothed = ns;
      this.#variation = ns / 2;
    } else {
      this.#variation = 0.75 * this.#variation + 0.25 * Math.abs(this.#smoothed - ns);
      this.#smoothed = 0.875 * this.#smoothed + 0.125 * ns;
    }
    this.#timeout = Math.min(mostNs, Math.max(leastNs, this.#smoothed + Math.max(100_000, 4 * this.#variation)));
  }

  /** (5.5) */
  backOff(): void {
    this.#timeout = Math.min(this.#options.mostNs, 2 * this.#timeout);
  }
}
