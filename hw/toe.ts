/**
 * The offload engine: reads as the block diagram of docs/reference/toe.md.
 *
 * Frames come in and go out at the width W, payload and queues by the host bus of width DW, registers by AXI4-Lite. What a block
 * takes and how long it takes is said in its own page.
 */
import { allOf, anyOf, Bool, Bundle, cat, clog2, connect, In, type InnerPorts, inst, lit, module, type ModuleDefinition, mux, Out, reg, still, UInt, Valid, when, wire } from '@vtoe/hdl';
import { arbitrate, AxiLite, AxiRead, AxiStream, AxiWrite, creditCounter, fifo, map, timeBase } from '@vtoe/hdl/lib';
import { type Config, derived } from './config.ts';
import { dmaAxi } from './dma/checked-bursts.ts';
import { dmaRead } from './dma/read.ts';
import { dmaSplit } from './dma/split.ts';
import { dmaTimeout } from './dma/timeout.ts';
import { dmaWrite } from './dma/write.ts';
import { appliedAddress, appliedWindow, engineBank } from './host/bank.ts';
import { canceled } from './host/canceled.ts';
import { commands } from './host/command.ts';
import { completion } from './host/completion.ts';
import { countEvents, countsUp } from './host/count-events.ts';
import { opener } from './host/connect.ts';
import { eventOrder } from './host/event-order.ts';
import { events } from './host/events.ts';
import { earliestInterrupt, interrupts } from './host/interrupts.ts';
import { countTraffic, guestPages } from './host/guest-pages.ts';
import { lifeCycle } from './host/life-cycle.ts';
import { listening as listenCommands } from './host/listen.ts';
import { submission } from './host/submission.ts';
import { noVmmFrames, vmmFrames } from './host/vmm-frames.ts';
import { idleTime, simulationPorts } from './idle-time.ts';
import { addresses, addressShapes } from './net/addresses.ts';
import { arp } from './net/arp.ts';
import { egress } from './net/egress.ts';
import { icmpEcho } from './net/icmp.ts';
import { neighbours } from './net/neighbours.ts';
import { receive } from './net/receive.ts';
import { Routed, slotBits, VerdictKind } from './net/received.ts';
import { PLACE_TAG_BITS, placeRange } from './net/rx-place.ts';
import { rxRoute } from './net/rx-route.ts';
import { statelessSends } from './net/stateless-sends.ts';
import { transmit } from './net/transmit.ts';
import { txTagBits } from './net/tx-fetch.ts';
import { acceptGate, foundSegment } from './tcp/accept-gate.ts';
import { acceptor } from './tcp/acceptor.ts';
import { commandTurn } from './tcp/command-turn.ts';
import { connectionTable } from './tcp/connection.ts';
import { appliedConstants, Constants } from './tcp/constants.ts';
import { faultAbort } from './tcp/fault-abort.ts';
import { flowFront } from './tcp/flow-front.ts';
import { listeners } from './tcp/listeners.ts';
import { outcome } from './tcp/outcome.ts';
import { HEADER_BYTES, pathMtu } from './tcp/path-mtu.ts';
import { pipelineLatency, tcpPipeline } from './tcp/pipeline.ts';
import { prePosts } from './tcp/pre-posts.ts';
import { reachability } from './tcp/reachability.ts';
import { remember } from './tcp/remember.ts';
import { slotReturn } from './tcp/slot-return.ts';
import { Now } from './tcp/tcb.ts';
import { timeWait, TimeWaitLookup } from './tcp/time-wait.ts';
import { timerScan } from './tcp/timer-scan.ts';
import { txScheduler } from './tcp/tx-scheduler.ts';

export const toePorts = (c: Config) => ({
  rx: In(AxiStream(c.datapathBits), { prefix: 's_axis_rx_' }),
  tx: Out(AxiStream(c.datapathBits), { prefix: 'm_axis_tx_' }),
  axil: In(AxiLite(derived(c).axilAddressBits), { prefix: 's_axil_' }),
  write: Out(AxiWrite(dmaAxi(c)), { prefix: 'm_axi_' }),
  read: Out(AxiRead(dmaAxi(c)), { prefix: 'm_axi_' }),
  /** One-cycle pulses: bit 0 the VMM, bit 1 + v VM v. */
  irq: Out(UInt(c.vms + 1)),
});
export type ToePorts = ReturnType<typeof toePorts>;

