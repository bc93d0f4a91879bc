/** Shapes: widths, encodings, what is the same shape, and that nobody changes one. */
import { Bool, Bundle, clog2, Enum, In, MAXIMUM_WIDTH, Packet, UInt, Vec } from '@vtoe/hdl';
import { sameShape, shapeText } from '@vtoe/hdl/internal/lang/shape';
import { describe, expect, test } from 'vitest';

describe('an enum', () => {
  test('counts from 0, in as many bits as the largest encoding needs', () => {
    expect(Enum('E', ['A', 'B', 'C']).width).toBe(2);
    expect(Enum('E', ['A', 'B', 'C', 'D']).width).toBe(2);
    expect(Enum('E', ['A', 'B', 'C', 'D', 'E']).width).toBe(3);
    expect(Enum('E', ['A']).width).toBe(1);
    expect(Enum('E', ['A', 'B', 'C']).encoding).toEqual({ name: 'E', width: 2, labels: [{ name: 'A', value: 0n }, { name: 'B', value: 1n }, { name: 'C', value: 2n }] });
  });

  test('may have encodings, a width and an arm for illegal values', () => {
    const hot = Enum('Hot', { A: 1, B: 2n, C: 4 }, { width: 5, illegal: 'C' });
    expect(hot).toMatchObject({ width: 5, labels: ['A', 'B', 'C'], illegal: 'C' });
    expect(Enum('E', ['A', 'B']).illegal).toBe('A');
    expect(Enum('E', { A: 8 }).width).toBe(4);
  });
});

describe('bundles and vectors', () => {
  test('are as wide as their parts', () => {
    const Inner = Bundle('Inner', { a: UInt(3), b: Bool });
    expect(Inner.width).toBe(4);
    expect(Vec(Inner, 5).width).toBe(20);
    expect(Bundle('Outer', { x: Vec(Inner, 5), y: Enum('E', ['A', 'B']) }).width).toBe(21);
    expect(UInt(MAXIMUM_WIDTH).width).toBe(1 << 20);
  });

  test('do not change when the record they were made of does', () => {
    const fields: { [name: string]: ReturnType<typeof UInt> } = { a: UInt(3) };
    const shape = Bundle('B', fields);
    fields['b'] = UInt(5);
    expect(Object.keys(shape.fields)).toEqual(['a']);
  });

  test('may have fields whose names are members of other things', () => {
    expect(Bundle('B', { field: UInt(1), member: Bool, at: Bool, length: UInt(4), kind: Bool, fields: Bool, valid: Bool, what: Bool, hasOwnProperty: Bool }).width).toBe(12);
  });
});

test('shapes cannot be changed', () => {
  for (const shape of [UInt(8), Bool, Enum('E', ['A']), Bundle('B', { a: Bool }), Bundle('B', { a: Bool }).fields, Vec(Bool, 2), In(Bool)]) expect(Object.isFrozen(shape)).toBe(true);
});

test('a packet is user, last, keep and data, from the most significant bits', () => {
  const shape = Packet(64);
  expect(shape).toMatchObject({ name: 'Packet_w64', width: 74 });
  expect(Object.entries(shape.fields).map(([name, { width }]) => [name, width])).toEqual([['user', 1], ['last', 1], ['keep', 8], ['data', 64]]);
});

test.each([[1, 0], [2, 1], [3, 2], [4, 2], [5, 3], [16, 4], [17, 5], [2 ** 30, 30], [2 ** 30 + 1, 31], [2 ** 53 - 1, 53]])('clog2(%d) is %d', (count, bits) => {
  expect(clog2(count)).toBe(bits);
});

describe('two shapes are the same', () => {
  const cases = [
    UInt(8), UInt(1), Bool, Enum('E', ['A', 'B']), Enum('E', ['B', 'A']), Enum('E', ['A']), Enum('F', ['A', 'B']), Enum('E', { A: 0, B: 1 }, { width: 2 }), Bundle('B', { a: UInt(8) }), Bundle('B', { b: UInt(8) }), Bundle('B', { a: Vec(UInt(4), 2) }),
    Bundle('B', { a: UInt(4), b: UInt(4) }), Bundle('B', { b: UInt(4), a: UInt(4) }), Vec(UInt(8), 1), Vec(UInt(4), 2), Vec(UInt(2), 4), Vec(Bool, 8),
  ];

  test('if they were made alike', () => {
    expect(sameShape(Enum('E', ['A', 'B']), Enum('E', ['A', 'B']))).toBe(true);
    expect(sameShape(Enum('E', ['A', 'B']), Enum('E', { A: 0n, B: 1 }))).toBe(true);
    expect(sameShape(Bundle('B', { a: UInt(8) }), Bundle('Another', { a: UInt(8) }))).toBe(true);
    expect(sameShape(Vec(Vec(Bool, 2), 2), Vec(Vec(Bool, 2), 2))).toBe(true);
  });

  test('and else never, whatever their widths', () => {
    for (const a of cases) for (const b of cases) expect([shapeText(a), shapeText(b), sameShape(a, b)]).toEqual([shapeText(a), shapeText(b), a === b]);
  });
});
