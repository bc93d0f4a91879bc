import { elaborate, In, module, Out, UInt, Vec } from '@vtoe/hdl';
import { elementIndex } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();

const looker = (count: number, bits: number) =>
  module('looker', { n: count, b: bits }, { table: In(Vec(UInt(8), count)), index: In(UInt(bits)), element: Out(UInt(bits)), value: Out(UInt(8)) }, (io) => {
    const element = elementIndex(io.index, count);
    io.element.set(element);
    io.value.set(io.table.at(element));
  });

// As many elements as the index has values, fewer, more; one.
test.each([[1, 1], [1, 3], [2, 1], [3, 2], [4, 2], [5, 3], [8, 3], [5, 2], [20, 3], [9, 6]])('of %i elements, with %i bits', (count, bits) => {
  const sim = bench.simulate(looker(count, bits));
  sim.io.table = Array.from({ length: count }, (_, i) => 100 + i);
  for (let index = 0; index < 2 ** bits; index++) {
    sim.io.index = index;
    sim.step();
    const element = index < count ? index : 0;
    expect(sim.sampled, `index ${index}`).toMatchObject({ element: BigInt(element), value: BigInt(100 + element) });
  }
});

test('where each index is an element\'s, it is that index itself', () => {
  const same = (count: number, bits: number): boolean => {
    let is = false;
    elaborate(module('same', { n: count, b: bits }, { index: In(UInt(bits)), out: Out(UInt(bits)) }, ({ index, out }) => {
      is = elementIndex(index, count) === index;
      out.set(index);
    }));
    return is;
  };
  expect([same(8, 3), same(9, 3), same(7, 3)]).toEqual([true, true, false]);
});

test('wrong arguments', () => {
  const wrong = (count: number) => () => elaborate(module('wrong', {}, { index: In(UInt(3)), out: Out(UInt(3)) }, ({ index, out }) => { out.set(elementIndex(index, count)); }));
  expect(wrong(0)).toThrow('elementIndex: count must be a whole number from 1, not 0');
  expect(wrong(2.5)).toThrow('elementIndex: count must be a whole number from 1, not 2.5');
});

bench.verilog();
