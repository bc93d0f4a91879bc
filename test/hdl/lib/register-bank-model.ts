/**
 * The example bank once more, written by hand from the reference, cycle by cycle: offsets are numbers here, so that a
 * slip in the placement cannot hide.
 */
export interface BankInputs {
  readonly aw: { readonly valid: boolean; readonly addr: number };
  readonly w: { readonly valid: boolean; readonly data: bigint; readonly strb: number };
  readonly bReady: boolean;
  readonly ar: { readonly valid: boolean; readonly addr: number };
  readonly rReady: boolean;
  readonly status: { readonly busy: boolean; readonly level: bigint };
  readonly time: bigint;
  readonly irqSet: bigint;
  readonly goClear: boolean;
  readonly above: boolean;
  readonly seenSet: bigint;
  readonly beats: boolean;
  readonly bytes: bigint;
  readonly pageIrqSet: readonly bigint[];
  readonly pageHead: readonly bigint[];
  readonly pageBeats: readonly boolean[];
  readonly baseIndex: number;
  readonly limitsIndex: number;
  readonly tail: bigint;
  readonly event: { readonly index: number; readonly by: bigint } | undefined;
  readonly reset: number | undefined;
}

type Resp = 'OKAY' | 'SLVERR' | 'DECERR';
interface Bell { readonly index: number; readonly tail: bigint; readonly urgent: boolean }

/** What the bank shows in a cycle; what follows from no valid is left out. */
export interface BankOutputs {
  readonly awReady: boolean;
  readonly wReady: boolean;
  readonly b: Resp | undefined;
  readonly arReady: boolean;
  readonly r: { readonly data: bigint; readonly resp: Resp } | undefined;
  readonly control: { readonly enable: boolean; readonly mode: bigint; readonly policy: string };
  readonly base: bigint;
  readonly irq: bigint;
  readonly go: boolean;
  readonly threshold: bigint;
  readonly seen: bigint;
  readonly flush: boolean | undefined;
  readonly bell: bigint | undefined;
  readonly pageControl: readonly { readonly enable: boolean; readonly mode: bigint }[];
  readonly pageIrq: readonly bigint[];
  readonly lookupBase: bigint | undefined;
  readonly lookupLimits: bigint | undefined;
  readonly question: number | undefined;
  readonly pageBell: Bell | undefined;
  readonly readFault: string | undefined;
  readonly writeFault: string | undefined;
}

interface Page { control: bigint; base: bigint; limits: bigint; irq: bigint; beats: bigint; bytes: bigint; kept: bigint }

const PAGES = 5;
const newPage = () => ({ control: 5n << 4n, base: 0xfedc_ba98_7654_3210n, limits: 3n });
const POLICIES = ['Fcfs', 'RoundRobin', 'Dwrr'];
/** Words of the bank (below 0x40) and of a page that exist, and that software can write. */
const ROOT = { all: [0, 4, 8, 12, 0x10, 0x18, 0x1c, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c], written: [4, 8, 12, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34] };
const PAGE = { all: [0, 8, 12, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x28, 0x2c, 0x30, 0x34], written: [0, 8, 12, 0x10, 0x14, 0x20, 0x28, 0x2c, 0x30, 0x34] };

const high = (value: bigint): bigint => value >> 32n;
const low = (value: bigint): bigint => value & 0xffff_ffffn;

export class BankModel {
  #aw: number | undefined;
  #w: { data: bigint; strb: number } | undefined;
  #b: Resp | undefined;
  #ar: number | undefined;
  #issued = false;
  #r: { data: bigint; resp: Resp } | undefined;
  #control = (5n << 4n) | (1n << 14n);
  #base = 0x1234_5678_9abcn;
  #irq = 0n;
  #go = 0n;
  #threshold = 0n;
  #seen = 0n;
  #beats = 0n;
  #bytes = 0n;
  #kept = 0n;
  readonly #pages: Page[] = Array.from({ length: PAGES }, () => ({ ...newPage(), irq: 0n, beats: 0n, bytes: 0n, kept: 0n }));
  #event: { readonly index: number; readonly by: bigint } | undefined;
  /** What the memories give in this cycle. */
  #lookupBase: bigint | undefined;
  #lookupLimits: bigint | undefined;
  #memory = 0n;

