/**
 * Finds the timers that have expired: scans the deadlines of one connection a cycle and gives an event for each that passed.
 *
 * An event stands at the output at most connections + 8 cycles after its deadline, and after back-pressure; asleep, it
 * changes no register, and wakes at the earliest deadline that the last scan saw or that was armed since.
 * It does not cancel what it gave: a timer that was stopped meanwhile comes all the same, and the pipeline looks again.
 */
import {
  allOf, anyOf, assert, Bool, Bundle, cat, clog2, In, lit, module, mux, Out, reg, Stream, UInt, type UIntShape, Valid, when, wire,
} from '@vtoe/hdl';
import { forwarded, reached, seqLe } from '@vtoe/hdl/lib';
import { Timer } from './event.ts';
import { FineDeadline, Now, SlowDeadline, TcbDeadlines } from './tcb.ts';

export interface TimerScanOptions {
  /** Power of two from 2 up. */
  readonly connections: number;
  /** Events between here and the write-back of their step; one a cycle flows if the way takes fewer cycles. */
  readonly underWay?: number;
}

/** A step has written a record. */
export const TimerWriteBack = (index: UIntShape) => Bundle('TimerWriteBack', {
  connection: index,
  deadlines: TcbDeadlines,
  /** The step's event was a timer's: the next one of this connection may come. */
  timer: Bool,
});

export function timerScan({ connections, underWay = 8 }: TimerScanOptions) {
  const index = UInt(clog2(connections));
  const TimerEvent = Bundle('TimerEvent', { connection: index, timer: Timer });
  return module('timer_scan', { n: connections, u: underWay }, {
    now: In(Now),
    /** Every write-back, whatever its event, before which nothing else of this connection is under way. */
    write_back: In(Valid(TimerWriteBack(index))),
    event: Out(Stream(TimerEvent)),
    /** The memory is cleared. */
    ready: Out(Bool),
    /** No register changes at the end of this cycle. */
    idle: Out(Bool),
    /** While idle nothing happens before. */
    next_deadline: Out(Valid(Now)),
  }, (io) => {
    const deadlines = forwarded(TcbDeadlines, connections);
    const { valid: written, payload: { connection: writtenConnection, ...report } } = io.write_back;
    const [fineNow, slowNow] = [io.now.trunc(32), io.now.bits(33, 10)];

    // Clearing, after reset.
    const clearing = reg(Bool, { init: true });
    const position = reg(index);
    when(clearing, () => { clearing.next = position.ne(connections - 1); });
    deadlines.write({
      enable: clearing.or(written), address: mux(clearing, position, writtenConnection),
      data: mux(clearing, lit(TcbDeadlines, NONE_ARMED), report.deadlines),
    });
    assert(clearing.not().or(written.not()), 'timerScan: nothing is written back before ready');

    // First stage: the address. A visit of every connection begins anew whenever a deadline is due.
    const stall = wire(Bool);
    const due = wire(Bool);
    const visits = reg(UInt(index.width + 1));
    const visit = visits.ne(0).and(stall.not());
    when(due, () => { visits.next = connections; }).elsewhen(visit, () => { visits.next = visits.sub(1); });
    when(visit.or(clearing), () => { position.next = position.add(1); });

    // Second stage: the word, as this very cycle writes it, compared with the time. A visit that gave up in favour of a write
    // could be late for ever: a connection that is written every fourth cycle may always be written as it is visited.
    const seen = { valid: reg(Bool), connection: reg(index) };
    when(stall.not(), () => { seen.valid.next = visit; });
    when(visit, () => { seen.connection.next = position; });
    const read = deadlines.read({ enable: visit, address: position });
    const word = mux(written.and(writtenConnection.eq(seen.connection)), report.deadlines, read);
    const { retransmit_deadline, delayed_ack_deadline, keepalive_deadline, user_deadline } = word;
    const passed = {
      Retransmit: retransmit_deadline.armed.and(reached(fineNow, retransmit_deadline.at)),
      DelayedAck: delayed_ack_deadline.armed.and(reached(fineNow, delayed_ack_deadline.at)),
      Keepalive: keepalive_deadline.armed.and(reached(slowNow, keepalive_deadline.at)),
      User: user_deadline.armed.and(reached(slowNow, user_deadline.at)),
    };

    // Third stage: the event, and the earliest deadline that is to come.
    const judged = {
      valid: reg(Bool), connection: reg(index, { reset: false }),
      expired: reg(Bool, { reset: false }), timer: reg(Timer, { reset: false }),
      fine: reg(FineDeadline, { reset: false }), slow: reg(SlowDeadline, { reset: false }),
    };
    when(stall.not(), () => { judged.valid.next = seen.valid; });
    when(seen.valid.and(stall.not()), () => {
      judged.connection.next = seen.connection;
      judged.expired.next = anyOf(...Object.values(passed));
      judged.timer.next = mux(passed.Retransmit, 'Retransmit', mux(passed.DelayedAck, 'DelayedAck', mux(passed.Keepalive, lit(Timer, 'Keepalive'), 'User')));
      judged.fine.next = earlier(without(retransmit_deadline, passed.Retransmit), without(delayed_ack_deadline, passed.DelayedAck));
      judged.slow.next = earlier(without(keepalive_deadline, passed.Keepalive), without(user_deadline, passed.User));
    });

    const slots = Array.from({ length: underWay }, () => ({ busy: reg(Bool), connection: reg(index, { reset: false }) }));
    const out = { valid: reg(Bool), payload: reg(TimerEvent, { reset: false }) };
    const underWayAlready = anyOf(...slots.map(({ busy, connection }) => busy.and(connection.eq(judged.connection))));
    const expires = judged.valid.and(judged.expired).and(underWayAlready.not());
    const room = anyOf(...slots.map(({ busy }) => busy.not())).and(out.valid.not().or(io.event.ready));
    stall.set(expires.and(room.not()));
    const fire = expires.and(room);
    when(out.valid.not().or(io.event.ready), () => { out.valid.next = fire; });
    when(fire, () => { out.payload.next = { connection: judged.connection, timer: judged.timer }; });
    io.event.valid.set(out.valid);
    io.event.payload.set(out.payload);

    const ended = written.and(report.timer);
    for (const [i, { busy, connection }] of slots.entries()) {
      when(ended.and(connection.eq(writtenConnection)), () => { busy.next = false; });
      const full = slots.slice(0, i).map((before) => before.busy);
      when(allOf(fire, busy.not(), ...full), () => {
        busy.next = true;
        connection.next = judged.connection;
      });
    }
    assert(ended.not().or(anyOf(...slots.map(({ busy, connection }) => busy.and(connection.eq(writtenConnection))))), 'timerScan: a timer event that ends was given before');

    // What is written counts as seen, whether it is in the future or not: the deadline itself wakes.
    const armed = { valid: reg(Bool), deadlines: reg(TcbDeadlines, { reset: false }) };
    armed.valid.next = written;
    when(written, () => { armed.deadlines.next = report.deadlines; });
    const armedFirst = { valid: reg(Bool), fine: reg(FineDeadline, { reset: false }), slow: reg(SlowDeadline, { reset: false }) };
    armedFirst.valid.next = armed.valid;
    when(armed.valid, () => {
      armedFirst.fine.next = earlier(armed.deadlines.retransmit_deadline, armed.deadlines.delayed_ack_deadline);
      armedFirst.slow.next = earlier(armed.deadlines.keepalive_deadline, armed.deadlines.user_deadline);
    });

    // The earliest of all that was seen since the visits began: not later than any deadline that they will not see.
    const first = { fine: reg(FineDeadline), slow: reg(SlowDeadline) };
    const fineDue = first.fine.armed.and(reached(fineNow, first.fine.at));
    const slowDue = first.slow.armed.and(reached(slowNow, first.slow.at));
    due.set(fineDue.or(slowDue));
    first.fine.next = earliest(without(first.fine, due), only(judged.fine, judged.valid), only(armedFirst.fine, armedFirst.valid));
    first.slow.next = earliest(without(first.slow, due), only(judged.slow, judged.valid), only(armedFirst.slow, armedFirst.valid));

    io.ready.set(clearing.not());
    const busy = anyOf(clearing, visits.ne(0), seen.valid, judged.valid, out.valid, written, armed.valid, armedFirst.valid, due, ...slots.map((slot) => slot.busy));
    io.idle.set(busy.not());
    const fineLeft = first.fine.at.sub(fineNow).zext(34);
    const slowLeft = cat(first.slow.at.sub(slowNow), lit(UInt(10), 0)).sub(io.now.trunc(10).zext(34));
    const left = mux(first.fine.armed.and(first.slow.armed.not().or(fineLeft.lt(slowLeft))), fineLeft, slowLeft);
    io.next_deadline.valid.set(first.fine.armed.or(first.slow.armed));
    io.next_deadline.payload.set(io.now.add(left.zext(42)));
    return { deadlines, clearing, position, visits, seen, word, judged, out, slots, armed, armedFirst, first, due, stall };
  });
}

