/** A ring of payload bytes in guest memory, and the pool that rings come from and go back to. */
import type { GivenOf } from '../../hw/protocol/index.ts';
import { RING_LEAST_LOG2, RING_MOST_LOG2, type RingDescriptor } from '../../hw/protocol/index.ts';
import type { HostBuffer } from '../host/allocator.ts';
import type { OwnerMemory } from '../host/owner-memory.ts';

const PAGE_BYTES = 2 ** RING_LEAST_LOG2;

export class Ring {
  readonly log2Bytes: number;
  readonly bytes: number;
  readonly descriptor: GivenOf<typeof RingDescriptor>;
  readonly #memory: OwnerMemory;
  readonly #buffer: HostBuffer;

  constructor(memory: OwnerMemory, log2Bytes: number, label: string) {
    this.log2Bytes = log2Bytes;
    this.bytes = 2 ** log2Bytes;
    this.#memory = memory;
    this.#buffer = memory.allocate(this.bytes, { alignment: PAGE_BYTES, label });
    this.descriptor = { log2_bytes: log2Bytes, page: BigInt(this.#buffer.address / PAGE_BYTES) };
  }

  get address(): number {
    return this.#buffer.address;
  }

  /** `length` bytes of `data` from `from` on, to the position and on, round the end if need be. */
  write(position: number, data: Uint8Array, from: number, length: number): void {
    const at = this.#offset(position);
    const first = Math.min(length, this.bytes - at);
    this.#memory.write(this.address + at, data.subarray(from, from + first));
    if (first < length) this.#memory.write(this.address, data.subarray(from + first, from + length));
  }

  /** A copy. */
  read(position: number, length: number): Uint8Array {
    const at = this.#offset(position);
    const first = Math.min(length, this.bytes - at);
    const data = new Uint8Array(length);
    data.set(this.#memory.view(this.address + at, first));
    if (first < length) data.set(this.#memory.view(this.address, length - first), first);
    return data;
  }

  free(): void {
    this.#memory.free(this.address);
  }

  #offset(position: number): number {
    return (position & (this.bytes - 1)) >>> 0;
  }
}

/** The smallest ring of at least so many bytes. */
export function ringLog2(bytes: number): number {
  let log2 = RING_LEAST_LOG2;
  while (log2 < RING_MOST_LOG2 && 2 ** log2 < bytes) log2 += 1;
  return log2;
}

/**
 * Rings that were used are used again, so that a short connection costs no allocation. Only who has a FINAL entry for a ring
 * may give it back. With `keep` 0 each is freed at once: then a write after FINAL shows in the memory's `damage`.
 */
export class RingPool {
  readonly #memory: OwnerMemory;
  readonly #keep: number;
  readonly #idle = new Map<number, Ring[]>();
  /** Rings that somebody has. */
  taken = 0;

  /** @param keep most idle rings of a size */
  constructor(memory: OwnerMemory, keep: number) {
    this.#memory = memory;
    this.#keep = keep;
  }

  /** @throws RangeError if there is no memory */
  take(log2Bytes: number): Ring {
    const ring = this.#idle.get(log2Bytes)?.pop() ?? new Ring(this.#memory, log2Bytes, `ring of ${2 ** log2Bytes} bytes`);
    this.taken += 1;
    return ring;
  }

  give(ring: Ring): void {
    this.taken -= 1;
    const idle = this.#idle.get(ring.log2Bytes) ?? [];
    if (idle.length >= this.#keep) ring.free();
    else {
      idle.push(ring);
      this.#idle.set(ring.log2Bytes, idle);
    }
  }

  /** Frees those that nobody has. */
  drain(): void {
    for (const rings of this.#idle.values()) for (const ring of rings) ring.free();
    this.#idle.clear();
  }
}
