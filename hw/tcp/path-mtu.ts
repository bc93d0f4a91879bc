/**
 * What follows when a router says that a segment was too long (RFC 1191): finds the connection, and tells it how long its segments may be.
 *
 * A message takes as long as a look-up in the flow table and a turn of the pipeline, one at a time; others wait at their source.
 * It does not judge whether such a segment is in flight: the connection does, and refuses what cannot be (RFC 5927, 4.1).
 */
import { allOf, Bool, Bundle, Enum, In, lit, match, module, mux, Out, reg, Stream, UInt, unpack, Valid, when, wire } from '@vtoe/hdl';
import type { Config } from '../config.ts';
import { flagBundle } from '../flag-bundle.ts';
import { TooBig } from '../net/rx-route.ts';
import { Refusal } from './actions.ts';
import { DEFAULT_MSS } from './constants.ts';
import { Event } from './event.ts';
import { flowShapes } from './flow-entry.ts';
import { pipelineShapes } from './pipeline.ts';

/** What IP and TCP take of a packet, without options. */
export const HEADER_BYTES = 40;

/** Each message is one of them. */
export const PATH_MTU_COUNTERS = {
  unknown: 'A router said that a segment of no connection was too long: ignored.',
  outside: 'A router said that a segment was too long that is not in flight: not believed (RFC 5927, 4.1).',
  taken: 'A router said that a segment in flight was too long: its connection sends none that are longer than it said.',
} as const;
export const PathMtuCounters = flagBundle('PathMtuCounters', PATH_MTU_COUNTERS);

/** Find: the flow table. Give: to the pipeline. Told: its answer. */
const Step = Enum('PathMtuStep', ['Find', 'Give', 'Told']);

export function pathMtu(c: Config) {
  const { FlowCommand, FlowAnswer, FlowValue } = flowShapes(c.connections);
  const { CommandRequest } = pipelineShapes(c);
  return module('path_mtu', { n: c.connections, v: c.vms }, {
    too_big: In(Stream(TooBig(c))),
    /** To the flow table: Find. */
    find: Out(Stream(FlowCommand)),
    answer: In(FlowAnswer),
    shorten: Out(Stream(CommandRequest)),
    shortened: In(Valid(Bundle('PathMtuResult', { refused: Refusal }))),
    counters: Out(PathMtuCounters),
    idle: Out(Bool),
  }, (io) => {
    const step = reg(Step);
    const value = reg(FlowValue, { reset: false });
    const { key, seq, mtu } = io.too_big.payload;
    const finds = step.eq('Find');
    io.find.valid.set(finds.and(io.too_big.valid));
    io.find.payload.set({ op: 'Find', key, value, has_hash: false, hash: 0 });
    const event = wire(Event);
    event.set(unpack(Event, lit(UInt(Event.width), 0)));
    event.kind.set('PathMtu');
    event.position.set(seq);
    // Never below what every host can take; a router that knows no better says 0.
    event.open.mss.set(mux(mtu.lt(DEFAULT_MSS + HEADER_BYTES), lit(UInt(16), DEFAULT_MSS), mtu.sub(HEADER_BYTES)));
    io.shorten.valid.set(step.eq('Give'));
    io.shorten.payload.set({ connection: value.connection, generation: value.generation, event });
    const missing = allOf(finds, io.find.fire, io.answer.outcome.ne('Found'));
    const told = step.eq('Told').and(io.shortened.valid);
    const refused = io.shortened.payload.refused;
    io.too_big.ready.set(missing.or(told));
    match(step, {
      Find: () => {
        when(io.find.fire.and(missing.not()), () => {
          value.next = io.answer.value;
          step.next = 'Give';
        });
      },
      Give: () => { when(io.shorten.ready, () => { step.next = 'Told'; }); },
      Told: () => { when(told, () => { step.next = 'Find'; }); },
    });
    io.counters.set({ unknown: missing.or(told.and(refused.is('NoConnection'))), outside: told.and(refused.is('OutOfRange')), taken: told.and(refused.is('None')) });
    io.idle.set(finds.and(io.too_big.valid.not()));
    return { step, value, event };
  });
}
