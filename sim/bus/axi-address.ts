/** The address channels AW and AR, as a slave sees them: takes bursts, and checks what AXI4 demands of one. */
import { type Burst, FIXED, INCR, PAGE_BYTES, WRAP } from './axi-burst.ts';
import { OKAY } from './axi-response.ts';
import { AXI_CLAUSES, Incoming } from './channel.ts';
import { Rule } from './rule.ts';
import { bits, type Signal, type Signals } from './signals.ts';

export interface AddressLimits {
  /** Only INCR bursts of full-width beats; default false. */
  readonly incrementing?: boolean;
  /** Most bytes of a burst, 1 to 4096. */
  readonly maximumBytes?: number;
}

const PAYLOAD = ['id', 'addr', 'len', 'size', 'burst', 'lock', 'cache', 'prot', 'qos', 'region', 'user'];

export class AxiAddressChannel {
  readonly rules: readonly Rule[];
  readonly incoming: Incoming;
  readonly id: Signal | undefined;
  readonly #words: Uint32Array;
  readonly #addr: Signal;
  readonly #len: Signal | undefined;
  readonly #size: Signal | undefined;
  readonly #burst: Signal | undefined;
  readonly #lock: Signal | undefined;
  readonly #cache: Signal | undefined;
  readonly #prot: Signal | undefined;
  readonly #user: Signal | undefined;
  readonly #busBytes: number;
  readonly #limits: AddressLimits;
  readonly #is;
  #number = 0;

  /** @param channel `AW` or `AR` */
  constructor(signals: Signals, channel: 'AW' | 'AR', busBytes: number, limits: AddressLimits) {
    const name = channel.toLowerCase();
    const optional = (field: string, width?: number) => signals.optional(name + field, 'out', width);
    this.#words = signals.ports.words;
    this.#busBytes = busBytes;
    this.#limits = limits;
    this.#addr = signals.required(`${name}addr`, 'out');
    if (this.#addr.width > 64) throw new Error(`${this.#addr.name} has ${bits(this.#addr.width)}; an AXI4 memory takes at most 64`);
    this.id = optional('id');
    if (this.id !== undefined && this.id.width > 32) throw new Error(`${this.id.name} has ${bits(this.id.width)}; an AXI4 memory takes at most 32`);
    this.#len = optional('len', 8);
    this.#size = optional('size', 3);
    this.#burst = optional('burst', 2);
    this.#lock = optional('lock', 1);
    this.#cache = optional('cache', 4);
    this.#prot = optional('prot', 3);
    this.#user = optional('user');
    this.incoming = new Incoming(signals, {
      channel, valid: signals.required(`${name}valid`, 'out', 1), ready: signals.required(`${name}ready`, 'in', 1),
      payload: signals.present(PAYLOAD.map((field) => name + field)),
    }, AXI_CLAUSES);
    const burst = 'AMBA AXI A3.4.1';
    this.#is = {
      defined: new Rule(`${channel}BURST must not be 3, which is reserved`, burst),
      fitting: new Rule(`${channel}SIZE must not exceed the data bus`, burst),
      inPage: new Rule(`an INCR ${channel} burst must not cross a 4 KiB boundary`, burst),
      fixedLength: new Rule(`a FIXED ${channel} burst must not be longer than 16 beats`, burst),
      wrapLength: new Rule(`a WRAP ${channel} burst must be 2, 4, 8 or 16 beats long`, burst),
      wrapAligned: new Rule(`a WRAP ${channel} burst must start at a multiple of its size`, burst),
      cacheable: new Rule(`${channel}CACHE must not ask to allocate what is not modifiable`, 'AMBA AXI A4.4'),
      normal: new Rule(`${channel}LOCK must be low: this memory has no exclusive accesses`, 'AMBA AXI A7.2'),
      incrementing: new Rule(`${channel} bursts must be INCR with full-width beats`, 'option incrementing'),
      short: new Rule(`${channel} bursts must not exceed ${limits.maximumBytes ?? PAGE_BYTES} bytes`, 'option maximumBytes'),
    };
    const { incrementing, short, ...always } = this.#is;
    this.rules = [...this.incoming.rules, ...Object.values(always), ...(limits.incrementing === true ? [incrementing] : []), ...(limits.maximumBytes === undefined ? [] : [short])];
  }

