/** The write half of an AXI memory: the channels AW, W and B. */
import type { Random } from '../random.ts';
import { AxiAddressChannel, type AddressLimits } from './axi-address.ts';
import { beatEnd, beatStart, type Burst, burstEnd, burstStart } from './axi-burst.ts';
import { EarlyData } from './axi-early-data.ts';
import { checkedBusBytes } from './axi-read-side.ts';
import { DECERR, OKAY, worse } from './axi-response.ts';
import { type AxiCounters, AxiSide, type AxiSideOptions, checkedResponse, MOST_ADDRESS } from './axi-side.ts';
import type { AxiStore } from './axi-store.ts';
import { AXI_CLAUSES, hex, Incoming, Outgoing } from './channel.ts';
import { wholeNumber } from '../options.ts';
import { type Pause, type PausePattern, pauseOf } from './pause.ts';
import { Rule } from './rule.ts';
import type { Signal, Signals } from './signals.ts';

export interface AxiWriteOptions extends AxiSideOptions {
  /** Bursts whose data may be taken before their address, 0 to 64; default 4. With 0, WREADY waits for the address (A3.3.1). */
  readonly earlyBursts?: number;
  /** AWREADY waits until WVALID is high, as a slave may (A3.3.1): a master that waits for AWREADY first never gets on. Default false. */
  readonly addressAfterData?: boolean;
}

interface Context {
  readonly key: string;
  readonly store: AxiStore;
  readonly reorder: boolean;
  readonly random: Random;
  readonly limits: AddressLimits;
  readonly pauses: { readonly aw?: PausePattern; readonly w?: PausePattern; readonly b?: PausePattern };
}

