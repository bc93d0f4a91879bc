import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTcp, TCP_OPTION_FAULTS, TcpHeader, type TcpHeaderFault, type TcpOptionFault, type TcpOptions } from '../../../hw/protocol/index.ts';
import { hex, join } from './support/bytes.ts';

/** A segment with these options, whose data offset covers them exactly, and payload that would be options too. */
function segment(options: Uint8Array, { syn = false, payload = hex('02 04 11 11 01 01') } = {}): Uint8Array {
  expect(options.length % 4).toBe(0);
  const header = TcpHeader.encode({
    source_port: 1, destination_port: 2, sequence_number: 3, acknowledgment_number: 4, data_offset: 5 + options.length / 4, window: 5,
    cwr: false, ece: false, urg: false, ack: !syn, psh: false, rst: false, syn, fin: false,
  });
  return join(header, options, payload);
}

const [SYN, OTHER] = [{ syn: true }, { syn: false }];
const TIMESTAMPS = '08 0a 00000001 00000002';
const timestamps = { tsval: 1, tsecr: 2 };

describe('the header', () => {
  const whole = segment(hex(`01 01 ${TIMESTAMPS}`));
  test.each<[string, TcpHeaderFault, Uint8Array]>([
    ['nothing', 'truncated', hex('')],
    ['19 bytes', 'truncated', whole.subarray(0, 19)],
    ['data offset 0', 'data_offset_below_5', withOffset(0)],
    ['data offset 4', 'data_offset_below_5', withOffset(4)],
    ['data offset 6 of 20 bytes', 'data_offset_beyond_segment', withOffset(6).subarray(0, 20)],
    ['data offset 8 of 31 bytes', 'data_offset_beyond_segment', whole.subarray(0, 31)],
    ['data offset 15 of 38 bytes', 'data_offset_beyond_segment', withOffset(15)],
  ])('%s', (_, verdict, bytes) => {
    expect(parseTcp(bytes)).toEqual({ verdict });
  });

  test('all of the segment may be header', () => {
    expect(parseTcp(whole.subarray(0, 32))).toMatchObject({ verdict: 'good', options: { timestamps }, payload: 32 });
    expect(parseTcp(whole.subarray(0, 20).map((byte, i) => (i === 12 ? 0x50 : byte)))).toMatchObject({ verdict: 'good', options: {}, payload: 20 });
  });

  function withOffset(offset: number): Uint8Array {
    const bytes = whole.slice();
    TcpHeader.put(bytes, 'data_offset', offset);
    return bytes;
  }
});

describe('options that hold', () => {
  test.each<[string, { syn: boolean }, string, TcpOptions]>([
    ['none', OTHER, '', {}],
    ['the usual ones of a SYN', SYN, `02 04 05b4 04 02 ${TIMESTAMPS} 01 03 03 07`, { mss: 1460, sack_permitted: true, timestamps, window_scale: 7 }],
    ['timestamps in any segment: RFC 7323, 3.2', OTHER, `01 01 ${TIMESTAMPS}`, { timestamps }],
    ['one block', OTHER, '01 01 05 0a 00000001 00000002', { sack: [{ left_edge: 1, right_edge: 2 }] }],
    ['four blocks', OTHER, '01 01 05 22 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008', { sack: [[1, 2], [3, 4], [5, 6], [7, 8]].map(([left_edge, right_edge]) => ({ left_edge: left_edge!, right_edge: right_edge! })) }],
    ['an option that does not begin with a word: RFC 9293, 3.2 (MUST-64)', SYN, '01 02 04 05b4 01 01 01', { mss: 1460 }],
    ['unknown ones are passed over: RFC 9293, 3.1 (MUST-6)', SYN, 'fe 06 02 04 ffff 02 04 05b4 1e 02', { mss: 1460 }],
    ['nothing counts behind EOL: RFC 9293, 3.2', SYN, '00 02 04 05 b4 00 00 00', {}],
    ['EOL may be the last byte', SYN, '02 04 05b4 01 01 01 00', { mss: 1460 }],
    ['of two, the last', SYN, '02 04 0100 02 04 0200', { mss: 0x200 }],
    ['MSS 0 as received', SYN, '02 04 0000', { mss: 0 }],
    ['a shift of 14', SYN, '01 03 03 0e', { window_scale: 14 }],
  ])('%s', (_, control, bytes, options) => {
    expect(parseTcp(segment(hex(bytes), control))).toMatchObject({ verdict: 'good', options, faults: [] });
    expect(Object.keys(accepted(segment(hex(bytes), control)).options).toSorted()).toEqual(Object.keys(options).toSorted());
  });
});

