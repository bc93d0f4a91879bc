/**
 * Sends each received frame to whom it concerns: segments to the connections, ARP, fragmentation needed, echo and punt to
 * those, all by what the address table says of it.
 *
 * A frame a cycle, in the order of the wire; one stands at its output a cycle after the table's answer.
 * It finds no connections, and holds no addresses: the table is asked, and may answer after any number of cycles.
 */
import { Bool, Bundle, clog2, In, inst, lit, match, module, mux, Out, Stream, UInt, Valid, when, wire } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { flagBundle } from '../flag-bundle.ts';
import { BROADCAST } from '../protocol/index.ts';
import { FlowKey } from '../tcp/flow-key.ts';
import { Sequence } from '../tcp/tcb.ts';
import { AddressAnswer, AddressQuestion, addressShapes, Mtu } from './addresses.ts';
import { ArpIncoming } from './arp.ts';
import { Received, Routed, slotBits, VerdictKind } from './received.ts';

/** The lowest bit of a MAC address's first byte: a group. */
const GROUP_BIT = 40;
/** Questions under way, and frames that wait with their answers. */
const UNDER_WAY = 8;
const TOO_BIG_WAITING = 16;

/** Of the number of a VM, from 0. */
function vmBits({ vms }: Config): number {
  return Math.max(1, clog2(vms));
}

/** `address`, `mtu`: index and MTU of the local address that it came to. */
export function RoutedSegment(c: Config) {
  return Bundle(`RoutedSegment_s${slotBits(c)}_v${vmBits(c)}`, { received: Received(c), vm: UInt(vmBits(c)), address: addressShapes(c).index, mtu: Mtu });
}

/** A router says that a segment of this flow was too long (RFC 1191). Believed only if `seq` was sent and not acknowledged (RFC 5927, 7.2). */
export function TooBig(c: Config) {
  return Bundle(`TooBig_v${vmBits(c)}`, { key: FlowKey, vm: UInt(vmBits(c)), seq: Sequence, mtu: UInt(16) });
}

export const ROUTE_COUNTERS = {
  not_ours: 'TCP or ICMP to an address, port or MAC address that is nobody\'s here: dropped.',
  not_punted: 'Anything else that is not sent to a MAC address of ours, nor to a group while `punt_groups` holds; or there is no punt ring: dropped.',
  too_big_dropped: 'A router said that a segment was too long while 16 such messages waited: dropped.',
} as const;
export type RouteCounter = keyof typeof ROUTE_COUNTERS;
/** One bit each, for one cycle. */
export const RouteCounters = flagBundle('RouteCounters', ROUTE_COUNTERS);

export function rxRoute(c: Config) {
  return module('rx_route', { s: c.rxFifoFrames, v: c.vms, punt: c.puntRing }, {
    received: In(Stream(Received(c))),
    question: Out(Stream(AddressQuestion)),
    /** One for each question, in order. */
    answer: In(Valid(AddressAnswer(c))),
    /** Broadcasts and multicasts are punted too. */
    punt_groups: In(Bool),
    tcp: Out(Stream(RoutedSegment(c))),
    too_big: Out(Stream(TooBig(c))),
    arp: Out(Valid(ArpIncoming)),
    routed: Out(Stream(Routed(c))),
    counters: Out(RouteCounters),
  }, (io) => {
    // Ask. Who waits has a place for its answer.
    const waiting = inst(fifo(Received(c), UNDER_WAY));
    const answers = inst(fifo(AddressAnswer(c), UNDER_WAY));
    const { key, destination } = io.received.payload;
    io.question.valid.set(io.received.valid.and(waiting.in.ready));
    io.question.payload.set({ vlan: key.vlan, address: key.local_address, port: key.local_port, destination });
    io.received.ready.set(waiting.in.ready.and(io.question.ready));
    waiting.in.valid.set(io.received.valid.and(io.question.ready));
    waiting.in.payload.set(io.received.payload);
    answers.in.valid.set(io.answer.valid);
    answers.in.payload.set(io.answer.payload);

    // Send on.
    const frame = waiting.out.payload;
    const { address_ours, found, index, vm, mac, mac_ours, mtu } = answers.out.payload;
    const here = waiting.out.valid.and(answers.out.valid);
    const toUs = frame.destination.eq(mac);
    const toGroup = frame.destination.bit(GROUP_BIT);
    const isSegment = frame.kind.eq('Tcp').and(found).and(toUs);
    const isTooBig = frame.kind.eq('Unreachable').and(found).and(toUs);
    const [kind, notOurs, notPunted] = [wire(VerdictKind), wire(Bool), wire(Bool)];
    kind.set('None');
    notOurs.set(false);
    notPunted.set(false);
    const punt = (): void => {
      const wanted = lit(Bool, c.puntRing).and(mac_ours.or(toGroup.and(io.punt_groups)));
      kind.set(mux(wanted, lit(VerdictKind, 'Punt'), 'None'));
      notPunted.set(wanted.not());
    };
    when(here, () => {
      match(frame.kind, {
        Tcp: () => { notOurs.set(isSegment.not()); },
        Unreachable: () => { notOurs.set(isTooBig.not()); },
        ArpRequest: () => {},
        ArpReply: () => {},
        Echo: () => {
          // To an address that is not in the table, but to a MAC address of ours: the VMM's own, perhaps.
          kind.set(mux(address_ours.and(toUs), lit(VerdictKind, 'Echo'), 'None'));
          notOurs.set(address_ours.and(toUs.not()));
          when(address_ours.not(), punt);
        },
        Punt: punt,
      });
    });

    // The flow's table or the connection gives a segment its verdict; here all others get theirs.
    const goes = here.and(mux(isSegment, io.tcp.ready, io.routed.ready));
    io.tcp.valid.set(here.and(isSegment));
    io.tcp.payload.set({ received: frame, vm, address: index, mtu });
    io.routed.valid.set(here.and(isSegment.not()));
    io.routed.payload.set({ slot: frame.slot, kind });
    waiting.out.ready.set(goes);
    answers.out.ready.set(goes);

    // A router repeats itself as long as segments are too long: one that finds no room is no loss.
    const tooBig = inst(fifo(TooBig(c), TOO_BIG_WAITING));
    tooBig.in.valid.set(goes.and(isTooBig));
    tooBig.in.payload.set({ key: frame.key, vm, seq: frame.segment.seq, mtu: frame.segment.window });
    io.too_big.from(tooBig.out);

    const isReply = frame.kind.eq('ArpReply');
    io.arp.valid.set(goes.and(frame.kind.eq('ArpRequest').or(isReply)));
    io.arp.payload.set({
      reply: isReply, vlan: frame.key.vlan, target: frame.key.local_address, sender: frame.key.remote_address, sender_mac: frame.remote_mac,
      ours: address_ours.and(toUs.or(frame.destination.eq(BROADCAST))), mac,
    });
    io.counters.set({ not_ours: goes.and(notOurs), not_punted: goes.and(notPunted), too_big_dropped: goes.and(isTooBig).and(tooBig.in.ready.not()) });
    return { waiting, answers, tooBig, here, isSegment, isTooBig, kind, notOurs, notPunted, goes };
  });
}
