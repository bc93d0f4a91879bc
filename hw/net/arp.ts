/**
 * ARP: answers requests for our addresses, asks for those of others, and hands on what was learned.
 *
 * A frame of 60 bytes in as many cycles as it has beats and one more; what comes in waits for its turn, up to 16 packets,
 * then is dropped. Answers and questions take turns.
 * It knows no addresses: whose an address is comes with each packet, and when to ask is the neighbour table's affair.
 */
import { allOf, Bool, Bundle, cat, clog2, In, inst, lit, module, mux, Out, Packet, reg, Stream, UInt, Valid, when } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import { flagBundle } from '../flag-bundle.ts';
import { ArpOperation, ArpPacket, BROADCAST, ETHERNET_LEAST_BYTES, EthernetHeader, EtherType, TaggedEthernetHeader } from '../protocol/index.ts';
import { Ipv4Address, MacAddress, Vlan } from '../tcp/flow-key.ts';

/** A packet that came: of `Received`, and what the address table says of its target. */
export const ArpIncoming = Bundle('ArpIncoming', {
  reply: Bool,
  vlan: Vlan,
  /** `tpa`, `spa`, `sha`. */
  target: Ipv4Address,
  sender: Ipv4Address,
  sender_mac: MacAddress,
  /** The target is an address of ours, whose MAC address is `mac`. */
  ours: Bool,
  mac: MacAddress,
});

/** Who has `target`? `sender` and `mac` are ours. */
export const ArpQuestion = Bundle('ArpQuestion', { vlan: Vlan, target: Ipv4Address, sender: Ipv4Address, mac: MacAddress });

/** `address` is at `mac`. */
export const ArpLesson = Bundle('ArpLesson', {
  vlan: Vlan, address: Ipv4Address, mac: MacAddress,
  /** From who asked for us and will want to hear of us: worth a new entry. Else it changes only what is there. */
  worth_entry: Bool,
});

export const ARP_COUNTERS = {
  answered: 'A request for an address of ours was answered.',
  asked: 'A request was sent.',
  overflow: 'A packet came when 16 were waiting: it is dropped.',
  conflict: 'Somebody says that an address of ours is his (RFC 5227, 2.4): not learned, not answered.',
  not_ours: 'About neither an address of ours nor the sender itself: ignored.',
} as const;
export type ArpCounter = keyof typeof ARP_COUNTERS;
/** One bit each, for one cycle. */
export const ArpCounters = flagBundle('ArpCounters', ARP_COUNTERS);

const WAITING = 16;
/** A frame with its padding, and on up to whole beats of any width. */
const ROOM_BYTES = 64;

export function arp(width: number) {
  const lanes = width / 8;
  const beats = ROOM_BYTES / lanes;
  const tail = ETHERNET_LEAST_BYTES - (beats - 1) * lanes;
  const ones = (count: number) => lit(UInt(lanes), (1n << BigInt(count)) - 1n);
  return module('arp', { w: width }, {
    incoming: In(Valid(ArpIncoming)),
    question: In(Stream(ArpQuestion)),
    lesson: Out(Stream(ArpLesson)),
    frames: Out(Stream(Packet(width))),
    counters: Out(ArpCounters),
  }, (io) => {
    const waiting = inst(fifo(ArpIncoming, WAITING));
    waiting.in.valid.set(io.incoming.valid);
    waiting.in.payload.set(io.incoming.payload);
    const came = waiting.out.payload;

    // RFC 826, "Packet Reception"; RFC 5227, 1.1: a probe has no sender, and is answered.
    const about = came.sender.eq(came.target);
    const conflict = came.ours.and(about);
    const answers = came.ours.and(about.not()).and(came.reply.not());
    const learns = came.sender.ne(0).and(mux(came.ours, about.not(), about));

    // One frame at a time.
    const frame = reg(UInt(ROOM_BYTES * 8), { reset: false });
    const left = reg(UInt(clog2(beats) + 1));
    const free = left.eq(0);
    const asksNext = reg(Bool);
    // The lesson may be taken before there is room for the answer.
    const learned = reg(Bool);
    const lesson = waiting.out.valid.and(learns).and(learned.not());
    const mayAnswer = free.and(asksNext.and(io.question.valid).not());
    const taken = allOf(waiting.out.valid, lesson.not().or(io.lesson.ready), answers.not().or(mayAnswer));
    waiting.out.ready.set(taken);
    io.lesson.valid.set(lesson);
    io.lesson.payload.set({ vlan: came.vlan, address: came.sender, mac: came.sender_mac, worth_entry: came.ours.and(came.reply.not()) });
    when(taken, () => { learned.next = false; }).elsewhen(io.lesson.fire, () => { learned.next = true; });
    const answered = taken.and(answers);
    io.question.ready.set(free.and(answered.not()));
    const asked = io.question.fire;

    const question = io.question.payload;
    const reply = {
      destination: came.sender_mac, source: came.mac, vlan: came.vlan,
      packet: packetOf(ArpOperation.value.REPLY, { sha: came.mac, spa: came.target, tha: came.sender_mac, tpa: came.sender }),
    };
    const request = {
      destination: lit(MacAddress, BROADCAST), source: question.mac, vlan: question.vlan,
      packet: packetOf(ArpOperation.value.REQUEST, { sha: question.mac, spa: question.sender, tha: lit(MacAddress, 0), tpa: question.target }),
    };
    when(answered, () => {
      frame.next = frameOf(reply);
      left.next = beats;
      asksNext.next = true;
    }).elsewhen(asked, () => {
      frame.next = frameOf(request);
      left.next = beats;
      asksNext.next = false;
    }).elsewhen(io.frames.fire, () => {
      if (beats > 1) frame.next = frame.shr(width);
      left.next = left.sub(1);
    });

    const last = left.eq(1);
    io.frames.valid.set(free.not());
    io.frames.payload.set({ user: false, last, keep: mux(last, ones(tail), ones(lanes)), data: frame.trunc(width) });
    io.counters.set({
      answered, asked,
      overflow: io.incoming.valid.and(waiting.in.ready.not()),
      conflict: taken.and(conflict),
      not_ours: taken.and(came.ours.or(about).not()),
    });
    return { waiting, learned, frame, left, asksNext, conflict, answers, learns, taken };
  });
}

interface Addresses {
  readonly sha: UInt;
  readonly spa: UInt;
  readonly tha: UInt;
  readonly tpa: UInt;
}

function packetOf(operation: number, addresses: Addresses): UInt {
  return ArpPacket.toLanes(lit(ArpPacket.shape, { htype: 1, ptype: EtherType.value.IPV4, hlen: 6, plen: 4, oper: operation, ...addresses }));
}

/** As lanes, padded with zeros. */
function frameOf({ destination, source, vlan, packet }: { readonly destination: UInt; readonly source: UInt; readonly vlan: UInt; readonly packet: UInt }): UInt {
  const plain = EthernetHeader.toLanes(lit(EthernetHeader.shape, { destination, source, ethertype: EtherType.value.ARP }));
  const tagged = TaggedEthernetHeader.toLanes(lit(TaggedEthernetHeader.shape, { destination, source, tpid: EtherType.value.VLAN, pcp: 0, dei: false, vid: vlan, ethertype: EtherType.value.ARP }));
  return mux(vlan.eq(0), cat(packet, plain).zext(ROOM_BYTES * 8), cat(packet, tagged).zext(ROOM_BYTES * 8));
}
