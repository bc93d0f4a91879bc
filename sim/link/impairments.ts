/**
 * What a network does to the frames of one direction, decided frame by frame from a seed.
 *
 * Frames are numbered from 0 in the order in which they are offered. Each kind of impairment has a random stream of its
 * own and takes the same amount from it for every frame, so frame n's fate as to one kind depends on the seed, on n and
 * on that kind's own options: adding loss changes no duplicate, no delay and no flipped bit.
 */
import { describe } from '@vtoe/hdl/internal/check/describe';
import type { Random } from '../random.ts';
import { boolean, oneOf, onlyOptions, probability, wholeNumber } from '../options.ts';

/** Which frames are hit: each with this probability (default 0), and those of these numbers in any case. */
export interface Chosen {
  readonly probability?: number;
  readonly at?: readonly number[];
}

/**
 * Loss in bursts: a frame may change the state, then it is lost with its state's probability. E. N. Gilbert, "Capacity
 * of a Burst-Noise Channel", BSTJ 39(5), 1960; E. O. Elliott, BSTJ 42(5), 1963. The share of the bad state is
 * goodToBad / (goodToBad + badToGood), a stay in it lasts 1 / badToGood frames on average. It begins in the good one.
 */
export interface BurstLoss {
  readonly goodToBad: number;
  readonly badToGood: number;
  /** Default 1. */
  readonly lossInBad?: number;
  /** Default 0. */
  readonly lossInGood?: number;
}

/** Varies the latency. Frames stay in order, those behind a late one are late too, unless `mayReorder`. */
export type Jitter = (
  | { readonly distribution: 'uniform'; /** Adds 0 to this, all equally likely. */ readonly maxPs: number }
  | { readonly distribution: 'exponential'; /** Adds this on average. */ readonly meanPs: number }
  | { readonly distribution: 'normal'; /** Standard deviation around `latencyPs`; never below 0 in all. */ readonly deviationPs: number }
) & { /** Default false. */ readonly mayReorder?: boolean };

/** Flips bits of a frame, all different. */
export interface Corruption extends Chosen {
  /** How many, 1 to 480 (all of the smallest frame); default 1. */
  readonly bits?: number;
  /**
   * `kept` (default): frame and FCS as a bad line leaves them, so that the receiver's check finds out. `recomputed`: bits
   * of the frame only, under a new FCS that fits: an error inside of a switch, which only checksums above can find.
   */
  readonly fcs?: 'kept' | 'recomputed';
}

/** A second copy of a frame. */
export interface Duplication extends Chosen {
  /** How much later than the first it comes; default 0: right behind it. */
  readonly delayPs?: number;
}

/** Holds a frame back, so that those behind it may overtake. */
export interface Reorder extends Chosen {
  readonly holdPs: number;
}

export interface Impairments {
  /** Of every frame; default 0. */
  readonly latencyPs?: number;
  readonly jitter?: Jitter;
  readonly loss?: Chosen;
  readonly burstLoss?: BurstLoss;
  readonly corruption?: Corruption;
  readonly duplication?: Duplication;
  readonly reorder?: Reorder;
}

/** What happens to one frame. */
export interface Fate {
  readonly lost: false | 'loss' | 'burstLoss';
  /** The bits to flip; bit k is bit k % 8 of byte k >> 3 of the frame with its FCS. */
  readonly flips: readonly number[];
  readonly fcs: 'kept' | 'recomputed';
  /** Latency with jitter. */
  readonly delayPs: number;
  /** By `reorder`, on top of the delay. */
  readonly heldPs: number;
  /** How much behind the first a copy follows; undefined: there is none. */
  readonly copyAfterPs: number | undefined;
}

export const IMPAIRMENTS = ['latencyPs', 'jitter', 'loss', 'burstLoss', 'corruption', 'duplication', 'reorder'] as const;

/** The fates of the frames of one direction, in turn: call with each frame's length on the wire, FCS included. */
export type Fates = (bytesWithFcs: number) => Fate;

/**
 * @param key what the direction is called in errors
 * @throws RangeError if an option makes no sense
 */
