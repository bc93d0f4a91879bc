/**
 * Decides which segments go straight to their connection and which go the slow path, in order: SYNs, those without a connection,
 * and all that have an older segment of theirs on the slow path.
 *
 * A segment a cycle, two cycles later at `direct`, or in the queue; a look-up's answer cannot wait, so a full queue drops. The
 * last eighth of its places is for segments of open connections, that follow others.
 * It looks up nothing: what stands at `out` stays there until the slow path is done with it, and until then counts as
 * on the slow path.
 *
 * Order by hash: a row of a table says where in the queue the last segment with these bits of the hash is, and whether all that
 * are there agree in `MARK_BITS` bits. At worst a segment makes a detour.
 */
import { allOf, assert, Bool, Bundle, clog2, type Data, In, inst, module, mux, Out, reg, Stream, UInt, Valid } from '@vtoe/hdl';
import { fifo, forwarded } from '@vtoe/hdl/lib';
import { Segment } from './event.ts';
import { flowShapes } from './flow-entry.ts';
import { FlowHash } from './flow-hash.ts';
import { FlowKey } from './flow-key.ts';
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

/** `direct`, `queued`: where it went. `followed`: queued only because an older one is there. `overflow`: dropped, for want of a place. */
export const SlowQueueCounters = Bundle('SlowQueueCounters', { direct: Bool, queued: Bool, followed: Bool, overflow: Bool });

/** Bits of the hash by which segments are held in order: those that choose a row, and those that the row keeps. */
const MARK_BITS = 24;
/** Rows for each place in the queue: with the queue full, two segments of different flows meet in a fiftieth of the rows. */
const ROWS_EACH = 4;
/** A row that was not written for so many times as many segments as there are rows may be taken for a fresh one. */
const ROUNDS_LOG2 = 3;

/** Places that only segments of open connections may take. */
export function reservedPlaces(entries: number): number {
  return Math.floor(entries / 8);
}

export function slowQueue<T extends Data>({ connections, entries, tag }: SlowQueueOptions<T>) {
  const { FlowValue } = flowShapes(connections);
  const Arrival = arrivalShape(tag);
  const Direct = Bundle('FlowDirect', { arrival: Arrival, value: FlowValue });
  const Sorted = Bundle('FlowSorted', { arrival: Arrival, hit: Bool, value: FlowValue });
  const rowBits = clog2(ROWS_EACH * entries);
  const Position = UInt(rowBits + ROUNDS_LOG2);
  /** Of the last segment of a row: its position, and the rest of its mark; and that `mixed` ones are in the queue. */
  const Row = Bundle('SlowQueueRow', { position: Position, mark: UInt(MARK_BITS - rowBits), mixed: Bool });
  const ports = {
    in: In(Valid(Sorted)),
    /** There is little room for frames: none of strangers is queued. */
    crowded: In(Bool),
    direct: Out(Valid(Direct)),
    /** Held until the slow path is done with it. */
    out: Out(Stream(Arrival)),
    dropped: Out(Valid(tag)),
    counters: Out(SlowQueueCounters),
  };
  return module('slow_queue', { n: connections, d: entries, t: tag }, ports, (io) => {
    const store = inst(fifo(Arrival, entries));
    /** Of the oldest segment and of the next that comes. */
    const [head, tail] = [reg(Position), reg(Position)];
    const inside = tail.sub(head);

    // Its row is read while it waits for a cycle.
    const rows = forwarded(Row, ROWS_EACH * entries);
    const markOf = (hash: UInt): UInt => hash.bits(FlowHash.width - 1, FlowHash.width - MARK_BITS);
    const row = rows.read({ address: markOf(io.in.payload.arrival.hash).bits(MARK_BITS - 1, MARK_BITS - rowBits) });
    const sorted = { valid: reg(Bool), payload: reg(Sorted, { reset: false }) };
    sorted.valid.next = io.in.valid;
    sorted.payload.next = io.in.payload;
    const { arrival, hit, value } = sorted.payload;
    const mark = markOf(arrival.hash);
    const rest = mark.trunc(MARK_BITS - rowBits);
    const waits = row.position.sub(head).lt(inside);
    const behind = waits.and(row.mixed.or(row.mark.eq(rest)));

    const { syn } = arrival.segment;
    const slow = hit.not().or(syn).or(behind);
    const follows = hit.and(syn.not());
    const mayQueue = follows.or(allOf(inside.lt(entries - reservedPlaces(entries)), io.crowded.not()));
    store.in.valid.set(allOf(sorted.valid, slow, mayQueue));
    store.in.payload.set(arrival);
    io.out.from(store.out);
    rows.write({
      enable: store.in.fire, address: mark.bits(MARK_BITS - 1, MARK_BITS - rowBits),
      data: { position: tail, mark: rest, mixed: waits.and(row.mixed.or(row.mark.ne(rest))) },
    });
    tail.next = mux(store.in.fire, tail.add(1), tail);
    head.next = mux(store.out.fire, head.add(1), head);

    const direct = { valid: reg(Bool), payload: reg(Direct, { reset: false }) };
    direct.valid.next = sorted.valid.and(slow.not());
    direct.payload.next = { arrival, value };
    io.direct.valid.set(direct.valid);
    io.direct.payload.set(direct.payload);
    const overflow = allOf(sorted.valid, slow, store.in.fire.not());
    io.dropped.valid.set(overflow);
    io.dropped.payload.set(arrival.tag);
    io.counters.set({ direct: sorted.valid.and(slow.not()), queued: store.in.fire, followed: allOf(store.in.fire, follows), overflow });
    assert(inside.le(entries), 'slowQueue: the positions are those of the queue');
    return { store, head, tail, rows, sorted, behind, direct };
  });
}
