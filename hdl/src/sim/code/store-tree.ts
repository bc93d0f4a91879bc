/**
 * Puts stores under the conditions they depend on: `next = c ? x : next` becomes `if (c) next = x`, together with
 * all other stores under the same condition. So the designer's `when` comes back, across registers.
 */
import { Block } from './block.ts';
import type { Store } from './program.ts';
import { OP } from './wasm/opcodes.ts';
import { Word } from './words.ts';

interface Pending {
  readonly at: number;
  readonly address: number;
  readonly word: Word;
  readonly hold: Word | undefined;
}

/** Work under a condition, in words, from which on a branch beats selecting. */
const BRANCH_COST = 10;

export class StoreTree {
  readonly #isPrivate: (word: Word) => boolean;
  readonly #costs: Int32Array;

  /** @param costs number of words computed for a word alone, by word number */
  constructor(isPrivate: (word: Word) => boolean, costs: Int32Array) {
    this.#isPrivate = isPrivate;
    this.#costs = costs;
  }

  build(entries: readonly (Word | Store)[], root: Block): void {
    const stores = entries.flatMap((entry, at) => (entry instanceof Word ? [] : [{ at, address: entry.address, word: entry.word, hold: entry.hold }]));
    this.#fill(root, stores);
  }

  #fill(block: Block, stores: readonly Pending[]): void {
    const groups = new Map<Word, Pending[]>();
    for (const store of stores) {
      const { word, hold, at, address } = store;
      if (word === hold) continue;
      if (word.op !== OP.select || block.isDeep || !this.#isPrivate(word)) {
        block.items.push({ kind: 'store', at, word, address });
        continue;
      }
      const condition = word.args[2]!;
      const group = groups.get(condition);
      if (group === undefined) groups.set(condition, [store]);
      else group.push(store);
    }
    for (const [condition, group] of groups) {
      if (this.#pays(group)) this.#branch(block, condition, group);
      else for (const { at, word, address } of group) block.items.push({ kind: 'store', at, word, address });
    }
  }

  #pays(group: readonly Pending[]): boolean {
    let cost = 0;
    for (const { word, hold } of group) {
      for (const arm of [word.args[0]!, word.args[1]!]) {
        if (arm === hold) cost += 1;
        else if (this.#isPrivate(arm)) cost += this.#costs[arm.id]!;
      }
    }
    return cost >= BRANCH_COST;
  }

  #branch(block: Block, condition: Word, group: readonly Pending[]): void {
    const then = new Block(block);
    const otherwise = new Block(block);
    const arm = (index: 0 | 1): Pending[] => group.map(({ at, address, word, hold }) => ({ at, address, word: word.args[index]!, hold }));
    this.#fill(then, arm(0));
    this.#fill(otherwise, arm(1));
    block.items.push({ kind: 'branch', at: group.reduce((latest, { at }) => Math.max(latest, at), 0), condition, then, otherwise });
  }
}
