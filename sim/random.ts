/**
 * The random numbers of a simulation: one seed, and from it a stream for each purpose, by name.
 *
 * The generator is xoshiro128** 1.1 (D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM
 * Trans. Math. Softw. 47(4), 2021, doi:10.1145/3460772): 128 bits of state, period 2^128 - 1, no known systematic
 * failure. Its state comes out of SHA-256 over the seed and the names of the forks, so a stream depends on its name
 * alone: neither on what was drawn from others nor on the order in which they were forked.
 */
import { createHash } from 'node:crypto';

export interface Random {
  /** 0 to 2^32 - 1. */
  uint32(): number;
  /** A multiple of 2^-53 in [0, 1). */
  unit(): number;
  /**
   * A whole number in [0, bound), all equally likely.
   * @throws RangeError unless `bound` is a whole number from 1 to 2^53 - 1
   */
  below(bound: number): number;
  /** True with this probability; takes one number off the stream whatever the probability is. */
  chance(probability: number): boolean;
  /** Exponentially distributed, by inversion. */
  exponential(mean: number): number;
  /** Normally distributed around 0 (G. E. P. Box, M. E. Muller, 1958); takes two `unit`s off the stream. */
  normal(standardDeviation: number): number;
  /** The stream of this name below this one. */
  fork(name: string | number): Random;
}

/** @throws RangeError unless the seed is a whole number from 0 to 2^53 - 1 */
export function random(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${String(seed)}`);
  return ofKey(digest('seed', String(seed)));
}

/** The generator alone, to be compared with the authors' own: `state` is not all zero. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [s0, s1, s2, s3] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotateLeft(s3, 11);
    return result;
  };
}

function rotateLeft(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

function digest(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  // Each part under its length: ('ab', 'c') and ('a', 'bc') are two streams.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest();
}

function ofKey(key: Buffer): Random {
  // All zero, the one state that xoshiro cannot leave, has probability 2^-128.
  const uint32 = xoshiro128([key.readUInt32LE(0), key.readUInt32LE(4), key.readUInt32LE(8), key.readUInt32LE(12)]);
  const bits53 = () => (uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6);
  const unit = () => bits53() * 2 ** -53;
  return {
    uint32, unit,
    below: (bound) => {
      if (!Number.isSafeInteger(bound) || bound < 1) throw new RangeError(`bound must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}, not ${String(bound)}`);
      const [draw, count] = bound <= 2 ** 32 ? [uint32, 2 ** 32] : [bits53, 2 ** 53];
      // What is left after the last whole multiple of the bound would make small results likelier: draw again.
      const limit = count - count % bound;
      for (;;) {
        const drawn = draw();
        if (drawn < limit) return drawn % bound;
      }
    },
    chance: (probability) => unit() < probability,
    // 1 - unit() is never 0, so the logarithm is finite.
    exponential: (mean) => -mean * Math.log(1 - unit()),
    normal: (standardDeviation) => standardDeviation * Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    fork: (name) => ofKey(digest('fork', key, String(name))),
  };
}
