/**
 * One direction of a link: transmitting MAC, network, and the port behind it that puts frames on the receiver's wire.
 *
 * ```text
 * offer -> queue -> MAC ....departed....> loss -> corruption -> duplication -> delay -> queue -> wire ....arrived....>
 *            \-> dropped                   \-> dropped                                    \-> dropped
 * ```
 *
 * The second MAC keeps what arrives physical: frames that jitter or copies push together follow each other at the
 * link's rate, with their gap. It begins with a frame as that frame's first bit comes (cut-through), so on a link
 * without impairments a frame arrives exactly `latencyPs` after it left.
 */
import type { Random } from '../random.ts';
import type { EventQueue } from './event-queue.ts';
import { fcsOf, withFcs } from './fcs.ts';
import { type Fate, type Fates, fates, IMPAIRMENTS, type Impairments } from './impairments.ts';
import { type Mac, mac, MINIMUM_FRAME_BYTES, type Rate, type WireTime } from './mac.ts';
import { onlyOptions, wholeNumber } from '../options.ts';

/** An end of the link. */
export type End = 'a' | 'b';

export interface DirectionOptions extends Impairments {
  /** Most bytes of frames that wait in each of the two queues; more are dropped from the tail. No limit by default. */
  readonly queueBytes?: number;
}

/** What all events have. */
interface EventBase {
  readonly timePs: bigint;
  /** The end that sent the frame. */
  readonly from: End;
  /** From 0, in the order in which `from` offered its frames. */
  readonly number: number;
  /** Without FCS, padded; not to be changed. */
  readonly frame: Uint8Array;
}

/** The frame's last bit has left its sender. */
export interface Departed extends EventBase, WireTime {
  readonly kind: 'departed';
  readonly fcs: number;
  readonly fate: Fate;
}

/** The frame's last bit has reached the other end. */
export interface Arrived extends EventBase, WireTime {
  readonly kind: 'arrived';
  /** As received. */
  readonly fcs: number;
  /** Whether it is the frame's. */
  readonly fcsGood: boolean;
  /** Bits were flipped, found out or not. */
  readonly corrupted: boolean;
  /** This is the second of two copies. */
  readonly copy: boolean;
}

/** The frame is no more: as it was offered to a full queue, as it left, or at the other end's full queue. */
export interface Dropped extends EventBase {
  readonly kind: 'dropped';
  readonly cause: 'senderQueue' | 'loss' | 'burstLoss' | 'receiverQueue';
}

export type LinkEvent = Departed | Arrived | Dropped;

/** A frame on its way through the network, whose first bit comes out at the event's time. */
export interface Transit {
  readonly kind: 'transit';
  readonly direction: Direction;
  readonly number: number;
  readonly frame: Uint8Array;
  readonly fcs: number;
  readonly corrupted: boolean;
  readonly copy: boolean;
}

/**
 * Counts since the start. Once nothing is on its way:
 * offered = sent + senderQueueDropped, and sent + duplicated = lost + burstLost + receiverQueueDropped + arrived.
 */
export interface DirectionCounters {
  offered: number;
  /** Frames that the MAC took, and their bytes without FCS, padding included. */
  sent: number;
  sentBytes: number;
  senderQueueDropped: number;
  lost: number;
  burstLost: number;
  /** With flipped bits; a copy counts with its first. */
  corrupted: number;
  duplicated: number;
  /** By `reorder`, whether or not anything overtook. */
  held: number;
  receiverQueueDropped: number;
  arrived: number;
  arrivedBytes: number;
  /** Arrived, and the FCS was wrong. */
  badFcs: number;
  /** Arrived corrupted, and the FCS was right. */
  undetected: number;
  /** Arrived after one with a higher number (RFC 4737, 3.3), copies aside. */
  reordered: number;
}

export interface Direction {
  readonly counters: Readonly<DirectionCounters>;
  readonly mac: Mac;
  offer(frame: Uint8Array, atPs: bigint): WireTime | undefined;
  /** A frame's first bit comes out of the network. */
  emerge(transit: Transit, timePs: bigint): void;
  /** To be called with each of this direction's arrivals as it happens. */
  arrive(event: Arrived): void;
}

export interface DirectionSetup {
  /** What it is called in errors. */
  readonly key: string;
  readonly from: End;
  readonly rateBitsPerSecond: Rate;
  readonly options: DirectionOptions;
  readonly random: Random;
  readonly queue: EventQueue<LinkEvent | Transit>;
}

export const MAXIMUM_FRAME_BYTES = 65_535;

/** @throws RangeError if an option makes no sense */
export function direction(setup: DirectionSetup): Direction {
  return new OneWay(setup);
}

class OneWay implements Direction {
  readonly counters: DirectionCounters = {
    offered: 0, sent: 0, sentBytes: 0, senderQueueDropped: 0, lost: 0, burstLost: 0, corrupted: 0, duplicated: 0, held: 0,
    receiverQueueDropped: 0, arrived: 0, arrivedBytes: 0, badFcs: 0, undetected: 0, reordered: 0,
  };
  readonly mac: Mac;
  readonly #far: Mac;
  readonly #from: End;
  readonly #fates: Fates;
  readonly #queue: EventQueue<LinkEvent | Transit>;
  readonly #mayReorder: boolean;
  /** When the last frame came out of the network, holding aside. */
  #latestPs = 0n;
  #highestArrived = -1;

