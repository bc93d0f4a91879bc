/** ICMP: echo, and destination unreachable with the next hop's MTU. */
import { codes } from './codes.ts';
import { code, layout, preset, reserved, uint } from './layout.ts';

export const IcmpType = codes('IcmpType', { width: 8, doc: 'Kind of an ICMP message.', source: 'RFC 792' }, {
  ECHO_REPLY: [0, 'Answer to an echo.'],
  UNREACHABLE: [3, 'Destination unreachable.'],
  SOURCE_QUENCH: [4, 'Ignored (RFC 6633).'],
  ECHO_REQUEST: [8, 'Echo.'],
  TIME_EXCEEDED: [11, 'Time to live or of reassembly is over.'],
  PARAMETER_PROBLEM: [12, 'The header makes no sense.'],
});

export const UnreachableCode = codes('UnreachableCode', { width: 8, doc: 'Why a destination cannot be reached.', source: 'RFC 792; RFC 1122, 3.2.2.1' }, {
  NET: [0, 'Network unreachable.'],
  HOST: [1, 'Host unreachable.'],
  PROTOCOL: [2, 'Protocol unreachable.'],
  PORT: [3, 'Port unreachable.'],
  FRAGMENTATION_NEEDED: [4, "Fragmentation needed and DF set: carries the next hop's MTU."],
  SOURCE_ROUTE_FAILED: [5, 'Source route failed.'],
});

export const IcmpHeader = layout({ name: 'IcmpHeader', doc: 'What all ICMP messages begin with.', source: 'RFC 792', order: 'network', bytes: 8 }, {
  type: code(IcmpType, 'Kind of message.'), code: uint(8, 'Details, by type.'), checksum: preset(uint(16, 'Over the whole message.'), 0),
  rest: uint(32, 'By type.'),
});

export const IcmpEcho = layout({ name: 'IcmpEcho', doc: 'Echo request or reply; data follows and is returned as it is.', source: 'RFC 792, "Echo or Echo Reply Message"', order: 'network', bytes: 8 }, {
  type: code(IcmpType, 'ECHO_REQUEST or ECHO_REPLY.'), code: preset(uint(8, 'Not used.'), 0), checksum: preset(uint(16, 'Over the whole message.'), 0),
  identifier: uint(16, 'Returned in the reply.'), sequence_number: uint(16, 'Returned in the reply.'),
});

export const IcmpUnreachable = layout({ name: 'IcmpUnreachable', doc: 'Destination unreachable; the IP header and at least 8 bytes of the packet that it is about follow.', source: 'RFC 792, "Destination Unreachable Message"; RFC 1191, 4', order: 'network', bytes: 8 }, {
  type: preset(code(IcmpType, 'Kind of message.'), IcmpType.value.UNREACHABLE), code: code(UnreachableCode, 'Why.'), checksum: preset(uint(16, 'Over the whole message.'), 0),
  unused: reserved(16), next_hop_mtu: uint(16, 'With FRAGMENTATION_NEEDED: largest packet that the next hop takes, in bytes; 0 from a router older than RFC 1191. Else 0.'),
});

/** Bytes of the original packet's payload that every error message quotes (RFC 792): enough for TCP's ports and sequence number. */
export const ICMP_QUOTED_BYTES = 8;
