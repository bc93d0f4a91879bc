/**
 * The Internet checksum (RFC 1071) of packets, W bits a beat, and the one's complement arithmetic behind it.
 *
 * One beat a cycle; the result comes 1 cycle after the last beat, and one more for each of `cuts`.
 * It does not look into headers: bytes that do not count are masked with `keep`, and the pseudo-header comes as `seed`.
 *
 * Words are 16 bits in network order: the byte of an even lane is the upper half. A masked byte counts as 0 at its
 * place, and `keep` may have any pattern; a packet must fill whole beats up to its last one.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { Bool, Bundle, In, module, mux, networkOrder, Out, Packet, reg, UInt, Valid, when } from '../index.ts';
import { byteMask } from './byte-mask.ts';
import { pipeline } from './pipeline.ts';

export interface ChecksumOptions {
  /** Bits of a beat: a multiple of 16, 16 to 2048. */
  readonly width: number;
  /** Registers in front of `tree` (sums the words of a beat), `fold` (to 16 bits) and `accumulate`; none by default. */
  readonly cuts?: readonly ('tree' | 'fold' | 'accumulate')[];
}

/** What is known of a packet after its last beat. */
export const Checksum = Bundle('Checksum', {
  /** One's complement sum of all words and the seed. */
  sum: UInt(16),
  /** Its complement: the value for a checksum field that was 0 in the sum. */
  checksum: UInt(16),
  /** The sum is 0xffff, as of a packet with a right checksum in it. */
  good: Bool,
});

/** `in`: beats of packets, `seed`: a sum to start from, taken with the first beat; `out`: one result a packet. */
export function checksum({ width, cuts = [] }: ChecksumOptions) {
  if (!Number.isInteger(width) || width < 16 || width > 2048 || width % 16 !== 0) usage(`checksum: width must be a multiple of 16 from 16 to 2048, not ${describe(width)}`);
  return module('checksum', { w: width, ...(cuts.length > 0 && { cuts: cuts.join('_') }) }, {
    in: In(Valid(Packet(width))),
    seed: In(UInt(16)),
    out: Out(Valid(Checksum)),
  }, (io) => {
    const { data, keep, last } = io.in.payload;
    const first = reg(Bool, { init: true });
    const total = reg(UInt(17));
    const done = reg(Bool);
    const p = pipeline(['tree', 'fold', 'accumulate'], { data, keep, last, seed: io.seed }, { cuts, valid: io.in.valid })
      .stage('tree', (v) => ({ words: sumOf(wordsOf(v.data, v.keep)) }))
      .stage('fold', (v) => ({ word: fold(v.words) }))
      .stage('accumulate', (v, { valid }) => {
        const base = mux(first, v.seed.zext(17), total);
        when(valid, () => {
          first.next = v.last;
          // The carry of one beat is added with the next word, so the loop is one adder. It fits: the sum reaches
          // 2^17 - 1 only from there, and starts below.
          total.next = base.trunc(16).zext(17).add(v.word.zext(17)).add(base.bits(16, 16).zext(17));
        });
        done.next = valid.and(v.last);
        return {};
      });
    const sum = total.trunc(16).add(total.bits(16, 16).zext(16));
    io.out.valid.set(done);
    io.out.payload.set({ sum, checksum: sum.not(), good: sum.andR() });
    return { first, total, done, sum, ...p };
  });
}

/** Sum of two words of equal width, the carry added at the lower end. */
export function onesComplementAdd(a: UInt, b: UInt): UInt {
  return fold(a.addc(b), a.width);
}

/** Sum of words of 16 bits: a tree of adders, and the carries folded in at the end. */
export function onesComplementSum(words: readonly UInt[]): UInt {
  for (const word of words) if (word.width !== 16) usage(`onesComplementSum: words have 16 bits, not ${word.width}`);
  return fold(sumOf(words));
}

/**
 * A checksum field after parts of what it covers have changed (RFC 1624, equation 3): HC' = ~(~HC + ~m + m').
 *
 * @param field the checksum, 16 bits
 * @param changes old and new value of each part, both of the same width, a multiple of 16 bits, aligned to 16 bits
 */
export function checksumUpdate(field: UInt, changes: readonly { readonly from: UInt; readonly to: UInt }[]): UInt {
  const words = changes.flatMap(({ from, to }) => {
    if (from.width !== to.width || from.width % 16 !== 0) usage(`checksumUpdate: from and to must have the same width, a multiple of 16 bits, not ${from.width} and ${to.width}`);
    return [...halves(from.not()), ...halves(to)];
  });
  return onesComplementSum([field.not(), ...words]).not();
}

/** Words of a beat, bytes without `keep` as 0. */
function wordsOf(data: UInt, keep: UInt): UInt[] {
  return halves(data.and(byteMask(keep))).map(networkOrder);
}

/** Pieces of 16 bits, the least significant first. */
function halves(x: UInt): UInt[] {
  return Array.from({ length: x.width / 16 }, (_, i) => x.bits(16 * i + 15, 16 * i));
}

/** Sum without loss, each level of the tree one bit wider. */
function sumOf(words: readonly UInt[]): UInt {
  if (words.length === 1) return words[0]!;
  const pairs: UInt[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const [a, b] = [words[i]!, words[i + 1]];
    pairs.push(b === undefined ? a.zext(a.width + 1) : a.addc(b));
  }
  return sumOf(pairs);
}

/**
 * What sticks out above `width` bits, added at the lower end, twice. The first addition carries only if the rest is
 * below what was added, so the second cannot carry. At most 2 `width` bits.
 */
function fold(x: UInt, width = 16): UInt {
  if (x.width === width) return x;
  const once = x.trunc(width).addc(x.bits(x.width - 1, width).zext(width));
  return once.trunc(width).add(once.bits(width, width).zext(width));
}
