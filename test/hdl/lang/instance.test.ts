/** Instances and connections: who drives whom, once, whichever side is named first. */
import { Bool, Bundle, connect, elaborate, In, inst, Interface, module, Out, reg, Stream, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { irOf } from './support/ir.ts';

const Pair = Bundle('Pair', { high: UInt(8), low: UInt(4) });
const Bus = Interface('Bus', { request: Out(Stream(Bool)), busy: In(Bool), lanes: Out(Vec(Valid(UInt(4)), 2)) });

const slave = module('slave', {}, { bus: In(Bus) }, (io) => { io.bus.busy.set(io.bus.lanes[0]!.valid); io.bus.request.ready.set(true); });
const part = module('part', {}, { x: In(UInt(8)), pair: In(Pair), y: Out(UInt(8)), in: In(Stream(UInt(8))), out: Out(Stream(UInt(8))) }, (io) => { io.y.set(io.x); io.out.from(io.in); });

describe('inst', () => {
  test('drives inputs with values and literals, and joins streams', () => {
    expect(irOf({ x: In(UInt(8)), in: In(Stream(UInt(8))), out: Out(Stream(UInt(8))), y: Out(UInt(8)) }, (io) => {
      const unit = inst(part, { x: 3, pair: { high: io.x, low: 1 }, in: io.in, out: io.out });
      io.y.set(unit.y);
      return { unit };
    })).toMatchInlineSnapshot(`
      "input x:8
      input in_valid:1 Bool
      output in_ready:1 Bool
      input in_payload:8
      output out_valid:1 Bool
      input out_ready:1 Bool
      output out_payload:8
      output y:8
        in_ready := unit_in_ready
        out_valid := unit_out_valid
        out_payload := unit_out_payload
        y := unit_y
      inst unit of part
        unit_x := 8'3
        unit_pair_high := x
        unit_pair_low := 4'1
        unit_in_valid := in_valid
        unit_in_payload := in_payload
        unit_out_ready := out_ready"
    `);
  });

  test('leaves inputs to be driven through the result, also by when', () => {
    expect(irOf({ x: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
      const unit = inst(part, { pair: { high: 1, low: 2 }, x: undefined });
      unit.x.set(io.x);
      unit.in.valid.set(false);
      unit.in.payload.set(unit.y);
      unit.out.ready.set(true);
      when(io.x.eq(3), () => { unit.out.ready.set(false); });
      io.y.set(unit.out.payload);
      return { unit };
    })).toMatchInlineSnapshot(`
      "input x:8
      output y:8
        y := unit_out_payload
      inst unit of part
        unit_x := x
        unit_pair_high := 8'1
        unit_pair_low := 4'2
        unit_in_valid := 1'0
        unit_in_payload := unit_y
        unit_out_ready := 1'1
        %0:1 = eq x 8'3
        if %0
          unit_out_ready := 1'0"
    `);
  });

  test('keeps attributes', () => {
    const { top } = elaborate(module('top', {}, { bus: In(Bus) }, (io) => ({ unit: inst(slave, { bus: io.bus }, { attributes: { keep: true } }) })));
    expect([...top.instances[0]!.attributes]).toEqual([['keep', 'true']]);
  });
});

describe('connections', () => {
  const drives = (body: Parameters<typeof irOf<typeof PORTS>>[1]) => irOf(PORTS, body).split('\n').filter((line) => line.includes(':='));
  const PORTS = { up: In(Bus), down: Out(Bus) };
  const through = ['  up_request_ready := down_request_ready', '  up_busy := down_busy', '  down_request_valid := up_request_valid', '  down_request_payload := up_request_payload', '  down_lanes_0_valid := up_lanes_0_valid', '  down_lanes_0_payload := up_lanes_0_payload', '  down_lanes_1_valid := up_lanes_1_valid', '  down_lanes_1_payload := up_lanes_1_payload'];

  test('join two sides of an interface, in either order', () => {
    expect(drives((io) => { connect(io.down, io.up); })).toEqual(through);
    expect(drives((io) => { connect(io.up, io.down); })).toEqual(through);
  });

  test('join it member by member', () => {
    expect(drives((io) => {
      io.down.request.from(io.up.request);
      connect(io.down.lanes, io.up.lanes);
      io.up.busy.set(io.down.busy);
    })).toEqual(through);
  });

  test('pass through wires of the interface, which have both sides', () => {
    const lines = drives((io) => {
      const between = wire(Bus);
      connect(between, io.up);
      connect(io.down, between);
      return { between };
    });
    expect(lines).toHaveLength(16);
    expect(lines).toContain('  between_request_ready := down_request_ready');
    expect(lines).toContain('  up_request_ready := between_request_ready');
    expect(lines).toContain('  down_lanes_1_payload := between_lanes_1_payload');
  });

  test('of two wires of an interface go the ways of its members', () => {
    const lines = drives((io) => {
      const [a, b] = [wire(Bus), wire(Bus)];
      connect(a, io.up);
      connect(b, a);
      connect(io.down, b);
      return { a, b };
    });
    expect(lines).toContain('  b_request_valid := a_request_valid');
    expect(lines).toContain('  a_request_ready := b_request_ready');
    expect(lines).toContain('  a_busy := b_busy');
    expect(lines).toHaveLength(24);
  });

  test('of an instance join its side with the module\'s own, or with another instance', () => {
    expect(irOf({ up: In(Bus) }, (io) => {
      const first = inst(slave, { bus: io.up });
      return { first };
    })).toMatchInlineSnapshot(`
      "input up_request_valid:1 Bool
      output up_request_ready:1 Bool
      input up_request_payload:1 Bool
      output up_busy:1 Bool
      input up_lanes_0_valid:1 Bool
      input up_lanes_0_payload:4
      input up_lanes_1_valid:1 Bool
      input up_lanes_1_payload:4
        up_request_ready := first_bus_request_ready
        up_busy := first_bus_busy
      inst first of slave
        first_bus_request_valid := up_request_valid
        first_bus_request_payload := up_request_payload
        first_bus_lanes_0_valid := up_lanes_0_valid
        first_bus_lanes_0_payload := up_lanes_0_payload
        first_bus_lanes_1_valid := up_lanes_1_valid
        first_bus_lanes_1_payload := up_lanes_1_payload"
    `);
  });

  test('of two that could both be driven drive the first', () => {
    expect(irOf({}, () => {
      const [a, b] = [wire(UInt(8)), wire(UInt(8))];
      connect(a, b);
      b.set(3);
      return { a, b };
    })).toContain('a := b');
  });

  test('of a register read it', () => {
    expect(irOf({ y: Out(Pair) }, (io) => {
      const r = reg(Pair);
      connect(io.y, r);
      return { r };
    })).toContain('y_low := r_low');
  });
});
