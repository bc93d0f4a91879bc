/** What the read and the write half of an AXI memory have in common: their options, and the transactions under way. */
import { describe } from '@vtoe/hdl/internal/check/describe';
import type { Random } from '../random.ts';
import { Bandwidth } from './bandwidth.ts';
import { Burst } from './axi-burst.ts';
import { type AxiFault, AxiFaults } from './axi-faults.ts';
import { AxiOrder } from './axi-order.ts';
import { type AxiResponse, DECERR, OKAY, SLVERR } from './axi-response.ts';
import type { AxiStore } from './axi-store.ts';
import { onlyOptions, wholeNumber } from '../options.ts';
import { type Cycles, cyclesOf, isCycles } from './pause.ts';

/** Options of one direction. */
export interface AxiSideOptions {
  /**
   * Cycles from the address (of a write: from the later of address and last data) to the first cycle in which the
   * response may be valid, 1 or more; a range is drawn from for each transaction. Default 1.
   */
  readonly latency?: Cycles;
  /** Most beats of data per cycle, above 0 to 1 (default). */
  readonly bandwidth?: number;
  /** Most transactions whose address was taken and which are not answered, 1 to 256; default 16. The next address waits. */
  readonly outstanding?: number;
  /** Errors to answer. */
  readonly faults?: readonly AxiFault[];
  /** Transactions from this number on, counted from 0, are taken and never answered. */
  readonly silentFrom?: number;
  /** Those whose first byte is from `from` to `to - 1` too. Without `reorder` they hold up all others. */
  readonly silentAt?: readonly { readonly from: number; readonly to: number }[];
}

/** Of one direction. A reset clears none of them. */
export interface AxiCounters {
  /** Addresses that were taken. */
  transactions: number;
  /** Transactions that were answered, to their last beat. */
  answered: number;
  beats: number;
  /** Of a write: bytes with strobe; of a read: bytes of the beats. */
  bytes: number;
  /** Most transactions at once. */
  mostOutstanding: number;
  /** Answers with an error that was injected: B responses, or beats of R. */
  injectedErrors: number;
  /** Answers with an error of the store. */
  storeErrors: number;
  /** Answers of a transaction while an older one, of another ID, waited. */
  overtaken: number;
}

const SIDE_OPTIONS = ['latency', 'bandwidth', 'outstanding', 'faults', 'silentFrom', 'silentAt'] as const;

export class AxiSide {
  readonly counters: AxiCounters = { transactions: 0, answered: 0, beats: 0, bytes: 0, mostOutstanding: 0, injectedErrors: 0, storeErrors: 0, overtaken: 0 };
  readonly order: AxiOrder;
  readonly bandwidth: Bandwidth | undefined;
  readonly faults: AxiFaults;
  readonly store: AxiStore;
  readonly outstanding: number;
  readonly #latency: () => number;
  /** As the options say, and as of now. */
  readonly #silentFromStart: number;
  #silentFrom: number;
  readonly #silentAt: readonly { readonly from: number; readonly to: number }[];
  readonly #all: readonly Burst[];
  readonly #free: Burst[];

  /** @param key of the options: `m_axi: read` */
  constructor(key: string, options: AxiSideOptions, more: readonly string[], { store, reorder, random }: { readonly store: AxiStore; readonly reorder: boolean; readonly random: Random }) {
    onlyOptions(key, options, [...SIDE_OPTIONS, ...more]);
    const { latency = 1, bandwidth = 1, outstanding = 16, faults = [], silentFrom = Infinity, silentAt = [] } = options;
    if (!isCycles(latency)) throw new RangeError(`${key}.latency must be a number of cycles from 1 up, or [least, most] of them, not ${JSON.stringify(latency) ?? describe(latency)}`);
    if (!(bandwidth > 0 && bandwidth <= 1)) throw new RangeError(`${key}.bandwidth must be above 0 and at most 1 beat per cycle, not ${describe(bandwidth)}`);
    if (silentFrom !== Infinity) wholeNumber(`${key}.silentFrom`, silentFrom, 0);
    if (!Array.isArray(silentAt) || !silentAt.every(({ from, to }) => from >= 0 && from < to)) throw new RangeError(`${key}.silentAt must be a list of { from, to }, addresses from 0 up, not ${JSON.stringify(silentAt)}`);
    if (!Array.isArray(faults)) throw new RangeError(`${key}.faults must be a list of faults, not ${describe(faults)}`);
    this.outstanding = wholeNumber(`${key}.outstanding`, outstanding, 1, 256);
    this.store = store;
    this.bandwidth = bandwidth === 1 ? undefined : new Bandwidth(bandwidth);
    this.faults = new AxiFaults(`${key}.faults`, faults, random.fork('faults'));
    this.#latency = cyclesOf(latency, random.fork('latency'));
    this.#silentFromStart = silentFrom;
    this.#silentFrom = silentFrom;
    this.#silentAt = silentAt;
    this.#all = Array.from({ length: this.outstanding }, () => new Burst());
    this.#free = [...this.#all];
    this.order = new AxiOrder(this.#all, reorder, random.fork('order'));
  }

  get room(): boolean {
    return this.#free.length > 0;
  }

  /** No transaction that is not answered yet is answered from now on, nor any that comes. */
  silence(): void {
    this.#silentFrom = 0;
    for (const burst of this.#all) {
      if (!burst.begun) burst.due = Infinity;
    }
    this.order.changed();
  }

  /** A burst for an address that was taken; there is room. */
  allocate(): Burst {
    const { counters } = this;
    counters.transactions += 1;
    const inUse = this.outstanding - this.#free.length + 1;
    if (inUse > counters.mostOutstanding) counters.mostOutstanding = inUse;
    return this.#free.pop()!;
  }

  /** Lines a burst up for its answer, and decides on errors for all of it. */
  lineUp(burst: Burst): void {
    burst.response = this.faults.ofTransaction(burst.number);
    burst.refused = burst.response !== OKAY;
    this.order.add(burst);
  }

  /** Everything was taken that an answer needs. */
  complete(burst: Burst, cycle: number): void {
    const due = cycle + this.#latency();
    const at = burst.page + burst.offset;
    const isSilent = burst.number >= this.#silentFrom || this.#silentAt.some(({ from, to }) => at >= from && at < to);
    burst.due = isSilent ? Infinity : due;
    this.order.changed();
  }

  /** The answer was taken. */
  release(burst: Burst): void {
    this.counters.answered += 1;
    if (!this.order.isOldest(burst)) this.counters.overtaken += 1;
    this.order.remove(burst);
    this.#free.push(burst);
  }

  /** Forgets what is under way, and a silence that was not in the options. */
  clear(): void {
    this.#silentFrom = this.#silentFromStart;
    this.order.clear();
    this.#free.length = 0;
    for (const burst of this.#all) {
      burst.mask.fill(0);
      this.#free.push(burst);
    }
  }

  get outstandingNow(): number {
    return this.outstanding - this.#free.length;
  }
}

/** Addresses from here on are no exact numbers. @see AxiStore */
export const MOST_ADDRESS = 2 ** 53;

/** What a store answered. @throws TypeError if it is no response */
export function checkedResponse(response: AxiResponse, what: string): AxiResponse {
  if (response === OKAY || response === SLVERR || response === DECERR) return response;
  throw new TypeError(`the store answered a ${what} with ${describe(response)}: it must be 0 (OKAY), 2 (SLVERR) or 3 (DECERR)`);
}
