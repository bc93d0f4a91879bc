/** Ethernet II frames with at most one 802.1Q tag, without preamble and frame check sequence. */
import { codes } from './codes.ts';
import { code, flag, layout, preset, uint, type ValuesOf } from './layout.ts';

export const EtherType = codes('EtherType', { width: 16, doc: 'What a frame carries.', source: 'IANA, "IEEE 802 Numbers"' }, {
  IPV4: [0x0800, 'IPv4.'],
  ARP: [0x0806, 'ARP.'],
  VLAN: [0x8100, 'An 802.1Q tag follows.'],
  IPV6: [0x86dd, 'IPv6.'],
});

export const EthernetHeader = layout({ name: 'EthernetHeader', doc: 'Header of an untagged frame.', source: 'IEEE 802.3, 3.2', order: 'network', bytes: 14 }, {
  destination: uint(48, 'MAC address of the receiver; the lowest bit of its first byte marks a group.'),
  source: uint(48, 'MAC address of the sender.'),
  ethertype: code(EtherType, 'What follows. Values below 0x600 are lengths (802.3 framing) and none of ours.'),
});

export const TaggedEthernetHeader = layout({ name: 'TaggedEthernetHeader', doc: 'Header of a frame with a VLAN tag.', source: 'IEEE 802.1Q, 9.6', order: 'network', bytes: 18 }, {
  destination: uint(48, 'MAC address of the receiver.'),
  source: uint(48, 'MAC address of the sender.'),
  tpid: preset(code(EtherType, 'Tag protocol.'), EtherType.value.VLAN),
  pcp: preset(uint(3, 'Priority.'), 0), dei: flag('May be dropped first.'), vid: uint(12, 'VLAN; 0 is a tag for the priority alone, 0xfff is not used.'),
  ethertype: code(EtherType, 'What follows the tag.'),
});

export const BROADCAST = 0xffff_ffff_ffff;
/** Shortest frame without frame check sequence, in bytes (IEEE 802.3, 4A.4.2): a shorter one is padded with zeros. */
export const ETHERNET_LEAST_BYTES = 60;

export interface EthernetFrame {
  readonly destination: number;
  readonly source: number;
  /** Absent without a tag. */
  readonly tag?: Pick<ValuesOf<typeof TaggedEthernetHeader>, 'pcp' | 'dei' | 'vid'>;
  /** Of the payload. With a second tag it is `VLAN`, and the frame none of ours. */
  readonly ethertype: number;
  /** Where the payload starts, in bytes. Padding may follow it: its length is the payload's own affair. */
  readonly payload: number;
}

/** Undefined if the frame ends within its header. */
export function parseEthernet(frame: Uint8Array): EthernetFrame | undefined {
  if (frame.length < EthernetHeader.bytes) return undefined;
  const header = EthernetHeader.decode(frame);
  if (header.ethertype !== EtherType.value.VLAN) return { ...header, payload: EthernetHeader.bytes };
  if (frame.length < TaggedEthernetHeader.bytes) return undefined;
  const { destination, source, pcp, dei, vid, ethertype } = TaggedEthernetHeader.decode(frame);
  return { destination, source, tag: { pcp, dei, vid }, ethertype, payload: TaggedEthernetHeader.bytes };
}
