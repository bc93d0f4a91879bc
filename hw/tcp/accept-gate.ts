/**
 * Before a segment that may complete a passive open enters the pipeline, takes the ACCEPT whose rings the connection will have;
 * afterwards the connection has them, or they are the next again.
 *
 * A segment every two cycles; one that may complete a handshake takes an ACCEPT's few cycles and the pipeline's, and the others
 * wait so long: no two of them ever count on the same ACCEPT.
 * It judges no segments: whether the handshake is complete the pipeline says.
 */
import { allOf, assert, Bool, Bundle, clog2, Enum, In, inst, match, mem, module, Out, type Read, reg, Stream, UInt, Valid, when, wire } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { slotBits } from '../net/received.ts';
import { ConnectionRings } from './connection.ts';
import { Segment } from './event.ts';
import { Generation, pipelineShapes } from './pipeline.ts';
import { prePostsShapes } from './pre-posts.ts';

const Step = Enum('GateStep', ['Take', 'Look', 'Ask', 'Answer', 'Enter', 'Wait', 'Settle', 'Clear']);
/** Ends of half-open connections that wait to be noted. */
const ENDS = 16;

/** A segment of a connection, in the frame of that slot. */
export const foundSegment = (c: Config) => Bundle('FoundSegment', { connection: pipelineShapes(c).connection, generation: Generation, segment: Segment, slot: UInt(slotBits(c)) });

/** A connection that is half open, and whose ACCEPTs it may take. */
export const halfOpenConnection = (c: Config) => Bundle('HalfOpenConnection', { connection: pipelineShapes(c).connection, listener: UInt(Math.max(1, clog2(c.listeners))), generation: Generation });

