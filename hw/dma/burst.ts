/** What clients and DMA engines hand each other: bursts to move, and how each of them ended. */
import { assert, Bool, Bundle, clog2, Enum, type Read, UInt, when } from '@vtoe/hdl';
import { AXI_PAGE_BYTES } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';

/** Bits of AxID: `dmaReads` and `dmaWrites` are at most 16. */
export const DMA_ID_BITS = 4;
/** Bits of AWUSER and ARUSER, which carry the owner: 0 is the VMM, 1 + v VM v. */
export const DMA_USER_BITS = 7;
/** Bits of an address, of a page number, and of a place within a page. */
export const ADDRESS_BITS = 64;
export const PAGE_OFFSET_BITS = clog2(AXI_PAGE_BYTES);
export const PAGE_BITS = ADDRESS_BITS - PAGE_OFFSET_BITS;

export interface DmaClients {
  /** Number of clients, each with a request port of its own. */
  readonly clients: number;
  /** Bits of what a client gives with a burst, and gets back with its data and its end. */
  readonly tagBits: number;
}

/** Most beats of a burst. */
export function burstMostBeats(config: Config): number {
  return config.dmaBurstMostBytes / derived(config).hostBytes;
}

/** Bits of the number of a client. */
export function clientBits({ clients }: DmaClients): number {
  return Math.max(1, clog2(clients));
}

/** Bits of an AXI ID's number among `outstanding`. */
export function idIndexBits(outstanding: number): number {
  return Math.max(1, clog2(outstanding));
}

/**
 * `bytes` bytes, at least 1, from guest-physical `address`: never across 4 KiB, and with the bytes before it in its first
 * beat not more than `dmaBurstMostBytes`.
 */
export function DmaBurst(config: Config, tagBits: number) {
  const { ownerBits } = derived(config);
  return Bundle(`DmaBurst_o${ownerBits}_m${config.dmaBurstMostBytes}_t${tagBits}`, {
    owner: UInt(ownerBits), address: UInt(ADDRESS_BITS), bytes: UInt(clog2(config.dmaBurstMostBytes + 1)), tag: UInt(tagBits),
  });
}
export type DmaBurstShape = ReturnType<typeof DmaBurst>;
export type DmaBurst = Read<DmaBurstShape>;

/** A beat that was read: number `index`, from 0, of the client's burst `tag`. Byte a of memory is in lane a modulo the beat's bytes. */
export function DmaData(config: Config, parameters: DmaClients) {
  const { hostBits } = config;
  const { tagBits } = parameters;
  return Bundle(`DmaData_c${parameters.clients}_t${tagBits}_d${hostBits}_m${config.dmaBurstMostBytes}`, {
    client: UInt(clientBits(parameters)), tag: UInt(tagBits), index: UInt(indexBits(config)), data: UInt(hostBits),
  });
}

/** The end of a burst: `error` if it was refused, or memory answered with one. */
export function DmaDone(parameters: DmaClients) {
  return Bundle(`DmaDone_c${parameters.clients}_t${parameters.tagBits}`, { client: UInt(clientBits(parameters)), tag: UInt(parameters.tagBits), error: Bool });
}

/** OutsideWindows and ReadOnly: nothing reached the bus. Bus: SLVERR or DECERR. Stuck: memory did not answer in time, or has not answered another burst of this owner. */
export const DmaCause = Enum('DmaCause', ['None', 'OutsideWindows', 'ReadOnly', 'Bus', 'Stuck']);

/** For the fault log: whose burst, where (guest-physical, or the VMM's), and why. */
export function DmaFault(config: Config) {
  const { ownerBits } = derived(config);
  return Bundle(`DmaFault_o${ownerBits}`, { owner: UInt(ownerBits), address: UInt(ADDRESS_BITS), cause: DmaCause });
}

/** Bits of a beat's number in its burst. */
export function indexBits(config: Config): number {
  return Math.max(1, clog2(burstMostBeats(config)));
}

/** Beats of a burst less 1, AxLEN. Of the address it looks at the lane only. */
export function burstLength(config: Config, address: UInt, bytes: UInt): UInt {
  const laneBits = clog2(derived(config).hostBytes);
  const lastByte = address.trunc(laneBits).zext(bytes.width).add(bytes).sub(1);
  const length = lastByte.bits(bytes.width - 1, laneBits);
  return length.width > 8 ? length.trunc(8) : length.zext(8);
}

/** What a client promises with each burst. */
export function assertBurst(config: Config, engine: string, valid: Bool, { address, bytes }: Pick<DmaBurst, 'address' | 'bytes'>): void {
  const laneBits = clog2(derived(config).hostBytes);
  const end = (low: number) => address.trunc(low).zext(PAGE_OFFSET_BITS + 2).add(bytes.zext(PAGE_OFFSET_BITS + 2));
  when(valid, () => {
    assert(bytes.ne(0), `${engine}: a burst has a byte`);
    assert(end(PAGE_OFFSET_BITS).le(AXI_PAGE_BYTES), `${engine}: a burst does not cross 4 KiB`);
    assert(end(laneBits).le(config.dmaBurstMostBytes), `${engine}: a burst, with what stands before it in its first beat, is at most dmaBurstMostBytes`);
  });
}
