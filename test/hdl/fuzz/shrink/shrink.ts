/** Takes a failing design apart until nothing more can go: delta debugging on the specification. */
import type { Spec } from '../spec.ts';
import { clean, sizeOf } from './clean.ts';
import { ALL_REDUCTIONS, type Reductions } from './reductions.ts';

/** Which of the candidates still fail. Candidates come in batches, since a native engine runs many about as fast as one. */
export type StillFails = (candidates: readonly Spec[]) => Promise<boolean[]>;

export interface ShrinkOptions {
  /** Candidates tried at once. */
  readonly batch?: number;
  /** Candidates tried at all: shrinking ends, with what it has, when they are used up. */
  readonly budget?: number;
  readonly progress?: (size: number) => void;
}

const BATCH = 24;
const BUDGET = 3000;

export async function shrink(spec: Spec, stillFails: StillFails, { batch = BATCH, budget = BUDGET, progress }: ShrinkOptions = {}): Promise<Spec> {
  const search = new Search(clean(spec), stillFails, batch, budget, progress);
  // Cleaning leaves the behaviour as it is; should it not, there is a bug to be seen in the design as it was.
  if (!(await stillFails([search.best]))[0]) return spec;
  return search.run();
}

class Search {
  best: Spec;
  readonly #stillFails: StillFails;
  readonly #batch: number;
  readonly #progress: ((size: number) => void) | undefined;
  #budget: number;

  constructor(start: Spec, stillFails: StillFails, batch: number, budget: number, progress: ((size: number) => void) | undefined) {
    this.best = start;
    this.#stillFails = stillFails;
    this.#batch = batch;
    this.#budget = budget;
    this.#progress = progress;
  }

  async run(): Promise<Spec> {
    for (let improved = true; improved;) {
      improved = false;
      for (const reductions of ALL_REDUCTIONS) while (await this.#improve(reductions)) improved = true;
    }
    return this.best;
  }

  /** Tries a kind of reduction until one candidate fails; true if one did. */
  async #improve(reductions: Reductions): Promise<boolean> {
    const size = measure(this.best);
    let pending: Spec[] = [];
    for (const reduced of reductions(this.best)) {
      const candidate = clean(reduced);
      if (measure(candidate) >= size) continue;
      pending.push(candidate);
      if (pending.length < this.#batch) continue;
      if (await this.#take(pending)) return true;
      pending = [];
    }
    return this.#take(pending);
  }

  async #take(candidates: readonly Spec[]): Promise<boolean> {
    if (candidates.length === 0 || this.#budget <= 0) return false;
    this.#budget -= candidates.length;
    const failing = (await this.#stillFails(candidates)).flatMap((fails, i) => (fails ? [candidates[i]!] : []));
    const smallest = failing.reduce<Spec | undefined>((best, spec) => (best === undefined || measure(spec) < measure(best) ? spec : best), undefined);
    if (smallest === undefined) return false;
    this.best = smallest;
    this.#progress?.(sizeOf(smallest));
    return true;
  }
}

/** Size of the design first, length of the run second. */
function measure(spec: Spec): number {
  return sizeOf(spec) * 1000 + spec.cycles + spec.resets.length;
}
