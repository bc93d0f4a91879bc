import { Bool, elaborate, In, inst, mem, module, Out, reg, scope, Stream, UInt, wire } from '@vtoe/hdl';
import { inBody, stage } from './body.ts';
import { mistake } from './mistake.ts';

const empty = module('empty', {}, {}, () => {});

export const names = [
  mistake('unnamed-state', "this register has no name: return it from the module's body under a key, or make it in a scope", (here) => inBody(() => { here(); reg(UInt(8)); })),
  mistake('unnamed-state', "this memory has no name: return it from the module's body under a key, or make it in a scope", (here) => inBody((io) => { here(); mem(UInt(8), 16).read(io.n); })),
  mistake('unnamed-state', "this instance has no name: return it from the module's body under a key, or make it in a scope", (here) => inBody(() => { here(); inst(empty); })),
  mistake('unnamed-scope', 'the state in scope counter has no name: its result is neither returned by the caller nor does it drive anything that has a name', (here) => inBody(() => {
    here(); scope('counter', () => { const count = reg(UInt(8)); count.next = count.add(1); return { count }; });
  })),
  mistake('name-illegal', '0 cannot be a name in Verilog: keys must be identifiers', (here) => inBody(() => {
    here(); const list = { 0: reg(Bool) };
    return list;
  })),
  mistake('name-illegal', 'a-b_low cannot be a name in Verilog: keys must be identifiers', (here) => inBody(() => {
    here(); const low = reg(Bool);
    return { 'a-b': { low } };
  })),
  mistake('name-collision', 'a register would be called x, which is the name of port x; use another key', (here) => inBody(() => {
    here(); const x = reg(Bool);
    return { x };
  })),
  mistake('name-collision', 'a wire would be called clk, which is the name of the clock; use another key', (here) => inBody(() => {
    here(); const clk = wire(Bool);
    clk.set(true);
    return { clk };
  })),
  mistake('name-collision', 'a memory would be called a_b, which is the name of a register; use another key', (here) => inBody(() => {
    const b = reg(Bool);
    here(); const memory = mem(Bool, 4);
    return { a: { b }, a_b: memory };
  })),
  mistake('name-collision', 'an instance would be called part, which is the name of an instance; use another key', (here) => inBody(() => {
    inst(empty, {}, { name: 'part' });
    here(); inst(empty, {}, { name: 'part' });
  })),
  mistake('name-collision', 'a value would be called y, which is the name of port y; use another key', (here) => {
    here(); const clash = module('clash', {}, { x: In(UInt(8)), y: Out(UInt(8)) }, (io) => { io.y.set(io.x); return { y: io.x.add(1) }; });
    elaborate(clash);
  }),
  mistake('reserved-word', 'reg is a reserved word of Verilog; use another name', (here) => { here(); elaborate(module('reg', {}, {}, () => {})); }),
  mistake('reserved-word', 'output is a reserved word of Verilog; use another name', (here) => { here(); elaborate(module('m', {}, { output: In(Bool) }, () => {})); }),
  mistake('reserved-word', 'logic is a reserved word of SystemVerilog; use another name', (here) => inBody(() => {
    here(); const logic = reg(Bool);
    return { logic };
  })),
  mistake('reserved-word', 'template is a reserved word of C++; use another name', (here) => inBody(() => {
    here(); const template = inst(empty);
    return { template };
  })),
  mistake('reserved-word', 'table is a reserved word of Verilog; use another name', (here) => inBody((io) => {
    here(); const table = mem(UInt(8), 16);
    table.read(io.n);
    return { table };
  })),
  mistake('reserved-word', 'return is a reserved word of SystemVerilog; use another name', (here) => {
    here(); const clash = module('clash', {}, { x: In(UInt(8)) }, (io) => ({ return: io.x.add(1) }));
    elaborate(clash);
  }),
  mistake('undriven', 'output y is never driven', (here) => { here(); elaborate(module('m', {}, { y: Out(Bool) }, () => {})); }),
  mistake('undriven', 'wire w is never driven', (here) => inBody(() => {
    here(); const w = wire(Bool);
    return { w };
  })),
  mistake('undriven', 'instance input unit_in_valid is never driven', (here) => inBody(() => {
    here(); const unit = inst(stage);
    return { unit };
  })),
  mistake('undriven', 'output in_ready is never driven', (here) => { here(); elaborate(module('m', {}, { in: In(Stream(Bool)) }, () => {})); }),
  mistake('combinational-loop', 'module subject has a combinational loop: a -> b -> c -> a; put a register into it', (here) => inBody(() => {
    here(); const [a, b, c] = [wire(UInt(8)), wire(UInt(8)), wire(UInt(8))];
    b.set(a.add(1));
    c.set(b.add(1));
    a.set(c.add(1));
    return { a, b, c };
  })),
];