export function acceptGate(c: Config) {
  const { connections, listeners, prePosts, vms, dmaWrites } = c;
  const shapes = pipelineShapes(c);
  const Found = foundSegment(c);
  const HalfOpen = halfOpenConnection(c);
  const { Take, Taken, Settle } = prePostsShapes({ listeners, prePosts, vms });
  const State = Bundle('GateState', { half_open: Bool, listener: HalfOpen.fields.listener, generation: Generation });
  const Under = UInt(clog2(dmaWrites + 1) + 1);
  return module('accept_gate', { n: connections, l: listeners, p: prePosts, v: vms, s: c.rxFifoFrames, d: dmaWrites }, {
    segment: In(Stream(Found)),
    /** A passive open begins; one has ended, whichever way. Never wait. */
    begins: In(Valid(HalfOpen)),
    ends: In(Valid(shapes.connection)),
    /** A connection of this listener is no longer half open. */
    half_open_end: Out(Valid(HalfOpen.fields.listener)),
    take: Out(Stream(Take)),
    taken: In(Stream(Taken)),
    settle: Out(Stream(Settle)),
    request: Out(Stream(shapes.SegmentRequest)),
    /** The request's frame. */
    slot: Out(UInt(slotBits(c))),
    /** The pipeline is done with a segment; with that one a handshake was completed. */
    verdict: In(Bool),
    accepted: In(Bool),
    /** A connection has its rings: in the cycle of the verdict, which may place payload in them. */
    rings: Out(Valid(Bundle('GateRings', { connection: shapes.connection, rings: ConnectionRings }))),
    ready: Out(Bool),
    /** No segment is here or in the pipeline, and nothing is to be noted. */
    idle: Out(Bool),
  }, (io) => {
    const states = mem(State, connections, { style: 'distributed', collision: 'old' });
    const ended = inst(fifo(shapes.connection, ENDS), {});
    ended.in.valid.set(io.ends.valid);
    ended.in.payload.set(io.ends.payload);
    const step = reg(Step, { init: 'Clear' });
    const clear = reg(shapes.connection);
    const current = reg(Found, { reset: false });
    const post = reg(Taken, { reset: false });
    const prepost = reg(Bool);
    const under = reg(Under);
    const done = reg(Bool);

    // Notes: those that begin first, since their segments may be next.
    const note = { enable: wire(Bool), connection: wire(shapes.connection), state: wire(State) };
    note.enable.set(io.begins.valid.or(ended.out.valid));
    note.connection.set(ended.out.payload);
    note.state.set({ half_open: false, listener: 0, generation: 0 });
    ended.out.ready.set(io.begins.valid.not());
    when(io.begins.valid, () => {
      note.connection.set(io.begins.payload.connection);
      note.state.set({ half_open: true, listener: io.begins.payload.listener, generation: io.begins.payload.generation });
    });
    io.half_open_end.valid.set(ended.out.fire);
    io.half_open_end.payload.set(states.read(ended.out.payload).listener);
    when(step.eq('Clear'), () => {
      note.enable.set(true);
      note.connection.set(clear);
    });
    when(note.enable, () => { states.write(note.connection, note.state); });

    // Read with the segment, and kept as long as that one is here.
    let read: Read<typeof State> | undefined;
    when(step.eq('Take'), () => { read = states.readSync(io.segment.payload.connection, 'looked'); });
    const state = read!;
    const entering = step.eq('Enter').or(step.eq('Look').and(state.half_open.not()));
    const mayComplete = allOf(state.half_open, current.segment.ack_flag, current.segment.rst.not());
    match(step, {
      Clear: () => {
        clear.next = clear.add(1);
        when(clear.eq(connections - 1), () => { step.next = 'Take'; });
      },
      Take: () => {
        prepost.next = false;
        when(io.segment.valid, () => {
          current.next = io.segment.payload;
          step.next = 'Look';
        });
      },
      Look: () => {
        when(mayComplete, () => { step.next = 'Ask'; })
          .elsewhen(state.half_open, () => { step.next = 'Enter'; })
          .elsewhen(io.request.ready, () => { step.next = 'Take'; });
      },
      Ask: () => { when(io.take.ready, () => { step.next = 'Answer'; }); },
      Answer: () => {
        when(io.taken.valid, () => {
          post.next = io.taken.payload;
          prepost.next = io.taken.payload.ok;
          step.next = 'Enter';
        });
      },
      Enter: () => {
        when(io.request.ready, () => {
          step.next = 'Take';
          when(prepost, () => { step.next = 'Wait'; });
        });
      },
      // The last segment in the pipeline is this one.
      Wait: () => {
        when(allOf(io.verdict, under.eq(1)), () => {
          done.next = io.accepted;
          step.next = 'Settle';
        });
      },
      Settle: () => { when(io.settle.ready, () => { step.next = 'Take'; }); },
    });
    under.next = under.add(io.request.fire.toUInt().zext(Under.width)).sub(io.verdict.toUInt().zext(Under.width));
    io.segment.ready.set(step.eq('Take'));
    io.take.valid.set(step.eq('Ask'));
    io.take.payload.set({ listener: state.listener, generation: state.generation });
    io.taken.ready.set(step.eq('Answer'));
    io.request.valid.set(entering);
    io.request.payload.set({ connection: current.connection, generation: current.generation, segment: current.segment, prepost });
    io.slot.set(current.slot);
    io.settle.valid.set(step.eq('Settle'));
    io.settle.payload.set({ entry: post.entry, used: done });
    // Not before the pipeline has said so: the slot may have another life by now, with rings of its own.
    io.rings.valid.set(allOf(step.eq('Wait'), io.verdict, under.eq(1), io.accepted));
    const ring = (descriptor: typeof post.rx_ring) => ({ page: descriptor.page, size_log2: descriptor.log2_bytes });
    io.rings.payload.set({ connection: current.connection, rings: { rx: ring(post.rx_ring), tx: ring(post.tx_ring), command_id: post.command_id } });
    io.ready.set(step.ne('Clear'));
    io.idle.set(allOf(step.eq('Take'), io.segment.valid.not(), under.eq(0), io.begins.valid.not(), io.ends.valid.not(), ended.out.valid.not()));
    when(io.ends.valid, () => { assert(ended.in.ready, 'acceptGate: more half-open connections end at once than can be noted'); });
    return { states, ended, step, clear, current, post, prepost, under, done, note };
  });
}
