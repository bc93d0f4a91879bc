/** Divides logic into what must be noted while the design runs and what can be computed from that later. */
import { Words } from '../code/simplify.ts';
import { OP } from '../code/wasm/opcodes.ts';
import { isLoad, type Word } from '../code/words.ts';

export interface CutCones {
  /** Words that come from memory, which the others are computed from: fixed addresses, and words read by an index. */
  readonly sources: readonly Word[];
  /** The words given that are no sources themselves. */
  readonly derived: readonly Word[];
  /** Everything between sources and derived words, in order of number. */
  readonly between: readonly Word[];
}

export function cutCones(roots: readonly Word[]): CutCones {
  const found = new Set<Word>(roots);
  // Grows while it is walked.
  for (const word of found) {
    if (!isLoad(word.op)) for (const argument of word.args) found.add(argument);
  }
  const all = [...found].filter((word) => !word.isConst).sort((a, b) => a.id - b.id);
  return {
    sources: all.filter((word) => isLoad(word.op)),
    derived: roots.filter((word) => !isLoad(word.op)),
    between: all.filter((word) => !isLoad(word.op)),
  };
}

/** The same logic, with its sources at the addresses that `addressOf` tells. */
export function moveCones({ sources, between }: CutCones, addressOf: (source: Word) => number): { readonly words: Words; readonly moved: ReadonlyMap<Word, Word> } {
  const words = new Words();
  const moved = new Map<Word, Word>(sources.map((source) => [source, words.load(source.type, addressOf(source), source.bits)]));
  const of = (word: Word): Word => (word.isConst ? words.constant(word.type, word.value) : moved.get(word)!);
  for (const word of between) {
    const [a, b, c] = word.args as [Word, Word?, Word?];
    // Copied as it is: it has been simplified already.
    moved.set(word, word.op === OP.select ? words.table.select(of(c!), of(a), of(b!)) : words.table.operation(word.op, of(a), b === undefined ? undefined : of(b), word.bits));
  }
  return { words, moved };
}
