/** Names and directions of the leaves that ports become in Verilog. */
import { Bool, Bundle, elaborate, Enum, flip, In, Interface, module, Out, Packet, type PortRecord, Stream, UInt, Valid, Vec } from '@vtoe/hdl';
import { portLeaves } from '@vtoe/hdl/internal/lang/port-view';
import { expect, test } from 'vitest';

const Word = Bundle('Word', { data: UInt(8), last: Bool });
const Axis = Stream(Word, { prefix: 't' });
const Bus = Interface('Bus', { aw: Out(Stream(Word)), b: In(Valid(UInt(2))), busy: In(Bool), id: Out(UInt(4), { prefix: 'ID' }), user: Out(Stream(Bool, { prefix: '' })) });
const Pins = Interface('Pins', { tx: Out(Bus), rx: In(Bus, { prefix: 'r' }) });

const leavesOf = (ports: PortRecord) => portLeaves(ports).map(({ name, direction, shape }) => `${direction} ${name}:${shape.width}`);

test.each<[string, PortRecord, string[]]>([
  ['plain data is its key', { x: In(UInt(8)), y: Out(Enum('E', ['A', 'B', 'C'])) }, ['in x:8', 'out y:2']],
  ['bundles and vectors join with underscores', { x: In(Bundle('B', { a: Bool, rows: Vec(Word, 2) })) }, ['in x_a:1', 'in x_rows_0_data:8', 'in x_rows_0_last:1', 'in x_rows_1_data:8', 'in x_rows_1_last:1']],
  ['a stream has valid, ready and payload', { s: In(Stream(UInt(8))), m: Out(Stream(Word)) }, ['in s_valid:1', 'out s_ready:1', 'in s_payload:8', 'out m_valid:1', 'in m_ready:1', 'out m_payload_data:8', 'out m_payload_last:1']],
  ['a valid has no ready', { v: In(Valid(Word)) }, ['in v_valid:1', 'in v_payload_data:8', 'in v_payload_last:1']],
  ['a prefix replaces the key and its underscore', { s: In(Word, { prefix: 's_axi_' }), m: Out(UInt(8), { prefix: 'DATA' }), all: In(Word, { prefix: '' }) }, ['in s_axi_data:8', 'in s_axi_last:1', 'out DATA:8', 'in data:8', 'in last:1']],
  ['a prefix of a stream stands before its members, without payload', { rx: In(Axis, { prefix: 's_axis_rx_' }), tx: Out(Axis) }, ['in s_axis_rx_tvalid:1', 'out s_axis_rx_tready:1', 'in s_axis_rx_tdata:8', 'in s_axis_rx_tlast:1', 'out tx_tvalid:1', 'in tx_tready:1', 'out tx_tdata:8', 'out tx_tlast:1']],
  ['a prefix of a stream of a plain value calls it data', { rx: In(Stream(UInt(8), { prefix: 't' })) }, ['in rx_tvalid:1', 'out rx_tready:1', 'in rx_tdata:8']],
  ['an interface has the directions of its members, from its driver', { m: Out(Bus) }, ['out m_aw_valid:1', 'in m_aw_ready:1', 'out m_aw_payload_data:8', 'out m_aw_payload_last:1', 'in m_b_valid:1', 'in m_b_payload:2', 'in m_busy:1', 'out m_ID:4', 'out m_user_valid:1', 'in m_user_ready:1', 'out m_user_data:1']],
  ['and the opposite from the other side', { s: In(Bus) }, ['in s_aw_valid:1', 'out s_aw_ready:1', 'in s_aw_payload_data:8', 'in s_aw_payload_last:1', 'out s_b_valid:1', 'out s_b_payload:2', 'out s_busy:1', 'in s_ID:4', 'in s_user_valid:1', 'out s_user_ready:1', 'in s_user_data:1']],
  ['interfaces nest, prefixes with them', { p: Out(Pins, { prefix: 'p' }) }, ['out ptx_aw_valid:1', 'in ptx_aw_ready:1', 'out ptx_aw_payload_data:8', 'out ptx_aw_payload_last:1', 'in ptx_b_valid:1', 'in ptx_b_payload:2', 'in ptx_busy:1', 'out ptx_ID:4', 'out ptx_user_valid:1', 'in ptx_user_ready:1', 'out ptx_user_data:1',
    'in praw_valid:1', 'out praw_ready:1', 'in praw_payload_data:8', 'in praw_payload_last:1', 'out prb_valid:1', 'out prb_payload:2', 'out prbusy:1', 'in prID:4', 'in pruser_valid:1', 'out pruser_ready:1', 'in pruser_data:1']],
  ['arrays of streams count', { lanes: In(Vec(Stream(Bool), 2)), axis: Out(Vec(Axis, 2), { prefix: 'm' }) }, ['in lanes_0_valid:1', 'out lanes_0_ready:1', 'in lanes_0_payload:1', 'in lanes_1_valid:1', 'out lanes_1_ready:1', 'in lanes_1_payload:1', 'out m0_tvalid:1', 'in m0_tready:1', 'out m0_tdata:8', 'out m0_tlast:1', 'out m1_tvalid:1', 'in m1_tready:1', 'out m1_tdata:8', 'out m1_tlast:1']],
  ['arrays of arrays too', { grid: In(Vec(Vec(Valid(Bool), 2), 2)) }, ['in grid_0_0_valid:1', 'in grid_0_0_payload:1', 'in grid_0_1_valid:1', 'in grid_0_1_payload:1', 'in grid_1_0_valid:1', 'in grid_1_0_payload:1', 'in grid_1_1_valid:1', 'in grid_1_1_payload:1']],
  ['a flipped port changes sides, its prefix stays', { a: flip(Out(Bus, { prefix: 'x_' })), b: flip(In(UInt(8))) }, ['in x_aw_valid:1', 'out x_aw_ready:1', 'in x_aw_payload_data:8', 'in x_aw_payload_last:1', 'out x_b_valid:1', 'out x_b_payload:2', 'out x_busy:1', 'in x_ID:4', 'in x_user_valid:1', 'out x_user_ready:1', 'in x_user_data:1', 'out b:8']],
  ['a packet is four fields', { rx: In(Stream(Packet(16), { prefix: 't' }), { prefix: 's_' }) }, ['in s_tvalid:1', 'out s_tready:1', 'in s_tuser:1', 'in s_tlast:1', 'in s_tkeep:2', 'in s_tdata:16']],
])('%s', (_rule, ports, leaves) => {
  expect(leavesOf(ports)).toEqual(leaves);
});

