/**
 * Gives out aligned buffers of one owner's memory, and finds what was done wrong with them. Everything that is not
 * given out holds the pattern: at least a red zone behind each buffer, and what was freed. So a write past a buffer's
 * end, or into a buffer after it was freed, shows in `damage`, whoever did it.
 */
import { wholeNumber } from '../options.ts';
import { byteCount, hexadecimal } from './wording.ts';
import type { Region } from './layout.ts';
import { type Damage, fillPattern, findDamage } from './pattern.ts';
import { ownerName } from './violation.ts';

export interface HostBuffer {
  /** Guest-physical. */
  readonly address: number;
  readonly bytes: number;
  /** What it is for: leaks and damage are reported under it. */
  readonly label: string;
}

export interface AllocateOptions {
  /** A power of two; default 64, a cache line. */
  readonly alignment?: number;
  /** Default `buffer`. */
  readonly label?: string;
}

export interface Allocator {
  /** Zeroed. @throws RangeError if there is no room, or an argument makes no sense */
  allocate(bytes: number, options?: AllocateOptions): HostBuffer;
  /** @throws RangeError if the address is not that of a buffer, or its buffer was freed already */
  free(address: number): void;
  /** Buffers that are given out, by address. */
  readonly allocated: readonly HostBuffer[];
  /** The one that has this address. */
  bufferAt(address: number): HostBuffer | undefined;
  /** A sentence for each place where memory that is not given out was written. */
  damage(): string[];
}

/** Memory behind each buffer that is never given out. */
export const RED_ZONE_BYTES = 64;

/** @param memory the host's; the region holds the pattern */
export function allocator(memory: Uint8Array, region: Region): Allocator {
  return new FirstFit(memory, region);
}

class FirstFit implements Allocator {
  readonly #memory: Uint8Array;
  readonly #region: Region;
  /** By address. */
  readonly #buffers: HostBuffer[] = [];
  /** What was freed and not given out again since, for the words of an error. */
  readonly #freed = new Map<number, HostBuffer>();

  constructor(memory: Uint8Array, region: Region) {
    this.#memory = memory;
    this.#region = region;
  }

  get allocated(): readonly HostBuffer[] {
    return [...this.#buffers];
  }

  allocate(bytes: number, { alignment = 64, label = 'buffer' }: AllocateOptions = {}): HostBuffer {
    const { guestBase, owner, bytes: size } = this.#region;
    wholeNumber('bytes', bytes, 1, size);
    wholeNumber('alignment', alignment, 1, 2 ** 30);
    if ((alignment & (alignment - 1)) !== 0) throw new RangeError(`alignment must be a power of two, not ${alignment}`);
    let at = alignUp(guestBase, alignment);
    let index = 0;
    for (; index < this.#buffers.length; index += 1) {
      const next = this.#buffers[index]!;
      if (at + bytes + RED_ZONE_BYTES <= next.address) break;
      at = alignUp(next.address + next.bytes + RED_ZONE_BYTES, alignment);
    }
    if (at + bytes + RED_ZONE_BYTES > guestBase + size) throw new RangeError(`${ownerName(owner)} has no room for ${byteCount(bytes)} of ${label}: ${byteCount(size)} and ${this.#buffers.length} buffers in them`);
    const offset = this.#offsetOf(at);
    const damage = findDamage(this.#memory, offset, offset + bytes);
    // Zeroing would wipe the trace out.
    if (damage !== undefined) throw new Error(this.#damageText(damage));
    const buffer = { address: at, bytes, label };
    this.#buffers.splice(index, 0, buffer);
    for (const [address, old] of this.#freed) if (address < at + bytes && at < address + old.bytes) this.#freed.delete(address);
    this.#memory.fill(0, offset, offset + bytes);
    return buffer;
  }

  free(address: number): void {
    const index = this.#buffers.findIndex((buffer) => buffer.address === address);
    if (index < 0) {
      const name = ownerName(this.#region.owner);
      const before = this.#freed.get(address);
      if (before !== undefined) throw new RangeError(`${before.label} of ${name} at ${hexadecimal(address)} was freed already`);
      throw new RangeError(`${name} has no buffer at ${hexadecimal(address)} that could be freed`);
    }
    const [buffer] = this.#buffers.splice(index, 1);
    this.#freed.set(address, buffer!);
    const offset = this.#offsetOf(address);
    fillPattern(this.#memory, offset, offset + buffer!.bytes);
  }

  bufferAt(address: number): HostBuffer | undefined {
    let [low, high] = [0, this.#buffers.length];
    // The first that begins behind it.
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#buffers[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const before = this.#buffers[low - 1];
    return before !== undefined && address < before.address + before.bytes ? before : undefined;
  }

  damage(): string[] {
    const { offset, bytes } = this.#region;
    const gaps: [number, number][] = [];
    let from = offset;
    for (const buffer of this.#buffers) {
      const start = this.#offsetOf(buffer.address);
      gaps.push([from, start]);
      from = start + buffer.bytes;
    }
    gaps.push([from, offset + bytes]);
    return gaps.map(([start, end]) => findDamage(this.#memory, start, end)).filter((damage) => damage !== undefined).map((damage) => this.#damageText(damage));
  }

  #damageText({ first, last, bytes }: Damage): string {
    const { owner, guestBase, offset } = this.#region;
    const address = guestBase + first - offset;
    const freed = [...this.#freed.values()].find((buffer) => address >= buffer.address && address < buffer.address + buffer.bytes);
    const before = this.#buffers.findLast((buffer) => buffer.address + buffer.bytes <= address);
    const place = freed !== undefined ? `in ${freed.label} at ${hexadecimal(freed.address)}, which was freed`
      : before !== undefined ? `${byteCount(address - before.address - before.bytes)} behind the end of ${before.label} at ${hexadecimal(before.address)}`
      : 'in front of the first buffer';
    return `memory of ${ownerName(owner)} that nobody has was written, ${byteCount(bytes)} from ${hexadecimal(address)} to ${hexadecimal(guestBase + last - offset)}: ${place}`;
  }

  #offsetOf(address: number): number {
    return address - this.#region.guestBase + this.#region.offset;
  }
}

function alignUp(address: number, alignment: number): number {
  return Math.ceil(address / alignment) * alignment;
}
