/**
 * The TCP pipeline: takes events of all connections, one after the other, through `step`, and is the one writer of records.
 *
 * Different connections: one event a cycle; one connection: one in `1 + cuts` cycles, the cut in front of `differences` not
 * counted (4 with all cuts). An event's record is written and its actions come out 2 + cuts cycles after it was taken.
 * It never waits once an event is in it: what an event may send or place is credited before. It knows no bytes, addresses or
 * queues, and does not look for deadlines that pass: that is `timer-scan.ts`.
 */
import { allOf, anyOf, assert, Bool, Bundle, clog2, cover, type Data, In, inst, lit, module, mux, Out, pack, past, probe, type Read, reg, Stream, UInt, type UIntShape, unpack, Valid, when, wire } from '@vtoe/hdl';
import { creditCounter } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { Notify, Place, Refusal, Send, StatelessReset, StepCounters, TimeWait } from './actions.ts';
import { admit, type Candidate } from './admit.ts';
import { Constants } from './constants.ts';
import { AbortCause, Event, EventKind, Segment, Timer } from './event.ts';
import { READ_CYCLES, tcbStore } from './store.ts';
import { TICK_LOG2 } from './step/clock.ts';
import { step } from './step/step.ts';
import { Now, State, Tcb, TcbDeadlines } from './tcb.ts';
import { TimerWriteBack } from './timer-scan.ts';

/** An event on its way to the step. */
function flightShape(connection: UIntShape) {
  return Bundle('Flight', { connection, generation: Generation, event: Event });
}

/** What a build's pipeline depends on. */
export type PipelineConfig = Pick<Config, 'connections' | 'pipelineCuts' | 'dmaWrites' | 'txSegments'> & Partial<Pick<Config, 'simulationPorts'>>;

/** Bits of a slot's generation. */
export const Generation = Tcb.fields.generation;

/** Shapes of the pipeline's ports. */
export function pipelineShapes({ connections }: Pick<Config, 'connections'>) {
  const connection = UInt(clog2(connections));
  return {
    connection,
    SegmentRequest: Bundle('SegmentRequest', { connection, generation: Generation, segment: Segment, prepost: Bool }),
    TimerRequest: Bundle('TimerRequest', { connection, timer: Timer }),
    CommandRequest: Bundle('CommandRequest', { connection, generation: Generation, event: Event }),
    GrantRequest: Bundle('GrantRequest', { connection }),
    Verdict: Bundle('Verdict', { connection, has_place: Bool, place: Place, look_up_again: Bool }),
    Granted: Bundle('Granted', { connection, has_send: Bool, send: Send }),
    Commanded: Bundle('Commanded', { connection, kind: EventKind, refused: Refusal }),
    ResetDue: Bundle('ResetDue', { connection, reset: StatelessReset }),
    /** `kind`: of the event; `was`: the state before it. */
    Notified: Bundle('Notified', { connection, generation: Generation, notify: Notify, kind: EventKind, cause: AbortCause, was: State }),
    Expiring: Bundle('Expiring', { connection, time_wait: TimeWait }),
    Freed: Bundle('Freed', { connection, generation: Generation }),
    WriteBack: TimerWriteBack(connection),
    /** `grant`: the event was a grant, so there may be another one. */
    Eligible: Bundle('Eligible', { connection, eligible: Bool, grant: Bool }),
  };
}

/** Counters of the pipeline's own, beside those of `step`. */
export const PipelineCounters = Bundle('PipelineCounters', {
  /** The slot has another life than the one that the segment was looked up for: handed back. */
  stale_segment: Bool,
  /** A handle of another life: refused. */
  stale_command: Bool,
});

/** Cycles from an event to the next one of its connection, at least. */
export function sameConnectionCycles({ pipelineCuts }: Pick<Config, 'pipelineCuts'>): number {
  return 1 + pipelineCuts.filter((cut) => cut !== 'differences').length;
}

/** Cycles from the one in which an event is taken to the one in which its actions are shown. */
export function pipelineLatency({ pipelineCuts }: Pick<Config, 'pipelineCuts'>): number {
  return READ_CYCLES + pipelineCuts.length;
}

