import { anyOf, assert, Bool, connect, In, inst, module, Out, reg, type UInt as Value, when } from '@vtoe/hdl';
import { AxiLite, axiLiteInterconnect, checkAxiLite } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { type Inside, prove, proofText, rewriting } from './prove.ts';

/** Two slaves of 8 bytes; everything else in 32 bytes is a hole. */
const RANGES = { low: { base: 0, size: 8 }, high: { base: 16, size: 8 } };

const goesTo = (addr: Value, { base }: { base: number }) => addr.bits(4, 3).eq(base >> 3);

/** A master that keeps the rules and two slaves that do, and answer in time: the interconnect keeps them, loses nothing and always answers. */
const design = module('interconnect_proof', {}, { s: In(AxiLite(5)), low: Out(AxiLite(3)), high: Out(AxiLite(3)) }, ({ s, low, high }) => {
  const dut = inst(axiLiteInterconnect(5, RANGES), { s });
  connect(low, dut.m.low);
  connect(high, dut.m.high);
  const of_s = checkAxiLite(s, { name: 's', master: 'assume', outstanding: 3, patience: 6 });
  const of_low = checkAxiLite(low, { name: 'low', slave: 'assume', outstanding: 1, patience: 1 });
  const of_high = checkAxiLite(high, { name: 'high', slave: 'assume', outstanding: 1, patience: 1 });

  const write = reg(s.aw.payload.shape), data = reg(s.w.payload.shape), read = reg(s.ar.payload.shape);
  when(s.aw.fire, () => { write.next = s.aw.payload; });
  when(s.w.fire, () => { data.next = s.w.payload; });
  when(s.ar.fire, () => { read.next = s.ar.payload; });
  // Once for each access of the master.
  const sentAddress = reg(Bool), sentData = reg(Bool), sentRead = reg(Bool);
  for (const [sent, up, down, done] of [[sentAddress, low.aw, high.aw, s.b], [sentData, low.w, high.w, s.b], [sentRead, low.ar, high.ar, s.r]] as const) {
    when(anyOf(up.fire, down.fire), () => { sent.next = true; }).elsewhen(done.fire, () => { sent.next = false; });
    assert(anyOf(up.valid, down.valid).and(sent).not(), 'an access goes to a slave once');
    assert(up.valid.and(down.valid).not(), 'an access goes to one slave');
  }
  for (const [range, port] of [[RANGES.low, low], [RANGES.high, high]] as const) {
    when(port.aw.valid, () => assert(goesTo(write.addr, range).and(port.aw.payload.addr.eq(write.addr.trunc(3))).and(port.aw.payload.prot.eq(write.prot)), 'a write goes where its address says'));
    when(port.w.valid, () => assert(goesTo(write.addr, range).and(port.w.payload.eq(data)), 'data follow their address unchanged'));
    when(port.ar.valid, () => assert(goesTo(read.addr, range).and(port.ar.payload.addr.eq(read.addr.trunc(3))).and(port.ar.payload.prot.eq(read.prot)), 'a read goes where its address says'));
    when(s.b.valid.and(goesTo(write.addr, range)), () => assert(port.b.valid.and(s.b.payload.eq(port.b.payload)).and(port.b.ready.eq(s.b.ready)), 'a response is that of the slave'));
    when(s.r.valid.and(goesTo(read.addr, range)), () => assert(port.r.valid.and(s.r.payload.eq(port.r.payload)).and(port.r.ready.eq(s.r.ready)), 'read data are those of the slave'));
  }
  when(s.b.valid.and(write.addr.bit(3)), () => assert(s.b.payload.resp.is('DECERR'), 'a write to a hole is answered with DECERR'));
  when(s.r.valid.and(read.addr.bit(3)), () => assert(s.r.payload.resp.is('DECERR'), 'a read from a hole is answered with DECERR'));
  return { dut, of_s, of_low, of_high, write, data, read, sentAddress, sentData, sentRead };
});

