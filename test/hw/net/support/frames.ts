/** Frames to receive, built of parts each of which may be wrong. */
import { ArpOperation, ArpPacket, EtherType, IcmpType, internetChecksum, onesSum } from '../../../../hw/protocol/index.ts';
import { join } from '../../protocol/support/bytes.ts';

export const OUR_MAC = 0x02_00_00_00_00_01;
export const PEER_MAC = 0x02_00_00_00_00_99;
export const OUR_ADDRESS = 0x0a00_0001;
export const PEER_ADDRESS = 0x0a00_0002;

export interface FrameParts {
  readonly destination?: number;
  readonly source?: number;
  readonly vlan?: number;
  readonly ethertype?: number;
  readonly payload: Uint8Array;
  /** Bytes to pad up to, with bytes that are not 0. */
  readonly padTo?: number;
}

export function ethernet({ destination = OUR_MAC, source = PEER_MAC, vlan, ethertype = EtherType.value.IPV4, payload, padTo = 60 }: FrameParts): Uint8Array {
  const tag = vlan === undefined ? [] : [...big(EtherType.value.VLAN, 2), ...big(vlan, 2)];
  const frame = [...big(destination, 6), ...big(source, 6), ...tag, ...big(ethertype, 2), ...payload];
  while (frame.length < padTo) frame.push(0xa5);
  return Uint8Array.from(frame);
}

export interface PacketParts {
  readonly source?: number;
  readonly destination?: number;
  readonly protocol: number;
  readonly options?: Uint8Array;
  readonly payload: Uint8Array;
  readonly flagsAndOffset?: number;
}

/** An IPv4 packet, its checksum right. */
export function ipv4({ source = PEER_ADDRESS, destination = OUR_ADDRESS, protocol, options = new Uint8Array(0), payload, flagsAndOffset = 0x4000 }: PacketParts): Uint8Array {
  const packet = Uint8Array.from([
    0x45 + options.length / 4, 0, ...big(20 + options.length + payload.length, 2), 0x12, 0x34, ...big(flagsAndOffset, 2), 64, protocol, 0, 0,
    ...big(source, 4), ...big(destination, 4), ...options, ...payload,
  ]);
  return rightHeaderChecksum(packet);
}

/** Checksums that are to be right: of the header as long as it says it is, whatever there is. */
export function rightHeaderChecksum(packet: Uint8Array): Uint8Array {
  const end = Math.min((packet[0]! & 15) * 4, packet.length);
  if (end < 12) return packet;
  packet.set([0, 0], 10);
  packet.set(big(internetChecksum(packet.subarray(0, end)), 2), 10);
  return packet;
}

export interface SegmentParts {
  readonly source?: number;
  readonly destination?: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly seq?: number;
  readonly ack?: number;
  /** Bits CWR to FIN. */
  readonly flags?: number;
  readonly window?: number;
  readonly dataOffset?: number;
  readonly options?: Uint8Array;
  readonly payload?: Uint8Array;
}

/** A segment, its checksum right for these addresses. */
export function segment(parts: SegmentParts = {}): Uint8Array {
  const { source = PEER_ADDRESS, destination = OUR_ADDRESS, sourcePort = 40_000, destinationPort = 80, seq = 0x0102_0304, ack = 0x0506_0708, flags = 0x10, window = 0x2000 } = parts;
  const { options = new Uint8Array(0), payload = new Uint8Array(0), dataOffset = 5 + Math.ceil(options.length / 4) } = parts;
  const padding = new Uint8Array((4 - (options.length % 4)) % 4);
  const bytes = Uint8Array.from([
    ...big(sourcePort, 2), ...big(destinationPort, 2), ...big(seq, 4), ...big(ack, 4), dataOffset << 4, flags, ...big(window, 2), 0, 0, 0, 7,
    ...options, ...padding, ...payload,
  ]);
  return rightTcpChecksum(bytes, source, destination);
}

export function rightTcpChecksum(bytes: Uint8Array, source: number, destination: number): Uint8Array {
  if (bytes.length < 18) return bytes;
  bytes.set([0, 0], 16);
  const pseudo = Uint8Array.from([...big(source, 4), ...big(destination, 4), 0, 6, ...big(bytes.length, 2)]);
  bytes.set(big(internetChecksum(bytes, onesSum(pseudo)), 2), 16);
  return bytes;
}

/** A frame with a TCP segment. */
export function tcpFrame(parts: SegmentParts & Omit<FrameParts, 'payload' | 'source' | 'destination'> & { readonly ipOptions?: Uint8Array; readonly destinationMac?: number; readonly sourceMac?: number } = {}): Uint8Array {
  const { ipOptions, destinationMac, sourceMac, ...rest } = parts;
  const { source, destination } = parts;
  const packet = ipv4({ protocol: 6, payload: segment(parts), ...(ipOptions && { options: ipOptions }), ...(source !== undefined && { source }), ...(destination !== undefined && { destination }) });
  const { vlan, padTo } = rest;
  return ethernet({
    payload: packet, ...(vlan !== undefined && { vlan }), ...(padTo !== undefined && { padTo }),
    ...(destinationMac !== undefined && { destination: destinationMac }), ...(sourceMac !== undefined && { source: sourceMac }),
  });
}

/** An ICMP message, its checksum right. */
export function icmp(type: number, code: number, rest: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = Uint8Array.from([type, code, 0, 0, ...big(rest, 4), ...data]);
  bytes.set(big(internetChecksum(bytes), 2), 2);
  return bytes;
}

export function icmpFrame(message: Uint8Array, parts: Partial<FrameParts & PacketParts> = {}): Uint8Array {
  const { vlan, padTo, options } = parts;
  return ethernet({ payload: ipv4({ protocol: 1, payload: message, ...(options && { options }) }), ...(vlan !== undefined && { vlan }), ...(padTo !== undefined && { padTo }) });
}

export function echoFrame(data: Uint8Array, parts: Partial<FrameParts & PacketParts> = {}): Uint8Array {
  return icmpFrame(icmp(IcmpType.value.ECHO_REQUEST, 0, 0x1234_0001, data), parts);
}

/** What a router says about a segment of ours: the start of the packet that it is about. */
export function quoteOf(parts: SegmentParts = {}): Uint8Array {
  const packet = ipv4({ protocol: 6, source: OUR_ADDRESS, destination: PEER_ADDRESS, payload: segment({ sourcePort: 80, destinationPort: 40_000, ...parts }) });
  return packet.subarray(0, 28);
}

export function arpFrame(given: Partial<Parameters<typeof ArpPacket.encode>[0]> = {}, parts: Partial<FrameParts> = {}): Uint8Array {
  const payload = ArpPacket.encode({ oper: ArpOperation.value.REQUEST, sha: PEER_MAC, spa: PEER_ADDRESS, tha: 0, tpa: OUR_ADDRESS, ...given });
  return ethernet({ destination: 0xffff_ffff_ffff, ethertype: EtherType.value.ARP, payload, ...parts });
}

export function udpFrame(data: Uint8Array): Uint8Array {
  return ethernet({ payload: ipv4({ protocol: 17, payload: join(Uint8Array.from([0, 53, 0, 99, ...big(8 + data.length, 2), 0, 0]), data) }) });
}

export function big(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * (bytes - 1 - i))) % 256);
}
