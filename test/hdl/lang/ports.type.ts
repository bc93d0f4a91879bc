/** Ports, streams and interfaces from both sides; who drives what is a matter of types. Compiled, never run. */
import { Bool, Bundle, connect, Enum, external, flip, In, inst, Interface, module, Out, Packet, reg, Stream, UInt, Valid, Vec, wire } from '@vtoe/hdl';

const State = Enum('State', ['Idle', 'Run']);
const Word = Bundle('Word', { data: UInt(8), last: Bool });
const Bus = Interface('Bus', { request: Out(Stream(Word)), response: In(Valid(UInt(8))), busy: In(Bool), mode: Out(State) });
const Link = Interface('Link', { bus: Out(Bus), lanes: Out(Vec(Stream(UInt(4)), 2)) });

export const leaf = module('leaf', {}, {
  x: In(UInt(8)), on: In(Bool), word: In(Word), y: Out(UInt(8)), in: In(Stream(Word)), out: Out(Stream(Word)), beat: Out(Valid(UInt(8))), rx: In(Valid(UInt(8))),
  bus: Out(Bus), slave: In(Bus), lanes: In(Vec(Stream(UInt(4)), 2)), outs: Out(Vec(Stream(UInt(4)), 2)), link: Out(Link), flipped: flip(Out(Bus)),
}, (io) => {
  // An unknown port, member or field
  // @ts-expect-error
  io.z.set(1);
  // @ts-expect-error
  void io.in.data;
  // @ts-expect-error
  void io.in.payload.dat;
  // @ts-expect-error
  void io.bus.requests;
  // @ts-expect-error
  void io.lanes[0].last;

  // The wrong side of a stream
  // @ts-expect-error
  io.in.valid.set(true);
  // @ts-expect-error
  io.in.payload.set({ data: 1, last: true });
  // @ts-expect-error
  io.in.payload.data.set(1);
  // @ts-expect-error
  io.out.ready.set(true);
  // @ts-expect-error
  io.outs[0].ready.set(true);
  // @ts-expect-error
  io.lanes[1].valid.set(true);
  // @ts-expect-error
  io.in.fire.set(true);

  // A Valid cannot be stalled
  // @ts-expect-error
  io.beat.ready.set(true);
  // @ts-expect-error
  io.rx.valid.set(true);
  // @ts-expect-error
  void io.rx.fire;

  // The wrong side of an interface
  // @ts-expect-error
  io.bus.request.ready.set(true);
  // @ts-expect-error
  io.bus.busy.set(true);
  // @ts-expect-error
  io.bus.response.valid.set(true);
  // @ts-expect-error
  io.slave.request.valid.set(true);
  // @ts-expect-error
  io.slave.mode.set('Run');
  // @ts-expect-error
  io.bus.mode.set('Stop');
  // @ts-expect-error
  io.flipped.request.valid.set(true);
  // @ts-expect-error
  io.link.bus.busy.set(true);
  // @ts-expect-error
  io.link.lanes[0].ready.set(true);

  // from
  // @ts-expect-error
  io.in.from(io.in);
  // @ts-expect-error
  io.out.from(io.out);
  // @ts-expect-error
  io.out.from(io.lanes[0]);
  // @ts-expect-error
  io.out.from(io.rx);
  // @ts-expect-error
  io.out.from(io.word);
  // @ts-expect-error
  io.beat.from(io.in);
  // @ts-expect-error
  io.beat.from(wire(Stream(UInt(8))));
  // @ts-expect-error
  io.outs.from(io.lanes);

  // connect
  // @ts-expect-error
  connect(io.out, io.outs[0]);
  // @ts-expect-error
  connect(io.out, io.lanes[0]);
  // @ts-expect-error
  connect(io.out, io.rx);
  // @ts-expect-error
  connect(io.beat, io.in);
  // @ts-expect-error
  connect(io.x, io.y.add(1));
  // @ts-expect-error
  connect(io.y, io.on);
  // @ts-expect-error
  connect(io.y, 3);
  // @ts-expect-error
  connect(reg(UInt(8)), io.x);
  // @ts-expect-error
  connect(io.bus, io.link);
  // @ts-expect-error
  connect(io.bus, io.bus);
  // @ts-expect-error
  connect(io.slave, io.flipped);
  // @ts-expect-error
  connect(io.outs, io.in);
  // @ts-expect-error
  connect(io.outs, 5);
});

export const parent = module('parent', {}, { x: In(UInt(8)), on: In(Bool), in: In(Stream(Word)), out: Out(Stream(Word)), bus: Out(Bus), slave: In(Bus), lanes: In(Vec(Stream(UInt(4)), 2)), outs: Out(Vec(Stream(UInt(4)), 2)) }, (io) => {
  // Connections of the wrong kind
  // @ts-expect-error
  inst(leaf, { x: io.on });
  // @ts-expect-error
  inst(leaf, { x: true });
  // @ts-expect-error
  inst(leaf, { on: 1 });
  // @ts-expect-error
  inst(leaf, { word: { data: 1 } });
  // @ts-expect-error
  inst(leaf, { in: io.out });
  // @ts-expect-error
  inst(leaf, { in: io.x });
  // @ts-expect-error
  inst(leaf, { out: io.in });
  // @ts-expect-error
  inst(leaf, { lanes: io.outs });
  // @ts-expect-error
  inst(leaf, { lanes: io.lanes[0] });
  // @ts-expect-error
  inst(leaf, { bus: io.slave });
  // @ts-expect-error
  inst(leaf, { slave: io.bus });
  // An output is read from the result
  // @ts-expect-error
  inst(leaf, { y: io.x });
  // An unknown port
  // @ts-expect-error
  inst(leaf, { z: 1 });
  // @ts-expect-error
  inst(leaf, {}, { called: 'x' });
  // @ts-expect-error
  inst('leaf', {});
  // @ts-expect-error
  inst(() => leaf);

  const unit = inst(leaf);
  // What the instance drives
  // @ts-expect-error
  unit.y.set(1);
  // @ts-expect-error
  unit.out.valid.set(true);
  // @ts-expect-error
  unit.in.ready.set(true);
  // @ts-expect-error
  unit.rx.payload.next = 1;
  // @ts-expect-error
  unit.bus.request.valid.set(true);
  // @ts-expect-error
  void unit.z;
  return { unit };
});

// Declarations
// @ts-expect-error
In(8);
// @ts-expect-error
In(In(UInt(8)));
// @ts-expect-error
Stream(Stream(UInt(8)));
// @ts-expect-error
Stream(In(UInt(8)));
// @ts-expect-error
Interface('I', { a: UInt(8) });
// @ts-expect-error
Interface({ a: In(UInt(8)) });
// @ts-expect-error
Packet('64');
// @ts-expect-error
flip(UInt(8));
// @ts-expect-error
In(UInt(8), { name: 'x' });
// @ts-expect-error
module('m', {}, { a: UInt(8) }, () => {});
// @ts-expect-error
module('m', { list: [1] }, {}, () => {});
// @ts-expect-error
module('m', {}, {});
// @ts-expect-error
module({}, {}, () => {});
// @ts-expect-error
module('m', {}, {}, () => 5);
// @ts-expect-error
external('e', { a: In(UInt(8)) }, { model: parent });
// @ts-expect-error
external('e', {}, { parameters: { a: true } });
