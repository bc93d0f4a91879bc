/** Bundles and vectors: packing order, static and dynamic elements, comparison, assignment of parts and wholes. */
import { Bool, Bundle, type Data, elaborate, Enum, In, lit, module, Out, pack, reg, UInt, unpack, Vec, when, wire } from '@vtoe/hdl';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elaborated, irOf } from './support/ir.ts';
import { meaning } from './support/meaning.ts';

const State = Enum('State', { Idle: 1, Run: 2 });
const Pair = Bundle('Pair', { high: UInt(8), low: UInt(4) });

/** Shapes of any nesting. */
const { shape } = fc.letrec<{ shape: Data }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.integer({ min: 1, max: 40 }).map((width): Data => UInt(width)),
    fc.constant<Data>(Bool),
    fc.constant<Data>(State),
    fc.array(tie('shape'), { minLength: 1, maxLength: 4 }).map((fields): Data => Bundle('B', Object.fromEntries(fields.map((field, i) => [`f${i}`, field])))),
    fc.tuple(tie('shape'), fc.integer({ min: 1, max: 4 })).map(([element, length]): Data => Vec(element, length)),
  ),
}));

/** Leaf names and positions by the rule, told once more: first field most significant, element 0 least. */
function positions(data: Data, name: string, lo: number): { readonly name: string; readonly lo: number; readonly width: number }[] {
  if (data.kind === 'bundle') {
    let high = lo + data.width;
    return Object.entries(data.fields).flatMap(([field, inner]) => positions(inner, `${name}_${field}`, (high -= inner.width)));
  }
  if (data.kind === 'vec') return Array.from({ length: data.length }, (_, i) => positions(data.element, `${name}_${i}`, lo + i * data.element.width)).flat();
  return [{ name, lo, width: data.width }];
}

describe('packing', () => {
  test('puts the first field in the most significant bits, and element 0 in the least', () => {
    const Mixed = Bundle('Mixed', { first: UInt(8), rows: Vec(UInt(4), 3), last: Bool });
    const result = meaning({ y: Out(UInt(21)) }, (io) => io.y.set(pack(lit(Mixed, { first: 0xab, rows: [1, 2, 3], last: true }))));
    // first = ab, rows = 3 2 1, last = 1
    expect(result().value('y').toString(2)).toBe((0xabn << 13n | 0x321n << 1n | 1n).toString(2));
  });

  test('of any shape puts each leaf where the rule says', () => {
    fc.assert(fc.property(shape, fc.bigInt({ min: 0n }), (data, seed) => {
      const leaves = positions(data, 'x', 0);
      const inputs = Object.fromEntries(leaves.map(({ name, width }, i) => [name, BigInt.asUintN(width, seed * BigInt(2 * i + 1) + BigInt(i))]));
      const word = leaves.reduce((sum, { name, lo }) => sum | (inputs[name]! << BigInt(lo)), 0n);
      const result = meaning({ x: In(data), y: Out(UInt(data.width)) }, (io) => io.y.set(pack(io.x)));
      expect(result(inputs).value('y')).toBe(word);
    }), { numRuns: 60 });
  });

  test('is undone by unpack, and unpacking by pack', () => {
    fc.assert(fc.property(shape, fc.bigInt({ min: 0n }), (data, seed) => {
      const word = BigInt.asUintN(data.width, seed);
      const there = meaning({ w: In(UInt(data.width)), y: Out(data), w2: Out(UInt(data.width)) }, (io) => {
        io.y.set(unpack(data, io.w));
        io.w2.set(pack(unpack(data, io.w)));
      })({ w: word });
      expect(there.value('w2')).toBe(word);
      for (const { name, lo, width } of positions(data, 'y', 0)) expect(there.value(name)).toBe(BigInt.asUintN(width, word >> BigInt(lo)));
    }), { numRuns: 60 });
  });
});

describe('comparison of aggregates', () => {
  test('is of all leaves', () => {
    const ports = { a: In(Pair), b: In(Pair), eq: Out(Bool), ne: Out(Bool), literal: Out(Bool) };
    const result = meaning(ports, (io) => {
      io.eq.set(io.a.eq(io.b));
      io.ne.set(io.a.ne(io.b));
      io.literal.set(io.a.eq({ high: io.b.high, low: 3 }));
    });
    const at = (a: bigint, b: bigint) => ['eq', 'ne', 'literal'].map((name) => result({ a_high: a >> 4n, a_low: a & 15n, b_high: b >> 4n, b_low: b & 15n }).value(name));
    expect(at(0x123n, 0x123n)).toEqual([1n, 0n, 1n]);
    expect(at(0x123n, 0x124n)).toEqual([0n, 1n, 1n]);
    expect(at(0x124n, 0x124n)).toEqual([1n, 0n, 0n]);
    expect(at(0x223n, 0x123n)).toEqual([0n, 1n, 0n]);
  });
});

