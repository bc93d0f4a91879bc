/**
 * Commands: decodes entries of submission queues, checks them, hands them to who carries them out, and sees to it that each
 * has exactly one end: an answer, or the silent return of its place in the completion queue.
 *
 * A command for a connection every three cycles, in order, several under way in the pipeline; those that open connections or
 * change listeners one at a time. It does not know how to open or to listen: that is `connect.ts` and `listen.ts`.
 */
import { allOf, anyOf, assert, Bool, Bundle, clog2, Enum, In, inst, lit, match, module, mux, Out, type Read, reg, Stream, UInt, unpack, Valid, when, wire } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { Status } from '../protocol/completion-entry.ts';
import { Handle } from '../protocol/handle.ts';
import * as entries from '../protocol/submission-entry.ts';
import { Refusal } from '../tcp/actions.ts';
import { Event, EventKind } from '../tcp/event.ts';
import { Generation, pipelineShapes } from '../tcp/pipeline.ts';
import { SpanTicks } from '../tcp/tcb.ts';
import { statusEntry } from './completion.ts';
import { indexBits } from './events.ts';
import { fetchedEntry } from './submission.ts';

const { Opcode, SocketOption, SubmissionEntry, SendEntry, SetOptionEntry } = entries;

/** Commands of connections in the pipeline. */
const UNDER_WAY = 8;
/** Largest user timeout: what the slow clock reaches, in milliseconds. */
export const USER_TIMEOUT_MOST_MS = Math.floor((2 ** (SpanTicks.width - 1) - 2) * 1.024);

/** Whose connection that is. */
export const ConnectionOwner = (vms: number) => Bundle('ConnectionOwner', { vm: UInt(indexBits(vms)), generation: Generation });

/** How a command ended. */
export const CommandEnd = Bundle('CommandEnd', { status: UInt(Status.width), handle: Handle.shape });

const Step = Enum('CommandStep', ['Take', 'Decide', 'Direct', 'Other', 'Answer', 'Silent']);

export const commandPorts = (config: Config) => {
  const { vms, connections } = config;
  const shapes = pipelineShapes(config);
  return {
    entry: In(Stream(fetchedEntry(vms))),
    /** Whose connection is this index? It comes one cycle later. */
    owner_index: Out(UInt(indexBits(connections))),
    owner: In(ConnectionOwner(vms)),
    /** To the pipeline; one answer each, in order. */
    command: Out(Stream(shapes.CommandRequest)),
    commanded: In(Valid(Bundle('CommandResult', { refused: Refusal }))),
    /** CONNECT: the whole entry, one at a time. */
    connect: Out(Stream(fetchedEntry(vms))),
    connected: In(Valid(CommandEnd)),
    /** LISTEN, UNLISTEN, ACCEPT: the whole entry, one at a time. */
    listen: Out(Stream(fetchedEntry(vms))),
    listened: In(Valid(CommandEnd)),
    status: Out(Stream(statusEntry(vms))),
    release: Out(Valid(UInt(indexBits(vms)))),
    /** A command ended well, or not. */
    carried_out: Out(Valid(UInt(indexBits(vms)))),
    refused: Out(Valid(UInt(indexBits(vms)))),
    idle: Out(Bool),
  };
};

