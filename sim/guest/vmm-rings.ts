/**
 * The VMM's driver of its two rings: takes frames out of the punt ring, and gives its own to the raw ring. It uses registers of the
 * VMM's page and its own memory, and waits as parts of a process.
 */
import type { Wait } from '@vtoe/hdl';
import { PUNT_HEADER_BYTES, PuntReason, PuntRecord, puntRecordBytes, RawStatus } from '../../hw/protocol/index.ts';
import { RING_CAUSES } from '../../hw/registers.ts';
import type { HostBuffer } from '../host/allocator.ts';
import type { OwnerMemory } from '../host/owner-memory.ts';
import type { EngineRegisters } from './bus.ts';
import { DriverError } from './errors.ts';

export interface VmmFrame {
  readonly reason: 'PUNT' | 'RECEIVED' | 'SENT';
  /** On the wire; fewer may be here, of a copy. */
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly vlan: number | undefined;
  /** A copy of a frame that the MAC marked bad. */
  readonly bad: boolean;
  readonly microseconds: bigint;
}

export interface VmmRingsOptions {
  readonly registers: EngineRegisters;
  /** The VMM's. */
  readonly memory: OwnerMemory;
  /** Base-2 logarithms of the rings' bytes; 14 by default. */
  readonly puntLog2?: number;
  readonly rawLog2?: number;
}

const PAGE = 4096;
const POSITIONS = 2 ** 32;

export class VmmRings {
  readonly #registers: EngineRegisters;
  readonly #memory: OwnerMemory;
  readonly #log2: { readonly punt: number; readonly raw: number };
  #punt: HostBuffer | undefined;
  #raw: HostBuffer | undefined;
  /** Positions of records: read up to here; given up to here, and back up to here. */
  #read = 0;
  #given = 0;
  #back = 0;
  /** Records that are with the engine. */
  readonly #sending: { readonly position: number; readonly bytes: number }[] = [];
  /** Frames that were not sent, by status. */
  readonly refused: string[] = [];

  constructor({ registers, memory, puntLog2 = 14, rawLog2 = 14 }: VmmRingsOptions) {
    this.#registers = registers;
    this.#memory = memory;
    this.#log2 = { punt: puntLog2, raw: rawLog2 };
  }

  * start(): Generator<Wait, void, void> {
    const { punt_ring, raw_ring } = this.#registers;
    this.#punt = this.#memory.allocate(2 ** this.#log2.punt, { alignment: PAGE, label: 'punt ring' });
    this.#raw = this.#memory.allocate(2 ** this.#log2.raw, { alignment: PAGE, label: 'raw ring' });
    this.#read = 0;
    this.#given = 0;
    this.#back = 0;
    for (const [ring, buffer, log2] of [[punt_ring, this.#punt, this.#log2.punt], [raw_ring, this.#raw, this.#log2.raw]] as const) {
      yield* ring.base.write(BigInt(buffer.address));
      yield* ring.size.write({ log2 });
      yield* ring.control.write({ enable: true });
    }
  }

  /** Frees the rings when the engine is through with them. */
  * stop(): Generator<Wait, void, void> {
    for (const [ring, buffer] of [[this.#registers.punt_ring, this.#punt], [this.#registers.raw_ring, this.#raw]] as const) {
      yield* ring.control.write({ enable: false });
      while ((yield* ring.status.read()).running) yield 10;
      if (buffer !== undefined) this.#memory.free(buffer.address);
    }
  }

  /** All frames that are there, oldest first; their places are given back. @throws DriverError if the ring was stopped */
  * receive(): Generator<Wait, VmmFrame[], void> {
    const { punt_ring } = this.#registers;
    const tail = Number(yield* punt_ring.tail.read());
    const frames: VmmFrame[] = [];
    while (this.#read !== tail) {
      const { length, kept, reason, vlan, tagged, bad, time } = PuntRecord.decode(this.#get(this.#punt!, this.#read, PuntRecord.bytes));
      const why = PuntReason.labelOf(reason);
      if (why === undefined) throw new DriverError(`the punt ring has a record of reason ${reason}`);
      frames.push({ reason: why, length, bytes: this.#get(this.#punt!, this.#read + PUNT_HEADER_BYTES, kept), vlan: tagged ? vlan : undefined, bad, microseconds: time });
      this.#read = (this.#read + puntRecordBytes(kept)) % POSITIONS;
    }
    if (frames.length > 0) yield* punt_ring.head.write(this.#read);
    else yield* this.#check('punt', punt_ring.status);
    return frames;
  }

  /** Waits for room. What the engine does not send is in `refused`, once its record is back. @throws DriverError if the ring was stopped */
  * send(frame: Uint8Array): Generator<Wait, void, void> {
    const bytes = puntRecordBytes(frame.length);
    const size = 2 ** this.#log2.raw;
    if (bytes > size) throw new RangeError(`a frame of ${frame.length} bytes needs a raw ring of at least ${bytes} bytes, not ${size}`);
    while (distance(this.#back, this.#given) + bytes > size) {
      yield* this.collect();
      yield 10;
    }
    const { raw_ring } = this.#registers;
    const position = this.#given;
    this.#put(position, PuntRecord.encode({ length: frame.length, kept: frame.length, reason: PuntReason.value.PUNT, status: RawStatus.value.OK, vlan: 0, tagged: false, bad: false, time: 0n }));
    this.#put(position + PUNT_HEADER_BYTES, frame);
    this.#sending.push({ position, bytes });
    this.#given = (position + bytes) % POSITIONS;
    yield* raw_ring.tail.write(this.#given);
  }

  /** Records that came back: how many are still with the engine. */
  * collect(): Generator<Wait, number, void> {
    const { raw_ring } = this.#registers;
    const head = Number(yield* raw_ring.head.read());
    while (this.#back !== head) {
      const { position, bytes } = this.#sending.shift()!;
      const { status } = PuntRecord.decode(this.#get(this.#raw!, position, PuntRecord.bytes));
      if (status !== RawStatus.value.OK) this.refused.push(RawStatus.labelOf(status) ?? String(status));
      this.#back = (position + bytes) % POSITIONS;
    }
    yield* this.#check('raw', raw_ring.status);
    return this.#sending.length;
  }

  * #check(name: string, status: EngineRegisters['punt_ring']['status']): Generator<Wait, void, void> {
    const { cause } = yield* status.read();
    if (cause !== 0n) throw new DriverError(`the ${name} ring was stopped: ${Object.keys(RING_CAUSES)[Number(cause)] ?? cause}`);
  }

  /** A copy of what may go on at the ring's beginning. */
  #get({ address, bytes: size }: HostBuffer, position: number, length: number): Uint8Array {
    const at = position % size;
    const first = Math.min(length, size - at);
    const bytes = new Uint8Array(length);
    bytes.set(this.#memory.read(address + at, first));
    bytes.set(this.#memory.read(address, length - first), first);
    return bytes;
  }

  #put(position: number, bytes: Uint8Array): void {
    const { address, bytes: size } = this.#raw!;
    const at = position % size;
    const first = Math.min(bytes.length, size - at);
    this.#memory.write(address + at, bytes.subarray(0, first));
    if (first < bytes.length) this.#memory.write(address, bytes.subarray(first));
  }
}

function distance(from: number, to: number): number {
  return (to - from + POSITIONS) % POSITIONS;
}
