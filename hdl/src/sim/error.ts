import type { Waveform } from './wave/waveform.ts';

/** A mistake in the use of the simulator, or a failure of the design, said in one sentence. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  /** Of a failed assertion, assumption or memory collision: every signal in the cycles up to it, if `simulate` has a `postMortem`. */
  declare readonly waveform?: Waveform;
}
