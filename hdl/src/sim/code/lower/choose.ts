/** Choice by index: from constants and consecutive registers a load, else a tree of selections. */
import type { Words } from '../simplify.ts';
import { OP, TYPE } from '../wasm/opcodes.ts';
import type { Word } from '../words.ts';
import { below, type Sized, type Value } from './value.ts';

/** Where constant tables go: gives the address of the `elements`, of `bytes` bytes each. */
export type Tables = (elements: readonly bigint[], bytes: number) => number;

/** From this many elements on a load is cheaper than selecting. */
const LEAST_LOAD = 4;

/** Element `index`, the last one if there are not so many. */
export function choose(words: Words, index: Sized, elements: readonly Value[], tables: Tables): Value {
  const last = elements.length - 1;
  // Only what the index can reach.
  const reachable = index.width < 31 ? elements.slice(0, 2 ** index.width) : elements;
  if (reachable.length === 1) return reachable[0]!;
  const inRange = below(words, index, reachable.length);
  const at = words.select(inRange, words.as(TYPE.i32, index.value[0]!), words.i32(last));
  if (reachable.length >= LEAST_LOAD) {
    const loaded = reachable[0]!.map((_, k) => asLoad(words, at, reachable.map((element) => element[k]!), tables));
    if (loaded.every((word) => word !== undefined)) return loaded;
  }
  return reachable[0]!.map((_, k) => tree(words, at, reachable.map((element) => element[k]!), 0));
}

function asLoad(words: Words, at: Word, elements: readonly Word[], tables: Tables): Word | undefined {
  const bits = elements.reduce((most, word) => Math.max(most, word.bits), 0);
  const first = elements[0]!;
  if (elements.every((word) => word === first)) return first;
  if (elements.every((word) => word.isConst)) {
    const bytes = first.type === TYPE.i64 ? 8 : bits <= 8 ? 1 : bits <= 16 ? 2 : 4;
    const offset = tables(elements.map((word) => word.value), bytes);
    return words.loadAt(bytes, offset, bytes * elements.length, words.mul(at, words.i32(bytes)), bits);
  }
  const stride = elements[1]!.offset - first.offset;
  const even = (word: Word, i: number): boolean => word.isLeaf && word.op === first.op && word.offset === first.offset + i * stride;
  if ((first.op !== OP.i32Load && first.op !== OP.i64Load) || stride <= 0 || !elements.every(even)) return undefined;
  return words.loadAt(first.op === OP.i32Load ? 4 : 8, first.offset, stride * elements.length, words.mul(at, words.i32(stride)), bits);
}

/** Binary search: the depth, and so the latency, is the logarithm of the number of elements. */
function tree(words: Words, at: Word, elements: readonly Word[], from: number): Word {
  if (elements.length === 1) return elements[0]!;
  const half = elements.length >> 1;
  const a = tree(words, at, elements.slice(0, half), from);
  const b = tree(words, at, elements.slice(half), from + half);
  return words.select(words.ltU(at, words.i32(from + half)), a, b);
}
