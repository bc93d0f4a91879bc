import { allOf, anyConst, assert, In, inst, module, past, reg, rose, type UInt as Value, UInt, when } from '@vtoe/hdl';
import { AxiLite, checkAxiLite, group, pulse, registerBank, registers, rw } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { type Inside, prove, proofText, rewriting } from './prove.ts';

/** Two pages of 8 bytes: a register of 16 bits, and a doorbell. */
const bank = registers({
  name: 'pair', doc: 'Two pages.',
  registers: { page: group('A page.', { value: rw('What is kept.', 16), bell: pulse('What is rung.', 8) }, { count: 2, stride: 8 }) },
});

const design = module('bank_proof', {}, { s: In(AxiLite(4)) }, ({ s }) => {
  const dut = inst(registerBank(bank), { axil: s });
  const { value, bell } = dut.regs.page;
  const rules = checkAxiLite(s, { name: 's', master: 'assume', outstanding: 2, patience: 3 });

  // The write and the read that were taken last.
  const write = reg(s.aw.payload.shape), data = reg(s.w.payload.shape), read = reg(s.ar.payload.shape);
  when(s.aw.fire, () => { write.next = s.aw.payload; });
  when(s.w.fire, () => { data.next = s.w.payload; });
  when(s.ar.fire, () => { read.next = s.ar.payload; });
  const both = rules.addresses.ne(0).and(rules.data.ne(0));

  // Of any page: what is in it changes only by a write to it, in the cycle before the response, as its strobes say.
  const page = anyConst(UInt(1));
  const now = page.asBool();
  const kept = pick(now, value);
  const before = past(kept);
  const merged = [0, 1].map((byte) => [data.strb.bit(byte), data.data.bits(8 * byte + 7, 8 * byte), before.bits(8 * byte + 7, 8 * byte)] as const);
  const hit = (addr: Value, word: number) => addr.bits(3, 2).eq(page.zext(2).shl(1).or(word));
  when(kept.ne(before), () => assert(allOf(rose(s.b.valid), hit(past(write.addr), 0), past(both)), 'a page changes by a write to it only'));
  when(rose(s.b.valid).and(hit(write.addr, 0)).and(write.addr.trunc(2).eq(0)), () => {
    for (const [byte, [strobe, written, old]] of merged.entries()) {
      const is = kept.bits(8 * byte + 7, 8 * byte);
      when(strobe, () => assert(is.eq(written), 'a write reaches the bytes of its strobes')).otherwise(() => assert(is.eq(old), 'a write leaves other bytes alone'));
    }
  });
  when(rose(s.r.valid).and(hit(read.addr, 0)).and(read.addr.trunc(2).eq(0)), () => assert(s.r.payload.data.eq(before.zext(32)), 'a read gives what was there in the cycle before its response'));
  when(bell.valid, () => {
    assert(both.and(write.addr.eq(bell.payload.index.zext(4).shl(3).add(4))), 'a doorbell rings by a write to it only');
    assert(bell.payload.value.eq(data.data.trunc(8)).and(data.strb.bit(0)), 'a doorbell rings with what was written');
  });
  return { dut, rules, write, data, read, page };
});

function pick(second: ReturnType<Value['asBool']>, pages: { at(i: number): Value }): Value {
  return pages.at(0).and(second.not().repeat(16)).or(pages.at(1).and(second.repeat(16)));
}

test('a page changes by writes to it only, is read as it is, and the bus keeps its protocol and always answers', async () => {
  const see = (name: string, width = 1) => `  (* hierconn *) wire [${width - 1}:0] \\dut.${name} ;\n  wire [${width - 1}:0] ${name} = \\dut.${name} ;`;
  const bank_proof: Inside = {
    declare: [
      see('write_addressHeld'), see('write_dataHeld'), see('write_answered'), see('write_address', 4), see('write_data', 32), see('write_strobes', 4),
      see('read_held'), see('read_answered'), see('read_address', 4),
    ],
    invariants: [
      'rules_addresses == {1\'b0, write_addressHeld} + write_answered', 'rules_data == {1\'b0, write_dataHeld} + write_answered', 'rules_reads == {1\'b0, read_held} + read_answered',
      '!write_addressHeld || write_address == write_addr', '!write_dataHeld || (write_data == data_data && write_strobes == data_strb)', '!read_held || read_address == read_addr',
      'rules_writeWait <= write_answered', 'rules_readWait <= read_answered',
    ],
  };
  expect(proofText(await prove(design, { depth: 4, inside: { bank_proof } }))).toMatch(/^proven by induction over [23] cycles$/);
});

test.each([
  ['writes to the other page', "1'b0: state_page_value_0 <= {", "1'b0: state_page_value_1 <= {", 'a page changes by a write to it only'],
  ['ignores a strobe', 'write_strobes[1] ? write_data[15:8] : state_page_value_0[15:8]', 'write_data[15:8]', 'a write leaves other bytes alone'],
  ['rings without a strobe', 'if (write_strobes[0]) begin', "if (1'b1) begin", 'a doorbell rings with what was written'],
  ['answers a write before it has happened', 's_axil_bvalid = write_answered', 's_axil_bvalid = write_answered | write_fire', ''],
  ['takes its answer back', 'if (s_axil_bvalid & s_axil_bready)', 'if (s_axil_bvalid)', 's: BVALID must not fall before BREADY'],
  ['answers a write without data', 'write_fire = write_addressHeld & write_dataHeld', 'write_fire = write_addressHeld', 'a doorbell rings'],
])('a bank that %s is found', async (_what, from, to, sentence) => {
  const proof = await prove(design, { depth: 6, method: 'bounded', plant: rewriting(from, to) });
  expect(proofText(proof)).toMatch(/^violated/);
  expect(proofText(proof)).toContain(sentence);
});
