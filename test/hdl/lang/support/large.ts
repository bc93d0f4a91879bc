/** A design about as large and as varied as an offload engine: to measure, and to find what is quadratic. */
import { assert, Bool, Bundle, cat, clog2, type Data, Enum, In, inst, match, mem, module, type Module, type ModuleDefinition, mux, Out, pack, probe, type Read, reg, scope, Stream, UInt, type UIntShape, Valid, Vec, when, wire } from '@vtoe/hdl';
import { expressionsOf, expressionsOfMemory, visitExpressions } from '@vtoe/hdl/internal/ir/traverse';

const State = Enum('State', ['Closed', 'Listen', 'SynSent', 'Established', 'FinWait', 'TimeWait']);
const Segment = Bundle('Segment', { connection: UInt(10), seq: UInt(32), ack: UInt(32), window: UInt(16), flags: Vec(Bool, 6), length: UInt(16) });
const Connection = Bundle('Connection', { state: State, sndUna: UInt(32), sndNxt: UInt(32), rcvNxt: UInt(32), cwnd: UInt(32), rto: UInt(24), backoff: UInt(4) });

const stage = <T extends Data>(x: Read<T>): Read<T> => scope('stage', () => {
  const q = reg(x.shape, { reset: false });
  q.next = x;
  return { q };
}).q;

const fifo = <T extends Data>(payload: T, depth: number) => module('large_fifo', { t: payload, d: depth }, { in: In(Stream(payload)), out: Out(Stream(payload)) }, (io) => {
  const pointer = UInt(clog2(depth) + 1);
  const ram = mem(payload, depth);
  const [rd, wr] = [reg(pointer), reg(pointer)];
  const index = (p: Read<UIntShape>) => p.trunc(clog2(depth));
  io.in.ready.set(wr.sub(rd).ne(depth));
  io.out.valid.set(wr.ne(rd));
  io.out.payload.set(ram.read(index(rd)));
  when(io.in.fire, () => { ram.write(index(wr), io.in.payload); wr.next = wr.add(1); });
  when(io.out.fire, () => { rd.next = rd.add(1); });
  return { ram, rd, wr };
});

/** One pipeline: look up, step, write back, with `lanes` parallel checksums and counters. */
const engine = (id: number, lanes: number) => module('engine', { id }, { in: In(Stream(Segment)), out: Out(Stream(Segment)), lane: In(Vec(UInt(64), lanes)), sum: Out(Vec(UInt(16), lanes)), drops: Out(Vec(UInt(32), lanes)), retired: Out(Valid(Connection)) }, (io) => {
  const connections = mem(Connection, 1024, { style: 'block' });
  const s1 = reg(Segment, { reset: false });
  const valid = reg(Bool);
  const last = reg(Connection);
  const read = connections.readSync(io.in.payload.connection, 'lookup');
  const now = wire(Connection);
  const next = wire(Connection);
  io.in.ready.set(io.out.ready);
  when(io.in.fire, () => { s1.next = io.in.payload; });
  valid.next = io.in.fire;
  now.set(mux(last.state.is('Closed'), read, last));
  next.set(now);
  match(now.state, {
    Listen: () => { when(s1.flags.at(1), () => { next.state.set('Established'); next.rcvNxt.set(s1.seq.add(1)); }); },
    SynSent: () => { when(s1.flags.at(1).and(s1.flags.at(4)), () => { next.state.set('Established'); next.sndUna.set(s1.ack); }); },
    Established: () => {
      when(s1.seq.eq(now.rcvNxt), () => { next.rcvNxt.set(s1.seq.add(s1.length.zext(32))); });
      when(s1.ack.sub(now.sndUna).slt(0).not(), () => {
        next.sndUna.set(s1.ack);
        next.cwnd.set(now.cwnd.add(mux(now.cwnd.lt(65536), s1.length.zext(32), 1)).min(1 << 20));
      }).otherwise(() => { next.backoff.set(now.backoff.add(1)); });
      when(s1.flags.at(0), () => { next.state.set('FinWait'); });
    },
    otherwise: () => { next.rto.set(now.rto.sub(1)); },
  });
  when(valid, () => { connections.write(s1.connection, next); last.next = next; });
  io.out.valid.set(valid);
  io.out.payload.set(s1);
  io.retired.valid.set(valid);
  io.retired.payload.set(stage(stage(next)));
  const drops = Array.from({ length: lanes }, () => reg(UInt(32)));
  for (const [i, lane] of [...io.lane].entries()) {
    const halves = [0, 1, 2, 3].map((k) => lane.bits(16 * k + 15, 16 * k));
    const folded = halves.map((half) => half.zext(18)).reduce((a, b) => a.add(b));
    const carried = folded.bits(15, 0).add(folded.bits(17, 16).zext(16));
    io.sum.at(i).set(stage(carried).xor(0xffff));
    when(carried.eq(i).and(io.in.valid), () => { drops[i]!.next = drops[i]!.add(1); });
    io.drops.at(i).set(drops[i]!);
    assert(drops[i]!.ge(0), `lane ${i} counts up`);
  }
  probe('retire', valid, { next, word: cat(s1.seq, pack(now)) });
  return { connections, s1, valid, last, now, next, drops };
});

/** `engines` pipelines of `lanes` lanes, a FIFO before each. */
export function largeDesign(engines: number, lanes: number): ModuleDefinition {
  return module('offload', {}, { in: In(Vec(Stream(Segment), engines)), out: Out(Vec(Stream(Segment), engines)), lane: In(Vec(UInt(64), lanes)), sum: Out(UInt(16)) }, (io) => {
    const queues = io.in.map((source) => inst(fifo(Segment, 16), { in: source }));
    const pipes = queues.map((queue, i) => inst(engine(i, lanes), { in: queue.out, lane: io.lane }));
    for (const [i, pipe] of pipes.entries()) io.out[i]!.from(pipe.out);
    io.sum.set(pipes.flatMap((pipe) => [...pipe.sum]).reduce((a, b) => a.xor(b)));
    return { queues, pipes };
  }) as ModuleDefinition;
}

/** Expressions of all modules that hold state or logic, each counted once. */
export function nodesOf(modules: readonly Module[]): number {
  const seen = new Set<Parameters<typeof visitExpressions>[0]>();
  for (const { ports, wires, clocked, memories, instances, assertions, named } of modules) {
    const nets = [...ports, ...wires, ...instances.flatMap((instance) => instance.nets)];
    const roots = [...nets.flatMap((net) => expressionsOf(net.drive)), ...expressionsOf(clocked), ...memories.flatMap(expressionsOfMemory), ...assertions.map(({ condition }) => condition), ...named];
    for (const root of roots) visitExpressions(root, seen, () => {});
  }
  return seen.size;
}
