import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillPattern, findDamage } from '../../../sim/host/pattern.ts';

const SIZE = 10_000;
const filled = () => {
  const bytes = new Uint8Array(SIZE);
  fillPattern(bytes, 0, SIZE);
  return bytes;
};

test('what was filled is undamaged, in any pieces', () => {
  fc.assert(fc.property(fc.array(fc.nat(SIZE), { maxLength: 5 }), fc.nat(SIZE), fc.nat(SIZE), (cuts, x, y) => {
    const bytes = new Uint8Array(SIZE);
    const ends = [0, ...cuts.toSorted((a, b) => a - b), SIZE];
    for (const [i, end] of ends.entries()) if (i > 0) fillPattern(bytes, ends[i - 1]!, end);
    expect(findDamage(bytes, Math.min(x, y), Math.max(x, y))).toBeUndefined();
  }));
});

test('any byte that changes shows, from the first to the last, and none outside of the range', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(SIZE - 1), { minLength: 1, maxLength: 20 }), fc.nat(SIZE), fc.nat(SIZE), (places, x, y) => {
    const bytes = filled();
    for (const place of places) bytes[place]! ^= 0x40;
    const [from, to] = [Math.min(x, y), Math.max(x, y)];
    const inside = places.filter((place) => place >= from && place < to).toSorted((a, b) => a - b);
    expect(findDamage(bytes, from, to)).toEqual(inside.length === 0 ? undefined : { first: inside[0], last: inside.at(-1), bytes: inside.length });
  }));
});

test('a block of one value, and the pattern moved by a few bytes, are damage', () => {
  for (const value of [0, 0xff, 0xa5]) expect(findDamage(filled().fill(value, 100, 200), 0, SIZE)!.bytes).toBeGreaterThan(90);
  for (const by of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]) {
    const bytes = filled();
    bytes.copyWithin(4096, 4096 - by, 4096 + 64 - by);
    expect(findDamage(bytes, 0, SIZE)!.bytes).toBeGreaterThan(48);
  }
});
