/**
 * What is to happen, by time. A binary heap; things of one time come out in the order in which they went in, so that
 * a run repeats itself exactly.
 */

interface Entry<T> {
  readonly timePs: bigint;
  readonly order: number;
  readonly item: T;
}

export interface EventQueue<T> {
  readonly size: number;
  /** Time of the first item; undefined if there is none. */
  readonly nextPs: bigint | undefined;
  push(timePs: bigint, item: T): void;
  /** Takes the first item out if its time is `untilPs` or before. */
  popUntil(untilPs: bigint): { readonly timePs: bigint; readonly item: T } | undefined;
}

export function eventQueue<T>(): EventQueue<T> {
  return new Heap<T>();
}

class Heap<T> implements EventQueue<T> {
  readonly #entries: Entry<T>[] = [];
  #pushed = 0;

  get size(): number {
    return this.#entries.length;
  }

  get nextPs(): bigint | undefined {
    return this.#entries[0]?.timePs;
  }

  push(timePs: bigint, item: T): void {
    const entries = this.#entries;
    const entry = { timePs, order: this.#pushed, item };
    this.#pushed += 1;
    let at = entries.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, entries[parent]!)) break;
      entries[at] = entries[parent]!;
      at = parent;
    }
    entries[at] = entry;
  }

  popUntil(untilPs: bigint): Entry<T> | undefined {
    const entries = this.#entries;
    const first = entries[0];
    if (first === undefined || first.timePs > untilPs) return undefined;
    const moved = entries.pop()!;
    if (entries.length > 0) this.#sink(moved);
    return first;
  }

  /** Puts an entry in at the root and moves it down to its place. */
  #sink(entry: Entry<T>): void {
    const entries = this.#entries;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && before(entries[child + 1]!, entries[child]!)) child += 1;
      if (!before(entries[child]!, entry)) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = entry;
  }
}

function before<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.timePs < b.timePs || (a.timePs === b.timePs && a.order < b.order);
}
