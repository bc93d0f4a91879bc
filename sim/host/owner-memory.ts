/**
 * One owner's memory as its software sees it: guest-physical addresses, little-endian. An access that leaves it throws
 * and is recorded.
 */
import { type Allocator, type AllocateOptions, allocator, type HostBuffer } from './allocator.ts';
import type { Region } from './layout.ts';
import { ViolationError, type ViolationLog } from './violation.ts';

export interface OwnerMemory extends Allocator {
  readonly region: Region;
  read8(address: number): number;
  read16(address: number): number;
  read32(address: number): number;
  read64(address: number): bigint;
  /** Values are taken modulo 2^8, 2^16, 2^32, 2^64. Addresses need not be aligned. */
  write8(address: number, value: number): void;
  write16(address: number, value: number): void;
  write32(address: number, value: number): void;
  write64(address: number, value: bigint): void;
  /** A copy. */
  read(address: number, length: number): Uint8Array;
  write(address: number, bytes: Uint8Array): void;
  fill(address: number, length: number, value: number): void;
  /** The memory itself, for who would copy too much; it bypasses nothing but the copy. */
  view(address: number, length: number): Uint8Array;
  /** Where a guest-physical address is on the bus. */
  hostAddress(address: number): number;
}

export function ownerMemory(memory: Uint8Array, region: Region, log: ViolationLog): OwnerMemory {
  return new Memory(memory, region, log);
}

class Memory implements OwnerMemory {
  readonly region: Region;
  readonly #memory: Uint8Array;
  readonly #view: DataView;
  readonly #log: ViolationLog;
  readonly #allocator: Allocator;

  constructor(memory: Uint8Array, region: Region, log: ViolationLog) {
    this.region = region;
    this.#memory = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    this.#log = log;
    this.#allocator = allocator(memory, region);
  }

  get allocated(): readonly HostBuffer[] {
    return this.#allocator.allocated;
  }

  bufferAt(address: number): HostBuffer | undefined {
    return this.#allocator.bufferAt(address);
  }

  allocate(bytes: number, options?: AllocateOptions): HostBuffer {
    return this.#allocator.allocate(bytes, options);
  }

  free(address: number): void {
    this.#allocator.free(address);
  }

  damage(): string[] {
    return this.#allocator.damage();
  }

  read8(address: number): number {
    return this.#view.getUint8(this.#at('read', address, 1));
  }

  read16(address: number): number {
    return this.#view.getUint16(this.#at('read', address, 2), true);
  }

  read32(address: number): number {
    return this.#view.getUint32(this.#at('read', address, 4), true);
  }

  read64(address: number): bigint {
    return this.#view.getBigUint64(this.#at('read', address, 8), true);
  }

  write8(address: number, value: number): void {
    this.#view.setUint8(this.#at('write', address, 1), value);
  }

  write16(address: number, value: number): void {
    this.#view.setUint16(this.#at('write', address, 2), value, true);
  }

  write32(address: number, value: number): void {
    this.#view.setUint32(this.#at('write', address, 4), value, true);
  }

  write64(address: number, value: bigint): void {
    this.#view.setBigUint64(this.#at('write', address, 8), value, true);
  }

  read(address: number, length: number): Uint8Array {
    const offset = this.#at('read', address, length);
    return this.#memory.slice(offset, offset + length);
  }

  write(address: number, bytes: Uint8Array): void {
    this.#memory.set(bytes, this.#at('write', address, bytes.length));
  }

  fill(address: number, length: number, value: number): void {
    const offset = this.#at('write', address, length);
    this.#memory.fill(value, offset, offset + length);
  }

  view(address: number, length: number): Uint8Array {
    const offset = this.#at('write', address, length);
    return this.#memory.subarray(offset, offset + length);
  }

  hostAddress(address: number): number {
    return this.#at('read', address, 1) - this.region.offset + this.region.hostBase;
  }

  #at(access: 'read' | 'write', address: number, length: number): number {
    const { owner, guestBase, bytes, offset } = this.region;
    const from = address - guestBase;
    if (Number.isSafeInteger(address) && Number.isSafeInteger(length) && length >= 0 && from >= 0 && from + length <= bytes) return from + offset;
    throw new ViolationError(this.#log.record({ owner, who: 'software', access, address: Number.isFinite(address) ? BigInt(Math.trunc(address)) : -1n, length, reason: 'it is outside of its memory' }));
  }
}
