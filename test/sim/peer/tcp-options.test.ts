import fc from 'fast-check';
import { expect, test } from 'vitest';
import { optionBytes, readOptions } from '../../../sim/peer/tcp-options.ts';

test('what is written is read, in words of four bytes', () => {
  for (const options of [{}, { mss: 1460 }, { windowScale: 7 }, { timestamps: { value: 0xffff_ffff, echo: 1 } }, { mss: 88, windowScale: 14, timestamps: { value: 1, echo: 2 } }]) {
    expect(optionBytes(options).length % 4).toBe(0);
    expect(readOptions(optionBytes(options))).toEqual(options);
  }
});

test.each([
  ['end of the list', [0, 2, 4, 5, 0xb4], {}],
  ['a length of 0', [3, 3, 7, 5, 0, 2, 4, 5, 0xb4], { windowScale: 7 }],
  ['a length of 1', [5, 1, 2, 4, 5, 0xb4], {}],
  ['a length beyond the end', [8, 10, 0, 0], {}],
  ['no length at all', [1, 1, 1, 8], {}],
  ['a known option of another length is skipped', [2, 3, 9, 3, 3, 5], { windowScale: 5 }],
  ['an unknown one is skipped', [253, 4, 1, 2, 2, 4, 5, 0xb4], { mss: 1460 }],
  ['a shift above 14 counts as 14', [3, 3, 200], { windowScale: 14 }],
])('%s', (_, bytes, options) => {
  expect(readOptions(Uint8Array.from(bytes))).toEqual(options);
});

test('no bytes whatever do harm', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void readOptions(bytes)), { numRuns: 2000, seed: 1 });
});
