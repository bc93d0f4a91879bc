/**
 * An AXI4 memory: the slave of a master port of the design, with latency, bandwidth, reordering, pauses, errors and
 * silence as they are asked for, which checks every rule that a slave can see its master break.
 *
 * One beat a cycle each way; without options an answer may be valid one cycle after its request was taken.
 * It has no exclusive accesses, no order between reads and writes, and no state that a saved engine would hold.
 */
import { describe } from '@vtoe/hdl/internal/check/describe';
import type { BusModel } from '../engine/test-bench.ts';
import type { Ports } from '../engine/engine.ts';
import { random } from '../random.ts';
import type { AddressLimits } from './axi-address.ts';
import { type AxiReadOptions, AxiReadSide } from './axi-read-side.ts';
import type { AxiCounters } from './axi-side.ts';
import { type AxiStore, byteStore } from './axi-store.ts';
import { type AxiWriteOptions, AxiWriteSide } from './axi-write-side.ts';
import { onlyOptions } from '../options.ts';
import type { PausePattern } from './pause.ts';
import { HELD, LEFT, ResetWatch } from './reset-watch.ts';
import { checksOf } from './rule.ts';
import { Signals } from './signals.ts';

export type { AxiFault } from './axi-faults.ts';
export type { AxiReadOptions } from './axi-read-side.ts';
export type { AxiCounters, AxiSideOptions } from './axi-side.ts';
export type { AxiWriteOptions } from './axi-write-side.ts';

export interface AxiMemoryOptions extends AddressLimits {
  /** Of the design's ports: `m_axi_`. */
  readonly prefix: string;
  /** What is behind; bytes begin at address 0. */
  readonly store: AxiStore | Uint8Array;
  /** For errors; by default the prefix without its last underscore. */
  readonly name?: string;
  readonly read?: AxiReadOptions;
  readonly write?: AxiWriteOptions;
  /** Transactions with different IDs may overtake each other; default false. */
  readonly reorder?: boolean;
  /** When AWREADY, WREADY and ARREADY are low, and when no B and no R is offered; `never` by default. */
  readonly pauses?: { readonly aw?: PausePattern; readonly w?: PausePattern; readonly b?: PausePattern; readonly ar?: PausePattern; readonly r?: PausePattern };
  /** Of latencies, order, pauses and probabilities; whatever else has the same seed. Default 1. */
  readonly seed?: number;
}

const OPTIONS = ['prefix', 'store', 'name', 'read', 'write', 'reorder', 'pauses', 'seed', 'incrementing', 'maximumBytes'];

export class AxiMemory implements BusModel {
  readonly name: string;
  readonly #read: AxiReadSide | undefined;
  readonly #write: AxiWriteSide | undefined;
  readonly #reset: ResetWatch;

  /**
   * A design may have the read or the write channels alone.
   * @throws Error in one sentence, for a signal that is missing or wrong, or an option that makes no sense
   */
  constructor(ports: Ports, options: AxiMemoryOptions) {
    const { prefix, store, read = {}, write = {}, reorder = false, pauses = {}, seed = 1, incrementing, maximumBytes } = options;
    this.name = options.name ?? prefix.replace(/_$/, '');
    const key = this.name;
    onlyOptions(key, options, OPTIONS);
    onlyOptions(`${key}: pauses`, pauses, ['aw', 'w', 'b', 'ar', 'r']);
    if (maximumBytes !== undefined && !(Number.isInteger(maximumBytes) && maximumBytes >= 1 && maximumBytes <= 4096)) {
      throw new RangeError(`${key}: maximumBytes must be a whole number from 1 to 4096, not ${describe(maximumBytes)}`);
    }
    if (!(store instanceof Uint8Array) && (typeof store?.read !== 'function' || typeof store.write !== 'function')) {
      throw new TypeError(`${key}: store must be a Uint8Array or have functions read and write, not ${describe(store)}`);
    }
    const signals = new Signals(ports, prefix, 'an AXI4 memory');
    const own = random(seed).fork(key);
    const limits = { ...(incrementing === undefined ? {} : { incrementing }), ...(maximumBytes === undefined ? {} : { maximumBytes }) };
    const context = { key, reorder, limits, pauses, store: store instanceof Uint8Array ? byteStore(store) : store };
    const hasRead = signals.has('arvalid'), hasWrite = signals.has('awvalid');
    this.#read = hasRead || !hasWrite ? new AxiReadSide(signals, read, { ...context, random: own.fork('read') }) : undefined;
    this.#write = hasWrite ? new AxiWriteSide(signals, write, { ...context, random: own.fork('write') }) : undefined;
    this.#reset = new ResetWatch(ports);
  }

  nextCycle(cycle: number): number {
    if (!this.#reset.running) return cycle;
    return Math.min(this.#write?.nextCycle(cycle) ?? Infinity, this.#read?.nextCycle(cycle) ?? Infinity);
  }

  step(cycle: number): void {
    if (!this.#reset.running && this.#hold()) return;
    if (this.#write !== undefined) this.#write.step(cycle);
    if (this.#read !== undefined) this.#read.step(cycle);
  }

  /** False if this is the first cycle out of reset. */
  #hold(): boolean {
    const phase = this.#reset.phase();
    const settled = phase === HELD || phase === LEFT;
    this.#write?.hold(settled);
    this.#read?.hold(settled);
    return phase !== LEFT;
  }

  /** Undefined if the design has no read channels. */
  get reads(): Readonly<AxiCounters> | undefined {
    return this.#read?.side.counters;
  }

  get writes(): Readonly<AxiCounters> | undefined {
    return this.#write?.side.counters;
  }

  /** Transactions whose address was taken and whose answer was not. */
  get outstanding(): { readonly reads: number; readonly writes: number } {
    return { reads: this.#read?.side.outstandingNow ?? 0, writes: this.#write?.side.outstandingNow ?? 0 };
  }

  /** Cycles in which valid waited for ready, by channel. */
  get stalls(): Readonly<Record<string, number>> {
    return { ...this.#write?.stalls, ...this.#read?.stalls };
  }

  /** How often each rule was looked at, by its sentence. */
  get checks(): Readonly<Record<string, number>> {
    return checksOf([...(this.#write?.rules ?? []), ...(this.#read?.rules ?? [])]);
  }

  /** From now on nothing is answered but the rest of a burst that has begun, until the next reset. */
  silence(direction: 'reads' | 'writes' | 'both' = 'both'): void {
    if (direction !== 'writes') this.#read?.side.silence();
    if (direction !== 'reads') this.#write?.side.silence();
  }
}
