/** One name is one structure: equal modules are shared, and different ones of one name are an error. */
import { Bool, Bundle, clog2, type Data, type DataOutPort, elaborate, Enum, external, HdlError, In, inst, mem, module, type ModuleDefinition, Out, reg, Stream, UInt, type UIntShape, Vec, when } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/error-of.ts';

const Pair = Bundle('Pair', { high: UInt(8), low: UInt(8) });
const State = Enum('State', ['Idle', 'Run']);

const fifo = <T extends Data>(payload: T, depth: number) => {
  const pointer = UInt(clog2(depth) + 1);
  return module('fifo', { t: payload, d: depth }, { in: In(Stream(payload)), out: Out(Stream(payload)) }, (io) => {
    const ram = mem(payload, depth);
    const [rd, wr] = [reg(pointer), reg(pointer)];
    const index = (p: typeof rd) => p.trunc(clog2(depth));
    io.in.ready.set(wr.sub(rd).ne(depth));
    io.out.valid.set(wr.ne(rd));
    io.out.payload.set(ram.read(index(rd)));
    when(io.in.fire, () => { ram.write(index(wr), io.in.payload); wr.next = wr.add(1); });
    when(io.out.fire, () => { rd.next = rd.add(1); });
    return { ram, rd, wr };
  });
};

const constant = (name: string, value: number, width = 8) => module(name, {}, { y: Out(UInt(width)) }, (io) => { io.y.set(value); });
const holding = (...parts: readonly ModuleDefinition[]) => module('top', {}, {}, () => ({ parts: parts.map((part) => inst(part as ModuleDefinition<{}>)) }));
const modulesOf = (...parts: readonly ModuleDefinition[]) => elaborate(holding(...parts)).modules.map(({ name }) => name);

describe('modules of a design', () => {
  test('are listed once each, children before parents, the top last', () => {
    const leaf = constant('leaf', 1);
    const middle = module('middle', {}, {}, () => ({ a: inst(leaf), b: inst(leaf) }));
    const design = elaborate(module('top', {}, {}, () => ({ b: inst(middle), a: inst(leaf), c: inst(constant('other', 2)) })));
    expect(design.modules.map(({ name }) => name)).toEqual(['leaf', 'middle', 'other', 'top']);
    expect(design.top).toBe(design.modules.at(-1));
  });

  test('of equal name and structure are one object, however often they were described', () => {
    const { modules, top } = elaborate(holding(constant('part', 1), constant('part', 1), constant('part', 1)));
    expect(modules.map(({ name }) => name)).toEqual(['part', 'top']);
    expect(top.instances.map((instance) => instance.module)).toEqual([modules[0], modules[0], modules[0]]);
    for (const instance of top.instances) expect(instance.module).toBe(modules[0]);
  });

  test('are shared below modules that are shared', () => {
    const middle = () => module('middle', {}, {}, () => ({ part: inst(constant('part', 1)) }));
    expect(modulesOf(middle(), middle())).toEqual(['part', 'middle', 'top']);
  });

  test('may be FIFOs of different payloads, side by side', () => {
    expect(elaborate(module('top', {}, { a: In(Stream(Pair)), b: In(Stream(UInt(64))), c: In(Stream(UInt(64))) }, (io) => {
      const [a, b, c] = [inst(fifo(Pair, 16), { in: io.a }), inst(fifo(UInt(64), 16), { in: io.b }), inst(fifo(UInt(64), 16), { in: io.c })];
      for (const { out } of [a, b, c]) out.ready.set(true);
      return { a, b, c };
    })).modules.map(({ name }) => name)).toEqual(['fifo_Pair_d16', 'fifo_w64_d16', 'top']);
  });

  test('of a generator are made once per parameters', () => {
    const tree = (n: number): ModuleDefinition<{ readonly y: DataOutPort<UIntShape> }> => module('tree', { n }, { y: Out(UInt(8)) }, (io) => {
      if (n === 0) return void io.y.set(1);
      const [left, right] = [inst(tree(n - 1)), inst(tree(n - 1))];
      io.y.set(left.y.add(right.y));
      return { left, right };
    });
    expect(elaborate(tree(3)).modules.map(({ name }) => name)).toEqual(['tree_n0', 'tree_n1', 'tree_n2', 'tree_n3']);
  });

  test('can be elaborated again, alone and in another design', () => {
    const part = constant('part', 1);
    const first = elaborate(part).top;
    expect(elaborate(part).top).toBe(first);
    expect(elaborate(holding(part)).modules[0]).toBe(first);
    expect(elaborate(holding(constant('part', 1), part)).modules).toHaveLength(2);
  });

  test('are elaborated when first needed, and again after an error', () => {
    let runs = 0;
    const part = module('part', {}, {}, () => { runs += 1; if (runs === 1) UInt(0); });
    expect(runs).toBe(0);
    expect(() => elaborate(part)).toThrow(HdlError);
    elaborate(part);
    elaborate(part);
    expect(runs).toBe(2);
  });
});