test('flipping an interface is the same as looking from the other side', () => {
  expect(leavesOf({ p: Out(flip(Pins)) })).toEqual(leavesOf({ p: In(Pins) }));
  expect(leavesOf({ p: In(flip(flip(Pins))) })).toEqual(leavesOf({ p: In(Pins) }));
});

test('the nets of a module are its leaves, in their order', () => {
  const ports = { m: Out(Stream(Word)), x: In(UInt(3)) };
  const { top } = elaborate(module('m', {}, ports, (io) => { io.m.valid.set(true); io.m.payload.set({ data: 1, last: false }); }));
  expect(top.ports.map(({ kind, name, width, isBool }) => [kind, name, width, isBool])).toEqual([['output', 'm_valid', 1, true], ['input', 'm_ready', 1, true], ['output', 'm_payload_data', 8, false], ['output', 'm_payload_last', 1, true], ['input', 'x', 3, false]]);
});

test('fire is valid and ready, on either side', () => {
  const { top } = elaborate(module('m', {}, { in: In(Stream(Bool)), out: Out(Stream(Bool)), a: Out(Bool), b: Out(Bool) }, (io) => {
    io.out.from(io.in);
    io.a.set(io.in.fire);
    io.b.set(io.out.fire);
  }));
  const driven = (name: string) => {
    const [assign] = top.ports.find((port) => port.name === name)!.drive;
    return assign?.kind === 'assign' ? [assign.value.op, ...assign.value.args.map((arg) => (arg.op === 'net' ? arg.net.name : ''))] : undefined;
  };
  expect([driven('a'), driven('b')]).toEqual([['and', 'in_valid', 'in_ready'], ['and', 'out_valid', 'out_ready']]);
});
