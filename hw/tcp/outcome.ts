/**
 * What follows from an event, with what belongs to its connection: verdicts with their ring, segments with their addresses,
 * notifications with their VM, and what tables are told of a connection that ended.
 *
 * An event a cycle; everything leaves one cycle after the pipeline showed it, segments to send two cycles later and in order, and
 * what is told as late as those where two events of a connection can follow each other at once.
 * It decides nothing and never waits: segments to send have credit.
 */
import { allOf, assert, Bool, Bundle, clog2, type Data, In, inst, lit, module, mux, Out, reg, scope, Stream, UInt, Valid, type ValidSource, when, wire } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { orderedNotice } from '../host/event-order.ts';
import { slotBits, Verdict } from '../net/received.ts';
import { TxSegment } from '../net/tx-segment.ts';
import { Status } from '../protocol/completion-entry.ts';
import { StatelessReset } from './actions.ts';
import { connectionWords } from './connection.ts';
import { FlowKey } from './flow-key.ts';
import { pipelineShapes, sameConnectionCycles } from './pipeline.ts';
import { Expiring } from './remember.ts';
import { endedConnection } from './slot-return.ts';

const bits = (count: number): number => Math.max(1, clog2(count));

/** A RST for a segment that found its connection gone. */
export const ResetOf = ({ vms, neighbours }: Pick<Config, 'vms' | 'neighbours'>) => Bundle('ResetOf', { vm: UInt(bits(vms)), key: FlowKey, local_mac: UInt(48), neighbour: UInt(bits(neighbours)), reset: StatelessReset });

export const OutcomeCounters = Bundle('OutcomeCounters', {
  /** A segment was granted whose next hop has been given up meanwhile: not sent. */
  unreachable: Bool,
});

