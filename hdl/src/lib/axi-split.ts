/**
 * Cuts requests for a range of bytes into AXI4 bursts: INCR, full width, never across 4 KiB, bounded in bytes and beats.
 *
 * One burst a cycle, without a gap between requests; the first burst of a request comes one cycle after it.
 * It moves no data and counts nothing outstanding: reserving room and throttling belong to the read or write engine.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { Bool, Bundle, cat, clog2, type Data, In, lit, module, mux, Out, reg, Stream, UInt, when } from '../index.ts';
import { AXI_MAXIMUM_BEATS, AXI_PAGE_BYTES, axiParameters } from './axi.ts';

export interface AxiSplitParameters<T extends Data> {
  /** Bits of a byte address, 12 to 64 (default 64). */
  readonly addressWidth?: number;
  /** Bits of a beat: 8, 16, 32, … 1024. */
  readonly dataWidth: number;
  /** Bits of a request's length in bytes, 1 to 32. */
  readonly lengthWidth: number;
  /** Most bytes of a burst, a multiple of a beat from one beat to 4096 (default 2048); 256 beats at most in any case. */
  readonly maximumBytes?: number;
  /** What a request carries through to each of its bursts. */
  readonly tag: T;
}

/** A range of bytes: `length` of them from `address`, which need not be aligned. */
export function AxiRange<T extends Data>(addressWidth: number, lengthWidth: number, tag: T) {
  return Bundle(`AxiRange_a${addressWidth}_l${lengthWidth}_t${tag.width}`, { address: UInt(addressWidth), length: UInt(lengthWidth), tag });
}

/**
 * A burst of size log2(bytes of a beat): AxADDR, AxLEN = beats - 1; which bytes of the first and of the last beat belong
 * to the request (both masks apply to a burst of one beat); whether it is the request's last burst.
 */
export function AxiBurstRange<T extends Data>(addressWidth: number, dataWidth: number, tag: T) {
  return Bundle(`AxiBurstRange_a${addressWidth}_d${dataWidth}_t${tag.width}`, {
    address: UInt(addressWidth), len: UInt(8), firstStrobe: UInt(dataWidth / 8), lastStrobe: UInt(dataWidth / 8), last: Bool, tag,
  });
}

/**
 * All but the first burst of a request start at a beat's boundary. A request of 0 bytes gives one burst of one beat
 * with no strobe set, so that whoever waits for `last` never hangs. Addresses wrap at 2^addressWidth.
 */
export function axiSplit<T extends Data>(parameters: AxiSplitParameters<T>) {
  const { addressWidth, dataWidth, lengthWidth, maximumBytes, tag } = checked(parameters);
  const beatBytes = dataWidth / 8;
  const laneBits = clog2(beatBytes);
  const laneIndex = UInt(Math.max(1, laneBits));
  const pageBeats = AXI_PAGE_BYTES / beatBytes;
  const pageBits = clog2(pageBeats);
  const maximumBeats = Math.min(AXI_MAXIMUM_BEATS, maximumBytes / beatBytes);
  // From 0 to the beats of the longest request that starts at the last byte of a beat.
  const beatsWidth = clog2(Math.ceil((2 ** lengthWidth - 1 + beatBytes - 1) / beatBytes) + 1);

  return module('axi_split', { a: addressWidth, d: dataWidth, l: lengthWidth, m: maximumBytes, t: tag }, {
    request: In(Stream(AxiRange(addressWidth, lengthWidth, tag))),
    burst: Out(Stream(AxiBurstRange(addressWidth, dataWidth, tag))),
  }, (io) => {
    const busy = reg(Bool);
    // Of what is left of the request: its next beat, its beats, and the bytes before its first and in its last beat.
    const beat = reg(UInt(addressWidth - laneBits), { reset: false });
    const left = reg(UInt(beatsWidth), { reset: false });
    const skipped = reg(laneIndex, { reset: false });
    const tail = reg(laneIndex, { reset: false });
    const empty = reg(Bool, { reset: false });
    const carried = reg(tag, { reset: false });

    // All bursts but the request's last go as far as they may: to the end of the page or to the maximum.
    const wide = Math.max(beatsWidth, pageBits + 1);
    const toPage = lit(UInt(pageBits + 1), pageBeats).sub(beat.trunc(pageBits).zext(pageBits + 1));
    const room = (maximumBeats < pageBeats ? toPage.min(maximumBeats) : toPage).zext(wide);
    const last = left.zext(wide).le(room);
    const beats = mux(last, left.zext(wide), room);

    const allLanes = (1n << BigInt(beatBytes)) - 1n;
    const below = lit(UInt(beatBytes + 1), 1).shl(tail).trunc(beatBytes).sub(1);
    const lastLanes = mux(tail.eq(0), empty.not().repeat(beatBytes), below);
    io.burst.valid.set(busy);
    io.burst.payload.set({
      address: laneBits === 0 ? beat : cat(beat, skipped),
      len: beats.sub(1).zext(Math.max(wide, 8)).trunc(8),
      firstStrobe: lit(UInt(beatBytes), allLanes).shl(skipped),
      lastStrobe: mux(last, lastLanes, allLanes),
      last,
      tag: carried,
    });
    when(io.burst.fire, () => {
      beat.next = beat.add(beats.zext(Math.max(wide, beat.width)).trunc(beat.width));
      left.next = left.sub(beats.trunc(beatsWidth));
      skipped.next = 0;
    });

    io.request.ready.set(busy.not().or(io.burst.ready.and(last)));
    when(io.request.ready, () => { busy.next = io.request.valid; });
    when(io.request.fire, () => {
      const { address, length, tag } = io.request.payload;
      const offset = laneBits === 0 ? lit(laneIndex, 0) : address.trunc(laneBits);
      const sumWidth = Math.max(lengthWidth, laneBits) + 1;
      const end = offset.zext(sumWidth).add(length.zext(sumWidth));
      const whole = end.zext(sumWidth + 1).add(beatBytes - 1).shr(laneBits).trunc(beatsWidth);
      beat.next = address.bits(addressWidth - 1, laneBits);
      left.next = whole.max(1);
      skipped.next = offset;
      tail.next = laneBits === 0 ? 0 : end.trunc(laneBits);
      empty.next = end.eq(0);
      carried.next = tag;
    });
    return { busy, beat, left, skipped, tail, empty, carried, toPage, room, last, beats };
  });
}

function checked<T extends Data>(given: AxiSplitParameters<T>): Required<AxiSplitParameters<T>> {
  const { addressWidth = 64, dataWidth, lengthWidth, maximumBytes = 2048, tag } = given;
  const within = (name: string, value: number, least: number, most: number) => {
    if (!Number.isInteger(value) || value < least || value > most) usage(`axiSplit: ${name} must be a whole number from ${least} to ${most}, not ${describe(value)}`);
  };
  axiParameters({ addressWidth, dataWidth, idWidth: 1 });
  within('lengthWidth', lengthWidth, 1, 32);
  within('maximumBytes', maximumBytes, dataWidth / 8, AXI_PAGE_BYTES);
  if (maximumBytes % (dataWidth / 8) !== 0) usage(`axiSplit: maximumBytes must be a multiple of the ${dataWidth / 8} bytes of a beat, not ${maximumBytes}`);
  return { addressWidth, dataWidth, lengthWidth, maximumBytes, tag };
}
