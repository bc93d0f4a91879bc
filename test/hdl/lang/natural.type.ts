/** What designers write without thinking of types must compile: the other half of the refusals. Compiled, never run. */
import {
  allOf, anyConst, anyOf, assert, type Bool as BoolValue, Bool, Bundle, cat, connect, cover, type Data, elaborate, Enum, type EnumValue, external, flip, In,
  inst, Interface, type Like, lit, match, mem, module, mux, networkOrder, Out, pack, Packet, past, probe, type Read, type Reg, reg, rose, scope, type Shaped, type Sink, type Source,
  stable, Stream, type UInt as UIntValue, UInt, type UIntLike, unpack, Valid, Vec, when, type Wire, wire,
} from '@vtoe/hdl';

const State = Enum('State', ['Idle', 'Run', 'Drain'], { illegal: 'Drain' });
const Code = Enum('Code', { Ok: 0n, Bad: 0x80 }, { width: 16 });
const Header = Bundle('Header', { source: UInt(16), target: UInt(16), flags: Vec(Bool, 4), state: State });
const Request = Bundle('Request', { header: Header, index: UInt(4) });
const Bus = Interface('Bus', { request: Out(Stream(Request)), response: In(Valid(UInt(8))), interrupt: In(Bool) });
const Ring = Interface('Ring', { up: Out(Bus), down: In(Bus), lanes: Out(Vec(Stream(UInt(8)), 2)) });

// One name for the shape and for the type of its values
const double = (x: UInt): UInt => x.add(x);
const both = (a: Bool, b: Bool): Bool => a.and(b);
const saturate = (x: UInt, limit: UIntLike): UInt => mux(x.gt(limit), limit, x);
const any = (...values: readonly Shaped<Data>[]): UInt => cat(...values);
const runs = (state: EnumValue<'Idle' | 'Run' | 'Drain'>): Bool => state.is('Run', 'Drain');
const sum = (values: readonly UIntValue[]): UIntValue => values.reduce((a, b) => a.add(b));
const isSet = (flags: readonly BoolValue[]): BoolValue => anyOf(...flags);
const increment = (counter: Reg<typeof Counter>): void => { counter.next = counter.add(1); };
const Counter = UInt(8);
const headerOf = (request: Read<typeof Request>): Read<typeof Header> => request.header;
const clear = (header: Wire<typeof Header>): void => header.set({ source: 0, target: 0, flags: [false, false, false, false], state: 'Idle' });
const widened = (x: UInt, value: Like<typeof Header>): UInt => x.zext(pack(lit(Header, { source: 1, target: 2, flags: [true, false, true, false], state: 'Run' })).width).xor(pack(mux(x.orR(), lit(Header, { source: 1, target: 2, flags: [true, true, true, true], state: 'Idle' }), value)));

export const values = module('values', {}, {
  x: In(UInt(8)), y: In(UInt(8)), on: In(Bool), state: In(State), code: In(Code), request: In(Request), rows: In(Vec(Request, 4)), index: In(UInt(2)),
  out: Out(UInt(8)), header: Out(Header), flag: Out(Bool), row: Out(Vec(UInt(8), 2)),
}, (io) => {
  const { x, y, on } = io;
  const count = reg(Counter, { init: 5 });
  const state = reg(State);
  const requests = reg(Vec(Request, 4), { reset: false });
  const header = wire(Header);
  const values: UInt[] = [x, y, count, lit(UInt(8), 3), double(x)];
  let total = lit(UInt(8), 0);
  for (const value of values) total = total.add(value);
  let valid = on;
  for (let i = 0; i < 4; i++) valid = valid.and(x.bit(i)).or(requests.at(i).header.flags.at(0));

  // Literals of each kind, on either side of mux
  mux(on, x, 1);
  mux(on, 1n, x);
  mux(on, io.state, 'Idle');
  mux(on, 'Run', io.state);
  mux(on, on, false);
  mux(on, io.request, requests.at(io.index));
  mux(on, { header: io.request.header, index: 3 }, io.request);
  mux(on, io.rows, requests);
  mux(on, io.request.header.flags, [true, false, on, true]);
  mux(on, header, lit(Header, { source: 1, target: 2, flags: [true, true, true, true], state: 'Idle' }));
  x.eq(3);
  io.state.eq('Run');
  io.state.ne(state);
  io.code.eq('Bad');
  io.request.eq({ header, index: 3 });
  io.request.header.flags.eq([true, true, on, false]);
  x.shl(3).shr(y).rotl(io.index).rotr(2).sra(1).bits(7, 4).zext(9).sext(10).trunc(8).repeat(2);
  x.bit(y).and(x.bit(3)).repeat(4).and(io.state.toUInt().zext(4)).popcount().oneHot(8).priority().orR();
  networkOrder(x).addc(y).subb(3).mul(0x100).min(4).smax(5).slt(-3);

  // A register is a value; so is a wire
  both(on, rose(on)).or(stable(x)).or(isSet([on, valid, count.eq(3)])).or(allOf(on, valid)).xor(true).eq(false);
  increment(count);
  clear(header);
  header.source.set(y.zext(16));
  header.flags.at(io.index).set(on);
  header.flags.at(3).set(true);
  headerOf(io.request).eq(headerOf(requests.at(0)));
  unpack(Header, pack(io.request.header)).state.eq('Drain');
  widened(sum([total, x]), header);
  any(on, x, io.state, header);
  cat(on, x, io.request);
  cat(...values, x);

  when(valid, () => { state.next = 'Run'; }).elsewhen(state.eq('Run'), () => { state.next = io.state; }).otherwise(() => { state.next = mux(on, 'Idle', state); });
  match(state, { Idle: () => {}, Run: () => {}, Drain: () => {} });
  match(io.state, { Idle: () => {}, otherwise: () => {} });
  match(io.code, { Ok: () => {}, Bad: () => {} });
  match(x, { 0: () => {}, 0x10: () => {}, otherwise: () => {} });
  match(x, [[1n, () => {}], [[2, 3n], () => {}]], () => {});
  when(on, () => count.add(1));
  when(on, () => { requests.at(io.index).next = io.request; requests.at(0).header.flags.at(1).next = on; });
  requests.next = [io.request, io.request, { header, index: 3 }, io.rows.at(io.index)];
  for (const request of requests) request.index.next = 3;
  for (const [i, request] of [...io.rows].entries()) when(request.index.eq(i), () => {});

  io.out.set(saturate(total, 100));
  io.flag.set(runs(state).or(past(on, 2)));
  io.header.set(header);
  io.row.set([x, 3]);
  io.row.at(0).set(io.row.at(1));
  assert(on, 'on holds');
  cover(io.out.eq(3), 'three');
  probe('retire', on, { x, request: io.request, state });
  const any8 = anyConst(UInt(8));
  return { count, state, requests, header, list: [total, valid], nested: { any8 }, nothing: undefined, number: 3 };
});

