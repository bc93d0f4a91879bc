import { expect, test } from 'vitest';
import { MssOption, SackBlock, SackOption, SackPermittedOption, TimestampsOption, WindowScaleOption } from '../../../hw/protocol/index.ts';
import { hex } from './support/bytes.ts';

test.each([
  ['MSS: RFC 9293, 3.2', MssOption.encode({ mss: 1460 }), '02 04 05 b4'],
  ['window scale: RFC 7323, 2.2', WindowScaleOption.encode({ shift: 14 }), '03 03 0e'],
  ['SACK permitted: RFC 2018, 2', SackPermittedOption.encode({}), '04 02'],
  ['timestamps: RFC 7323, 3.2', TimestampsOption.encode({ tsval: 0x0102_0304, tsecr: 0xfffe_fdfc }), '08 0a 01 02 03 04 ff fe fd fc'],
  ['SACK of three blocks: RFC 2018, 3', SackOption.encode({ length: 26 }), '05 1a'],
  ['a SACK block: RFC 2018, 3', SackBlock.encode({ left_edge: 5500, right_edge: 6000 }), '00 00 15 7c 00 00 17 70'],
])('%s', (_, bytes, expected) => {
  expect(bytes).toEqual(hex(expected));
});
