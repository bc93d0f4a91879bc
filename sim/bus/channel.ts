/** One channel of valid, ready and payload, seen from the side that takes, and from the side that gives. */
import { Rule } from './rule.ts';
import type { Signal, Signals } from './signals.ts';

/** Where the specification says it. */
export interface HandshakeClauses {
  readonly handshake: string;
  readonly reset: string;
}

export const AXI_CLAUSES: HandshakeClauses = { handshake: 'AMBA AXI A3.2.1', reset: 'AMBA AXI A3.1.2' };
export const AXI_STREAM_CLAUSES: HandshakeClauses = { handshake: 'AMBA AXI4-Stream 2.2.1', reset: 'AMBA AXI4-Stream 2.7.2' };

interface ChannelSignals {
  /** `AW`, `T`. */
  readonly channel: string;
  readonly valid: Signal;
  /** Without it, always ready. */
  readonly ready: Signal | undefined;
  readonly payload: readonly Signal[];
}

/** The design gives, the model takes. */
export class Incoming {
  readonly rules: readonly Rule[];
  /** Cycles in which valid waited for ready. */
  stalls = 0;
  readonly #words: Uint32Array;
  readonly #valid: number;
  readonly #ready: number;
  /** Indices of all words of the payload, and what they held when valid began to wait. */
  readonly #payload: Int32Array;
  readonly #held: Uint32Array;
  #waiting = false;
  readonly #signals: ChannelSignals;
  readonly #keepsValid: Rule;
  readonly #keepsPayload: Rule;
  readonly #resets: Rule;

  constructor({ ports }: Signals, signals: ChannelSignals, clauses: HandshakeClauses) {
    const { channel, valid, ready, payload } = signals;
    this.#signals = signals;
    this.#words = ports.words;
    this.#valid = valid.at;
    this.#ready = ready?.at ?? -1;
    this.#payload = Int32Array.from(payload.flatMap(({ at, words }) => Array.from({ length: words }, (_, i) => at + i)));
    this.#held = new Uint32Array(this.#payload.length);
    this.#keepsValid = new Rule(`${channel}VALID must not fall before ${channel}READY`, clauses.handshake);
    this.#keepsPayload = new Rule(`the ${channel} payload must not change while ${channel}VALID waits for ${channel}READY`, clauses.handshake);
    this.#resets = new Rule(`${channel}VALID must be low during reset and in the first cycle after it`, clauses.reset);
    this.rules = [this.#keepsValid, this.#keepsPayload, this.#resets];
    this.ready = false;
  }

  /** True if the last edge saw a transfer; checks the handshake. */
  sample(): boolean {
    const words = this.#words;
    if (words[this.#valid] === 0) {
      if (this.#waiting) this.#fell();
      return false;
    }
    if (this.#waiting) this.#compare();
    if (this.#ready < 0 || words[this.#ready] !== 0) {
      this.#waiting = false;
      return true;
    }
    this.stalls += 1;
    if (!this.#waiting) this.#keep();
    return false;
  }

  /** For the next edge. */
  set ready(ready: boolean) {
    if (this.#ready >= 0) this.#words[this.#ready] = ready ? 1 : 0;
  }

  get ready(): boolean {
    return this.#ready < 0 || this.#words[this.#ready] !== 0;
  }

  /** As of the last edge. */
  get valid(): boolean {
    return this.#words[this.#valid] !== 0;
  }

  /** In reset; `settled`: registers have their reset values already. */
  hold(settled: boolean): void {
    this.ready = false;
    this.#waiting = false;
    if (!settled) return;
    this.#resets.checks += 1;
    if (this.valid) this.#resets.broken('it was high');
  }

  #keep(): void {
    const words = this.#words, payload = this.#payload, held = this.#held;
    this.#waiting = true;
    for (let i = 0; i < payload.length; i += 1) held[i] = words[payload[i]!]!;
  }

  #compare(): void {
    const words = this.#words, payload = this.#payload, held = this.#held;
    this.#keepsValid.checks += 1;
    this.#keepsPayload.checks += 1;
    for (let i = 0; i < payload.length; i += 1) {
      if (words[payload[i]!] !== held[i]) this.#changed();
    }
  }

  #fell(): never {
    return this.#keepsValid.broken(`it fell after ${this.#signals.channel}READY had been low`);
  }

  #changed(): never {
    let k = 0;
    for (const { name, words, at } of this.#signals.payload) {
      const now = hex(this.#words.subarray(at, at + words)), before = hex(this.#held.subarray(k, k + words));
      if (now !== before) this.#keepsPayload.broken(`${name} went from ${before} to ${now}`);
      k += words;
    }
    throw new Error('unreachable: a payload that changed has a signal that changed');
  }
}

/** The model gives, the design takes. The model writes the payload itself, before it offers. */
export class Outgoing {
  /** Cycles in which valid waited for ready. */
  stalls = 0;
  readonly #words: Uint32Array;
  readonly #valid: number;
  readonly #ready: number;
  #offered = false;

  constructor({ ports }: Signals, valid: Signal, ready: Signal | undefined) {
    this.#words = ports.words;
    this.#valid = valid.at;
    this.#ready = ready?.at ?? -1;
    this.withdraw();
  }

  /** Whether the last edge saw valid. */
  get offered(): boolean {
    return this.#offered;
  }

  /** True if the last edge saw a transfer. What is offered and not taken stays. */
  sample(): boolean {
    if (!this.#offered) return false;
    if (this.#ready >= 0 && this.#words[this.#ready] === 0) {
      this.stalls += 1;
      return false;
    }
    return true;
  }

  offer(): void {
    this.#words[this.#valid] = 1;
    this.#offered = true;
  }

  /** After a transfer with nothing to follow, or in reset. */
  withdraw(): void {
    this.#words[this.#valid] = 0;
    this.#offered = false;
  }
}

/** Words, least significant first, as a number. */
export function hex(words: Uint32Array): string {
  const digits = Array.from(words, (word) => word.toString(16).padStart(8, '0')).reverse().join('').replace(/^0+(?=.)/, '');
  return `0x${digits}`;
}
