/**
 * What a frame is, told from its headers, and the first thing that is wrong with it.
 *
 * Two pure functions for stages of a pipeline: all that follows from the headers (`factsOf`), and with the checksums the
 * verdict (`firstFault`).
 * They do not look into TCP's options.
 */
import { allOf, anyOf, Bool, cat, lit, mux, type Read, UInt, unpack } from '@vtoe/hdl';
import { type Config, derived } from '../config.ts';
import {
  ArpOperation, ArpPacket, EthernetHeader, EtherType, ICMP_QUOTED_BYTES, IcmpHeader, IcmpType, IcmpUnreachable, IpProtocol, Ipv4Header, TaggedEthernetHeader, TcpHeader, UnreachableCode,
} from '../protocol/index.ts';
import { FRAME_DROP_NAMES, type FrameDrop, FrameFault, ReceivedKind } from './received.ts';
import type { Headers } from './rx-capture.ts';
import { pseudoHeaderSum } from './rx-checksum.ts';
import { NETWORK_AT, POSITION_BITS } from './rx-locate.ts';

/** First of the IPv4 addresses that name no single host: multicast (224.0.0.0/4), and all above. */
const FIRST_GROUP_ADDRESS = 0xe000_0000;
const ICMP_QUOTE_BYTES = IcmpHeader.bytes + Ipv4Header.bytes + ICMP_QUOTED_BYTES;

export interface Frame extends Headers {
  /** Bytes, without FCS. */
  readonly length: UInt;
  readonly has_tag: Bool;
  /** The MAC says so. */
  readonly bad: Bool;
}

export function factsOf(c: Config, { link, network, transport, length, has_tag, bad }: Frame) {
  const ethernet = EthernetHeader.fromLanes(link.trunc(EthernetHeader.bytes * 8));
  const tag = TaggedEthernetHeader.fromLanes(link);
  const ethertype = mux(has_tag, tag.ethertype, ethernet.ethertype);
  const vlan = mux(has_tag, tag.vid, 0);
  const fromGroup = isGroup(ethernet.source);
  const networkAt = mux(has_tag, lit(UInt(POSITION_BITS), NETWORK_AT[1]), NETWORK_AT[0]);
  const runt = length.lt(networkAt);
  /** Bytes behind the Ethernet header, padding included: of a runt it does not matter. */
  const there = length.sub(networkAt);
  const isIp = ethertype.eq(EtherType.value.IPV4);

  const arp = ArpPacket.fromLanes(network.trunc(ArpPacket.bytes * 8));
  const [isRequest, isReply] = [arp.oper.eq(ArpOperation.value.REQUEST), arp.oper.eq(ArpOperation.value.REPLY)];
  const isArp = ethertype.eq(EtherType.value.ARP);
  const arpAboutIpv4 = allOf(arp.htype.eq(1), arp.ptype.eq(EtherType.value.IPV4), arp.hlen.eq(6), arp.plen.eq(4));
  const arpGood = allOf(there.ge(ArpPacket.bytes), arpAboutIpv4, isRequest.or(isReply), isGroup(arp.sha).not());

  const ip = Ipv4Header.fromLanes(network.trunc(Ipv4Header.bytes * 8));
  const total = ip.total_length.zext(POSITION_BITS);
  const headerBytes = ip.ihl.zext(POSITION_BITS).shl(2);
  const transportBytes = ip.total_length.sub(headerBytes.trunc(16));
  const [isTcp, isIcmp] = [IpProtocol.value.TCP, IpProtocol.value.ICMP].map((code) => isIp.and(ip.protocol.eq(code)));
  const ours = isTcp!.or(isIcmp!);
  const toGroup = isGroup(ethernet.destination).or(ip.destination.ge(FIRST_GROUP_ADDRESS));

  const tcp = TcpHeader.fromLanes(transport.trunc(TcpHeader.bytes * 8));
  const offsetBytes = tcp.data_offset.zext(16).shl(2);

  const icmp = IcmpHeader.fromLanes(transport.trunc(IcmpHeader.bytes * 8));
  const unreachable = IcmpUnreachable.fromLanes(transport.trunc(IcmpUnreachable.bytes * 8));
  const quoted = { ip: IcmpHeader.bytes, tcp: IcmpHeader.bytes + Ipv4Header.bytes };
  const quotes = Ipv4Header.fromLanes(transport.bits(quoted.tcp * 8 - 1, quoted.ip * 8));
  const isError = anyOf(...[IcmpType.value.UNREACHABLE, IcmpType.value.SOURCE_QUENCH, IcmpType.value.TIME_EXCEEDED, IcmpType.value.PARAMETER_PROBLEM].map((type) => icmp.type.eq(type)));
  // What we send has no IP options, and comes back to where it was sent from.
  const aboutTcp = allOf(
    isError, transportBytes.ge(ICMP_QUOTE_BYTES), quotes.version.eq(4), quotes.ihl.eq(5), quotes.protocol.eq(IpProtocol.value.TCP),
    quotes.fragment_offset.eq(0), quotes.source.eq(ip.destination),
  );
  const isTooBig = icmp.type.eq(IcmpType.value.UNREACHABLE).and(unreachable.code.eq(UnreachableCode.value.FRAGMENTATION_NEEDED)).and(aboutTcp);
  // With IP options, some of which an answer would have to continue (RFC 1122, 3.2.2.6), it is for software.
  const isEcho = icmp.type.eq(IcmpType.value.ECHO_REQUEST).and(ip.ihl.eq(5));
  const quotedTcp = <K extends 'source_port' | 'destination_port' | 'sequence_number'>(name: K): UInt => TcpHeader.pick(transport, name, quoted.tcp);

  const isUnreachable = isIcmp!.and(isTooBig);
  const kindOf = (label: Parameters<typeof lit<typeof ReceivedKind>>[1]) => lit(ReceivedKind, label);
  const ipKind = mux(isTcp!, kindOf('Tcp'), mux(isUnreachable, kindOf('Unreachable'), mux(isIcmp!.and(isEcho), kindOf('Echo'), kindOf('Punt'))));
  const faults: Record<Exclude<FrameDrop, 'ip_checksum' | 'tcp_checksum' | 'icmp_checksum'>, Bool> = {
    mac_error: bad,
    too_long: length.gt(derived(c).frameMostBytes),
    runt,
    arp_malformed: isArp.and(arpGood.not()),
    ip_truncated: isIp.and(there.lt(Ipv4Header.bytes)),
    ip_version: isIp.and(ip.version.ne(4)),
    ip_ihl_below_5: isIp.and(ip.ihl.lt(5)),
    ip_ihl_beyond_packet: isIp.and(headerBytes.gt(there).or(headerBytes.gt(total))),
    ip_length_beyond_frame: isIp.and(total.gt(there)),
    fragment: isIp.and(ip.mf.or(ip.fragment_offset.ne(0))),
    group: ours.and(toGroup),
    bad_source: ours.and(anyOf(ip.source.eq(0), ip.source.ge(FIRST_GROUP_ADDRESS), fromGroup)),
    tcp_truncated: isTcp!.and(transportBytes.lt(TcpHeader.bytes)),
    tcp_data_offset_below_5: isTcp!.and(tcp.data_offset.lt(5)),
    tcp_data_offset_beyond_segment: isTcp!.and(offsetBytes.gt(transportBytes)),
    tcp_land: allOf(isTcp!, ip.source.eq(ip.destination), tcp.source_port.eq(tcp.destination_port)),
    icmp_truncated: isIcmp!.and(transportBytes.lt(IcmpHeader.bytes)),
    icmp_soft: isIcmp!.and(aboutTcp).and(isTooBig.not()),
  };
  const bits = Object.fromEntries(Object.entries(faults).map(([name, fault]) => [`is_${name}`, fault])) as { readonly [K in keyof typeof faults as `is_${K}`]: Bool };

  return {
    ...bits,
    is_ip: isIp, is_tcp: isTcp!, is_icmp: isIcmp!,
    kind: mux(isArp, mux(isRequest, kindOf('ArpRequest'), kindOf('ArpReply')), mux(isIp, ipKind, kindOf('Punt'))),
    vlan,
    local_address: mux(isArp, arp.tpa, mux(isUnreachable, quotes.source, ip.destination)),
    remote_address: mux(isArp, arp.spa, mux(isUnreachable, quotes.destination, ip.source)),
    local_port: mux(isUnreachable, quotedTcp('source_port'), tcp.destination_port),
    remote_port: mux(isUnreachable, quotedTcp('destination_port'), tcp.source_port),
    destination: ethernet.destination,
    remote_mac: mux(isArp, arp.sha, ethernet.source),
    seq: mux(isUnreachable, quotedTcp('sequence_number'), tcp.sequence_number),
    ack: tcp.acknowledgment_number,
    window: mux(isUnreachable, unreachable.next_hop_mtu, tcp.window),
    urg: tcp.urg, ack_flag: tcp.ack, psh: tcp.psh, rst: tcp.rst, syn: tcp.syn, fin: tcp.fin,
    payload_bytes: transportBytes.sub(offsetBytes),
    payload_at: networkAt.trunc(8).add(headerBytes.trunc(8)).add(offsetBytes.trunc(8)),
    pseudo: pseudoHeaderSum(ip, transportBytes),
  };
}