export const interfaces = module('interfaces', { w: 3, name: 'x', big: 5n, on: true, shape: Request }, {
  bus: In(Bus), ring: Out(Ring), master: Out(Bus, { prefix: 'm_' }), flipped: flip(In(Bus)), lanes: In(Vec(Stream(UInt(8)), 2)), buses: Out(Vec(Bus, 2)), packets: In(Stream(Packet(64))), words: Out(Stream(UInt(64))),
}, (io) => {
  io.ring.up.request.from(io.bus.request);
  io.bus.response.from(io.ring.up.response);
  io.bus.interrupt.set(anyOf(io.ring.up.interrupt, io.master.interrupt, ...io.buses.map((bus) => bus.interrupt)));
  connect(io.master, io.ring.down);
  connect(io.ring.lanes, io.lanes);
  for (const [i, bus] of io.buses.entries()) {
    bus.request.valid.set(io.lanes[i]!.valid);
    bus.request.payload.header.flags.at(0).set(io.lanes[i]!.payload.bit(0));
  }
  io.flipped.request.payload.set({ header: lit(Header, { source: 1, target: 2, flags: [true, true, true, true], state: 'Idle' }), index: 3 });
  const beats = wire(Stream(UInt(64)));
  beats.valid.set(io.packets.valid.and(io.packets.payload.last.not()));
  beats.payload.set(io.packets.payload.data);
  io.packets.ready.set(beats.ready);
  io.words.from(beats);
  connect(io.words, beats);
  const link = wire(Valid(UInt(8)));
  link.from(io.ring.up.response);
  connect(link.payload, io.lanes[0]!.payload);
  const wired = wire(Bus);
  wired.request.from(io.bus.request);
  wired.request.ready.set(io.master.request.ready);
  connect(wired, io.bus);
  connect(io.master, wired);
  return { beats, link, wired };
});

const pll = external('PLL', { locked: Out(Bool), code: In(UInt(4)) }, { parameters: { MULT: 4, KIND: 'fast', BIG: 1n << 40n }, clock: 'clkin' });

export const top = module('top', {}, { bus: In(Bus), master: Out(Bus), lanes: In(Vec(Stream(UInt(8)), 2)), in: In(Stream(UInt(8))), out: Out(Stream(UInt(8))), locked: Out(Bool) }, (io) => {
  const unit = inst(interfaces, { bus: io.bus, master: io.master, lanes: io.lanes }, { name: 'unit', attributes: { keep: true } });
  const units = Array.from({ length: 2 }, () => inst(pll, { code: 3 }));
  const data = mem(Request, 16, { init: [], outputRegister: true, attributes: { ram_style: 'block' } });
  const bytes = mem(UInt(32), 16, { init: [1, 2n, 3] });
  const word = data.readSync(3, 'lookup');
  data.write(word.index, word);
  data.write(word.index, { header: word.header, index: 3 }, { fields: { index: true, header: io.in.valid } });
  bytes.write(0, 5n, { bytes: 0b0011 });
  bytes.write(word.index, bytes.read(word.index, 'peek'), { lanes: word.index });
  const stage = (source: Source<typeof Counter>): Source<typeof Counter> => scope('stage', () => {
    const full = reg(Bool);
    const held = reg(source.payload.shape);
    const out = wire(Stream(source.payload.shape));
    source.ready.set(full.not().or(out.ready));
    when(source.ready, () => { full.next = source.valid; held.next = source.payload; });
    out.valid.set(full);
    out.payload.set(held);
    return { full, held, out };
  }).out;
  const finish = (source: Source<typeof Counter>, sink: Sink<typeof Counter>) => sink.from(source);
  finish(stage(stage(io.in)), io.out);
  io.locked.set(units[0]!.locked.and(units[1]!.locked));
  return { unit, units, data, bytes };
});

elaborate(top).modules.map(({ name }) => name);
