/** Registers and wires: reset values, attributes, labels. */
import { Bool, Bundle, Enum, reg, UInt, Vec, wire } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { elaborated } from './support/ir.ts';

const State = Enum('State', { Idle: 4, Run: 2 });
const Entry = Bundle('Entry', { state: State, rows: Vec(UInt(8), 2), on: Bool });

const resetsOf = (body: Parameters<typeof elaborated<{}>>[1]) => elaborated({}, body).registers.map(({ name, register }) => [name, register!.reset]);

describe('a register', () => {
  test('is 0 after reset, an enum its first label', () => {
    expect(resetsOf(() => ({ r: reg(Entry), x: reg(UInt(70)) }))).toEqual([['r_state', 4n], ['r_rows_0', 0n], ['r_rows_1', 0n], ['r_on', 0n], ['x', 0n]]);
  });

  test('has the value it is given after reset', () => {
    expect(resetsOf(() => ({ r: reg(Entry, { init: { state: 'Run', rows: [1, 0xffn], on: true } }), x: reg(UInt(70), { init: 1n << 69n }) })))
      .toEqual([['r_state', 2n], ['r_rows_0', 1n], ['r_rows_1', 255n], ['r_on', 1n], ['x', 1n << 69n]]);
  });

  test('without reset has none', () => {
    expect(resetsOf(() => ({ r: reg(Entry, { reset: false }) })).map(([, reset]) => reset)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('keeps attributes, labels and its being a Bool on each leaf', () => {
    const { registers } = elaborated({}, () => ({ r: reg(Entry, { attributes: { keep: true } }) }));
    expect(registers.map(({ attributes }) => [...attributes])).toEqual(registers.map(() => [['keep', 'true']]));
    expect(registers.map(({ isBool, labels, width }) => [isBool, labels?.name, width])).toEqual([[false, 'State', 3], [false, undefined, 8], [false, undefined, 8], [true, undefined, 1]]);
  });

  test('is in the one domain of today', () => {
    expect(elaborated({}, () => ({ r: reg(Bool) })).registers[0]!.register).toEqual({ reset: 0n, domain: 'clk', verificationOnly: false });
  });
});

test('a wire keeps attributes', () => {
  const { wires } = elaborated({}, () => { const w = wire(Bool, { attributes: { max_fanout: 16 } }); w.set(true); return { w }; });
  expect([...wires[0]!.attributes]).toEqual([['max_fanout', '16']]);
});