  constructor({ key, from, rateBitsPerSecond, options, random, queue }: DirectionSetup) {
    onlyOptions(key, options, [...IMPAIRMENTS, 'queueBytes']);
    const queueBytes = options.queueBytes === undefined ? Infinity : wholeNumber(`${key}.queueBytes`, options.queueBytes, 0, Number.MAX_SAFE_INTEGER, { unit: 'bytes' });
    this.mac = mac({ rateBitsPerSecond, queueBytes });
    this.#far = mac({ rateBitsPerSecond, queueBytes });
    this.#from = from;
    this.#fates = fates(key, options, random);
    this.#queue = queue;
    this.#mayReorder = options.jitter?.mayReorder ?? false;
  }

  offer(unpadded: Uint8Array, atPs: bigint): WireTime | undefined {
    wholeNumber("a frame's length", unpadded.length, 1, MAXIMUM_FRAME_BYTES, { unit: 'bytes' });
    const { counters } = this;
    // The caller may use its buffer again.
    const frame = padded(unpadded);
    const wire = this.mac.send(frame.length, atPs);
    const number = counters.offered;
    counters.offered += 1;
    // Drawn for a frame that found no room too: the fates of those behind it stay what they are.
    const fate = this.#fates(frame.length + 4);
    const base = { from: this.#from, number, frame };
    if (wire === undefined) {
      counters.senderQueueDropped += 1;
      this.#queue.push(atPs, { kind: 'dropped', timePs: atPs, ...base, cause: 'senderQueue' });
      return undefined;
    }
    counters.sent += 1;
    counters.sentBytes += frame.length;
    const fcs = fcsOf(frame);
    const emergesPs = this.#delayed(wire.firstBitPs + BigInt(fate.delayPs));
    this.#queue.push(wire.lastBitPs, { kind: 'departed', timePs: wire.lastBitPs, ...base, ...wire, fcs, fate });
    if (fate.lost === false) this.#carry({ kind: 'transit', direction: this, ...this.#corrupted(base, fcs, fate), copy: false }, emergesPs, fate);
    else {
      counters[fate.lost === 'loss' ? 'lost' : 'burstLost'] += 1;
      this.#queue.push(wire.lastBitPs, { kind: 'dropped', timePs: wire.lastBitPs, ...base, cause: fate.lost });
    }
    return wire;
  }

  emerge({ number, frame, fcs, corrupted, copy }: Transit, timePs: bigint): void {
    const base = { from: this.#from, number, frame };
    const wire = this.#far.send(frame.length, timePs);
    if (wire === undefined) {
      this.counters.receiverQueueDropped += 1;
      this.#queue.push(timePs, { kind: 'dropped', timePs, ...base, cause: 'receiverQueue' });
    } else {
      // A frame that nothing touched is the one that its FCS was computed of.
      const fcsGood = !corrupted || fcs === fcsOf(frame);
      this.#queue.push(wire.lastBitPs, { kind: 'arrived', timePs: wire.lastBitPs, ...base, ...wire, fcs, fcsGood, corrupted, copy });
    }
  }

  arrive({ number, frame, fcsGood, corrupted, copy }: Arrived): void {
    const { counters } = this;
    counters.arrived += 1;
    counters.arrivedBytes += frame.length;
    if (!fcsGood) counters.badFcs += 1;
    else if (corrupted) counters.undetected += 1;
    if (number < this.#highestArrived && !copy) counters.reordered += 1;
    this.#highestArrived = Math.max(this.#highestArrived, number);
  }

  /**
   * When a frame comes out of the network that would do so now if it were alone. A lost one delays those behind it like
   * any other: with or without its loss their times are the same.
   */
  #delayed(alonePs: bigint): bigint {
    if (this.#mayReorder) return alonePs;
    if (alonePs > this.#latestPs) this.#latestPs = alonePs;
    return this.#latestPs;
  }

  #carry(transit: Transit, emergesPs: bigint, { heldPs, copyAfterPs }: Fate): void {
    const { counters } = this;
    const firstPs = emergesPs + BigInt(heldPs);
    if (heldPs > 0) counters.held += 1;
    this.#queue.push(firstPs, transit);
    if (copyAfterPs === undefined) return;
    counters.duplicated += 1;
    this.#queue.push(firstPs + BigInt(copyAfterPs), { ...transit, copy: true });
  }

  #corrupted(base: { readonly number: number; readonly frame: Uint8Array }, fcs: number, fate: Fate): Pick<Transit, 'number' | 'frame' | 'fcs' | 'corrupted'> {
    const { number, frame } = base;
    if (fate.flips.length === 0) return { number, frame, fcs, corrupted: false };
    this.counters.corrupted += 1;
    const wire = withFcs(frame, fcs);
    for (const bit of fate.flips) wire[bit >> 3]! ^= 1 << (bit & 7);
    const damaged = wire.slice(0, frame.length);
    const received = new DataView(wire.buffer).getUint32(frame.length, true);
    return { number, frame: damaged, fcs: fate.fcs === 'kept' ? received : fcsOf(damaged), corrupted: true };
  }
}

/** A copy of at least the minimum length, padded with zeros. */
function padded(frame: Uint8Array): Uint8Array {
  // Not `slice`: that of a Buffer copies nothing.
  if (frame.length >= MINIMUM_FRAME_BYTES) return new Uint8Array(frame);
  const copy = new Uint8Array(MINIMUM_FRAME_BYTES);
  copy.set(frame);
  return copy;
}