describe('assignment', () => {
  test('of a whole assigns all leaves; of a part, that part later', () => {
    expect(irOf({ x: In(Pair), y: Out(Pair) }, (io) => {
      io.y.set(io.x);
      io.y.low.set(3);
    })).toMatchInlineSnapshot(`
      "input x_high:8
      input x_low:4
      output y_high:8
      output y_low:4
        y_high := x_high
        y_low := x_low
        y_low := 4'3"
    `);
  });

  test('takes literals with values in them', () => {
    expect(irOf({ x: In(UInt(4)), y: Out(Vec(Pair, 2)) }, (io) => {
      io.y.set([{ high: 1, low: io.x }, lit(Pair, { high: 2, low: 3 })]);
    })).toMatchInlineSnapshot(`
      "input x:4
      output y_0_high:8
      output y_0_low:4
      output y_1_high:8
      output y_1_low:4
        y_0_high := 8'1
        y_0_low := x
        y_1_high := 8'2
        y_1_low := 4'3"
    `);
  });

  test('of a whole from parts of itself reads the values of this cycle', () => {
    const swap = meaning({}, () => {
      const [r, s] = [reg(Pair), reg(Vec(UInt(8), 2))];
      r.next = { high: r.low.zext(8), low: r.high.trunc(4) };
      s.next = [s.at(1), s.at(0)];
      return { r, s };
    })({ r_high: 0xabn, r_low: 0x3n, s_0: 1n, s_1: 2n });
    expect(['r_high', 'r_low', 's_0', 's_1'].map((name) => swap.next(name))).toEqual([3n, 0xbn, 2n, 1n]);
  });
});

