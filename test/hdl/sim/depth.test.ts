/** Depth and size: nothing recurses, long chains and big cones are cut into functions. */
import { describe, expect, test } from 'vitest';
import type { Expression } from '@vtoe/hdl/internal/ir/expression';
import type { Net, Statement } from '@vtoe/hdl/internal/ir/net';
import { createEngine } from '@vtoe/hdl/internal/sim/engine';
import { assign, bits, constant, design, input, instance, match, module, net, operation, output, outputOf, reg, value, when, wire } from './support/ir.ts';
import { Random } from '../support/random.ts';
import { Reference } from './support/reference.ts';

const LONG = 20_000;

describe('chains', () => {
  const a = input('a', 32);

  test('of operators', () => {
    let chain = value(a);
    for (let i = 0; i < LONG; i += 1) chain = operation('add', 32, operation('xor', 32, chain, constant(32, i)), value(a));
    const engine = createEngine(design(module('top', { ports: [a, output('x', chain)] })));
    engine.input('a').set(3n);
    let expected = 3;
    for (let i = 0; i < LONG; i += 1) expected = ((expected ^ i) + 3) >>> 0;
    expect(engine.output('x').get()).toBe(BigInt(expected));
    expect(engine.peek('x')).toBe(BigInt(expected));
    expect(engine.functionBytes.length).toBeGreaterThan(3);
    expect(Math.max(...engine.functionBytes)).toBeLessThan(30_000);
  });

  test('of wires, in the worst order of declaration', () => {
    const wires = Array.from({ length: LONG }, (_, i) => net('wire', `w${i}`, 32));
    for (const [i, one] of wires.entries()) one.drive.push(assign(one, operation('add', 32, value(wires[i + 1] ?? a), constant(32, 1))));
    const engine = createEngine(design(module('top', { ports: [a, output('x', value(wires[0]!))], wires })));
    engine.input('a').set(5n);
    expect(engine.output('x').get()).toBe(BigInt(LONG + 5));
    expect(engine.peek('w1')).toBe(BigInt(LONG + 4));
  });

  test('of selections, wide ones as well', () => {
    for (const width of [32, 200]) {
      const x = input('x', width);
      let chain = value(x);
      for (let i = 0; i < LONG / 4; i += 1) {
        chain = operation('mux', width, operation('eq', 1, value(a), constant(32, i)), operation('not', width, chain), operation('add', width, chain, constant(width, 1)));
      }
      const engine = createEngine(design(module('top', { ports: [a, x, output('o', chain)] })));
      engine.input('a').set(BigInt(LONG / 4 - 1));
      expect(engine.output('o').get()).toBe((1n << BigInt(width)) - BigInt(LONG / 4 - 1) - 1n);
    }
  });

  test('of assignments, elsewhen and nested ifs', () => {
    const r = reg('r', 32, { reset: 0n });
    const s = reg('s', 32, { reset: 0n });
    const sequence: Statement[] = Array.from({ length: LONG }, (_, i) => when(operation('eq', 1, value(a), constant(32, i)), [assign(r, constant(32, i * 3))]));
    let elsewhen: Statement[] = [];
    for (let i = LONG - 1; i >= 0; i -= 1) elsewhen = [when(operation('eq', 1, value(a), constant(32, i)), [assign(s, constant(32, i * 5))], elsewhen)];
    const engine = createEngine(design(module('top', { ports: [a, output('x', value(r)), output('y', value(s))], registers: [r, s], clocked: [...sequence, ...elsewhen] })));
    engine.input('a').set(12_345n);
    engine.run(1);
    expect([engine.output('x').get(), engine.output('y').get()]).toEqual([12_345n * 3n, 12_345n * 5n]);
  });

  test('through instances', () => {
    const x = input('x', 16);
    const stage = module('stage', { ports: [x, output('y', operation('add', 16, value(x), constant(16, 1)))] });
    const stages = [instance('u0', stage, { x: bits(value(a), 0, 16) })];
    for (let i = 1; i < 2000; i += 1) stages.push(instance(`u${i}`, stage, { x: outputOf(stages[i - 1]!, 'y') }));
    const engine = createEngine(design(module('top', { ports: [a, output('o', outputOf(stages.at(-1)!, 'y'))], instances: stages.toReversed() })));
    engine.input('a').set(7n);
    expect(engine.output('o').get()).toBe(2007n);
    expect(engine.peek('u41.x')).toBe(48n);
  });
});

