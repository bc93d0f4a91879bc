/** ARP for IPv4 over Ethernet. */
import { codes } from './codes.ts';
import { code, layout, preset, uint, type ValuesOf } from './layout.ts';
import { EtherType } from './ethernet.ts';

export const ArpOperation = codes('ArpOperation', { width: 16, doc: 'What an ARP packet wants.', source: 'RFC 826' }, {
  REQUEST: [1, 'Who has `tpa`?'],
  REPLY: [2, '`spa` is at `sha`.'],
});

export const ArpPacket = layout({ name: 'ArpPacket', doc: 'ARP packet for IPv4 over Ethernet.', source: 'RFC 826, "Packet format"', order: 'network', bytes: 28 }, {
  htype: preset(uint(16, 'Hardware: 1 is Ethernet.'), 1), ptype: preset(code(EtherType, 'Protocol.'), EtherType.value.IPV4),
  hlen: preset(uint(8, 'Bytes of a hardware address.'), 6), plen: preset(uint(8, 'Bytes of a protocol address.'), 4), oper: code(ArpOperation, 'Operation.'),
  sha: uint(48, 'MAC address of the sender.'),
  spa: uint(32, 'IPv4 address of the sender.'),
  tha: uint(48, 'MAC address of the target; without meaning in a request.'),
  tpa: uint(32, 'IPv4 address of the target.'),
});

/** Whether the packet is about IPv4 over Ethernet: only then do the addresses stand where the layout says. */
export function isArpForIpv4({ htype, ptype, hlen, plen }: ValuesOf<typeof ArpPacket>): boolean {
  return htype === 1 && ptype === EtherType.value.IPV4 && hlen === 6 && plen === 4;
}
