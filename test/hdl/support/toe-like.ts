/**
 * A design of the kind that this language exists for, of any size: lanes of frame parsing, checksums, a flow table,
 * connection state with forwarding, and a deficit round robin over the lanes. For figures of size and speed; it is
 * no TCP.
 */
import {
  Bool, Bundle, cat, clog2, type Data, Enum, In, inst, match, mem, module, mux, Out, Packet, reg, Stream, UInt, Vec, when,
} from '@vtoe/hdl';

const Phase = Enum('Phase', ['Ethernet', 'Network', 'Transport', 'Payload', 'Drop']);
const Meta = Bundle('Meta', { source: UInt(32), ports: UInt(32), seq: UInt(32), ack: UInt(32), window: UInt(16), length: UInt(16), good: Bool });
const Connection = Bundle('Connection', {
  open: Bool, una: UInt(32), nxt: UInt(32), rcv: UInt(32), window: UInt(32), cwnd: UInt(32), ssthresh: UInt(32), srtt: UInt(32), rttvar: UInt(32), dup: UInt(3),
});
const Update = Bundle('Update', { index: UInt(8), valid: Bool, connection: Connection });

const queue = <T extends Data>(payload: T, depth: number) => {
  const pointer = UInt(clog2(depth) + 1);
  return module('queue', { t: payload, d: depth }, { in: In(Stream(payload)), out: Out(Stream(payload)) }, (io) => {
    const ram = mem(payload, depth);
    const [rd, wr] = [reg(pointer), reg(pointer)];
    const level = wr.sub(rd);
    io.in.ready.set(level.ne(depth));
    io.out.valid.set(level.ne(0));
    io.out.payload.set(ram.read(rd.trunc(clog2(depth))));
    when(io.in.fire, () => { ram.write(wr.trunc(clog2(depth)), io.in.payload); wr.next = wr.add(1); });
    when(io.out.fire, () => { rd.next = rd.add(1); });
    return { ram, rd, wr, level };
  });
};

/** Finds the fields of interest in a frame of 64-bit beats and sums its 16-bit words. */
const parser = module('parser', {}, { in: In(Stream(Packet(64))), out: Out(Stream(Meta)) }, (io) => {
  const phase = reg(Phase);
  const beat = reg(UInt(8));
  const meta = reg(Meta);
  const sum = reg(UInt(20));
  const done = reg(Bool);
  const { data, keep, last, user } = io.in.payload;
  const byte = (i: number) => mux(keep.bit(i), data.bits(8 * i + 7, 8 * i), 0);
  const words = [0, 2, 4, 6].map((i) => cat(byte(i), byte(i + 1)).zext(20));
  const folded = sum.trunc(16).zext(20).add(sum.bits(19, 16).zext(20));
  const next = words.reduce((total, word) => total.add(word), folded);
  io.in.ready.set(done.not().or(io.out.ready));
  io.out.valid.set(done);
  io.out.payload.set(meta);
  when(io.out.fire, () => { done.next = false; });
  when(io.in.fire, () => {
    beat.next = beat.add(1);
    sum.next = next;
    match(phase, {
      Ethernet: () => { when(beat.eq(1), () => { when(data.bits(47, 32).eq(0x0008), () => { phase.next = 'Network'; }).otherwise(() => { phase.next = 'Drop'; }); }); },
      Network: () => {
        meta.length.next = cat(data.bits(7, 0), data.bits(15, 8));
        when(beat.eq(3), () => { meta.source.next = data.bits(47, 16); phase.next = 'Transport'; });
      },
      Transport: () => {
        meta.ports.next = data.bits(63, 32);
        meta.seq.next = data.bits(31, 0);
        when(beat.ge(5), () => { meta.ack.next = data.bits(47, 16); meta.window.next = data.bits(63, 48); phase.next = 'Payload'; });
      },
      Payload: () => { meta.length.next = meta.length.sub(keep.popcount().zext(16)); },
      Drop: () => {},
    });
    when(last, () => { phase.next = 'Ethernet'; beat.next = 0; sum.next = 0; done.next = true; meta.good.next = folded.andR().not().and(user.not()).and(phase.ne('Drop')); });
  });
  return { phase, beat, meta, sum, done, folded };
});

