/** Decides where the words of a trace are compared: where they are in memory, or where they are copied or computed to. */
import { BLOCK_BYTES } from './changes.ts';
import type { Scope } from '../flatten.ts';
import type { Area, Arena } from '../layout.ts';
import type { Store } from '../code/program.ts';
import { firstWords, type SampledArea, sampledArea, type SamplerPlan, planSampler } from './sampler.ts';
import { OP } from '../code/wasm/opcodes.ts';
import type { Word } from '../code/words.ts';

/** With fewer words than this a block, copying them to one place costs less than comparing the blocks. */
const DENSE = 8;

export interface WordPlan {
  readonly sampler: SamplerPlan;
  /** What must be written before a sample. */
  readonly stores: readonly Store[];
  /** Number of the first 32-bit word of each word. */
  readonly numbers: ReadonlyMap<Word, number>;
  /** Number after the last. */
  readonly end: number;
}

/** @param inPlace areas of memory whose words may be compared where they are */
export function planWords(words: readonly Word[], scopeOf: (word: Word) => Scope, inPlace: readonly Area[], arena: Arena): WordPlan {
  const areas: SampledArea[] = [];
  const places: Map<Word, number>[] = [];
  const left = new Set(words);
  for (const area of inPlace) {
    const inside = words.filter((word) => isFixed(word) && word.offset >= area.offset && word.offset < area.offset + area.bytes);
    const first = inside.reduce((least, word) => Math.min(least, word.offset), Infinity) & -16;
    const end = inside.reduce((most, word) => Math.max(most, word.offset + word.size / 8), 0);
    const blocks = Math.ceil((end - first) / BLOCK_BYTES);
    if (inside.length < DENSE * blocks || inside.length === 0) continue;
    const addresses = new Map(inside.map((word) => [word, word.offset]));
    areas.push(sampledArea(first, masksOf(addresses, first, blocks), arena));
    places.push(addresses);
    for (const word of inside) left.delete(word);
  }

  const stores: Store[] = [];
  if (left.size > 0) {
    const blocks = Math.ceil([...left].reduce((sum, { size }) => sum + size / 8, 0) / BLOCK_BYTES);
    const start = arena.take(blocks * BLOCK_BYTES, 64);
    const addresses = new Map<Word, number>();
    let at = start;
    // Wide ones first: no gaps.
    for (const word of [...left].sort((a, b) => b.size - a.size)) {
      addresses.set(word, at);
      at += word.size / 8;
    }
    for (const word of left) stores.push({ scope: scopeOf(word), word, address: addresses.get(word)!, hold: undefined, counts: true });
    areas.push(sampledArea(start, masksOf(addresses, start, blocks), arena));
    places.push(addresses);
  }

  const first = firstWords(areas);
  const numbers = new Map<Word, number>();
  for (const [i, addresses] of places.entries()) {
    for (const [word, address] of addresses) numbers.set(word, first[i]! + ((address - areas[i]!.now) >>> 2));
  }
  return { sampler: planSampler(areas, arena), stores, numbers, end: first.at(-1)! };
}

function isFixed({ op, isLeaf }: Word): boolean {
  return isLeaf && (op === OP.i32Load || op === OP.i64Load);
}

function masksOf(addresses: ReadonlyMap<Word, number>, start: number, blocks: number): Uint32Array {
  const masks = new Uint32Array(blocks);
  for (const [word, address] of addresses) {
    const number = (address - start) >>> 2;
    for (let k = number; k < number + word.size / 32; k += 1) masks[k >>> 5]! |= 1 << (k & 31);
  }
  return masks;
}
