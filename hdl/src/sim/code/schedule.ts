/**
 * Orders the words of a program and cuts them into functions of 8-24 kB.
 *
 * A word belongs to the function that first needs it; later functions find it in scratch memory. So values pass from
 * earlier functions to later ones only. A single bit that is made of earlier functions' words alone is computed by
 * the last of those: what passes is then the bit, and a function is not bothered by bits that are none of its.
 */
import { type Arena, CHUNK_BYTES } from '../layout.ts';
import type { Store } from './program.ts';
import { TYPE } from './wasm/opcodes.ts';
import { Word } from './words.ts';

export interface Schedule {
  /** Words and stores of each function, arguments before users, a store after its word. Loads and constants are not listed. */
  readonly functions: readonly (readonly (Word | Store)[])[];
  /** Function of each word by number; -1 for loads, constants and what nothing needs. */
  readonly home: Int32Array;
  /** How often each word is used, in all functions. */
  readonly uses: Int32Array;
  /** Address of each word that a function other than its own uses, by number; 0 for all others. */
  readonly shared: Int32Array;
  /** Where those words are, by the function that computes them and the functions that read them. */
  readonly passed: readonly Passed[];
}

/** Words that one function hands to the same set of later functions: whole chunks of scratch memory. */
export interface Passed {
  readonly from: number;
  /** One bit a function. */
  readonly readers: bigint;
  readonly offset: number;
  readonly bytes: number;
}

/** How long functions become, in estimated bytes of code. */
export interface FunctionSize {
  /** From here on, a function ends with the current scope. */
  readonly enough: number;
  /** From here on, anywhere. */
  readonly most: number;
}

export const FUNCTION_SIZE: FunctionSize = { enough: 10_000, most: 18_000 };

export function scheduleProgram(stores: readonly Store[], wordCount: number, scratch: Arena, { enough, most }: FunctionSize = FUNCTION_SIZE): Schedule {
  const home = new Int32Array(wordCount).fill(-1);
  const uses = new Int32Array(wordCount);
  const functions: (Word | Store)[][] = [];
  let current: (Word | Store)[] = [];
  let bytes = 0;
  const close = (): void => {
    if (current.length > 0) functions.push(current);
    current = [];
    bytes = 0;
  };
  const append = (entry: Word | Store, size: number): void => {
    const earlier = entry instanceof Word && entry.bits <= 1 ? origin(entry, home) : -1;
    if (earlier >= 0 && earlier < functions.length) {
      functions[earlier]!.push(entry);
      home[(entry as Word).id] = earlier;
      return;
    }
    if (bytes + size > most) close();
    bytes += size;
    current.push(entry);
    if (entry instanceof Word) home[entry.id] = functions.length;
  };

  let scope = stores[0]?.scope;
  for (const store of stores) {
    if (store.scope !== scope && bytes > enough) close();
    scope = store.scope;
    for (const word of newWords(store.word, home)) {
      for (const argument of word.args) uses[argument.id]! += 1;
      append(word, estimate(word));
    }
    uses[store.word.id]! += 1;
    append(store, 8);
  }
  close();
  return { functions, home, uses, ...shareWords(functions, home, scratch) };
}

/** The last of the functions that compute the arguments; -1 if one is no computed word. */
function origin(word: Word, home: Int32Array): number {
  let last = -1;
  for (const argument of word.args) {
    if (argument.isConst) continue;
    const where = home[argument.id]!;
    if (where < 0) return -1;
    last = Math.max(last, where);
  }
  return last;
}

/** What `root` needs that no function computes yet, arguments first. */
function newWords(root: Word, home: Int32Array): Word[] {
  const order: Word[] = [];
  if (root.isLeaf || home[root.id] !== -1) return order;
  const stack: Word[] = [root];
  const positions: number[] = [0];
  home[root.id] = FOUND;
  while (stack.length > 0) {
    const word = stack.at(-1)!;
    const position = positions.at(-1)!;
    const argument = word.args[position];
    if (argument === undefined) {
      order.push(word);
      stack.pop();
      positions.pop();
    } else {
      positions[positions.length - 1] = position + 1;
      if (argument.args.length === 0 || home[argument.id] !== -1) continue;
      home[argument.id] = FOUND;
      stack.push(argument);
      positions.push(0);
    }
  }
  return order;
}

/** Marks words that are in the list but not yet in a function. */
const FOUND = -2;

/** Gives each word that functions share a place: those with the same readers side by side. */
function shareWords(functions: readonly (readonly (Word | Store)[])[], home: Int32Array, scratch: Arena): Pick<Schedule, 'shared' | 'passed'> {
  const readers = new Map<Word, bigint>();
  const check = (used: Word, index: number): void => {
    const where = home[used.id]!;
    if (where !== -1 && where !== index) readers.set(used, (readers.get(used) ?? 0n) | (1n << BigInt(index)));
  };
  for (const [index, entries] of functions.entries()) {
    for (const entry of entries) {
      if (entry instanceof Word) for (const used of entry.args) check(used, index);
      else check(entry.word, index);
    }
  }
  const ways = new Map<string, { readonly from: number; readonly readers: bigint; readonly words: Word[] }>();
  for (const [word, mask] of readers) {
    const from = home[word.id]!;
    const key = `${from}:${mask.toString(36)}`;
    const way = ways.get(key);
    if (way === undefined) ways.set(key, { from, readers: mask, words: [word] });
    else way.words.push(word);
  }
  const shared = new Int32Array(home.length);
  const passed = [...ways.values()].map(({ from, readers: mask, words }): Passed => {
    const offset = scratch.align(CHUNK_BYTES);
    for (const word of words.toSorted((a, b) => b.size - a.size)) shared[word.id] = scratch.take(word.size / 8, word.size / 8);
    return { from, readers: mask, offset, bytes: scratch.align(CHUNK_BYTES) - offset };
  });
  return { shared, passed };
}

/** Rough size of the code for a word, its loads and constants and the passing through a local variable. */
function estimate(word: Word): number {
  let bytes = 5;
  for (const argument of word.args) bytes += argument.isConst ? 2 + (argument.bits >> 3) : argument.isLeaf ? 7 : argument.type === TYPE.i32 ? 2 : 3;
  return bytes;
}
