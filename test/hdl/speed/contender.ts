/** An engine with a design and recorded inputs, ready to run: what a race is between. */

export interface Contender {
  readonly name: string;
  /**
   * Runs that many clock cycles, each with the recording's next inputs, and goes on where it ended before.
   * @returns processor time in seconds
   */
  run(cycles: number): Promise<number>;
  /** As `run`, untimed. @returns the hash (hash.ts) of all outputs in all these cycles */
  fold(cycles: number): Promise<bigint>;
  close(): Promise<void>;
}

/** Cycles with `rst` high before the recording starts, the inputs those of its first row. */
export const RESET_CYCLES = 2;
