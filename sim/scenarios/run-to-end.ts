/** A bench, run until its work is done, with looks in between at how far it is. */
import type { TestBench } from '../engine/test-bench.ts';

export interface RunToEndOptions {
  readonly isOver: () => boolean;
  /** A count that grows as long as anything moves. */
  readonly moved: () => number;
  /** Cycles without any movement after which the run is given up. */
  readonly patienceCycles: number;
  /** Called every thousand cycles, but for those in which nothing happens: tells how far it is. */
  readonly look: () => void;
}

const SLICE_CYCLES = 1000;

/** False if it was given up. @throws what the bench throws, unless the run is over already */
export function runToEnd(bench: TestBench, { isOver, moved, patienceCycles, look }: RunToEndOptions): boolean {
  for (let [before, since] = [-1, bench.cycle]; !isOver();) {
    // In time that is skipped nothing moves: it would see the same again.
    const quiet = Math.min(bench.quietUntil, since + patienceCycles + SLICE_CYCLES - 1) - bench.cycle;
    try {
      bench.run(SLICE_CYCLES * Math.max(1, Math.floor(quiet / SLICE_CYCLES)));
    } catch (error) {
      // What follows from a problem that was found before is no news.
      if (!isOver()) throw error;
      return true;
    }
    look();
    const now = moved();
    if (now !== before) [before, since] = [now, bench.cycle];
    else if (bench.cycle - since >= patienceCycles) return false;
  }
  return true;
}
