/** Operators of UInt, Bool and enums: widths and values, against arithmetic on bigints. */
import { Bool, Enum, In, lit, module, elaborate, Out, type Read, UInt, type UIntShape } from '@vtoe/hdl';
import { evaluate } from '@vtoe/hdl/internal/ir/evaluate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meaning } from './support/meaning.ts';

type Word = Read<UIntShape>;

const low = (width: number, x: bigint) => BigInt.asUintN(width, x);
const signed = (width: number, x: bigint) => BigInt.asIntN(width, x);
const bool = (x: boolean) => (x ? 1n : 0n);
const clog2 = (n: number) => Math.ceil(Math.log2(n));
const ones = (x: bigint) => [...x.toString(2)].filter((digit) => digit === '1').length;

interface Operator {
  readonly name: string;
  /** Of two values, or of one and a number. */
  apply(a: Word, b: Word): Word | Read<typeof Bool>;
  /** Width of the result, where it is not that of a. */
  width?(a: number, b: number): number;
  /** Width of b, where it is not that of a. */
  widthOfB?(a: number): number;
  value(a: bigint, b: bigint, width: number): bigint;
}

const one = () => 1;

const OPERATORS: readonly Operator[] = [
  { name: 'add', apply: (a, b) => a.add(b), value: (a, b) => a + b },
  { name: 'sub', apply: (a, b) => a.sub(b), value: (a, b) => a - b },
  { name: 'addc', apply: (a, b) => a.addc(b), width: (a) => a + 1, value: (a, b) => a + b },
  { name: 'subb', apply: (a, b) => a.subb(b), width: (a) => a + 1, value: (a, b) => a - b },
  { name: 'mul', apply: (a, b) => a.mul(b), width: (a, b) => a + b, widthOfB: (a) => (a % 5) + 1, value: (a, b) => a * b },
  { name: 'and', apply: (a, b) => a.and(b), value: (a, b) => a & b },
  { name: 'or', apply: (a, b) => a.or(b), value: (a, b) => a | b },
  { name: 'xor', apply: (a, b) => a.xor(b), value: (a, b) => a ^ b },
  { name: 'not', apply: (a) => a.not(), value: (a) => ~a },
  { name: 'eq', apply: (a, b) => a.eq(b), width: one, value: (a, b) => bool(a === b) },
  { name: 'ne', apply: (a, b) => a.ne(b), width: one, value: (a, b) => bool(a !== b) },
  { name: 'lt', apply: (a, b) => a.lt(b), width: one, value: (a, b) => bool(a < b) },
  { name: 'le', apply: (a, b) => a.le(b), width: one, value: (a, b) => bool(a <= b) },
  { name: 'gt', apply: (a, b) => a.gt(b), width: one, value: (a, b) => bool(a > b) },
  { name: 'ge', apply: (a, b) => a.ge(b), width: one, value: (a, b) => bool(a >= b) },
  { name: 'slt', apply: (a, b) => a.slt(b), width: one, value: (a, b, w) => bool(signed(w, a) < signed(w, b)) },
  { name: 'sle', apply: (a, b) => a.sle(b), width: one, value: (a, b, w) => bool(signed(w, a) <= signed(w, b)) },
  { name: 'sgt', apply: (a, b) => a.sgt(b), width: one, value: (a, b, w) => bool(signed(w, a) > signed(w, b)) },
  { name: 'sge', apply: (a, b) => a.sge(b), width: one, value: (a, b, w) => bool(signed(w, a) >= signed(w, b)) },
  { name: 'min', apply: (a, b) => a.min(b), value: (a, b) => (a < b ? a : b) },
  { name: 'max', apply: (a, b) => a.max(b), value: (a, b) => (a > b ? a : b) },
  { name: 'smin', apply: (a, b) => a.smin(b), value: (a, b, w) => (signed(w, a) < signed(w, b) ? a : b) },
  { name: 'smax', apply: (a, b) => a.smax(b), value: (a, b, w) => (signed(w, a) > signed(w, b) ? a : b) },
  // A dynamic amount of any width: w and more gives 0, or the sign
  { name: 'shl', apply: (a, b) => a.shl(b), widthOfB: (a) => (a % 7) + 1, value: (a, b) => a << b },
  { name: 'shr', apply: (a, b) => a.shr(b), widthOfB: (a) => (a % 7) + 1, value: (a, b) => a >> b },
  { name: 'sra', apply: (a, b) => a.sra(b), widthOfB: (a) => (a % 7) + 1, value: (a, b, w) => signed(w, a) >> b },
  { name: 'bit', apply: (a, b) => a.bit(b), width: one, widthOfB: (a) => (a % 7) + 1, value: (a, b) => (a >> b) & 1n },
  { name: 'zext', apply: (a) => a.zext(a.width + 3), width: (a) => a + 3, value: (a) => a },
  { name: 'zext to the same', apply: (a) => a.zext(a.width), value: (a) => a },
  { name: 'sext', apply: (a) => a.sext(a.width + 3), width: (a) => a + 3, value: (a, _b, w) => signed(w, a) },
  { name: 'sext to the same', apply: (a) => a.sext(a.width), value: (a) => a },
  { name: 'trunc', apply: (a) => a.trunc(Math.ceil(a.width / 2)), width: (a) => Math.ceil(a / 2), value: (a) => a },
  { name: 'bits', apply: (a) => a.bits(a.width - 1, a.width >> 1), width: (a) => a - (a >> 1), value: (a, _b, w) => a >> BigInt(w >> 1) },
  { name: 'bit of a number', apply: (a) => a.bit(a.width - 1), width: one, value: (a, _b, w) => a >> BigInt(w - 1) },
  { name: 'repeat', apply: (a) => a.repeat(3), width: (a) => a * 3, value: (a, _b, w) => a | (a << BigInt(w)) | (a << BigInt(2 * w)) },
  { name: 'repeat once', apply: (a) => a.repeat(1), value: (a) => a },
  { name: 'andR', apply: (a) => a.andR(), width: one, value: (a, _b, w) => bool(a === (1n << BigInt(w)) - 1n) },
  { name: 'orR', apply: (a) => a.orR(), width: one, value: (a) => bool(a !== 0n) },
  { name: 'xorR', apply: (a) => a.xorR(), width: one, value: (a) => BigInt(ones(a) % 2) },
  { name: 'popcount', apply: (a) => a.popcount(), width: (a) => clog2(a + 1), value: (a) => BigInt(ones(a)) },
  { name: 'priority', apply: (a) => a.priority(), width: (a) => Math.max(1, clog2(a)), value: (a) => BigInt(Math.max(0, [...a.toString(2)].toReversed().indexOf('1'))) },
  { name: 'oneHot', apply: (a) => a.oneHot(5), width: () => 5, value: (a) => (a < 5n ? 1n << a : 0n) },
];

