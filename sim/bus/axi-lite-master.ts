/**
 * An AXI4-Lite master: register accesses of software as parts of a process, `const value = yield* master.read(0x40)`.
 *
 * Accesses of one process follow each other; several processes, and posted writes, can be under way at once. An access
 * is on the bus at the next edge but one after its cost, or at the next if its process runs before the master.
 * It has 32 bits of data, and makes no order between its reads and its writes but that of the process.
 */
import type { Wait } from '@vtoe/hdl';
import { describe } from '@vtoe/hdl/internal/check/describe';
import type { RegisterBus } from '@vtoe/hdl/lib';
import type { Ports } from '../engine/engine.ts';
import type { BusModel } from '../engine/test-bench.ts';
import { random } from '../random.ts';
import { AxiLiteChannels, type LiteAccess } from './axi-lite-channels.ts';
import { OKAY, RESPONSE_NAMES, type ResponseName } from './axi-response.ts';
import { onlyOptions, wholeNumber } from '../options.ts';
import { isPaced, type PausePattern, pauseOf } from './pause.ts';
import { HELD, LEFT, ResetWatch } from './reset-watch.ts';
import { checksOf } from './rule.ts';
import { Signals } from './signals.ts';

/** Cycles of the design's clock that an access takes of the process, beside those on the bus; 0 by default. */
export interface AccessCost {
  readonly before?: number;
  readonly after?: number;
}

export interface AxiLiteMasterOptions {
  /** Of the design's ports: `s_axil_`. */
  readonly prefix: string;
  /** For errors; by default the prefix without its last underscore. */
  readonly name?: string;
  readonly readCost?: AccessCost;
  readonly writeCost?: AccessCost;
  /** Most accesses of each direction on the bus, 1 to 255; default 1. Others wait. */
  readonly outstanding?: number;
  /** Cycles that an access may take from its cost to its answer; default 10,000. */
  readonly timeout?: number;
  /** Cycles by which write data are later than the address, or, below 0, earlier; default 0. */
  readonly dataAfterAddress?: number;
  /** When BREADY and RREADY are low; `never` by default. */
  readonly pauses?: { readonly b?: PausePattern; readonly r?: PausePattern };
  /** AxPROT; default 0. */
  readonly prot?: number;
  /** Of pause patterns. Default 1. */
  readonly seed?: number;
}

/** A reset clears none of them. */
export interface AxiLiteCounters {
  reads: number;
  writes: number;
  /** Answers that were SLVERR or DECERR. */
  errors: number;
  timeouts: number;
  /** Answers that came after their time-out. */
  late: number;
  /** Accesses that a reset cut. */
  cut: number;
  mostOutstanding: number;
}

const OPTIONS = ['prefix', 'name', 'readCost', 'writeCost', 'outstanding', 'timeout', 'dataAfterAddress', 'pauses', 'prot', 'seed'];
const ALL_BYTES = 0xf;

export class AxiLiteMaster implements BusModel {
  readonly name: string;
  readonly counters: AxiLiteCounters = { reads: 0, writes: 0, errors: 0, timeouts: 0, late: 0, cut: 0, mostOutstanding: 0 };
  /** The same accesses for the accessors of a register bank: `registerProcess(bank, master.registers)`. */
  readonly registers: RegisterBus;
  readonly #channels: AxiLiteChannels;
  readonly #reset: ResetWatch;
  readonly #readCost: Required<AccessCost>;
  readonly #writeCost: Required<AccessCost>;
  readonly #outstanding: number;
  readonly #timeout: number;
  readonly #dataAfterAddress: number;
  readonly #mostAddress: number;
  readonly #isUnpaced: boolean;
  /** The last that was stepped. */
  #cycle = 0;
  #posted = 0;
  #postedError: string | undefined;

