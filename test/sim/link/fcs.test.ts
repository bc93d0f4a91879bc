import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fcsOf, RESIDUE, withFcs } from '../../../sim/link/fcs.ts';

/** IEEE 802.3, 3.2.9, as it stands there: a remainder of polynomials, the first 32 bits and the result complemented. */
function byDivision(frame: Uint8Array): number {
  let remainder = 0xffff_ffff;
  for (const byte of frame) {
    for (let bit = 0; bit < 8; bit += 1) {
      const out = (remainder >>> 31) ^ (byte >> bit & 1);
      remainder = (remainder << 1) ^ (out === 1 ? 0x04c1_1db7 : 0);
    }
  }
  const complement = ~remainder >>> 0;
  // x^31 is the first bit to leave, and of a byte the least significant one leaves first.
  return Array.from({ length: 32 }, (_, k) => (complement >>> (31 - k) & 1) * 2 ** k).reduce((sum, bit) => sum + bit, 0);
}

test('the check value of the polynomial', () => {
  expect(fcsOf(new TextEncoder().encode('123456789'))).toBe(0xcbf4_3926);
});

test('as the division of the standard', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (frame) => {
    expect(fcsOf(frame)).toBe(byDivision(frame));
  }));
});

test('a frame with its FCS has the residue, least significant byte first', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (frame) => {
    expect(fcsOf(withFcs(frame, fcsOf(frame)))).toBe(RESIDUE);
  }));
  expect([...withFcs(Uint8Array.of(7), 0x1234_5678)]).toEqual([7, 0x78, 0x56, 0x34, 0x12]);
});

test('every error of up to three bits in a frame of 1,514 bytes is found', () => {
  const frame = new Uint8Array(1514).fill(0x5a);
  const fcs = fcsOf(frame);
  fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 1514 * 8 - 1 }), { minLength: 1, maxLength: 3 }), (flips) => {
    const damaged = frame.slice();
    for (const bit of flips) damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(fcsOf(damaged)).not.toBe(fcs);
  }));
});
