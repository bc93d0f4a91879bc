/**
 * Code of one function of a schedule.
 *
 * A word used once is computed where it is used, another in a local variable, in the innermost block that encloses
 * all its uses. A `select` whose arms are costly becomes an `if` that computes only one of them; stores that depend
 * on the same condition share one `if`.
 */
import { Block, commonBlock, type Item } from './block.ts';
import { StoreTree } from './store-tree.ts';
import type { Schedule } from './schedule.ts';
import type { Store } from './program.ts';
import { CodeWriter } from './wasm/code.ts';
import { OP, TYPE } from './wasm/opcodes.ts';
import { isLoad, Word } from './words.ts';

/** Cost of an arm, in words, from which on a branch beats computing both arms. */
const BRANCH_COST = 24;
/** An expression tree of this height passes through a local variable. */
const MOST_HEIGHT = 40;
/** A value in memory with this many uses in a function is kept in a local variable. */
const KEEP_USES = 3;

/** Code of all functions of a schedule. */
export function emitFunctions(schedule: Schedule): readonly CodeWriter[] {
  const uses = Array<Use | undefined>(schedule.home.length).fill(undefined);
  const costs = new Int32Array(schedule.home.length);
  return schedule.functions.map((_, index) => new FunctionEmitter(schedule, index, uses, costs).emit());
}

class FunctionEmitter {
  readonly #code = new CodeWriter();
  readonly #schedule: Schedule;
  readonly #index: number;
  readonly #entries: readonly (Word | Store)[];
  readonly #root = new Block(undefined);
  /** By word number, of this function only; the array serves all functions. */
  readonly #uses: (Use | undefined)[];
  readonly #used: Word[] = [];
  /** Number of words computed for a word alone, by word number. */
  readonly #costs: Int32Array;
  readonly #branches = new Map<Word, { readonly then: Block; readonly otherwise: Block }>();

  constructor(schedule: Schedule, index: number, uses: (Use | undefined)[], costs: Int32Array) {
    this.#uses = uses;
    this.#costs = costs;
    this.#schedule = schedule;
    this.#index = index;
    this.#entries = schedule.functions[index]!;
  }

  emit(): CodeWriter {
    this.#count();
    new StoreTree((word) => this.#isPrivate(word), this.#costs).build(this.#entries, this.#root);
    for (const { item, block } of this.#root.all()) {
      if (item.kind === 'store') this.#use(item.word, block, item.at, 0);
      else if (item.kind === 'branch') this.#use(item.condition, block, item.at, 0);
    }
    for (let at = this.#entries.length - 1; at >= 0; at -= 1) {
      const entry = this.#entries[at]!;
      if (entry instanceof Word) this.#place(entry, at);
    }
    for (const word of this.#used) {
      const use = this.#uses[word.id]!;
      if (use.count >= KEEP_USES && this.#isFetched(word) && !word.isConst) this.#define(word, use, use.first - 0.5);
    }
    this.#block(this.#root);
    for (const word of this.#used) this.#uses[word.id] = undefined;
    return this.#code;
  }

  /** Computed by this function, for one use only. */
  #isPrivate(word: Word): boolean {
    return this.#schedule.home[word.id] === this.#index && this.#schedule.uses[word.id] === 1 && this.#schedule.shared[word.id] === 0;
  }

  /** Not computed by this function: a constant, a load, or in scratch memory. */
  #isFetched(word: Word): boolean {
    return this.#schedule.home[word.id] !== this.#index;
  }

  #count(): void {
    for (const entry of this.#entries) {
      if (!(entry instanceof Word)) continue;
      let cost = entry.op === OP.select ? 2 : 1;
      for (const argument of entry.args) if (this.#isPrivate(argument)) cost += this.#costs[argument.id]!;
      this.#costs[entry.id] = cost;
    }
  }

  #use(word: Word, block: Block, at: number, height: number): void {
    const use = this.#uses[word.id];
    if (use === undefined) {
      this.#addUse(word, { block, count: 1, first: at, height, local: -1 });
      return;
    }
    if (use.block !== block) use.block = commonBlock(use.block, block);
    use.count += 1;
    use.first = Math.min(use.first, at);
  }

