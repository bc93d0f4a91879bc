/** TCP segments of frames on the wire, for the properties that are watched there. */
import { EthernetHeader, EtherType, IpProtocol, Ipv4Header, parseIpv4 } from '../../hw/protocol/index.ts';
import { decodeTcp, type TcpSegment } from '../peer/tcp-segment.ts';

export interface WireSegment extends TcpSegment {
  /** Of the end at the TOE and the other one: the same both ways. */
  readonly connection: string;
  /** Sequence numbers that it takes. */
  readonly length: number;
}

/** Undefined if it is no TCP segment, or one that nobody may take: a wrong checksum, a header that makes no sense. */
export function wireSegment(frame: Uint8Array, from: 'toe' | 'peer'): WireSegment | undefined {
  if (frame.length < EthernetHeader.bytes || EthernetHeader.get(frame, 'ethertype') !== EtherType.value.IPV4) return undefined;
  const packet = frame.subarray(EthernetHeader.bytes);
  const ip = parseIpv4(packet);
  if (ip.verdict !== 'good' || ip.fragment || ip.header.protocol !== IpProtocol.value.TCP) return undefined;
  const { source, destination } = ip.header;
  const segment = decodeTcp(packet.subarray(ip.payload.from, ip.payload.to), { source, destination });
  if (segment === undefined) return undefined;
  const { sourcePort, destinationPort, syn, fin, payload } = segment;
  const connection = from === 'toe' ? `${source}:${sourcePort} ${destination}:${destinationPort}` : `${destination}:${destinationPort} ${source}:${sourcePort}`;
  return { ...segment, connection, length: payload.length + (syn ? 1 : 0) + (fin ? 1 : 0) };
}

/** Whether its headers say that it is one, right or wrong. */
export function isTcp(frame: Uint8Array): boolean {
  return frame.length >= EthernetHeader.bytes + Ipv4Header.bytes && EthernetHeader.get(frame, 'ethertype') === EtherType.value.IPV4 && Ipv4Header.get(frame, 'protocol', EthernetHeader.bytes) === IpProtocol.value.TCP;
}

/** How far `b` is behind `a`, modulo 2^32: negative if it is before. */
export function ahead(a: number, b: number): number {
  return (b - a) | 0;
}

/** Of a connection, for sentences: without addresses, of which there are two only. */
export function portsText({ connection }: WireSegment): string {
  const [own, other] = connection.split(' ').map((end) => end.split(':')[1]);
  return `port ${own} to port ${other}`;
}