describe('operators of UInt', () => {
  test.each(OPERATORS)('$name gives the width and value of the table', ({ apply, width = (a) => a, widthOfB = (a) => a, value }) => {
    fc.assert(fc.property(fc.constantFrom(1, 2, 3, 4, 7, 8, 31, 32, 33, 64, 65, 130), fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), fc.boolean(), (w, x, y, extreme) => {
      const wB = widthOfB(w);
      const wide = width(w, wB);
      const result = meaning({ a: In(UInt(w)), b: In(UInt(wB)), y: Out(UInt(wide)) }, (io) => {
        const out = apply(io.a, io.b);
        expect(out.width).toBe(wide);
        io.y.set('toUInt' in out ? out.toUInt() : out);
      });
      const a = extreme ? low(w, -(x % 2n)) : low(w, x);
      const b = extreme ? low(wB, -(y % 2n)) : low(wB, y);
      expect(result({ a, b }).value('y')).toBe(low(wide, value(a, b, w)));
    }), { numRuns: 30 });
  });
});

describe('shifts and rotations by a number', () => {
  const shifted = (w: number, apply: (a: Word) => Word) => meaning({ a: In(UInt(w)), y: Out(UInt(w)) }, (io) => io.y.set(apply(io.a)));

  test('of 0 are the value itself', () => {
    elaborate(module('m', {}, { a: In(UInt(8)) }, ({ a }) => {
      for (const same of [a.shl(0), a.shr(0), a.sra(0), a.rotl(0), a.rotr(0), a.rotl(8), a.rotr(16)]) expect(same).toBe(a);
    }));
  });

  test('of the width and more leave nothing, or the sign', () => {
    for (const n of [8, 9, 64, 1 << 20]) {
      expect(shifted(8, (a) => a.shl(n))({ a: 0xffn }).value('y')).toBe(0n);
      expect(shifted(8, (a) => a.shr(n))({ a: 0xffn }).value('y')).toBe(0n);
      expect(shifted(8, (a) => a.sra(n))({ a: 0x80n }).value('y')).toBe(0xffn);
    }
  });

  test('rotate by the number modulo the width', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 0, max: 300 }), fc.bigInt({ min: 0n }), (w, n, x) => {
      const a = low(w, x);
      const k = BigInt(n % w);
      const left = low(w, (a << k) | (a >> (BigInt(w) - k)));
      expect(shifted(w, (v) => v.rotl(n))({ a }).value('y')).toBe(left);
      expect(shifted(w, (v) => v.rotr(n))({ a: left }).value('y')).toBe(a);
    }));
  });

  test('rotate by a value modulo the width, also where the width is no power of two', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.bigInt({ min: 0n }), fc.nat(), (w, narrower, x, amount) => {
      const bits = 1 + (narrower % clog2(w));
      const result = meaning({ a: In(UInt(w)), n: In(UInt(bits)), left: Out(UInt(w)), right: Out(UInt(w)) }, (io) => {
        io.left.set(io.a.rotl(io.n));
        io.right.set(io.a.rotr(io.n));
      });
      const [a, n] = [low(w, x), low(bits, BigInt(amount))];
      const k = n % BigInt(w);
      expect(result({ a, n }).value('left')).toBe(low(w, (a << k) | (a >> (BigInt(w) - k))));
      expect(result({ a, n }).value('right')).toBe(low(w, (a >> k) | (a << (BigInt(w) - k))));
    }));
  });
});

