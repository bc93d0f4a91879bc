/**
 * Keeps connections from being granted while their next hop is not known, and ends them when it is given up.
 *
 * Takes a write-back in every cycle and reports it to the transmit scheduler two cycles later; a next hop that changes is with all
 * its connections after as many cycles without a write-back as there are connections, and five more. It sends no question and
 * knows no MAC address (`neighbours.ts` does), and does not end a connection itself: it asks the pipeline to.
 *
 * Nothing is remembered of a change but the level that it leaves: each change begins a round over all connections, and one
 * that comes during a round makes it go round once more from there. A connection that comes to a next hop that was given up
 * before begins a round too. So whoever has something to send is either reported, waits for an answer, or is ended.
 */
import { allOf, anyOf, assert, Bool, Bundle, clog2, In, inst, lit, mem, module, mux, Out, reg, Stream, UInt, unpack, Valid, when, wire } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { connectionWords } from './connection.ts';
import { Event } from './event.ts';
import { pipelineShapes } from './pipeline.ts';
import { vmIndex } from './vm-policy.ts';

/** Visits between their start and the queue of those to be ended, the one that starts included. */
const VISITS_UNDER_WAY = 3;
const ABORTS = VISITS_UNDER_WAY + 1;

type Build = Pick<Config, 'connections' | 'vms' | 'neighbours'>;

export const ReachabilityCounters = Bundle('ReachabilityCounters', {
  /** A report of a connection that has something to send says that it has not, for its next hop. */
  held_back: Bool,
  /** The end of a connection was asked for. */
  given_up: Bool,
});

export function reachability(config: Build) {
  const { connections, vms, neighbours } = config;
  const shapes = pipelineShapes(config);
  const Connection = shapes.connection;
  const Neighbour = UInt(Math.max(1, clog2(neighbours)));
  const Word = connectionWords({ connections, vms, neighbours }).reaching;
  const Marks = Bundle('ReachabilityMarks', { used: Bool, eligible: Bool });
  const First = Bundle('ReachabilityFirst', { visit: Bool, connection: Connection, marks: Marks, grant: Bool });
  const Second = Bundle('ReachabilitySecond', { first: First, word: Word });
  return module('reachability', { n: connections, v: vms, h: neighbours }, {
    /** Every write of a record: of the pipeline's `eligible`, whether its event was a grant's, and whether the slot is free now. */
    write_back: In(Valid(Bundle('ReachabilityWriteBack', { connection: Connection, eligible: Bool, grant: Bool, freed: Bool }))),
    /** A reader of the connections' table: the word comes one cycle later. */
    index: Out(Connection),
    word: In(Word),
    /** What that next hop is from now on. */
    changed: In(Valid(Bundle('ReachabilityChanged', { index: Neighbour, usable: Bool, failed: Bool }))),
    /** To the scheduler, which never waits. */
    report: Out(Valid(Bundle('ReachabilityReport', { connection: Connection, vm: vmIndex(vms), eligible: Bool, grant: Bool }))),
    /** To the pipeline. One may come twice; the second finds another life and does nothing. */
    abort: Out(Stream(shapes.CommandRequest)),
    ready: Out(Bool),
    /** No register changes at the end of this cycle. */
    idle: Out(Bool),
    counters: Out(ReachabilityCounters),
  }, (io) => {
    const clearing = reg(Bool, { init: true });
    const at = reg(Connection);
    /** Visits until the round ends. */
    const left = reg(UInt(clog2(connections) + 1));
    const [usable, failed] = [reg(UInt(neighbours)), reg(UInt(neighbours))];
    const marks = mem(Marks, connections, { style: 'auto' });
    const aborts = inst(fifo(Bundle('GivenUp', { connection: Connection, generation: Word.fields.generation }), ABORTS));
    const reports = io.write_back.valid;
    const written = io.write_back.payload;
    assert(clearing.not().or(reports.not()), 'reachability: nothing is written back before ready');

    // Read: a write-back, or else the next connection of the round.
    const visits = allOf(clearing.not(), left.ne(0), reports.not(), aborts.level.le(ABORTS - VISITS_UNDER_WAY));
    io.index.set(mux(reports, written.connection, at));
    const moves = clearing.or(visits);
    when(moves, () => { at.next = at.add(1); });
    when(visits, () => { left.next = left.sub(1); });
    when(allOf(clearing, at.eq(connections - 1)), () => { clearing.next = false; });
    when(clearing.or(reports), () => {
      marks.write(mux(clearing, at, written.connection), { used: allOf(clearing.not(), written.freed.not()), eligible: allOf(clearing.not(), written.eligible) });
    });
    let visited: ReturnType<typeof marks.readSync> | undefined;
    when(visits, () => { visited = marks.readSync(at, 'visit'); });
    const stored = visited!;

    const first = { valid: reg(Bool), payload: reg(First, { reset: false }) };
    first.valid.next = reports.or(visits);
    when(reports.or(visits), () => {
      first.payload.next = { visit: reports.not(), connection: io.index, marks: { used: written.freed.not(), eligible: written.eligible }, grant: written.grant.and(reports) };
    });

    const second = { valid: reg(Bool), payload: reg(Second, { reset: false }) };
    second.valid.next = first.valid;
    const { visit: visiting, marks: told, connection: of, grant: granted } = first.payload;
    when(first.valid, () => {
      second.payload.next = { first: { visit: visiting, connection: of, marks: mux(visiting, stored, told), grant: granted }, word: io.word };
    });

    // Decide, by what the next hop is now.
    const { visit, connection, marks: { used, eligible }, grant } = second.payload.first;
    const { vm, generation, neighbour } = second.payload.word;
    const reachable = usable.bit(neighbour);
    const lost = allOf(second.valid, used, failed.bit(neighbour));
    // Others of the round have been reported as they are.
    io.report.valid.set(second.valid.and(visit.not().or(eligible)));
    io.report.payload.set({ connection, vm, eligible: eligible.and(reachable), grant });
    aborts.in.valid.set(lost.and(visit));
    aborts.in.payload.set({ connection, generation });
    when(lost.and(visit), () => { assert(aborts.in.ready, 'reachability: a visit has room for what it finds'); });

    const change = io.changed.payload;
    const bit = change.index.oneHot(neighbours);
    const put = (levels: UInt, on: Bool): UInt => mux(on, levels.or(bit), levels.and(bit.not()));
    const news = allOf(io.changed.valid, anyOf(usable.bit(change.index).ne(change.usable), failed.bit(change.index).ne(change.failed)));
    when(news, () => {
      usable.next = put(usable, change.usable);
      failed.next = put(failed, change.failed);
    });
    when(news.or(lost.and(visit.not())), () => { left.next = connections; });

    const event = wire(Event);
    event.set(unpack(Event, lit(UInt(Event.width), 0)));
    event.kind.set('Abort');
    event.cause.set('Unreachable');
    io.abort.valid.set(aborts.out.valid);
    io.abort.payload.set({ connection: aborts.out.payload.connection, generation: aborts.out.payload.generation, event });
    aborts.out.ready.set(io.abort.ready);

    io.ready.set(clearing.not());
    io.idle.set(allOf(clearing.not(), left.eq(0), reports.not(), io.changed.valid.not(), first.valid.not(), second.valid.not(), aborts.out.valid.not()));
    io.counters.set({ held_back: allOf(second.valid, eligible, reachable.not()), given_up: aborts.in.fire });
    return { clearing, at, left, usable, failed, marks, aborts, visits, first, second, lost, news, event };
  });
}