  get #writing(): { address: number; data: bigint; strb: number } | undefined {
    return this.#aw !== undefined && this.#w !== undefined && this.#b === undefined ? { address: this.#aw, ...this.#w } : undefined;
  }

  outputs(): BankOutputs {
    const write = this.#writing;
    const good = write !== undefined && fault(write.address, true) === undefined ? write : undefined;
    const page = good && good.address >= 0x40 ? { index: (good.address - 0x40) >> 6, offset: good.address & 0x3f } : undefined;
    const question = this.#issuing && fault(this.#ar!, false) === undefined && this.#ar! >= 0x40 && (this.#ar! & 0x3f) === 0x1c ? (this.#ar! - 0x40) >> 6 : undefined;
    return {
      awReady: this.#aw === undefined, wReady: this.#w === undefined, b: this.#b, arReady: this.#ar === undefined, r: this.#r,
      control: { enable: (this.#control & 1n) !== 0n, mode: (this.#control >> 4n) & 0x3ffn, policy: POLICIES[Number((this.#control >> 14n) & 3n)]! },
      base: this.#base, irq: this.#irq, go: this.#go !== 0n, threshold: this.#threshold, seen: this.#seen,
      flush: good?.address === 0x28 && (good.strb & 8) !== 0 ? (good.data >> 31n) !== 0n : undefined,
      bell: good?.address === 0x2c && (good.strb & 3) === 3 ? good.data & 0xffffn : undefined,
      pageControl: this.#pages.map(({ control }) => ({ enable: (control & 1n) !== 0n, mode: control >> 4n })),
      pageIrq: this.#pages.map(({ irq }) => irq),
      lookupBase: this.#lookupBase, lookupLimits: this.#lookupLimits,
      question,
      pageBell: page?.offset === 0x20 && (good!.strb & 7) === 7 ? { index: page.index, tail: good!.data & 0xffffn, urgent: ((good!.data >> 16n) & 1n) !== 0n } : undefined,
      readFault: this.#issued ? fault(this.#ar!, false) : undefined,
      writeFault: write && fault(write.address, true),
    };
  }

  get #issuing(): boolean {
    return this.#ar !== undefined && this.#r === undefined && !this.#issued;
  }

  /** One clock edge. */
  step(inputs: BankInputs): void {
    const write = this.#writing;
    const issuing = this.#issuing;
    const fired = this.#issued;
    if (fired) this.#answerRead(inputs);
    this.#count(inputs, write);
    if (write !== undefined && fault(write.address, true) === undefined) this.#write(write.address, write.data, write.strb);
    this.#hardware(inputs, write);
    // What the memories give in the next cycle: with this cycle's write, before this cycle's reset of a page.
    this.#lookupBase = this.#pages[inputs.baseIndex]?.base;
    this.#lookupLimits = this.#pages[inputs.limitsIndex]?.limits;
    if (issuing) this.#issue();
    if (inputs.reset !== undefined) this.#restart(inputs, inputs.reset);
    this.#handshakes(inputs, write !== undefined, issuing, fired);
  }

  #handshakes(inputs: BankInputs, wrote: boolean, issuing: boolean, fired: boolean): void {
    const { aw, w, ar } = inputs;
    const takeR = this.#r !== undefined && inputs.rReady && !fired;
    const takeB = this.#b !== undefined && inputs.bReady;
    if (takeB) this.#b = undefined;
    if (takeR) this.#r = undefined;
    if (wrote) {
      this.#b = { undefined: 'OKAY', ReadOnly: 'OKAY', Hole: 'SLVERR', Misaligned: 'SLVERR', Beyond: 'DECERR' }[fault(this.#aw!, true) ?? 'undefined'] as Resp;
      this.#aw = undefined;
      this.#w = undefined;
    } else {
      if (aw.valid && this.#aw === undefined) this.#aw = aw.addr;
      if (w.valid && this.#w === undefined) this.#w = { data: w.data, strb: w.strb };
    }
    if (fired) this.#ar = undefined;
    else if (ar.valid && this.#ar === undefined) this.#ar = ar.addr;
    this.#issued = issuing;
  }

  #answerRead(inputs: BankInputs): void {
    const address = this.#ar!;
    const wrong = fault(address, false);
    if (wrong !== undefined) this.#r = { data: 0n, resp: wrong === 'Beyond' ? 'DECERR' : 'SLVERR' };
    else this.#r = { resp: 'OKAY', data: address < 0x40 ? this.#readRoot(address, inputs) : this.#readPage((address - 0x40) >> 6, address & 0x3f, inputs) };
  }

  #readRoot(address: number, inputs: BankInputs): bigint {
    const keep = (value: bigint): bigint => {
      this.#kept = high(value);
      return low(value);
    };
    switch (address) {
      case 0x00: return 0x0103n;
      case 0x04: return this.#control;
      case 0x08: return low(this.#base);
      case 0x0c: return high(this.#base);
      case 0x10: return BigInt(inputs.status.busy) | (inputs.status.level << 1n);
      case 0x18: return keep(inputs.time);
      case 0x20: return this.#irq;
      case 0x24: return this.#go;
      case 0x28: return this.#threshold | (BigInt(inputs.above) << 9n) | (this.#seen << 10n) | (9n << 20n);
      case 0x30: return keep(this.#beats);
      case 0x38: return keep(this.#bytes);
      case 0x1c: case 0x34: case 0x3c: return this.#kept;
      default: return 0n;
    }
  }

  #readPage(index: number, offset: number, inputs: BankInputs): bigint {
    const page = this.#pages[index]!;
    const keep = (value: bigint): bigint => {
      page.kept = high(value);
      return low(value);
    };
    switch (offset) {
      case 0x00: return page.control;
      case 0x08: case 0x0c: case 0x10: return this.#memory;
      case 0x14: return page.irq;
      case 0x18: return inputs.pageHead[index]!;
      case 0x1c: return inputs.tail;
      case 0x28: return keep(page.beats);
      case 0x30: return keep(page.bytes);
      case 0x2c: case 0x34: return page.kept;
      default: return 0n;
    }
  }

  /** The memory of `base` or `limits` is read now; its value counts in the next cycle. */
  #issue(): void {
    const address = this.#ar!;
    if (fault(address, false) !== undefined || address < 0x40) return;
    const page = this.#pages[(address - 0x40) >> 6]!;
    const offset = address & 0x3f;
    if (offset === 0x08) this.#memory = low(page.base);
    if (offset === 0x0c) this.#memory = high(page.base);
    if (offset === 0x10) this.#memory = page.limits;
  }

  #write(address: number, data: bigint, strb: number): void {
    const mask = [0, 1, 2, 3].reduce((all, i) => ((strb >> i) & 1 ? all | (0xffn << BigInt(8 * i)) : all), 0n);
    const merge = (old: bigint, bits = 0xffff_ffffn): bigint => ((old & ~mask) | (data & mask)) & bits;
    const half = (old: bigint, second: boolean): bigint => (second ? (merge(high(old)) << 32n) | low(old) : (high(old) << 32n) | merge(low(old)));
    if (address < 0x40) {
      if (address === 0x04) {
        const next = merge(this.#control, 0xfff1n);
        this.#control = (next >> 14n) === 3n ? (next & 0x3ff1n) | (this.#control & 0xc000n) : next;
      }
      if (address === 0x08 || address === 0x0c) this.#base = half(this.#base, address === 0x0c);
      if (address === 0x20) this.#irq &= ~(data & mask);
      if (address === 0x24) this.#go |= data & mask & 1n;
      if (address === 0x28) {
        this.#threshold = merge(this.#threshold, 0x1ffn);
        this.#seen &= ~((data & mask) >> 10n);
      }
      return;
    }
    const page = this.#pages[(address - 0x40) >> 6]!;
    const offset = address & 0x3f;
    if (offset === 0x00) page.control = merge(page.control, 0x3ff1n);
    if (offset === 0x08 || offset === 0x0c) page.base = half(page.base, offset === 0x0c);
    if (offset === 0x10) page.limits = merge(page.limits, 0xfffn);
    if (offset === 0x14) page.irq &= ~(data & mask);
  }

  /** Counters: a clear comes first, then what is counted. */
  #count(inputs: BankInputs, write: { address: number; strb: number } | undefined): void {
    const clears = (address: number): boolean => write?.address === address && write.strb !== 0;
    if (clears(0x30)) this.#beats = 0n;
    this.#beats += BigInt(inputs.beats);
    this.#bytes = BigInt.asUintN(64, this.#bytes + inputs.bytes);
    for (const [i, page] of this.#pages.entries()) {
      if (clears(0x40 + 64 * i + 0x28) || inputs.reset === i) page.beats = 0n;
      page.beats += BigInt(inputs.pageBeats[i]!);
      if (clears(0x40 + 64 * i + 0x30) || inputs.reset === i) page.bytes = 0n;
      if (this.#event?.index === i) page.bytes += this.#event.by;
    }
    this.#event = inputs.event;
  }

  #hardware(inputs: BankInputs, write: { address: number; data: bigint; strb: number } | undefined): void {
    const setNow = write?.address === 0x24 && (write.strb & 1) !== 0 && (write.data & 1n) !== 0n;
    this.#irq |= inputs.irqSet;
    this.#seen |= inputs.seenSet;
    if (inputs.goClear && !setNow) this.#go = 0n;
    for (const [i, page] of this.#pages.entries()) page.irq |= inputs.pageIrqSet[i]!;
  }

  #restart(inputs: BankInputs, index: number): void {
    Object.assign(this.#pages[index]!, { ...newPage(), irq: inputs.pageIrqSet[index]! });
  }

  /** For directed tests: counters near a carry. */
  get counters(): { readonly beats: bigint; readonly bytes: bigint } {
    return { beats: this.#beats, bytes: this.#bytes };
  }
}

/** Why an access is refused, by the reference's order of reasons. */
function fault(address: number, write: boolean): string | undefined {
  if (address % 4 !== 0) return 'Misaligned';
  if (address >= 0x180) return 'Beyond';
  const kind = address < 0x40 ? ROOT : PAGE;
  const offset = address < 0x40 ? address : address & 0x3f;
  if (!kind.all.includes(offset)) return 'Hole';
  return write && !kind.written.includes(offset) ? 'ReadOnly' : undefined;
}
