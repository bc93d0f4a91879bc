/**
 * A bus model: an AXI4-Lite master for test benches, one read and one write at a time, in any timing that AXI allows.
 */
import type { Wait } from '../../index.ts';
import type { RegisterBus } from './driver.ts';
import { hex } from './names.ts';

interface StreamDriver<T> {
  valid: boolean;
  payload: T;
  readonly ready: boolean;
}
interface StreamTaker<T> {
  readonly valid: boolean;
  readonly payload: T;
  ready: boolean;
}
interface Handshake<T> {
  readonly valid: boolean;
  readonly ready: boolean;
  readonly payload: T;
}
interface Address { addr: bigint | number; prot: bigint | number }
interface WriteData { data: bigint | number; strb: bigint | number }
type Resp = { readonly resp: string };
type Value = { readonly data: bigint; readonly resp: string };

/** The slave's port, as the simulator's `io` has it. */
export interface AxiLitePins {
  readonly aw: StreamDriver<Address>;
  readonly w: StreamDriver<WriteData>;
  readonly b: StreamTaker<Resp>;
  readonly ar: StreamDriver<Address>;
  readonly r: StreamTaker<Value>;
}

/** The same, as the simulator's `sampled` has it. */
export interface AxiLiteSampled {
  readonly aw: Handshake<unknown>;
  readonly w: Handshake<unknown>;
  readonly b: Handshake<Resp>;
  readonly ar: Handshake<unknown>;
  readonly r: Handshake<Value>;
}

/** Cycles by which the master is late. */
export interface Timing {
  /** Write data after the write address; negative: before it. */
  readonly dataAfterAddress?: number;
  /** Ready after valid of the response. */
  readonly responseAfter?: number;
}

export interface Answered {
  readonly resp: string;
}

export interface AxiLiteMaster extends RegisterBus {
  /** As `read` and `write`, but the response is a result, not an error. */
  tryRead(address: number, timing?: Timing): Generator<Wait, Answered & { readonly data: bigint }, void>;
  tryWrite(address: number, data: bigint, strobes?: number, timing?: Timing): Generator<Wait, Answered, void>;
}

/**
 * @param timing of each transfer in turn; no delays by default
 * @throws from `read` and `write`, if the answer is not OKAY
 */
export function axiLiteMaster(pins: AxiLitePins, sampled: AxiLiteSampled, timing: () => Timing = () => ({})): AxiLiteMaster {
  function* tryRead(address: number, { responseAfter = 0 } = timing()): Generator<Wait, Value, void> {
    yield* give(pins.ar, () => sampled.ar, { addr: address, prot: 0 }, 0);
    return yield* take(pins.r, () => sampled.r, responseAfter);
  }
  function* tryWrite(address: number, data: bigint, strobes = 0xf, { dataAfterAddress = 0, responseAfter = 0 } = timing()): Generator<Wait, Answered, void> {
    const channels = [
      give(pins.aw, () => sampled.aw, { addr: address, prot: 0 }, Math.max(0, -dataAfterAddress)),
      give(pins.w, () => sampled.w, { data, strb: strobes }, Math.max(0, dataAfterAddress)),
    ];
    let left = channels;
    while ((left = left.filter((channel) => channel.next().done !== true)).length > 0) yield;
    return yield* take(pins.b, () => sampled.b, responseAfter);
  }
  return {
    tryRead, tryWrite,
    * read(address) {
      const { data, resp } = yield* tryRead(address);
      if (resp !== 'OKAY') throw new Error(`read of ${hex(address)} was answered ${resp}`);
      return data;
    },
    * write(address, data, strobes) {
      const { resp } = yield* tryWrite(address, data, strobes);
      if (resp !== 'OKAY') throw new Error(`write of ${hex(address)} was answered ${resp}`);
    },
  };
}

/** After `delay` cycles, valid until taken. */
function* give<T>(pins: StreamDriver<T>, sampled: () => Handshake<unknown>, payload: T, delay: number): Generator<void, void, void> {
  for (let i = 0; i < delay; i++) yield;
  pins.payload = payload;
  pins.valid = true;
  do yield; while (!(sampled().valid && sampled().ready));
  pins.valid = false;
}

/** Ready in one cycle, `delay` cycles after valid was seen; with no delay, from the start. */
function* take<T>(pins: StreamTaker<T>, sampled: () => Handshake<T>, delay: number): Generator<void, T, void> {
  if (delay > 0) {
    while (!sampled().valid) yield;
    for (let i = 1; i < delay; i++) yield;
  }
  pins.ready = true;
  do yield; while (!(sampled().valid && sampled().ready));
  pins.ready = false;
  return { ...sampled().payload };
}
