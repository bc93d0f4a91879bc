/**
 * Notes, from sample to sample, which words of memory changed. Entries are gathered in linear memory and drained in
 * bulk; `changes.ts` has their form.
 */
import { applyChanges, BLOCK_BYTES, BLOCK_WORDS, changesFunction, ENTRY_HEADER_WORDS, OVERRUN_BYTES, PACKING_BYTES, packingTable, SUMMARY_WORDS, summariesOf } from './changes.ts';
import type { Image } from '../image.ts';
import { compileModule, instantiate, type WasmMemory, type WasmModule } from '../instantiate.ts';
import { type Arena, type Area, type Layout, STATUS } from '../layout.ts';
import { CodeWriter } from '../code/wasm/code.ts';
import { encodeModule, type WasmFunction } from '../code/wasm/module.ts';
import { OP, TYPE } from '../code/wasm/opcodes.ts';

/** Memory that is compared with its copy of the last sample. */
export interface SampledArea {
  readonly now: number;
  readonly before: number;
  /** Address of a mask for each block: which of its words count. */
  readonly watched: number;
  readonly masks: Uint32Array;
  readonly blocks: number;
}

/** Entries are gathered up to this size, or one entry: they are to stay in the processor's cache. */
const MOST_RING_BYTES = 65536;
const LEAST_RING_BYTES = 1024;

/** What it takes of memory, before there is code for it. */
export interface SamplerPlan {
  readonly areas: readonly SampledArea[];
  readonly packing: number;
  readonly ring: Area;
  /** Most bytes of an entry. */
  readonly longest: number;
}

export function sampledArea(now: number, masks: Uint32Array, arena: Arena): SampledArea {
  const blocks = masks.length;
  return { now, masks, blocks, before: arena.take(blocks * BLOCK_BYTES, 64), watched: arena.take(4 * blocks, 4) };
}

export function planSampler(areas: readonly SampledArea[], arena: Arena): SamplerPlan {
  const longest = 4 * ENTRY_HEADER_WORDS + areas.reduce((sum, { blocks }) => sum + 4 * summariesOf(blocks) + blocks * (BLOCK_BYTES + 4), 0);
  const bytes = Math.min(Math.max(4 * longest, LEAST_RING_BYTES), Math.max(longest, MOST_RING_BYTES));
  return { areas, longest, packing: arena.take(PACKING_BYTES, 16), ring: { offset: arena.take(bytes + OVERRUN_BYTES, 16), bytes } };
}

/** Number of the first word of each area, and after the last one. */
export function firstWords(areas: readonly SampledArea[]): readonly number[] {
  const first = [0];
  for (const { blocks } of areas) first.push(first.at(-1)! + summariesOf(blocks) * SUMMARY_WORDS);
  return first;
}

export class Sampler {
  readonly #image: Image;
  readonly #areas: readonly SampledArea[];
  readonly #sample: (out: number) => number;
  /** Number of summaries of an entry. */
  readonly summaries: number;
  readonly #ring: Area;
  readonly #limit: number;
  readonly #emptyBytes: number;
  #at: number;

  /** @param sample appends an entry at the address given and returns its end */
  constructor(image: Image, { areas, packing, ring, longest }: SamplerPlan, sample: (out: number) => number) {
    this.#image = image;
    this.#areas = areas;
    this.#sample = sample;
    this.summaries = areas.reduce((sum, { blocks }) => sum + summariesOf(blocks), 0);
    this.#ring = ring;
    this.#limit = ring.offset + ring.bytes - longest;
    this.#emptyBytes = 4 * (ENTRY_HEADER_WORDS + this.summaries);
    this.#at = ring.offset;
    image.bytes.set(packingTable(), packing);
    for (const { watched, masks } of areas) image.words.set(masks, watched >>> 2);
  }

  /** Most words that wait to be drained at any time. */
  get mostPending(): number {
    return this.#ring.bytes >>> 2;
  }