export class AxiWriteSide {
  readonly side: AxiSide;
  readonly rules: readonly Rule[];
  readonly #aw: AxiAddressChannel;
  readonly #w: Incoming;
  readonly #b: Outgoing;
  readonly #words: Uint32Array;
  readonly #data: Signal;
  readonly #strobe: Signal | undefined;
  readonly #last: Signal;
  readonly #id: Signal | undefined;
  readonly #resp: Signal | undefined;
  readonly #busBytes: number;
  readonly #afterData: boolean;
  readonly #early: EarlyData;
  readonly #awPause: Pause | undefined;
  readonly #wPause: Pause | undefined;
  readonly #bPause: Pause | undefined;
  #awPaused = false;
  #wPaused = false;
  #bPaused = false;
  /** No cycle yet since the start or the reset. */
  #fresh = true;
  /** Ready may change in any cycle. */
  readonly #patterned: boolean;
  readonly #dataAt: number;
  readonly #dataWords: number;
  /** WSTRB of a beat whose bytes are all written; empty without the signal. */
  readonly #allStrobes: Uint32Array;
  readonly #ranged: boolean;
  readonly #counters: AxiCounters;
  readonly #lastAt: number;
  readonly #strobeAt: number;
  readonly #strobeWords: number;
  /** Bursts with address whose last data are missing: the oldest, and those behind it. */
  #filling: Burst | undefined;
  readonly #open: Burst[] = [];
  /** Whose response is offered. */
  #current: Burst | undefined;
  readonly #is = {
    lastRight: new Rule('WLAST must be high on beat AWLEN + 1 of a burst and on no other', 'AMBA AXI A3.2.2'),
    atMost256: new Rule('WLAST must be high on beat 256 at the latest', 'AMBA AXI A3.4.1'),
    sameLength: new Rule('AWLEN + 1 must be the number of beats of the data that came before', 'AMBA AXI A3.4.1'),
    covered: new Rule('WSTRB must be set only on byte lanes that the beat\'s address and size cover', 'AMBA AXI A3.4.3'),
  };

  constructor(signals: Signals, options: AxiWriteOptions, { key, store, reorder, random, limits, pauses }: Context) {
    const { earlyBursts = 4, addressAfterData = false } = options;
    this.side = new AxiSide(`${key}: write`, options, ['earlyBursts', 'addressAfterData'], { store, reorder, random });
    wholeNumber(`${key}: write.earlyBursts`, earlyBursts, 0, 64);
    if (earlyBursts === 0 && addressAfterData) throw new RangeError(`${key}: write.addressAfterData must be false with earlyBursts 0, not true: address and data would wait for each other`);
    this.#data = signals.required('wdata', 'out');
    this.#busBytes = checkedBusBytes(this.#data);
    this.#strobe = signals.optional('wstrb', 'out', this.#busBytes);
    this.#last = signals.required('wlast', 'out', 1);
    this.#aw = new AxiAddressChannel(signals, 'AW', this.#busBytes, limits);
    this.#w = new Incoming(signals, {
      channel: 'W', valid: signals.required('wvalid', 'out', 1), ready: signals.required('wready', 'in', 1), payload: signals.present(['wdata', 'wstrb', 'wlast', 'wuser']),
    }, AXI_CLAUSES);
    this.#b = new Outgoing(signals, signals.required('bvalid', 'in', 1), signals.required('bready', 'out', 1));
    this.#id = this.#aw.id && signals.required('bid', 'in', this.#aw.id.width);
    this.#resp = signals.optional('bresp', 'in', 2);
    this.#words = signals.ports.words;
    this.#afterData = addressAfterData;
    this.#early = new EarlyData(this.#words, this.#data, this.#strobe, earlyBursts);
    this.#awPause = pauseOf(`${key}: pauses.aw`, pauses.aw, random.fork('aw'));
    this.#wPause = pauseOf(`${key}: pauses.w`, pauses.w, random.fork('w'));
    this.#bPause = pauseOf(`${key}: pauses.b`, pauses.b, random.fork('b'));
    this.#patterned = this.#awPause !== undefined || this.#wPause !== undefined || this.#bPause !== undefined || addressAfterData || this.side.bandwidth !== undefined;
    this.#dataAt = this.#data.at;
    this.#dataWords = this.#data.words;
    this.#allStrobes = Uint32Array.from({ length: this.#strobe?.words ?? 0 }, (_, i) => lanesBelow(this.#busBytes - 32 * i) >>> 0);
    this.#ranged = this.side.faults.ranged;
    this.#counters = this.side.counters;
    this.#lastAt = this.#last.at;
    this.#strobeAt = this.#strobe?.at ?? 0;
    this.#strobeWords = this.#strobe?.words ?? 0;
    const { covered, ...always } = this.#is;
    this.rules = [...this.#aw.rules, ...this.#w.rules, ...Object.values(always), ...(this.#strobe === undefined ? [] : [covered])];
  }

  /** Cycles in which a channel's valid waited. */
  get stalls(): { aw: number; w: number; b: number } {
    return { aw: this.#aw.incoming.stalls, w: this.#w.stalls, b: this.#b.stalls };
  }

  nextCycle(cycle: number): number {
    const isQuiet = !this.#patterned && !this.#fresh && !this.#aw.incoming.valid && !this.#w.valid && this.#current === undefined;
    return isQuiet ? this.side.order.nextCycle(cycle) : cycle;
  }

  step(cycle: number): void {
    if (this.#patterned) this.#tick();
    let changed = this.#patterned || this.#fresh;
    this.#fresh = false;
    if (this.#aw.incoming.sample()) {
      this.#address(cycle);
      changed = true;
    }
    if (this.#w.sample() && this.#beat(cycle)) changed = true;
    if ((this.#current !== undefined || this.side.order.mayBeDue(cycle + 1)) && this.#respond(cycle)) changed = true;
    if (changed) this.#setReady();
  }

  /** A cycle of pause patterns: they go on, whatever the bus does. */
  #tick(): void {
    this.#awPaused = this.#awPause !== undefined && this.#awPause();
    this.#wPaused = this.#wPause !== undefined && this.#wPause();
    this.#bPaused = this.#bPause !== undefined && this.#bPause();
  }

  /** Depends on nothing but what a `changed` in `step` tells of, and on patterns. */
  #setReady(): void {
    const { room, bandwidth } = this.side;
    // After the beat of this cycle was taken off it.
    if (bandwidth !== undefined) bandwidth.tick();
    this.#aw.incoming.ready = !this.#awPaused && room && (!this.#afterData || this.#w.valid || !this.#early.empty);
    this.#w.ready = !this.#wPaused && (bandwidth === undefined || bandwidth.open) && (this.#filling !== undefined || this.#early.room);
  }

  hold(settled: boolean): void {
    this.#fresh = true;
    this.#aw.incoming.hold(settled);
    this.#aw.restart();
    this.#w.hold(settled);
    this.#b.withdraw();
    this.#current = undefined;
    this.#filling = undefined;
    this.#open.length = 0;
    this.#early.clear();
    this.side.clear();
  }

  #address(cycle: number): void {
    const burst = this.side.allocate();
    this.#aw.take(burst);
    this.side.lineUp(burst);
    const early = this.#early;
    if (early.empty) {
      this.#await(burst);
      return;
    }
    const { beats, complete } = early.oldest;
    const { sameLength, lastRight } = this.#is;
    sameLength.checks += 1;
    if (complete ? beats !== burst.beats : beats >= burst.beats) {
      if (complete) sameLength.broken(`AWLEN + 1 is ${burst.beats} and the data had ${beats}`);
      lastRight.broken(`it was low on beat ${burst.beats} of ${burst.beats}`);
    }
    for (let i = 0; i < beats; i += 1) {
      const at = early.shift();
      this.#store(burst, early.store, at, at + this.#data.words);
    }
    early.addressed();
    if (complete) this.side.complete(burst, cycle);
    else this.#await(burst);
  }

  #await(burst: Burst): void {
    if (this.#filling === undefined) this.#filling = burst;
    else this.#open.push(burst);
  }

  /** True if it was the last of its burst, or had no address. */
  #beat(cycle: number): boolean {
    const words = this.#words;
    const { side } = this;
    if (side.bandwidth !== undefined) side.bandwidth.take();
    this.#counters.beats += 1;
    const last = words[this.#lastAt] !== 0;
    const burst = this.#filling;
    if (burst === undefined) {
      this.#earlyBeat(last);
      return true;
    }
    const { lastRight } = this.#is;
    lastRight.checks += 1;
    if (last !== (burst.done + 1 === burst.beats)) lastRight.broken(`it was ${last ? 'high' : 'low'} on beat ${burst.done + 1} of ${burst.beats}`);
    if (!this.#storeWords(burst, words)) this.#store(burst, words, this.#dataAt, this.#strobeAt);
    if (!last) return false;
    this.#filling = this.#open.shift();
    side.complete(burst, cycle);
    return true;
  }

  /** The usual case, a whole beat with all strobes in a burst that has had no others: the mask is not needed. False if it is not that. */
  #storeWords(burst: Burst, words: Uint32Array): boolean {
    const { next } = burst;
    if (next < 0 || (next & (this.#busBytes - 1)) !== 0 || !burst.dense || this.#ranged) return false;
    const all = this.#allStrobes, strobe = this.#strobeAt;
    for (let i = 0; i < all.length; i += 1) {
      if (words[strobe + i] !== all[i]) return false;
    }
    if (all.length > 0) this.#is.covered.checks += 1;
    const { imageWords } = burst;
    const from = this.#dataAt, count = this.#dataWords, to = next >> 2;
    for (let i = 0; i < count; i += 1) imageWords[to + i] = words[from + i]!;
    this.#counters.bytes += this.#busBytes;
    burst.done += 1;
    burst.next = next + this.#busBytes;
    return true;
  }

  #earlyBeat(last: boolean): void {
    const { atMost256 } = this.#is;
    this.#early.push(last);
    atMost256.checks += 1;
    if (!last && this.#early.partial > 255) atMost256.broken('it was low there');
  }

  /** Puts a beat into the burst's image; `data` and `strobe` are indices in `from`. */
  #store(burst: Burst, from: Uint32Array, data: number, strobe: number): void {
    const busBytes = this.#busBytes;
    const start = beatStart(burst, burst.done), end = beatEnd(burst, start);
    burst.done += 1;
    if (burst.next >= 0) burst.next = end;
    const low = start & (busBytes - 1), high = low + end - start;
    const full = this.#strobeWords === 0 || this.#checkStrobes(burst, from, strobe, low, high);
    this.#storeBytes(burst, { from, data, strobe, start, end, full });
  }

  #storeBytes(burst: Burst, { from, data, strobe, start, end, full }: { readonly from: Uint32Array; readonly data: number; readonly strobe: number; readonly start: number; readonly end: number; readonly full: boolean }): void {
    const { faults } = this.side;
    const low = start & (this.#busBytes - 1), high = low + end - start;
    const response = faults.ranged ? faults.ofBytes(burst.page + start, burst.page + end) : OKAY;
    if (burst.dense && (!full || response !== OKAY)) this.#beginMask(burst);
    if (response !== OKAY) {
      // As if all strobes of the beat were low: earlier bytes of a FIXED burst stay.
      burst.response = worse(burst.response, response);
      return;
    }
    const { image, mask } = burst;
    for (let lane = low; lane < high; lane += 1) {
      if (!full && ((from[strobe + (lane >> 5)]! >>> (lane & 31)) & 1) === 0) continue;
      this.#counters.bytes += 1;
      image[start - low + lane] = from[data + (lane >> 2)]! >>> (8 * (lane & 3));
      if (!burst.dense) mask[start - low + lane] = 1;
    }
  }

  /** From now on it matters which bytes have data: so far all of the beats before the present one, which is counted already. */
  #beginMask(burst: Burst): void {
    burst.dense = false;
    for (let beat = 0; beat < burst.done - 1; beat += 1) {
      const start = beatStart(burst, beat);
      burst.mask.fill(1, start, beatEnd(burst, start));
    }
  }

  /** Whether all covered lanes, `low` to `high - 1`, have their strobes. */
  #checkStrobes({ done, beats }: Burst, from: Uint32Array, strobe: number, low: number, high: number): boolean {
    const { covered } = this.#is;
    covered.checks += 1;
    let full = true;
    const words = this.#strobeWords;
    for (let i = 0; i < words; i += 1) {
      const allowed = lanesBelow(high - 32 * i) & ~lanesBelow(low - 32 * i);
      const strobes = from[strobe + i]!;
      if ((strobes & ~allowed) !== 0) {
        covered.broken(`it was ${hex(from.subarray(strobe, strobe + words))} on beat ${done} of ${beats}, which covers lanes ${low} to ${high - 1}`);
      }
      if ((strobes ^ allowed) !== 0) full = false;
    }
    return full;
  }

  /** True if a response was taken. */
  #respond(cycle: number): boolean {
    const b = this.#b;
    const { side } = this;
    const taken = this.#current !== undefined;
    if (taken) {
      if (!b.sample()) return false;
      this.#taken(this.#current!);
    }
    const burst = this.#bPaused ? undefined : side.order.next(cycle + 1);
    this.#current = burst;
    if (burst !== undefined) this.#offer(burst);
    else if (taken) b.withdraw();
    return taken;
  }

  #offer(burst: Burst): void {
    const before = burst.response;
    this.#commit(burst);
    // For the counters: whose error it is.
    burst.refused = before !== OKAY && burst.response === before;
    const words = this.#words;
    if (this.#id !== undefined) words[this.#id.at] = burst.id;
    if (this.#resp !== undefined) words[this.#resp.at] = burst.response;
    this.#b.offer();
  }

  #taken(burst: Burst): void {
    const { counters } = this.side;
    if (burst.response !== OKAY) {
      if (burst.refused) counters.injectedErrors += 1;
      else counters.storeErrors += 1;
    }
    this.side.release(burst);
  }

  /** Hands the bytes with strobe to the store, in runs as long as they go. */
  #commit(burst: Burst): void {
    const start = burstStart(burst), end = burstEnd(burst);
    const { mask } = burst;
    if (!burst.refused) {
      if (burst.dense) this.#write(burst, start, end);
      else {
        for (let from = mask.indexOf(1, start); from >= 0 && from < end;) {
          let to = mask.indexOf(0, from);
          if (to < 0 || to > end) to = end;
          this.#write(burst, from, to);
          from = mask.indexOf(1, to);
        }
      }
    }
    if (!burst.dense) mask.fill(0, start, end);
  }

  #write(burst: Burst, from: number, to: number): void {
    const response = burst.page >= MOST_ADDRESS ? DECERR : this.side.store.write(burst, burst.page + from, to - from, burst.image, from);
    burst.response = worse(burst.response, checkedResponse(response, 'write'));
  }
}

/** The lowest `count` bits of a word; all of them from 32 up, none from 0 down. */
function lanesBelow(count: number): number {
  if (count <= 0) return 0;
  return count >= 32 ? -1 : (1 << count) - 1;
}
