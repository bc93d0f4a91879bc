import { expect, test } from 'vitest';
import { IcmpEcho, IcmpHeader, IcmpType, IcmpUnreachable, internetChecksum, UnreachableCode } from '../../../hw/protocol/index.ts';
import { hex, join } from './support/bytes.ts';

test('RFC 792: an echo with three bytes of data', () => {
  // 0800 + 1234 + 0001 + 6162 + 6300 = de97, of which the complement is 2168.
  const message = hex('08 00 21 68 12 34 00 01 61 62 63');
  const header = { type: IcmpType.value.ECHO_REQUEST, identifier: 0x1234, sequence_number: 1 };
  expect(IcmpEcho.decode(message)).toEqual({ ...header, code: 0, checksum: 0x2168 });
  expect(internetChecksum(join(IcmpEcho.encode(header), hex('61 62 63')))).toBe(0x2168);
});

test("RFC 1191, 4: fragmentation needed carries the next hop's MTU in the second half of the second word", () => {
  // 0304 + 05dc = 08e0, of which the complement is f71f.
  const message = hex('03 04 f7 1f 00 00 05 dc');
  const header = { code: UnreachableCode.value.FRAGMENTATION_NEEDED, next_hop_mtu: 1500 };
  expect(IcmpUnreachable.decode(message)).toEqual({ ...header, type: 3, checksum: 0xf71f });
  expect(IcmpUnreachable.encode({ ...header, checksum: 0xf71f })).toEqual(message);
  expect(internetChecksum(IcmpUnreachable.encode(header))).toBe(0xf71f);
  expect(IcmpHeader.decode(message)).toEqual({ type: 3, code: 4, checksum: 0xf71f, rest: 1500 });
});