export function outcome(c: Config) {
  const { connections, vms, neighbours, rxFifoFrames, txSegments, dmaWrites } = c;
  const { ownerBits, connectionIndexBits } = derived(c);
  const shapes = pipelineShapes(c);
  const words = connectionWords(c);
  const Slot = UInt(slotBits(c));
  const ordered = orderedNotice({ connections, vms, frames: rxFifoFrames, pipelineDepth: 0 });
  const owner = (vm: UInt): UInt => vm.zext(ownerBits).add(1);

  return module('outcome', { n: connections, k: sameConnectionCycles(c), v: vms, h: neighbours, s: rxFifoFrames, t: txSegments, d: dmaWrites }, {
    /** A segment of this frame entered the pipeline. */
    entered: In(Valid(Slot)),
    verdict: In(Valid(shapes.Verdict)),
    granted: In(Valid(shapes.Granted)),
    reset_due: In(Valid(shapes.ResetDue)),
    notified: In(Valid(shapes.Notified)),
    expiring: In(Valid(shapes.Expiring)),
    freed: In(Valid(shapes.Freed)),
    eligible: In(Valid(shapes.Eligible)),
    /** Of the connection's table and of the neighbours': one cycle after their index. */
    placing_index: Out(shapes.connection), placing: In(words.placing),
    sending_index: Out(shapes.connection), sending: In(words.sending),
    ending_index: Out(shapes.connection), ending: In(words.ending),
    neighbour_index: Out(UInt(bits(neighbours))), neighbour: In(Bundle('OutcomeReach', { usable: Bool, mac: UInt(48) })),

    to_place: Out(Valid(Verdict(c))),
    to_tell: Out(Valid(ordered)),
    to_remember: Out(Valid(Expiring(c))),
    to_end: Out(Valid(endedConnection(c))),
    to_reset: Out(Valid(ResetOf(c))),
    to_send: Out(Stream(TxSegment(c))),
    /** A grant led to a segment; a grant's credit is free again. */
    sends: Out(Bool),
    granted_taken: Out(Bool),
    counters: Out(OutcomeCounters),
  }, (io) => {
    // Verdicts come in the order in which segments entered.
    const slots = inst(fifo(Slot, 2 * dmaWrites), {});
    slots.in.valid.set(io.entered.valid);
    slots.in.payload.set(io.entered.payload);
    slots.out.ready.set(io.verdict.valid);
    when(io.verdict.valid, () => { assert(slots.out.valid, 'outcome: a verdict comes for no segment'); });
    when(io.entered.valid, () => { assert(slots.in.ready, 'outcome: more segments are in the pipeline than it has credit for'); });

    // All outputs of a cycle are of one event, and so of one connection.
    const at = io.eligible.payload.connection;
    io.placing_index.set(io.verdict.payload.connection);
    io.sending_index.set(io.granted.payload.connection);
    io.ending_index.set(at);
    const was = {
      verdict: delayed(io.verdict), slot: reg(Slot, { reset: false }), granted: delayed(io.granted), reset: delayed(io.reset_due), notified: delayed(io.notified),
      expiring: delayed(io.expiring), freed: delayed(io.freed),
    };
    was.slot.next = slots.out.payload;

    const placed = was.verdict.payload;
    io.to_place.valid.set(was.verdict.valid);
    io.to_place.payload.set({
      slot: was.slot, kind: mux(placed.has_place, lit(Verdict(c).fields.kind, 'Place'), 'None'), owner: owner(io.placing.vm), connection: placed.connection.zext(connectionIndexBits),
      base: io.placing.rx.page, size: io.placing.rx.size_log2, offset: placed.place.offset, skip: placed.place.skip, length: placed.place.length,
    });

    const { notify, kind, cause, was: before, connection, generation } = was.notified.payload;
    const status = wire(UInt(Status.width));
    status.set(Status.value.OK);
    when(notify.closed.and(kind.eq('Abort')), () => { status.set(Status.value.ABORTED); });
    when(notify.reset, () => { status.set(mux(before.eq('SYN_SENT'), lit(UInt(Status.width), Status.value.REFUSED), Status.value.RESET)); });
    when(notify.error, () => {
      status.set(Status.value.TIMED_OUT);
      when(kind.eq('Abort'), () => { status.set(mux(cause.eq('Unreachable'), lit(UInt(Status.width), Status.value.HOST_UNREACHABLE), Status.value.DMA_ERROR)); });
    });
    const tell = scope('tell', () => ({ valid: wire(Bool), payload: wire(ordered) }));
    tell.valid.set(was.notified.valid);
    tell.payload.set({
      notice: {
        connection, generation, vm: io.ending.vm,
        kinds: { connected: notify.connected, accepted: notify.accepted, data: notify.data, sent: notify.sent, peer_closed: notify.peer_closed, closed: notify.closed, reset: notify.reset, error: notify.error },
        status, rx_filled: notify.rx_filled, tx_freed: notify.tx_freed, final: notify.final,
      },
      segment: kind.eq('Segment'), slot: was.slot,
    });
    // What is told counts the connection's segments to send before: of the event right before too, where one can be.
    const told = sameConnectionCycles(c) === 1 ? delayed(tell) : tell;
    io.to_tell.valid.set(told.valid);
    io.to_tell.payload.set(told.payload);

    io.to_remember.valid.set(was.expiring.valid);
    io.to_remember.payload.set({ key: io.ending.key, vm: io.ending.vm, record: was.expiring.payload.time_wait });
    io.to_end.valid.set(was.freed.valid);
    io.to_end.payload.set({ slot: { connection: was.freed.payload.connection, generation: was.freed.payload.generation }, key: io.ending.key, has_neighbour: true, neighbour: io.ending.neighbour, told: was.notified.valid.and(notify.final) });
    io.to_reset.valid.set(was.reset.valid);
    io.to_reset.payload.set({ vm: io.ending.vm, key: io.ending.key, local_mac: io.ending.local_mac, neighbour: io.ending.neighbour, reset: was.reset.payload.reset });

    // A segment to send waits one cycle more for the MAC address of its next hop.
    const { vm, key, local_mac, neighbour, tx } = io.sending;
    io.neighbour_index.set(neighbour);
    const sends = allOf(was.granted.valid, was.granted.payload.has_send);
    const addressed = { valid: reg(Bool), segment: reg(TxSegment(c), { reset: false }) };
    addressed.valid.next = sends;
    addressed.segment.next = {
      owner: owner(vm), connection: was.granted.payload.connection.zext(addressed.segment.connection.width),
      addresses: {
        source_mac: local_mac, destination_mac: 0, tagged: key.vlan.ne(0), vid: key.vlan,
        source: key.local_address, destination: key.remote_address, source_port: key.local_port, destination_port: key.remote_port,
      },
      ring: { page: tx.page, size_log2: tx.size_log2 }, send: was.granted.payload.send,
    };
    const queue = inst(fifo(TxSegment(c), txSegments), {});
    const goes = addressed.valid.and(io.neighbour.usable);
    queue.in.valid.set(goes);
    queue.in.payload.set(addressed.segment);
    queue.in.payload.addresses.destination_mac.set(io.neighbour.mac);
    when(goes, () => { assert(queue.in.ready, 'outcome: a segment is sent without credit'); });
    io.to_send.from(queue.out);
    io.sends.set(goes);
    const unreachable = addressed.valid.and(io.neighbour.usable.not());
    // Credits come back one a cycle; two causes may fall together, so those without a segment are counted.
    const unused = reg(UInt(clog2(txSegments + 1)));
    const leaves = io.to_send.fire;
    const nothing = allOf(was.granted.valid, was.granted.payload.has_send.not());
    const back = unused.ne(0).and(leaves.not());
    unused.next = unused.add(nothing.toUInt().zext(unused.width)).add(unreachable.toUInt().zext(unused.width)).sub(back.toUInt().zext(unused.width));
    io.granted_taken.set(leaves.or(back));
    io.counters.set({ unreachable });
    return { slots, was, status, told, addressed, queue, unused };
  });
}

/** The same, a cycle later. */
function delayed<T extends Data>(source: ValidSource<T>) {
  const later = { valid: reg(Bool), payload: reg(source.payload.shape, { reset: false }) };
  later.valid.next = source.valid;
  later.payload.next = source.payload;
  return later;
}
