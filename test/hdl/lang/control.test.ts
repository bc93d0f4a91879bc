/** `when` and `match`: statements as written, the last one wins, and each by the conditions above it. */
import { Bool, Enum, In, match, Out, reg, UInt, when, wire } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { elaborated, irOf } from './support/ir.ts';
import { meaning } from './support/meaning.ts';

const State = Enum('State', ['Idle', 'Run', 'Drain']);
const Closed = Enum('Closed', ['A', 'B', 'C', 'D']);
const nothing = () => {};

describe('when', () => {
  test('is kept as it was written', () => {
    expect(irOf({ a: In(Bool), b: In(Bool), y: Out(UInt(8)) }, (io) => {
      io.y.set(0);
      when(io.a, () => {
        io.y.set(1);
        when(io.b, () => { io.y.set(2); }).otherwise(() => { io.y.set(3); });
      }).elsewhen(io.b, () => {
        io.y.set(4);
      }).otherwise(() => {
        io.y.set(5);
        io.y.set(6);
      });
    })).toMatchInlineSnapshot(`
      "input a:1 Bool
      input b:1 Bool
      output y:8
        y := 8'0
        if a
          y := 8'1
          if b
            y := 8'2
          else
            y := 8'3
        else if b
          y := 8'4
        else
          y := 8'5
          y := 8'6"
    `);
  });

  test('that assigns nothing leaves no trace', () => {
    expect(irOf({ a: In(Bool), y: Out(Bool) }, (io) => {
      io.y.set(true);
      when(io.a, nothing).elsewhen(io.a.not(), nothing).otherwise(nothing);
    })).toMatchInlineSnapshot(`
      "input a:1 Bool
      output y:1 Bool
        y := 1'1"
    `);
  });

  test('is split up by net; of registers all are one program', () => {
    expect(irOf({ a: In(Bool), y: Out(UInt(8)), z: Out(UInt(8)) }, (io) => {
      const [r, s] = [reg(UInt(8)), reg(UInt(8))];
      when(io.a, () => {
        io.y.set(1);
        r.next = 2;
        io.z.set(3);
        s.next = 4;
      }).otherwise(() => {
        io.z.set(5);
        s.next = 6;
        io.y.set(7);
      });
      return { r, s };
    })).toMatchInlineSnapshot(`
      "input a:1 Bool
      output y:8
      output z:8
      reg r:8 reset 0 in clk
      reg s:8 reset 0 in clk
        if a
          y := 8'1
        else
          y := 8'7
        if a
          z := 8'3
        else
          z := 8'5
        if a
          r := 8'2
          s := 8'4
        else
          s := 8'6"
    `);
  });

  test('may be interrupted: statements between two branches come between them', () => {
    const result = meaning({ a: In(Bool), y: Out(UInt(8)) }, (io) => {
      const chain = when(io.a, () => { io.y.set(1); });
      io.y.set(2);
      chain.otherwise(() => { io.y.set(3); });
    });
    expect([result({ a: 1n }).value('y'), result({ a: 0n }).value('y')]).toEqual([2n, 3n]);
  });

  test('puts its path around what a helper in it does', () => {
    const result = meaning({ a: In(Bool), b: In(Bool) }, (io) => {
      const r = reg(UInt(8));
      const count = () => { when(io.b, () => { r.next = r.add(1); }); };
      when(io.a, count).otherwise(() => { when(io.b.not(), count); });
      return { r };
    });
    expect([[0n, 0n], [0n, 1n], [1n, 0n], [1n, 1n]].map(([a, b]) => result({ a: a!, b: b!, r: 7n }).next('r'))).toEqual([7n, 7n, 7n, 8n]);
  });
});

describe('the last assignment', () => {
  test('of a cycle wins', () => {
    const result = meaning({ a: In(Bool), b: In(Bool), y: Out(UInt(8)) }, (io) => {
      io.y.set(0);
      when(io.a, () => { io.y.set(1); });
      when(io.b, () => { io.y.set(2); });
    });
    expect([[0n, 0n], [1n, 0n], [0n, 1n], [1n, 1n]].map(([a, b]) => result({ a: a!, b: b! }).value('y'))).toEqual([0n, 1n, 2n, 2n]);
  });

  test('wins also over a part of it and over an element that hardware chose', () => {
    const result = meaning({ i: In(UInt(1)) }, (io) => {
      const r = reg(UInt(8));
      r.next = 1;
      r.next = r.add(io.i.zext(8));
      return { r };
    });
    expect(result({ i: 1n, r: 5n }).next('r')).toBe(6n);
  });

  test('of a register is what it holds without', () => {
    const result = meaning({ a: In(Bool) }, (io) => {
      const r = reg(UInt(8), { init: 3 });
      when(io.a, () => { r.next = 9; });
      return { r };
    });
    expect([result({ a: 0n, r: 3n }).next('r'), result({ a: 1n, r: 3n }).next('r')]).toEqual([3n, 9n]);
  });
});

