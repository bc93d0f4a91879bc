/**
 * Decides which segments go straight to their connection and which go the slow path, in order: SYNs, those without a connection,
 * and all that have an older segment of theirs on the slow path.
 *
 * A segment a cycle, one cycle later at `direct`, or in the queue; a look-up's answer cannot wait, so a full queue drops.
 * It looks up nothing: what stands at `out` stays there until the slow path is done with it, and until then counts as
 * on the slow path.
 *
 * Order by hash: segments are taken for the same connection if 16 bits of their hashes agree. At worst a segment makes a
 * detour (once in 2^16 / `entries`).
 */
import { Bool, Bundle, clog2, type Data, In, inst, module, mux, Out, reg, Stream, UInt, Valid, when, lit, allOf } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import { Segment } from './event.ts';
import { flowShapes } from './flow-entry.ts';
import { FlowHash } from './flow-hash.ts';
import { FlowKey } from './flow-key.ts';
import { bitsOf } from './one-hot.ts';
import { SegmentBytes } from './tcb.ts';

export interface SlowQueueOptions<T extends Data> {
  readonly connections: number;
  /** Segments on the slow path at most; a power of two. */
  readonly entries: number;
  /** What travels with a segment. */
  readonly tag: T;
}

/** A received segment on its way to a connection. */
export function arrivalShape<T extends Data>(tag: T) {
  return Bundle('FlowArrival', {
    key: FlowKey, hash: FlowHash, segment: Segment,
    /** MSS to advertise where it arrived, MTU - 40. */
    mss: SegmentBytes,
    tag,
  });
}

/** `direct`, `queued`: where it went. `followed`: queued only because an older one is there. `overflow`: dropped, the queue was full. */
export const SlowQueueCounters = Bundle('SlowQueueCounters', { direct: Bool, queued: Bool, followed: Bool, overflow: Bool });

/** Bits of the hash by which segments are held in order. */
const MARK_BITS = 16;

export function slowQueue<T extends Data>({ connections, entries, tag }: SlowQueueOptions<T>) {
  const { FlowValue } = flowShapes(connections);
  const Arrival = arrivalShape(tag);
  const Direct = Bundle('FlowDirect', { arrival: Arrival, value: FlowValue });
  const ports = {
    in: In(Valid(Bundle('FlowSorted', { arrival: Arrival, hit: Bool, value: FlowValue }))),
    direct: Out(Valid(Direct)),
    /** Held until the slow path is done with it. */
    out: Out(Stream(Arrival)),
    dropped: Out(Valid(tag)),
    counters: Out(SlowQueueCounters),
  };
  return module('slow_queue', { n: connections, d: entries, t: tag }, ports, (io) => {
    const { arrival, hit, value } = io.in.payload;
    const store = inst(fifo(Arrival, entries));
    const Index = UInt(Math.max(1, clog2(entries)));
    const [head, tail] = [reg(Index), reg(Index)];
    const marks = Array.from({ length: entries }, () => ({ used: reg(Bool), mark: reg(UInt(MARK_BITS), { reset: false }) }));
    const mark = arrival.hash.bits(FlowHash.width - 1, FlowHash.width - MARK_BITS);
    const behind = bitsOf(marks.map((one) => one.used.and(one.mark.eq(mark)))).orR();

    const { syn } = arrival.segment;
    const slow = hit.not().or(syn).or(behind);
    store.in.valid.set(io.in.valid.and(slow));
    store.in.payload.set(arrival);
    io.out.from(store.out);
    when(store.in.fire, () => {
      tail.next = mux(tail.eq(entries - 1), lit(Index, 0), tail.add(1));
      marks.forEach((one, i) => { when(tail.eq(i), () => { one.used.next = true; one.mark.next = mark; }); });
    });
    when(store.out.fire, () => {
      head.next = mux(head.eq(entries - 1), lit(Index, 0), head.add(1));
      marks.forEach((one, i) => { when(head.eq(i), () => { one.used.next = false; }); });
    });

    const direct = { valid: reg(Bool), payload: reg(Direct, { reset: false }) };
    direct.valid.next = io.in.valid.and(slow.not());
    direct.payload.next = { arrival, value };
    io.direct.valid.set(direct.valid);
    io.direct.payload.set(direct.payload);
    const overflow = store.in.valid.and(store.in.ready.not());
    io.dropped.valid.set(overflow);
    io.dropped.payload.set(arrival.tag as never);
    io.counters.set({ direct: io.in.valid.and(slow.not()), queued: store.in.fire, followed: allOf(store.in.fire, hit, syn.not()), overflow });
    return { store, head, tail, marks, behind, direct };
  });
}
