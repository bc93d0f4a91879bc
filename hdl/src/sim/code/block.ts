/** Blocks of structured control flow in a function under construction. */
import type { Word } from './words.ts';

/** Position `at` orders the items of a block: that of their entry in the schedule. */
export type Item =
  | { readonly kind: 'define'; readonly at: number; readonly word: Word }
  | { readonly kind: 'store'; readonly at: number; readonly word: Word; readonly address: number }
  | { readonly kind: 'branch'; readonly at: number; readonly condition: Word; readonly then: Block; readonly otherwise: Block };

/** Bounds the nesting of the emitted code, and of the recursion that emits it. */
const MOST_DEPTH = 24;

export class Block {
  readonly parent: Block | undefined;
  readonly depth: number;
  readonly items: Item[] = [];

  constructor(parent: Block | undefined) {
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  get isDeep(): boolean {
    return this.depth >= MOST_DEPTH;
  }

  /** Items of this block and of those inside of its branches. */
  *all(): Iterable<{ item: Item; block: Block }> {
    for (const item of this.items) {
      yield { item, block: this };
      if (item.kind !== 'branch') continue;
      yield* item.then.all();
      yield* item.otherwise.all();
    }
  }
}

/** Innermost block that encloses both. */
export function commonBlock(one: Block, other: Block): Block {
  let [a, b] = [one, other];
  while (a !== b) {
    if (a.depth >= b.depth) a = a.parent!;
    else b = b.parent!;
  }
  return a;
}