describe('match on an enum', () => {
  test('has an arm for each label', () => {
    expect(irOf({ s: In(Closed), y: Out(UInt(8)) }, (io) => {
      match(io.s, { A: () => io.y.set(1), B: () => io.y.set(2), C: () => io.y.set(3), D: () => io.y.set(4) });
    })).toMatchInlineSnapshot(`
      "input s:2 enum Closed A=0 B=1 C=2 D=3
      output y:8
        case s of Closed
         0:
          y := 8'1
         1:
          y := 8'2
         2:
          y := 8'3
         3:
          y := 8'4"
    `);
  });

  test('takes arms in any order', () => {
    const result = meaning({ s: In(Closed), y: Out(UInt(8)) }, (io) => {
      match(io.s, { D: () => io.y.set(4), B: () => io.y.set(2), A: () => io.y.set(1), C: () => io.y.set(3) });
    });
    expect([0n, 1n, 2n, 3n].map((s) => result({ s }).value('y'))).toEqual([1n, 2n, 3n, 4n]);
  });

  test('asserts that the value has a label, where it may have none, under the conditions around it', () => {
    const { assertions } = elaborated({ s: In(State), c: In(Closed), on: In(Bool) }, (io) => {
      when(io.on, () => { match(io.s, { otherwise: nothing }); });
      match(io.c, { A: nothing, otherwise: nothing });
    });
    expect(assertions.map(({ kind, message }) => [kind, message])).toEqual([['assert', 'match on enum State: the value has no label']]);
    expect(assertions[0]!.enable).toMatchObject({ op: 'net', net: { name: 'on' } });
  });

  test.each<[string, string | undefined, readonly string[], bigint]>([
    ['the first label\'s, by default', undefined, ['Idle', 'Run', 'Drain'], 1n],
    ['the declared label\'s', 'Drain', ['Idle', 'Run', 'Drain'], 3n],
    ['otherwise, if the declared label has no arm of its own', 'Drain', ['Idle', 'Run', 'otherwise'], 4n],
  ])('takes for a value without a label the arm that is %s', (_what, illegal, arms, taken) => {
    const E = Enum('E', ['Idle', 'Run', 'Drain'], illegal === undefined ? {} : { illegal: illegal as 'Idle' });
    const number: { readonly [arm: string]: number } = { Idle: 1, Run: 2, Drain: 3, otherwise: 4 };
    const result = meaning({ s: In(E), y: Out(UInt(8)) }, (io) => {
      match(io.s, Object.fromEntries(arms.map((arm) => [arm, () => io.y.set(number[arm]!)])) as never as { otherwise: () => void });
    });
    expect(result({ s: 3n }).value('y')).toBe(taken);
  });

  test('gives the labels without an arm to otherwise', () => {
    const result = meaning({ s: In(Closed), y: Out(UInt(8)) }, (io) => {
      match(io.s, { C: () => io.y.set(3), otherwise: () => io.y.set(9) });
    });
    expect([0n, 1n, 2n, 3n].map((s) => result({ s }).value('y'))).toEqual([9n, 9n, 3n, 9n]);
  });
});

describe('match on a UInt', () => {
  test('takes numbers as keys, in any notation, and otherwise for the rest', () => {
    expect(irOf({ x: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
      match(io.x, { 0: () => io.y.set(1), 0x10: () => io.y.set(2), 1e2: () => io.y.set(3), otherwise: () => io.y.set(4) });
    })).toMatchInlineSnapshot(`
      "input x:8
      output y:8
        case x
         0:
          y := 8'1
         16:
          y := 8'2
         100:
          y := 8'3
          default:
          y := 8'4"
    `);
  });

  test('takes a list, in its order, with several values an arm', () => {
    expect(irOf({ x: In(UInt(70)), y: Out(UInt(8)) }, (io) => {
      match(io.x, [[[3n, 2], () => io.y.set(1)], [1n << 69n, () => io.y.set(2)]], () => io.y.set(3));
    })).toMatchInlineSnapshot(`
      "input x:70
      output y:8
        case x
         3, 2:
          y := 8'1
         590295810358705651712:
          y := 8'2
          default:
          y := 8'3"
    `);
  });

  test('does nothing for values without an arm', () => {
    const result = meaning({ x: In(UInt(2)), y: Out(UInt(8)) }, (io) => {
      io.y.set(7);
      match(io.x, { 1: () => io.y.set(1) });
    });
    expect([0n, 1n, 2n].map((x) => result({ x }).value('y'))).toEqual([7n, 1n, 7n]);
  });

  test('drives on every path if it has an arm for every value', () => {
    const result = meaning({ x: In(UInt(1)), y: Out(UInt(8)) }, (io) => {
      match(io.x, { 0: () => io.y.set(5), 1: () => io.y.set(6) });
    });
    expect([0n, 1n].map((x) => result({ x }).value('y'))).toEqual([5n, 6n]);
  });
});

test('a chain of a thousand elsewhen is a chain, not a tower', () => {
  const result = meaning({ x: In(UInt(16)), y: Out(UInt(16)) }, (io) => {
    const r = reg(UInt(16));
    const w = wire(UInt(16));
    let chain = when(io.x.eq(0), () => { io.y.set(0); r.next = 0; w.set(0); });
    for (let i = 1; i < 1000; i++) chain = chain.elsewhen(io.x.eq(i), () => { io.y.set(i); r.next = i; w.set(i); });
    chain.otherwise(() => { io.y.set(1000); w.set(r); });
    return { r, w };
  });
  for (const x of [0n, 1n, 567n, 999n]) expect([result({ x }).value('y'), result({ x }).next('r')]).toEqual([x, x]);
  expect(result({ x: 1000n, r: 4n }).next('r')).toBe(4n);
});
