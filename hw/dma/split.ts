/**
 * Cuts a range of bytes, plain or of a ring, into bursts for the DMA engines: at the ring's end, at 4 KiB, and at
 * `dmaBurstMostBytes`.
 *
 * One burst a cycle, without a gap between ranges; the first burst of a range comes one cycle after it.
 * It moves no data, reserves no room and checks no windows.
 *
 * All cuts are at multiples of `dmaBurstMostBytes` of the offset. A ring starts with a page and is a power of two of pages
 * long, so these are among the ends of pages, of the ring and of beats: the beats of a range lie one behind the other.
 */
import { assert, Bool, Bundle, cat, clog2, type Data, In, lit, module, mux, Out, reg, Stream, UInt, when } from '@vtoe/hdl';
import { type Config, derived } from '../config.ts';
import { RING_LEAST_LOG2, RING_MOST_LOG2 } from '../protocol/ring-descriptor.ts';
import { ADDRESS_BITS, burstMostBeats, PAGE_BITS, PAGE_OFFSET_BITS } from './burst.ts';

export interface DmaSplitParameters<T extends Data> {
  /** Bits of the number of bytes of a range, 1 to 30. */
  readonly bytesBits: number;
  /** What a range carries through to each of its bursts. */
  readonly tag: T;
}

/** `bytes` bytes, at least 1, from `offset` on of the ring of 2^`size_log2` bytes that begins with 4 KiB page `page`; they may go over its end, and on at its beginning. */
export function DmaRange<T extends Data>(config: Config, { bytesBits, tag }: DmaSplitParameters<T>) {
  const { ownerBits } = derived(config);
  return Bundle(`DmaRange_o${ownerBits}_b${bytesBits}_t${tag.width}`, { owner: UInt(ownerBits), page: UInt(PAGE_BITS), size_log2: UInt(5), offset: UInt(RING_MOST_LOG2), bytes: UInt(bytesBits), tag });
}

/** A range without a ring, as a part of the longest ring: never round its end, since it has less than 2^30 - 4096 bytes. */
export function plainRange(address: UInt) {
  return { page: address.bits(ADDRESS_BITS - 1, PAGE_OFFSET_BITS), size_log2: lit(UInt(5), RING_MOST_LOG2), offset: address.trunc(PAGE_OFFSET_BITS).zext(RING_MOST_LOG2) };
}

/** A burst of a range, its number of beats, and whether it is the first or the last one of its range. */
export function DmaSplitBurst<T extends Data>(config: Config, tag: T) {
  const { ownerBits } = derived(config);
  return Bundle(`DmaSplitBurst_o${ownerBits}_m${config.dmaBurstMostBytes}_d${config.hostBits}_t${tag.width}`, {
    owner: UInt(ownerBits), address: UInt(ADDRESS_BITS), bytes: UInt(clog2(config.dmaBurstMostBytes + 1)),
    beats: UInt(clog2(burstMostBeats(config) + 1)), first: Bool, last: Bool, tag,
  });
}

export function dmaSplit<T extends Data>(config: Config, parameters: DmaSplitParameters<T>) {
  const { bytesBits, tag } = parameters;
  const { hostBytes, ownerBits } = derived(config);
  const most = config.dmaBurstMostBytes;
  const mostBits = clog2(most), laneBits = clog2(hostBytes);
  const burstBytes = UInt(mostBits + 1);

  return module('dma_split', { d: config.hostBits, m: most, o: ownerBits, b: bytesBits, t: tag }, {
    range: In(Stream(DmaRange(config, parameters))),
    burst: Out(Stream(DmaSplitBurst(config, tag))),
  }, (io) => {
    const busy = reg(Bool), first = reg(Bool, { reset: false });
    const ring = reg(Bundle(`DmaSplitRing_o${ownerBits}_t${tag.width}`, { owner: UInt(ownerBits), page: UInt(PAGE_BITS), mask: UInt(RING_MOST_LOG2 - PAGE_OFFSET_BITS), tag }), { reset: false });
    const offset = reg(UInt(RING_MOST_LOG2), { reset: false });
    const left = reg(UInt(bytesBits), { reset: false });

    const wide = Math.max(bytesBits, mostBits + 1);
    const room = lit(burstBytes, most).sub(offset.trunc(mostBits).zext(mostBits + 1));
    const last = left.zext(wide).le(room.zext(wide));
    const bytes = mux(last, left.zext(wide).trunc(mostBits + 1), room);
    const lastByte = offset.trunc(laneBits).zext(mostBits + 1).add(bytes).sub(1);
    const beats = lastByte.bits(mostBits, laneBits).add(1);
    const page = ring.page.add(offset.bits(RING_MOST_LOG2 - 1, PAGE_OFFSET_BITS).and(ring.mask).zext(PAGE_BITS));

    io.burst.valid.set(busy);
    io.burst.payload.set({ owner: ring.owner, address: cat(page, offset.trunc(PAGE_OFFSET_BITS)), bytes, beats, first, last, tag: ring.tag });
    when(io.burst.fire, () => {
      first.next = false;
      // Beyond the ring's end the mask brings it back to the beginning.
      offset.next = offset.add(bytes.zext(RING_MOST_LOG2));
      left.next = left.zext(wide).sub(bytes.zext(wide)).trunc(bytesBits);
    });

    const range = io.range.payload;
    io.range.ready.set(busy.not().or(io.burst.ready.and(last)));
    when(io.range.ready, () => { busy.next = io.range.valid; });
    when(io.range.fire, () => {
      first.next = true;
      offset.next = range.offset;
      left.next = range.bytes;
      // Ones below the size: bits 12 to size_log2 - 1 of an offset count.
      ring.next = { owner: range.owner, page: range.page, mask: pageMask(range.size_log2), tag: range.tag };
      assert(range.bytes.ne(0), 'dmaSplit: a range has a byte');
      assert(range.size_log2.ge(RING_LEAST_LOG2).and(range.size_log2.le(RING_MOST_LOG2)), 'dmaSplit: a ring has 2^12 to 2^30 bytes');
    });
    return { busy, first, ring, offset, left, room, last, bytes };
  });
}

/** Ones in as many bits as a ring has whole bits of page numbers. */
function pageMask(sizeLog2: UInt): UInt {
  const width = RING_MOST_LOG2 - PAGE_OFFSET_BITS;
  return cat(...Array.from({ length: width }, (_, i) => sizeLog2.gt(RING_MOST_LOG2 - 1 - i)));
}
