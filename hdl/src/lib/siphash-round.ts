/** What both SipHashes are made of: words of the message, constants, and half a round. Aumasson and Bernstein, 2012, section 2. */
import { cat, lit, UInt } from '../index.ts';

/** Word width, constants and rotations of a variant; each of `rotations` is one half of a round. */
export const VARIANTS = {
  siphash: { w: 64, constants: [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n], rotations: [[13, 16, 32], [21, 17, 32]] },
  halfsiphash: { w: 32, constants: [0n, 0n, 0x6c796765n, 0x74656462n], rotations: [[5, 8, 16], [7, 13, 16]] },
} as const;

export const COMPRESSION_ROUNDS = 2;
const FINALIZATION_ROUNDS = 4;

/** Words of a message, the last one with its length included. */
export function wordsOf(bytes: number, w: number): number {
  return Math.floor(bytes / (w / 8)) + 1;
}

export function roundsOf(bytes: number, w: number): number {
  return COMPRESSION_ROUNDS * wordsOf(bytes, w) + FINALIZATION_ROUNDS;
}

/** The message cut into words of `w` bits, and what is left. */
export function piecesOf(message: UInt, w: number): UInt[] {
  return Array.from({ length: Math.ceil(message.width / w) }, (_, i) => message.bits(Math.min(w * i + w, message.width) - 1, w * i));
}

/** A word as it is hashed: the last has the message's length in its top byte. */
export function wordOf(piece: UInt | undefined, w: number, last: boolean, bytes: number): UInt {
  if (!last) return piece!;
  if (piece === undefined) return lit(UInt(w), BigInt(bytes) << BigInt(w - 8));
  return cat(lit(UInt(8), bytes), piece.zext(w - 8));
}

/** `state` with `x` added (exclusive or) to one of its words. */
export function change(state: readonly UInt[], index: number, x: UInt): UInt[] {
  return state.map((word, i) => (i === index ? word.xor(x) : word));
}

/** v0 += a, v2 += c; both are mixed into their partners; then one of the sums is turned. The partners swap in the other half. */
export function halfRound(state: readonly UInt[], [near, far, turn]: readonly [number, number, number], half: number): UInt[] {
  const [v0, v1, v2, v3] = state as [UInt, UInt, UInt, UInt];
  if (half === 0) {
    const [low, high] = [v0.add(v1), v2.add(v3)];
    return [low.rotl(turn), v1.rotl(near).xor(low), high, v3.rotl(far).xor(high)];
  }
  const [low, high] = [v0.add(v3), v2.add(v1)];
  return [low, v1.rotl(far).xor(high), high.rotl(turn), v3.rotl(near).xor(low)];
}