/** How the interconnect's state follows from what it was asked and what it sent on. */
const inside: Inside = {
  declare: [
    ...['write_haveAddress', 'write_haveData', 'write_sentAddress', 'write_sentData', 'read_haveAddress', 'read_sentAddress'].map((name) => `  (* hierconn *) wire \\dut.${name} ;\n  wire ${name} = \\dut.${name} ;`),
    ...['write_selected', 'read_selected'].map((name) => `  (* hierconn *) wire [1:0] \\dut.${name} ;\n  wire [1:0] ${name} = \\dut.${name} ;`),
    ...[['write_address_addr', 5], ['write_address_prot', 3], ['write_data_data', 32], ['write_data_strb', 4], ['read_address_addr', 5], ['read_address_prot', 3]]
      .map(([name, width]) => `  (* hierconn *) wire [${Number(width) - 1}:0] \\dut.${name} ;`),
    '  wire writing = write_haveAddress && write_haveData && write_selected != 0;',
    '  wire reading = read_haveAddress && read_selected != 0;',
    '  wire [3:0] write_steps = {2\'b0, write_sentAddress} + write_sentData;',
  ],
  invariants: [
    'of_s_addresses == write_haveAddress', 'of_s_data == write_haveData', 'of_s_reads == read_haveAddress',
    '!write_sentAddress || write_haveAddress', '!write_sentData || (write_haveAddress && write_haveData)', '!read_sentAddress || read_haveAddress',
    'sentAddress == write_sentAddress', 'sentData == write_sentData', 'sentRead == read_sentAddress',
    "!write_haveAddress || write_selected == (write_addr[3] ? 2'd0 : write_addr[4] ? 2'd2 : 2'd1)",
    "!read_haveAddress || read_selected == (read_addr[3] ? 2'd0 : read_addr[4] ? 2'd2 : 2'd1)",
    '!write_haveAddress || (\\dut.write_address_addr == write_addr && \\dut.write_address_prot == write_prot)',
    '!write_haveData || (\\dut.write_data_data == data_data && \\dut.write_data_strb == data_strb)',
    '!read_haveAddress || (\\dut.read_address_addr == read_addr && \\dut.read_address_prot == read_prot)',
    '!write_sentAddress && !write_sentData || write_selected != 0', '!read_sentAddress || read_selected != 0',
    'of_low_addresses == (write_sentAddress && write_selected == 1)', 'of_low_data == (write_sentData && write_selected == 1)',
    'of_high_addresses == (write_sentAddress && write_selected == 2)', 'of_high_data == (write_sentData && write_selected == 2)',
    'of_low_reads == (read_sentAddress && read_selected == 1)', 'of_high_reads == (read_sentAddress && read_selected == 2)',
    // Each of the slave's three (two) steps may take its patience of 1 cycle, and one more in which the step happens.
    '{1\'b0, of_s_writeWait} <= (writing ? 2 * write_steps + (write_selected == 1 ? of_low_writeWait : of_high_writeWait) : 0)',
    '{1\'b0, of_s_readWait} <= (reading ? 2 * read_sentAddress + (read_selected == 1 ? of_low_readWait : of_high_readWait) : 0)',
  ],
};

test('it keeps the protocol on all sides, loses nothing and always answers', async () => {
  expect(proofText(await prove(design, { depth: 4, inside: { interconnect_proof: inside } }))).toBe('proven by induction over 2 cycles');
});

test.each([
  ['takes an address before the last one was answered', 's_awready = ~write_haveAddress', "s_awready = 1'b1", 6],
  ['answers for a hole before it has the data', 'write_hole ? write_haveAddress & write_haveData', 'write_hole ? write_haveAddress', 5],
  ['sends data without an address', 'm_low_wvalid = m_low_awvalid_t0 &', 'm_low_wvalid =', 5],
  ['mistakes a hole for a slave', "s_araddr[4:3] == 2'd2", "s_araddr[4] == 1'd1", 5],
  ['answers OKAY for a hole', 's_rresp = read_selected[1] ? m_high_rresp : read_selected[0] ? m_low_rresp : AxiResponse_DECERR', 's_rresp = read_selected[1] ? m_high_rresp : m_low_rresp', 5],
  ['asks a slave again after it has answered', 'm_high_arvalid = m_high_arvalid_t0 & ~read_sentAddress', 'm_high_arvalid = m_high_arvalid_t0', 6],
  ['never takes the answer', 'm_low_rready = m_low_arvalid_t0 & read_sentAddress & s_rready', "m_low_rready = 1'b0", 6],
  ['hangs after its first read', "read_sentAddress <= 1'b1", "read_sentAddress <= 1'b0", 10],
] as const)('one that %s is found', async (_what, from, to, depth) => {
  const proof = await prove(design, { depth, method: 'bounded', plant: rewriting(from, to) });
  expect(proofText(proof)).toMatch(/^violated/);
  console.log(_what, proofText(proof).split('\n')[0]);
});