/** Clients of the DMA engines, in the order of their ports. */
const READERS = { submission: 0, transmit: 1, raw: 2 } as const;
const WRITERS = { placement: 0, completion: 1, punt: 2, raw: 3 } as const;
/** Who gives commands to the pipeline, the most urgent first. */
const OPENERS = { accept: 0, connect: 1, aborts: 2, pathMtu: 3, guest: 4 } as const;
/** Readers of local addresses, and of next hops. */
const ENTRIES = { accept: 0, connect: 1, listen: 2 } as const;
const HOPS = { send: 0, reset: 1 } as const;
/** Segments between the flow records and the pipeline. */
const FOUND_SEGMENTS = 16;

/** Up to this width a frame of minimum size, 84 bytes of wire, takes longer than a hash of a round a cycle. */
const SERIAL_HASH_BITS = 64;

/** With `simulationPorts` it has those, too. */
export function toe(c: Config): ModuleDefinition<ToePorts> {
  const { vms, connections, rxFifoFrames } = c;
  const bits = (count: number): number => Math.max(1, clog2(count));
  const reads = { clients: c.puntRing ? 3 : 2, tagBits: Math.max(txTagBits(c), 3) };
  const writes = { clients: c.puntRing ? 4 : 2, tagBits: Math.max(PLACE_TAG_BITS, bits(vms)) };

  const body = (io: InnerPorts<ToePorts>, sim?: InnerPorts<typeof simulationPorts>) => {
    // ---- Registers and time
    const bank = engineBank(c);
    connect(bank.axil, io.axil);
    const { regs } = bank;
    const skipping = sim && inst(timeBase({ width: Now.width, skip: true }), { increment: regs.clock_increment, skip: sim.sim_skip });
    const clock = skipping ?? inst(timeBase({ width: Now.width }), { increment: regs.clock_increment });
    const now = clock.microseconds;
    const ticks = now.bits(33, 10);
    const constants = wire(Constants);
    constants.set(appliedConstants(regs.tcp));
    const options = { offer_wscale: regs.tcp_options.window_scale, offer_ts: regs.tcp_options.timestamps, nagle: regs.tcp_options.nagle };
    const flowSecret = cat(regs.flow_key.high, regs.flow_key.low);
    const isnSecret = cat(regs.isn_key.high, regs.isn_key.low);

    // ---- Host memory
    const window = appliedWindow(c, regs);
    const patience = inst(dmaTimeout, { tick: ticks.bit(0), ticks: regs.dma_timeout });
    const reader = inst(dmaRead(c, reads), { period: patience.period, cache: regs.axi_attributes.ar, m: io.read, window });
    const writer = inst(dmaWrite(c, writes), { period: patience.period, cache: regs.axi_attributes.aw, m: io.write, window });
    const accesses = reader.busy.or(writer.busy).orR();
    patience.busy.set(accesses);

    // ---- Frames in: parsed, checked, stored; each is answered for by a verdict
    const rx = inst(receive(c, { ...writes, client: WRITERS.placement }), { rx: io.rx, done: writer.done });
    const route = inst(rxRoute(c), { received: rx.received, punt_groups: regs.punt.groups });
    const address = appliedAddress(c, regs);
    const places = inst(addresses(c, 3), { apply: address });

    const quotas = (most: number) => Array.from({ length: vms }, () => most);

    // ---- Who is where: local addresses, next hops
    const hops = inst(neighbours(c, 2), { now: ticks.trunc(24), retry: regs.arp_retry, life: regs.arp_life });
    places.question.from(route.question);
    route.answer.from(places.answer);

    // ---- From a segment to its connection
    const Tag = Bundle('SegmentTag', { slot: UInt(slotBits(c)), address: addressShapes(c).index, local_mac: UInt(48), remote_mac: UInt(48), vm: UInt(bits(vms)) });
    const front = inst(flowFront({ ...c, slowEntries: rxFifoFrames, requesters: 3, tag: Tag, hash: c.datapathBits > SERIAL_HASH_BITS ? 'pipelined' : 'serial' }), { crowded: rx.crowded, secret: flowSecret, isn_secret: isnSecret, now, options, half_open_most: regs.half_open_most.trunc(clog2(connections + 1)) });
    const credit = inst(creditCounter({ maximum: FOUND_SEGMENTS, mostGiven: 2 }), {});
    const { received, vm: itsVm, address: itsAddress, mtu } = route.tcp.payload;
    const enters = allOf(route.tcp.valid, credit.level.ne(0));
    route.tcp.ready.set(allOf(front.in.ready, credit.level.ne(0)));
    front.in.valid.set(enters);
    credit.take.set(front.in.fire.toUInt());
    front.in.payload.set({
      key: received.key, segment: received.segment, mss: mtu.zext(16).sub(HEADER_BYTES),
      tag: { slot: received.slot, address: itsAddress, local_mac: received.destination, remote_mac: received.remote_mac, vm: itsVm },
    });
    const direct = inst(fifo(foundSegment(c), FOUND_SEGMENTS), {});
    const hit = front.direct.payload;
    direct.in.valid.set(front.direct.valid);
    direct.in.payload.set({ connection: hit.value.connection, generation: hit.value.generation, segment: hit.arrival.segment, slot: hit.arrival.tag.slot });
    // What goes the slow path waits there, without a place here.
    const slowed = front.counters.queue.queued.or(front.counters.queue.overflow);
    credit.give.set(direct.out.fire.toUInt().zext(2).add(slowed.toUInt().zext(2)));

    const posts = inst(prePosts(c), { quota: quotas(c.prePosts) });
    const listening = inst(listeners(c), { request: front.listen, quota: quotas(c.listeners) });
    front.listen_answer.from(listening.answer);
    listening.half_open_begin.from(front.half_open_begin);
    posts.closed.from(listening.closed);
    posts.forget_vm.valid.set(false);
    posts.forget_vm.payload.set(0);
    listening.remove_vm.valid.set(false);
    listening.remove_vm.payload.set(0);
    const waits = inst(timeWait({ entries: c.timeWaitEntries, vms }), { now, time_wait: constants.time_wait });
    waits.remove_vm.valid.set(false);
    waits.remove_vm.payload.set(0);

    // ---- TCP: one pipeline, one writer
    const records = inst(connectionTable(c), {});
    const gate = inst(acceptGate(c), { taken: posts.taken });
    posts.take.from(gate.take);
    posts.settle.from(gate.settle);
    const scan = inst(timerScan({ connections }), { now });
    const tcp = inst(tcpPipeline(c), { now, constants });
    const order = inst(eventOrder({ connections, vms, frames: rxFifoFrames, pipelineDepth: pipelineLatency(c) + 2 }), {});
    const mayNotify = order.may_notify;

    // Segments: those of the slow path before those that came after them.
    const slow = front.event;
    const isAccept = slow.payload.accept;
    gate.segment.valid.set(mux(slow.valid, isAccept.not(), direct.out.valid));
    gate.segment.payload.set(direct.out.payload);
    when(slow.valid, () => { gate.segment.payload.set({ connection: slow.payload.value.connection, generation: slow.payload.value.generation, segment: slow.payload.segment, slot: slow.payload.tag.slot }); });
    direct.out.ready.set(gate.segment.ready.and(slow.valid.not()));
    tcp.segments.from(gate.request);

    // Timers, and grants.
    tcp.timers.valid.set(scan.event.valid.and(mayNotify));
    tcp.timers.payload.set(scan.event.payload);
    scan.event.ready.set(tcp.timers.ready.and(mayNotify));
    scan.write_back.from(tcp.write_back);
    const scheduler = inst(txScheduler({ connections, vms }), {});
    const sending = inst(creditCounter({ maximum: c.txSegments }), { take: scheduler.take_credit.toUInt() });
    scheduler.credit.set(sending.level.ne(0));
    const reach = inst(reachability(c), { changed: hops.changed, word: records.reaching.word });
    records.reaching.index.set(reach.index);
    reach.write_back.valid.set(tcp.eligible.valid);
    reach.write_back.payload.set({ connection: tcp.eligible.payload.connection, eligible: tcp.eligible.payload.eligible, grant: tcp.granted.valid, freed: tcp.freed.valid });
    scheduler.write_back.from(reach.report);
    tcp.grants.valid.set(scheduler.grant.valid.and(mayNotify));
    tcp.grants.payload.set({ connection: scheduler.grant.payload.connection });
    scheduler.grant.ready.set(tcp.grants.ready.and(mayNotify));

    // Commands: a listener's SYN, CONNECT, and all others of guests.
    const accepts = inst(acceptor(c), { address: places.entry.at(ENTRIES.accept) });
    places.entry_index.at(ENTRIES.accept).set(accepts.address_index);
    const { tag: synTag } = slow.payload;
    accepts.syn.valid.set(slow.valid.and(isAccept));
    accepts.syn.payload.set({
      value: slow.payload.value, key: slow.payload.key, segment: slow.payload.segment, open: slow.payload.open, listener: slow.payload.listener,
      listener_generation: slow.payload.listener_generation, vm: slow.payload.vm, address: synTag.address, local_mac: synTag.local_mac, remote_mac: synTag.remote_mac,
    });
    slow.ready.set(mux(isAccept, accepts.syn.ready, gate.segment.ready));
    gate.begins.valid.set(accepts.accept.fire);
    gate.begins.payload.set({ connection: slow.payload.value.connection, listener: slow.payload.listener, generation: slow.payload.listener_generation });
    gate.ends.valid.set(tcp.half_open_ended);
    gate.ends.payload.set(tcp.eligible.payload.connection);
    // Both count what is half open, and hear of each end once: of a connection that began, or of one that found no next hop.
    const halfOpenEnds = gate.half_open_end.valid.or(accepts.fails.fire);
    listening.half_open_end.valid.set(halfOpenEnds);
    listening.half_open_end.payload.set(mux(gate.half_open_end.valid, gate.half_open_end.payload, slow.payload.listener));
    front.half_open_ended.set(halfOpenEnds);

    const opens = inst(opener(c), { flow_secret: flowSecret, isn_secret: isnSecret, now, options, address: places.entry.at(ENTRIES.connect), answer: front.answer, ok: front.ok, slot: front.slot });
    // TIME_WAIT is asked for segments and for CONNECTs; each hears of its own.
    const question = arbitrate([
      map(front.time_wait, TimeWaitLookup, (asked) => ({ key: asked.key, hash: asked.hash, segment: asked.segment, probe: false })),
      map(opens.wait, TimeWaitLookup, ({ key, hash }) => ({ key, hash, segment: front.time_wait.payload.segment, probe: true })),
    ]);
    const askedBy = inst(fifo(Bool, 2), {});
    waits.lookup.valid.set(question.valid.and(askedBy.in.ready));
    waits.lookup.payload.set(question.payload);
    question.ready.set(waits.lookup.ready.and(askedBy.in.ready));
    askedBy.in.valid.set(waits.lookup.fire);
    askedBy.in.payload.set(question.payload.probe);
    const forConnect = askedBy.out.payload;
    opens.waited.valid.set(allOf(waits.answer.valid, askedBy.out.valid, forConnect));
    opens.waited.payload.set(waits.answer.payload);
    front.time_wait_answer.valid.set(allOf(waits.answer.valid, askedBy.out.valid, forConnect.not()));
    front.time_wait_answer.payload.set(waits.answer.payload);
    waits.answer.ready.set(askedBy.out.valid.and(mux(forConnect, opens.waited.ready, front.time_wait_answer.ready)));
    askedBy.out.ready.set(waits.answer.fire);
    places.entry_index.at(ENTRIES.connect).set(opens.address_index);
    const guest = inst(commands(c), { connect: opens.entry, owner: records.owner.word });
    records.owner.index.set(guest.owner_index);
    guest.connected.from(opens.connected);
    const listens = inst(listenCommands(c), { entry: guest.listen, secret: flowSecret, address: places.entry.at(ENTRIES.listen), commanded: listening.done, posted: posts.posted });
    places.entry_index.at(ENTRIES.listen).set(listens.address_index);
    guest.listened.from(listens.done);
    listening.command.from(listens.command);
    posts.post.from(listens.post);

    // Connections that end for a reason of their own: no next hop any more, payload that cannot be read or placed.
    const faults = inst(faultAbort(c), { generation: records.faulting.word.generation });
    faults.unplaced.valid.set(rx.retired.valid.and(rx.retired.payload.failed));
    faults.unplaced.payload.set(rx.retired.payload.connection.trunc(clog2(connections)));
    records.faulting.index.set(faults.index);

    // One of them at a time; each hears of its own.
    const turn = inst(commandTurn(c, { askers: 5, firstTelling: OPENERS.aborts }), { may_notify: mayNotify });
    const [asks, answers] = [[...turn.ask], [...turn.answer]];
    asks[OPENERS.accept]!.from(accepts.accept);
    asks[OPENERS.connect]!.from(opens.open);
    asks[OPENERS.aborts]!.from(arbitrate([reach.abort, faults.abort]));
    const path = inst(pathMtu(c), { too_big: route.too_big, answer: front.answer });
    asks[OPENERS.pathMtu]!.from(path.shorten);
    asks[OPENERS.guest]!.from(guest.command);
    tcp.commands.from(turn.command);
    turn.commanded.valid.set(tcp.commanded.valid);
    turn.commanded.payload.set({ refused: tcp.commanded.payload.refused });
    opens.opened.from(answers[OPENERS.connect]!);
    path.shortened.from(answers[OPENERS.pathMtu]!);
    guest.commanded.from(answers[OPENERS.guest]!);

    // ---- What follows from an event
    const follows = inst(outcome(c), {
      verdict: tcp.verdict, granted: tcp.granted, reset_due: tcp.reset_due, notified: tcp.notified, expiring: tcp.expiring, freed: tcp.freed, eligible: tcp.eligible,
      placing: records.placing.word, sending: records.sending.word, ending: records.ending.word, neighbour: hops.reach.at(HOPS.send),
    });
    records.placing.index.set(follows.placing_index);
    records.sending.index.set(follows.sending_index);
    records.ending.index.set(follows.ending_index);
    hops.index.at(HOPS.send).set(follows.neighbour_index);
    follows.entered.valid.set(tcp.segments.fire);
    follows.entered.payload.set(gate.slot);
    tcp.verdict_taken.set(follows.to_place.valid);
    tcp.granted_taken.set(follows.granted_taken);
    sending.give.set(follows.granted_taken.toUInt());
    gate.verdict.set(tcp.verdict.valid);
    gate.accepted.set(tcp.notified.valid.and(tcp.notified.payload.notify.accepted));
    rx.verdict.from(follows.to_place);

    // Its identity, and its rings: from CONNECT, or from a listener's SYN and the ACCEPT that came with the handshake's end.
    records.identity.valid.set(opens.identity.valid.or(accepts.identity.valid));
    records.identity.payload.set(mux(accepts.identity.valid, accepts.identity.payload, opens.identity.payload));
    records.rings.valid.set(opens.rings.valid.or(gate.rings.valid));
    records.rings.payload.set(mux(gate.rings.valid, gate.rings.payload, opens.rings.payload));

    // What is left when it ends: first TIME_WAIT knows it, then the flow table forgets it, then its slot may be another's.
    const remembers = inst(remember(c), { secret: flowSecret });
    remembers.expiring.from(follows.to_remember);
    waits.insert.from(remembers.insert);
    const returns = inst(slotReturn(c), {});
    const untold = accepts.fails;
    returns.ended.valid.set(follows.to_end.valid.or(untold.valid));
    returns.ended.payload.set(mux(follows.to_end.valid, follows.to_end.payload, untold.payload));
    untold.ready.set(allOf(follows.to_end.valid.not(), gate.half_open_end.valid.not()));
    const [openerCommand, returnCommand, pathFind] = [...front.command];
    pathFind!.from(path.find);
    openerCommand!.from(opens.command);
    remembers.deletion.from(returns.command);
    returnCommand!.from(remembers.command);
    front.take.from(opens.take);
    front.give.from(arbitrate([opens.give, returns.give]));
    hops.resolve.from(arbitrate([accepts.resolve, opens.resolve]));
    accepts.resolved.set(hops.resolved);
    opens.resolved.set(hops.resolved);
    hops.release.from(arbitrate([opens.release, returns.release]));

    // ---- Frames out
    const sends = inst(transmit(c, { ...reads, client: READERS.transmit }), { data: reader.data, done: reader.done });
    faults.unread.valid.set(sends.fault.valid);
    faults.unread.payload.set(sends.fault.payload.connection.trunc(clog2(connections)));
    // RST and ACK without a connection: as they find room.
    const stateless = inst(statelessSends(c), { neighbour: hops.reach.at(HOPS.reset) });
    hops.index.at(HOPS.reset).set(stateless.neighbour_index);
    stateless.refusal.from(map(front.reset, stateless.refusal.payload.shape, ({ key, reset, tag }) => ({ vm: tag.vm, key, ends: { local_mac: tag.local_mac, remote_mac: tag.remote_mac }, reset })));
    stateless.looked_up.valid.set(front.time_wait.fire);
    stateless.looked_up.payload.set({ local_mac: front.arrival_tag.local_mac, remote_mac: front.arrival_tag.remote_mac });
    stateless.time_wait.from(waits.ack);
    stateless.late.from(follows.to_reset);
    sends.segment.valid.set(follows.to_send.valid.or(stateless.segment.valid));
    sends.segment.payload.set(mux(follows.to_send.valid, follows.to_send.payload, stateless.segment.payload));
    follows.to_send.ready.set(sends.segment.ready);
    stateless.segment.ready.set(sends.segment.ready.and(follows.to_send.valid.not()));
    // Whose payload was read: a connection's, or nobody's.
    const read = inst(fifo(Bool, 2 * c.txSegments), {});
    read.in.valid.set(sends.segment.fire);
    read.in.payload.set(follows.to_send.valid);
    read.out.ready.set(sends.freed);

    const asksWho = inst(arp(c.datapathBits), { incoming: route.arp, question: hops.question });
    hops.lesson.from(asksWho.lesson);
    const echo = inst(icmpEcho({ width: c.datapathBits, bytes: 2048 }), { request: rx.echo });
    const wireOut = inst(egress(c, { infrastructure: 2 }), { tcp: sends.frame, rate: regs.infrastructure_rate });
    connect(io.tx, wireOut.tx);
    const [arpFrames, echoFrames] = [...wireOut.infrastructure];
    arpFrames!.from(asksWho.frames);
    echoFrames!.from(echo.reply);
    // What is for the VMM, and what it sends itself.
    const vmm = !c.puntRing ? undefined : vmmFrames(c, regs, {
      now, punted: rx.punt, received: io.rx, sent: { valid: wireOut.tx.valid.and(io.tx.ready), payload: wireOut.tx.payload }, reader, writer,
      clients: { rawRead: READERS.raw, punt: WRITERS.punt, rawWrite: WRITERS.raw }, tags: { readTagBits: reads.tagBits, writeTagBits: writes.tagBits },
    });
    const { raised, drops: vmmDrops } = vmm ?? noVmmFrames(regs);
    if (vmm !== undefined) wireOut.raw.from(vmm.frame);
    else {
      wireOut.raw.valid.set(false);
      wireOut.raw.payload.set({ user: false, last: false, keep: 0, data: 0 });
    }
    scheduler.charge.valid.set(wireOut.sent.valid.and(wireOut.sent.payload.owner.ne(0)));
    scheduler.charge.payload.set({ vm: wireOut.sent.payload.owner.sub(1).trunc(bits(vms)), wire_bytes: wireOut.sent.payload.wire_bytes });

    // ---- Verdicts of those who never reach the pipeline
    const Slot = UInt(slotBits(c));
    const without = (valid: Bool, slot: UInt) => {
      const ends = inst(fifo(Slot, 32), {});
      ends.in.valid.set(valid);
      ends.in.payload.set(slot);
      return { ends, routed: map(ends.out, Routed(c), (slot) => ({ slot, kind: lit(VerdictKind, 'None') })) };
    };
    const finished = without(front.finished.valid.or(accepts.syn.fire), mux(front.finished.valid, front.finished.payload.slot, synTag.slot));
    const dropped = without(front.dropped.valid, front.dropped.payload.slot);
    rx.routed.from(arbitrate([route.routed, finished.routed, dropped.routed]));
    const split = inst(dmaSplit(c, placeRange), { range: rx.range });

    // ---- Queues of guests
    const life = inst(lifeCycle({ vms, sources: 7 }), {});
    const sq = inst(submission(c, reads.tagBits), { entry: guest.entry });
    const cq = inst(completion(c, writes.tagBits), {});
    const unused = inst(canceled(c), { final_due: posts.final_due, final: posts.final, may_reserve: cq.may_reserve });
    posts.final_room.set(unused.final_room);
    cq.status.from(arbitrate([guest.status, unused.status]));
    const words = inst(events({ connections, vms }), { notify: order.out, room: cq.room, tail: cq.tail, head: cq.head });
    const irqs = inst(interrupts({ vms }), { now: now.trunc(32), written: cq.written, tail: cq.tail, fault: life.stopped });
    const ready = allOf(tcp.ready, front.ready, posts.ready, listening.ready, waits.ready, gate.ready, scan.ready, scheduler.ready, hops.ready, returns.ready, reach.ready, words.ready, rx.ready);
    rx.enable.set(regs.control.enable.and(ready));
    // In the cycle of the answer, as for queues: so the page has the address before the VM has stopped.
    const unplaced = wire(Valid(UInt(bits(vms))));
    unplaced.valid.set(allOf(writer.fault.valid, writer.done.payload.client.eq(WRITERS.placement)));
    unplaced.payload.set(writer.fault.payload.owner.sub(1).trunc(bits(vms)));
    const pages = guestPages(c, regs, { ready, life, sq, cq, unused, irqs, unplaced, faults: [writer.fault, reader.fault], stuck: reader.stuck.or(writer.stuck) });
    sq.data.valid.set(allOf(reader.data.valid, reader.data.payload.client.eq(READERS.submission)));
    sq.data.payload.set({ tag: reader.data.payload.tag, index: reader.data.payload.index, data: reader.data.payload.data });
    sq.done.valid.set(allOf(reader.done.valid, reader.done.payload.client.eq(READERS.submission)));
    sq.done.payload.set({ tag: reader.done.payload.tag, error: reader.done.payload.error });
    sq.may_reserve.set(cq.may_reserve);
    // Commands first: a VM whose queue is nearly full has what it asked for told before what it gave up.
    cq.reserve.valid.set(sq.reserve.valid.or(unused.reserve.valid));
    cq.reserve.payload.set(mux(sq.reserve.valid, sq.reserve.payload, unused.reserve.payload));
    unused.reserve.ready.set(sq.reserve.valid.not());
    cq.release.valid.set(guest.release.valid.or(unused.release.valid));
    cq.release.payload.set(mux(guest.release.valid, guest.release.payload, unused.release.payload));
    unused.release.ready.set(guest.release.valid.not());
    cq.allocate.from(words.allocate);
    cq.entry.from(words.entry);
    cq.done.valid.set(allOf(writer.done.valid, writer.done.payload.client.eq(WRITERS.completion)));
    cq.done.payload.set({ tag: writer.done.payload.tag, error: writer.done.payload.error });
    records.telling.index.set(words.lookup);
    words.peer.set({ remote_address: records.telling.word.peer.remote_address, remote_port: records.telling.word.peer.remote_port, command_id: records.telling.word.command_id });
    returns.finished.from(words.finished);

    // Notifications wait for what they report.
    order.notified.from(follows.to_tell);
    order.decided.valid.set(follows.to_place.valid);
    order.decided.payload.set(follows.to_place.payload.slot);
    order.received.set(rx.received.fire);
    order.retired.set(rx.retired.valid);
    order.granted.set(follows.sends);
    order.fetched.set(sends.freed.and(read.out.payload));

    // ---- Who reads and writes host memory
    const [fetches, payloads, raws] = [...reader.request];
    fetches!.from(sq.request);
    payloads!.from(sends.request);
    if (vmm !== undefined) raws!.from(vmm.rawRead);
    const [placements, entries, ...ofVmm] = [...writer.request];
    placements!.from(map(split.burst, placements!.payload.shape, (burst) => ({ owner: burst.owner, address: burst.address, bytes: burst.bytes, tag: burst.tag.zext(writes.tagBits) })));
    entries!.from(cq.request);
    const [placed, written, ...dataOfVmm] = [...writer.data];
    placed!.from(rx.data);
    written!.from(cq.data);
    for (const [i, client] of (vmm === undefined ? [] : [vmm.punt, vmm.rawWrite]).entries()) {
      ofVmm[i]!.from(client.request);
      dataOfVmm[i]!.from(client.data);
    }

    // ---- What the VMM and guests read
    regs.status.set({ ready });
    regs.clock.set(now);
    regs.interrupt_status.set.set({ fault: life.stopped.valid, ...raised });
    const vmmIrq = reg(Bool);
    vmmIrq.next = anyOf(allOf(life.stopped.valid, regs.interrupt_mask.fault), allOf(raised.punt, regs.interrupt_mask.punt), allOf(raised.raw, regs.interrupt_mask.raw));
    io.irq.set(cat(irqs.irq, vmmIrq));
    const { quota, quota_passive } = regs.vm;
    quota.index.set(0);
    quota_passive.index.set(0);
    countTraffic(c, regs, { sent: follows.to_send, placed: follows.to_place, carriedOut: guest.carried_out, refused: guest.refused, told: words.allocate });

    // What is dropped, goes wrong or overflows.
    const counters = countEvents(regs, {
      rx: rx.drops, option: { fault: rx.option_fault }, route: route.counters, arp: asksWho.counters, neighbour: hops.counters, egress: wireOut.drops, tcp: tcp.counters,
      punt: vmmDrops.punt, mirror: vmmDrops.punt, raw: vmmDrops.raw,
      too_big: path.counters,
      echo: { dropped: countsUp(echo.dropped) },
      flow: { ...front.counters.path, overflow: front.counters.queue.overflow },
      accept: { no_hop: accepts.fails.fire },
      time_wait: { ...waits.count, overflow: remembers.forgotten },
      segment: { stale: tcp.pipeline_counters.stale_segment },
      reset: { dropped: stateless.counters.late_reset_full, no_hop: stateless.counters.late_reset_unreachable },
      send: { no_hop: follows.counters.unreachable, fault: sends.fault.valid, fault_forgotten: faults.unread_forgotten },
      place: { fault: rx.retired.valid.and(rx.retired.payload.failed), fault_forgotten: faults.unplaced_forgotten },
      dma: { write_fault: writer.fault.valid, read_fault: reader.fault.valid },
      completion: { dropped: cq.dropped.valid },
      register: { read_fault: bank.readFault.valid, write_fault: bank.writeFault.valid },
    });

    // What simulations see that skip idle time.
    const idle = skipping && inst(idleTime({ precise: 3, slow: 1 }), { now, slow: [hops.next_deadline] });
    const nothingChanges = idle && still({ except: [clock, idle] });
    if (sim && skipping && idle) {
      const interrupt = earliestInterrupt(now, irqs.waiting);
      const deadlines = [scan.next_deadline, waits.next_deadline, { valid: interrupt.valid, payload: interrupt.at }];
      for (const [i, { valid, payload }] of [...idle.precise].entries()) {
        valid.set(deadlines[i]!.valid);
        payload.set(deadlines[i]!.payload);
      }
      // Memory that does not answer is given up after a time.
      idle.still.set(nothingChanges!.and(accesses.not()));
      sim.sim_idle.set(idle.idle);
      sim.sim_next_deadline.from(idle.next_deadline);
      sim.sim_elapsed.set(skipping.elapsed);
      sim.sim_increment.set(regs.clock_increment);
    }

    return {
      bank, clock, constants, window, patience, reader, writer, rx, route, address, places, hops, front, credit, direct, posts, listening, waits, askedBy, records, gate, scan, tcp, order,
      scheduler, sending, reach, accepts, opens, guest, listens, faults, path, turn, follows, remembers, returns, sends, stateless, read, asksWho, echo, wireOut,
      finished: finished.ends, dropped: dropped.ends, split, life, sq, cq, unused, words, irqs, pages, vmmIrq, counters,
      idle_time: idle, nothingChanges,
    };
  };
  const parameters = { w: c.datapathBits, d: c.hostBits, n: connections, v: vms };
  if (!c.simulationPorts) return module('vtoe', parameters, toePorts(c), (io) => body(io));
  return module('vtoe', parameters, { ...toePorts(c), ...simulationPorts }, (io) => body(io, io));
}
