/** The comparison that traces are made with, against the obvious way to do it. */
import { describe, expect, test } from 'vitest';
import { applyChanges, BLOCK_WORDS, changesFunction, packingTable, SUMMARY_WORDS, summariesOf } from '@vtoe/hdl/internal/sim/wave/changes';
import { compileModule, createMemory, instantiate } from '@vtoe/hdl/internal/sim/instantiate';
import { encodeModule } from '@vtoe/hdl/internal/sim/code/wasm/module';
import { Random } from '../../support/random.ts';

const [PACKING, NOW, BEFORE, WATCHED, OUT] = [0, 4096, 65_536, 131_072, 196_608];

function comparison() {
  const memory = createMemory(8);
  new Uint8Array(memory.buffer).set(packingTable(), PACKING);
  const { changes } = instantiate<{ changes: (now: number, before: number, watched: number, blocks: number, packing: number, out: number) => number }>(
    compileModule(encodeModule([changesFunction('changes')], 1)), memory);
  return { words: new Uint32Array(memory.buffer), compare: (blocks: number) => changes(NOW, BEFORE, WATCHED, blocks, PACKING, OUT) };
}

describe.each([1, 2, 31, 32, 33, 64, 70])('%i blocks', (blocks) => {
  test.each([0, 3, 50, 100])('%i of 100 words change', (percent) => {
    const random = new Random(blocks * 101 + percent);
    const { words, compare } = comparison();
    const masks = Array.from({ length: blocks }, () => (random.chance(0.7) ? 0xffff_ffff : random.word()));
    words.set(masks, WATCHED / 4);
    const values = new Uint32Array(summariesOf(blocks) * SUMMARY_WORDS);
    const count = blocks * BLOCK_WORDS;
    const isWatched = (i: number): boolean => (masks[i >> 5]! >>> (i & 31)) % 2 === 1;
    const seen = new Uint32Array(count);
    for (let round = 0; round < 20; round += 1) {
      for (let i = 0; i < count; i += 1) if (random.chance(percent / 100)) words[NOW / 4 + i] = random.chance(0.2) ? 0 : random.word();
      const end = compare(blocks);
      const expected: number[] = [];
      for (let i = 0; i < count; i += 1) {
        const word = words[NOW / 4 + i]!;
        if (isWatched(i) && seen[i] !== word) {
          expected.push(i);
          seen[i] = word;
        }
      }
      const changed: number[] = [];
      const log = words.slice(OUT / 4, end / 4);
      expect(applyChanges(log, 0, summariesOf(blocks), values, (word) => changed.push(word))).toBe(log.length);
      expect(changed).toEqual(expected);
      expect(values.subarray(0, count).every((value, i) => value === seen[i])).toBe(true);
      // What did not change takes no more than the summaries.
      if (expected.length === 0) expect(log.length).toBe(summariesOf(blocks));
    }
  });
});

test('values compare as they were in the last sample, and what is not watched never counts', () => {
  const { words, compare } = comparison();
  words[WATCHED / 4] = 0b101;
  words.set([1, 2, 3], NOW / 4);
  const first = compare(1);
  expect(Array.from(words.subarray(OUT / 4, first / 4))).toEqual([1, 0b101, 1, 3]);
  words.set([1, 7, 4], NOW / 4);
  const second = compare(1);
  expect(Array.from(words.subarray(OUT / 4, second / 4))).toEqual([1, 0b100, 4]);
  words[NOW / 4 + 1] = 8;
  expect(Array.from(words.subarray(OUT / 4, compare(1) / 4))).toEqual([0]);
});
