/**
 * Ends a connection whose payload could not be read or written: an Abort with the cause Fault, so RST to the peer and ERROR, FINAL
 * to the guest.
 *
 * A fault is an Abort two cycles later at best; up to 8 wait, and before them up to 32 of payload that could not be written. One
 * beyond is forgotten and counted. It judges no faults and knows no VMs.
 *
 * Whose life the slot has is asked before the Abort waits: by the time it leaves, the slot may be another's.
 */
import { allOf, Bool, Bundle, In, inst, module, mux, Out, reg, Stream, UInt, unpack, Valid, wire, lit } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { PLACES_UNDER_WAY } from '../net/rx-place.ts';
import { Event } from './event.ts';
import { Generation, pipelineShapes } from './pipeline.ts';

const WAITING = 8;

export function faultAbort(c: Config) {
  const { connection: Connection, CommandRequest } = pipelineShapes(c);
  const Life = Bundle('FaultLife', { connection: Connection, generation: Generation });
  return module('fault_abort', { n: c.connections }, {
    /** Payload to send could not be read. Never waits. */
    unread: In(Valid(Connection)),
    /** Payload that came could not be written. Never waits. */
    unplaced: In(Valid(Connection)),
    /** Which life does the slot have? It comes one cycle later. */
    index: Out(Connection),
    generation: In(Generation),
    /** One answer to each, which says nothing that is not known. */
    abort: Out(Stream(CommandRequest)),
    /** One for each port. */
    unread_forgotten: Out(Bool),
    unplaced_forgotten: Out(Bool),
    idle: Out(Bool),
  }, (io) => {
    const unplaced = inst(fifo(Connection, PLACES_UNDER_WAY));
    unplaced.in.valid.set(io.unplaced.valid);
    unplaced.in.payload.set(io.unplaced.payload);
    const lives = inst(fifo(Life, WAITING));
    const asked = { valid: reg(Bool), connection: reg(Connection, { reset: false }) };
    const room = lives.level.add(asked.valid.toUInt().zext(lives.level.width)).lt(WAITING);
    unplaced.out.ready.set(allOf(room, io.unread.valid.not()));
    const index = mux(io.unread.valid, io.unread.payload, unplaced.out.payload);
    asked.valid.next = mux(io.unread.valid, room, unplaced.out.fire);
    asked.connection.next = index;
    io.index.set(index);
    lives.in.valid.set(asked.valid);
    lives.in.payload.set({ connection: asked.connection, generation: io.generation });

    const event = wire(Event);
    event.set(unpack(Event, lit(UInt(Event.width), 0)));
    event.kind.set('Abort');
    event.cause.set('Fault');
    const { connection, generation } = lives.out.payload;
    io.abort.valid.set(lives.out.valid);
    io.abort.payload.set({ connection, generation, event });
    lives.out.ready.set(io.abort.ready);
    io.unread_forgotten.set(io.unread.valid.and(room.not()));
    io.unplaced_forgotten.set(io.unplaced.valid.and(unplaced.in.ready.not()));
    io.idle.set(allOf(unplaced.out.valid.not(), asked.valid.not(), lives.out.valid.not()));
    return { unplaced_q: unplaced, lives, asked, event };
  });
}
