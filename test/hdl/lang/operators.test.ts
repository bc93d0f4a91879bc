/** Functions on values: mux of any shape, concatenation, casts, byte order, folds. */
import { allOf, anyOf, Bool, Bundle, cat, Enum, In, lit, mux, networkOrder, Out, UInt, Vec } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { irOf } from './support/ir.ts';
import { meaning } from './support/meaning.ts';

const State = Enum('State', ['Idle', 'Run', 'Drain']);
const Pair = Bundle('Pair', { high: UInt(8), rows: Vec(Bool, 2) });

describe('mux', () => {
  test('chooses leaf by leaf', () => {
    const result = meaning({ c: In(Bool), a: In(Pair), b: In(Pair), y: Out(Pair) }, (io) => io.y.set(mux(io.c, io.a, io.b)));
    const given = { a_high: 1n, a_rows_0: 1n, b_high: 2n, b_rows_1: 1n };
    const chosen = (c: bigint) => ['y_high', 'y_rows_0', 'y_rows_1'].map((name) => result({ ...given, c }).value(name));
    expect([chosen(1n), chosen(0n)]).toEqual([[1n, 1n, 0n], [2n, 0n, 1n]]);
  });

  test('takes the shape of the side that is a value', () => {
    expect(irOf({ c: In(Bool), x: In(UInt(8)), s: In(State), p: In(Pair), y: Out(UInt(8)), z: Out(UInt(8)), t: Out(State), q: Out(Pair) }, (io) => {
      io.y.set(mux(io.c, io.x, 255));
      io.z.set(mux(io.c, 0, io.x));
      io.t.set(mux(io.c, 'Drain', io.s));
      io.q.set(mux(io.c, io.p, { high: io.x, rows: [true, io.c] }));
    })).toMatchInlineSnapshot(`
      "input c:1 Bool
      input x:8
      input s:2 enum State Idle=0 Run=1 Drain=2
      input p_high:8
      input p_rows_0:1 Bool
      input p_rows_1:1 Bool
      output y:8
      output z:8
      output t:2 enum State Idle=0 Run=1 Drain=2
      output q_high:8
      output q_rows_0:1 Bool
      output q_rows_1:1 Bool
        %0:8 = mux c x 8'255
        y := %0
        %1:8 = mux c 8'0 x
        z := %1
        %2:2 = mux c 2'2 s
        t := %2
        %3:8 = mux c p_high x
        q_high := %3
        %4:1 = mux c p_rows_0 1'1
        q_rows_0 := %4
        %5:1 = mux c p_rows_1 c
        q_rows_1 := %5"
    `);
  });
});

test('cat puts its first argument in the most significant bits', () => {
  const result = meaning({ a: In(UInt(4)), b: In(Bool), s: In(State), p: In(Pair), y: Out(UInt(17)) }, (io) => io.y.set(cat(io.a, io.b, io.s, io.p)));
  expect(result({ a: 0xan, b: 1n, s: 2n, p_high: 0x55n, p_rows_0: 1n }).value('y')).toBe(0b1010_1_10_01010101_01n);
});

test('cat of one value is its word', () => {
  expect(irOf({ a: In(UInt(4)), y: Out(UInt(4)) }, (io) => io.y.set(cat(io.a)))).toContain('y := a');
});

test('networkOrder turns the bytes around, and back', () => {
  const result = meaning({ a: In(UInt(32)), y: Out(UInt(32)), z: Out(UInt(32)) }, (io) => {
    io.y.set(networkOrder(io.a));
    io.z.set(networkOrder(io.y));
  });
  expect(result({ a: 0x12345678n }).value('y')).toBe(0x78563412n);
  expect(result({ a: 0x12345678n }).value('z')).toBe(0x12345678n);
});

test('allOf and anyOf fold Bools, literals among them', () => {
  const result = meaning({ a: In(Bool), b: In(Bool), all: Out(Bool), any: Out(Bool), one: Out(Bool), sure: Out(Bool) }, (io) => {
    io.all.set(allOf(io.a, io.b, lit(Bool, true)));
    io.any.set(anyOf(io.a, io.b));
    io.one.set(allOf(io.a));
    io.sure.set(anyOf(io.a, lit(Bool, true)));
  });
  const at = (a: bigint, b: bigint) => ['all', 'any', 'one', 'sure'].map((name) => result({ a, b }).value(name));
  expect([at(0n, 0n), at(0n, 1n), at(1n, 0n), at(1n, 1n)]).toEqual([[0n, 0n, 0n, 1n], [0n, 1n, 0n, 1n], [0n, 1n, 1n, 1n], [1n, 1n, 1n, 1n]]);
});
