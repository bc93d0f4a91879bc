/**
 * What is known of a received frame: what the parser says of each, what the rest of the engine is told of those that were
 * stored, and what it answers.
 */
import { Bool, Bundle, clog2, Enum, type Read, UInt } from '@vtoe/hdl';
import { type Config, derived } from '../config.ts';
import { RingOffset } from '../tcp/actions.ts';
import { Segment } from '../tcp/event.ts';
import { FlowKey } from '../tcp/flow-key.ts';
import { RingSize, SegmentBytes } from '../tcp/tcb.ts';

/**
 * Tcp: a segment, addressed to one host, its checksums good. ArpRequest, ArpReply: `key` has `tpa` as local and `spa` as
 * remote address, `remote_mac` is `sha`. Echo: an ICMP echo request without IP options. Unreachable: ICMP 3/4 about a TCP segment, whose
 * flow `key` is, seen from its sender; `segment.seq` is its sequence number, `segment.window` the next hop's MTU.
 * Punt: all else; of `key` there are the addresses only, and those only if `ip`.
 */
export const ReceivedKind = Enum('ReceivedKind', ['Tcp', 'ArpRequest', 'ArpReply', 'Echo', 'Unreachable', 'Punt']);

/** Why a frame is dropped before anybody sees it, in the order in which it is looked for. */
export const FRAME_DROPS = {
  mac_error: 'The MAC marked it bad: wrong FCS, for instance.',
  too_long: 'It is longer than the largest MTU allows.',
  runt: 'It ends within the Ethernet header.',
  arp_malformed: 'ARP that ends too early, is not about IPv4 over Ethernet, wants something else than request and reply, or names a group as sender.',
  ip_truncated: 'IPv4 with less than 20 bytes.',
  ip_version: 'IPv4 by its EtherType, with another version in its header.',
  ip_ihl_below_5: 'IPv4 whose header length is less than a header without options.',
  ip_ihl_beyond_packet: 'IPv4 whose header length is more than the frame has, or than the total length.',
  ip_length_beyond_frame: 'IPv4 whose total length is more than the frame has.',
  ip_checksum: 'IPv4 with a wrong header checksum.',
  fragment: 'A part of an IPv4 packet.',
  group: 'TCP or ICMP to a broadcast or multicast address, of Ethernet or IP (RFC 9293, MUST-57; RFC 1122, 3.2.2).',
  bad_source: 'TCP or ICMP from an address that no host has: 0.0.0.0, multicast and above, or a group of Ethernet (RFC 9293, MUST-63).',
  tcp_truncated: 'TCP with less than 20 bytes.',
  tcp_data_offset_below_5: 'TCP whose data offset is less than a header without options.',
  tcp_data_offset_beyond_segment: 'TCP whose data offset is more than the segment has.',
  tcp_checksum: 'TCP with a wrong checksum.',
  tcp_land: 'TCP from its own destination, address and port.',
  icmp_truncated: 'ICMP with less than 8 bytes.',
  icmp_checksum: 'ICMP with a wrong checksum.',
  icmp_soft: 'An ICMP error about TCP other than 3/4: soft (RFC 5927, 4.1), and ignored.',
} as const;
export type FrameDrop = keyof typeof FRAME_DROPS;
export const FRAME_DROP_NAMES = Object.keys(FRAME_DROPS) as readonly FrameDrop[];

/** `none`: the frame is good. */
export const FrameFault = Enum('FrameFault', ['none', ...FRAME_DROP_NAMES] as const);

const about = {
  kind: ReceivedKind,
  /** Punt: the addresses in `key` count. */
  ip: Bool,
  /** `vlan` is 0 without a tag. Ports count for Tcp and Unreachable. */
  key: FlowKey,
  /** MAC address that the frame was sent to. */
  destination: UInt(48),
  remote_mac: UInt(48),
  segment: Segment,
};

/** What the parser says of every frame. But for `fault`, only of good ones. */
export const Parsed = Bundle('Parsed', {
  fault: FrameFault,
  ...about,
  /** Bytes of the frame before the payload of TCP. */
  payload_at: UInt(8),
  /** Tcp: an option was ignored, since it was malformed or misplaced. */
  option_fault: Bool,
});
export type Parsed = Read<typeof Parsed>;
export type ParsedShape = typeof Parsed;

export function slotBits({ rxFifoFrames }: Config): number {
  return clog2(rxFifoFrames);
}

/** A frame that was stored. For each of them, exactly one verdict is to come. */
export function Received(c: Config) {
  return Bundle(`Received_s${slotBits(c)}`, { slot: UInt(slotBits(c)), ...about });
}

export type ReceivedShape = ReturnType<typeof Received>;

/** None: drop the frame. Place: write payload to a receive ring. Echo, Punt: hand the frame to those. */
export const VerdictKind = Enum('VerdictKind', ['None', 'Place', 'Echo', 'Punt']);

/** The number of a 4 KiB page: an address of 64 bits without the lower 12. */
export const Page = UInt(52);

/** What is to be done with a stored frame. All but `slot` and `kind` is for Place. */
export function Verdict(c: Config) {
  const { ownerBits, connectionIndexBits } = derived(c);
  return Bundle(`Verdict_s${slotBits(c)}_o${ownerBits}_c${connectionIndexBits}`, {
    slot: UInt(slotBits(c)),
    kind: VerdictKind,
    owner: UInt(ownerBits),
    /** Whose payload it is: told again if it cannot be placed. */
    connection: UInt(connectionIndexBits),
    /** The ring: its first page, and the base-2 logarithm of its bytes. */
    base: Page,
    size: RingSize,
    /** `length` bytes from byte `skip` of the payload, to byte `offset` of the ring, wrapping at its end. 0 is as None. */
    offset: RingOffset,
    skip: SegmentBytes,
    length: SegmentBytes,
  });
}

/** What can be said of a frame without a ring. */
export function Routed(c: Config) {
  return Bundle(`Routed_s${slotBits(c)}`, { slot: UInt(slotBits(c)), kind: VerdictKind });
}

/** All that was to be done with a frame is done. */
export function Retired(c: Config) {
  const { ownerBits, connectionIndexBits } = derived(c);
  return Bundle(`Retired_s${slotBits(c)}_o${ownerBits}_c${connectionIndexBits}`, {
    slot: UInt(slotBits(c)),
    /** Payload was placed for `owner` and `connection`. */
    placed: Bool,
    owner: UInt(ownerBits),
    connection: UInt(connectionIndexBits),
    /** At least one write was refused. */
    failed: Bool,
  });
}
