/** The read half of an AXI memory: the channels AR and R. */
import type { Random } from '../random.ts';
import { AxiAddressChannel, type AddressLimits } from './axi-address.ts';
import { beatEnd, beatStart, type Burst, burstEnd, burstStart, FIXED } from './axi-burst.ts';
import { type AxiResponse, DECERR, OKAY, worse } from './axi-response.ts';
import { type AxiCounters, AxiSide, type AxiSideOptions, checkedResponse, MOST_ADDRESS } from './axi-side.ts';
import type { AxiStore } from './axi-store.ts';
import { Outgoing } from './channel.ts';
import { type Pause, type PausePattern, pauseOf } from './pause.ts';
import type { Rule } from './rule.ts';
import { bits, type Signal, type Signals } from './signals.ts';

export interface AxiReadOptions extends AxiSideOptions {
  /** Beats of bursts with different IDs may mix (AMBA AXI, IHI 0022, A5); default false. */
  readonly interleave?: boolean;
}

/** What lanes hold that carry no data: a master that uses them is found out. */
const RUBBISH = 0xee;

interface Context {
  readonly key: string;
  readonly store: AxiStore;
  readonly reorder: boolean;
  readonly random: Random;
  readonly limits: AddressLimits;
  readonly pauses: { readonly ar?: PausePattern; readonly r?: PausePattern };
}

export class AxiReadSide {
  readonly side: AxiSide;
  readonly rules: readonly Rule[];
  readonly #ar: AxiAddressChannel;
  readonly #r: Outgoing;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #data: Signal;
  readonly #id: Signal | undefined;
  readonly #resp: Signal | undefined;
  readonly #busBytes: number;
  readonly #interleaves: boolean;
  readonly #arPause: Pause | undefined;
  readonly #rPause: Pause | undefined;
  #arPaused = false;
  #rPaused = false;
  /** No cycle yet since the start or the reset. */
  #fresh = true;
  /** Ready may change in any cycle. */
  readonly #patterned: boolean;
  readonly #dataAt: number;
  readonly #dataWords: number;
  readonly #counters: AxiCounters;
  /** -1 without the signal. */
  readonly #lastAt: number;
  /** Whose beat is offered, or was last; undefined between bursts. */
  #current: Burst | undefined;
  /** Of the beat that is offered. */
  #beatBytes = 0;
  #response: AxiResponse = OKAY;
  #injected = false;

  constructor(signals: Signals, options: AxiReadOptions, { key, store, reorder, random, limits, pauses }: Context) {
    const { ports } = signals;
    if (options.interleave === true && !reorder) throw new RangeError(`${key}: read.interleave must be false without reorder, not true: mixed beats are out of order`);
    this.side = new AxiSide(`${key}: read`, options, ['interleave'], { store, reorder, random });
    this.#data = signals.required('rdata', 'in');
    this.#busBytes = checkedBusBytes(this.#data);
    this.#ar = new AxiAddressChannel(signals, 'AR', this.#busBytes, limits);
    this.#r = new Outgoing(signals, signals.required('rvalid', 'in', 1), signals.required('rready', 'out', 1));
    this.#id = this.#ar.id && signals.required('rid', 'in', this.#ar.id.width);
    this.#resp = signals.optional('rresp', 'in', 2);
    this.#lastAt = signals.optional('rlast', 'in', 1)?.at ?? -1;
    this.#dataAt = this.#data.at;
    this.#dataWords = this.#data.words;
    this.#counters = this.side.counters;
    this.#words = ports.words;
    this.#bytes = ports.bytes;
    this.#interleaves = options.interleave ?? false;
    this.#arPause = pauseOf(`${key}: pauses.ar`, pauses.ar, random.fork('ar'));
    this.#rPause = pauseOf(`${key}: pauses.r`, pauses.r, random.fork('r'));
    this.#patterned = this.#arPause !== undefined || this.#rPause !== undefined || this.side.bandwidth !== undefined;
    this.rules = this.#ar.rules;
  }

