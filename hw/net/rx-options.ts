/**
 * Reads the options of a TCP header, all 40 bytes at once, by the rules of `hw/protocol/tcp-options-parser.ts`.
 *
 * Three pure functions for the stages of a pipeline: what would be if an option began at a byte (`optionMarks`), at which
 * bytes options do begin (`walkWord`, ten times in a row), and what they say (`selectOptions`).
 * SACK blocks are judged, and not handed on.
 *
 * Where an option begins depends on the length of the one before: forty steps in a row. But within a word of four bytes
 * all ends can be told for each of the four bytes at which the first option may begin, so ten steps remain, each a choice
 * of four.
 */
import { allOf, anyOf, Bool, Bundle, cat, lit, mux, pack, type Read, UInt, unpack, Vec } from '@vtoe/hdl';
import {
  MssOption, SACK_MOST_BLOCKS, SackBlock, SackOption, SackPermittedOption, TCP_OPTIONS_MOST_BYTES, TcpOptionKind, TimestampsOption, WINDOW_SCALE_MOST, WindowScaleOption,
} from '../protocol/index.ts';

const WORD = 4;
export const OPTION_WORDS = TCP_OPTIONS_MOST_BYTES / WORD;
const { EOL, NOP, MSS, WINDOW_SCALE, SACK_PERMITTED, SACK, TIMESTAMPS } = TcpOptionKind.value;

/** Where the walk goes on: in byte `offset` of the word after `words` more. Beyond the end nothing is read. */
const Cursor = Bundle('OptionCursor', { ended: Bool, words: UInt(4), offset: UInt(2) });

/** What comes of a word if the walk enters it at a certain byte. */
const Passage = Bundle('OptionPassage', {
  /** Bytes at which options begin. */
  begins: UInt(WORD),
  /** An option was malformed or misplaced. */
  fault: Bool,
  then: Cursor,
});

/** One for each byte at which the walk may enter a word, and each word. */
const Passages = Vec(Passage, TCP_OPTIONS_MOST_BYTES);
type Passages = Read<typeof Passages>;

/** State of the walk in front of a word. */
export const Walk = Bundle('OptionWalk', { begins: UInt(TCP_OPTIONS_MOST_BYTES), fault: Bool, cursor: Cursor });
export type Walk = Read<typeof Walk>;

export interface OptionMarks {
  readonly passages: Passages;
  /** Bit i: an option that holds begins at byte i, if one begins there at all. */
  readonly mss_at: UInt;
  readonly wscale_at: UInt;
  readonly ts_at: UInt;
}

/** @param options lanes of 40 bytes; @param words of them that belong to the header, 0 to 10 */
export function optionMarks(options: UInt, words: UInt, syn: Bool): OptionMarks {
  const byte = (at: number): UInt => (at < TCP_OPTIONS_MOST_BYTES ? options.bits(at * 8 + 7, at * 8) : lit(UInt(8), 0));
  const positions = Array.from({ length: TCP_OPTIONS_MOST_BYTES }, (_, at) => {
    const [kind, length] = [byte(at), byte(at + 1)];
    // Of the header's words, how many are behind this one: with them, what the option may be long.
    const word = Math.floor(at / WORD);
    const present = words.gt(word);
    const left = words.sub(word).zext(8).shl(2).sub(at % WORD);
    const end = kind.eq(EOL);
    const one = kind.eq(NOP);
    // In the header's last byte a kind has no length; whatever stands behind it is below 2, or above the 1 that is left.
    const fatal = length.lt(2).or(length.gt(left)).and(one.not());
    const sackLengths = Array.from({ length: SACK_MOST_BLOCKS }, (_, i) => length.eq(SackOption.bytes + (i + 1) * SackBlock.bytes));
    const fits: readonly (readonly [number, Bool, Bool])[] = [
      [MSS, length.eq(MssOption.bytes), syn],
      [WINDOW_SCALE, length.eq(WindowScaleOption.bytes), syn],
      [SACK_PERMITTED, length.eq(SackPermittedOption.bytes), syn],
      [SACK, anyOf(...sackLengths), syn.not()],
      [TIMESTAMPS, length.eq(TimestampsOption.bytes), lit(Bool, true)],
    ];
    const lost = anyOf(...fits.map(([code, fit, place]) => kind.eq(code).and(fit.and(place).not())));
    const holds = (code: number): Bool => anyOf(...fits.filter(([known]) => known === code).map(([, fit, place]) => allOf(kind.eq(code), fit, place, fatal.not())));
    const steep = kind.eq(WINDOW_SCALE).and(byte(at + 2).gt(WINDOW_SCALE_MOST));
    return { present, end, one, fatal, length, fault: anyOf(lost, steep.and(holds(WINDOW_SCALE))), mss: holds(MSS), wscale: holds(WINDOW_SCALE), ts: holds(TIMESTAMPS) };
  });

  const passages: Read<typeof Passage>[] = [];
  for (let word = 0; word < OPTION_WORDS; word++) {
    // From the last byte to the first: what comes of an option is what comes of the byte behind it, if that is in the word.
    const inWord: { begins: UInt; fault: Bool; ended: Bool; words: UInt; offset: UInt }[] = [];
    for (let at = WORD - 1; at >= 0; at--) {
      const { end, one, fatal, length, fault } = positions[word * WORD + at]!;
      const stops = end.or(fatal);
      const step = mux(one, 1, length);
      const place = step.trunc(6).add(at);
      const here = lit(UInt(WORD), 1 << at);
      let passage = {
        begins: here, fault: mux(end, false, fatal.or(one.not().and(fault))), ended: stops,
        words: place.bits(5, 2).sub(1), offset: place.trunc(2),
      };
      for (const [behind, inner] of inWord.entries()) {
        // `inWord` begins with byte 3.
        const inside = stops.not().and(step.eq(WORD - 1 - behind - at));
        passage = {
          begins: mux(inside, here.or(inner.begins), passage.begins),
          fault: mux(inside, passage.fault.or(inner.fault), passage.fault),
          ended: mux(inside, inner.ended, passage.ended),
          words: mux(inside, inner.words, passage.words),
          offset: mux(inside, inner.offset, passage.offset),
        };
      }
      inWord.push(passage);
    }
    const { present } = positions[word * WORD]!;
    for (const { begins, fault, ended, words, offset } of inWord.reverse()) {
      passages.push(unpack(Passage, cat(mux(present, begins, 0), fault.and(present), ended, words, offset)));
    }
  }
  const bitsOf = (hits: readonly Bool[]): UInt => cat(...hits.toReversed());
  return {
    passages: unpack(Passages, cat(...passages.map((passage) => pack(passage)).toReversed())),
    mss_at: bitsOf(positions.map(({ mss }) => mss)),
    wscale_at: bitsOf(positions.map(({ wscale }) => wscale)),
    ts_at: bitsOf(positions.map(({ ts }) => ts)),
  };
}

