/** A limit of beats per cycle, as a ratio. */

/** Whole numbers, so that no run drifts by rounding. */
const UNIT = 1 << 20;

export class Bandwidth {
  readonly #gain: number;
  /** At most one beat and the fraction that a cycle brings are saved up: other unused cycles are lost, as on a bus. */
  #credit = UNIT;

  /** @param ratio beats per cycle, above 0 to 1 */
  constructor(ratio: number) {
    this.#gain = Math.max(1, Math.round(ratio * UNIT));
  }

  /** A cycle passes. */
  tick(): void {
    this.#credit = Math.min(UNIT + this.#gain - 1, this.#credit + this.#gain);
  }

  get open(): boolean {
    return this.#credit >= UNIT;
  }

  /** A beat passes. */
  take(): void {
    this.#credit -= UNIT;
  }
}