  /** Cycles in which a channel's valid waited. */
  get stalls(): { ar: number; r: number } {
    return { ar: this.#ar.incoming.stalls, r: this.#r.stalls };
  }

  nextCycle(cycle: number): number {
    const isQuiet = !this.#patterned && !this.#fresh && !this.#ar.incoming.valid && !this.#r.offered && this.#current === undefined;
    return isQuiet ? this.side.order.nextCycle(cycle) : cycle;
  }

  step(cycle: number): void {
    if (this.#patterned) this.#tick();
    let changed = this.#patterned || this.#fresh;
    this.#fresh = false;
    if (this.#ar.incoming.sample()) {
      this.#address(cycle);
      changed = true;
    }
    if ((this.#r.offered || this.#current !== undefined || this.side.order.mayBeDue(cycle + 1)) && this.#send(cycle)) changed = true;
    if (changed) this.#ar.incoming.ready = !this.#arPaused && this.side.room;
  }

  hold(settled: boolean): void {
    this.#fresh = true;
    this.#ar.incoming.hold(settled);
    this.#ar.restart();
    this.#r.withdraw();
    this.#current = undefined;
    this.side.clear();
  }

  /** A cycle of pause patterns and bandwidth: they go on, whatever the bus does. */
  #tick(): void {
    this.#arPaused = this.#arPause !== undefined && this.#arPause();
    this.#rPaused = this.#rPause !== undefined && this.#rPause();
    this.side.bandwidth?.tick();
  }

  #address(cycle: number): void {
    const { side } = this;
    const burst = side.allocate();
    this.#ar.take(burst);
    side.lineUp(burst);
    side.complete(burst, cycle);
  }

  /** True if a burst has ended. */
  #send(cycle: number): boolean {
    const r = this.#r;
    let ended = false;
    let burst = this.#current;
    if (r.offered) {
      if (!r.sample()) return false;
      this.#counters.beats += 1;
      this.#counters.bytes += this.#beatBytes;
      if (this.#response !== OKAY) this.#countError();
      burst!.done += 1;
      if (burst!.done === burst!.beats) {
        this.side.release(burst!);
        this.#current = undefined;
        burst = undefined;
        ended = true;
      } else if (!this.#patterned && burst!.next > 0) {
        // The usual case: the next beat of a burst that is under way.
        this.#copyWords(burst!);
        return false;
      }
    }
    this.#choose(cycle, burst);
    return ended;
  }

  /** Offers a beat of `burst`, or of another one, or none. */
  #choose(cycle: number, current: Burst | undefined): void {
    const { side } = this;
    const r = this.#r;
    let burst = current;
    if (this.#rPaused || (side.bandwidth !== undefined && !side.bandwidth.open)) burst = undefined;
    else if (burst === undefined || this.#interleaves) burst = side.order.next(cycle + 1);
    if (burst === undefined) {
      if (r.offered) r.withdraw();
      return;
    }
    this.#put(burst);
    this.#current = burst;
    if (side.bandwidth !== undefined) side.bandwidth.take();
    if (!r.offered) r.offer();
  }

  /** A full beat at `burst.next`. */
  #copyWords(burst: Burst): void {
    const words = this.#words, { imageWords } = burst;
    const to = this.#dataAt, count = this.#dataWords, from = burst.next >> 2;
    for (let i = 0; i < count; i += 1) words[to + i] = imageWords[from + i]!;
    burst.next += this.#busBytes;
    if (this.#lastAt >= 0 && burst.done === burst.beats - 1) words[this.#lastAt] = 1;
  }

  #countError(): void {
    const { counters } = this.side;
    if (this.#injected) counters.injectedErrors += 1;
    else counters.storeErrors += 1;
  }

  #put(burst: Burst): void {
    const { faults } = this.side;
    const changes = !burst.begun || burst.kind === FIXED || this.#interleaves;
    if (!burst.begun || burst.kind === FIXED) this.#fetch(burst);
    burst.begun = true;
    const start = beatStart(burst, burst.done);
    const end = beatEnd(burst, start);
    this.#beatBytes = end - start;
    if (changes || faults.ranged) this.#respond(burst, start, end);
    if (this.#response !== OKAY) this.#fill();
    else this.#copy(burst, start, end);
    if (this.#lastAt >= 0) this.#words[this.#lastAt] = burst.done === burst.beats - 1 ? 1 : 0;
    // Beats that follow are copied by words, if nothing is to be decided about them and this was a whole one.
    if (this.#response !== OKAY || faults.ranged || this.#interleaves) burst.next = -1;
    else if (burst.next >= 0) burst.next = this.#beatBytes === this.#busBytes ? end : -1;
  }

  /** RID and RRESP, which stay for the burst as a rule. */
  #respond(burst: Burst, start: number, end: number): void {
    const { faults } = this.side;
    const words = this.#words;
    let { response } = burst;
    this.#injected = burst.refused;
    if (faults.ranged) {
      const ranged = faults.ofBytes(burst.page + start, burst.page + end);
      if (ranged !== OKAY) this.#injected = true;
      response = worse(response, ranged);
    }
    this.#response = response;
    if (this.#id !== undefined) words[this.#id.at] = burst.id;
    if (this.#resp !== undefined) words[this.#resp.at] = response;
  }

  #fill(): void {
    const from = this.#data.at * 4;
    this.#bytes.fill(RUBBISH, from, from + this.#busBytes);
  }

  #copy(burst: Burst, start: number, end: number): void {
    const busBytes = this.#busBytes;
    if (end - start === busBytes && busBytes >= 4) {
      const words = this.#words, { imageWords } = burst;
      const to = this.#dataAt, from = start >> 2;
      for (let i = 0; i < busBytes >> 2; i += 1) words[to + i] = imageWords[from + i]!;
      return;
    }
    this.#fill();
    const to = this.#data.at * 4, container = start & -busBytes;
    for (let i = start; i < end; i += 1) this.#bytes[to + i - container] = burst.image[i]!;
  }

  /** All of a burst at once; of a FIXED one the bytes that each of its beats reads again. */
  #fetch(burst: Burst): void {
    if (burst.refused) return;
    const start = burstStart(burst), length = burstEnd(burst) - start;
    const response = burst.page >= MOST_ADDRESS ? DECERR : this.side.store.read(burst, burst.page + start, length, burst.image, start);
    burst.response = checkedResponse(response, 'read');
  }
}

/** Bytes of a data bus. @throws Error unless they are a power of two from 1 to 128 (A1.3) */
export function checkedBusBytes({ name, width }: Signal): number {
  if ([8, 16, 32, 64, 128, 256, 512, 1024].includes(width)) return width / 8;
  throw new Error(`${name} has ${bits(width)}; an AXI4 data bus has 8, 16, 32, 64, 128, 256, 512 or 1024`);
}
