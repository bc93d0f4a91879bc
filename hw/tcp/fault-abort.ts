/**
 * Ends a connection whose payload could not be read: an Abort with the cause Fault, so RST to the peer and ERROR, FINAL to the guest.
 *
 * A fault is an Abort four cycles later at best; up to 8 wait, one beyond them is forgotten and counted, since the segment that is
 * sent again finds the fault again. It judges no faults and knows no VMs.
 */
import { Bool, Enum, In, inst, lit, match, module, Out, reg, Stream, UInt, unpack, Valid, when, wire } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { Event } from './event.ts';
import { Generation, pipelineShapes } from './pipeline.ts';

const WAITING = 8;
/** Ask: whose life is it now? Give: to the pipeline. */
const Step = Enum('FaultStep', ['Ask', 'Know', 'Give']);

export function faultAbort(c: Config) {
  const { connection: Connection, CommandRequest } = pipelineShapes(c);
  return module('fault_abort', { n: c.connections }, {
    /** Never waits. */
    fault: In(Valid(Connection)),
    /** Which life does the slot have? It comes one cycle later. */
    index: Out(Connection),
    generation: In(Generation),
    /** One answer to each, which says nothing that is not known. */
    abort: Out(Stream(CommandRequest)),
    forgotten: Out(Bool),
    idle: Out(Bool),
  }, (io) => {
    const waiting = inst(fifo(Connection, WAITING), {});
    waiting.in.valid.set(io.fault.valid);
    waiting.in.payload.set(io.fault.payload);
    const step = reg(Step);
    const generation = reg(Generation, { reset: false });
    io.index.set(waiting.out.payload);
    const event = wire(Event);
    event.set(unpack(Event, lit(UInt(Event.width), 0)));
    event.kind.set('Abort');
    event.cause.set('Fault');
    const gives = step.eq('Give');
    io.abort.valid.set(gives);
    io.abort.payload.set({ connection: waiting.out.payload, generation, event });
    waiting.out.ready.set(gives.and(io.abort.ready));
    match(step, {
      Ask: () => { when(waiting.out.valid, () => { step.next = 'Know'; }); },
      Know: () => {
        generation.next = io.generation;
        step.next = 'Give';
      },
      Give: () => { when(io.abort.ready, () => { step.next = 'Ask'; }); },
    });
    io.forgotten.set(io.fault.valid.and(waiting.in.ready.not()));
    io.idle.set(waiting.out.valid.not());
    return { waiting, step, generation_q: generation, event };
  });
}