export function fates(key: string, impairments: Impairments, random: Random): Fates {
  // Defaults are for what is left out: a null is a mistake.
  const { latencyPs: latency = 0, loss = {}, corruption = {}, duplication = {}, reorder } = impairments;
  const latencyPs = duration(`${key}.latencyPs`, latency);
  const jitter = jitterOf(`${key}.jitter`, impairments.jitter, random.fork('jitter'));
  const inLoss = chosen(`${key}.loss`, loss, [], random.fork('loss'));
  const inBurst = bursts(`${key}.burstLoss`, impairments.burstLoss, random.fork('burstLoss'));
  const isCorrupt = chosen(`${key}.corruption`, corruption, ['bits', 'fcs'], random.fork('corruption'));
  const isDuplicated = chosen(`${key}.duplication`, duplication, ['delayPs'], random.fork('duplication'));
  const isHeld = chosen(`${key}.reorder`, reorder === undefined ? {} : reorder, ['holdPs'], random.fork('reorder'));
  const { bits: count = 1, fcs: check = 'kept' } = corruption;
  const bits = wholeNumber(`${key}.corruption.bits`, count, 1, 480);
  const fcs = oneOf(`${key}.corruption.fcs`, check, ['kept', 'recomputed'] as const);
  const { delayPs: copyDelay = 0 } = duplication;
  const copyAfterPs = duration(`${key}.duplication.delayPs`, copyDelay);
  const heldPs = reorder === undefined ? 0 : duration(`${key}.reorder.holdPs`, reorder.holdPs);
  const flips = random.fork('flips');
  let frame = 0;
  return (bytesWithFcs) => {
    const number = frame;
    frame += 1;
    const lost = inLoss(number);
    const lostInBurst = inBurst();
    const corrupt = isCorrupt(number);
    return {
      lost: lost ? 'loss' : lostInBurst && 'burstLoss',
      // How much is drawn depends on the frame's length: a stream for each.
      flips: corrupt ? distinct(bits, 8 * (bytesWithFcs - (fcs === 'kept' ? 0 : 4)), flips.fork(number)) : [],
      fcs,
      delayPs: Math.max(0, latencyPs + jitter()),
      heldPs: isHeld(number) ? heldPs : 0,
      copyAfterPs: isDuplicated(number) ? copyAfterPs : undefined,
    };
  };
}

function chosen(key: string, options: Chosen, furtherKeys: readonly string[], random: Random): (number: number) => boolean {
  onlyOptions(key, options, ['probability', 'at', ...furtherKeys]);
  const { probability: each = 0, at = [] } = options;
  probability(`${key}.probability`, each);
  const numbers = frameNumbers(`${key}.at`, at);
  // `chance` first: it takes its number off the stream for the listed frames too.
  return (number) => random.chance(each) || numbers.has(number);
}

function bursts(key: string, options: BurstLoss | undefined, random: Random): () => boolean {
  if (options === undefined) return () => false;
  onlyOptions(key, options, ['goodToBad', 'badToGood', 'lossInBad', 'lossInGood']);
  const goodToBad = probability(`${key}.goodToBad`, options.goodToBad);
  const badToGood = probability(`${key}.badToGood`, options.badToGood);
  const { lossInBad = 1, lossInGood = 0 } = options;
  probability(`${key}.lossInBad`, lossInBad);
  probability(`${key}.lossInGood`, lossInGood);
  let bad = false;
  return () => {
    if (random.chance(bad ? badToGood : goodToBad)) bad = !bad;
    return random.chance(bad ? lossInBad : lossInGood);
  };
}

function jitterOf(key: string, options: Jitter | undefined, random: Random): () => number {
  if (options === undefined) return () => 0;
  onlyOptions(key, options, ['distribution', 'mayReorder', 'maxPs', 'meanPs', 'deviationPs']);
  oneOf(`${key}.distribution`, options.distribution, ['uniform', 'exponential', 'normal'] as const);
  const { mayReorder = false } = options;
  boolean(`${key}.mayReorder`, mayReorder);
  switch (options.distribution) {
    case 'uniform': {
      onlyOptions(key, options, ['distribution', 'mayReorder', 'maxPs']);
      const bound = duration(`${key}.maxPs`, options.maxPs) + 1;
      return () => random.below(bound);
    }
    case 'exponential': {
      onlyOptions(key, options, ['distribution', 'mayReorder', 'meanPs']);
      const mean = duration(`${key}.meanPs`, options.meanPs);
      return () => Math.round(random.exponential(mean));
    }
    case 'normal': {
      onlyOptions(key, options, ['distribution', 'mayReorder', 'deviationPs']);
      const deviation = duration(`${key}.deviationPs`, options.deviationPs);
      return () => Math.round(random.normal(deviation));
    }
  }
}

/** `count` different numbers below `bound`, ascending. */
function distinct(count: number, bound: number, random: Random): number[] {
  const found = new Set<number>();
  while (found.size < count) found.add(random.below(bound));
  return [...found].sort((a, b) => a - b);
}

/** A duration, up to 1,000 seconds, so that sums of a few stay exact. */
function duration(key: string, value: unknown): number {
  return wholeNumber(key, value, 0, 1e15, { unit: 'picoseconds' });
}

/** Frame numbers of one direction, from 0. */
function frameNumbers(key: string, value: unknown): ReadonlySet<number> {
  if (!Array.isArray(value)) throw new RangeError(`${key} must be a list of frame numbers from 0 up, not ${describe(value)}`);
  return new Set(value.map((number, i) => wholeNumber(`${key}[${i}]`, number, 0)));
}