export function tcpPipeline(config: PipelineConfig) {
  const { connections, pipelineCuts, dmaWrites, txSegments, simulationPorts = false } = config;
  const shapes = pipelineShapes(config);
  const { connection } = shapes;
  const Flight = flightShape(connection);
  /** What is known of it before the step, and wanted behind it. */
  const Checks = Bundle('Checks', { stale: Bool, kind: EventKind, cause: AbortCause, was: State, passive: Bool });
  const letters = pipelineCuts.map((cut) => cut.slice(0, 3)).join('_');
  return module('tcp_pipeline', { n: connections, cuts: letters === '' ? 'none' : letters, p: dmaWrites, t: txSegments, ...(simulationPorts && { sim: true }) }, {
    now: In(Now),
    constants: In(Constants),
    segments: In(Stream(shapes.SegmentRequest)),
    timers: In(Stream(shapes.TimerRequest)),
    commands: In(Stream(shapes.CommandRequest)),
    grants: In(Stream(shapes.GrantRequest)),
    /** One for each segment, in order. */
    verdict: Out(Valid(shapes.Verdict)),
    /** A verdict left the queue behind: one more may be on its way. */
    verdict_taken: In(Bool),
    /** One for each grant, in order. */
    granted: Out(Valid(shapes.Granted)),
    granted_taken: In(Bool),
    /** One for each command, in order. */
    commanded: Out(Valid(shapes.Commanded)),
    reset_due: Out(Valid(shapes.ResetDue)),
    notified: Out(Valid(shapes.Notified)),
    /** A connection that came from a listener is no longer in SYN_RECEIVED. */
    half_open_ended: Out(Bool),
    expiring: Out(Valid(shapes.Expiring)),
    /** With the generation of the slot's next life. */
    freed: Out(Valid(shapes.Freed)),
    eligible: Out(Valid(shapes.Eligible)),
    /** For the timer scan, which has deadlines of its own. */
    write_back: Out(Valid(shapes.WriteBack)),
    counters: Out(StepCounters),
    pipeline_counters: Out(PipelineCounters),
    /** The records are those of free slots: events are taken. */
    ready: Out(Bool),
    /** No event is under way. */
    idle: Out(Bool),
  }, (io) => {
    const store = tcbStore(connections);
    const distance = sameConnectionCycles(config);
    const placeCredit = inst(creditCounter({ maximum: dmaWrites }), { give: io.verdict_taken.toUInt() });
    const sendCredit = inst(creditCounter({ maximum: txSegments }), { give: io.granted_taken.toUInt() });

    // P0. What is under way, youngest first: where it is after one cycle, after two, …
    const latency = pipelineLatency(config);
    const chain = Array.from({ length: latency }, () => ({ valid: reg(Bool), connection: reg(connection, { reset: false }) }));
    const sources = { segments: io.segments, timers: io.timers, commands: io.commands, grants: io.grants };
    const always = lit(Bool, true);
    const credits = { segments: placeCredit.level.ne(0), timers: always, commands: always, grants: sendCredit.level.ne(0) };
    const names = ['segments', 'timers', 'commands', 'grants'] as const;
    const candidates = names.map((name): Candidate => ({ valid: sources[name].valid, connection: sources[name].payload.connection, credit: credits[name] }));
    const admission = admit(candidates, chain.slice(0, distance - 1), store.ready);
    const enters = (name: (typeof names)[number]): Bool => admission.grant[names.indexOf(name)]!;
    for (const name of names) sources[name].ready.set(enters(name));
    placeCredit.take.set(enters('segments').toUInt());
    sendCredit.take.set(enters('grants').toUInt());

    const entering = { valid: wire(Bool), flight: wire(Flight) };
    entering.valid.set(enters('segments').or(enters('timers')).or(enters('commands')).or(enters('grants')));
    // A command's fields where nothing else is wanted: its multiplexers are the widest.
    const { event } = entering.flight;
    entering.flight.set({ connection: io.commands.payload.connection, generation: io.commands.payload.generation, event: io.commands.payload.event });
    when(enters('segments'), () => {
      entering.flight.connection.set(io.segments.payload.connection);
      entering.flight.generation.set(io.segments.payload.generation);
      event.kind.set('Segment');
      event.segment.set(io.segments.payload.segment);
      event.prepost.set(io.segments.payload.prepost);
    });
    when(enters('timers'), () => {
      entering.flight.connection.set(io.timers.payload.connection);
      event.kind.set('Timer');
      event.timer.set(io.timers.payload.timer);
    });
    when(enters('grants'), () => {
      entering.flight.connection.set(io.grants.payload.connection);
      event.kind.set('Grant');
    });
    for (const [i, { valid, connection: where }] of chain.entries()) {
      valid.next = i === 0 ? entering.valid : chain[i - 1]!.valid;
      where.next = i === 0 ? entering.flight.connection : chain[i - 1]!.connection;
    }

    // P1, P2: the records are read while the event waits. With the cut in front of `differences` the read begins behind a
    // register, and the memories' output register is the one in front of that stage.
    const fetchesLate = pipelineCuts.includes('differences');
    const reading = Array.from({ length: READ_CYCLES + Number(fetchesLate) }, () => reg(Flight, { reset: false }));
    for (const [i, stage] of reading.entries()) stage.next = i === 0 ? entering.flight : reading[i - 1]!;
    const before = store.read(fetchesLate ? { enable: chain[0]!.valid, connection: chain[0]!.connection } : { enable: entering.valid, connection: entering.flight.connection });
    const flight = reading.at(-1)!;

    // P3 to P6.
    const last = chain[latency - 1]!;
    const write = { enable: wire(Bool), connection: last.connection, record: wire(Tcb) };
    const first = latency - distance;
    const inStep = chain[first]!;
    const stepCuts = pipelineCuts.filter((cut) => cut !== 'differences');
    // Without an event it stands still, where somebody looks: nothing but the clock itself is to change in idle time.
    const now = simulationPorts ? mux(inStep.valid, io.now, 0) : io.now;
    const p = step({ tcb: before, event: flight.event, now, constants: io.constants }, { cuts: stepCuts, valid: inStep.valid });
    const ignoresGeneration = flight.event.kind.is('Grant', 'Timer');
    const found = wire(Checks);
    found.set({ stale: ignoresGeneration.not().and(flight.generation.ne(before.generation)), kind: flight.event.kind, cause: flight.event.cause, was: before.state, passive: before.passive });
    const checked = later(Checks, found, distance - 1);
    const checks = checked.result;

    // P6.
    const { record, actions, eligible } = p.out;
    const retires = p.valid;
    const acts = retires.and(checks.stale.not());
    write.enable.set(acts);
    write.record.set(record);
    store.write(write);
    const at = last.connection;
    const isSegment = checks.kind.eq('Segment');
    const isGrant = checks.kind.eq('Grant');
    const isCommand = checks.kind.is('Segment', 'Grant', 'Timer').not();
    io.verdict.valid.set(retires.and(isSegment));
    io.verdict.payload.set({ connection: at, has_place: actions.has_place.and(checks.stale.not()), place: actions.place, look_up_again: checks.stale });
    io.granted.valid.set(retires.and(isGrant));
    io.granted.payload.set({ connection: at, has_send: actions.has_send, send: actions.send });
    io.commanded.valid.set(retires.and(isCommand));
    io.commanded.payload.set({ connection: at, kind: checks.kind, refused: mux(checks.stale, lit(Refusal, 'NoConnection'), actions.refused) });
    io.reset_due.valid.set(acts.and(actions.has_reset));
    io.reset_due.payload.set({ connection: at, reset: actions.reset });
    io.notified.valid.set(acts.and(actions.has_notify));
    // The guest knows the connection by the generation that it had in this life.
    io.notified.payload.set({ connection: at, generation: mux(actions.free, record.generation.sub(1), record.generation), notify: actions.notify, kind: checks.kind, cause: checks.cause, was: checks.was });
    io.half_open_ended.set(allOf(acts, checks.passive, checks.was.eq('SYN_RECEIVED'), record.state.ne('SYN_RECEIVED')));
    io.expiring.valid.set(acts.and(actions.has_time_wait));
    io.expiring.payload.set({ connection: at, time_wait: actions.time_wait });
    io.freed.valid.set(acts.and(actions.free));
    io.freed.payload.set({ connection: at, generation: record.generation });
    io.write_back.valid.set(acts);
    const { retransmit_deadline, delayed_ack_deadline, keepalive_deadline, user_deadline } = record;
    io.write_back.payload.set({ connection: at, deadlines: { retransmit_deadline, delayed_ack_deadline, keepalive_deadline, user_deadline }, timer: checks.kind.eq('Timer') });
    io.eligible.valid.set(acts);
    io.eligible.payload.set({ connection: at, eligible, grant: isGrant });
    io.counters.set(mux(acts, actions.counters, unpack(StepCounters, lit(UInt(StepCounters.width), 0))));
    io.pipeline_counters.set({ stale_segment: retires.and(checks.stale).and(isSegment), stale_command: retires.and(checks.stale).and(isCommand) });
    io.ready.set(store.ready);
    io.idle.set(anyOf(entering.valid, ...chain.map(({ valid }) => valid)).not());

    // What may not happen whoever is upstream.
    for (const { valid, connection: where } of chain.slice(first + 1)) {
      assert(inStep.valid.and(valid).and(where.eq(inStep.connection)).not(), 'pipeline: an event reads a record that an earlier one of its connection has not written');
    }
    when(inStep.valid.and(past(write.enable)).and(past(write.connection).eq(inStep.connection)), () => {
      assert(before.eq(past(write.record)), 'pipeline: a record is used as it was before it was written while it was read');
    });
    when(io.commands.valid, () => { assert(io.commands.payload.event.kind.is('Segment', 'Grant', 'Timer').not(), 'pipeline: commands carries an event that is no command'); });
    const before6 = distance > 1 ? past(before, distance - 1) : before;
    const event6 = distance > 1 ? past(flight.event, distance - 1) : flight.event;
    const now6 = distance > 1 ? past(io.now, distance - 1) : io.now;
    const given6 = distance > 1 ? past(flight.generation, distance - 1) : flight.generation;
    when(write.enable.and(event6.kind.is('Grant', 'Timer').not()), () => { assert(given6.eq(before6.generation), 'pipeline: an event of another life changes the connection'); });
    when(acts, () => {
      assert(record.generation.eq(before6.generation.add(actions.free.toUInt().zext(Generation.width))), 'pipeline: a record of another generation is written, or a freed one of the same');
      assert(actions.has_send.not().or(isGrant), 'pipeline: a segment is sent without a grant, so without credit');
      assert(actions.has_place.not().or(isSegment), 'pipeline: payload is placed without a segment, so without credit');
      when(checks.kind.eq('Timer').and(passed(before6, event6.timer, now6).not()), () => {
        assert(sameRecord(record, before6).and(actions.has_notify.not()), 'pipeline: a deadline that was cancelled or moved changes the connection');
      });
      when(actions.counters.grant_unused, () => { assert(eligible.not(), 'pipeline: a connection stays eligible though its grant sent nothing'); });
    });
    cover(acts.and(checks.kind.eq('Timer')).and(actions.counters.timer_stale), 'a deadline fired that was cancelled while the event was under way');
    probe('retire', retires, {
      connection: at, generation: given6, event: event6, now: now6, before: before6, stale: checks.stale, state_after: record.state, next: record, actions, eligible,
    });
    return { store, placeCredit, sendCredit, chain, admission, entering, reading, write, checked: checked.stages, acts, retires, step: p };
  });
}

