/** Words for whatever someone passed. */
import { Bool, Bundle, elaborate, In, inst, lit, mem, module, Out, reg, Stream, UInt, wire } from '@vtoe/hdl';
import { describe as words } from '@vtoe/hdl/internal/check/describe';
import { expect, test } from 'vitest';

const Odd = Bundle('Odd', { depth: UInt(4), kind: Bool });

const cases: readonly (readonly [unknown, string])[] = [
  [undefined, 'undefined'], [null, 'null'], [3, '3'], [-0.5, '-0.5'], [Number.NaN, 'NaN'], [5n, '5n'], [true, 'true'], ['a "b"', '"a \\"b\\""'], [Symbol('x'), 'a symbol'],
  [[1, 2], 'an array of 2'], [{}, 'an object with no keys'], [{ a: 1, b: 2 }, 'an object with keys a, b'], [{ a: 1, b: 2, c: 3, d: 4, e: 5 }, 'an object with keys a, b, c, d, …'],
  [function named() {}, 'function named'], [() => {}, 'a function'], [new Date(0), 'an object with no keys'], [Object.create(null), 'an object with no keys'],
  [UInt(8), 'a shape of kind uint'], [Stream(Bool), 'a shape of kind stream'], [In(Bool), 'a port'], [module('part', { w: 3 }, {}, () => {}), 'module part_w3'],
  [lit(UInt(8), 3), 'a value of kind uint, 8 bits'], [{ shape: UInt(8) }, 'an object with keys shape'], [{ kind: 'uint', width: 3 }, 'an object with keys kind, width'],
];

for (const [x, said] of cases) {
  test(`what is ${said} is called so`, () => { expect(words(x)).toBe(said); });
}


test('values of a module are called by their kind', () => {
  const said: string[] = [];
  elaborate(module('m', {}, { in: In(Stream(Bool)), x: In(Odd), out: Out(Stream(Bool)) }, (io) => {
    io.out.from(io.in);
    const unit = inst(module('part', {}, {}, () => {}));
    const [w, r, ram] = [wire(Bool), reg(UInt(3)), mem(Odd, 4)];
    w.set(true);
    said.push(...[io.in, io.x, w, r, ram, ram.read(0), unit].map(words));
    return { w, r, ram, unit };
  }));
  expect(said).toEqual(['an interface of kind stream', 'a value of kind bundle, 5 bits', 'a value of kind bool, 1 bits', 'a value of kind uint, 3 bits', 'a memory', 'a value of kind bundle, 5 bits', 'an object with no keys']);
});
