/**
 * The blocks of a pcapng file, as bytes, little-endian. Sections (§) are those of draft-ietf-opsawg-pcapng ("PCAP Now
 * Generic (pcapng) Capture File Format", of March 2026).
 */
import { describe } from '@vtoe/hdl/internal/check/describe';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const INTERFACE_STATISTICS = 5;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const LINKTYPE_ETHERNET = 1;
/** 10^-9 s. */
const NANOSECONDS = 9;

/** §3.5: 16 bits of length. */
export const MAXIMUM_OPTION_BYTES = 65_535;

const OPTION = {
  end: 0, comment: 1,
  shbHardware: 2, shbOs: 3, shbApplication: 4,
  ifName: 2, ifDescription: 3, ifSpeed: 8, ifResolution: 9,
  epbFlags: 2,
  isbStartTime: 2, isbEndTime: 3, isbReceived: 4, isbDropped: 5,
} as const;

/** Errors of the link layer that a packet had: their bits in epb_flags (§4.3.1). */
const ERROR_BIT = { crc: 24, tooLong: 25, tooShort: 26, gap: 27, unaligned: 28, startDelimiter: 29, preamble: 30, symbol: 31 } as const;

export type LinkLayerError = keyof typeof ERROR_BIT;

const DIRECTION = { in: 1, out: 2 } as const;

/** What wrote the file and where (§4.1); a simulation best names nothing that differs from machine to machine. */
export interface SectionInfo {
  readonly hardware?: string;
  readonly os?: string;
  readonly application?: string;
  readonly comments?: readonly string[];
}

export interface InterfaceInfo {
  readonly name: string;
  readonly description?: string;
  readonly rateBitsPerSecond?: number;
  readonly comments?: readonly string[];
}

export interface Packet {
  /** As `interface` returned it. */
  readonly interfaceId: number;
  /** Simulated; written in nanoseconds, rounded down. */
  readonly timePs: bigint;
  /** From the destination address on, without FCS. */
  readonly frame: Uint8Array;
  /** Written behind the frame if given. */
  readonly fcs?: number;
  /** As the interface saw it. */
  readonly direction?: 'in' | 'out';
  readonly errors?: readonly LinkLayerError[];
  readonly comments?: readonly string[];
}

export interface InterfaceStatistics {
  readonly interfaceId: number;
  readonly timePs: bigint;
  /** When the capture began on it; the beginning of time by default. */
  readonly startPs?: bigint;
  readonly received?: number;
  readonly dropped?: number;
  readonly comments?: readonly string[];
}

/** §4.1. The section's length is left open (-1): the file is written as it comes. */
export function sectionHeader({ hardware, os, application, comments }: SectionInfo): Uint8Array {
  const block = new Block(SECTION_HEADER);
  block.u32(BYTE_ORDER_MAGIC).u16(1).u16(0).u64(0xffff_ffff_ffff_ffffn);
  return block.comments(comments).text(OPTION.shbHardware, 'hardware', hardware).text(OPTION.shbOs, 'os', os).text(OPTION.shbApplication, 'application', application).end();
}

/** §4.2. Packets are whole (SnapLen 0). */
export function interfaceDescription({ name, description, rateBitsPerSecond, comments }: InterfaceInfo): Uint8Array {
  const block = new Block(INTERFACE_DESCRIPTION);
  block.u16(LINKTYPE_ETHERNET).u16(0).u32(0);
  block.comments(comments).text(OPTION.ifName, 'name', name).text(OPTION.ifDescription, 'description', description);
  if (rateBitsPerSecond !== undefined) block.option(OPTION.ifSpeed, 8).u64(BigInt(rateBitsPerSecond));
  block.option(OPTION.ifResolution, 1).bytes(Uint8Array.of(NANOSECONDS));
  return block.end();
}

/** §4.3. */
export function enhancedPacket({ interfaceId, timePs, frame, fcs, direction, errors = [], comments }: Packet): Uint8Array {
  const fcsBytes = fcs === undefined ? 0 : 4;
  const length = frame.length + fcsBytes;
  const block = new Block(ENHANCED_PACKET, length);
  block.u32(interfaceId).timestamp(timePs).u32(length).u32(length);
  block.bytes(frame, fcs);
  const flags = (direction === undefined ? 0 : DIRECTION[direction]) | (fcsBytes << 5) | errors.reduce((bits, error) => bits | (1 << ERROR_BIT[error]), 0);
  block.comments(comments);
  if (flags !== 0) block.option(OPTION.epbFlags, 4).u32(flags);
  return block.end();
}

/** §4.6. */
export function interfaceStatistics({ interfaceId, timePs, startPs = 0n, received, dropped, comments }: InterfaceStatistics): Uint8Array {
  const block = new Block(INTERFACE_STATISTICS);
  block.u32(interfaceId).timestamp(timePs).comments(comments);
  block.option(OPTION.isbStartTime, 8).timestamp(startPs);
  block.option(OPTION.isbEndTime, 8).timestamp(timePs);
  if (received !== undefined) block.option(OPTION.isbReceived, 8).u64(BigInt(received));
  if (dropped !== undefined) block.option(OPTION.isbDropped, 8).u64(BigInt(dropped));
  return block.end();
}

/** A block as it grows (§3.1): type, total length, body, options (§3.5), total length again; all padded to 32 bits. */
class Block {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 8;
  #hasOptions = false;

  constructor(type: number, roomBytes = 0) {
    this.#bytes = new Uint8Array(256 + roomBytes);
    this.#view = new DataView(this.#bytes.buffer);
    this.#view.setUint32(0, type, true);
  }

  u16(value: number): this {
    this.#room(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#room(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  u64(value: bigint): this {
    this.#room(8);
    this.#view.setBigUint64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  /** §4.3: the upper 32 bits come first, whatever the byte order. */
  timestamp(timePs: bigint): this {
    const ns = timePs / 1000n;
    return this.u32(Number(ns >> 32n)).u32(Number(ns & 0xffff_ffffn));
  }

  /** Padded with zeros; `fcs` behind the bytes, least significant byte first. */
  bytes(bytes: Uint8Array, fcs?: number): this {
    this.#room(bytes.length + 8);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    if (fcs !== undefined) this.u32(fcs);
    this.#length = (this.#length + 3) & ~3;
    return this;
  }

  /** The value of `length` bytes comes next, padded. */
  option(code: number, length: number): this {
    this.#hasOptions = true;
    return this.u16(code).u16(length);
  }

  /** @throws RangeError if the text is too long */
  text(code: number, key: string, text: string | undefined): this {
    if (text === undefined) return this;
    if (typeof text !== 'string') throw new RangeError(`${key} must be a text, not ${describe(text)}`);
    // Half of a surrogate pair becomes U+FFFD here: §3.6.3 asks for valid UTF-8.
    const utf8 = new TextEncoder().encode(text);
    if (utf8.length > MAXIMUM_OPTION_BYTES) throw new RangeError(`${key} must be a text of at most ${MAXIMUM_OPTION_BYTES} bytes in UTF-8, not of ${utf8.length}`);
    return this.option(code, utf8.length).bytes(utf8);
  }

  comments(comments: readonly string[] | undefined): this {
    for (const comment of comments ?? []) this.text(OPTION.comment, 'comment', comment);
    return this;
  }

  end(): Uint8Array {
    if (this.#hasOptions) this.u16(OPTION.end).u16(0);
    const total = this.#length + 4;
    this.u32(total);
    this.#view.setUint32(4, total, true);
    return this.#bytes.subarray(0, total);
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
