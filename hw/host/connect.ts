/**
 * Opens connections for guests: checks a CONNECT, finds its next hop, takes a slot, makes its sequence number, asks TIME_WAIT, enters
 * it into the flow table, and gives the SYN's parameters to the pipeline.
 *
 * One CONNECT at a time, 32 cycles, besides what those take longer that it asks: next hops, slots, TIME_WAIT, flow table, pipeline.
 * It sends nothing and does not wait for the peer.
 *
 * What it took is given back on every way that ends without a connection. A connection is entered last: from then on
 * segments find it, so what belongs to it is written before.
 */
import { allOf, anyOf, assert, Bool, Bundle, Enum, In, inst, lit, match, module, mux, Out, reg, Stream, UInt, unpack, Valid, when, wire } from '@vtoe/hdl';
import type { Config } from '../config.ts';
import { flagBundle } from '../flag-bundle.ts';
import { addressShapes, LocalAddress, nextHop } from '../net/addresses.ts';
import { NeighbourRequest } from '../net/neighbours.ts';
import { Status } from '../protocol/completion-entry.ts';
import { Handle } from '../protocol/handle.ts';
import { ConnectEntry } from '../protocol/submission-entry.ts';
import { Refusal } from '../tcp/actions.ts';
import { connectionIdentity, ConnectionRings } from '../tcp/connection.ts';
import { Event } from '../tcp/event.ts';
import { flowShapes } from '../tcp/flow-entry.ts';
import { FlowHash, FlowSecret } from '../tcp/flow-hash.ts';
import { FlowKey } from '../tcp/flow-key.ts';
import { isn } from '../tcp/isn.ts';
import { OpenOptions, windowShift } from '../tcp/open-options.ts';
import { pipelineShapes } from '../tcp/pipeline.ts';
import { Now, SegmentBytes, Sequence } from '../tcp/tcb.ts';
import { TimeWaitAnswer } from '../tcp/time-wait-answer.ts';
import { CommandEnd } from './command.ts';
import { addressOf, isAvailable, isBadRing } from './command-checks.ts';
import { indexBits } from './events.ts';
import { fetchedEntry } from './submission.ts';

/** What an IP header and a TCP header take of a packet, without options: RFC 9293 section 3.7.1. */
const HEADER_BYTES = 40;
/** First address that is no host's: multicast and behind it, RFC 1112 section 4. */
const MULTICAST = 0xe000_0000;
/** The shortest prefix without an address for all hosts, RFC 3021. */
const POINT_TO_POINT_BITS = 31;

/** Ask, Look: its local address is read. Check: what is asked. Hop: the next hop. Slot. Number: ISN. Hash: of the tables. Wait, Waited: is it in TIME_WAIT? Insert: into the flow table. Open: to the pipeline; Opened: its answer. Give, Release: slot and next hop back. End. */
const Step = Enum('ConnectStep', ['Take', 'Ask', 'Look', 'Check', 'Hop', 'Slot', 'Number', 'Hash', 'Wait', 'Waited', 'Insert', 'Open', 'Opened', 'Give', 'Release', 'End']);

export const CONNECT_COUNTERS = {
  opened: 'A connection was opened.',
  refused: 'A field, a ring or an address is wrong.',
  no_neighbour: 'All next hops are in use.',
  no_slot: 'All connections are in use.',
  in_use: 'There is a connection with these addresses and ports, or was one less than 2 MSL ago.',
  table_full: 'The flow table found no place.',
} as const;
export const ConnectCounters = flagBundle('ConnectCounters', CONNECT_COUNTERS);

