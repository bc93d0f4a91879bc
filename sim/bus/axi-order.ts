/**
 * The transactions of one direction that wait for their responses, and which of them is next.
 *
 * Within an ID it is always the order of the addresses (AMBA AXI, IHI 0022, A5). Between IDs it is the same order, or,
 * if the memory reorders, any transaction that is due: drawn from a seed.
 */
import type { Random } from '../random.ts';
import type { Burst } from './axi-burst.ts';

export class AxiOrder {
  /** In the order of their addresses. */
  readonly #waiting: Burst[];
  #count = 0;
  readonly #reorders: boolean;
  readonly #random: Random;
  /** Before this cycle nothing is due; 0: not known. */
  #wake = 0;

  constructor(slots: readonly Burst[], reorders: boolean, random: Random) {
    this.#waiting = [...slots];
    this.#reorders = reorders;
    this.#random = random;
  }

  get count(): number {
    return this.#count;
  }

  add(burst: Burst): void {
    this.#waiting[this.#count] = burst;
    this.#count += 1;
    this.#wake = 0;
  }

  isOldest(burst: Burst): boolean {
    return this.#waiting[0] === burst;
  }

  remove(burst: Burst): void {
    let i = 0;
    while (this.#waiting[i] !== burst) i += 1;
    this.#count -= 1;
    for (; i < this.#count; i += 1) this.#waiting[i] = this.#waiting[i + 1]!;
    this.#wake = 0;
  }

  /** To be called when a burst that waits has got its `due`. */
  changed(): void {
    this.#wake = 0;
  }

  clear(): void {
    this.#count = 0;
    this.#wake = 0;
  }

  /** False if nothing is due: cheaper than `next`. */
  mayBeDue(cycle: number): boolean {
    return this.#count > 0 && cycle >= this.#wake;
  }

  /** The first cycle, from this one on, in the one after which something may be due. */
  nextCycle(cycle: number): number {
    return this.#count === 0 ? Infinity : Math.max(cycle, this.#wake - 1);
  }

  /** One that may be answered from `cycle` on. */
  next(cycle: number): Burst | undefined {
    if (!this.mayBeDue(cycle)) return undefined;
    if (!this.#reorders) {
      const oldest = this.#waiting[0]!;
      if (oldest.due <= cycle) return oldest;
      this.#wake = oldest.due;
      return undefined;
    }
    let [found, wake] = [0, Infinity];
    for (let i = 0; i < this.#count; i += 1) {
      const { due } = this.#waiting[i]!;
      if (due > wake && due > cycle) continue;
      if (!this.#oldestOfItsId(i)) continue;
      if (due <= cycle) found += 1;
      else wake = due;
    }
    if (found === 0) {
      this.#wake = wake;
      return undefined;
    }
    let skip = found === 1 ? 0 : this.#random.below(found);
    for (let i = 0; ; i += 1) {
      const burst = this.#waiting[i]!;
      if (burst.due > cycle || !this.#oldestOfItsId(i)) continue;
      if (skip === 0) return burst;
      skip -= 1;
    }
  }

  #oldestOfItsId(i: number): boolean {
    const { id } = this.#waiting[i]!;
    for (let k = 0; k < i; k += 1) {
      if (this.#waiting[k]!.id === id) return false;
    }
    return true;
  }
}
