import fc from 'fast-check';
import { expect, test } from 'vitest';
import { internetChecksum, onesSum } from '../../../hw/protocol/index.ts';
import { hex } from './support/bytes.ts';

test('the example of RFC 1071, 3', () => {
  expect(onesSum(hex('00 01 f2 03 f4 f5 f6 f7'))).toBe(0xddf2);
  expect(internetChecksum(hex('00 01 f2 03 f4 f5 f6 f7'))).toBe(0x220d);
});

test('an odd last byte is the upper half of a word', () => {
  expect(onesSum(hex('12'))).toBe(0x1200);
  expect(onesSum(hex('ff ff 01'))).toBe(0x0100);
});

test('no bytes, only zeros, only ones', () => {
  expect(onesSum(hex(''))).toBe(0);
  expect(internetChecksum(hex('00 00 00'))).toBe(0xffff);
  expect(onesSum(hex('ff ff ff ff'))).toBe(0xffff);
});

test('a carry out of the fold comes back in', () => {
  expect(onesSum(hex('ff ff 00 01'))).toBe(1);
  expect(onesSum(hex('ff fe'), 0x1_0001)).toBe(1);
});

test('the sum is the number that the words make, modulo 2^16 - 1', () => {
  // RFC 1071, 2: 2^16 is 1 modulo 2^16 - 1, so the words of a number add up to it. 0 and 0xffff are the same there: 0 is the sum of zeros only.
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    const padded = bytes.length % 2 === 0 ? [...bytes] : [...bytes, 0];
    const number = padded.reduce((n, byte) => n * 256n + BigInt(byte), 0n);
    expect(onesSum(bytes)).toBe(number === 0n ? 0 : Number((number - 1n) % 0xffffn) + 1);
  }));
});

test('sums chain, and with the checksum in place the sum is 0xffff', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), fc.uint8Array({ maxLength: 51 }), (head, tail) => {
    const even = head.subarray(0, head.length & ~1);
    const whole = Uint8Array.from([...even, ...tail]);
    expect(onesSum(tail, onesSum(even))).toBe(onesSum(whole));
    const checksum = internetChecksum(whole);
    expect(onesSum(Uint8Array.from([checksum >> 8, checksum & 0xff, ...whole]))).toBe(0xffff);
  }));
});
