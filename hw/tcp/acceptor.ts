/**
 * Begins the life of a connection that a listener's SYN opens: finds the next hop, writes what belongs to the connection, and
 * gives the Accept to the pipeline.
 *
 * One SYN at a time, 5 cycles besides the neighbours' and the pipeline's. It answers none: the SYN,ACK is the pipeline's, and the slow
 * path has taken slot and flow-table entry before.
 */
import { Bool, Bundle, clog2, Enum, In, match, module, Out, reg, Stream, UInt, unpack, Valid, lit, when, wire } from '@vtoe/hdl';
import type { Config } from '../config.ts';
import { addressShapes, LocalAddress, nextHop } from '../net/addresses.ts';
import { NeighbourRequest } from '../net/neighbours.ts';
import { connectionIdentity } from './connection.ts';
import { Event, OpenParameters, Segment } from './event.ts';
import { flowShapes } from './flow-entry.ts';
import { FlowKey } from './flow-key.ts';
import { Generation, pipelineShapes } from './pipeline.ts';
import { endedConnection } from './slot-return.ts';

const bits = (count: number): number => Math.max(1, clog2(count));

/** A SYN that a listener takes. */
export const acceptedSyn = (c: Config) => Bundle('AcceptedSyn', {
  value: flowShapes(c.connections).FlowValue, key: FlowKey, segment: Segment, open: OpenParameters,
  listener: UInt(bits(c.listeners)), listener_generation: Generation, vm: UInt(bits(c.vms)),
  /** Of the frame: our address's index, our MAC address, the sender's. */
  address: addressShapes(c).index, local_mac: UInt(48), remote_mac: UInt(48),
});

const Step = Enum('AcceptorStep', ['Look', 'Hop', 'Resolve', 'Begin', 'Open', 'Fail']);

export function acceptor(c: Config) {
  const shapes = pipelineShapes(c);
  const Neighbour = UInt(bits(c.neighbours));
  return module('acceptor', { n: c.connections, v: c.vms, a: c.addressesPerVm, h: c.neighbours, l: c.listeners }, {
    /** Held until its Accept is in the pipeline, or nothing came of it. */
    syn: In(Stream(acceptedSyn(c))),
    address_index: Out(addressShapes(c).index),
    address: In(LocalAddress),
    resolve: Out(Stream(NeighbourRequest)), resolved: In(Bundle('AcceptorHop', { ok: Bool, index: Neighbour })),
    identity: Out(Valid(Bundle('AcceptorIdentity', { connection: shapes.connection, identity: connectionIdentity(c) }))),
    /** To the pipeline. */
    accept: Out(Stream(shapes.CommandRequest)),
    /** All next hops are in use: the slot goes back. */
    fails: Out(Stream(endedConnection(c))),
  }, (io) => {
    const step = reg(Step);
    const hop = reg(UInt(32), { reset: false });
    const neighbour = reg(Neighbour);
    const { value, key, segment, open, vm, address, local_mac, remote_mac } = io.syn.payload;
    io.address_index.set(address);
    io.resolve.valid.set(step.eq('Resolve'));
    // The frame came from the next hop, or from who stands in for it: where it goes back to.
    io.resolve.payload.set({ vlan: key.vlan, address: hop, local: key.local_address, mac: local_mac, seeded: true, seed: remote_mac });
    io.identity.valid.set(step.eq('Begin'));
    io.identity.payload.set({ connection: value.connection, identity: { vm, generation: value.generation, key, local_mac, neighbour } });
    const event = wire(Event);
    event.set(unpack(Event, lit(UInt(Event.width), 0)));
    event.kind.set('Accept');
    event.segment.set(segment);
    event.open.set(open);
    io.accept.valid.set(step.eq('Open'));
    io.accept.payload.set({ connection: value.connection, generation: value.generation, event });
    io.fails.valid.set(step.eq('Fail'));
    io.fails.payload.set({ slot: { connection: value.connection, generation: value.generation.add(1) }, key, has_neighbour: false, neighbour: 0, told: false });
    io.syn.ready.set(false);
    match(step, {
      Look: () => { when(io.syn.valid, () => { step.next = 'Hop'; }); },
      Hop: () => {
        hop.next = nextHop(io.address, key.remote_address);
        step.next = 'Resolve';
      },
      Resolve: () => {
        when(io.resolve.ready, () => {
          neighbour.next = io.resolved.index;
          step.next = 'Fail';
          when(io.resolved.ok, () => { step.next = 'Begin'; });
        });
      },
      Begin: () => { step.next = 'Open'; },
      Open: () => {
        io.syn.ready.set(io.accept.ready);
        when(io.accept.ready, () => { step.next = 'Look'; });
      },
      Fail: () => {
        io.syn.ready.set(io.fails.ready);
        when(io.fails.ready, () => { step.next = 'Look'; });
      },
    });
    return { step, hop, neighbour, event };
  });
}
