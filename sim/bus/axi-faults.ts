/** Errors that an AXI memory answers on purpose. */
import { describe } from '@vtoe/hdl/internal/check/describe';
import type { Random } from '../random.ts';
import { type AxiResponse, DECERR, OKAY, SLVERR, worse } from './axi-response.ts';

/** Which accesses are answered with an error; the store sees nothing of them. */
export type AxiFault = { readonly response: 'SLVERR' | 'DECERR' } & (
  /** Beats that touch a byte from `from` to `to - 1`; the other beats of the burst are served. */
  | { readonly from: number; readonly to: number }
  /** The n-th transaction of this direction, counted from 0: all of its beats. */
  | { readonly transaction: number }
  /** Each transaction with this probability, 0 to 1: all of its beats. */
  | { readonly probability: number }
);

interface Range {
  readonly from: number;
  readonly to: number;
  readonly response: AxiResponse;
}

export class AxiFaults {
  readonly #ranges: Range[] = [];
  readonly #numbered = new Map<number, AxiResponse>();
  readonly #drawn: { readonly probability: number; readonly response: AxiResponse }[] = [];
  readonly #random: Random;

  /** @throws RangeError naming `key`, the value and what is allowed */
  constructor(key: string, faults: readonly AxiFault[], random: Random) {
    this.#random = random;
    for (const fault of faults) this.#add(key, fault);
  }

  /** Whether beats must be asked for one by one. */
  get ranged(): boolean {
    return this.#ranges.length > 0;
  }

  /** For all beats of a transaction. Draws: to be called once for each. */
  ofTransaction(number: number): AxiResponse {
    let response: AxiResponse = this.#numbered.get(number) ?? OKAY;
    for (const { probability, response: drawn } of this.#drawn) {
      if (this.#random.chance(probability)) response = worse(response, drawn);
    }
    return response;
  }

  /** For a beat from `address` to `end - 1`. */
  ofBytes(address: number, end: number): AxiResponse {
    let response: AxiResponse = OKAY;
    for (const range of this.#ranges) {
      if (address < range.to && end > range.from) response = worse(response, range.response);
    }
    return response;
  }

  #add(key: string, fault: AxiFault): void {
    const refuse = (): never => {
      throw new RangeError(`${key} must have a response 'SLVERR' or 'DECERR' and { from, to } addresses, a { transaction } from 0 up or a { probability } from 0 to 1, not ${JSON.stringify(fault) ?? describe(fault)}`);
    };
    if (typeof fault !== 'object' || fault === null || (fault.response !== 'SLVERR' && fault.response !== 'DECERR')) return refuse();
    const response = fault.response === 'SLVERR' ? SLVERR : DECERR;
    if ('transaction' in fault) {
      if (!Number.isSafeInteger(fault.transaction) || fault.transaction < 0) return refuse();
      this.#numbered.set(fault.transaction, worse(response, this.#numbered.get(fault.transaction) ?? OKAY));
    } else if ('probability' in fault) {
      if (!(fault.probability >= 0 && fault.probability <= 1)) return refuse();
      this.#drawn.push({ probability: fault.probability, response });
    } else {
      const { from, to } = fault;
      if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to <= from) return refuse();
      this.#ranges.push({ from, to, response });
    }
  }
}