describe('a name', () => {
  test.each<[string, Parameters<typeof module>[1], string]>([
    ['numbers by key and value', { w: 64, d: 16 }, 'part_w64_d16'],
    ['negative numbers with an m', { offset: -3 }, 'part_offsetm3'],
    ['bigints as numbers', { mask: 0xffffffffffn }, 'part_mask1099511627775'],
    ['Booleans as 0 and 1', { fast: true, safe: false }, 'part_fast1_safe0'],
    ['strings with an underscore', { mode: 'fast' }, 'part_mode_fast'],
    ['a UInt as its width, without its key', { t: UInt(8) }, 'part_w8'],
    ['Bool, bundles and enums as their names', { a: Bool, b: Pair, c: State }, 'part_bool_Pair_State'],
    ['vectors as element and length', { rows: Vec(Vec(UInt(4), 2), 8) }, 'part_w4x2x8'],
    ['nothing as nothing', {}, 'part'],
  ])('renders %s', (_what, parameters, name) => {
    expect(module('part', parameters, {}, () => {}).name).toBe(name);
    expect(elaborate(module('part', parameters, {}, () => {})).top.name).toBe(name);
  });

  test('leaves the parameters readable for the header', () => {
    expect(elaborate(module('part', { w: 64, t: Pair, rows: Vec(UInt(4), 2) }, {}, () => {})).top.parameters).toMatchObject([{ name: 'w', text: '64' }, { name: 't', text: 'Pair' }, { name: 'rows', text: 'w4x2' }]);
  });
});

describe('two different modules of one name', () => {
  test.each<[string, ModuleDefinition, ModuleDefinition, string]>([
    ['a value', constant('part', 1), constant('part', 2), "'y := 8'1' against 'y := 8'2'"],
    ['a width', constant('part', 1), constant('part', 1, 9), "'output y:8' against 'output y:9'"],
    ['a port more', constant('part', 1), module('part', {}, { y: Out(UInt(8)), z: Out(Bool) }, (io) => { io.y.set(1); io.z.set(true); }), "'y := 8'1' against 'output z:1 Bool'"],
    ['the name of a register', module('part', {}, {}, () => ({ a: reg(Bool) })), module('part', {}, {}, () => ({ b: reg(Bool) })), "'reg a:1 Bool reset 0 in clk' against 'reg b:1 Bool reset 0 in clk'"],
    ['a reset value', module('part', {}, {}, () => ({ a: reg(Bool) })), module('part', {}, {}, () => ({ a: reg(Bool, { init: true }) })), "'reg a:1 Bool reset 0 in clk' against 'reg a:1 Bool reset 1 in clk'"],
    ['an attribute', module('part', {}, {}, () => {}), module('part', {}, {}, () => {}, { attributes: { keep: 1 } }), "'module' against 'module  (keep=1)'"],
    ['fields of a memory', module('part', {}, {}, () => ({ m: mem(Pair, 4) })), module('part', {}, {}, () => ({ m: mem(UInt(16), 4) })), "'mem m 16 x 4 asserted init - fields high:8 low:8' against 'mem m 16 x 4 asserted init - fields :16'"],
    ['what is below', module('part', {}, {}, () => ({ m: inst(constant('a', 1)) })), module('part', {}, {}, () => ({ m: inst(constant('b', 1)) })), "'inst m of a' against 'inst m of b'"],
    ['ports on the outside', external('part', { y: Out(UInt(8)) }), constant('part', 1), "'external  clock - reset - model -' against 'y := 8'1'"],
    ['its being foreign, with parameters', external('part', { y: Out(UInt(8)) }, { parameters: { A: 1 } }), constant('part', 1), "'external A=1 clock - reset - model -' against 'y := 8'1'"],
    ['its being ours', constant('part', 1), external('part', { y: Out(UInt(8)) }, { parameters: { A: 1 } }), "'y := 8'1' against 'external A=1 clock - reset - model -'"],
  ])('are told apart by %s', (_what, one, two, difference) => {
    const { code, sentence } = errorOf(() => elaborate(holding(one, two)));
    expect(code).toBe('module-identity');
    expect(sentence).toContain(`the first difference is ${difference}`);
  });
});

describe('foreign modules', () => {
  const pll = (multiplier: number, width = 4) => external('PLL', { locked: Out(UInt(width)) }, { parameters: { MULT: multiplier } });

  test('of one name may have different parameters, and each instance keeps its own', () => {
    const { modules, top } = elaborate(holding(pll(2), pll(3), pll(2)));
    expect(modules.map(({ name }) => name)).toEqual(['PLL', 'PLL', 'top']);
    expect(top.instances.map((instance) => instance.module.external!.parameters[0]!.value)).toEqual([2n, 3n, 2n]);
    expect(top.instances[0]!.module).toBe(top.instances[2]!.module);
  });

  test('may have other ports with other parameters, but not with the same', () => {
    expect(modulesOf(pll(2, 4), pll(3, 8))).toEqual(['PLL', 'PLL', 'top']);
    expect(errorOf(() => elaborate(holding(pll(2, 4), pll(2, 8)))).code).toBe('module-identity');
  });

  test('have models that are not part of the hardware', () => {
    const model = module('model', {}, { y: Out(UInt(8)) }, (io) => { const part = inst(constant('part', 1)); io.y.set(part.y); return { part }; });
    const { modules } = elaborate(holding(external('foreign', { y: Out(UInt(8)) }, { model })));
    expect(modules.map(({ name }) => name)).toEqual(['foreign', 'top']);
    expect(modules[0]!.external!.model!.name).toBe('model');
  });

  test('have models that share modules with the hardware, and no name with others', () => {
    const model = (value: number) => module('model', {}, { y: Out(UInt(8)) }, (io) => { const part = inst(constant('part', value)); io.y.set(part.y); return { part }; });
    const foreign = (value: number) => external('foreign', { y: Out(UInt(8)) }, { model: model(value) });
    const { modules } = elaborate(holding(constant('part', 1), foreign(1)));
    expect(modules.find(({ name }) => name === 'foreign')!.external!.model!.instances[0]!.module).toBe(modules[0]);
    expect(errorOf(() => elaborate(holding(constant('part', 2), foreign(1)))).sentence).toContain('called part');
    expect(errorOf(() => elaborate(holding(constant('model', 2), foreign(1)))).sentence).toContain('called model');
  });
});
