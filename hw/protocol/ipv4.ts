/** IPv4 headers. Options are accepted by length: nobody looks into them. */
import { codes } from './codes.ts';
import { code, flag, layout, preset, reserved, uint, type ValuesOf } from './layout.ts';
import { onesSum } from './checksum.ts';

export const IpProtocol = codes('IpProtocol', { width: 8, doc: 'What an IP packet carries.', source: 'IANA, "Protocol Numbers"' }, {
  ICMP: [1, 'ICMP.'],
  TCP: [6, 'TCP.'],
  UDP: [17, 'UDP.'],
});

export const Ipv4Header = layout({ name: 'Ipv4Header', doc: 'IPv4 header without options.', source: 'RFC 791, 3.1; RFC 2474, 3; RFC 3168, 5', order: 'network', bytes: 20 }, {
  version: preset(uint(4, 'Version.'), 4), ihl: preset(uint(4, 'Length of the header with options, in words of 4 bytes, from 5 up.'), 5),
  dscp: preset(uint(6, 'Differentiated services.'), 0), ecn: preset(uint(2, 'Congestion notification.'), 0), total_length: uint(16, 'Header and payload, in bytes. What the frame has beyond it is padding.'),
  identification: preset(uint(16, 'Tells fragments of different packets apart.'), 0), reserved: reserved(1), df: flag("Don't fragment."), mf: flag('More fragments follow.'),
  fragment_offset: preset(uint(13, 'Place in the packet, in units of 8 bytes.'), 0),
  ttl: uint(8, 'Hops that are left.'), protocol: code(IpProtocol, 'What follows.'), header_checksum: preset(uint(16, 'Over the header with options.'), 0),
  source: uint(32, 'Address of the sender.'),
  destination: uint(32, 'Address of the receiver.'),
});

/** What is wrong with a packet, in the order in which it is looked for. */
export const IPV4_FAULTS = {
  truncated: 'The packet has less than 20 bytes.',
  version: 'The version is not 4.',
  ihl_below_5: 'The header length is less than a header without options.',
  ihl_beyond_packet: 'The header length is more than the bytes that are there, or than the total length.',
  length_beyond_packet: 'The total length is more than the bytes that are there.',
  checksum: 'The header has a wrong checksum.',
};
export type Ipv4Fault = keyof typeof IPV4_FAULTS;

export type Ipv4Packet =
  | { readonly verdict: Ipv4Fault }
  | {
      readonly verdict: 'good';
      readonly header: ValuesOf<typeof Ipv4Header>;
      /** It is a part of a packet only (RFC 791, 3.2). */
      readonly fragment: boolean;
      /** Bytes of the packet that are payload: neither options nor the frame's padding. */
      readonly payload: { readonly from: number; readonly to: number };
    };

/** `packet`: the bytes behind the Ethernet header, padding included. */
export function parseIpv4(packet: Uint8Array): Ipv4Packet {
  if (packet.length < Ipv4Header.bytes) return { verdict: 'truncated' };
  const header = Ipv4Header.decode(packet);
  if (header.version !== 4) return { verdict: 'version' };
  if (header.ihl < 5) return { verdict: 'ihl_below_5' };
  const from = header.ihl * 4;
  if (from > packet.length || from > header.total_length) return { verdict: 'ihl_beyond_packet' };
  if (header.total_length > packet.length) return { verdict: 'length_beyond_packet' };
  if (onesSum(packet.subarray(0, from)) !== 0xffff) return { verdict: 'checksum' };
  return { verdict: 'good', header, fragment: header.mf || header.fragment_offset !== 0, payload: { from, to: header.total_length } };
}
