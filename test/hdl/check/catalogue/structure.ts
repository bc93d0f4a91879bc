import { Bool, elaborate, external, In, inst, Interface, module, type ModuleDefinition, Out, probe, reg, Stream, UInt, Vec, wire } from '@vtoe/hdl';
import { usage } from '@vtoe/hdl/internal/check/error';
import { wrong } from '../../lang/support/untyped.ts';
import { inBody, stage } from './body.ts';
import { mistake } from './mistake.ts';

const nothing = () => {};

export const structure = [
  mistake('module-name', 'module: a name is letters, digits and underscores and does not start with a digit, not "my module"', () => module('my module', {}, {}, nothing)),
  mistake('module-name', 'module: a name is letters, digits and underscores and does not start with a digit, not undefined', () => external(wrong(undefined), {})),
  mistake('parameter', 'module m: w = 0.5 is no value for a parameter: names are identifiers, values are whole numbers, Booleans, identifiers or shapes', () => module('m', { w: 0.5 }, {}, nothing)),
  mistake('parameter', 'module m: w = "a b" is no value for a parameter: names are identifiers, values are whole numbers, Booleans, identifiers or shapes', () => module('m', { w: 'a b' }, {}, nothing)),
  mistake('parameter', 'module m: w = an array of 2 is no value for a parameter: names are identifiers, values are whole numbers, Booleans, identifiers or shapes', () => module('m', { w: wrong([1, 2]) }, {}, nothing)),
  mistake('parameter', 'module m: "a-b" is no name for a parameter: names are identifiers, values are whole numbers, Booleans, identifiers or shapes', () => module('m', { 'a-b': 1 }, {}, nothing)),
  mistake('ports-record', 'module m needs a record of ports, not null', () => module('m', {}, wrong(null), nothing)),
  mistake('ports-record', 'interface I needs a record of ports, not an array of 1', () => Interface('I', wrong([In(Bool)]))),
  mistake('port-expected', 'module m: a must be In(…) or Out(…), not a shape of kind uint', () => module('m', {}, { a: wrong(UInt(8)) }, nothing)),
  mistake('port-expected', 'external m: a must be In(…) or Out(…), not an object with keys direction, shape', () => external('m', { a: wrong({ direction: 'in', shape: UInt(8) }) })),
  mistake('port-name', "module m: \"a-b\" cannot be a port's name: it must be an identifier and not a member of interfaces (shape, from, fire)", () => module('m', {}, { 'a-b': In(Bool) }, nothing)),
  mistake('port-name', "interface I: \"fire\" cannot be a port's name: it must be an identifier and not a member of interfaces (shape, from, fire)", () => Interface('I', { fire: In(Bool) })),
  mistake('port-leaf', 'module subject: port y would be called "" in Verilog; give it a prefix that makes it an identifier', () => elaborate(module('subject', {}, { y: Out(UInt(8), { prefix: '' }) }, nothing))),
  mistake('port-leaf', 'module m: port y.0.valid would be called "0_valid" in Verilog; give it a prefix that makes it an identifier', () => elaborate(module('m', {}, { y: In(Vec(Stream(Bool), 2), { prefix: '' }) }, nothing))),
  mistake('port-collision', 'module m: port a_valid would be called a_valid, which is the name of port a.valid; give it another prefix', () => elaborate(module('m', {}, { a: In(Stream(Bool)), a_valid: In(Bool) }, nothing))),
  mistake('port-collision', 'module m: port clk would be called clk, which is the name of the clock; give it another prefix', () => elaborate(module('m', {}, { clk: In(Bool) }, nothing))),
  mistake('port-collision', 'module m: port b.c would be called rst, which is the name of the reset; give it another prefix', () => elaborate(module('m', {}, { b: In(Interface('I', { c: In(Bool, { prefix: 'rst' }) }), { prefix: '' }) }, nothing))),
  mistake('port-collision', 'module PLL: port clkin would be called clkin, which is the name of the clock; give it another prefix', () => elaborate(external('PLL', { clkin: In(Bool) }, { clock: 'clkin' }))),
  mistake('module-recursion', 'module loop instantiates itself', (here) => {
    const loop: ModuleDefinition = module('loop', {}, {}, () => { here(); inst(loop); });
    elaborate(loop);
  }),
  mistake('module-recursion', 'module tree_n3 instantiates itself', (here) => {
    const tree = (n: number): ModuleDefinition => module('tree', { n }, {}, () => { const [below] = [tree(n)]; here(); inst(below); });
    elaborate(tree(3));
  }),
  mistake('module-identity', "two different modules are called part_w8: one with w = 8, at {first}, and this one with w = 8; the first difference is 'x := 8'1' against 'x := 8'2'; give the parameter that tells them apart", (here) => {
    const parts = [1, 2].map((value) => { here(); here('first'); return module('part', { w: 8 }, { x: Out(UInt(8)) }, (io) => { io.x.set(value); }); });
    elaborate(module('top', {}, {}, () => ({ parts: parts.map((part) => inst(part)) })));
  }),
  mistake('module-identity', "two different modules are called part_w8: one with no parameters, at {first}, and this one with w = 8; the first difference is 'output x:8' against 'output x:1 Bool'; give the parameter that tells them apart", (here) => {
    here('first'); const one = module('part_w8', {}, { x: Out(UInt(8)) }, (io) => { io.x.set(1); });
    here(); const two = module('part', { w: 8 }, { x: Out(Bool) }, (io) => { io.x.set(true); });
    elaborate(module('top', {}, {}, () => ({ a: inst(one), b: inst(two) })));
  }),
  mistake('inst-port', 'inst: stage has no port out; it has in, rx, level', (here) => inBody(() => { here(); inst(stage, wrong({ out: 3 })); })),
  mistake('external-parameter', 'external PLL: parameter MULT = 1.5 cannot be written in Verilog: names are identifiers, values whole numbers or plain strings without quotes', () => external('PLL', {}, { parameters: { MULT: 1.5 } })),
  mistake('external-parameter', 'external PLL: parameter KIND = "\\"x\\"" cannot be written in Verilog: names are identifiers, values whole numbers or plain strings without quotes', () => external('PLL', {}, { parameters: { KIND: '"x"' } })),
  mistake('external-parameter', 'external PLL: parameter A-B = 1 cannot be written in Verilog: names are identifiers, values whole numbers or plain strings without quotes', () => external('PLL', {}, { parameters: { 'A-B': 1 } })),
  mistake('argument', 'external: parameters must be a record, not null', () => external('PLL', {}, { parameters: wrong(null) })),
  mistake('argument', 'external: clock must be the name of a port, not "1"', () => external('PLL', {}, { clock: '1' })),
  mistake('argument', 'external: model must be a module, not function nothing', () => external('PLL', {}, { model: wrong(nothing) })),
  mistake('external-model', 'external PLL: the model must have the same ports, but locked differs', (here) => {
    const model = module('pll_model', {}, { locked: Out(UInt(2)) }, (io) => { io.locked.set(1); });
    here(); const pll = external('PLL', { locked: Out(UInt(1)) }, { model });
    elaborate(pll);
  }),
  mistake('external-model', 'external PLL: the model must have the same ports, but more differs', (here) => {
    const model = module('pll_model', {}, { locked: Out(Bool), more: Out(Bool) }, (io) => { io.locked.set(true); io.more.set(true); });
    here(); const pll = external('PLL', { locked: Out(Bool) }, { model: wrong(model) });
    elaborate(pll);
  }),
  mistake('attribute', 'reg: attribute keep = "a\\"b" cannot be written in Verilog: names are identifiers, values numbers, Booleans or plain strings without quotes', (here) => inBody(() => { here(); reg(Bool, { attributes: { keep: 'a"b' } }); })),
  mistake('attribute', 'module: attribute a-b = 1 cannot be written in Verilog: names are identifiers, values numbers, Booleans or plain strings without quotes', () => module('m', {}, {}, nothing, { attributes: { 'a-b': 1 } })),
  mistake('attribute', 'wire: attribute keep = NaN cannot be written in Verilog: names are identifiers, values numbers, Booleans or plain strings without quotes', (here) => inBody(() => { here(); wire(Bool, { attributes: { keep: Number.NaN } }); })),
  mistake('argument', 'wire: attributes must be a record of names and values, not true', (here) => inBody(() => { here(); wire(Bool, { attributes: wrong(true) }); })),
  mistake('probe-twice', 'probe: the module has a probe retire already', (here) => inBody((io) => {
    probe('retire', io.on, { x: io.x });
    here(); probe('retire', io.on, { y: io.y });
  })),
  mistake('probe-field', "probe retire has two fields called pair_low; valid is the probe's own", (here) => inBody((io) => { here(); probe('retire', io.on, { pair: io.pair, pair_low: io.x }); })),
  mistake('probe-field', "probe retire has two fields called valid; valid is the probe's own", (here) => inBody((io) => { here(); probe('retire', io.on, { valid: io.on }); })),
  mistake('usage', 'stage of a pipeline needs a name', () => usage('stage of a pipeline needs a name')),
];
