import { expect, test } from 'vitest';
import { ArpOperation, ArpPacket, isArpForIpv4 } from '../../../hw/protocol/index.ts';
import { hex } from './support/bytes.ts';

test('RFC 826: 10.0.0.1 asks who has 10.0.0.2', () => {
  const packet = hex('0001 0800 06 04 0001  02 00 00 00 00 01  0a000001  00 00 00 00 00 00  0a000002');
  const fields = { oper: ArpOperation.value.REQUEST, sha: 0x02_0000_0000_01, spa: 0x0a00_0001, tha: 0, tpa: 0x0a00_0002 };
  expect(ArpPacket.encode(fields)).toEqual(packet);
  expect(ArpPacket.decode(packet)).toEqual({ ...fields, htype: 1, ptype: 0x0800, hlen: 6, plen: 4 });
  expect(isArpForIpv4(ArpPacket.decode(packet))).toBe(true);
});

test.each(['htype', 'ptype', 'hlen', 'plen'] as const)('another %s is none of ours', (name) => {
  const packet = ArpPacket.encode({ oper: 2, sha: 1, spa: 2, tha: 3, tpa: 4, [name]: 17 });
  expect(isArpForIpv4(ArpPacket.decode(packet))).toBe(false);
});