  /** @throws Error in one sentence, for a signal that is missing or wrong, or an option that makes no sense */
  constructor(ports: Ports, options: AxiLiteMasterOptions) {
    const { prefix, outstanding = 1, timeout = 10_000, dataAfterAddress = 0, pauses = {}, prot = 0, seed = 1 } = options;
    const name = options.name ?? prefix.replace(/_$/, '');
    this.name = name;
    onlyOptions(name, options, OPTIONS);
    onlyOptions(`${name}: pauses`, pauses, ['b', 'r']);
    this.#readCost = costOf(`${name}: readCost`, options.readCost);
    this.#writeCost = costOf(`${name}: writeCost`, options.writeCost);
    this.#outstanding = wholeNumber(`${name}: outstanding`, outstanding, 1, 255);
    this.#timeout = wholeNumber(`${name}: timeout`, timeout, 1);
    this.#dataAfterAddress = wholeNumber(`${name}: dataAfterAddress`, dataAfterAddress, -65_535, 65_535);
    wholeNumber(`${name}: prot`, prot, 0, 7);
    const own = random(seed).fork(name);
    this.#isUnpaced = !isPaced(pauses.b) && !isPaced(pauses.r);
    this.#channels = new AxiLiteChannels(new Signals(ports, prefix, 'an AXI4-Lite master'), {
      prot, finish: (access) => this.#finish(access), bPause: pauseOf(`${name}: pauses.b`, pauses.b, own.fork('b')), rPause: pauseOf(`${name}: pauses.r`, pauses.r, own.fork('r')),
    });
    this.#mostAddress = Math.min(2 ** this.#channels.addressWidth, 2 ** 53) - 1;
    this.#reset = new ResetWatch(ports);
    this.registers = {
      read: (address) => wideRead(this.read(address)),
      write: (address, data, strobes) => this.write(address, Number(data), strobes),
    };
  }

  /** How often each rule was looked at, by its sentence. */
  get checks(): Readonly<Record<string, number>> {
    return checksOf(this.#channels.rules);
  }

  /** Cycles in which valid waited for ready, by channel. */
  get stalls(): Readonly<Record<string, number>> {
    return this.#channels.stalls;
  }

  /** Accesses that are not answered. */
  get pending(): number {
    return this.#channels.reads.length + this.#channels.writes.length;
  }

  nextCycle(cycle: number): number {
    return this.#reset.running && this.#isUnpaced && this.pending === 0 && this.#postedError === undefined && this.#channels.isQuiet ? Infinity : cycle;
  }

  step(cycle: number): void {
    this.#cycle = cycle;
    if (!this.#reset.running && this.#hold()) return;
    this.#channels.step(cycle);
    if (this.#postedError !== undefined) throw new Error(this.#postedError);
  }

  /** False if this is the first cycle out of reset. */
  #hold(): boolean {
    const phase = this.#reset.phase();
    this.#channels.hold(phase === HELD || phase === LEFT);
    return phase !== LEFT;
  }

  // These give the one generator on, and are none themselves: one that stands between costs some 200 ns an access.

  /** 32 bits. @throws Error from the process, if the answer is not OKAY, does not come in time or a reset cuts it */
  read(address: number): Generator<Wait, number, void> {
    return this.#access('read', address, 0, ALL_BYTES, readValue);
  }

  /** As {@link read}; `strobes` has a bit for each byte. */
  write(address: number, value: number, strobes = ALL_BYTES): Generator<Wait, void, void> {
    return this.#access('write', address, value, strobes, writtenWell);
  }

  /** As {@link read}, but the response is a result. */
  tryRead(address: number): Generator<Wait, { readonly value: number; readonly response: ResponseName }, void> {
    return this.#access('read', address, 0, ALL_BYTES, ({ value, response }) => ({ value, response: RESPONSE_NAMES[response!] }));
  }

  /** As {@link write}, but the response is the result. */
  tryWrite(address: number, value: number, strobes = ALL_BYTES): Generator<Wait, ResponseName, void> {
    return this.#access('write', address, value, strobes, ({ response }) => RESPONSE_NAMES[response!]);
  }

  /** A posted write: the process goes on as soon as there is a place for it. An answer other than OKAY stops the bench. */
  * post(address: number, value: number, strobes = ALL_BYTES): Generator<Wait, void, void> {
    this.#check('write', address, value, strobes);
    const { before, after } = this.#writeCost;
    if (before > 0) yield before;
    this.#posted += 1;
    if (this.#channels.writes.length >= this.#outstanding) yield* this.#place('write', address);
    this.#start('write', address, value, strobes, (access) => {
      this.#posted -= 1;
      if (!access.cut && access.response !== OKAY) this.#postedError = `posted write to ${hex(address)} was answered ${RESPONSE_NAMES[access.response!]}`;
    });
    if (after > 0) yield after;
  }

  /** Until all posted writes are answered. */
  * drain(): Generator<Wait, void, void> {
    if (this.#posted === 0) return;
    const deadline = this.#cycle + this.#timeout;
    yield () => this.#posted === 0 || this.#cycle >= deadline;
    if (this.#posted > 0) {
      this.counters.timeouts += 1;
      throw new Error(`${this.#posted} posted ${this.#posted === 1 ? 'write was' : 'writes were'} not answered within ${this.#timeout} cycles`);
    }
  }

  * #access<T>(kind: 'read' | 'write', address: number, value: number, strobes: number, result: (access: LiteAccess) => T): Generator<Wait, T, void> {
    this.#check(kind, address, value, strobes);
    const { before, after } = kind === 'read' ? this.#readCost : this.#writeCost;
    if (before > 0) yield before;
    const queue = kind === 'read' ? this.#channels.reads : this.#channels.writes;
    if (queue.length >= this.#outstanding) yield* this.#place(kind, address);
    const access = this.#start(kind, address, value, strobes, undefined);
    const deadline = this.#cycle + this.#timeout;
    yield () => access.response !== undefined || access.cut || this.#cycle >= deadline;
    if (access.response === undefined) this.#unanswered(access, queue);
    if (after > 0) yield after;
    return result(access);
  }

  /** Waits for a place. */
  * #place(kind: 'read' | 'write', address: number): Generator<Wait, void, void> {
    const queue = kind === 'read' ? this.#channels.reads : this.#channels.writes;
    const deadline = this.#cycle + this.#timeout;
    yield () => queue.length < this.#outstanding || this.#cycle >= deadline;
    if (queue.length < this.#outstanding) return;
    this.#tooLate(`${this.#what(kind, address)} found no place within ${this.#timeout} cycles: ${queue.length} earlier ${queue.length === 1 ? `${kind} waits` : `${kind}s wait`} for an answer`);
  }

  #start(kind: 'read' | 'write', address: number, value: number, strobes: number, posted: ((access: LiteAccess) => void) | undefined): LiteAccess {
    const { counters } = this;
    const queue = kind === 'read' ? this.#channels.reads : this.#channels.writes;
    const late = this.#dataAfterAddress;
    const access: LiteAccess = {
      kind, address, value, strobes, addressFrom: this.#cycle + Math.max(0, -late), dataFrom: this.#cycle + Math.max(0, late),
      addressTaken: false, dataTaken: false, response: undefined, cut: false, late: false,
      posted,
    };
    if (kind === 'read') counters.reads += 1;
    else counters.writes += 1;
    queue.push(access);
    if (queue.length > counters.mostOutstanding) counters.mostOutstanding = queue.length;
    return access;
  }

  /** What comes of an access, once it is answered or cut. */
  #finish(access: LiteAccess): void {
    const { counters } = this;
    if (access.cut) counters.cut += 1;
    else {
      if (access.response !== OKAY) counters.errors += 1;
      if (access.late) counters.late += 1;
    }
    if (access.posted !== undefined) access.posted(access);
  }

  #unanswered(access: LiteAccess, queue: readonly LiteAccess[]): never {
    const { kind, address } = access;
    if (access.cut) throw new Error(`${this.#what(kind, address)} was cut by a reset`);
    access.late = true;
    return this.#tooLate(`${this.#what(kind, address)} was not answered within ${this.#timeout} cycles: ${this.#where(access, queue)}`);
  }

  #tooLate(sentence: string): never {
    this.counters.timeouts += 1;
    throw new Error(sentence);
  }

  /** How far an access has got. */
  #where(access: LiteAccess, queue: readonly LiteAccess[]): string {
    const { kind, addressTaken, dataTaken } = access;
    const earlier = queue.indexOf(access);
    if (earlier > 0) return `it waits behind ${earlier} earlier ${earlier === 1 ? kind : `${kind}s`}`;
    if (kind === 'read') return addressTaken ? 'the slave took the address and gave no RVALID' : 'the slave did not take the address';
    if (addressTaken && dataTaken) return 'the slave took address and data and gave no BVALID';
    if (!addressTaken && !dataTaken) return 'the slave took neither address nor data';
    return addressTaken ? 'the slave took the address and not the data' : 'the slave took the data and not the address';
  }

  #what(kind: 'read' | 'write', address: number): string {
    return `${kind} ${kind === 'read' ? 'of' : 'to'} ${hex(address)}`;
  }

  #check(kind: 'read' | 'write', address: number, value: number, strobes: number): void {
    const most = this.#mostAddress;
    if (!Number.isSafeInteger(address) || address < 0 || address > most) throw new RangeError(`an address is a whole number from 0 to ${hex(most)}, not ${describe(address)}`);
    if (kind === 'read') return;
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new RangeError(`a value is a whole number of 32 bits, not ${describe(value)}`);
    wholeNumber('strobes', strobes, 0, ALL_BYTES);
    if (strobes !== ALL_BYTES && !this.#channels.hasStrobes) throw new RangeError(`strobes must be 15, for the design has no wstrb, not ${strobes}`);
  }
}

function* wideRead(read: Generator<Wait, number, void>): Generator<Wait, bigint, void> {
  return BigInt(yield* read);
}

function costOf(key: string, cost: AccessCost = {}): Required<AccessCost> {
  onlyOptions(key, cost, ['before', 'after']);
  return { before: wholeNumber(`${key}.before`, cost.before ?? 0, 0), after: wholeNumber(`${key}.after`, cost.after ?? 0, 0) };
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

function readValue({ address, value, response }: LiteAccess): number {
  if (response !== OKAY) throw new Error(`read of ${hex(address)} was answered ${RESPONSE_NAMES[response!]}`);
  return value;
}

function writtenWell({ address, response }: LiteAccess): void {
  if (response !== OKAY) throw new Error(`write to ${hex(address)} was answered ${RESPONSE_NAMES[response!]}`);
}
