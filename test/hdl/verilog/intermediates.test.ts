import { Bool, elaborate, In, module, Out, reg, UInt, when } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import type { Expression } from '@vtoe/hdl/internal/ir/expression';
import { emit } from '@vtoe/hdl/internal/verilog/emit';
import { add, and, assign, bits, cat, choose, constant, design, eq, input, memory, module as irModule, mux, named, net, not, operation, or, output, read, register, sub, value, when as ifThen, xor } from './ir.ts';

const [a, b, c] = [input('a', 8), input('b', 8), input('c')];
const A = value(a);
const B = value(b);
const C = value(c);

/** Assignments and wires that the emitter makes for outputs with these values. */
function lines(...values: readonly Expression[]): string[] {
  const outputs = values.map((of, i) => output(`y${i}`, of.width, of));
  const { text } = emit(design(irModule('m', { ports: [a, b, c, ...outputs], named: values.filter(({ name }) => name !== undefined) })), { locators: false });
  return text.split('\n').filter((line) => /^ +(wire|assign|reg)/.test(line) && !line.includes('unused')).map((line) => line.trim());
}

describe('an expression stands where it is read', () => {
  test('if it is read once', () => {
    expect(lines(add(sub(A, B), xor(A, B)))).toEqual(['assign y0 = a - b + (a ^ b);']);
  });

  test('else it has a wire, named for the first that needs it', () => {
    const shared = sub(A, B);
    expect(lines(add(shared, A), or(shared, B))).toEqual(['wire [7:0] y0_t0 = a - b;', 'assign y0 = y0_t0 + a;', 'assign y1 = y0_t0 | b;']);
  });

  test('or goes by the name of the net that it equals', () => {
    const shared = sub(A, B);
    expect(lines(add(shared, A), shared)).toEqual(['assign y0 = y1 + a;', 'assign y1 = a - b;']);
  });

  test('or by the name that the designer gave it', () => {
    const difference = named('difference', sub(A, B));
    expect(lines(difference, add(difference, A))).toEqual(['wire [7:0] difference = a - b;', 'assign y0 = difference;', 'assign y1 = difference + a;']);
  });

  test('bits are selected from a wire', () => {
    expect(lines(bits(add(A, B), 6, 3))).toEqual(['wire [7:0] y0_t0 = a + b;', 'assign y0 = y0_t0[6:3];']);
  });

  test('complements of names are repeated', () => {
    const idle = not(C);
    expect(lines(and(idle, eq(A, B)), idle)).toEqual(['assign y0 = ~c & (a == b);', 'assign y1 = ~c;']);
  });

  test('a choice inside an expression is a block of its own', () => {
    expect(lines(add(choose(bits(A, 1, 0), A, B, A), B))).toEqual(['reg [7:0] y0_t0;', 'assign y0 = y0_t0 + b;']);
  });
});

describe('where tools disagree', () => {
  test('an address is a name: Icarus computes a sum in brackets with more bits than it has', () => {
    const data = net('memoryRead', 'data', 8);
    const opposite = not(A);
    const ram = memory('ram', 8, 256, {
      reads: [read(data, sub(A, B))],
      write: { enable: undefined, address: opposite, data: B, mask: undefined, lanes: [{ lo: 0, width: 8 }], domain: 'clk' },
    });
    const { text } = emit(design(irModule('m', { ports: [a, b, output('y', 8, value(data)), output('z', 8, opposite)], memories: [ram] })), { locators: false });
    expect(text).toContain('wire [7:0] data_t0 = a - b;\n  assign data = ram[data_t0];');
    expect(text).toContain('assign z = ~a;');
    expect(text).toContain('ram[z] <= b;');
  });

  test('a shift by more than 32 bits: Verilator has none', () => {
    const far = input('far', 64);
    const shifted = (op: 'shr' | 'sra'): string => emit(design(irModule('m', { ports: [a, far, output('y', 8, operation(op, 8, A, value(far)))] })), { locators: false }).text;
    expect(shifted('shr')).toContain("assign y = (|far[63:32]) ? 8'd0 : a >> far[31:0];");
    expect(shifted('sra')).toContain('assign y = (|far[63:32]) ? {8{a[7]}} : $unsigned($signed(a) >>> far[31:0]);');
  });

  test('a search over many bits is a loop: Icarus has 512 flags for the conditions of one expression', () => {
    const wide = input('wide', 600);
    const { text } = emit(design(irModule('m', { ports: [wide, output('y', 10, operation('priority', 10, value(wide)))] })), { locators: false });
    expect(text).toContain('for (i = 599; i >= 0; i = i - 1) if (wide[i]) y = i[9:0];');
  });
});

