/**
 * Generic blocks, as a library writes them: whatever `T extends Data` is, ports, state, memories and streams of it
 * type-check without a cast. Compiled, never run.
 */
import {
  Bool, Bundle, clog2, connect, type Data, In, inst, Interface, type Like, lit, type Literal, mem, module, mux, Out, pack, past, type Read,
  reg, scope, type Sink, type Source, Stream, UInt, unpack, Valid, Vec, when, type Wire, wire,
} from '@vtoe/hdl';

export const fifo = <T extends Data>(payload: T, depth: number) => {
  const pointer = UInt(clog2(depth) + 1);
  const index = (p: UInt) => p.trunc(clog2(depth));
  return module('fifo', { t: payload, d: depth }, { in: In(Stream(payload)), out: Out(Stream(payload)), level: Out(pointer) }, (io) => {
    const ram = mem(payload, depth);
    const rd = reg(pointer);
    const wr = reg(pointer);
    const level = wr.sub(rd);
    io.in.ready.set(level.ne(depth));
    io.out.valid.set(level.ne(0));
    io.out.payload.set(ram.read(index(rd)));
    when(io.in.fire, () => { ram.write(index(wr), io.in.payload); wr.next = wr.add(1); });
    when(io.out.fire, () => { rd.next = rd.add(1); });
    io.level.set(level);
    return { ram, rd, wr, level };
  });
};

export const delay = <T extends Data>(payload: T) => module('delay', { t: payload }, { d: In(payload), q: Out(payload) }, (io) => {
  const q = reg(payload, { reset: false });
  q.next = io.d;
  io.q.set(q);
  return { q };
});

/** Instances of generic blocks, by connections and through the result. */
export const twice = <T extends Data>(payload: T) => module('twice', { t: payload }, { d: In(payload), q: Out(payload), en: In(Bool) }, (io) => {
  const first = inst(delay(payload), { d: io.d });
  const second = inst(delay(payload));
  second.d.set(mux(io.en, first.q, io.d));
  io.q.set(second.q);
  return { first, second };
});

/** Two blocks of streams in a row, joined in each of the possible ways. */
export const chain = <T extends Data>(payload: T) => module('chain', { t: payload }, { in: In(Stream(payload)), out: Out(Stream(payload)) }, (io) => {
  const first = inst(fifo(payload, 4), { in: io.in });
  const second = inst(fifo(payload, 4));
  const between = wire(Stream(payload));
  between.from(first.out);
  connect(second.in, between);
  io.out.from(second.out);
  return { first, second, between };
});

export const arbiter = <T extends Data>(payload: T, n: number) =>
  module('arbiter', { t: payload, n }, { in: In(Vec(Stream(payload), n)), out: Out(Stream(payload)) }, (io) => {
    const chosen = wire(payload);
    let taken: Read<typeof Bool> = lit(Bool, false);
    chosen.set(io.in[0]!.payload);
    for (const stream of io.in) {
      when(stream.valid.and(taken.not()), () => { chosen.set(stream.payload); });
      stream.ready.set(taken.not().and(io.out.ready));
      taken = taken.or(stream.valid);
    }
    io.out.payload.set(chosen);
    io.out.valid.set(taken);
    return { chosen };
  });

/** Vectors and bundles of a generic shape. */
export const table = <T extends Data>(payload: T) => {
  const Tagged = Bundle('Tagged', { tag: UInt(4), value: payload });
  return module('table', { t: payload }, { row: In(Vec(payload, 4)), index: In(UInt(2)), picked: Out(payload), tagged: Out(Tagged), beats: Out(Valid(Tagged)) }, (io) => {
    const rows = reg(Vec(payload, 4));
    rows.next = io.row;
    rows.at(io.index).next = io.row.at(0);
    rows.at(3).next = rows.at(2);
    io.picked.set(rows.at(io.index));
    io.tagged.set({ tag: 3, value: io.row.at(1) });
    io.beats.payload.value.set(rows.at(0));
    io.beats.payload.tag.set(io.tagged.tag);
    io.beats.valid.set(rows.at(0).eq(io.row.at(1)).or(past(rows).ne(rows)));
    for (const row of io.row) when(row.eq(io.picked), () => { rows.next = io.row; });
    return { rows };
  });
};

/** Interfaces of a generic shape, both sides. */
export const Bus = <T extends Data>(payload: T) => Interface('Bus', { request: Out(Stream(payload)), response: In(Valid(payload)), grant: In(Bool), word: Out(payload) });

export const bridge = <T extends Data>(payload: T) => module('bridge', { t: payload }, { up: In(Bus(payload)), down: Out(Bus(payload)) }, (io) => {
  io.down.request.from(io.up.request);
  io.up.response.from(io.down.response);
  io.up.grant.set(io.down.grant);
  io.down.word.set(io.up.word);
});

export const bridged = <T extends Data>(payload: T) => module('bridged', { t: payload }, { up: In(Bus(payload)), down: Out(Bus(payload)) }, (io) => {
  const between = wire(Bus(payload));
  const inner = inst(bridge(payload), { up: io.up, down: between });
  const outer = inst(bridge(payload), { up: between });
  connect(io.down, outer.down);
  return { between, inner, outer };
});

/** Helpers on values. */
export const delayed = <T extends Data>(x: Read<T>): Read<T> => scope('delayed', () => {
  const q = reg(x.shape);
  q.next = x;
  return { q };
}).q;

export const drive = <T extends Data>(target: Wire<T>, value: Like<T>): void => target.set(value);
export const constant = <T extends Data>(shape: T, value: Literal<T>): Read<T> => lit(shape, value);
export const repack = <T extends Data>(x: Read<T>): Read<T> => unpack(x.shape, pack(x));
export const held = <T extends Data>(x: Read<T>, enable: Read<typeof Bool>): Read<T> => {
  const last = reg(x.shape);
  when(enable, () => { last.next = x; });
  return mux(enable, x, last);
};

export const forward = <T extends Data>(from: Source<T>, to: Sink<T>): void => {
  to.valid.set(from.valid);
  to.payload.set(from.payload);
  from.ready.set(to.ready);
  connect(to, from);
};
