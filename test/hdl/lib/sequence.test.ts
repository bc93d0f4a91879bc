import { Bool, In, module, Out, UInt } from '@vtoe/hdl';
import { type Ends, seqBetween, seqGe, seqGt, seqLe, seqLt, seqMax, seqMin } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();
const ENDS: readonly Ends[] = ['[)', '(]', '[]'];

const comparisons = (width: number) =>
  module('comparisons', { w: width }, {
    a: In(UInt(width)), b: In(UInt(width)), x: In(UInt(width)),
    lt: Out(Bool), le: Out(Bool), gt: Out(Bool), ge: Out(Bool), most: Out(UInt(width)), least: Out(UInt(width)),
    halfOpen: Out(Bool), openLeft: Out(Bool), closed: Out(Bool), aboveThree: Out(Bool),
  }, ({ a, b, x, ...out }) => {
    out.lt.set(seqLt(a, b));
    out.le.set(seqLe(a, b));
    out.gt.set(seqGt(a, b));
    out.ge.set(seqGe(a, b));
    out.most.set(seqMax(a, b));
    out.least.set(seqMin(a, b));
    out.halfOpen.set(seqBetween(a, x, b));
    out.openLeft.set(seqBetween(a, x, b, '(]'));
    out.closed.set(seqBetween(a, x, b, '[]'));
    out.aboveThree.set(seqGt(a, 3));
  });

/** By walking: a is less than b if b is reached in 1 to 2^(w-1) - 1 steps, and, as stated, in half a circle too. */
function model(width: number, a: bigint, b: bigint, x: bigint) {
  const size = 1n << BigInt(width);
  const steps = (from: bigint, to: bigint) => (to - from + size) % size;
  const [lt, equal] = [a !== b && steps(a, b) <= size / 2n, a === b];
  return {
    lt, le: lt || equal, gt: !lt && !equal, ge: !lt, most: lt ? b : a, least: lt || equal ? a : b,
    halfOpen: steps(a, x) < steps(a, b), openLeft: steps(a, b) > 0n && steps(a, x) > 0n && steps(a, x) <= steps(a, b),
    closed: steps(a, x) <= steps(a, b), aboveThree: a !== 3n && !(steps(a, 3n) <= size / 2n),
  };
}

test.each([2, 3, 4])('%i bits: all numbers', (width) => {
  const sim = bench.simulate(comparisons(width));
  const size = 2 ** width;
  for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) for (let x = 0; x < size; x++) {
    Object.assign(sim.io, { a, b, x });
    sim.step();
    const { a: _a, b: _b, x: _x, ...outputs } = sim.sampled;
    const expected: Record<string, unknown> = model(width, BigInt(a), BigInt(b), BigInt(x));
    if (width === 2) delete expected['aboveThree'];
    expect({ a, b, x, ...Object.fromEntries(Object.keys(expected).map((key) => [key, outputs[key as keyof typeof outputs]])) }).toEqual({ a, b, x, ...expected });
  }
});

describe.each([8, 32, 48, 64])('%i bits', (width) => {
  test('around zero, half a circle and the wrap', () => {
    const sim = bench.simulate(comparisons(width));
    const size = 1n << BigInt(width);
    const points = [0n, 1n, 3n, size / 2n - 1n, size / 2n, size / 2n + 1n, size - 2n, size - 1n];
    for (const a of points) for (const b of points) for (const x of points) {
      Object.assign(sim.io, { a, b, x });
      sim.step();
      const { a: _a, b: _b, x: _x, ...outputs } = sim.sampled;
      expect(outputs).toEqual(model(width, a, b, x));
    }
  });
});

test('RFC 9293, 3.4: SND.UNA < SEG.ACK =< SND.NXT across the wrap', () => {
  const sim = bench.simulate(comparisons(32));
  const acceptable = (una: number, ack: number, nxt: number) => {
    Object.assign(sim.io, { a: una, x: ack, b: nxt });
    sim.step();
    return sim.sampled.openLeft;
  };
  expect(acceptable(0xffff_fff0, 0xffff_fff0, 0x10)).toBe(false);
  expect(acceptable(0xffff_fff0, 0xffff_fff1, 0x10)).toBe(true);
  expect(acceptable(0xffff_fff0, 0x10, 0x10)).toBe(true);
  expect(acceptable(0xffff_fff0, 0x11, 0x10)).toBe(false);
  expect(acceptable(5, 5, 5)).toBe(false);
});

test('wrong arguments', () => {
  const wrong = (body: (a: UInt) => unknown, width = 8) => () => bench.simulate(module('wrong', {}, { a: In(UInt(width)) }, ({ a }) => { body(a); }));
  expect(wrong((a) => seqLt(a, a), 1)).toThrow('seqLt: numbers of 1 bit have no order on a circle; at least 2 bits are needed');
  // @ts-expect-error: no such ends
  expect(wrong((a) => seqBetween(a, a, a, '()'))).toThrow("seqBetween: ends must be '[)', '(]' or '[]', not '()'");
  expect(ENDS).toHaveLength(3);
});

bench.verilog();
