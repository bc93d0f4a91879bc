import { In, module, Out, UInt } from '@vtoe/hdl';
import { rotateBytes } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();

const rotator = (bytes: number, bits: number) =>
  module('rotator', { n: bytes, a: bits }, { word: In(UInt(8 * bytes)), amount: In(UInt(bits)), up: Out(UInt(8 * bytes)), down: Out(UInt(8 * bytes)) }, (io) => {
    io.up.set(rotateBytes(io.word, io.amount));
    io.down.set(rotateBytes(io.word, io.amount, 'down'));
  });

/** Byte i is i + 1. */
const word = (bytes: readonly number[]) => bytes.reduce((sum, byte, i) => sum + (BigInt(byte) << BigInt(8 * i)), 0n);

test.each([[2, 1], [3, 2], [4, 2], [5, 3], [8, 3], [8, 2], [64, 6]])('%i bytes, %i bits of amount', (bytes, bits) => {
  const sim = bench.simulate(rotator(bytes, bits));
  const list = Array.from({ length: bytes }, (_, i) => i + 1);
  for (let amount = 0; amount < 2 ** bits; amount++) {
    sim.io.word = word(list);
    sim.io.amount = amount;
    sim.step();
    expect(sim.sampled.up).toBe(word(list.map((_, i) => list[(i - amount % bytes + bytes) % bytes]!)));
    expect(sim.sampled.down).toBe(word(list.map((_, i) => list[(i + amount) % bytes]!)));
  }
});

test('wrong arguments', () => {
  const wrong = (body: (a: UInt, b: UInt) => unknown, width: number, bits: number) =>
    () => bench.simulate(module('wrong', {}, { a: In(UInt(width)), b: In(UInt(bits)) }, ({ a, b }) => { body(a, b); }));
  expect(wrong((a, b) => rotateBytes(a, b), 8, 1)).toThrow('rotateBytes: the word must have at least 2 whole bytes, not 8 bits');
  expect(wrong((a, b) => rotateBytes(a, b), 36, 1)).toThrow('rotateBytes: the word must have at least 2 whole bytes, not 36 bits');
  expect(wrong((a, b) => rotateBytes(a, b), 64, 4)).toThrow('rotateBytes: an amount of 4 bits is too wide for 8 bytes');
  // @ts-expect-error: no such direction
  expect(wrong((a, b) => rotateBytes(a, b, 'left'), 64, 3)).toThrow("rotateBytes: direction must be 'up' or 'down', not \"left\"");
});

bench.verilog();
