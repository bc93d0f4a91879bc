/**
 * SipHash-2-4 and HalfSipHash-2-4 (Aumasson and Bernstein, 2012): keyed hashes for tables that strangers fill.
 *
 * One message a cycle; a message of n words takes 2n + 4 rounds, and the latency is the number of rounds divided by
 * `roundsPerStage`, rounded up: 8 cycles for a flow key of 13 bytes at one round a stage.
 * Messages have one fixed length, and there is no back-pressure: who must stall puts a FIFO behind.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { In, lit, module, Out, UInt, Valid } from '../index.ts';
import { pipeline } from './pipeline.ts';
import { change, COMPRESSION_ROUNDS, halfRound, piecesOf, roundsOf, VARIANTS, wordOf, wordsOf } from './siphash-round.ts';

export interface SipHashOptions {
  /** Length of a message, 1 to 255. */
  readonly bytes: number;
  /** `siphash` (default): words of 64 bits, key 128, hash 64. `halfsiphash`: 32, 64 and 32, half the area a round, more rounds, and no claim of cryptographic strength. */
  readonly variant?: 'siphash' | 'halfsiphash';
  /** Rounds between registers: 0.5 (one addition in a row), 1 (two, the default), 2, …; up to all of them. */
  readonly roundsPerStage?: number;
}

/** Cycles from a message to its hash. */
export function siphashLatency({ bytes, variant = 'siphash', roundsPerStage = 1 }: SipHashOptions): number {
  return Math.ceil(roundsOf(bytes, VARIANTS[variant].w) / roundsPerStage);
}

/**
 * `in`: messages, byte 0 in the least significant bits; `key`: taken with each message; `out`: one hash a message, as
 * the number whose bytes the reference prints least significant first.
 */
export function siphash({ bytes, variant = 'siphash', roundsPerStage = 1 }: SipHashOptions) {
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > 255) usage(`siphash: bytes must be a whole number from 1 to 255, not ${describe(bytes)}`);
  if (!Object.hasOwn(VARIANTS, variant)) usage(`siphash: variant must be 'siphash' or 'halfsiphash', not ${describe(variant)}`);
  if (roundsPerStage !== 0.5 && (!Number.isInteger(roundsPerStage) || roundsPerStage < 1)) usage(`siphash: roundsPerStage must be 0.5 or a whole number from 1 up, not ${describe(roundsPerStage)}`);
  const { w, constants, rotations } = VARIANTS[variant];
  const words = wordsOf(bytes, w);
  const rounds = roundsOf(bytes, w);
  const halves = Array.from({ length: 2 * rounds }, (_, i) => ({ name: `r${i >> 1}${i % 2 === 0 ? 'a' : 'b'}`, round: i >> 1, half: i % 2 }));
  const cuts = [...halves.filter((_, i) => i > 0 && i % (2 * roundsPerStage) === 0).map(({ name }) => name), 'out'];

  return module(variant, { n: bytes, l: cuts.length }, { in: In(Valid(UInt(8 * bytes))), key: In(UInt(2 * w)), out: Out(Valid(UInt(w))) }, (io) => {
    const keys = [io.key.trunc(w), io.key.bits(2 * w - 1, w)];
    const state = constants.map((constant, i) => keys[i % 2]!.xor(constant));
    const message = piecesOf(io.in.payload, w);
    let p = pipeline(halves.map(({ name }) => name), { ...numbered('v', state), ...numbered('m', message) }, { cuts, valid: io.in.valid });
    for (const { name, round, half } of halves) {
      p = p.stage(name, (v) => {
        const i = Math.floor(round / COMPRESSION_ROUNDS);
        let state = [v['v0']!, v['v1']!, v['v2']!, v['v3']!];
        // A word enters before its first round and leaves after its last; then the finalization begins.
        if (half === 0 && i < words && round % COMPRESSION_ROUNDS === 0) state = change(state, 3, wordOf(v[`m${i}`], w, i === words - 1, bytes));
        if (half === 0 && round === COMPRESSION_ROUNDS * words) state = change(state, 2, lit(UInt(w), 0xff));
        state = halfRound(state, rotations[half]!, half);
        if (half === 1 && i < words && round % COMPRESSION_ROUNDS === COMPRESSION_ROUNDS - 1) state = change(state, 0, wordOf(v[`m${i}`], w, i === words - 1, bytes));
        return numbered('v', state);
      });
    }
    const { v0, v1, v2, v3 } = p.out;
    io.out.valid.set(p.valid);
    io.out.payload.set(variant === 'siphash' ? v0!.xor(v1!).xor(v2!).xor(v3!) : v1!.xor(v3!));
    return { ...p };
  });
}

/** `v0`, `v1`, …: so that each travels only as far as it is read. */
function numbered(name: string, values: readonly UInt[]): { readonly [name: string]: UInt } {
  return Object.fromEntries(values.map((value, i) => [`${name}${i}`, value]));
}
