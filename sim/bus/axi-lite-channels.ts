/**
 * The five channels of an AXI4-Lite master, and the accesses on them: any number at once, answered in their order, as
 * AXI4-Lite has no IDs. Checks what AXI4-Lite demands of the slave.
 */
import type { AxiResponse } from './axi-response.ts';
import { EXOKAY } from './axi-response.ts';
import { AXI_CLAUSES, Incoming, Outgoing } from './channel.ts';
import type { Pause } from './pause.ts';
import { Rule } from './rule.ts';
import { bits, type Signal, type Signals } from './signals.ts';

export interface LiteAccess {
  readonly kind: 'read' | 'write';
  readonly address: number;
  /** Written, or as it was read. */
  value: number;
  readonly strobes: number;
  /** First cycle after whose edge address and data may be offered. */
  readonly addressFrom: number;
  readonly dataFrom: number;
  addressTaken: boolean;
  dataTaken: boolean;
  response: AxiResponse | undefined;
  /** A reset came before the answer. */
  cut: boolean;
  /** Its time-out has passed: nobody waits for the answer. */
  late: boolean;
  /** Of a posted write: called with the answer. */
  readonly posted: ((access: LiteAccess) => void) | undefined;
}

export class AxiLiteChannels {
  readonly rules: readonly Rule[];
  /** In the order of their answers. */
  readonly writes: LiteAccess[] = [];
  readonly reads: LiteAccess[] = [];
  readonly addressWidth: number;
  readonly #words: Uint32Array;
  readonly #aw: Outgoing;
  readonly #w: Outgoing;
  readonly #ar: Outgoing;
  readonly #b: Incoming;
  readonly #r: Incoming;
  readonly #awaddr: Signal;
  readonly #awprot: Signal | undefined;
  readonly #wdata: Signal;
  readonly #wstrb: Signal | undefined;
  readonly #araddr: Signal;
  readonly #arprot: Signal | undefined;
  readonly #rdata: Signal;
  readonly #bresp: Signal | undefined;
  readonly #rresp: Signal | undefined;
  readonly #prot: number;
  /** Called when an access is answered or cut. */
  readonly #finish: (access: LiteAccess) => void;
  readonly #bPause: Pause | undefined;
  readonly #rPause: Pause | undefined;
  /** Accesses of `writes` and `reads` whose address or data was taken. */
  #awTaken = 0;
  #wTaken = 0;
  #arTaken = 0;
  readonly #is = {
    bAfterAw: new Rule('BVALID must wait for the handshake of AW', 'AMBA AXI A3.3.1'),
    bAfterW: new Rule('BVALID must wait for the handshake of W', 'AMBA AXI A3.3.1'),
    rAfterAr: new Rule('RVALID must wait for the handshake of AR', 'AMBA AXI A3.3.1'),
    bNormal: new Rule('BRESP must not be EXOKAY', 'AMBA AXI B1.1.2'),
    rNormal: new Rule('RRESP must not be EXOKAY', 'AMBA AXI B1.1.2'),
  };

  constructor(signals: Signals, { prot, finish, bPause, rPause }: { readonly prot: number; readonly finish: (access: LiteAccess) => void; readonly bPause: Pause | undefined; readonly rPause: Pause | undefined }) {
    this.#words = signals.ports.words;
    this.#prot = prot;
    this.#finish = finish;
    this.#bPause = bPause;
    this.#rPause = rPause;
    const outgoing = (name: string) => new Outgoing(signals, signals.required(`${name}valid`, 'in', 1), signals.required(`${name}ready`, 'out', 1));
    const incoming = (channel: string, payload: readonly string[]) => {
      const name = channel.toLowerCase();
      return new Incoming(signals, { channel, valid: signals.required(`${name}valid`, 'out', 1), ready: signals.required(`${name}ready`, 'in', 1), payload: signals.present(payload) }, AXI_CLAUSES);
    };
    this.#awaddr = signals.required('awaddr', 'in');
    this.#awprot = signals.optional('awprot', 'in', 3);
    this.#wdata = signals.required('wdata', 'in', 32);
    this.#wstrb = signals.optional('wstrb', 'in', 4);
    this.#araddr = signals.required('araddr', 'in', this.#awaddr.width);
    this.#arprot = signals.optional('arprot', 'in', 3);
    this.#rdata = signals.required('rdata', 'out', 32);
    this.#bresp = signals.optional('bresp', 'out', 2);
    this.#rresp = signals.optional('rresp', 'out', 2);
    this.addressWidth = this.#awaddr.width;
    if (this.addressWidth > 64) throw new Error(`${this.#awaddr.name} has ${bits(this.addressWidth)}; an AXI4-Lite master has at most 64`);
    this.#aw = outgoing('aw');
    this.#w = outgoing('w');
    this.#ar = outgoing('ar');
    this.#b = incoming('B', ['bresp']);
    this.#r = incoming('R', ['rdata', 'rresp']);
    this.rules = [...this.#b.rules, ...this.#r.rules, ...Object.values(this.#is)];
  }

  get hasStrobes(): boolean {
    return this.#wstrb !== undefined;
  }

  get stalls(): { aw: number; w: number; b: number; ar: number; r: number } {
    return { aw: this.#aw.stalls, w: this.#w.stalls, b: this.#b.stalls, ar: this.#ar.stalls, r: this.#r.stalls };
  }

  /** Nothing is on the bus, and both readies are what they are to be. */
  get isQuiet(): boolean {
    const isReady = ({ ready }: Incoming, pause: Pause | undefined): boolean => ready === (pause === undefined || !pause());
    const isQuiet = ![this.#b, this.#r].some(({ valid }) => valid) && ![this.#aw, this.#w, this.#ar].some(({ offered }) => offered);
    return isQuiet && isReady(this.#b, this.#bPause) && isReady(this.#r, this.#rPause);
  }

  step(cycle: number): void {
    // Responses first: they answer what was taken before this edge, not at it.
    if (this.writes.length > 0 || this.#b.valid) {
      this.#takeB();
      this.#sendAw(cycle);
      this.#sendW(cycle);
    }
    if (this.reads.length > 0 || this.#r.valid) {
      this.#takeR();
      this.#sendAr(cycle);
    }
    this.#b.ready = this.#bPause === undefined || !this.#bPause();
    this.#r.ready = this.#rPause === undefined || !this.#rPause();
  }

  /** In reset. `settled`: registers have their reset values already; before, what was under way is cut. What comes during the reset waits for its end. */
  hold(settled: boolean): void {
    for (const channel of [this.#aw, this.#w, this.#ar]) channel.withdraw();
    for (const channel of [this.#b, this.#r]) channel.hold(settled);
    if (settled) return;
    this.#awTaken = 0;
    this.#wTaken = 0;
    this.#arTaken = 0;
    for (const access of [...this.writes.splice(0), ...this.reads.splice(0)]) {
      access.cut = true;
      this.#finish(access);
    }
  }

  #takeB(): void {
    if (this.#b.valid) {
      const { bAfterAw, bAfterW, bNormal } = this.#is;
      bAfterAw.checks += 1;
      bAfterW.checks += 1;
      if (this.#awTaken === 0) bAfterAw.broken('no write is due whose address was taken');
      if (this.#wTaken === 0) bAfterW.broken(`the data of the write to 0x${this.writes[0]!.address.toString(16)} were not taken`);
      bNormal.checks += 1;
      if (this.#bresp !== undefined && this.#words[this.#bresp.at] === EXOKAY) bNormal.broken('it was');
    }
    if (!this.#b.sample()) return;
    const access = this.writes.shift()!;
    this.#awTaken -= 1;
    this.#wTaken -= 1;
    access.response = (this.#bresp === undefined ? 0 : this.#words[this.#bresp.at]!) as AxiResponse;
    this.#finish(access);
  }

  #takeR(): void {
    if (this.#r.valid) {
      const { rAfterAr, rNormal } = this.#is;
      rAfterAr.checks += 1;
      if (this.#arTaken === 0) rAfterAr.broken('no read is due whose address was taken');
      rNormal.checks += 1;
      if (this.#rresp !== undefined && this.#words[this.#rresp.at] === EXOKAY) rNormal.broken('it was');
    }
    if (!this.#r.sample()) return;
    const access = this.reads.shift()!;
    this.#arTaken -= 1;
    access.value = this.#words[this.#rdata.at]!;
    access.response = (this.#rresp === undefined ? 0 : this.#words[this.#rresp.at]!) as AxiResponse;
    this.#finish(access);
  }

  #sendAw(cycle: number): void {
    const aw = this.#aw;
    if (aw.offered) {
      if (!aw.sample()) return;
      this.writes[this.#awTaken]!.addressTaken = true;
      this.#awTaken += 1;
    }
    const next = this.writes[this.#awTaken];
    if (next !== undefined && next.addressFrom <= cycle) this.#offerAddress(aw, next, this.#awaddr, this.#awprot);
    else if (aw.offered) aw.withdraw();
  }

  #sendW(cycle: number): void {
    const w = this.#w;
    if (w.offered) {
      if (!w.sample()) return;
      this.writes[this.#wTaken]!.dataTaken = true;
      this.#wTaken += 1;
    }
    const next = this.writes[this.#wTaken];
    if (next !== undefined && next.dataFrom <= cycle) {
      this.#words[this.#wdata.at] = next.value;
      if (this.#wstrb !== undefined) this.#words[this.#wstrb.at] = next.strobes;
      w.offer();
    } else if (w.offered) w.withdraw();
  }

  #sendAr(cycle: number): void {
    const ar = this.#ar;
    if (ar.offered) {
      if (!ar.sample()) return;
      this.reads[this.#arTaken]!.addressTaken = true;
      this.#arTaken += 1;
    }
    const next = this.reads[this.#arTaken];
    if (next !== undefined && next.addressFrom <= cycle) this.#offerAddress(ar, next, this.#araddr, this.#arprot);
    else if (ar.offered) ar.withdraw();
  }

  #offerAddress(channel: Outgoing, { address }: LiteAccess, signal: Signal, prot: Signal | undefined): void {
    this.#words[signal.at] = address;
    if (signal.words > 1) this.#words[signal.at + 1] = address / 2 ** 32;
    if (prot !== undefined) this.#words[prot.at] = this.#prot;
    channel.offer();
  }
}
