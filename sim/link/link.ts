/**
 * An Ethernet link between two ends, `a` and `b`, full duplex: time goes in, events come out.
 *
 * Nothing happens by itself. A test bench offers frames at points in simulated time (`send`), asks when something
 * happens next (`nextPs`), and moves time (`advance`), which returns what happened meanwhile in order of time. Seed and
 * options fix everything.
 */
import { random } from '../random.ts';
import { type Direction, direction, type DirectionCounters, type DirectionOptions, type End, type LinkEvent, type Transit } from './direction.ts';
import { eventQueue } from './event-queue.ts';
import { bytePsOf, type Rate, type WireTime } from './mac.ts';
import { onlyOptions } from '../options.ts';

export interface LinkOptions {
  readonly rateBitsPerSecond: Rate;
  readonly seed: number;
  /** What happens to frames from `a` to `b`; nothing by default. */
  readonly aToB?: DirectionOptions;
  readonly bToA?: DirectionOptions;
}

export interface Link {
  /** When something happens next, if only inside of the link; undefined: nothing is on its way. */
  readonly nextPs: bigint | undefined;
  /** Up to where time has moved. */
  readonly nowPs: bigint;
  /** By the end that sends. */
  readonly counters: Readonly<Record<End, Readonly<DirectionCounters>>>;
  /**
   * Offers a frame; answers when it is on the sender's wire, or undefined: it was dropped from a full queue.
   * @param frame 1 to 65,535 bytes without FCS; padded to 60; copied
   * @throws RangeError if `atPs` is before `nowPs` or before this end's last frame
   */
  send(from: End, frame: Uint8Array, atPs: bigint): WireTime | undefined;
  /** Everything that happens up to and at this time, in order. @throws RangeError if it is before `nowPs` */
  advance(toPs: bigint): LinkEvent[];
  /** From when on a frame of this end need not wait. */
  freePs(from: End): bigint;
  /** Bytes of this end's frames whose first bit is not out: what a device that fills a FIFO looks at. */
  waitingBytes(from: End): number;
}

/** @throws RangeError if an option makes no sense */
export function createLink(options: LinkOptions): Link {
  return new FullDuplex(options);
}

class FullDuplex implements Link {
  nowPs = 0n;
  readonly counters: Readonly<Record<End, Readonly<DirectionCounters>>>;
  readonly #queue = eventQueue<LinkEvent | Transit>();
  readonly #from: Readonly<Record<End, Direction>>;

  constructor(options: LinkOptions) {
    onlyOptions('link', options, ['rateBitsPerSecond', 'seed', 'aToB', 'bToA']);
    const { rateBitsPerSecond, seed, aToB = {}, bToA = {} } = options;
    bytePsOf(rateBitsPerSecond);
    const common = { rateBitsPerSecond, queue: this.#queue };
    const stream = random(seed).fork('link');
    this.#from = {
      a: direction({ ...common, key: 'aToB', from: 'a', options: aToB, random: stream.fork('aToB') }),
      b: direction({ ...common, key: 'bToA', from: 'b', options: bToA, random: stream.fork('bToA') }),
    };
    this.counters = { a: this.#from.a.counters, b: this.#from.b.counters };
  }

  get nextPs(): bigint | undefined {
    return this.#queue.nextPs;
  }

  send(from: End, frame: Uint8Array, atPs: bigint): WireTime | undefined {
    if (atPs < this.nowPs) throw new RangeError(`time runs forward: a frame cannot be sent at ${atPs} ps, it is ${this.nowPs} ps already`);
    return this.#from[from].offer(frame, atPs);
  }

  advance(toPs: bigint): LinkEvent[] {
    if (toPs < this.nowPs) throw new RangeError(`time runs forward: it is ${this.nowPs} ps already, not ${toPs} ps`);
    this.nowPs = toPs;
    const events: LinkEvent[] = [];
    for (let next = this.#queue.popUntil(toPs); next !== undefined; next = this.#queue.popUntil(toPs)) {
      const { item, timePs } = next;
      if (item.kind === 'transit') item.direction.emerge(item, timePs);
      else {
        if (item.kind === 'arrived') this.#from[item.from].arrive(item);
        events.push(item);
      }
    }
    return events;
  }

  freePs(from: End): bigint {
    return this.#from[from].mac.freePs;
  }

  waitingBytes(from: End): number {
    return this.#from[from].mac.waitingBytes(this.nowPs);
  }
}
