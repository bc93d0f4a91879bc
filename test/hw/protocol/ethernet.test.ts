import { expect, test } from 'vitest';
import { BROADCAST, ETHERNET_LEAST_BYTES, EthernetHeader, EtherType, parseEthernet, TaggedEthernetHeader } from '../../../hw/protocol/index.ts';
import { hex } from './support/bytes.ts';

test('IEEE 802.3, 3.2: destination, source, type', () => {
  const frame = hex('ff ff ff ff ff ff  02 00 00 00 00 01  08 06');
  expect(EthernetHeader.decode(frame)).toEqual({ destination: BROADCAST, source: 0x02_0000_0000_01, ethertype: EtherType.value.ARP });
  expect(EthernetHeader.encode({ destination: BROADCAST, source: 0x02_0000_0000_01, ethertype: 0x0806 })).toEqual(frame);
  expect(parseEthernet(frame)).toEqual({ destination: BROADCAST, source: 0x02_0000_0000_01, ethertype: 0x0806, payload: 14 });
});

test('IEEE 802.1Q, 9.6: priority 5, drop eligible, VLAN 0x123', () => {
  const frame = hex('02 00 00 00 00 02  02 00 00 00 00 01  81 00 b1 23  08 00');
  const header = { destination: 0x02_0000_0000_02, source: 0x02_0000_0000_01, pcp: 5, dei: true, vid: 0x123, ethertype: EtherType.value.IPV4 };
  expect(TaggedEthernetHeader.encode(header)).toEqual(frame);
  expect(parseEthernet(frame)).toEqual({ destination: 0x02_0000_0000_02, source: 0x02_0000_0000_01, tag: { pcp: 5, dei: true, vid: 0x123 }, ethertype: 0x0800, payload: 18 });
});

test('a second tag is not looked into', () => {
  const frame = hex('02 00 00 00 00 02  02 00 00 00 00 01  81 00 00 01  81 00 00 02  08 00');
  expect(parseEthernet(frame)).toMatchObject({ tag: { vid: 1 }, ethertype: EtherType.value.VLAN, payload: 18 });
});

test('frames that end within their header', () => {
  const frame = hex('02 00 00 00 00 02  02 00 00 00 00 01  81 00 b1 23  08 00');
  for (let length = 0; length < frame.length; length++) expect(parseEthernet(frame.subarray(0, length))).toBeUndefined();
  expect(parseEthernet(hex('02 00 00 00 00 02  02 00 00 00 00 01  08 00'))).toBeDefined();
});

test('the shortest frame with its check sequence has 64 bytes', () => {
  expect(ETHERNET_LEAST_BYTES + 4).toBe(64);
});
