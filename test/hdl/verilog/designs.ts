/** Designs in the language that show what emitted text looks like, and that every tool must accept. */
import {
  anyConst, assert, assume, Bool, Bundle, cat, clog2, cover, type Data, Enum, In, inst, match, mem, module, mux, Out, past, probe, reg, Stream, UInt, Vec, when, wire,
} from '@vtoe/hdl';

export const counter = (width: number) =>
  module('counter', { w: width }, { en: In(Bool), count: Out(UInt(width)) }, (io) => {
    const value = reg(UInt(width));
    when(io.en, () => { value.next = value.add(1); });
    io.count.set(value);
    return { value };
  });

export const fifo = <T extends Data>(payload: T, depth: number) => {
  const pointer = UInt(clog2(depth) + 1);
  return module('fifo', { t: payload, d: depth }, { in: In(Stream(payload)), out: Out(Stream(payload)), level: Out(pointer) }, (io) => {
    const ram = mem(payload, depth);
    const [rd, wr] = [reg(pointer), reg(pointer)];
    const index = (of: typeof rd) => of.trunc(clog2(depth));
    const level = wr.sub(rd);
    io.in.ready.set(level.ne(depth));
    io.out.valid.set(level.ne(0));
    io.out.payload.set(ram.read(index(rd)) as never);
    when(io.in.fire, () => {
      ram.write(index(wr), io.in.payload as never);
      wr.next = wr.add(1);
    });
    when(io.out.fire, () => { rd.next = rd.add(1); });
    io.level.set(level);
    return { ram, rd, wr };
  });
};

const State = Enum('State', ['Idle', 'Run', 'Drain']);
const Command = Enum('Command', { Nop: 0, Start: 4, Stop: 5, Abort: 7 });

/** Enums in match, in comparisons, in a mux, as reset value; a wire driven in branches; a register without reset. */
export const controller = () =>
  module('controller', {}, { command: In(Command), done: In(Bool), data: In(UInt(16)), state: Out(State), busy: Out(Bool), held: Out(UInt(16)), step: Out(UInt(4)) }, (io) => {
    const state = reg(State);
    const held = reg(UInt(16), { reset: false });
    const step = wire(UInt(4));
    step.set(0);
    match(state, {
      Idle: () => {
        when(io.command.eq('Start'), () => {
          state.next = 'Run';
          held.next = io.data;
        });
      },
      Run: () => {
        step.set(1);
        when(io.done, () => { state.next = mux(io.command.eq('Stop'), state, 'Drain'); })
          .elsewhen(io.command.eq('Abort'), () => { state.next = 'Idle'; })
          .otherwise(() => { step.set(io.data.bits(3, 0)); });
      },
      Drain: () => { state.next = 'Idle'; },
    });
    io.state.set(state);
    io.busy.set(state.ne('Idle'));
    io.held.set(held);
    io.step.set(step);
    return { current: state, kept: held, number: step };
  });

const Entry = Bundle('Entry', { open: Bool, sequence: UInt(31), window: UInt(16) });

/** A table in block RAM with a write mask, read and written in a pipeline. */
export const table = (depth: number, collision: 'old' | 'asserted', outputRegister = false) =>
  module('table', { d: depth, c: collision, o: outputRegister }, {
    index: In(UInt(clog2(depth))), entry: In(Entry), write: In(Bool), window: In(Bool), read: In(UInt(clog2(depth))), enable: In(Bool), out: Out(Entry),
  }, (io) => {
    const entries = mem(Entry, depth, { collision, style: 'block', outputRegister });
    when(io.write, () => { entries.write(io.index, io.entry, { fields: { open: true, sequence: true, window: io.window } }); });
    const out = wire(Entry);
    out.set(io.entry);
    when(io.enable, () => { out.set(entries.readSync(io.read, 'lookup')); });
    io.out.set(out);
    return { entries };
  });

/** Selections from vectors, extensions, shifts, counts: one of each form of text. */
export const datapath = () =>
  module('datapath', {}, {
    a: In(UInt(16)), b: In(UInt(16)), n: In(UInt(4)), items: In(Vec(UInt(8), 5)), pick: In(UInt(3)),
    sum: Out(UInt(17)), product: Out(UInt(32)), shifted: Out(UInt(16)), item: Out(UInt(8)), ones: Out(UInt(5)), lowest: Out(UInt(4)), few: Out(UInt(3)), chosen: Out(Bool), mixed: Out(UInt(16)), less: Out(Bool),
  }, (io) => {
    const difference = io.a.sub(io.b.sub(io.n.zext(16)));
    io.sum.set(io.a.addc(io.b));
    io.product.set(io.a.mul(io.b));
    io.shifted.set(io.a.sra(io.n).or(io.b.shr(3)));
    io.item.set(io.items.at(io.pick));
    io.ones.set(io.a.popcount());
    io.lowest.set(io.b.priority());
    io.few.set(io.n.popcount());
    io.chosen.set(io.a.bit(io.n));
    io.mixed.set(mux(io.a.slt(io.b), cat(difference.bits(7, 0), io.b.bits(3, 0), io.n), difference.and(io.a.sext(20).bits(19, 4))));
    io.less.set(io.a.lt(io.b).and(io.n.orR()));
    return { difference };
  });

/** Instances in instances, assertions over time, probes at two levels. */
export const system = () => {
  const leaf = module('leaf', {}, { in: In(UInt(8)), out: Out(UInt(8)) }, (io) => {
    const last = reg(UInt(8));
    last.next = io.in;
    io.out.set(last.add(3));
    assert(last.eq(past(io.in)), 'the register is one cycle behind');
    cover(last.eq(255), 'the greatest value');
    probe('seen', io.in.ne(last), { last, twice: last.add(last) });
    return { last };
  });
  return module('system', {}, { in: In(UInt(8)), out: Out(UInt(8)), high: Out(Bool) }, (io) => {
    const first = inst(leaf, { in: io.in });
    const second = inst(leaf, { in: first.out.xor(io.in) });
    const limit = anyConst(UInt(8));
    const tooHigh = second.out.gt(200);
    assume(io.in.lt(128), 'the "input" is below 50% of its range');
    assert(tooHigh.not().or(limit.le(limit)), 'nothing in particular');
    io.out.set(second.out);
    io.high.set(second.out.bits(7, 4).andR());
    probe('total', tooHigh, { value: first.out.add(second.out) });
    return { first, second, limit, tooHigh };
  });
};
