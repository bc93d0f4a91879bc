/**
 * Memory as a bus master sees it: host-physical addresses, accesses in an owner's name, answers of AXI. What the
 * owner's windows do not allow is refused whole, changes nothing, and is recorded: an IOMMU, and the proof that none
 * was needed.
 */
import { wholeNumber } from '../options.ts';
import { hexadecimal } from './wording.ts';
import type { Layout } from './layout.ts';
import { type Owner, ownerName, type ViolationLog } from './violation.ts';
import { copyBytes } from '../copy-bytes.ts';

/** Part of the host's memory that may be accessed in an owner's name. An access lies in one window as a whole. */
export interface DmaWindow {
  /** Host-physical. */
  readonly base: number;
  readonly bytes: number;
  readonly read: boolean;
  readonly write: boolean;
}

/**
 * Of a response of AXI (AMBA AXI, A3.4.4): `okay`; `slverr`: there is memory, not for this access; `decerr`: there is
 * none, wholly or in part.
 */
export type Response = 'okay' | 'slverr' | 'decerr';

export interface DmaRead {
  readonly response: Response;
  /** A copy; zeros unless `okay`. */
  readonly bytes: Uint8Array;
}

export interface DmaPort {
  /** @param who for the record; default `dma` */
  read(owner: Owner, address: number | bigint, length: number, who?: string): DmaRead;
  /**
   * @param strobes bit k & 7 of byte k >> 3: byte k is written, as WSTRB; all are if it is left out. Bytes without a
   * strobe are not accessed: only from the first to the last with one is checked.
   * @throws RangeError if there are fewer strobes than bytes
   */
  write(owner: Owner, address: number | bigint, bytes: Uint8Array, strobes?: Uint8Array, who?: string): Response;
  /** As `read`, into `into` from index `at` on, which stays as it is unless `okay`. */
  readInto(owner: Owner, address: number | bigint, length: number, into: Uint8Array, at: number, who?: string): Response;
  /** As `write`, of `length` bytes of `from`, index `at` on. */
  writeFrom(owner: Owner, address: number | bigint, length: number, from: Uint8Array, at: number, who?: string): Response;
  windows(owner: Owner): readonly DmaWindow[];
  /**
   * Replaces an owner's windows. At first an owner has one: all of its own memory, to be read and written.
   * @throws RangeError unless each lies in the memory of one owner
   */
  setWindows(owner: Owner, windows: readonly DmaWindow[]): void;
}

export function dmaPort(memory: Uint8Array, layout: Layout, log: ViolationLog): DmaPort {
  return new Port(memory, layout, log);
}

class Port implements DmaPort {
  readonly #memory: Uint8Array;
  readonly #layout: Layout;
  readonly #log: ViolationLog;
  readonly #windows: (readonly DmaWindow[])[];

  constructor(memory: Uint8Array, layout: Layout, log: ViolationLog) {
    this.#memory = memory;
    this.#layout = layout;
    this.#log = log;
    this.#windows = layout.regions.map(({ hostBase, bytes }) => [{ base: hostBase, bytes, read: true, write: true }]);
  }

  read(owner: Owner, address: number | bigint, length: number, who = 'dma'): DmaRead {
    const bytes = new Uint8Array(length);
    return { response: this.readInto(owner, address, length, bytes, 0, who), bytes };
  }

  readInto(owner: Owner, address: number | bigint, length: number, into: Uint8Array, at: number, who = 'dma'): Response {
    const response = this.#check(owner, 'read', address, length, who);
    if (response === 'okay') copyBytes(this.#memory, Number(address) - this.#layout.hostBase, into, at, length);
    return response;
  }

  writeFrom(owner: Owner, address: number | bigint, length: number, from: Uint8Array, at: number, who = 'dma'): Response {
    if (length === 0) return 'okay';
    const response = this.#check(owner, 'write', address, length, who);
    if (response === 'okay') copyBytes(from, at, this.#memory, Number(address) - this.#layout.hostBase, length);
    return response;
  }

  write(owner: Owner, address: number | bigint, bytes: Uint8Array, strobes?: Uint8Array, who = 'dma'): Response {
    if (strobes === undefined) return this.writeFrom(owner, address, bytes.length, bytes, 0, who);
    if (8 * strobes.length < bytes.length) throw new RangeError(`strobes must have a bit for each of the ${bytes.length} bytes, not ${8 * strobes.length} bits`);
    const enabled = (k: number) => (strobes[k >> 3]! >> (k & 7) & 1) === 1;
    let first = 0;
    while (first < bytes.length && !enabled(first)) first += 1;
    if (first === bytes.length) return 'okay';
    let last = bytes.length - 1;
    while (!enabled(last)) last -= 1;
    const start = typeof address === 'bigint' ? address + BigInt(first) : address + first;
    const response = this.#check(owner, 'write', start, last + 1 - first, who);
    if (response !== 'okay') return response;
    const offset = Number(address) - this.#layout.hostBase;
    for (let k = first; k <= last; k += 1) if (enabled(k)) this.#memory[offset + k] = bytes[k]!;
    return response;
  }

  windows(owner: Owner): readonly DmaWindow[] {
    return this.#windows[this.#known(owner)]!;
  }

  setWindows(owner: Owner, windows: readonly DmaWindow[]): void {
    for (const [i, { base, bytes }] of windows.entries()) {
      wholeNumber(`windows[${i}].bytes`, bytes, 1, 2 ** 32);
      const inside = this.#layout.regions.some((region) => base >= region.hostBase && base + bytes <= region.hostBase + region.bytes);
      if (!inside) throw new RangeError(`windows[${i}] of ${ownerName(owner)}, ${hexadecimal(base)} and ${bytes} bytes, must lie in the memory of one owner`);
    }
    this.#windows[this.#known(owner)] = [...windows];
  }

  #known(owner: Owner): Owner {
    return wholeNumber('owner', owner, 0, this.#windows.length - 1);
  }

  #check(owner: Owner, access: 'read' | 'write', address: number | bigint, length: number, who: string): Response {
    // A 64-bit address that a number cannot hold is beyond all memory; rounding it keeps it there.
    const base = Number(address);
    const end = base + length;
    const windows = this.#windows[owner];
    if (windows !== undefined) {
      for (const window of windows) if (base >= window.base && end <= window.base + window.bytes && window[access]) return 'okay';
    }
    const inMemory = this.#layout.regions.some((region) => base >= region.hostBase && end <= region.hostBase + region.bytes);
    const reason = windows === undefined ? 'there is no such owner' : inMemory ? `no window of ${ownerName(owner)} allows it` : 'there is no memory';
    this.#log.record({ owner, who, access, address: BigInt(address), length, reason });
    return inMemory ? 'slverr' : 'decerr';
  }
}
