/**
 * Answers ICMP echo requests: a request goes back to where it came from, with its checksums corrected for what changed.
 *
 * A frame in as many cycles as it has beats, and one more for each beat of its first 64 bytes; frames come out without a
 * pause inside. What comes waits in a FIFO of `bytes`; what finds no room there is dropped whole, and counted.
 * It relies on the parser: frames are IPv4 echo requests without IP options, to one address of ours, with right checksums.
 *
 * No sum is made anew (RFC 1624): addresses only change places, which leaves a sum as it is, and what else changes is the
 * time to live and the type.
 */
import { Bool, cat, clog2, type Data, In, inst, lit, module, mux, Out, Packet, type Read, reg, Stream, UInt, Valid, when, type Wire, wire } from '@vtoe/hdl';
import { checksumUpdate, packetFifo } from '@vtoe/hdl/lib';
import { EthernetHeader, EtherType, IcmpHeader, IcmpType, Ipv4Header } from '../protocol/index.ts';
import { NETWORK_AT } from './rx-locate.ts';

export interface IcmpOptions {
  /** Bits of a beat. */
  readonly width: number;
  /** Of the FIFO: a power of two, at least 4 beats. A longer request is never answered. */
  readonly bytes: number;
}

/** Requests that wait, at most. */
const WAITING = 16;
/** All that changes is in the first so many bytes, with a VLAN tag too. */
const HEAD_BYTES = 64;
/** RFC 1700, "IP parameters": what an answer starts with. */
const TIME_TO_LIVE = 64;

export function icmpEcho({ width, bytes }: IcmpOptions) {
  const lanes = width / 8;
  const beats = HEAD_BYTES / lanes;
  const Count = UInt(clog2(beats) + 1);
  return module('icmp_echo', { w: width, b: bytes }, {
    /** Whole requests; cannot be stalled. */
    request: In(Valid(Packet(width))),
    reply: Out(Stream(Packet(width))),
    /** Requests that found no room, and those longer than the FIFO, since reset; wraps. */
    dropped: Out(UInt(32)),
  }, (io) => {
    const waiting = inst(packetFifo(width, { depth: bytes / lanes, packets: WAITING }));
    waiting.in.valid.set(io.request.valid);
    waiting.in.payload.set(io.request.payload);
    const beat = waiting.out.payload;

    // Three turns: the first beats are gathered, then sent corrected, then the others follow.
    const head = reg(UInt(HEAD_BYTES * 8), { reset: false });
    const [gathered, toSend] = [reg(Count), reg(Count)];
    const sending = reg(Bool);
    const ends = reg(Bool, { reset: false });
    const tail = reg(UInt(lanes), { reset: false });
    const through = sending.and(toSend.eq(0));
    const gathers = sending.not();

    const last = mux(through, beat.last, ends.and(toSend.eq(1)));
    const out = io.reply;
    out.valid.set(sending.and(toSend.ne(0).or(waiting.out.valid)));
    out.payload.set({
      user: false, last,
      keep: mux(through, beat.keep, mux(last, tail, lit(UInt(lanes), (1n << BigInt(lanes)) - 1n))),
      data: mux(through, beat.data, head.trunc(width)),
    });
    waiting.out.ready.set(gathers.or(through.and(out.ready)));

    const place = Array.from({ length: beats }, (_, i) => gathered.eq(i));
    const complete = gathers.and(waiting.out.valid).and(beat.last.or(gathered.eq(beats - 1)));
    const filled = cat(...Array.from({ length: beats }, (_, i) => mux(place[i]!, beat.data, head.bits((i + 1) * width - 1, i * width))).toReversed());
    const answer = answerTo(filled);
    when(gathers.and(waiting.out.valid), () => {
      head.next = filled;
      gathered.next = gathered.add(1);
      ends.next = beat.last;
      tail.next = beat.keep;
    });
    when(complete, () => {
      head.next = answer;
      gathered.next = 0;
      toSend.next = gathered.add(1);
      sending.next = true;
    });
    when(out.fire, () => {
      when(through.not(), () => {
        if (beats > 1) head.next = head.shr(width);
        toSend.next = toSend.sub(1);
      });
      when(last, () => { sending.next = false; });
    });
    io.dropped.set(waiting.dropped.overflow);
    return { waiting, head, gathered, toSend, sending, ends, tail, through, complete };
  });
}

/** The first bytes of the answer, as lanes. */
function answerTo(head: UInt): UInt {
  const hasTag = EthernetHeader.pick(head, 'ethertype').eq(EtherType.value.VLAN);
  const part = (from: number, to: number): UInt => head.bits(to * 8 - 1, from * 8);
  // A tag stands behind the addresses.
  const ethernet = EthernetHeader.fromLanes(part(0, EthernetHeader.bytes));
  const link = changed(ethernet);
  link.destination.set(ethernet.source);
  link.source.set(ethernet.destination);
  const [plain, tagged] = NETWORK_AT.map((at) => {
    const ipEnd = at + Ipv4Header.bytes;
    const icmpEnd = ipEnd + IcmpHeader.bytes;
    const ip = Ipv4Header.fromLanes(part(at, ipEnd));
    const icmp = IcmpHeader.fromLanes(part(ipEnd, icmpEnd));
    const answer = changed(ip);
    answer.source.set(ip.destination);
    answer.destination.set(ip.source);
    const timeToLive = lit(UInt(8), TIME_TO_LIVE);
    answer.ttl.set(timeToLive);
    answer.header_checksum.set(checksumUpdate(ip.header_checksum, [{ from: cat(ip.ttl, ip.protocol), to: cat(timeToLive, ip.protocol) }]));
    const message = changed(icmp);
    const type = lit(UInt(8), IcmpType.value.ECHO_REPLY);
    message.type.set(type);
    // Of 0 and 0xffff, which are the same sum, only the second is right for a message of zeros, and it is for every other.
    const checksum = checksumUpdate(icmp.checksum, [{ from: cat(icmp.type, icmp.code), to: cat(type, icmp.code) }]);
    message.checksum.set(mux(checksum.eq(0), 0xffff, checksum));
    const behindLink = cat(part(icmpEnd, HEAD_BYTES), IcmpHeader.toLanes(message), Ipv4Header.toLanes(answer));
    return cat(behindLink, ...(at > EthernetHeader.bytes ? [part(EthernetHeader.bytes, at)] : []), EthernetHeader.toLanes(link));
  });
  return mux(hasTag, tagged!, plain!);
}

/** The same value, fields of which can be set anew. */
function changed<T extends Data>(value: Read<T>): Wire<T> {
  const copy = wire(value.shape);
  copy.set(value);
  return copy;
}
