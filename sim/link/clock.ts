/**
 * Clock cycles and simulated time. Hardware counts cycles, a wire counts picoseconds; edge n of a clock of f Hz comes
 * n / f seconds after the start, computed from n each time, so that nothing drifts where the period is no whole number
 * of picoseconds (322,265,625 Hz: 3,103.03… ps).
 */
import { wholeNumber } from '../options.ts';

const PS_PER_SECOND = 1_000_000_000_000n;

export interface Clock {
  readonly frequencyHz: number;
  /** Time of an edge, rounded down to a picosecond; edge 0 is at 0. */
  timePs(edge: number): bigint;
  /** The first edge at this time or after it. */
  edgeFrom(timePs: bigint): number;
}

/** @throws RangeError unless `frequencyHz` is a whole number from 1 to 10^12 */
export function clock(frequencyHz: number): Clock {
  const f = BigInt(wholeNumber('frequencyHz', frequencyHz, 1, 1e12));
  return {
    frequencyHz,
    timePs: (edge) => BigInt(edge) * PS_PER_SECOND / f,
    edgeFrom: (timePs) => Number((timePs * f + PS_PER_SECOND - 1n) / PS_PER_SECOND),
  };
}
