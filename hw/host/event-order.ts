/**
 * Holds each notification back until what it reports is true of guest memory: payload acknowledged, and before a FINAL one all
 * reads of the transmit ring returned.
 *
 * Takes a notification in every cycle; one leaves two cycles after it came at best, in order. It never makes the pipeline
 * wait for what waits for the pipeline: notifications of segments always find a place, others are held back at the entrance
 * (`may_notify`). It looks at no queue. FINAL alone may come later, in a notification that says nothing else.
 */
import { allOf, assert, Bool, Bundle, clog2, In, inst, lit, module, Out, reg, UInt, unpack, Valid, when } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import { eventNotice, type EventsOptions } from './events.ts';

export interface EventOrderOptions extends EventsOptions {
  /** Frames that are received and not retired, at most: a power of two. */
  readonly frames: number;
  /** Events that may be in the pipeline at once. */
  readonly pipelineDepth: number;
}

/** Notifications that wait and are not of segments, beside those that the pipeline still holds. */
const OTHERS = 32;
/** Segments that are granted and not fetched are far fewer than half of this. */
const FETCH_BITS = 10;

export const orderedNotice = (options: EventOrderOptions) => Bundle('OrderedNotice', {
  notice: eventNotice(options),
  /** Of a received frame, number `slot`; else of another event. */
  segment: Bool,
  slot: UInt(clog2(options.frames)),
});

export function eventOrder(options: EventOrderOptions) {
  const { connections, vms, frames, pipelineDepth } = options;
  const Slot = UInt(clog2(frames));
  const Frames = UInt(clog2(frames) + 2);
  const Fetches = UInt(FETCH_BITS);
  const Notice = eventNotice(options);
  const { connection, generation, vm } = Notice.fields;
  const Final = Bundle('WaitingFinal', { connection, generation, vm, fetches: Fetches });
  const Waiting = Bundle('WaitingNotice', { notice: Notice, segment: Bool, frame: Frames, waits: Bool, fetches: Fetches });
  const depth = frames + OTHERS + pipelineDepth;
  return module('event_order', { n: connections, v: vms, f: frames, p: pipelineDepth }, {
    notified: In(Valid(orderedNotice(options))),
    /** Other events than segments may enter the pipeline. */
    may_notify: Out(Bool),
    /** A segment was decided upon: its frame will retire. */
    decided: In(Valid(Slot)),
    /** A frame was handed to look-up. */
    received: In(Bool),
    /** The next frame, in order, has been written to guest memory. */
    retired: In(Bool),
    /** A segment was granted; the next one's payload, in order, was read. */
    granted: In(Bool),
    fetched: In(Bool),
    out: Out(Valid(eventNotice(options))),
    idle: Out(Bool),
  }, (io) => {
    /** Frames that have retired; the number of the oldest that has not. */
    const oldest = reg(Frames);
    const under = reg(UInt(clog2(frames) + 1));
    const latest = { frame: reg(Frames), waits: reg(Bool) };
    const grants = reg(Fetches);
    const fetches = reg(Fetches);
    const others = reg(UInt(clog2(OTHERS + pipelineDepth + 1)));

    when(io.retired, () => { oldest.next = oldest.add(1); });
    under.next = under.add(io.received.toUInt().zext(under.width)).sub(io.retired.toUInt().zext(under.width));
    /** Slots come round while a notification waits behind another; numbers of frames do not. */
    const frameOf = (slot: UInt) => oldest.add(slot.sub(oldest.trunc(Slot.width)).zext(Frames.width));
    /** A frame without a place among those under way has retired before it was notified. */
    const waits = (frame: UInt) => oldest.sub(frame).sle(0);
    const underWay = (slot: UInt) => slot.sub(oldest.trunc(Slot.width)).zext(under.width).lt(under);
    // The last frame, in their order, of those that were decided upon.
    const decided = frameOf(io.decided.payload);
    when(allOf(io.decided.valid, underWay(io.decided.payload), latest.waits.not().or(decided.sub(latest.frame).sgt(0))), () => {
      latest.frame.next = decided;
      latest.waits.next = true;
    }).elsewhen(allOf(io.retired, latest.waits, latest.frame.eq(oldest)), () => { latest.waits.next = false; });
    when(io.granted, () => { grants.next = grants.add(1); });
    when(io.fetched, () => { fetches.next = fetches.add(1); });

    const queue = inst(fifo(Waiting, depth), {});
    const { notice, segment, slot } = io.notified.payload;
    queue.in.valid.set(io.notified.valid);
    queue.in.payload.set({ notice, segment, frame: latest.frame, waits: latest.waits, fetches: grants });
    when(segment, () => {
      queue.in.payload.frame.set(frameOf(slot));
      queue.in.payload.waits.set(underWay(slot));
    });
    const head = queue.out.payload;
    const read = (fetchesBefore: UInt) => fetches.sub(fetchesBefore).slt(0).not();
    const go = allOf(queue.out.valid, head.waits.not().or(waits(head.frame).not()));
    queue.out.ready.set(go);
    // What waits for reads is the word FINAL alone: else one slow read would hold back the notifications of all others.
    const finals = inst(fifo(Final, connections), {});
    const postponed = go.and(head.notice.final).and(read(head.fetches).not());
    finals.in.valid.set(postponed);
    const { connection, generation, vm } = head.notice;
    finals.in.payload.set({ connection, generation, vm, fetches: head.fetches });
    const final = finals.out.payload;
    const goFinal = allOf(go.not(), finals.out.valid, read(final.fetches));
    finals.out.ready.set(goFinal);
    io.out.valid.set(go.or(goFinal));
    io.out.payload.set(head.notice);
    when(postponed, () => { io.out.payload.final.set(false); });
    when(goFinal, () => {
      io.out.payload.set(unpack(Notice, lit(UInt(Notice.width), 0)));
      io.out.payload.connection.set(final.connection);
      io.out.payload.generation.set(final.generation);
      io.out.payload.vm.set(final.vm);
      io.out.payload.final.set(true);
    });

    const comes = io.notified.valid.and(segment.not());
    const leaves = go.and(head.segment.not());
    others.next = others.add(comes.toUInt().zext(others.width)).sub(leaves.toUInt().zext(others.width));
    io.may_notify.set(others.lt(OTHERS));
    io.idle.set(queue.out.valid.or(finals.out.valid).not());
    when(postponed, () => { assert(finals.in.ready, 'eventOrder: more connections end than there are'); });
    when(io.notified.valid, () => { assert(queue.in.ready, 'eventOrder: a notification finds no place'); });
    when(io.retired, () => { assert(under.ne(0), 'eventOrder: a frame retires that was never received'); });
    return { oldest, under, latest, grants, fetches, others, queue, go, finals, postponed };
  });
}
