/**
 * A burst, and which bytes its beats cover (AMBA AXI, IHI 0022, A3.4.1 "Burst address").
 *
 * A legal burst stays in one page of 4 KiB: INCR by rule, WRAP in its aligned container of at most 2 KiB, FIXED in one
 * beat. So bytes are told by their offset in the page, a small number, and the page is added for the store only.
 */
import { type AxiResponse, OKAY } from './axi-response.ts';
import type { AxiAccess } from './axi-store.ts';

export const FIXED = 0;
export const INCR = 1;
export const WRAP = 2;

export const PAGE_BYTES = 4096;

/** One is made for each transaction that may be outstanding, and used again: a run allocates none. */
export class Burst implements AxiAccess {
  number = 0;
  id = 0;
  user = 0;
  prot = 0;
  cache = 0;
  /** Address of the page, a multiple of 4096; exact below 2^53, and beyond for as many bits as a double has. */
  page = 0;
  /** Start address within the page; need not be aligned. */
  offset = 0;
  /** 1 to 256. */
  beats = 0;
  /** Bytes of a beat, a power of two. */
  bytes = 0;
  kind = INCR;
  /** Beats that were transferred. */
  done = 0;
  /** Of an INCR burst of full-width beats of whole words: offset of the next beat, whose bytes are copied by words; else -1. */
  next = -1;
  /** Cycle from which the response may be offered; Infinity while data are missing, or for ever. */
  due = Infinity;
  response: AxiResponse = OKAY;
  /** An error was injected into all of it: the store is not asked. */
  refused = false;
  /** A beat of read data was offered: the others must follow. */
  begun = false;
  /** All bytes that were covered so far had their strobes: the mask is not kept, and 0. */
  dense = true;
  /** The bytes of the page, and for writes which of them have data: 1 or 0. */
  readonly image: Uint8Array;
  readonly imageWords: Uint32Array;
  readonly mask: Uint8Array;

  constructor() {
    const buffer = new ArrayBuffer(2 * PAGE_BYTES);
    this.image = new Uint8Array(buffer, 0, PAGE_BYTES);
    this.imageWords = new Uint32Array(buffer, 0, PAGE_BYTES / 4);
    this.mask = new Uint8Array(buffer, PAGE_BYTES);
  }
}

/** Offset of the first byte that a beat transfers. */
export function beatStart({ kind, offset, bytes, beats }: Burst, beat: number): number {
  if (beat === 0 || kind === FIXED) return offset;
  const stepped = (offset & -bytes) + beat * bytes;
  if (kind === INCR) return stepped;
  const container = bytes * beats;
  const lowest = offset & -container;
  return lowest + ((stepped - lowest) & (container - 1));
}

/** Offset after the last byte of the beat that starts at `start`. */
export function beatEnd({ bytes }: Burst, start: number): number {
  return (start & -bytes) + bytes;
}

/** Lowest offset that a burst covers. */
export function burstStart({ kind, offset, bytes, beats }: Burst): number {
  return kind === WRAP ? offset & -(bytes * beats) : offset;
}

/** Offset after the highest byte that a burst covers. */
export function burstEnd({ kind, offset, bytes, beats }: Burst): number {
  if (kind === FIXED) return (offset & -bytes) + bytes;
  return (kind === WRAP ? offset & -(bytes * beats) : offset & -bytes) + bytes * beats;
}