/** Read, decide and write back one connection's state per cycle, with forwarding from the two updates in flight. */
const engine = module('engine', {}, { in: In(Stream(Meta)), out: Out(Stream(Connection)), hits: Out(UInt(32)) }, (io) => {
  const connections = mem(Connection, 256, { style: 'block' });
  const [first, second] = [reg(Meta), reg(Meta)];
  const [busy, ready] = [reg(Bool), reg(Bool)];
  const [index, indexed] = [reg(UInt(8)), reg(UInt(8))];
  const last = reg(Vec(Update, 2));
  const hits = reg(UInt(32));
  const hash = io.in.payload.ports.mul(0x9e37).bits(23, 16);
  const flow = io.out.ready;
  io.in.ready.set(flow);
  when(flow, () => {
    first.next = io.in.payload;
    busy.next = io.in.valid;
    index.next = hash;
    second.next = first;
    ready.next = busy;
    indexed.next = index;
  });
  const found = connections.readSync(index, 'lookup');
  const forward = (i: number) => last.at(i).valid.and(last.at(i).index.eq(indexed));
  const old = mux(forward(0), last.at(0).connection, mux(forward(1), last.at(1).connection, found));
  const acked = second.ack.sub(old.una);
  const isNew = acked.sgt(0).and(second.ack.sub(old.nxt).sle(0));
  const isDup = second.ack.eq(old.una).and(second.length.eq(0)).and(second.window.zext(32).eq(old.window));
  const inOrder = second.seq.eq(old.rcv);
  const slow = old.cwnd.lt(old.ssthresh);
  const grown = old.cwnd.add(mux(slow, acked.min(2896), acked.mul(old.cwnd.shr(4)).bits(41, 10)));
  const error = acked.sub(old.srtt.shr(3));
  const update = {
    open: old.open.or(second.good),
    una: mux(isNew, second.ack, old.una),
    nxt: mux(second.ack.sub(old.nxt).sgt(0), second.ack, old.nxt.add(second.length.zext(32))),
    rcv: mux(inOrder, second.seq.add(second.length.zext(32)), old.rcv),
    window: second.window.zext(32).shl(old.dup.zext(4)),
    cwnd: mux(isNew, grown, mux(isDup.and(old.dup.eq(2)), old.cwnd.shr(1), old.cwnd)),
    ssthresh: mux(isDup.and(old.dup.eq(2)), old.cwnd.shr(1).max(2896), old.ssthresh),
    srtt: mux(isNew, old.srtt.add(error), old.srtt),
    rttvar: old.rttvar.add(mux(error.slt(0), error.not(), error).sub(old.rttvar.shr(2))),
    dup: mux(isNew, 0, mux(isDup, old.dup.add(1), old.dup)),
  };
  last.at(0).next = { index: indexed, valid: ready.and(flow), connection: update };
  last.at(1).next = last.at(0);
  when(ready.and(flow), () => { connections.write(indexed, update); hits.next = hits.add(1); });
  io.out.valid.set(ready);
  io.out.payload.set(update);
  io.hits.set(hits);
  return { connections, first, second, busy, ready, index, indexed, last, count: hits, old, acked, error };
});

const lane = module('lane', {}, { in: In(Stream(Packet(64))), out: Out(Stream(Connection)), hits: Out(UInt(32)) }, (io) => {
  const buffer = inst(queue(Packet(64), 16), { in: io.in });
  const parse = inst(parser, { in: buffer.out });
  const decide = inst(engine, { in: parse.out });
  const results = inst(queue(Connection, 4), { in: decide.out });
  io.out.from(results.out);
  io.hits.set(decide.hits);
  return { buffer, parse, decide, results };
});

/** `lanes` lanes; about 330 IR nodes each. */
export const toeLike = (lanes: number) => module('toe_like', { n: lanes }, {
  in: In(Vec(Stream(Packet(64)), lanes)), out: Out(Stream(Connection)), hits: Out(UInt(32)), granted: Out(UInt(lanes)),
}, (io) => {
  const rows = io.in.map((stream) => inst(lane, { in: stream }));
  const deficit = reg(Vec(UInt(16), lanes));
  const turn = reg(UInt(clog2(lanes)));
  const wants = cat(...rows.map((row) => row.out.valid).reverse());
  const rotated = wants.rotr(turn);
  const chosen = rotated.priority().add(turn);
  const grant = mux(wants.orR(), chosen.oneHot(lanes), 0);
  const results = reg(Connection);
  const some = reg(Bool);
  io.out.valid.set(some);
  io.out.payload.set(results);
  const take = some.not().or(io.out.ready);
  rows.forEach((row, i) => row.out.ready.set(take.and(grant.bit(i))));
  when(take, () => {
    some.next = wants.orR();
    rows.forEach((row, i) => when(grant.bit(i), () => { results.next = row.out.payload; }));
    when(wants.orR(), () => {
      deficit.at(chosen).next = deficit.at(chosen).add(1500);
      when(deficit.at(chosen).gt(20_000), () => { turn.next = chosen.add(1); deficit.at(chosen).next = 0; });
    });
  });
  io.hits.set(rows.map((row) => row.hits).reduce((a, b) => a.add(b)));
  io.granted.set(grant);
  return { lane: rows, deficit, turn, results, some, grant };
});
