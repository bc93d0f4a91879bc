/**
 * Finding what changed between two cycles: vectors of memory are compared with a copy of them, and what differs is
 * appended to a log of 32-bit words. One entry of the log, for one or more areas of memory:
 *
 *     cycle        low half, high half
 *     summary      one bit a block, of up to 32 blocks: it has changes
 *       mask       of the first block that has: one bit a word
 *       words      those that changed, in order
 *       mask …     of the next such block
 *     summary …    of the next 32 blocks; every area begins a new summary
 *
 * Words are numbered as if every summary stood for 1024 of them.
 */
import { CodeWriter } from '../code/wasm/code.ts';
import type { WasmFunction } from '../code/wasm/module.ts';
import { OP, TYPE, VECTOR } from '../code/wasm/opcodes.ts';

/** What one bit of a summary stands for: 32 words. */
export const BLOCK_BYTES = 128;
export const BLOCK_WORDS = BLOCK_BYTES / 4;
const BLOCKS_IN_SUMMARY = 32;
export const SUMMARY_WORDS = BLOCK_WORDS * BLOCKS_IN_SUMMARY;
const VECTOR_BYTES = 16;

/** Words of an entry in front of the first summary. */
export const ENTRY_HEADER_WORDS = 2;

/** Bytes that are written behind the end of an entry, and mean nothing. */
export const OVERRUN_BYTES = VECTOR_BYTES;

export function summariesOf(blocks: number): number {
  return Math.ceil(blocks / BLOCKS_IN_SUMMARY);
}

/** Size of {@link packingTable}, which {@link changesFunction} needs in memory: for each set of words of a vector, the bytes that move them to its front. */
export const PACKING_BYTES = 16 * VECTOR_BYTES;

export function packingTable(): Uint8Array {
  const table = new Uint8Array(PACKING_BYTES).fill(0xff);
  for (let mask = 0; mask < 16; mask += 1) {
    let at = mask * VECTOR_BYTES;
    for (let word = 0; word < 4; word += 1) {
      if ((mask & (1 << word)) === 0) continue;
      for (let byte = 0; byte < 4; byte += 1) table[at + byte] = 4 * word + byte;
      at += 4;
    }
  }
  return table;
}

/**
 * `(now, before, watched, blocks, packing, out) -> out`: compares the blocks at `now` with those at `before`, which
 * become equal; appends summaries, masks and words at `out` and returns its new end. Words whose bits in the masks at
 * `watched` are 0 do not count. At `packing` is the {@link packingTable}.
 */
export function changesFunction(exportName?: string): WasmFunction {
  const [now, before, watched, blocks, packing, out] = [0, 1, 2, 3, 4, 5];
  const code = new CodeWriter(6);
  const [summaryAt, summary, bit, mask] = [code.local(TYPE.i32), code.local(TYPE.i32), code.local(TYPE.i32), code.local(TYPE.i32)];
  const vectors = Array.from({ length: BLOCK_BYTES / VECTOR_BYTES }, () => code.local(TYPE.v128));
  const get = (local: number): void => code.indexed(OP.localGet, local);
  const set = (local: number): void => code.indexed(OP.localSet, local);
  const advance = (local: number, by: number): void => {
    get(local);
    code.i32(by);
    code.op(OP.i32Add);
    set(local);
  };

  code.open(OP.loop);
  get(out);
  set(summaryAt);
  advance(out, 4);
  code.i32(0);
  set(summary);
  code.i32(1);
  set(bit);

  code.open(OP.loop);
  for (const [k, vector] of vectors.entries()) {
    get(now);
    code.vectorAccess(VECTOR.load, k * VECTOR_BYTES);
    code.indexed(OP.localTee, vector);
    get(before);
    code.vectorAccess(VECTOR.load, k * VECTOR_BYTES);
    code.vector(VECTOR.i32Ne);
    code.vector(VECTOR.i32Bitmask);
    if (k > 0) {
      code.i32(4 * k);
      code.op(OP.i32Shl);
      code.op(OP.i32Or);
    }
  }
  get(watched);
  code.access(OP.i32Load, 0);
  code.op(OP.i32And);
  code.indexed(OP.localTee, mask);
  code.open(OP.if);
  get(out);
  get(mask);
  code.access(OP.i32Store, 0);
  advance(out, 4);
  for (const [k, vector] of vectors.entries()) {
    get(before);
    get(vector);
    code.vectorAccess(VECTOR.store, k * VECTOR_BYTES);
    // All four words are written where there may be fewer: the next ones go over the rest.
    get(out);
    get(vector);
    get(packing);
    fourBits(code, mask, k);
    code.op(OP.i32Add);
    code.vectorAccess(VECTOR.load, 0);
    code.vector(VECTOR.swizzle);
    code.vectorAccess(VECTOR.store, 0);
    get(out);
    fourBits(code, mask, k);
    code.op(OP.i32Popcnt);
    code.i32(2);
    code.op(OP.i32Shl);
    code.op(OP.i32Add);
    set(out);
  }
  get(summary);
  get(bit);
  code.op(OP.i32Or);
  set(summary);
  code.op(OP.end);

  advance(now, BLOCK_BYTES);
  advance(before, BLOCK_BYTES);
  advance(watched, 4);
  advance(blocks, -1);
  get(bit);
  code.i32(1);
  code.op(OP.i32Shl);
  set(bit);
  // On to the next block, if there is one and the summary has a bit for it.
  get(blocks);
  code.op(OP.i32Eqz);
  get(bit);
  code.op(OP.i32Eqz);
  code.op(OP.i32Or);
  code.op(OP.i32Eqz);
  code.indexed(OP.brIf, 0);
  code.op(OP.end);

  get(summaryAt);
  get(summary);
  code.access(OP.i32Store, 0);
  get(blocks);
  code.indexed(OP.brIf, 0);
  code.op(OP.end);
  get(out);
  return { parameters: Array.from({ length: 6 }, () => TYPE.i32), results: [TYPE.i32], locals: code.locals, code: code.bytes, exportName };
}

/** Bits of the mask for vector `k`, times the bytes of a line of the packing table. */
function fourBits(code: CodeWriter, mask: number, k: number): void {
  code.indexed(OP.localGet, mask);
  if (k !== 1) {
    code.i32(k === 0 ? 4 : 4 * (k - 1));
    code.op(k === 0 ? OP.i32Shl : OP.i32ShrU);
  }
  code.i32(0xf0);
  code.op(OP.i32And);
}

/** Applies the changes of an entry, from its first summary on, to `values` and returns where the entry ends. */
export function applyChanges(log: Uint32Array, start: number, summaries: number, values: Uint32Array, changed?: (word: number) => void): number {
  let at = start;
  for (let i = 0; i < summaries; i += 1) {
    let summary = log[at]!;
    at += 1;
    while (summary !== 0) {
      const block = 31 - Math.clz32(summary & -summary);
      summary &= summary - 1;
      let mask = log[at]!;
      at += 1;
      const first = i * SUMMARY_WORDS + block * BLOCK_WORDS;
      while (mask !== 0) {
        const word = first + 31 - Math.clz32(mask & -mask);
        mask &= mask - 1;
        values[word] = log[at]!;
        at += 1;
        changed?.(word);
      }
    }
  }
  return at;
}
