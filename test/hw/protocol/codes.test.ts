import { Bool, In, module, Out, simulate, UInt } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { codes } from '../../../hw/protocol/index.ts';
import { allCodes } from './support/all.ts';

const Kind = codes('Kind', { width: 3, doc: 'Kinds.', source: 'this test' }, { ONE: [1, 'One.'], FOUR: [4, 'Four.'] });

test('numbers, labels, enum', () => {
  expect(Kind.value).toEqual({ ONE: 1, FOUR: 4 });
  expect(Kind.labelOf(4)).toBe('FOUR');
  expect(Kind.labelOf(0)).toBeUndefined();
  expect(Kind.shape.width).toBe(3);
  expect(Kind.shape.encoding.labels).toEqual([{ name: 'ONE', value: 1n }, { name: 'FOUR', value: 4n }]);
});

test('hardware knows the values that have a label', () => {
  const knowing = module('knowing', {}, { kind: In(UInt(3)), known: Out(Bool) }, (io) => { io.known.set(Kind.known(io.kind)); });
  const sim = simulate(knowing);
  const known = [0, 1, 2, 3, 4, 5, 6, 7].filter((kind) => {
    sim.io.kind = kind;
    return sim.io.known;
  });
  expect(known).toEqual([1, 4]);
});

test('mistakes', () => {
  const given = { width: 2, doc: 'Kinds.', source: 'this test' };
  expect(() => codes('Kind', given, { ONE: [1, ''], UNO: [1, ''] })).toThrow('enum Kind: ONE and UNO are both 1');
  expect(() => codes('Kind', given, { FOUR: [4, ''] })).toThrow('enum Kind: width 2 is not a whole number from 3');
});

test.each(allCodes.map((codes) => [codes.name, codes] as const))('%s: each value has a sentence', (_, { entries }) => {
  for (const { doc } of entries) expect(doc).toMatch(/\S.*[.)?]$/);
});
