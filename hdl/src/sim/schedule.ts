/**
 * Orders the words of a program and cuts them into functions of 8-24 kB.
 *
 * A word belongs to the function that first needs it; later functions find it in scratch memory.
 */
import type { Arena } from './layout.ts';
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
}

/** From this estimate on, a function ends with the current scope; from the second on, anywhere. */
const ENOUGH_BYTES = 10_000;
const MOST_BYTES = 18_000;

export function scheduleProgram(stores: readonly Store[], wordCount: number, scratch: Arena): Schedule {
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
    if (bytes + size > MOST_BYTES) close();
    bytes += size;
    current.push(entry);
    if (entry instanceof Word) home[entry.id] = functions.length;
  };

  let scope = stores[0]?.scope;
  for (const store of stores) {
    if (store.scope !== scope && bytes > ENOUGH_BYTES) close();
    scope = store.scope;
    for (const word of newWords(store.word, home)) {
      for (const argument of word.args) uses[argument.id]! += 1;
      append(word, estimate(word));
    }
    uses[store.word.id]! += 1;
    append(store, 8);
  }
  close();
  return { functions, home, uses, shared: shareWords(functions, home, scratch) };
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

function shareWords(functions: readonly (readonly (Word | Store)[])[], home: Int32Array, scratch: Arena): Int32Array {
  const shared = new Int32Array(home.length);
  const check = (used: Word, index: number): void => {
    const where = home[used.id]!;
    if (where === -1 || where === index || shared[used.id] !== 0) return;
    shared[used.id] = scratch.take(used.size / 8, used.size / 8);
  };
  for (const [index, entries] of functions.entries()) {
    for (const entry of entries) {
      if (entry instanceof Word) for (const used of entry.args) check(used, index);
      else check(entry.word, index);
    }
  }
  return shared;
}

/** Rough size of the code for a word, its loads and constants and the passing through a local variable. */
function estimate(word: Word): number {
  let bytes = 5;
  for (const argument of word.args) bytes += argument.isConst ? 2 + (argument.bits >> 3) : argument.isLeaf ? 7 : argument.type === TYPE.i32 ? 2 : 3;
  return bytes;
}