describe('an element chosen in hardware', () => {
  const ports = { rows: In(Vec(Pair, 3)), i: In(UInt(2)), y: Out(Pair) };

  test('is read at the index, and beyond the end is the last', () => {
    const result = meaning(ports, (io) => io.y.set(io.rows.at(io.i)));
    const given = { rows_0_high: 10n, rows_1_high: 11n, rows_2_high: 12n, rows_0_low: 1n, rows_1_low: 2n, rows_2_low: 3n };
    expect([0n, 1n, 2n, 3n].map((i) => [result({ ...given, i }).value('y_high'), result({ ...given, i }).value('y_low')])).toEqual([[10n, 1n], [11n, 2n], [12n, 3n], [12n, 3n]]);
  });

  test('is asserted to exist where the index can go beyond the end', () => {
    const assertionsOf = (length: number, width: number) => elaborated({ rows: In(Vec(UInt(8), length)), i: In(UInt(width)), y: Out(UInt(8)) }, (io) => io.y.set(io.rows.at(io.i))).assertions.map(({ message }) => message);
    expect(assertionsOf(3, 2)).toEqual(['index of a vector of 3 elements is out of range']);
    expect(assertionsOf(4, 2)).toEqual([]);
    expect(assertionsOf(4, 3)).toEqual(['index of a vector of 4 elements is out of range']);
    expect(assertionsOf(4, 1)).toEqual([]);
    expect(assertionsOf(4, 64)).toEqual(['index of a vector of 4 elements is out of range']);
  });

  test('is asserted under the conditions around it only', () => {
    const { assertions } = elaborated({ rows: In(Vec(UInt(8), 3)), i: In(UInt(2)), on: In(Bool), y: Out(UInt(8)) }, (io) => {
      io.y.set(0);
      when(io.on, () => { io.y.set(io.rows.at(io.i)); });
    });
    expect(assertions.map(({ enable }) => (enable?.op === 'net' ? enable.net.name : enable))).toEqual(['on']);
  });

  test('is assigned where the index says so, and beyond the end the last is', () => {
    expect(irOf({ i: In(UInt(2)), x: In(UInt(8)), y: Out(Vec(UInt(8), 3)) }, (io) => {
      io.y.set([0, 0, 0]);
      io.y.at(io.i).set(io.x);
    })).toMatchInlineSnapshot(`
      "input i:2
      input x:8
      output y_0:8
      output y_1:8
      output y_2:8
        y_0 := 8'0
        %0:1 = eq i 2'0
        if %0
          y_0 := x
        y_1 := 8'0
        %1:1 = eq i 2'1
        if %1
          y_1 := x
        y_2 := 8'0
        %2:1 = geu i 2'2
        if %2
          y_2 := x
        %3:1 = ltu i 2'3
      assert - %3 "index of a vector of 3 elements is out of range""
    `);
  });

  test('of a register is assigned by one case for all', () => {
    expect(irOf({ i: In(UInt(2)), x: In(UInt(8)) }, (io) => {
      const rows = reg(Vec(UInt(8), 3));
      rows.at(io.i).next = io.x;
      return { rows };
    })).toMatchInlineSnapshot(`
      "input i:2
      input x:8
      reg rows_0:8 reset 0 in clk
      reg rows_1:8 reset 0 in clk
      reg rows_2:8 reset 0 in clk
        case i
         0:
          rows_0 := x
         1:
          rows_1 := x
         2 default:
          rows_2 := x
        %0:1 = ltu i 2'3
      assert - %0 "index of a vector of 3 elements is out of range""
    `);
  });

  test('is assigned leaf by leaf, within the conditions around it, and only where the index reaches', () => {
    const result = meaning({ i: In(UInt(1)), on: In(Bool) }, (io) => {
      const rows = reg(Vec(Pair, 3));
      when(io.on, () => {
        rows.at(io.i).next = { high: 7, low: 8 };
        rows.at(io.i).low.next = 9;
      });
      return { rows };
    });
    const after = (i: bigint, on: bigint) => [0, 1, 2].flatMap((n) => [result({ i, on }).next(`rows_${n}_high`), result({ i, on }).next(`rows_${n}_low`)]);
    expect(after(0n, 1n)).toEqual([7n, 9n, 0n, 0n, 0n, 0n]);
    expect(after(1n, 1n)).toEqual([0n, 0n, 7n, 9n, 0n, 0n]);
    expect(after(1n, 0n)).toEqual([0n, 0n, 0n, 0n, 0n, 0n]);
  });

  test('may be an element of an element', () => {
    const Grid = Vec(Vec(UInt(8), 2), 2);
    const result = meaning({ i: In(UInt(1)), j: In(UInt(1)), y: Out(UInt(8)) }, (io) => {
      const grid = reg(Grid);
      grid.at(io.i).at(io.j).next = 5;
      io.y.set(grid.at(io.i).at(io.j));
      return { grid };
    });
    const given = { grid_0_0: 1n, grid_0_1: 2n, grid_1_0: 3n, grid_1_1: 4n };
    for (const [i, j] of [[0n, 0n], [0n, 1n], [1n, 0n], [1n, 1n]] as const) {
      const here = result({ ...given, i, j });
      expect(here.value('y')).toBe(i * 2n + j + 1n);
      for (const [name, value] of Object.entries(given)) expect(here.next(name)).toBe(name === `grid_${i}_${j}` ? 5n : value);
    }
  });

  test('leaves a latch if nothing else drives the elements', () => {
    const open = module('open', {}, { i: In(UInt(1)), y: Out(Vec(Bool, 2)) }, (io) => { io.y.at(io.i).set(true); });
    expect(() => elaborate(open)).toThrow('output y_0 is not driven when the condition does not hold');
  });

  test('is one expression, however often it is used', () => {
    const { assertions, ports: nets } = elaborated(ports, (io) => {
      const chosen = io.rows.at(io.i);
      io.y.set({ high: chosen.high.add(chosen.high), low: chosen.low });
    });
    expect(assertions).toHaveLength(1);
    const [sum] = nets.find(({ name }) => name === 'y_high')!.drive;
    expect(sum?.kind === 'assign' && sum.value.args[0] === sum.value.args[1]).toBe(true);
  });
});

test('a vector can be walked', () => {
  const result = meaning({ rows: In(Vec(UInt(8), 4)), y: Out(UInt(8)) }, (io) => {
    expect(io.rows.length).toBe(4);
    io.y.set([...io.rows].reduce((a, b) => a.add(b)));
  });
  expect(result({ rows_0: 1n, rows_1: 2n, rows_2: 3n, rows_3: 250n }).value('y')).toBe(0n);
});

test('fields may have names that values have in other places', () => {
  const Odd = Bundle('Odd', { field: UInt(8), at: Bool, length: UInt(4), payload: Bool, depth: Bool });
  expect(irOf({ x: In(Odd), y: Out(Odd) }, (io) => {
    const w = wire(Odd);
    w.set(io.x);
    w.field.set(io.x.field.add(1));
    io.y.set(w);
    return { w };
  })).toContain('w_field := %0');
});