describe('options with faults', () => {
  const cases: readonly (readonly [fault: TcpOptionFault, what: string, control: { syn: boolean }, bytes: string, at: number, options: TcpOptions])[] = [
    ['length_missing', 'the kind is the last byte', SYN, '01 01 01 02', 23, {}],
    ['length_missing', 'behind an option that holds', SYN, '02 04 05b4 01 01 01 08', 27, { mss: 1460 }],
    ['length_below_2', 'length 0: not forever', SYN, '02 00 05b4', 20, {}],
    ['length_below_2', 'length 1', SYN, '03 01 07 01', 20, {}],
    ['length_below_2', 'of an unknown option', SYN, 'fe 00 01 01', 20, {}],
    ['length_below_2', 'takes those behind it along', SYN, '02 04 05b4 fe 01 01 01 01 03 03 07', 24, { mss: 1460 }],
    ['length_beyond_header', 'by one', SYN, '01 02 04 05', 21, {}],
    ['length_beyond_header', 'into the payload', OTHER, '01 01 08 0a', 22, {}],
    ['length_beyond_header', '255', SYN, '02 ff 05b4', 20, {}],
    ['length_beyond_header', 'of an unknown option', SYN, 'fe 05 01 01', 20, {}],
    ['length_beyond_header', 'of SACK blocks, the second one cut', OTHER, '01 01 05 12 00000001 00000002', 22, {}],
    ['length_wrong', 'MSS of 3, and the next holds', SYN, '02 03 05 01 01 03 03 07', 20, { window_scale: 7 }],
    ['length_wrong', 'MSS of 2', SYN, '02 02 01 01', 20, {}],
    ['length_wrong', 'MSS of 5', SYN, '02 05 05b4 00 01 01 01', 20, {}],
    ['length_wrong', 'window scale of 4', SYN, '03 04 07 07', 20, {}],
    ['length_wrong', 'window scale of 2', SYN, '03 02 01 01', 20, {}],
    ['length_wrong', 'SACK permitted of 3', SYN, '04 03 01 01', 20, {}],
    ['length_wrong', 'timestamps of 9', OTHER, '01 01 01 08 09 000000 01000000', 23, {}],
    ['length_wrong', 'timestamps of 11', OTHER, '01 08 0b 00000001 00000002 00', 21, {}],
    ['length_wrong', 'SACK without blocks', OTHER, '01 01 05 02', 22, {}],
    ['length_wrong', 'SACK of a block and a half', OTHER, '01 01 05 0e 00000001 00000002 00000003', 22, {}],
    ['length_wrong', 'before place: two faults are one', OTHER, '02 03 05 01', 20, {}],
    ['needs_syn', 'MSS: RFC 9293, 3.2 (MUST-65)', OTHER, '02 04 05b4', 20, {}],
    ['needs_syn', 'window scale: RFC 7323, 2.2', OTHER, '01 03 03 07', 21, {}],
    ['needs_syn', 'SACK permitted: RFC 2018, 2', OTHER, `04 02 ${TIMESTAMPS}`, 20, { timestamps }],
    ['needs_no_syn', 'SACK blocks: RFC 2018, 3', SYN, '02 04 05b4 01 01 05 0a 00000001 00000002', 26, { mss: 1460 }],
    ['shift_above_14', '15 counts as 14: RFC 7323, 2.3', SYN, '01 03 03 0f', 21, { window_scale: 14 }],
    ['shift_above_14', '255 counts as 14', SYN, '01 03 03 ff', 21, { window_scale: 14 }],
  ];

  test.each(cases)('%s: %s', (fault, _, control, bytes, at, options) => {
    const parsed = accepted(segment(hex(bytes), control));
    expect(parsed.faults).toEqual([{ fault, kind: hex(bytes)[at - 20], at }]);
    expect(parsed.options).toEqual(options);
    expect(parsed.payload).toBe(20 + hex(bytes).length);
  });

  test('there is a case for each fault', () => {
    expect(new Set(cases.map(([fault]) => fault))).toEqual(new Set(Object.keys(TCP_OPTION_FAULTS)));
  });

  test('several faults are all told', () => {
    expect(accepted(segment(hex('02 03 05 04 02 03 03 07 fe 01 01 01'), OTHER)).faults).toEqual([
      { fault: 'length_wrong', kind: 2, at: 20 }, { fault: 'needs_syn', kind: 4, at: 23 }, { fault: 'needs_syn', kind: 3, at: 25 }, { fault: 'length_below_2', kind: 0xfe, at: 28 },
    ]);
  });
});

describe('any bytes', () => {
  const anySegment = fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.boolean()).map(([bytes, syn]) => segment(bytes.subarray(0, bytes.length & ~3), { syn }));

  test('payload has no influence', () => {
    fc.assert(fc.property(anySegment, fc.uint8Array({ maxLength: 20 }), (bytes, payload) => {
      const end = TcpHeader.get(bytes, 'data_offset') * 4;
      expect(parseTcp(join(bytes.subarray(0, end), payload))).toEqual(parseTcp(bytes));
    }));
  });

  test('a list of options of right length, known and unknown, is read one by one', () => {
    const nop = fc.constant({ bytes: hex('01'), options: {} });
    const unknown = fc.tuple(fc.integer({ min: 9, max: 255 }), fc.uint8Array({ maxLength: 6 })).map(([kind, data]) => ({ bytes: Uint8Array.of(kind, data.length + 2, ...data), options: {} }));
    const mss = fc.nat({ max: 0xffff }).map((mss) => ({ bytes: Uint8Array.of(2, 4, mss >> 8, mss & 0xff), options: { mss } }));
    const scale = fc.nat({ max: 14 }).map((window_scale) => ({ bytes: Uint8Array.of(3, 3, window_scale), options: { window_scale } }));
    const permitted = fc.constant({ bytes: hex('04 02'), options: { sack_permitted: true } });
    const stamps = fc.constant({ bytes: hex(TIMESTAMPS), options: { timestamps } });
    fc.assert(fc.property(fc.array(fc.oneof(nop, unknown, mss, scale, permitted, stamps), { maxLength: 12 }), (list) => {
      const taken = list.filter((_, i) => list.slice(0, i + 1).reduce((sum, { bytes }) => sum + bytes.length, 0) <= 40);
      const bytes = join(...taken.map(({ bytes }) => bytes));
      const padded = join(bytes, new Uint8Array(-bytes.length & 3));
      const parsed = accepted(segment(padded, SYN));
      expect(parsed.options).toEqual(Object.assign({}, ...taken.map(({ options }) => options)));
      expect(parsed.faults).toEqual([]);
    }));
  });
});

function accepted(bytes: Uint8Array) {
  const parsed = parseTcp(bytes);
  if (parsed.verdict !== 'good') throw new Error(`dropped: ${parsed.verdict}`);
  return parsed;
}
