import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { internetChecksum, IpProtocol, type IPV4_FAULTS, Ipv4Header, parseIpv4 } from '../../../hw/protocol/index.ts';
import { hex, join } from './support/bytes.ts';

/**
 * From 10.0.0.1 to 10.0.0.2, TCP, 40 bytes of payload, DF. RFC 791, 3.1: 4500 + 003c + 0000 + 4000 + 4006 + 0a00 + 0001 +
 * 0a00 + 0002 = d945, of which the complement is 26ba.
 */
const HEADER = hex('45 00 00 3c 00 00 40 00 40 06 26 ba 0a 00 00 01 0a 00 00 02');
const PACKET = join(HEADER, new Uint8Array(40));

test('RFC 791, 3.1: a header by hand', () => {
  const fields = { total_length: 60, df: true, mf: false, ttl: 64, protocol: IpProtocol.value.TCP, header_checksum: 0x26ba, source: 0x0a00_0001, destination: 0x0a00_0002 };
  expect(Ipv4Header.encode(fields)).toEqual(HEADER);
  expect(parseIpv4(PACKET)).toEqual({
    verdict: 'good', fragment: false, payload: { from: 20, to: 60 },
    header: { ...fields, version: 4, ihl: 5, dscp: 0, ecn: 0, identification: 0, fragment_offset: 0 },
  });
});

test('RFC 3168, 5: ECN is the low end of what was the type of service', () => {
  expect(Ipv4Header.decode(changed((header) => { header[1] = 0b101110_11; }))).toMatchObject({ dscp: 46, ecn: 3 });
});

test('options are accepted by length', () => {
  const packet = changed((header) => Ipv4Header.put(header, 'ihl', 7), hex('94 04 00 00 01 01 01 00'));
  expect(parseIpv4(packet)).toMatchObject({ verdict: 'good', payload: { from: 28, to: 60 } });
});

test('padding of the frame is no payload', () => {
  const packet = changed((header) => Ipv4Header.put(header, 'total_length', 21));
  expect(parseIpv4(packet)).toMatchObject({ verdict: 'good', payload: { from: 20, to: 21 } });
});

test.each([['the first', 0x2000, true], ['the last', 0x0001, true], ['DF alone', 0x4000, false]] as const)('fragments: %s', (_, flags, fragment) => {
  const packet = changed((header) => { [header[6], header[7]] = [flags >> 8, flags & 0xff]; });
  expect(parseIpv4(packet)).toMatchObject({ verdict: 'good', fragment });
});

describe('faults', () => {
  test.each<[keyof typeof IPV4_FAULTS, string, Uint8Array]>([
    ['truncated', 'nothing', hex('')],
    ['truncated', 'a byte too few', PACKET.subarray(0, 19)],
    ['version', '6', changed((header) => Ipv4Header.put(header, 'version', 6))],
    ['ihl_below_5', '4', changed((header) => Ipv4Header.put(header, 'ihl', 4))],
    ['ihl_below_5', '0', changed((header) => Ipv4Header.put(header, 'ihl', 0))],
    ['ihl_beyond_packet', 'of the bytes', changed((header) => Ipv4Header.put(header, 'ihl', 6)).subarray(0, 20)],
    ['ihl_beyond_packet', 'of the total length', changed((header) => { Ipv4Header.put(header, 'ihl', 6); Ipv4Header.put(header, 'total_length', 23); })],
    ['ihl_beyond_packet', 'a total length of 0', changed((header) => Ipv4Header.put(header, 'total_length', 0))],
    ['length_beyond_packet', 'by one', PACKET.subarray(0, 59)],
    ['checksum', 'wrong', changed((header) => { header[10]! ^= 1; }, undefined, false)],
  ])('%s: %s', (verdict, _, packet) => {
    expect(parseIpv4(packet)).toEqual({ verdict });
  });

  test('each flipped bit of a header is noticed', () => {
    fc.assert(fc.property(fc.nat({ max: 159 }), (bit) => {
      const packet = PACKET.slice();
      packet[bit >> 3]! ^= 0x80 >> (bit & 7);
      expect(parseIpv4(packet).verdict).not.toBe('good');
    }));
  });
});

/** The packet after `change`, with a right checksum unless `repaired` is false; options in place of the first bytes of payload. */
function changed(change: (packet: Uint8Array) => void, options = hex(''), repaired = true): Uint8Array {
  const packet = PACKET.slice();
  packet.set(options, 20);
  change(packet);
  if (repaired) {
    Ipv4Header.put(packet, 'header_checksum', 0);
    Ipv4Header.put(packet, 'header_checksum', internetChecksum(packet.subarray(0, Ipv4Header.get(packet, 'ihl') * 4)));
  }
  return packet;
}