export const connectPorts = (config: Config) => {
  const { vms, connections, neighbours } = config;
  const { FlowValue, FlowCommand, FlowAnswer } = flowShapes(connections);
  const Connection = pipelineShapes(config).connection;
  const Neighbour = UInt(indexBits(neighbours));
  return {
    /** CONNECT; `connected` before the next. */
    entry: In(Stream(fetchedEntry(vms))),
    connected: Out(Valid(CommandEnd)),
    /** Which local address? It comes one cycle later. */
    address_index: Out(addressShapes(config).index),
    address: In(LocalAddress),
    // Answers count in the cycle in which the request is taken.
    resolve: Out(Stream(NeighbourRequest)), resolved: In(Bundle('ConnectHop', { ok: Bool, index: Neighbour })),
    release: Out(Stream(Neighbour)),
    take: Out(Stream(UInt(indexBits(vms)))), ok: In(Bool), slot: In(FlowValue),
    give: Out(Stream(FlowValue)),
    command: Out(Stream(FlowCommand)), answer: In(FlowAnswer),
    /** Is there one in TIME_WAIT? `hash`: the lower half. Miss: there is none. */
    wait: Out(Stream(Bundle('ConnectWait', { key: FlowKey, hash: UInt(32) }))), waited: In(Stream(TimeWaitAnswer)),
    /** To the connections' table, before the flow table finds it. */
    identity: Out(Valid(Bundle('ConnectIdentity', { connection: Connection, identity: connectionIdentity(config) }))),
    rings: Out(Valid(Bundle('ConnectRings', { connection: Connection, rings: ConnectionRings }))),
    /** To the pipeline; one answer. */
    open: Out(Stream(pipelineShapes(config).CommandRequest)),
    opened: In(Valid(Bundle('ConnectResult', { refused: Refusal }))),
    flow_secret: In(FlowSecret), isn_secret: In(FlowSecret), now: In(Now), options: In(OpenOptions),
    counters: Out(ConnectCounters),
    /** No CONNECT is here. */
    idle: Out(Bool),
  };
};