/** In front of word 0. */
export const walkStart = (): Walk => lit(Walk, { begins: 0, fault: false, cursor: { ended: false, words: 0, offset: 0 } });

/** The walk behind word `word`. */
export function walkWord(walk: Walk, passages: Passages, word: number): Walk {
  const { ended, words, offset } = walk.cursor;
  const enters = ended.not().and(words.eq(0));
  const chosen = Array.from({ length: WORD }, (_, at) => pack(passages.at(word * WORD + at)));
  const passage = unpack(Passage, chosen.slice(1).reduce((rest, taken, i) => mux(offset.eq(i + 1), taken, rest), chosen[0]!));
  const begins = mux(enters, passage.begins, 0);
  const cursor = mux(enters, pack(passage.then), cat(ended, words.sub(1), offset));
  const all = walk.begins.or(begins.zext(TCP_OPTIONS_MOST_BYTES).shl(word * WORD));
  return unpack(Walk, cat(all, walk.fault.or(enters.and(passage.fault)), cursor));
}

export interface ReadOptions {
  readonly has_mss: Bool; readonly mss: UInt;
  readonly has_wscale: Bool; readonly wscale: UInt;
  readonly has_ts: Bool; readonly tsval: UInt; readonly tsecr: UInt;
}

/** Of an option that stands twice, the last one. */
export function selectOptions(options: UInt, begins: UInt, marks: Pick<OptionMarks, 'mss_at' | 'wscale_at' | 'ts_at'>): ReadOptions {
  const last = (hits: UInt): UInt => {
    const reversed = cat(...Array.from({ length: hits.width }, (_, i) => hits.bit(i)));
    const lowest = reversed.and(reversed.not().add(1));
    return cat(...Array.from({ length: hits.width }, (_, i) => lowest.bit(i)));
  };
  const [mssAt, wscaleAt, tsAt] = [marks.mss_at, marks.wscale_at, marks.ts_at].map((at) => begins.and(at));
  const choose = (at: UInt, layout: { readonly bytes: number }, read: (begin: number) => UInt): UInt => {
    const one = last(at);
    const places = TCP_OPTIONS_MOST_BYTES - layout.bytes + 1;
    return Array.from({ length: places }, (_, i) => {
      const value = read(i);
      return value.and(one.bit(i).repeat(value.width));
    }).reduce((a, b) => a.or(b));
  };
  const shift = choose(wscaleAt!, WindowScaleOption, (at) => WindowScaleOption.pick(options, 'shift', at));
  return {
    has_mss: mssAt!.orR(), mss: choose(mssAt!, MssOption, (at) => MssOption.pick(options, 'mss', at)),
    has_wscale: wscaleAt!.orR(), wscale: mux(shift.gt(WINDOW_SCALE_MOST), WINDOW_SCALE_MOST, shift).trunc(4),
    has_ts: tsAt!.orR(),
    tsval: choose(tsAt!, TimestampsOption, (at) => TimestampsOption.pick(options, 'tsval', at)),
    tsecr: choose(tsAt!, TimestampsOption, (at) => TimestampsOption.pick(options, 'tsecr', at)),
  };
}
