import { Bool, connect, In, inst, Interface, lit, module, Out, reg, Stream, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { untyped, wrong } from '../../lang/support/untyped.ts';
import { inBody, Pair, stage, withPorts } from './body.ts';
import { mistake } from './mistake.ts';

const Bus = Interface('Bus', { up: Out(UInt(8)), down: In(UInt(8)) });
const Wider = Interface('Wider', { up: Out(UInt(8)), down: In(UInt(8)), more: Out(Bool) });
const counter = module('counter', {}, { count: Out(UInt(8)) }, (io) => { io.count.set(3); });

export const assignment = [
  mistake('not-drivable', 'input x can only be read; wires, outputs and inputs of instances take set, registers take next', (here) => inBody((io) => { here(); untyped(io.x).set!(1); })),
  mistake('not-drivable', 'input pair_low can only be read; wires, outputs and inputs of instances take set, registers take next', (here) => inBody((io) => { here(); untyped(io.pair.low).set!(1); })),
  mistake('not-drivable', 'input pair_high can only be read; wires, outputs and inputs of instances take set, registers take next', (here) => inBody((io) => { here(); untyped(io.pair).set!({ high: 1, low: 2 }); })),
  mistake('not-drivable', 'input row_0 can only be read; wires, outputs and inputs of instances take set, registers take next', (here) => inBody((io) => { here(); untyped(io.row.at(io.n)).set!(1); })),
  mistake('not-drivable', 'input x can only be read; wires, outputs and inputs of instances take set, registers take next', (here) => inBody((io) => { here(); untyped(io.x).next = wrong(1); })),
  mistake('not-drivable', 'this value can only be read; wires, outputs and inputs of instances take set, registers take next', (here) => inBody((io) => { here(); untyped(io.x.add(1)).set!(1); })),
  mistake('not-drivable', 'this value can only be read; wires, outputs and inputs of instances take set, registers take next', (here) => inBody(() => { here(); untyped(lit(Pair, { high: 1, low: 1 })).set!({ high: 1, low: 2 }); })),
  mistake('not-drivable', 'port count of an instance of counter can only be read; wires, outputs and inputs of instances take set, registers take next', (here) => inBody(() => { here(); untyped(inst(counter).count).set!(1); })),
  mistake('not-drivable', 'port count of an instance of counter can only be read; wires, outputs and inputs of instances take set, registers take next', (here) => inBody(() => { here(); inst(counter, wrong({ count: wire(UInt(8)) })); })),
  mistake('not-drivable', 'port in_ready of an instance of stage can only be read; wires, outputs and inputs of instances take set, registers take next', (here) => inBody(() => { here(); untyped(inst(stage).in.ready).set!(true); })),

  mistake('set-register', 'the register declared at {declared} is a register, which takes its value at the clock edge: assign to next, not with set', (here) => inBody(() => {
    here('declared'); const r = reg(UInt(8));
    here(); untyped(r).set!(1);
  })),
  mistake('set-register', 'the register declared at {declared} is a register, which takes its value at the clock edge: assign to next, not with set', (here) => inBody(() => {
    here('declared'); const r = reg(Pair);
    here(); untyped(r).set!({ high: 1, low: 2 });
  })),
  mistake('next-of-wire', 'the wire declared at {declared} is combinational: use set, next is for registers', (here) => inBody(() => {
    here('declared'); const w = wire(UInt(8));
    here(); untyped(w).next = wrong(1);
  })),
  mistake('next-of-wire', 'output y_low is combinational: use set, next is for registers', (here) => withPorts({ y: Out(Pair) }, (io) => { here(); untyped(io.y.low).next = wrong(1); })),
  mistake('next-of-wire', 'output y_high is combinational: use set, next is for registers', (here) => withPorts({ y: Out(Pair) }, (io) => { here(); untyped(io.y).next = wrong({ high: 1, low: 2 }); })),
  mistake('next-read', 'next can only be assigned; read the register itself, or name the value before you assign it', (here) => inBody(() => { here(); void reg(UInt(8)).next; })),
  mistake('next-read', 'next can only be assigned; read the register itself, or name the value before you assign it', (here) => inBody(() => { here(); void reg(Pair).next; })),
  mistake('init-without-reset', 'reg: init needs a reset, but reset is false', (here) => inBody(() => { here(); reg(UInt(8), { init: 3, reset: false }); })),
  mistake('init-literal', 'init must be made of literals only: it is a value at reset or at start', (here) => inBody((io) => { here(); reg(UInt(8), { init: wrong(io.x) }); })),

  // Connections
  mistake('several-drivers', 'output y is driven already, as a connection or before one, at {first}; a connection is the only driver', (here) => withPorts({ x: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
    here('first'); connect(io.y, io.x);
    here(); io.y.set(3);
  })),
  mistake('several-drivers', 'output y is driven already, as a connection or before one, at {first}; a connection is the only driver', (here) => withPorts({ x: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
    when(io.x.eq(3), () => { here('first'); io.y.set(1); });
    here(); connect(io.y, io.x);
  })),
  mistake('several-drivers', 'port level of an instance of stage is driven already, as a connection or before one, at {first}; a connection is the only driver', (here) => inBody((io) => {
    here('first'); const unit = inst(stage, { level: io.x });
    here(); unit.level.set(3);
  })),
  mistake('several-drivers', 'output out_valid is driven already, as a connection or before one, at {first}; a connection is the only driver', (here) => withPorts({ a: In(Stream(Bool)), b: In(Stream(Bool)), out: Out(Stream(Bool)) }, (io) => {
    here('first'); io.out.from(io.a);
    here(); io.out.from(io.b);
  })),
  mistake('connect-in-when', 'output y: a connection is structural and cannot stand inside when or match; use set', (here) => withPorts({ x: In(Bool), y: Out(Bool) }, (io) => {
    when(io.x, () => { here(); connect(io.y, io.x); });
  })),
  mistake('connect-in-when', 'port level of an instance of stage: a connection is structural and cannot stand inside when or match; use set', (here) => inBody((io) => {
    when(io.on, () => { here(); inst(stage, { level: 3 }); });
  })),
  mistake('connect-dynamic', 'a connection needs a fixed element; a dynamic index is for reads and assignments', (here) => withPorts({ x: In(UInt(1)), y: Out(Vec(UInt(1), 2)) }, (io) => { here(); connect(io.y.at(io.x), io.x); })),
  mistake('connect-member', 'connect: only the source has a member more', (here) => withPorts({ a: Out(Bus), b: In(Wider) }, (io) => { here(); untyped(connect)(io.a, io.b); })),
  mistake('connect-member', 'from: only the sink has a member ready', (here) => withPorts({ a: Out(Stream(Bool)), b: In(Valid(Bool)) }, (io) => { here(); untyped(io.a).from!(io.b); })),
  mistake('connect-length', 'connect: the sides have 2 elements on one side and 3 on the other', (here) => withPorts({ a: Out(Vec(Stream(Bool), 2)), b: In(Vec(Stream(Bool), 3)) }, (io) => { here(); connect(io.a, io.b); })),
  mistake('connect-length', 'connect: lanes has 2 elements on one side and 3 on the other', (here) => withPorts({ a: Out(Interface('L', { lanes: Out(Vec(Stream(Bool), 2)) })), b: In(Interface('M', { lanes: Out(Vec(Stream(Bool), 3)) })) }, (io) => { here(); connect(io.a, io.b); })),
  mistake('connect-kind', 'connect: its arguments must be two values, two interfaces or two arrays of them', (here) => withPorts({ y: Out(UInt(8)) }, (io) => { here(); untyped(connect)(io.y, 3); })),
  mistake('connect-kind', 'from: its arguments must be two values, two interfaces or two arrays of them', (here) => withPorts({ y: Out(Stream(Bool)) }, (io) => { here(); io.y.from(wrong(undefined)); })),
  mistake('connect-kind', 'inst of stage: in must be two values, two interfaces or two arrays of them', (here) => inBody((io) => { here(); inst(stage, { in: wrong(io.pair) }); })),
  mistake('connect-undrivable', 'connect: its arguments can be driven on neither side', (here) => inBody((io) => { here(); untyped(connect)(io.x, io.y); })),
  mistake('connect-undrivable', 'connect: its arguments can be driven on neither side', (here) => inBody((io) => { here(); untyped(connect)(reg(UInt(8)), io.y); })),
  mistake('connect-undrivable', 'from: valid can be driven on neither side', (here) => withPorts({ a: In(Stream(Bool)), b: In(Stream(Bool)) }, (io) => { here(); untyped(io.a).from!(io.b); })),
  mistake('fire', 'only a Stream has fire; this is of kind valid, which has no ready', (here) => withPorts({ a: In(Valid(Bool)) }, (io) => { here(); void untyped(io.a).fire; })),
];
