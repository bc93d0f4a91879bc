/** A mistake in the use of the simulator, said in one sentence. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
}
