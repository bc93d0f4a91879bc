/** An AXI4 master for tests: sends bursts with its channels out of step, and collects what comes back. Slow and plain. */
import type { Ports } from '../../../sim/engine/engine.ts';
import { readPort, writePort } from '../../../sim/engine/ports.ts';
import type { BusModel } from '../../../sim/engine/test-bench.ts';
import type { Random } from '../../../sim/random.ts';
import { BURST_CODES, type Shape } from './axi-reference.ts';

export interface WriteBurst extends Shape {
  readonly id: number;
  readonly user?: number;
  /** All lanes of each beat, and a strobe bit for each. */
  readonly data: readonly { readonly lanes: Uint8Array; readonly strobes: bigint }[];
  response?: number;
  cycle?: number;
}

export interface ReadBurst extends Shape {
  readonly id: number;
  readonly user?: number;
  /** What came, beat by beat. */
  readonly came: { readonly lanes: Uint8Array; readonly response: number; readonly cycle: number }[];
  done?: boolean;
}

/** Probability that a channel pauses in a cycle. */
export interface Lazy {
  readonly aw?: number;
  readonly w?: number;
  readonly b?: number;
  readonly ar?: number;
  readonly r?: number;
}

export class AxiMasterModel implements BusModel {
  readonly name = 'master';
  /** Number of answers in their order: an ID each. */
  readonly answers: { readonly kind: 'read' | 'write'; readonly id: number; readonly cycle: number }[] = [];
  readonly #ports: Ports;
  readonly #prefix: string;
  readonly #lazy: Lazy;
  readonly #random: Random;
  readonly #aw: WriteBurst[] = [];
  readonly #w: { readonly lanes: Uint8Array; readonly strobes: bigint; readonly last: boolean }[] = [];
  readonly #ar: ReadBurst[] = [];
  readonly #writes: WriteBurst[] = [];
  readonly #reads: ReadBurst[] = [];
  #waited = 0;

  constructor(ports: Ports, prefix: string, random: Random, lazy: Lazy = {}) {
    this.#ports = ports;
    this.#prefix = prefix;
    this.#random = random;
    this.#lazy = lazy;
  }

  write(burst: WriteBurst): WriteBurst {
    this.#aw.push(burst);
    this.#writes.push(burst);
    this.#w.push(...burst.data.map((beat, i) => ({ ...beat, last: i === burst.beats - 1 })));
    return burst;
  }

  read(burst: ReadBurst): ReadBurst {
    this.#ar.push(burst);
    this.#reads.push(burst);
    return burst;
  }

  get pending(): number {
    return this.#writes.length + this.#reads.length;
  }

  step(cycle: number): void {
    this.#waited += 1;
    // First cycle out of reset: nothing may be offered yet.
    if (this.#waited < 2 || this.#get('rst', '') !== 0n) return;
    this.#send('aw', this.#aw, (burst) => this.#address('aw', burst));
    this.#send('w', this.#w, ({ lanes, strobes, last }) => {
      this.#set('wdata', valueOf(lanes));
      this.#set('wstrb', strobes);
      this.#set('wlast', last ? 1n : 0n);
    });
    this.#send('ar', this.#ar, (burst) => this.#address('ar', burst));
    if (this.#takes('b')) this.#answered(cycle);
    if (this.#takes('r')) this.#data(cycle);
  }

  #answered(cycle: number): void {
    const id = Number(this.#get('bid'));
    const at = this.#writes.findIndex((burst) => burst.id === id);
    if (at < 0) throw new Error(`BID ${id} answers no write`);
    const [burst] = this.#writes.splice(at, 1);
    if (this.#aw.includes(burst!)) throw new Error('BVALID came before AW was taken');
    burst!.response = Number(this.#get('bresp'));
    burst!.cycle = cycle;
    this.answers.push({ kind: 'write', id, cycle });
  }

  #data(cycle: number): void {
    const id = Number(this.#get('rid'));
    const burst = this.#reads.find((read) => read.id === id);
    if (burst === undefined || this.#ar.includes(burst)) throw new Error(`RID ${id} answers no read`);
    const width = this.#ports.port(`${this.#prefix}rdata`).width;
    burst.came.push({ lanes: lanesOf(this.#get('rdata'), width / 8), response: Number(this.#get('rresp')), cycle });
    const last = this.#get('rlast') === 1n;
    if (last !== (burst.came.length === burst.beats)) throw new Error(`RLAST is ${last} on beat ${burst.came.length} of ${burst.beats}`);
    if (!last) return;
    burst.done = true;
    this.answers.push({ kind: 'read', id, cycle });
    this.#reads.splice(this.#reads.indexOf(burst), 1);
  }

  /** Keeps valid until taken; pauses between. */
  #send<T>(channel: 'aw' | 'w' | 'ar', queue: T[], put: (item: T) => void): void {
    const offered = this.#get(`${channel}valid`) === 1n;
    if (offered) {
      if (this.#get(`${channel}ready`) === 0n) return;
      queue.shift();
    }
    const offers = queue.length > 0 && !this.#random.chance(this.#lazy[channel] ?? 0);
    this.#set(`${channel}valid`, offers ? 1n : 0n);
    if (offers) put(queue[0]!);
  }

  #takes(channel: 'b' | 'r'): boolean {
    const taken = this.#get(`${channel}valid`) === 1n && this.#get(`${channel}ready`) === 1n;
    this.#set(`${channel}ready`, this.#random.chance(this.#lazy[channel] ?? 0) ? 0n : 1n);
    return taken;
  }

  #address(channel: 'aw' | 'ar', { id, address, beats, size, burst, user = 0 }: WriteBurst | ReadBurst): void {
    const values = { id, addr: address, len: beats - 1, size, burst: BURST_CODES[burst], lock: 0, cache: 2, prot: 2, qos: 0, user };
    for (const [field, value] of Object.entries(values)) this.#set(channel + field, BigInt(value));
  }

  /** Inputs as the last edge saw them, too: nobody has written them since, or only this model. */
  #get(name: string, prefix = this.#prefix): bigint {
    return readPort(this.#ports, this.#ports.port(prefix + name));
  }

  #set(name: string, value: bigint): void {
    writePort(this.#ports, this.#ports.port(this.#prefix + name), value);
  }
}

export function valueOf(lanes: Uint8Array): bigint {
  return BigInt(`0x${Array.from(lanes, (byte) => byte.toString(16).padStart(2, '0')).reverse().join('')}`);
}

export function lanesOf(value: bigint, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