describe('bits of expressions move inwards', () => {
  test.each<[string, Expression, string]>([
    ['a slice of a slice', bits(bits(bits(A, 7, 1), 5, 1), 3, 2), 'a[5:4]'],
    ['a whole slice', bits(A, 7, 0), 'a'],
    ['a constant', bits(constant(16, 0xabcd), 11, 4), "8'd188"],
    ['one part of a concatenation', bits(cat(A, B, C), 8, 1), 'b'],
    ['some bits of a part', bits(cat(A, B, C), 4, 3), 'b[3:2]'],
    ['several parts', bits(cat(A, C, B), 10, 6), '{a[1:0], c, b[7:6]}'],
    ['an extension', bits(operation('zext', 20, A), 15, 4), "{8'd0, a[7:4]}"],
    ['nothing but extension', bits(operation('zext', 20, A), 19, 12), "8'd0"],
    ['a sign', bits(operation('sext', 20, A), 12, 9), '{4{a[7]}}'],
    ['a repetition', bits(operation('repeat', 24, A), 14, 11), 'a[6:3]'],
    ['a shift by a constant', bits(operation('shr', 8, A, constant(3, 2)), 3, 1), 'a[5:3]'],
    ['a dynamic bit', bits(operation('shr', 8, A, bits(B, 2, 0)), 0, 0), 'a[b[2:0]]'],
  ])('%s', (_, expression, text) => {
    expect(lines(expression)).toEqual([`assign y0 = ${text};`]);
  });

  test('but not through a name', () => {
    const packed = named('packed', cat(A, B));
    expect(lines(packed, bits(packed, 11, 4))).toContain('assign y1 = packed[11:4];');
  });
});

describe('what does not depend on anything', () => {
  test.each<[string, Expression, string]>([
    ['x & 0', and(A, constant(8, 0)), "8'd0"],
    ['x & ones', and(constant(8, 255), A), 'a'],
    ['x | x', or(A, A), 'a'],
    ['x - x', sub(A, A), "8'd0"],
    ['x >= 0', operation('geu', 1, A, constant(8, 0)), "1'b1"],
    ['x < least, signed', operation('lts', 1, A, constant(8, 0x80)), "1'b0"],
    ['127 >= x, signed', operation('ges', 1, constant(8, 0x7f), A), "1'b1"],
    ['an extension below a number beyond it', operation('ltu', 1, operation('zext', 12, A), constant(12, 256)), "1'b1"],
    ['c ? x : x', mux(C, A, A), 'a'],
    ['c ? 0 : 1', mux(C, constant(1, 0), constant(1, 1)), '~c'],
    ['~~x', not(not(A)), 'a'],
    ['constants', add(constant(8, 200), constant(8, 100)), "8'd44"],
    ['x >> 8', operation('shr', 8, A, constant(4, 8)), "8'd0"],
    ['x >>> 9', operation('sra', 8, A, constant(4, 9)), '{8{a[7]}}'],
    ['a constant index', choose(constant(3, 5), A, B), 'b'],
  ])('%s is not written', (_, expression, text) => {
    expect(lines(expression)).toEqual([`assign y0 = ${text};`]);
  });
});