describe('literals', () => {
  const valueOf = (w: number, apply: (a: Word) => Word | Read<typeof Bool>, a: bigint) => meaning({ a: In(UInt(w)), y: Out(UInt(apply.length === 2 ? 1 : w)) }, (io) => {
    const out = apply(io.a);
    io.y.set('toUInt' in out ? out.toUInt().zext(w) : out);
  })({ a }).value('y');

  test('take the width of the value beside them', () => {
    elaborate(module('m', {}, { a: In(UInt(8)) }, ({ a }) => {
      expect(a.add(255).width).toBe(8);
      expect(a.mul(3).width).toBe(16);
      expect(a.addc(255n).width).toBe(9);
    }));
    expect(valueOf(70, (a) => a.add(1n << 69n), 1n)).toBe((1n << 69n) + 1n);
  });

  test('of signed operators may be negative, or the bits as a positive number', () => {
    for (const minusOne of [-1, 255]) {
      expect(valueOf(8, (a) => a.slt(minusOne), 0xfen)).toBe(1n);
      expect(valueOf(8, (a) => a.sge(minusOne), 0n)).toBe(1n);
      expect(valueOf(8, (a) => a.smin(minusOne), 5n)).toBe(0xffn);
      expect(valueOf(8, (a) => a.smax(minusOne), 0x80n)).toBe(0xffn);
    }
    expect(valueOf(8, (a) => a.sgt(-128), 0x81n)).toBe(1n);
    expect(valueOf(8, (a) => a.sle(-128), 0x80n)).toBe(1n);
  });

  test('made by lit work in any module, and outside of all', () => {
    const [five, yes] = [lit(UInt(8), 5), lit(Bool, true)];
    expect(five.width).toBe(8);
    for (const name of ['m', 'n']) {
      const { top } = elaborate(module(name, {}, { y: Out(UInt(8)), z: Out(Bool) }, (io) => { io.y.set(five.add(1)); io.z.set(yes.not()); }));
      const values = top.ports.map(({ drive: [assign] }) => (assign?.kind === 'assign' ? evaluate(assign.value, () => 0n) : undefined));
      expect(values).toEqual([6n, 0n]);
    }
  });
});

describe('Bool and enums', () => {
  const State = Enum('State', { Idle: 1, Run: 2, Drain: 5 });

  test.each<[string, (a: Read<typeof Bool>, b: Read<typeof Bool>) => Read<typeof Bool>, (a: boolean, b: boolean) => boolean]>([
    ['and', (a, b) => a.and(b), (a, b) => a && b],
    ['or', (a, b) => a.or(b), (a, b) => a || b],
    ['xor', (a, b) => a.xor(b), (a, b) => a !== b],
    ['not', (a) => a.not(), (a) => !a],
    ['eq', (a, b) => a.eq(b), (a, b) => a === b],
    ['ne', (a, b) => a.ne(b), (a, b) => a !== b],
    ['and with a literal', (a) => a.and(true), (a) => a],
  ])('%s of Bool', (_name, apply, value) => {
    const result = meaning({ a: In(Bool), b: In(Bool), y: Out(Bool) }, (io) => io.y.set(apply(io.a, io.b)));
    for (const a of [false, true]) for (const b of [false, true]) expect(result({ a: bool(a), b: bool(b) }).value('y')).toBe(bool(value(a, b)));
  });

  test('repeat makes a mask of a Bool', () => {
    const result = meaning({ a: In(Bool), y: Out(UInt(4)) }, (io) => io.y.set(io.a.repeat(4)));
    expect([0n, 1n].map((a) => result({ a }).value('y'))).toEqual([0n, 0xfn]);
  });

  test('an enum compares with labels, is one of several, and casts to its encoding', () => {
    const result = meaning({ s: In(State), eq: Out(Bool), any: Out(Bool), bits: Out(UInt(3)) }, (io) => {
      io.eq.set(io.s.eq('Run'));
      io.any.set(io.s.is('Idle', 'Drain'));
      io.bits.set(io.s.toUInt());
    });
    expect([1n, 2n, 5n].map((s) => ['eq', 'any', 'bits'].map((name) => result({ s }).value(name)))).toEqual([[0n, 1n, 1n], [1n, 0n, 2n], [0n, 1n, 5n]]);
  });

  test('a single bit is a Bool by asBool, and back by toUInt', () => {
    const result = meaning({ a: In(UInt(1)), y: Out(UInt(1)) }, (io) => io.y.set(io.a.asBool().toUInt()));
    expect(result({ a: 1n }).value('y')).toBe(1n);
  });
});