export type Facts = ReturnType<typeof factsOf>;
type FaultBits = Pick<Facts, Extract<keyof Facts, `is_${string}`>>;

export interface Checksums {
  readonly header_good: Bool;
  readonly tcp_good: Bool;
  readonly icmp_good: Bool;
}

export function firstFault(v: FaultBits, { header_good, tcp_good, icmp_good }: Checksums): Read<typeof FrameFault> {
  const faults: Record<FrameDrop, Bool> = {
    mac_error: v.is_mac_error, too_long: v.is_too_long, runt: v.is_runt, arp_malformed: v.is_arp_malformed,
    ip_truncated: v.is_ip_truncated, ip_version: v.is_ip_version, ip_ihl_below_5: v.is_ip_ihl_below_5, ip_ihl_beyond_packet: v.is_ip_ihl_beyond_packet,
    ip_length_beyond_frame: v.is_ip_length_beyond_frame, ip_checksum: v.is_ip.and(header_good.not()),
    fragment: v.is_fragment, group: v.is_group, bad_source: v.is_bad_source,
    tcp_truncated: v.is_tcp_truncated, tcp_data_offset_below_5: v.is_tcp_data_offset_below_5, tcp_data_offset_beyond_segment: v.is_tcp_data_offset_beyond_segment,
    tcp_checksum: v.is_tcp.and(tcp_good.not()), tcp_land: v.is_tcp_land,
    icmp_truncated: v.is_icmp_truncated, icmp_checksum: v.is_icmp.and(icmp_good.not()), icmp_soft: v.is_icmp_soft,
  };
  // The encoding of a fault is its place in the list, from 1; without any, `priority` is 0 as `none` is.
  const inOrder = [lit(Bool, false), ...FRAME_DROP_NAMES.map((name) => faults[name])];
  return unpack(FrameFault, cat(...inOrder.toReversed()).priority());
}

/** The lowest bit of the first byte (IEEE 802.3, 3.2.3). */
function isGroup(mac: UInt): Bool {
  return mac.bit(40);
}
