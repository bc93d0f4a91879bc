/**
 * SipHash-2-4 and HalfSipHash-2-4 (Aumasson and Bernstein, 2012): keyed hashes for tables that strangers fill.
 *
 * One message a cycle; a message of n words takes 2n + 4 rounds, and the latency is the number of rounds divided by
 * `roundsPerStage`, rounded up: 8 cycles for a flow key of 13 bytes at one round a stage.
 * Messages have one fixed length, and there is no back-pressure: who must stall puts a FIFO behind.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { cat, In, lit, module, Out, UInt, Valid } from '../index.ts';
import { pipeline } from './pipeline.ts';

export interface SipHashOptions {
  /** Length of a message, 1 to 255. */
  readonly bytes: number;
  /** `siphash` (default): words of 64 bits, key 128, hash 64. `halfsiphash`: 32, 64 and 32, half the area a round, more rounds, and no claim of cryptographic strength. */
  readonly variant?: 'siphash' | 'halfsiphash';
  /** Rounds between registers: 0.5 (one addition in a row), 1 (two, the default), 2, …; up to all of them. */
  readonly roundsPerStage?: number;
}

/** Word width, constants and rotations of a variant; each of `rotations` is one half of a round. */
const VARIANTS = {
  siphash: { w: 64, constants: [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n], rotations: [[13, 16, 32], [21, 17, 32]] },
  halfsiphash: { w: 32, constants: [0n, 0n, 0x6c796765n, 0x74656462n], rotations: [[5, 8, 16], [7, 13, 16]] },
} as const;

const COMPRESSION_ROUNDS = 2;
const FINALIZATION_ROUNDS = 4;

/**
 * `in`: messages, byte 0 in the least significant bits; `key`: taken with each message; `out`: one hash a message, as
 * the number whose bytes the reference prints least significant first.
 */
export function siphash({ bytes, variant = 'siphash', roundsPerStage = 1 }: SipHashOptions) {
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > 255) usage(`siphash: bytes must be a whole number from 1 to 255, not ${describe(bytes)}`);
  if (!Object.hasOwn(VARIANTS, variant)) usage(`siphash: variant must be 'siphash' or 'halfsiphash', not ${describe(variant)}`);
  if (roundsPerStage !== 0.5 && (!Number.isInteger(roundsPerStage) || roundsPerStage < 1)) usage(`siphash: roundsPerStage must be 0.5 or a whole number from 1 up, not ${describe(roundsPerStage)}`);
  const { w, constants, rotations } = VARIANTS[variant];
  const words = Math.floor(bytes / (w / 8)) + 1;
  const rounds = COMPRESSION_ROUNDS * words + FINALIZATION_ROUNDS;
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

/** The message cut into words of `w` bits, and what is left. */
function piecesOf(message: UInt, w: number): UInt[] {
  return Array.from({ length: Math.ceil(message.width / w) }, (_, i) => message.bits(Math.min(w * i + w, message.width) - 1, w * i));
}

/** A word as it is hashed: the last has the message's length in its top byte. */
function wordOf(piece: UInt | undefined, w: number, last: boolean, bytes: number): UInt {
  if (!last) return piece!;
  if (piece === undefined) return lit(UInt(w), BigInt(bytes) << BigInt(w - 8));
  return cat(lit(UInt(8), bytes), piece.zext(w - 8));
}

/** `state` with `x` added (exclusive or) to one of its words. */
function change(state: readonly UInt[], index: number, x: UInt): UInt[] {
  return state.map((word, i) => (i === index ? word.xor(x) : word));
}

/** v0 += a, v2 += c; both are mixed into their partners; then one of the sums is turned. The partners swap in the other half. */
function halfRound(state: readonly UInt[], [near, far, turn]: readonly [number, number, number], half: number): UInt[] {
  const [v0, v1, v2, v3] = state as [UInt, UInt, UInt, UInt];
  if (half === 0) {
    const [low, high] = [v0.add(v1), v2.add(v3)];
    return [low.rotl(turn), v1.rotl(near).xor(low), high, v3.rotl(far).xor(high)];
  }
  const [low, high] = [v0.add(v3), v2.add(v1)];
  return [low, v1.rotl(far).xor(high), high.rotl(turn), v3.rotl(near).xor(low)];
}
