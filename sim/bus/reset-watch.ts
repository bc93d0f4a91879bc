/** Whether a bus model stands in reset: what the top's `rst` was at the last edge and at the one before. */
import type { Ports } from '../engine/engine.ts';

/** Out of reset, as in the cycle before. */
export const RUNNING = 0;
/** First cycle of a reset: registers still hold what they held. */
export const ENTERED = 1;
/** In reset: registers have their reset values. */
export const HELD = 2;
/** First cycle after reset: registers have their reset values. */
export const LEFT = 3;

export type ResetPhase = typeof RUNNING | typeof ENTERED | typeof HELD | typeof LEFT;

export class ResetWatch {
  readonly #words: Uint32Array;
  readonly #at: number;
  #before = false;

  constructor({ words, all }: Ports) {
    const rst = all.find(({ name, direction }) => name === 'rst' && direction === 'in');
    // A design without reset is as one whose reset is always 0.
    this.#words = rst === undefined ? new Uint32Array(1) : words;
    this.#at = rst === undefined ? 0 : rst.offset >> 2;
  }

  /** Whether the phase is RUNNING; if not, `phase` is to be called. */
  get running(): boolean {
    return this.#words[this.#at] === 0 && !this.#before;
  }

  /** To be called once in a cycle in which it is not RUNNING. */
  phase(): ResetPhase {
    const now = this.#words[this.#at] !== 0;
    const before = this.#before;
    this.#before = now;
    return now ? (before ? HELD : ENTERED) : (before ? LEFT : RUNNING);
  }
}