describe('parentheses', () => {
  test.each<[string, Expression]>([
    ['a - (b - a)', sub(A, sub(B, A))],
    ['a - b - b', sub(sub(A, B), B)],
    ['a + (b + a)', add(A, add(B, A))],
    ['a & b & (a ^ b)', and(A, and(B, xor(A, B)))],
    ['(a | b) & ~b', and(or(A, B), not(B))],
    ['~(a & b)', not(and(A, B))],
    ['(&a) & (&b)', and(operation('reduceAnd', 1, A), operation('reduceAnd', 1, B))],
    ['|(a & b)', operation('reduceOr', 1, and(A, B))],
    ['(a + b) == b', eq(add(A, B), B)],
    ['(a == b) ? a + b : c ? a : b', mux(eq(A, B), add(A, B), mux(C, A, B))],
    ['c ? ((a == b) ? b : a) : a', mux(C, mux(eq(A, B), B, A), A)],
    ['(c ? a : b) + b', add(mux(C, A, B), B)],
    ['(a + b) << (a - b)', operation('shl', 8, add(A, B), sub(A, B))],
    ['a >> 3', operation('shr', 8, A, constant(3, 3))],
    ['$unsigned($signed(a) >>> b[1:0]) ^ b', xor(operation('sra', 8, A, bits(B, 1, 0)), B)],
    ['$signed(a + b) < $signed(b)', operation('lts', 1, add(A, B), B)],
    ["{8'd0, a} * {8'd0, a + b}", operation('mul', 16, A, add(A, B))],
    ['{a, b, a + b}', cat(A, cat(B, add(A, B)))],
    ['{3{a + b}}', operation('repeat', 24, add(A, B))],
    ["{1'b0, a} + {1'b0, b}", operation('add', 9, operation('zext', 9, A), operation('zext', 9, B))],
  ])('%s', (text, expression) => {
    expect(lines(expression)).toEqual([`assign y0 = ${text};`]);
  });
});

test('names hold still when something unrelated is edited', () => {
  const build = (edited: boolean) => module('still', { e: edited }, { x: In(UInt(8)), y: In(UInt(8)), en: In(Bool), p: Out(UInt(8)), q: Out(UInt(8)), r: Out(UInt(4)) }, (io) => {
    const held = reg(UInt(8));
    const first = io.x.add(io.y);
    const second = io.x.sub(io.y);
    if (edited) io.p.set(first.xor(first.mul(io.x).bits(7, 0)).or(io.x.mul(io.y).bits(9, 2)));
    else io.p.set(io.x);
    when(io.en.and(io.x.ne(0)), () => { held.next = second.and(second.shl(1)); });
    io.q.set(held);
    io.r.set(second.mul(second).bits(7, 4));
    return { held };
  });
  const names = (edited: boolean): string[] => [...emit(elaborate(build(edited))).text.matchAll(/wire .*?(\w+_t\d+) =/g)].map((match) => match[1]!).filter((name) => !name.startsWith('p_'));
  expect(names(true)).toEqual(names(false));
  expect(names(false)).not.toEqual([]);
});

describe('size', () => {
  test('a chain of 50,000 operators is emitted without recursion, in lines of readable length', () => {
    let chain = A;
    for (let i = 0; i < 50_000; i += 1) chain = i % 3 === 0 ? add(chain, B) : i % 3 === 1 ? not(chain) : mux(C, chain, B);
    const { text } = emit(design(irModule('chain', { ports: [a, b, c, output('y', 8, chain)] })));
    const longest = Math.max(...text.split('\n').map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(160);
  });

  test('a graph with 2^200 paths is emitted once', () => {
    let node = A;
    for (let i = 0; i < 200; i += 1) node = add(node, node);
    expect(emit(design(irModule('paths', { ports: [a, b, c, output('y', 8, node)] }))).text.match(/\+/g)).toHaveLength(200);
  });

  test('a chain of 10,000 else-ifs', () => {
    const r = register('r', 8);
    let statement = [assign(r, B)];
    for (let i = 0; i < 10_000; i += 1) statement = [ifThen(eq(A, constant(8, i)), [assign(r, constant(8, i))], statement)];
    const { text } = emit(design(irModule('elses', { ports: [a, b, c, output('y', 8, value(r))], registers: [r], clocked: statement })));
    expect(text.match(/else if/g)).toHaveLength(10_000);
  });

  test('slices of a concatenation of 4,000 parts', () => {
    const parts = Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? bits(A, i % 8, i % 8) : C));
    const whole = cat(...parts);
    const outputs = parts.map((_, i) => output(`y${i}`, 1, bits(whole, i, i)));
    expect(emit(design(irModule('parts', { ports: [a, b, c, ...outputs] }))).text).toContain('assign y3998 = c;');
  });

  test('text grows with the number of operators', () => {
    const length = (size: number): number => {
      const nodes: Expression[] = [A, B];
      for (let i = 0; i < size; i += 1) nodes.push(i % 2 === 0 ? add(nodes.at(-1)!, nodes.at(-2)!) : xor(nodes.at(-1)!, nodes[i >> 1]!));
      return emit(design(irModule('sized', { ports: [a, b, c, output('y', 8, nodes.at(-1)!)] }))).text.length;
    };
    expect(length(20_000) / length(10_000)).toBeLessThan(2.2);
  });
});
