/**
 * When frames are on the wire: a transmitting MAC at 10, 25 or 100 Gbit/s, exact to the bit.
 *
 * A frame occupies preamble and start delimiter (8 bytes; IEEE 802.3, 3.2.1 and 3.2.2), at least 60 bytes of frame
 * (4.4.2: minFrameSize 64 with FCS), 4 bytes of FCS, and 12 bytes of gap (4.4.2: interPacketGap 96 bits) before the
 * next. The gap is always 12: the deficit idle count of 46.3.1.4, which starts frames on lane 0 of the XGMII, moves
 * single frames by up to 3 bytes (7 at 100G) and keeps the same 12 on average; it is not modelled.
 *
 * A bit takes 100, 40 or 10 ps: whole picoseconds, so nothing is rounded. Points in time are bigints: picoseconds in a
 * number would end after 2^53 ps = 2.5 hours, about one keepalive. Durations are numbers.
 */
import { FCS_BYTES } from './fcs.ts';
import { oneOf } from '../options.ts';

export const PREAMBLE_BYTES = 8;
export const MINIMUM_FRAME_BYTES = 60;
export const GAP_BYTES = 12;

/** Link rates and the duration of a bit at each. */
const BIT_PS = { 10_000_000_000: 100, 25_000_000_000: 40, 100_000_000_000: 10 } as const;

export type Rate = keyof typeof BIT_PS;

export const RATES: readonly Rate[] = [10_000_000_000, 25_000_000_000, 100_000_000_000];

/** When a frame is on the wire. The gap behind `lastBitPs` belongs to nobody. */
export interface WireTime {
  /** The first bit of the preamble begins. */
  readonly firstBitPs: bigint;
  /** The last bit of the FCS has ended. */
  readonly lastBitPs: bigint;
}

export interface Mac {
  readonly bytePs: number;
  /** When the wire is free for the next frame, gap included: one that comes no earlier does not wait. */
  readonly freePs: bigint;
  /**
   * Sends a frame at `atPs` or as soon as the ones before it have left; undefined if it has to wait and the queue has
   * no room for it.
   * @param frameBytes without FCS; a frame below 60 bytes takes as long as one of 60
   * @throws RangeError if `atPs` is before that of the last call
   */
  send(frameBytes: number, atPs: bigint): WireTime | undefined;
  /** Bytes of frames that wait for the wire: given to `send`, their first bit not yet out. */
  waitingBytes(atPs: bigint): number;
}

export interface MacOptions {
  readonly rateBitsPerSecond: Rate;
  /** Most bytes of frames that wait, without the one on the wire; Infinity: no limit; 0: who would have to wait is refused. */
  readonly queueBytes: number;
}

/** @throws RangeError if there is no such rate */
export function mac({ rateBitsPerSecond, queueBytes }: MacOptions): Mac {
  return new Transmitter(bytePsOf(rateBitsPerSecond), queueBytes);
}

/** @throws RangeError if there is no such rate */
export function bytePsOf(rateBitsPerSecond: Rate): number {
  return 8 * BIT_PS[oneOf('rateBitsPerSecond', rateBitsPerSecond, RATES)];
}

/** Bytes from the first of the preamble to the last of the FCS. */
export function wireBytes(frameBytes: number): number {
  return PREAMBLE_BYTES + Math.max(frameBytes, MINIMUM_FRAME_BYTES) + FCS_BYTES;
}

class Transmitter implements Mac {
  readonly bytePs: number;
  readonly #queueBytes: number;
  readonly #gapPs: bigint;
  freePs = 0n;
  #lastCallPs = 0n;
  /** Frames that had to wait, oldest first; those before `#begun` have begun to leave. */
  #queue: { readonly bytes: number; readonly firstBitPs: bigint }[] = [];
  #begun = 0;
  #waitingBytes = 0;

  constructor(bytePs: number, queueBytes: number) {
    this.bytePs = bytePs;
    this.#queueBytes = queueBytes;
    this.#gapPs = BigInt(GAP_BYTES * bytePs);
  }

  send(frameBytes: number, atPs: bigint): WireTime | undefined {
    if (atPs < this.#lastCallPs) throw new RangeError(`time runs forward: a frame cannot be sent at ${atPs} ps after one at ${this.#lastCallPs} ps`);
    this.#lastCallPs = atPs;
    const waits = this.freePs > atPs;
    const firstBitPs = waits ? this.freePs : atPs;
    if (waits) {
      if (this.waitingBytes(atPs) + frameBytes > this.#queueBytes) return undefined;
      this.#queue.push({ bytes: frameBytes, firstBitPs });
      this.#waitingBytes += frameBytes;
    }
    const lastBitPs = firstBitPs + BigInt(wireBytes(frameBytes) * this.bytePs);
    this.freePs = lastBitPs + this.#gapPs;
    return { firstBitPs, lastBitPs };
  }

  waitingBytes(atPs: bigint): number {
    const queue = this.#queue;
    while (this.#begun < queue.length && queue[this.#begun]!.firstBitPs <= atPs) {
      this.#waitingBytes -= queue[this.#begun]!.bytes;
      this.#begun += 1;
    }
    // Given up in large pieces: a shift a frame would cost the queue's length each time.
    if (this.#begun > 1024 && this.#begun * 2 > queue.length) {
      this.#queue = queue.slice(this.#begun);
      this.#begun = 0;
    }
    return this.#waitingBytes;
  }
}