export function commands(config: Config) {
  const { vms, connections } = config;
  const Vm = UInt(indexBits(vms));
  const Connection = UInt(indexBits(connections));
  const Meta = Bundle('CommandMeta', { vm: Vm, command_id: UInt(16), handle: Handle.shape, answers: Bool });

  return module('commands', { n: connections, v: vms }, commandPorts(config), (io) => {
    const step = reg(Step);
    const held = reg(fetchedEntry(vms), { reset: false });
    const taken = io.entry.payload.lanes;
    const lanes = held.lanes;
    const head = SubmissionEntry.fromLanes(lanes);
    const send = SendEntry.fromLanes(lanes);
    const option = SetOptionEntry.fromLanes(lanes);
    const handle = send.handle;
    const is = (...names: (keyof typeof Opcode.value)[]): Bool => anyOf(...names.map((name) => head.opcode.eq(Opcode.value[name])));
    const direct = is('SEND', 'RECEIVE', 'SHUTDOWN', 'CLOSE', 'ABORT', 'SETOPT');

    // What a command of a connection means to the pipeline.
    const event = wire(Event);
    const kind = wire(EventKind);
    const value = option.value;
    const on = value.eq(1);
    const badOption = wire(Bool);
    badOption.set(false);
    kind.set('Send');
    match(head.opcode, {
      [Opcode.value.RECEIVE]: () => { kind.set('Receive'); },
      [Opcode.value.SHUTDOWN]: () => { kind.set('Shutdown'); },
      [Opcode.value.CLOSE]: () => { kind.set('Close'); },
      [Opcode.value.ABORT]: () => { kind.set('Abort'); },
      [Opcode.value.SETOPT]: () => { kind.set('SetOption'); },
      otherwise: () => {},
    });
    event.set(noEvent());
    event.kind.set(kind);
    event.position.set(send.position);
    event.cause.set('Guest');
    event.options.nagle.set(on.not());
    event.options.keepalive.set(on);
    event.options.user_timeout.set(ticksOf(value));
    match(option.option, {
      [SocketOption.value.NO_DELAY]: () => {
        event.options.set_nagle.set(true);
        badOption.set(value.gt(1));
      },
      [SocketOption.value.KEEPALIVE]: () => {
        event.options.set_keepalive.set(true);
        badOption.set(value.gt(1));
      },
      [SocketOption.value.USER_TIMEOUT]: () => {
        event.options.set_user_timeout.set(true);
        badOption.set(value.gt(USER_TIMEOUT_MOST_MS));
      },
      otherwise: () => { badOption.set(true); },
    });

    // Whose is it: the owner's table is asked while the entry is taken.
    const takenIndex = SendEntry.fromLanes(taken).handle.index;
    io.owner_index.set(takenIndex.trunc(Connection.width));
    const owned = allOf(handle.index.lt(connections), io.owner.vm.eq(held.vm), io.owner.generation.eq(handle.generation));

    const problem = wire(UInt(Status.width));
    problem.set(Status.value.OK);
    when(head.ext, () => { problem.set(Status.value.BAD_FIELD); })
      .elsewhen(Opcode.known(head.opcode).not(), () => { problem.set(Status.value.BAD_OPCODE); })
      .elsewhen(direct.and(owned.not()), () => { problem.set(Status.value.BAD_HANDLE); })
      .elsewhen(is('SETOPT').and(badOption), () => { problem.set(Status.value.BAD_FIELD); });

    // Commands in the pipeline, in order; what became of each.
    const way = inst(fifo(Meta, UNDER_WAY), {});
    const results = inst(fifo(Bundle('CommandWayEnd', { meta: Meta, status: UInt(Status.width) }), UNDER_WAY), {});
    const request = wire(Bool);
    request.set(false);
    // SHUTDOWN, CLOSE, ABORT and SETOPT always answer; SEND and RECEIVE only if asked, or refused.
    const silent = is('SEND', 'RECEIVE').and(head.signal.not());
    const meta = { vm: held.vm, command_id: head.command_id, handle, answers: silent.not() };
    io.command.valid.set(request);
    io.command.payload.set({ connection: handle.index.trunc(Connection.width), generation: handle.generation, event });
    way.in.valid.set(request.and(io.command.ready));
    way.in.payload.set(meta);
    results.in.valid.set(io.commanded.valid);
    results.in.payload.set({ meta: way.out.payload, status: statusOf(io.commanded.payload.refused) });
    way.out.ready.set(io.commanded.valid);
    when(io.commanded.valid, () => { assert(way.out.valid.and(results.in.ready), 'commands: the pipeline answers a command that it was not given'); });
    /** Of both queues together: a result always finds a place. */
    const under = reg(UInt(clog2(UNDER_WAY + 1)));
    const mayRequest = under.ne(UNDER_WAY);

    // Ends: those of the pipeline first, since they came first.
    const end = reg(CommandEnd);
    const ended = results.out.payload;
    const wayAnswers = results.out.valid.and(ended.meta.answers.or(ended.status.ne(Status.value.OK)));
    const waySilent = results.out.valid.and(wayAnswers.not());
    const ownAnswers = allOf(step.eq('Answer'), under.eq(0));
    const ownSilent = allOf(step.eq('Silent'), under.eq(0));
    io.status.valid.set(wayAnswers.or(ownAnswers));
    io.status.payload.set({ vm: held.vm, handle: end.handle, command_id: head.command_id, status: end.status, final: false });
    when(wayAnswers, () => { io.status.payload.set({ vm: ended.meta.vm, handle: ended.meta.handle, command_id: ended.meta.command_id, status: ended.status, final: false }); });
    results.out.ready.set(waySilent.or(wayAnswers.and(io.status.ready)));
    io.release.valid.set(waySilent.or(ownSilent));
    io.release.payload.set(mux(waySilent, ended.meta.vm, held.vm));
    const adds = way.in.fire;
    const leaves = results.out.fire;
    under.next = under.add(adds.toUInt().zext(under.width)).sub(leaves.toUInt().zext(under.width));

    io.entry.ready.set(step.eq('Take'));
    io.connect.valid.set(step.eq('Other').and(is('CONNECT')));
    io.connect.payload.set(held);
    io.listen.valid.set(step.eq('Other').and(is('CONNECT').not()));
    io.listen.payload.set(held);
    const waits = reg(Bool);
    when(io.connect.fire.or(io.listen.fire), () => { waits.next = true; });
    const other = mux(io.connected.valid, io.connected.payload, io.listened.payload);
    match(step, {
      Take: () => {
        when(io.entry.valid, () => {
          held.next = io.entry.payload;
          step.next = 'Decide';
        });
      },
      Decide: () => {
        end.next = { status: problem, handle: mux(direct.or(is('UNLISTEN', 'ACCEPT')), handle, lit(Handle.shape, { index: 0, generation: 0 })) };
        when(problem.ne(Status.value.OK), () => { step.next = 'Answer'; })
          .elsewhen(is('NOP'), () => { step.next = mux(head.signal, lit(Step, 'Answer'), lit(Step, 'Silent')); })
          .elsewhen(direct, () => { step.next = 'Direct'; })
          .otherwise(() => { step.next = 'Other'; });
      },
      Direct: () => {
        request.set(mayRequest);
        when(allOf(mayRequest, io.command.ready), () => { step.next = 'Take'; });
      },
      Other: () => {
        when(io.connected.valid.or(io.listened.valid), () => {
          waits.next = false;
          end.next = other;
          step.next = 'Answer';
        });
        when(waits, () => {
          io.connect.valid.set(false);
          io.listen.valid.set(false);
        });
      },
      Answer: () => { when(allOf(ownAnswers, io.status.ready, wayAnswers.not()), () => { step.next = 'Take'; }); },
      Silent: () => { when(ownSilent, () => { step.next = 'Take'; }); },
    });

    const answered = io.status.fire;
    const bad = io.status.payload.status.ne(Status.value.OK);
    io.refused.valid.set(answered.and(bad));
    io.refused.payload.set(io.status.payload.vm);
    io.carried_out.valid.set(io.release.valid.or(answered.and(bad.not())));
    io.carried_out.payload.set(mux(io.release.valid, io.release.payload, io.status.payload.vm));
    io.idle.set(allOf(step.eq('Take'), under.eq(0)));
    return { step, held, kind, event, badOption, problem, way, results, request, under, end, waits };
  });
}

/** What the pipeline's refusal means to a guest. Nothing holds of the value unless there is an answer. */
function statusOf(refused: Read<typeof Refusal>): UInt {
  const status = wire(UInt(Status.width));
  status.set(Status.value.OK);
  when(refused.eq('NoConnection'), () => { status.set(Status.value.BAD_HANDLE); });
  when(refused.is('InUse', 'Closing'), () => { status.set(Status.value.BAD_STATE); });
  when(refused.eq('OutOfRange'), () => { status.set(Status.value.BAD_POSITION); });
  return status;
}

/** Ticks of 1024 µs that last at least so many milliseconds: x 125 / 128, rounded up, without a multiplier. */
function ticksOf(milliseconds: UInt): UInt {
  const wide = milliseconds.zext(40);
  return wide.shl(7).sub(wide.shl(1)).sub(wide).add(127).shr(7).trunc(SpanTicks.width);
}

/** Fields that no command of a connection sets. */
function noEvent(): Read<typeof Event> {
  return unpack(Event, lit(UInt(Event.width), 0));
}
