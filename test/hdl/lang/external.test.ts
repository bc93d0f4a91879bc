/** Foreign modules: declared by their ports, with a model for simulation. */
import { Bool, Bundle, elaborate, external, In, inst, Interface, module, Out, Stream, UInt } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { irOf } from './support/ir.ts';

const Pair = Bundle('Pair', { high: UInt(8), low: UInt(8) });

describe('an external module', () => {
  test('keeps the names of the foreign Verilog: clock, reset, parameters, leaves of ports', () => {
    const { top } = elaborate(external('AXIS_FIFO', { s: In(Stream(Pair, { prefix: 't' }), { prefix: 's_axis_' }), clk: In(Bool) }, { clock: 'aclk', reset: 'aresetn', parameters: { DEPTH: 16, KIND: 'block', BIG: 1n << 40n } }));
    expect(top.name).toBe('AXIS_FIFO');
    expect(top.ports.map(({ name }) => name)).toEqual(['s_axis_tvalid', 's_axis_tready', 's_axis_thigh', 's_axis_tlow', 'clk']);
    expect(top.external).toEqual({ clock: 'aclk', reset: 'aresetn', model: undefined, parameters: [{ name: 'DEPTH', value: 16n }, { name: 'KIND', value: 'block' }, { name: 'BIG', value: 1n << 40n }] });
  });

  test('is instantiated as any other, and its outputs depend on nothing that a loop could run through', () => {
    const foreign = external('foreign', { x: In(UInt(8)), y: Out(UInt(8)) });
    expect(irOf({ x: In(UInt(8)) }, () => {
      const unit = inst(foreign);
      unit.x.set(unit.y.add(1));
      return { unit };
    })).toMatchInlineSnapshot(`
      "input x:8
      inst unit of foreign
        %0:8 = add unit_y 8'1
        unit_x := %0"
    `);
  });

  test('with a model depends on what the model does', () => {
    const ports = { x: In(UInt(8)), y: Out(UInt(8)) };
    const model = module('model', {}, ports, (io) => { io.y.set(io.x); });
    const foreign = external('foreign', ports, { model });
    const loop = module('loop', {}, {}, () => {
      const unit = inst(foreign);
      unit.x.set(unit.y.add(1));
      return { unit };
    });
    expect(() => elaborate(loop)).toThrow('module loop has a combinational loop: unit_x -> unit_y -> unit_x');
  });

  test('may have an interface, its model the same', () => {
    const Bus = Interface('Bus', { request: Out(Stream(Pair)), busy: In(Bool) });
    const ports = { bus: In(Bus, { prefix: 'b_' }) };
    const model = module('model', {}, ports, (io) => { io.bus.request.ready.set(true); io.bus.busy.set(false); });
    expect(elaborate(external('foreign', ports, { model })).top.external!.model!.name).toBe('model');
  });
});