  /** Compares with the last sample; before the first, everything was 0. No change, no entry. */
  sample(): void {
    const end = this.#sample(this.#at);
    if (end - this.#at !== this.#emptyBytes) this.#at = end;
  }

  /** Whether the next sample may not find room: `drain` first. */
  get isFull(): boolean {
    return this.#at > this.#limit;
  }

  /** The entries since it was called last: a view on memory, valid until the next sample. */
  drain(): Uint32Array {
    const entries = this.#image.words.subarray(this.#ring.offset >>> 2, this.#at >>> 2);
    this.#at = this.#ring.offset;
    return entries;
  }

  /** All words as of the last sample. */
  values(): Uint32Array {
    const first = firstWords(this.#areas);
    const values = new Uint32Array(first.at(-1)!);
    for (const [i, { before, blocks }] of this.#areas.entries()) {
      values.set(this.#image.words.subarray(before >>> 2, (before >>> 2) + blocks * BLOCK_WORDS), first[i]);
    }
    return values;
  }

  /** An entry without changes. */
  emptyEntry(cycle: number): Uint32Array {
    const entry = new Uint32Array(this.#emptyBytes >>> 2);
    entry[0] = cycle;
    entry[1] = Math.floor(cycle / 2 ** 32);
    return entry;
  }

  /** Applies the changes of the entry at `start` to `values`; returns where the next entry starts. */
  apply(log: Uint32Array, start: number, values: Uint32Array, changed?: (word: number) => void): number {
    return applyChanges(log, start + ENTRY_HEADER_WORDS, this.summaries, values, changed);
  }
}

/** Code of a sampler: `sample(out) -> out` calls the given functions, then compares the areas. */
export function samplerCode(evaluators: readonly WasmFunction[], { areas, packing }: SamplerPlan): Uint8Array<ArrayBuffer> {
  const out = 0;
  const code = new CodeWriter(1);
  for (const index of evaluators.keys()) code.indexed(OP.call, index);
  code.indexed(OP.localGet, out);
  code.i32(0);
  code.access(OP.i64Load, STATUS.cycle);
  code.access(OP.i64Store, 0);
  code.indexed(OP.localGet, out);
  code.i32(4 * ENTRY_HEADER_WORDS);
  code.op(OP.i32Add);
  code.indexed(OP.localSet, out);
  for (const { now, before, watched, blocks } of areas) {
    for (const operand of [now, before, watched, blocks, packing]) code.i32(operand);
    code.indexed(OP.localGet, out);
    code.indexed(OP.call, evaluators.length);
    code.indexed(OP.localSet, out);
  }
  code.indexed(OP.localGet, out);
  const sample: WasmFunction = { parameters: [TYPE.i32], results: [TYPE.i32], locals: code.locals, code: code.bytes, exportName: 'sample' };
  return encodeModule([...evaluators, changesFunction(), sample], 1);
}

/** A sampler of all inputs. Its code serves all designs: simulations are many, and most are short. */
export function createInputSampler({ inputArea }: Layout, memory: WasmMemory, image: Image, arena: Arena): Sampler {
  const words = inputArea.bytes >>> 2;
  const masks = new Uint32Array(Math.ceil(inputArea.bytes / BLOCK_BYTES)).fill(0xffff_ffff);
  if (words % BLOCK_WORDS !== 0) masks[masks.length - 1] = 2 ** (words % BLOCK_WORDS) - 1;
  const area = sampledArea(inputArea.offset, masks, arena);
  const plan = planSampler([area], arena);
  compare ??= compileModule(encodeModule([changesFunction('changes')], 1));
  const { changes } = instantiate<{ changes: (now: number, before: number, watched: number, blocks: number, packing: number, out: number) => number }>(compare, memory);
  return new Sampler(image, plan, (out) => {
    image.words[out >>> 2] = image.words[STATUS.cycle >> 2]!;
    image.words[(out >>> 2) + 1] = image.words[(STATUS.cycle >> 2) + 1]!;
    return changes(area.now, area.before, area.watched, area.blocks, plan.packing, out + 4 * ENTRY_HEADER_WORDS);
  });
}

let compare: WasmModule | undefined;
