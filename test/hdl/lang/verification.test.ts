/** Assertions, the past, and probes: under the conditions around them, and apart from the hardware. */
import { anyConst, assert, assume, Bool, Bundle, cover, Enum, fell, In, match, past, probe, reg, rose, stable, UInt, when } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { elaborated, irOf } from './support/ir.ts';
import { meaning } from './support/meaning.ts';

const State = Enum('State', ['Idle', 'Run']);
const Pair = Bundle('Pair', { high: UInt(8), low: UInt(4) });

describe('assertions', () => {
  test('hold under the conditions around them', () => {
    expect(irOf({ a: In(Bool), b: In(Bool), s: In(UInt(2)) }, (io) => {
      assert(io.a, 'always');
      when(io.a, () => { assume(io.b, 'while a'); }).otherwise(() => { match(io.s, { 1: () => { cover(io.b, 'not a and s is 1'); }, otherwise: () => { assert(io.b, 'not a and s is not 1'); } }); });
    })).toMatchInlineSnapshot(`
      "input a:1 Bool
      input b:1 Bool
      input s:2
      assert - a "always"
      assume a b "while a"
        %0:1 = not a
        %1:1 = eq s 2'1
        %2:1 = and %0 %1
      cover %2 b "not a and s is 1"
        %3:1 = eq s 2'1
        %4:1 = not %3
        %5:1 = and %0 %4
      assert %5 b "not a and s is not 1""
    `);
  });

  test('know their line', () => {
    const { assertions } = elaborated({ a: In(Bool) }, (io) => { assert(io.a, 'a'); });
    expect(assertions[0]!.at.toString()).toMatch(/verification\.test\.ts:\d+$/);
  });
});

describe('the past', () => {
  test('is a register for verification only, which follows every cycle', () => {
    expect(irOf({ a: In(Bool), x: In(Pair) }, (io) => {
      when(io.a, () => { assert(past(io.x).low.eq(3), 'was 3'); });
    })).toMatchInlineSnapshot(`
      "input a:1 Bool
      input x_high:8
      input x_low:4
      reg x_high_past:8 reset 0 in clk for verification
      reg x_low_past:4 reset 0 in clk for verification
        x_high_past := x_high
        x_low_past := x_low
        %0:1 = eq x_low_past 4'3
      assert a %0 "was 3""
    `);
  });

  test('may lie several cycles back', () => {
    expect(elaborated({ x: In(UInt(8)) }, (io) => { assert(past(io.x, 3).eq(1), 'x'); }).registers.map(({ name }) => name)).toEqual(['x_past', 'x_past_past', 'x_past_past_past']);
  });

  test('tells rose, fell and stable', () => {
    const result = meaning({ a: In(Bool), x: In(Pair) }, (io) => {
      const names = { rose: rose(io.a), fell: fell(io.a), stable: stable(io.x) };
      const r = reg(UInt(3));
      r.next = names.rose.toUInt().zext(3).or(names.fell.toUInt().zext(3).shl(1)).or(names.stable.toUInt().zext(3).shl(2));
      return { r };
    });
    const at = (given: { readonly [name: string]: bigint }) => result(given).next('r');
    expect([at({ a: 1n }), at({ a_past: 1n, a_past_1: 1n, x_high: 1n }), at({ a: 1n, a_past: 1n, a_past_1: 1n, x_high: 1n, x_high_past: 1n }), at({ x_low: 1n })]).toEqual([0b101n, 0b010n, 0b100n, 0b000n]);
  });

  test('does not change the path of what comes after', () => {
    const { assertions } = elaborated({ a: In(Bool) }, (io) => { when(io.a, () => { past(io.a); assert(io.a, 'still under a'); }); });
    expect(assertions[0]!.enable).toMatchObject({ op: 'net', net: { name: 'a' } });
  });
});

test('anyConst is a register without reset that nothing assigns', () => {
  const { registers, clocked } = elaborated({}, () => ({ k: anyConst(Pair) }));
  expect(registers.map(({ name, register }) => [name, register!.reset, register!.verificationOnly])).toEqual([['k_high', undefined, true], ['k_low', undefined, true]]);
  expect(clocked).toEqual([]);
});

describe('a probe', () => {
  test('records leaves under its own condition and those around it', () => {
    const { probes } = elaborated({ a: In(Bool), b: In(Bool), x: In(Pair), s: In(State) }, (io) => {
      probe('bare', io.a, {});
      when(io.b, () => { probe('retire', io.a, { x: io.x, state: io.s, sum: io.x.high.add(1) }); });
    });
    expect(probes.map(({ name, enable, fields }) => [name, enable.op, fields.map((field) => [field.name, field.value.width, field.isBool, field.labels?.name])])).toEqual([
      ['bare', 'net', []],
      ['retire', 'and', [['x_high', 8, false, undefined], ['x_low', 4, false, undefined], ['state', 1, false, 'State'], ['sum', 8, false, undefined]]],
    ]);
  });
});
