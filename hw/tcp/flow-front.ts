/**
 * From a received segment to an event of its connection: flow table, slow queue, slow path and free slots, wired up.
 *
 * A segment a cycle at `in`, 13 cycles to `direct` (`hash: 'serial'`: one in 10 cycles, 14 to `direct`); those on the slow
 * path take as long as it does, and all segments of one connection
 * come in the order of `in`, an Accept before them.
 * It does not arbitrate between `direct` and `event`: who merges them takes an event only when it goes before every `direct`
 * that comes later.
 */
import { Bool, Bundle, clog2, type Data, In, inst, module, Out, Stream, UInt, Valid, Vec } from '@vtoe/hdl';
import { Segment } from './event.ts';
import { FlowCounters, flowShapes } from './flow-entry.ts';
import { FlowSecret } from './flow-hash.ts';
import { FlowKey } from './flow-key.ts';
import { flowTable } from './flow-table.ts';
import { OpenOptions } from './open-options.ts';
import { SlotCounters, slots } from './slots.ts';
import { slowPath, SlowPathCounters, slowPathShapes } from './slow-path.ts';
import { arrivalShape, slowQueue, SlowQueueCounters } from './slow-queue.ts';
import { Now, SegmentBytes } from './tcb.ts';
import { TimeWaitAnswer } from './time-wait-answer.ts';

export interface FlowFrontOptions<T extends Data> {
  readonly connections: number;
  readonly listeners: number;
  readonly vms: number;
  readonly flowTableRows: number;
  readonly flowStashEntries: number;
  /** Segments on the slow path at most, a power of two; 32 by default. */
  readonly slowEntries?: number;
  /** Others who give commands to the flow table, besides the slow path: who opens, who frees. */
  readonly requesters?: number;
  readonly readPort?: 'shared' | 'own';
  /** See `flowTable`; `pipelined` by default. */
  readonly hash?: 'pipelined' | 'serial';
  /** What travels with a segment. */
  readonly tag: T;
}

export const FlowFrontCounters = Bundle('FlowFrontCounters', { flow_table: FlowCounters, queue: SlowQueueCounters, path: SlowPathCounters, slots: SlotCounters });

export function flowFront<T extends Data>(options: FlowFrontOptions<T>) {
  const { connections, listeners, vms, flowTableRows: rows, flowStashEntries: stashEntries, slowEntries = 32, requesters = 2, readPort = 'shared', hash = 'pipelined', tag } = options;
  const { FlowValue, FlowCommand, FlowAnswer } = flowShapes(connections);
  const { Listener, Vm, ListenRequest, ListenFound, SlowEvent, ResetRequest } = slowPathShapes({ connections, listeners, vms, tag });
  const Arrival = arrivalShape(tag);
  const HalfOpen = UInt(clog2(connections + 1));
  const Received = Bundle('FlowReceived', { key: FlowKey, segment: Segment, mss: SegmentBytes, tag });
  const Meta = Bundle('FlowMeta', { segment: Segment, mss: SegmentBytes, tag });
  const ports = {
    in: In(Stream(Received)),
    /** There is little room for frames: SYNs and segments without a connection are dropped. */
    crowded: In(Bool),
    direct: Out(Valid(Bundle('FlowDirect', { arrival: Arrival, value: FlowValue }))),
    event: Out(Stream(SlowEvent)),
    reset: Out(Stream(ResetRequest)),
    /** Of the segment that TIME_WAIT is asked about. */
    arrival_tag: Out(tag),
    /** Nothing follows from these segments: done with, and dropped for want of room. */
    finished: Out(Valid(tag)), dropped: Out(Valid(tag)),
    over_budget: Out(Valid(Arrival)),
    command: In(Vec(Stream(FlowCommand), requesters)), answer: Out(FlowAnswer),
    take: In(Stream(Vm)), ok: Out(Bool), slot: Out(FlowValue), give: In(Stream(FlowValue)),
    time_wait: Out(Stream(Bundle('TimeWaitLookup', { key: FlowKey, hash: UInt(32), segment: Segment }))), time_wait_answer: In(Stream(TimeWaitAnswer)),
    listen: Out(Stream(ListenRequest)), listen_answer: In(Stream(ListenFound)), half_open_begin: Out(Valid(Listener)),
    half_open_most: In(HalfOpen), half_open_ended: In(Bool), half_open: Out(HalfOpen),
    secret: In(FlowSecret), isn_secret: In(FlowSecret), now: In(Now), options: In(OpenOptions),
    ready: Out(Bool),
    counters: Out(FlowFrontCounters),
  };
  return module('flow_front', { n: connections, l: listeners, v: vms, r: rows, s: stashEntries, d: slowEntries, q: requesters, p: readPort, h: hash, t: tag }, ports, (io) => {
    const flows = inst(flowTable({ connections, rows, stashEntries, tag: Meta, requesters: requesters + 1, readPort, hash }), { secret: io.secret });
    const queue = inst(slowQueue({ connections, entries: slowEntries, tag }), { crowded: io.crowded });
    const path = inst(slowPath({ connections, listeners, vms, tag }), { secret: io.secret, isn_secret: io.isn_secret, now: io.now, options: io.options });
    const pool = inst(slots({ connections, vms, takers: 2, givers: 2 }));

    const { key, segment, mss } = io.in.payload;
    flows.lookup.valid.set(io.in.valid);
    io.in.ready.set(flows.lookup.ready);
    flows.lookup.payload.set({ key, tag: { segment, mss, tag: io.in.payload.tag } });
    const { payload: found } = flows.found;
    queue.in.valid.set(flows.found.valid);
    queue.in.payload.set({ arrival: { key: found.key, hash: found.hash, segment: found.tag.segment, mss: found.tag.mss, tag: found.tag.tag }, hit: found.hit, value: found.value });
    io.direct.from(queue.direct);
    io.dropped.from(queue.dropped);
    path.arrival.from(queue.out);

    // The slow path first: it holds up what others wait for.
    const [own, ...others] = [...flows.command];
    own!.from(path.command);
    others.forEach((port, i) => { port.from([...io.command][i]!); });
    path.answer.set(flows.answer);
    io.answer.set(flows.answer);
    const [take, give] = [[...pool.take], [...pool.give]];
    take[0]!.from(path.take);
    take[1]!.from(io.take);
    give[0]!.from(path.give);
    give[1]!.from(io.give);
    path.ok.set(pool.ok);
    path.slot.set(pool.slot);
    io.ok.set(pool.ok);
    io.slot.set(pool.slot);

    io.event.from(path.event);
    io.reset.from(path.reset);
    io.time_wait.from(path.time_wait);
    io.arrival_tag.set(path.arrival_tag);
    path.time_wait_answer.from(io.time_wait_answer);
    io.listen.from(path.listen);
    path.listen_answer.from(io.listen_answer);
    io.finished.from(path.finished);
    io.over_budget.from(path.over_budget);
    io.half_open_begin.from(path.half_open_begin);
    path.half_open_most.set(io.half_open_most);
    path.half_open_ended.set(io.half_open_ended);
    io.half_open.set(path.half_open);
    io.ready.set(flows.ready.and(pool.ready));
    io.counters.set({ flow_table: flows.counters, queue: queue.counters, path: path.counters, slots: pool.counters });
    return { flows, queue, path, pool };
  });
}
