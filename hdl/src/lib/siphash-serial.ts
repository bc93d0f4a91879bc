/**
 * SipHash-2-4, a round or half a round a cycle: the same function as `siphash`, for those who hash now and then.
 *
 * A message of n words takes 2n + 4 rounds and 2 cycles more, 10 for one of 8 to 15 bytes (18 by halves), and one message at a time.
 * It stores no message: the source holds it, as streams do, until its hash stands at the output.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { clog2, In, lit, match, module, mux, Out, reg, Stream, UInt, when } from '../index.ts';
import { change, COMPRESSION_ROUNDS, halfRound, piecesOf, roundsOf, VARIANTS, wordOf, wordsOf } from './siphash-round.ts';

export interface SerialSiphashOptions {
  /** Length of a message, 1 to 255. */
  readonly bytes: number;
  /** Half a round a cycle, with half of the adders; `false` by default. */
  readonly halves?: boolean;
}

/** Cycles from the first with a valid message to that in which it is taken, the latter not counted. */
export function serialSiphashLatency(bytes: number, { halves = false }: Pick<SerialSiphashOptions, 'halves'> = {}): number {
  return roundsOf(bytes, VARIANTS.siphash.w) * (halves ? 2 : 1) + 1;
}

/**
 * `in`: messages of `bytes` bytes, byte 0 in the least significant bits, taken in the cycle in which `hash` is theirs;
 * `key`: steady while a message waits.
 */
export function serialSiphash({ bytes, halves = false }: SerialSiphashOptions) {
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > 255) usage(`serialSiphash: bytes must be a whole number from 1 to 255, not ${describe(bytes)}`);
  const { w, constants, rotations } = VARIANTS.siphash;
  const rounds = roundsOf(bytes, w);
  /** Cycles of a round. */
  const pace = halves ? 2 : 1;
  const steps = pace * rounds;
  const words = wordsOf(bytes, w);
  return module('siphash_serial', { n: bytes, ...(halves ? { p: 'halves' } : {}) }, { in: In(Stream(UInt(8 * bytes))), key: In(UInt(2 * w)), hash: Out(UInt(w)) }, (io) => {
    /** 0: waits for a message; 1 to `steps`: rounds or halves of them; `steps` + 1: done. */
    const step = reg(UInt(clog2(steps + 2)));
    const v = constants.map(() => reg(UInt(w), { reset: false }));
    const pieces = piecesOf(io.in.payload, w);
    const message = Array.from({ length: words }, (_, i) => wordOf(pieces[i], w, i === words - 1, bytes));
    const zero = lit(UInt(w), 0);
    /** `of(round)` where it is not 0, in the first or the last step of that round. */
    const during = (place: 'first' | 'last', of: (round: number) => UInt | undefined) => {
      let value = zero;
      for (let round = rounds - 1; round >= 0; round--) {
        const one = of(round);
        if (one !== undefined) value = mux(step.eq(pace * round + (place === 'first' ? 1 : pace)), one, value);
      }
      return value;
    };
    // A word enters before its first round and leaves after its last; then the finalization begins.
    const enters = during('first', (round) => (round % COMPRESSION_ROUNDS === 0 ? message[round / COMPRESSION_ROUNDS] : undefined));
    const leaves = during('last', (round) => (round % COMPRESSION_ROUNDS === COMPRESSION_ROUNDS - 1 ? message[Math.floor(round / COMPRESSION_ROUNDS)] : undefined));
    const finish = during('first', (round) => (round === COMPRESSION_ROUNDS * words ? lit(UInt(w), 0xff) : undefined));
    const state = change(change(v, 3, enters), 2, finish);
    const turned = change(halves ? oneHalf(state) : halfRound(halfRound(state, rotations[0], 0), rotations[1], 1), 0, leaves);

    const done = step.eq(steps + 1);
    io.in.ready.set(done);
    io.hash.set(v[0]!.xor(v[1]!).xor(v[2]!).xor(v[3]!));
    match(step, {
      0: () => {
        when(io.in.valid, () => {
          step.next = 1;
          constants.forEach((constant, i) => { v[i]!.next = (i % 2 === 0 ? io.key.trunc(w) : io.key.bits(2 * w - 1, w)).xor(constant); });
        });
      },
      otherwise: () => {
        step.next = mux(done, lit(step.shape, 0), step.add(1));
        when(done.not(), () => { turned.forEach((word, i) => { v[i]!.next = word; }); });
      },
    });
    return { step, v, enters, leaves, finish };

    /** Half of a round; before its second half v1 and v3 stand in each other's place, so that the adders are the same. */
    function oneHalf(state: readonly UInt[]): UInt[] {
      const [a, b, c, d] = state as [UInt, UInt, UInt, UInt];
      const second = step.bit(0).not();
      const [low, high] = [a.add(b), c.add(d)];
      const turnedBy = (word: UInt, first: number, other: number) => mux(second, word.rotl(other), word.rotl(first));
      const [[near, far, turn], [farOfSecond, nearOfSecond]] = [rotations[0], [rotations[1][1], rotations[1][0]]];
      return [mux(second, low, low.rotl(turn)), turnedBy(d, far, farOfSecond).xor(high), mux(second, high.rotl(turn), high), turnedBy(b, near, nearOfSecond).xor(low)];
    }
  });
}
