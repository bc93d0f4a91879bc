import { expect, test } from 'vitest';
import { internetChecksum, onesSum, TcpHeader, TcpPseudoHeader, tcpOptions } from '../../../hw/protocol/index.ts';
import { hex, join } from './support/bytes.ts';

/**
 * RFC 9293, 3.1: a SYN from 10.0.0.1 port 49152 to 10.0.0.2 port 80 with MSS 1460, SACK permitted, timestamps and a scale of
 * 7. The words of the segment, its checksum being 0, add up to 27c26, those of the pseudo-header
 * (0a00 + 0001 + 0a00 + 0002 + 0006 + 0028) to 1431: 29057, folded 9059, of which the complement is 6fa6.
 */
const SYN = hex(`
  c000 0050  01020304  00000000  a0 02 ffff  6fa6 0000
  02 04 05b4  04 02 08 0a 00000001 00000000  01 03 03 07`);

test('a SYN by hand', () => {
  const fields = {
    source_port: 49_152, destination_port: 80, sequence_number: 0x0102_0304, acknowledgment_number: 0, data_offset: 10, window: 0xffff,
    cwr: false, ece: false, urg: false, ack: false, psh: false, rst: false, syn: true, fin: false,
  };
  const options = tcpOptions({ mss: 1460, window_scale: 7, sack_permitted: true, timestamps: { tsval: 1, tsecr: 0 } });
  expect(join(TcpHeader.encode({ ...fields, checksum: 0x6fa6 }), options)).toEqual(SYN);
  expect(TcpHeader.decode(SYN)).toEqual({ ...fields, checksum: 0x6fa6, urgent_pointer: 0 });

  const pseudo = TcpPseudoHeader.encode({ source: 0x0a00_0001, destination: 0x0a00_0002, tcp_length: SYN.length });
  expect(pseudo).toEqual(hex('0a000001 0a000002 00 06 0028'));
  expect(internetChecksum(join(TcpHeader.encode(fields), options), onesSum(pseudo))).toBe(0x6fa6);
  expect(onesSum(SYN, onesSum(pseudo))).toBe(0xffff);
});

test.each([['cwr', 0x80], ['ece', 0x40], ['urg', 0x20], ['ack', 0x10], ['psh', 0x08], ['rst', 0x04], ['syn', 0x02], ['fin', 0x01]] as const)('control bit %s', (name, bit) => {
  const header = new Uint8Array(20);
  TcpHeader.put(header, name, true);
  expect([...header]).toEqual([...new Uint8Array(13), bit, ...new Uint8Array(6)]);
});

test('the data offset is the upper half of its byte', () => {
  const header = new Uint8Array(20);
  TcpHeader.put(header, 'data_offset', 0xf);
  expect(header[12]).toBe(0xf0);
});
