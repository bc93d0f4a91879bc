/** Counts over a span of time, without what comes before and behind it. */

/** A rate of a steady state: from the first to the last time within the span that the count grew. */
export class Meter {
  readonly from: number;
  readonly to: number;
  #first: { readonly cycle: number; readonly count: number } | undefined;
  #last: { readonly cycle: number; readonly count: number } | undefined;

  /** Cycles. */
  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
  }

  /** The count has grown to `count` in this cycle. */
  sample(cycle: number, count: number): void {
    if (cycle < this.from || cycle > this.to) return;
    this.#first ??= { cycle, count };
    this.#last = { cycle, count };
  }

  /** @throws Error if it grew less than twice in the span: nothing can be said then */
  get perCycle(): number {
    const first = this.#first, last = this.#last;
    if (first === undefined || last === undefined || last.cycle === first.cycle) throw new Error(`nothing moved from cycle ${this.from} to ${this.to}`);
    return (last.count - first.count) / (last.cycle - first.cycle);
  }
}

/** The value that a share of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('there are no values');
  const sorted = [...values].toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
