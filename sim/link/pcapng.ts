/**
 * Writes packets into a pcapng file as they come: nanosecond times, comments, directions, link-layer errors, several
 * interfaces. Wireshark, tshark and capinfos read it.
 *
 * Blocks gather in one buffer that goes out when it is full, so memory stays bounded however long the run; `flush` or
 * `close` writes the rest. Writing is synchronous: a handler of SIGINT may `close` at any point of the run and leaves a
 * whole file.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { wholeNumber } from '../options.ts';
import { enhancedPacket, interfaceDescription, type InterfaceInfo, interfaceStatistics, type InterfaceStatistics, type Packet, sectionHeader, type SectionInfo } from './pcapng-blocks.ts';

export type { InterfaceInfo, InterfaceStatistics, LinkLayerError, Packet, SectionInfo } from './pcapng-blocks.ts';

export interface PcapngWriter {
  /** Packets so far. */
  readonly packets: number;
  /** Describes an interface and returns its number. */
  interface(info: InterfaceInfo): number;
  /** @throws RangeError if there is no such interface; Error if the file cannot be written */
  packet(packet: Packet): void;
  statistics(statistics: InterfaceStatistics): void;
  /** Writes what has gathered. */
  flush(): void;
  /** Writes the rest and closes the file. Idempotent. */
  close(): void;
}

export interface PcapngOptions extends SectionInfo {
  /** Bytes to gather before they are written; default 65,536. */
  readonly chunkBytes?: number;
}

/** Where bytes go: takes what it can and says how much, as `write(2)`. */
export interface Sink {
  /** What errors call it. */
  readonly name: string;
  write(bytes: Uint8Array): number;
  close(): void;
}

/** @throws Error if the file cannot be created; RangeError if an option makes no sense */
export function createPcapng(file: string, options: PcapngOptions = {}): PcapngWriter {
  const chunkBytes = chunkBytesOf(options);
  const header = sectionHeader(options);
  return new Writer(fileSink(file), header, chunkBytes);
}

/** Onto anything that takes bytes; `close` closes it. */
export function pcapngOnto(sink: Sink, options: PcapngOptions = {}): PcapngWriter {
  return new Writer(sink, sectionHeader(options), chunkBytesOf(options));
}

function chunkBytesOf({ chunkBytes = 65_536 }: PcapngOptions): number {
  return wholeNumber('chunkBytes', chunkBytes, 1, 1 << 30, { unit: 'bytes' });
}

function fileSink(file: string): Sink {
  const descriptor = attempt(`cannot create ${file}`, () => openSync(file, 'w'));
  return { name: file, write: (bytes) => writeSync(descriptor, bytes), close: () => closeSync(descriptor) };
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

class Writer implements PcapngWriter {
  packets = 0;
  readonly #sink: Sink;
  readonly #chunk: Uint8Array;
  #gathered = 0;
  #interfaces = 0;
  #open = true;

  constructor(sink: Sink, header: Uint8Array, chunkBytes: number) {
    this.#sink = sink;
    this.#chunk = new Uint8Array(chunkBytes);
    this.#put(header);
  }

  interface(info: InterfaceInfo): number {
    this.#put(interfaceDescription(info));
    this.#interfaces += 1;
    return this.#interfaces - 1;
  }

  packet(packet: Packet): void {
    this.#known(packet.interfaceId);
    this.#put(enhancedPacket(packet));
    this.packets += 1;
  }

  statistics(statistics: InterfaceStatistics): void {
    this.#known(statistics.interfaceId);
    this.#put(interfaceStatistics(statistics));
  }

  flush(): void {
    const gathered = this.#chunk.subarray(0, this.#gathered);
    // Emptied first: after a failure `close` does not write the same bytes a second time.
    this.#gathered = 0;
    this.#write(gathered);
  }

  close(): void {
    if (!this.#open) return;
    this.flush();
    this.#open = false;
    this.#sink.close();
  }

  #known(interfaceId: number): void {
    if (this.#interfaces === 0) throw new RangeError(`${this.#sink.name} has no interface yet: describe one first`);
    wholeNumber('interfaceId', interfaceId, 0, this.#interfaces - 1);
  }

  #put(block: Uint8Array): void {
    if (!this.#open) throw new Error(`${this.#sink.name} is closed`);
    if (this.#gathered + block.length > this.#chunk.length) this.flush();
    if (block.length > this.#chunk.length) {
      this.#write(block);
      return;
    }
    this.#chunk.set(block, this.#gathered);
    this.#gathered += block.length;
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length;) done += attempt(`cannot write ${this.#sink.name}`, () => this.#sink.write(bytes.subarray(done)));
    } catch (error) {
      // What follows a hole is no pcapng: nothing is written after it.
      this.#open = false;
      this.#sink.close();
      throw error;
    }
  }
}