interface Deadline {
  readonly armed: Bool;
  readonly at: UInt;
}

const NONE_ARMED = {
  retransmit_deadline: { armed: false, at: 0 }, delayed_ack_deadline: { armed: false, at: 0 },
  keepalive_deadline: { armed: false, at: 0 }, user_deadline: { armed: false, at: 0 },
};

function without({ armed, at }: Deadline, excluded: Bool): Deadline {
  return { armed: armed.and(excluded.not()), at };
}

function only({ armed, at }: Deadline, counts: Bool): Deadline {
  return { armed: armed.and(counts), at };
}

function isFirst(a: Deadline, b: Deadline): Bool {
  return a.armed.and(b.armed.not().or(seqLe(a.at, b.at)));
}

function earlier(a: Deadline, b: Deadline): Deadline {
  return { armed: a.armed.or(b.armed), at: mux(isFirst(a, b), a.at, b.at) };
}

/** As `earlier` twice, but the comparisons stand beside each other. */
function earliest(a: Deadline, b: Deadline, c: Deadline): Deadline {
  return {
    armed: anyOf(a.armed, b.armed, c.armed),
    at: mux(anyOf(isFirst(a, b), b.armed.not()).and(anyOf(isFirst(a, c), c.armed.not())), a.at, mux(isFirst(b, c), b.at, c.at)),
  };
}
