/**
 * A cheap first look at whether a cycle may depend on data of a read that collided: one bit a word, "may be wrong".
 *
 * A selection passes on the bit of the arm it takes, so the usual forwarding logic is seen to be harmless here.
 * Other operations pass on any bit of their arguments; what that suspects without reason, the exact check clears.
 */
import type { ReadSlots } from './layout.ts';
import { limbCount } from './code/lower/value.ts';
import type { Store } from './code/program.ts';
import type { Words } from './code/simplify.ts';
import { OP, TYPE } from './code/wasm/opcodes.ts';
import { isLoad, PAIR, type Word } from './code/words.ts';

/** A word that is 1 if a store that counts may depend on such data; 0 for sure if no port is flagged. */
export function suspicion(words: Words, stores: readonly Store[], reads: readonly ReadSlots[]): Word {
  const sources = new Map<number, Word>();
  for (const { data, visible } of reads) {
    if (visible === undefined) continue;
    const flag = words.load(TYPE.i32, visible.flag.offset, 1);
    const bytes = data.width <= 32 ? 4 : 8 * limbCount(data.width);
    for (let at = 0; at < bytes; at += 4) sources.set(data.offset + at, flag);
  }
  if (sources.size === 0) return words.i32(0);
  const bits = new Tracker(words, sources);
  let suspect = words.i32(0);
  for (const { word, hold, counts } of stores) if (counts) suspect = words.or(suspect, bits.ofStore(word, hold));
  return suspect;
}

class Tracker {
  readonly #words: Words;
  readonly #clean: Word;
  /** Memories lie beyond. */
  readonly #lastSource: number;
  /** The bit of each word by number. */
  readonly #bits: Word[];

  constructor(words: Words, sources: ReadonlyMap<number, Word>) {
    this.#words = words;
    this.#clean = words.i32(0);
    this.#lastSource = [...sources.keys()].reduce((a, b) => Math.max(a, b), 0);
    // Arguments have lower numbers than their users; words made on the way are not asked for.
    const count = words.table.words.length;
    this.#bits = Array<Word>(count).fill(this.#clean);
    for (let id = 0; id < count; id += 1) {
      const word = words.table.words[id]!;
      const bit = word.isLeaf ? sources.get(word.offset) ?? this.#clean : this.#operation(word, sources);
      if (!word.isConst) this.#bits[id] = bit;
    }
  }

  /** A port that holds its data may go on holding it. */
  ofStore(word: Word, hold: Word | undefined): Word {
    if (word === hold) return this.#clean;
    if (word.op !== OP.select) return this.#of(word);
    const [a, b, condition] = word.args as [Word, Word, Word];
    return this.#selected(condition, this.#armOf(a, hold), this.#armOf(b, hold));
  }

  #armOf(word: Word, hold: Word | undefined): Word {
    return word === hold ? this.#clean : this.#of(word);
  }

  #of(word: Word): Word {
    return this.#bits[word.id] ?? this.#clean;
  }

  #operation(word: Word, sources: ReadonlyMap<number, Word>): Word {
    const words = this.#words;
    const [a, b] = word.args as [Word, Word];
    if (word.args.every((argument) => this.#of(argument) === this.#clean) && !(isLoad(word.op) && word.offset <= this.#lastSource)) return this.#clean;
    const bits = word.args.map((argument) => this.#of(argument));
    if (word.op === OP.select) return this.#selected(word.args[2]!, bits[0]!, bits[1]!);
    if (word.args.length === 2 && a.bits === 1 && b.bits === 1 && a.type === TYPE.i32) {
      // What the other argument decides alone is right.
      if (word.op === PAIR.and[0]) return this.#gated(a, b, bits, (x) => x);
      if (word.op === PAIR.or[0]) return this.#gated(a, b, bits, (x) => words.eqz(x));
    }
    let bit = bits.reduce((x, y) => this.#either(x, y), this.#clean);
    // A choice among consecutive state that was made a load.
    if (word.args.length === 1 && isLoad(word.op) && word.offset <= this.#lastSource) {
      const end = word.offset + Number(word.value);
      for (const [at, flag] of sources) if (at >= word.offset && at < end) bit = this.#either(bit, flag);
    }
    return bit;
  }

  #selected(condition: Word, a: Word, b: Word): Word {
    const own = this.#of(condition);
    if ((a === own || a === this.#clean) && (b === own || b === this.#clean)) return own;
    return this.#either(own, this.#words.select(condition, a, b));
  }

  #gated(a: Word, b: Word, [bitA, bitB]: readonly Word[], opens: (x: Word) => Word): Word {
    const words = this.#words;
    const through = (bit: Word, other: Word, otherBit: Word): Word => (bit === this.#clean ? bit : words.and(bit, this.#either(opens(other), otherBit)));
    return this.#either(through(bitA!, b, bitB!), through(bitB!, a, bitA!));
  }

  #either(a: Word, b: Word): Word {
    return this.#words.or(a, b);
  }
}