/** The active opener of `config`. */
export function opener(config: Config) {
  const { vms, connections, neighbours, addressesPerVm } = config;
  const { FlowValue } = flowShapes(connections);
  return module('opener', { n: connections, v: vms, h: neighbours, a: addressesPerVm }, connectPorts(config), (io) => {
    const step = reg(Step);
    const held = reg(fetchedEntry(vms), { reset: false });
    const entry = ConnectEntry.fromLanes(held.lanes);
    const local = reg(LocalAddress, { reset: false });
    const hop = reg(UInt(32), { reset: false });
    const neighbour = reg(UInt(indexBits(neighbours)), { reset: false });
    const slot = reg(FlowValue, { reset: false });
    const numbers = { iss: reg(Sequence, { reset: false }), ts_offset: reg(UInt(32), { reset: false }) };
    const hash = reg(FlowHash, { reset: false });
    const status = reg(UInt(Status.width), { reset: false });
    const counters = wire(ConnectCounters);
    counters.set({ opened: false, refused: false, no_neighbour: false, no_slot: false, in_use: false, table_full: false });

    const among = entry.address_index;
    io.address_index.set(addressOf(config, held.vm, among));
    const available = isAvailable(config, local, { among, port: entry.local_port });
    const badRing = isBadRing(entry.rx_ring.log2_bytes, entry.tx_ring.log2_bytes);
    // A peer is a host, and another one: RFC 9293 section 3.9.2.3 (MUST-46).
    const remote = entry.remote_address;
    const towards = nextHop(local, remote);
    const toAllHosts = allOf(local.prefix_bits.lt(POINT_TO_POINT_BITS), towards.eq(remote), remote.not().shl(local.prefix_bits).eq(0));
    const badPeer = anyOf(entry.remote_port.eq(0), remote.eq(local.address), remote.eq(0), remote.ge(MULTICAST), toAllHosts);

    const key = lit(FlowKey, { vlan: local.vlan, local_address: local.address, remote_address: remote, local_port: entry.local_port, remote_port: entry.remote_port });
    io.resolve.valid.set(step.eq('Hop'));
    io.resolve.payload.set({ vlan: local.vlan, address: hop, local: local.address, mac: local.mac, seeded: false, seed: 0 });
    io.release.valid.set(step.eq('Release'));
    io.release.payload.set(neighbour);
    io.take.valid.set(step.eq('Slot'));
    io.take.payload.set(held.vm);
    io.give.valid.set(step.eq('Give'));
    io.give.payload.set(slot);
    // One unit for both hashes.
    const isns = inst(isn, { secret: mux(step.eq('Hash'), io.flow_secret, io.isn_secret), now: io.now });
    isns.key.valid.set(step.is('Number', 'Hash'));
    isns.key.payload.set(key);
    io.command.valid.set(step.eq('Insert'));
    io.command.payload.set({ op: 'Insert', key, value: slot, has_hash: true, hash });
    io.wait.valid.set(step.eq('Wait'));
    io.wait.payload.set({ key, hash: hash.trunc(32) });
    io.waited.ready.set(step.eq('Waited'));

    const { connection, generation } = slot;
    // In every cycle of the hash: there are more than ten, and passive opens, which write once, go before.
    const writes = step.eq('Number');
    io.identity.valid.set(writes);
    io.identity.payload.set({ connection, identity: { vm: held.vm, generation, key, local_mac: local.mac, neighbour } });
    io.rings.valid.set(writes);
    io.rings.payload.set({
      connection,
      rings: {
        rx: { page: entry.rx_ring.page, size_log2: entry.rx_ring.log2_bytes }, tx: { page: entry.tx_ring.page, size_log2: entry.tx_ring.log2_bytes },
        command_id: entry.command_id,
      },
    });
    const event = wire(Event);
    event.set(unpack(Event, lit(UInt(Event.width), 0)));
    event.kind.set('Open');
    event.open.set({
      ...numbers, mss: local.mtu.zext(SegmentBytes.width).sub(HEADER_BYTES),
      rx_size: entry.rx_ring.log2_bytes, tx_size: entry.tx_ring.log2_bytes,
      offer_wscale: io.options.offer_wscale, offer_ts: io.options.offer_ts, nagle: io.options.nagle, offer_shift: windowShift(entry.rx_ring.log2_bytes),
    });
    io.open.valid.set(step.eq('Open'));
    io.open.payload.set({ connection, generation, event });

    io.entry.ready.set(step.eq('Take'));
    io.connected.valid.set(step.eq('End'));
    const good = status.eq(Status.value.OK);
    io.connected.payload.set({ status, handle: { index: mux(good, connection.zext(Handle.shape.fields.index.width), 0), generation: mux(good, generation, 0) } });
    io.counters.set(counters);
    io.idle.set(step.eq('Take').and(io.entry.valid.not()));

    const fails = (why: keyof typeof Status.value, count: keyof typeof CONNECT_COUNTERS, to: 'Give' | 'Release' | 'End') => {
      status.next = Status.value[why];
      counters[count].set(true);
      step.next = to;
    };
    match(step, {
      Take: () => {
        when(io.entry.valid, () => {
          held.next = io.entry.payload;
          step.next = 'Ask';
        });
      },
      Ask: () => { step.next = 'Look'; },
      Look: () => {
        local.next = io.address;
        step.next = 'Check';
      },
      Check: () => {
        status.next = Status.value.OK;
        hop.next = towards;
        step.next = 'Hop';
        when(badRing, () => { fails('BAD_RING', 'refused', 'End'); })
          .elsewhen(available.not(), () => { fails('ADDRESS_NOT_AVAILABLE', 'refused', 'End'); })
          .elsewhen(badPeer, () => { fails('BAD_FIELD', 'refused', 'End'); });
      },
      Hop: () => {
        neighbour.next = io.resolved.index;
        when(io.resolve.ready, () => {
          step.next = 'Slot';
          when(io.resolved.ok.not(), () => { fails('NO_RESOURCES', 'no_neighbour', 'End'); });
        });
      },
      Slot: () => {
        slot.next = io.slot;
        when(io.take.ready, () => {
          step.next = 'Number';
          when(io.ok.not(), () => { fails('NO_RESOURCES', 'no_slot', 'Release'); });
        });
      },
      Number: () => {
        numbers.iss.next = isns.iss;
        numbers.ts_offset.next = isns.ts_offset;
        when(isns.key.ready, () => { step.next = 'Hash'; });
      },
      Hash: () => {
        hash.next = isns.hash;
        when(isns.key.ready, () => { step.next = 'Wait'; });
      },
      // RFC 9293 section 3.10.1: a connection in TIME_WAIT exists. Its old segments would be taken for those of the new one.
      Wait: () => { when(io.wait.ready, () => { step.next = 'Waited'; }); },
      Waited: () => {
        when(io.waited.valid, () => {
          step.next = 'Insert';
          when(io.waited.payload.ne('Miss'), () => { fails('ADDRESS_IN_USE', 'in_use', 'Give'); });
        });
      },
      Insert: () => {
        when(io.command.ready, () => {
          step.next = 'Open';
          when(io.answer.outcome.eq('Present'), () => { fails('ADDRESS_IN_USE', 'in_use', 'Give'); })
            .elsewhen(io.answer.outcome.ne('Inserted'), () => { fails('NO_RESOURCES', 'table_full', 'Give'); });
        });
      },
      Open: () => { when(io.open.ready, () => { step.next = 'Opened'; }); },
      Opened: () => {
        when(io.opened.valid, () => {
          assert(io.opened.payload.refused.eq('None'), 'opener: a free slot can be opened');
          counters.opened.set(true);
          step.next = 'End';
        });
      },
      Give: () => { when(io.give.ready, () => { step.next = 'Release'; }); },
      Release: () => { when(io.release.ready, () => { step.next = 'End'; }); },
      End: () => { step.next = 'Take'; },
    });
    return { step, held, local, hop, neighbour, taken: slot, numbers, hash, status, isns, event };
  });
}