describe('combinational loops are an error, with the nets on the way', () => {
  test('inside of a module', () => {
    const [x, y] = [net('wire', 'x', 4), net('wire', 'y', 4)];
    x.drive.push(assign(x, operation('add', 4, value(y), constant(4, 1))));
    y.drive.push(assign(y, value(x)));
    expect(() => createEngine(design(module('top', { ports: [output('o', value(x))], wires: [x, y] })))).toThrow('combinational loop through x -> y -> x');
  });

  test('through an instance', () => {
    const i = input('i', 4);
    const child = module('child', { ports: [i, output('o', operation('not', 4, value(i)))] });
    const unit = instance('u', child, { i: constant(4, 0) });
    unit.nets[0]!.drive.splice(0, 1, assign(unit.nets[0]!, outputOf(unit, 'o')));
    expect(() => createEngine(design(module('top', { ports: [output('o', outputOf(unit, 'o'))], instances: [unit] })))).toThrow('combinational loop through u_o -> u.i -> u_o');
  });

  test('not where instances only look like one', () => {
    const [i, j] = [input('i', 4), input('j', 4)];
    const child = module('child', { ports: [i, j, output('p', operation('not', 4, value(i))), output('q', operation('add', 4, value(j), constant(4, 3)))] });
    const unit = instance('u', child, { i: constant(4, 6), j: constant(4, 0) });
    unit.nets[1]!.drive.splice(0, 1, assign(unit.nets[1]!, outputOf(unit, 'p')));
    expect(createEngine(design(module('top', { ports: [output('o', outputOf(unit, 'q'))], instances: [unit] }))).output('o').get()).toBe(12n);
  });
});

describe('a design of many functions agrees with the plain interpreter', () => {
  /** Layers of operators, each on random earlier ones: values cross functions everywhere. */
  function tangle(random: Random, width: number, count: number): { inputs: Net[]; wires: Net[]; registers: Net[]; clocked: Statement[]; outputs: Net[] } {
    const inputs = [input('a', width), input('b', width), input('c', 1)];
    const registers = Array.from({ length: 40 }, (_, i) => reg(`r${i}`, width, i % 3 === 0 ? {} : { reset: BigInt(i) }));
    const pool: Expression[] = [value(inputs[0]!), value(inputs[1]!), ...registers.map(value)];
    const wires: Net[] = [];
    for (let i = 0; i < count; i += 1) {
      const [x, y] = [random.pick(pool), random.pick(pool)];
      const condition = operation(random.pick(['ltu', 'eq', 'lts'] as const), 1, x, y);
      const made = random.chance(0.4) ? operation('mux', width, condition, random.pick(pool), operation('sub', width, y, random.pick(pool)))
        : operation(random.pick(['add', 'sub', 'xor', 'and', 'or'] as const), width, x, y);
      const one = wire(`w${i}`, made);
      wires.push(one);
      pool.push(value(one));
      if (pool.length > 300) pool.splice(42, 1);
    }
    const clocked = registers.map((one, i) => (i % 4 === 0
      ? match(bits(random.pick(pool), 0, 2), [0n, 1n, 2n].map((label) => ({ values: [label], body: [assign(one, random.pick(pool))] })))
      : when(i % 2 === 0 ? value(inputs[2]!) : bits(random.pick(pool), 0, 1), [assign(one, random.pick(pool))])));
    return { inputs, wires, registers, clocked, outputs: [output('x', pool.at(-1)!), output('y', pool.at(-2)!)] };
  }

  test.each([24, 64, 150])('width %i', (width) => {
    const random = new Random(width);
    const { inputs, wires, registers, clocked, outputs } = tangle(random, width, 2500);
    const made = design(module('top', { ports: [...inputs, ...outputs], wires, registers, clocked }));
    const engine = createEngine(made);
    const reference = new Reference(made);
    expect(engine.functionBytes.length).toBeGreaterThan(2);
    for (let cycle = 0; cycle < 20; cycle += 1) {
      for (const port of engine.inputs.values()) {
        const now = port.name === 'rst' ? BigInt(cycle === 0) : random.edgeBits(port.width);
        port.set(now);
        reference.inputs.set(port.name, now);
      }
      engine.run(1);
      reference.step();
      for (const [name, expected] of reference.sampled) expect(engine.output(name).sampled()).toBe(expected);
    }
    for (const [one, expected] of reference.top.registers) expect(engine.peek(one.name)).toBe(expected);
  });
});
