import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTcp, type TcpOptions, TcpHeader, tcpOptions } from '../../../hw/protocol/index.ts';
import { hex, join } from './support/bytes.ts';

const block = { left_edge: 0x0a0a_0a0a, right_edge: 0x0b0b_0b0b };
const BLOCK = '0a0a0a0a 0b0b0b0b';
const timestamps = { tsval: 1, tsecr: 2 };
const TIMESTAMPS = '08 0a 00000001 00000002';

test.each<[string, TcpOptions, string]>([
  ['nothing', {}, ''],
  ['MSS', { mss: 536 }, '02 04 0218'],
  ['SACK permitted alone is padded', { sack_permitted: true }, '04 02 01 01'],
  ['RFC 7323, appendix A: NOP NOP timestamps', { timestamps }, `01 01 ${TIMESTAMPS}`],
  ['SACK permitted in place of the NOPs', { sack_permitted: true, timestamps }, `04 02 ${TIMESTAMPS}`],
  ['window scale', { window_scale: 0 }, '01 03 03 00'],
  ['one block', { sack: [block] }, `01 01 05 0a ${BLOCK}`],
  ['three blocks beside timestamps: RFC 2018, 3', { timestamps, sack: [block, block, block] }, `01 01 ${TIMESTAMPS} 01 01 05 1a ${BLOCK} ${BLOCK} ${BLOCK}`],
  ['four blocks', { sack: [block, block, block, block] }, `01 01 05 22 ${BLOCK} ${BLOCK} ${BLOCK} ${BLOCK}`],
])('%s', (_, options, bytes) => {
  expect(tcpOptions(options)).toEqual(hex(bytes));
});

test.each<[string, TcpOptions, string]>([
  ['four blocks and timestamps', { timestamps, sack: [block, block, block, block] }, 'options of a segment have at most 40 bytes, but these have 48'],
  ['five blocks', { sack: [block, block, block, block, block] }, 'sack must have 1 to 4 blocks, not 5'],
  ['no blocks', { sack: [] }, 'sack must have 1 to 4 blocks, not 0'],
  ['a scale of 15', { window_scale: 15 }, 'window_scale must be a whole number from 0 to 14, not 15'],
  ['an MSS of 17 bits', { mss: 65_536 }, 'MssOption.mss must be a whole number from 0 to 65535, not 65536'],
])('mistake: %s', (_, options, sentence) => {
  expect(() => tcpOptions(options)).toThrow(new RangeError(sentence));
});

const uint32 = fc.nat({ max: 0xffff_ffff });
const anyTimestamps = fc.option(fc.record({ tsval: uint32, tsecr: uint32 }), { nil: undefined });
const ofSyn = fc.record({ mss: fc.option(fc.nat({ max: 0xffff }), { nil: undefined }), window_scale: fc.option(fc.nat({ max: 14 }), { nil: undefined }), sack_permitted: fc.constantFrom(true as const, undefined), timestamps: anyTimestamps });
const ofOthers = fc.record({ timestamps: anyTimestamps, sack: fc.option(fc.array(fc.record({ left_edge: uint32, right_edge: uint32 }), { minLength: 1, maxLength: 3 }), { nil: undefined }) });

test('what is written is read, from whole words', () => {
  fc.assert(fc.property(fc.oneof(fc.tuple(fc.constant(true), ofSyn), fc.tuple(fc.constant(false), ofOthers)), fc.uint8Array({ maxLength: 9 }), ([syn, options], payload) => {
    const bytes = tcpOptions(options);
    expect(bytes.length % 4).toBe(0);
    const header = TcpHeader.encode({
      source_port: 1, destination_port: 2, sequence_number: 3, acknowledgment_number: 4, data_offset: 5 + bytes.length / 4, window: 5,
      cwr: false, ece: false, urg: false, ack: true, psh: false, rst: false, syn, fin: false,
    });
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    expect(parseTcp(join(header, bytes, payload))).toMatchObject({ verdict: 'good', options: given, faults: [], payload: 20 + bytes.length });
  }));
});
