/**
 * Who reads the completion queue, and when: as NAPI does. An interrupt masks itself and starts polling; polling goes on with
 * a budget for each round, as long as rounds use theirs up; then the interrupt is unmasked, and the queue looked at once more.
 */
import type { Wait } from '@vtoe/hdl';
import { wholeNumber } from '../../options.ts';
import type { Driver } from '../driver.ts';

export interface ServiceOptions {
  /** Entries of a round; default 64. */
  readonly budget?: number;
  /** Entries after which their places are given back, beside the end of a round; default a quarter of the queue, or the budget. */
  readonly headEvery?: number;
  /** Cycles between two rounds, in which others may run; default 1. */
  readonly pauseCycles?: number;
  /** Of interrupts; default one entry, at once. */
  readonly moderation?: { readonly entries?: number; readonly microseconds?: number };
  /** No interrupts at all: a round every so many cycles. */
  readonly pollCycles?: number;
}

export class Service {
  readonly #driver: Driver;
  readonly #budget: number;
  readonly #headEvery: number;
  readonly #pauseCycles: number;
  readonly #moderation: { readonly entries: number; readonly microseconds: number };
  readonly #pollCycles: number | undefined;
  #rang = false;
  #stopping = false;
  hasStopped = false;

  constructor(driver: Driver, { budget = 64, headEvery, pauseCycles = 1, moderation = {}, pollCycles }: ServiceOptions) {
    this.#driver = driver;
    this.#budget = wholeNumber('budget', budget, 1);
    this.#headEvery = wholeNumber('headEvery', headEvery ?? Math.min(budget, driver.cq.entries / 4), 1);
    this.#pauseCycles = wholeNumber('pauseCycles', pauseCycles, 1);
    this.#moderation = { entries: wholeNumber('moderation.entries', moderation.entries ?? 0, 0, 255), microseconds: wholeNumber('moderation.microseconds', moderation.microseconds ?? 0, 0, 65_535) };
    this.#pollCycles = pollCycles === undefined ? undefined : wholeNumber('pollCycles', pollCycles, 1);
  }

  /** The interrupt line rang. */
  ring(): void {
    this.#rang = true;
  }

  stop(): void {
    this.#stopping = true;
  }

  * setUp(): Generator<Wait, void, void> {
    const { page } = this.#driver;
    yield* page.interrupt_moderation.write(this.#moderation);
    yield* page.interrupt_mask.write({ completion: this.#pollCycles === undefined, fault: true });
  }

  * serve(): Generator<Wait, void, void> {
    const polls = this.#pollCycles;
    while (!this.#stopping) {
      if (polls === undefined) {
        yield () => this.#rang || this.#stopping;
        if (this.#rang) yield* this.#interrupted();
      } else {
        if (this.#rang) yield* this.#cause();
        yield* this.#round();
        yield polls;
      }
    }
    this.hasStopped = true;
  }

  * #interrupted(): Generator<Wait, void, void> {
    const { page, cq } = this.#driver;
    const pause = this.#pauseCycles;
    yield* page.interrupt_mask.write({ completion: false, fault: true });
    do {
      yield* this.#cause();
      while (yield* this.#round()) yield pause;
      yield* page.interrupt_mask.write({ completion: true, fault: true });
      // What came between the last look and the unmasking is due, and rings; looking once more saves that interrupt.
    } while (cq.ready && this.#driver.fault === undefined && (yield* this.#maskAgain()));
  }

  * #maskAgain(): Generator<Wait, boolean, void> {
    yield* this.#driver.page.interrupt_mask.write({ completion: false, fault: true });
    return true;
  }

  /** Reads and clears the latches; a fault stops everything. */
  * #cause(): Generator<Wait, void, void> {
    const { page } = this.#driver;
    this.#rang = false;
    const status = yield* page.interrupt_status.read();
    yield* page.interrupt_status.write(status);
    if (!status.fault || this.#driver.fault !== undefined) return;
    const { cause } = yield* page.fault.read();
    this.#driver.faulted(Number(cause), yield* page.fault_address.read());
  }

  /** @returns whether there may be more */
  * #round(): Generator<Wait, boolean, void> {
    const { cq, counters, page } = this.#driver;
    counters.polls += 1;
    let taken = 0;
    for (; taken < this.#budget; taken += 1) {
      const entry = cq.take();
      if (entry === undefined) break;
      this.#driver.dispatch(entry);
      if (cq.unannounced >= this.#headEvery) yield* cq.ring(page);
    }
    yield* cq.ring(page);
    yield* this.#driver.flush();
    if (taken < this.#budget) return false;
    counters.budgetsSpent += 1;
    return true;
  }
}