  #addUse(word: Word, use: Use): void {
    this.#uses[word.id] = use;
    this.#used.push(word);
  }

  /** Users come before: all uses of `word` are known. */
  #place(word: Word, at: number): void {
    const shared = this.#schedule.shared[word.id] !== 0;
    let use = this.#uses[word.id];
    if (use === undefined) {
      if (!shared) return;
      use = { block: this.#root, count: 0, first: at, height: 0, local: -1 };
      this.#addUse(word, use);
    }
    if (shared) use.block = this.#root;
    if (shared || use.count > 1 || use.height > MOST_HEIGHT) {
      this.#define(word, use, at);
      use.height = 0;
    }
    const { block } = use;
    const height = use.height + 1;
    if (word.op !== OP.select || block.isDeep || !this.#branchPays(word)) {
      for (const argument of word.args) this.#use(argument, block, at, height);
      return;
    }
    const [a, b, condition] = word.args as [Word, Word, Word];
    const branch = { then: new Block(block), otherwise: new Block(block) };
    this.#branches.set(word, branch);
    this.#use(condition, block, at, height);
    this.#use(a, branch.then, at, height);
    this.#use(b, branch.otherwise, at, height);
  }

  #branchPays(word: Word): boolean {
    const arm = (argument: Word): number => (this.#isPrivate(argument) ? this.#costs[argument.id]! : 0);
    return Math.max(arm(word.args[0]!), arm(word.args[1]!)) >= BRANCH_COST;
  }

  #define(word: Word, use: Use, at: number): void {
    if (use.count > 0) use.local = this.#code.local(word.type);
    use.block.items.push({ kind: 'define', at, word });
  }

  #block(block: Block): void {
    for (const item of block.items.sort((a, b) => a.at - b.at)) this.#item(item);
  }

  #item(item: Item): void {
    const code = this.#code;
    if (item.kind === 'branch') {
      this.#branch(item);
      return;
    }
    if (item.kind === 'store') {
      code.i32(0);
      this.#value(item.word);
      this.#store(item.word, item.address);
      return;
    }
    const { word } = item;
    const { local } = this.#uses[word.id]!;
    const address = this.#isFetched(word) ? 0 : this.#schedule.shared[word.id]!;
    if (address !== 0) code.i32(0);
    this.#compute(word);
    if (local !== -1) code.indexed(address === 0 ? OP.localSet : OP.localTee, local);
    if (address !== 0) this.#store(word, address);
  }

  #branch({ condition, then, otherwise }: Item & { kind: 'branch' }): void {
    const code = this.#code;
    const isEmpty = then.items.length === 0;
    if (isEmpty && otherwise.items.length === 0) return;
    this.#value(condition);
    if (isEmpty) code.op(OP.i32Eqz);
    code.open(OP.if);
    this.#block(isEmpty ? otherwise : then);
    if (!isEmpty && otherwise.items.length > 0) {
      code.op(OP.else);
      this.#block(otherwise);
    }
    code.op(OP.end);
  }

  #store(word: Word, address: number): void {
    if (word.type === TYPE.i32) this.#code.access(OP.i32Store, address);
    else this.#code.access(OP.i64Store, address);
  }

  #value(word: Word): void {
    const local = this.#uses[word.id]?.local ?? -1;
    if (local === -1) this.#compute(word);
    else this.#code.indexed(OP.localGet, local);
  }

  #compute(word: Word): void {
    const code = this.#code;
    if (word.op === OP.i32Const) code.i32(Number(BigInt.asIntN(32, word.value)));
    else if (word.op === OP.i64Const) code.i64(word.value);
    else if (word.isLeaf) {
      code.i32(0);
      code.access(word.op, word.offset);
    } else if (this.#isFetched(word)) {
      code.i32(0);
      code.access(word.type === TYPE.i32 ? OP.i32Load : OP.i64Load, this.#schedule.shared[word.id]!);
    } else if (word.op === OP.select) this.#select(word);
    else {
      for (const argument of word.args) this.#value(argument);
      if (word.args.length === 1 && isLoad(word.op)) code.access(word.op, word.offset);
      else code.op(word.op);
    }
  }

  #select(word: Word): void {
    const code = this.#code;
    const [a, b, condition] = word.args as [Word, Word, Word];
    const branch = this.#branches.get(word);
    if (branch === undefined) {
      this.#value(a);
      this.#value(b);
      this.#value(condition);
      code.op(OP.select);
      return;
    }
    this.#value(condition);
    code.open(OP.if, word.type);
    this.#block(branch.then);
    this.#value(a);
    code.op(OP.else);
    this.#block(branch.otherwise);
    this.#value(b);
    code.op(OP.end);
  }
}

/** Where a word is used in this function. */
interface Use {
  /** Innermost block around all uses. */
  block: Block;
  count: number;
  /** Position of the first use. */
  first: number;
  /** Height of the expression tree above the use, if it is the only one. */
  height: number;
  /** Local variable that holds the word, or -1. */
  local: number;
}