/** All that counts is the same: when a deadline passes that is not armed does not. */
function sameRecord(a: Read<typeof Tcb>, b: Read<typeof Tcb>): Bool {
  const others = (record: Read<typeof Tcb>) => pack(record).bits(Tcb.width - 1, TcbDeadlines.width);
  const deadlines = (['retransmit_deadline', 'delayed_ack_deadline', 'keepalive_deadline', 'user_deadline'] as const)
    .map((name) => a[name].armed.eq(b[name].armed).and(a[name].armed.not().or(a[name].at.eq(b[name].at))));
  return allOf(others(a).eq(others(b)), ...deadlines);
}

/** The deadline of `timer` is armed, and not ahead. For assertions: the step finds out by itself. */
function passed(record: Read<typeof Tcb>, timer: Read<typeof Timer>, now: UInt): Bool {
  const late = ({ armed, at }: { readonly armed: Bool; readonly at: UInt }, time: UInt) => armed.and(time.sub(at).sge(0));
  const [fine, slow] = [now.trunc(record.retransmit_deadline.at.width), now.shr(TICK_LOG2).trunc(record.user_deadline.at.width)];
  return mux(timer.eq('Retransmit'), late(record.retransmit_deadline, fine), mux(timer.eq('DelayedAck'), late(record.delayed_ack_deadline, fine),
    mux(timer.eq('Keepalive'), late(record.keepalive_deadline, slow), late(record.user_deadline, slow))));
}

/** `value`, so many cycles later. */
function later<T extends Data>(shape: T, value: Read<T>, cycles: number) {
  const stages = Array.from({ length: cycles }, () => reg(shape, { reset: false }));
  for (const [i, stage] of stages.entries()) stage.next = i === 0 ? value : stages[i - 1]!;
  return { stages, result: stages[cycles - 1] ?? value };
}