  /** After a transfer: what was taken, with the defaults of AXI4 for signals that are not there (A9.3). @throws ProtocolError */
  take(into: Burst): void {
    const words = this.#words;
    const { at, words: addressWords } = this.#addr;
    const low = words[at]!;
    into.offset = low & (PAGE_BYTES - 1);
    into.page = (addressWords > 1 ? words[at + 1]! * 2 ** 32 : 0) + (low - into.offset);
    into.number = this.#number;
    this.#number += 1;
    into.id = this.id === undefined ? 0 : words[this.id.at]!;
    into.beats = this.#len === undefined ? 1 : words[this.#len.at]! + 1;
    into.bytes = this.#size === undefined ? this.#busBytes : 1 << words[this.#size.at]!;
    into.kind = this.#burst === undefined ? INCR : words[this.#burst.at]!;
    into.cache = this.#cache === undefined ? 0 : words[this.#cache.at]!;
    into.prot = this.#prot === undefined ? 0 : words[this.#prot.at]!;
    into.user = this.#user === undefined ? 0 : words[this.#user.at]!;
    into.done = 0;
    into.next = into.kind === INCR && into.bytes === this.#busBytes && into.bytes >= 4 ? into.offset : -1;
    into.response = OKAY;
    into.refused = false;
    into.begun = false;
    into.dense = true;
    into.due = Infinity;
    this.#check(into);
  }

  /** Transactions are numbered from 0 again. */
  restart(): void {
    this.#number = 0;
  }

  #check({ kind, bytes, beats, offset, page, cache }: Burst): void {
    const is = this.#is;
    is.defined.checks += 1;
    if (kind === 3) is.defined.broken('it was');
    is.fitting.checks += 1;
    if (bytes > this.#busBytes) is.fitting.broken(`a beat of ${bytes} bytes is wider than ${this.#busBytes}`);
    if (kind === INCR) {
      is.inPage.checks += 1;
      const end = (offset & -bytes) + beats * bytes;
      if (end > PAGE_BYTES) is.inPage.broken(`${beats} x ${bytes} bytes from 0x${(page + offset).toString(16)} go ${end - PAGE_BYTES} bytes beyond it`);
    } else if (kind === FIXED) {
      is.fixedLength.checks += 1;
      if (beats > 16) is.fixedLength.broken(`it has ${beats}`);
    } else if (kind === WRAP) {
      is.wrapLength.checks += 1;
      if (beats !== 2 && beats !== 4 && beats !== 8 && beats !== 16) is.wrapLength.broken(`it has ${beats}`);
      is.wrapAligned.checks += 1;
      if ((offset & (bytes - 1)) !== 0) is.wrapAligned.broken(`0x${(page + offset).toString(16)} is no multiple of ${bytes}`);
    }
    is.cacheable.checks += 1;
    if ((cache & 2) === 0 && cache >= 4) is.cacheable.broken(`it is ${cache}`);
    is.normal.checks += 1;
    if (this.#lock !== undefined && this.#words[this.#lock.at] !== 0) is.normal.broken('it was high');
    const { incrementing = false, maximumBytes } = this.#limits;
    if (incrementing) {
      is.incrementing.checks += 1;
      if (kind !== INCR || bytes !== this.#busBytes) is.incrementing.broken(`this one is ${['FIXED', 'INCR', 'WRAP'][kind]} with ${bytes} bytes a beat`);
    }
    if (maximumBytes !== undefined) {
      is.short.checks += 1;
      if (beats * bytes > maximumBytes) is.short.broken(`this one has ${beats * bytes}`);
    }
  }
}
