/** Proofs, for every behaviour of the bus and of hardware: the rules of AXI4-Lite, no hang, and pages that are nobody else's. */
import { anyConst, assert, assume, Bool, In, inst, lit, module, mux, past, reg, UInt, when } from '@vtoe/hdl';
import { AxiLite, checkAxiLite, field, flag, group, registerBank, registers, rw, w1c } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { proofText, prove, rewriting } from './prove.ts';

const bank = registers({
  name: 'proven', doc: 'Small enough for a proof.', registers: {
    page: group('A page.', {
      control: rw('Control.', { mode: field(2, 'Mode.'), enable: flag('Enable.', { at: 8 }) }),
      limit: rw('Limit.', 2, { indexed: true }),
      irq: w1c('Interrupts.', { done: flag('Done.') }),
    }, { count: 3, stride: 16 }),
  },
});

const ADDRESS = AxiLite(bank.layout.addressWidth);
const axil = In(ADDRESS, { prefix: 's_axil_' });

/** The bank, with all of hardware's inputs free. */
function bankOf(io: { readonly axil: Parameters<typeof checkAxiLite>[0]; readonly set: UInt; readonly index: UInt }) {
  const inner = inst(registerBank(bank), { axil: io.axil as never });
  inner.regs.page.irq.set.set([0, 1, 2].map((i) => ({ done: io.set.bit(i) })));
  inner.regs.page.limit.index.set(mux(io.index.lt(3), io.index, 0));
  return inner;
}

const ports = { axil, set: In(UInt(3)), index: In(UInt(2)) };

const rules = module('proven_rules', {}, ports, (io) => {
  const inner = bankOf(io);
  return { inner, rules: checkAxiLite(io.axil, { master: 'assume', outstanding: 3, patience: 6 }) };
});

/** What one page holds changes by writes to that page only. */
const isolation = module('proven_isolation', {}, ports, (io) => {
  const inner = bankOf(io);
  const { control, irq } = inner.regs.page;
  const page = anyConst(UInt(2));
  assume(page.lt(3), 'there are three pages');
  const address = reg(UInt(bank.layout.addressWidth));
  const held = reg(Bool);
  when(io.axil.aw.valid.and(io.axil.aw.ready), () => {
    address.next = io.axil.aw.payload.addr;
    held.next = true;
  });
  const mine = held.and(address.bits(bank.layout.addressWidth - 1, 4).eq(page));
  const index = mux(page.lt(3), page, 0);
  const wasMine = past(mine), running = past(lit(Bool, true));
  when(running.and(wasMine.not()), () => {
    assert(control.at(index).eq(past(control.at(index))), 'control changes by a write to its page');
    assert(past(irq.value.at(index).done).and(irq.value.at(index).done.not()).not(), 'an interrupt is cleared by a write to its page');
  });
  return { inner, page, address, held };
});

/** What is known of the bank's inside: a channel is taken, looked up, or answered, and the checker counts the same. */
const inside = {
  declare: ['addressHeld', 'dataHeld', 'answered'].map((name) => `  (* hierconn *) wire \\inner.write_${name} ;`)
    .concat(['held', 'answered', 'fire'].map((name) => `  (* hierconn *) wire \\inner.read_${name} ;`))
    .concat(['write', 'read'].map((name) => `  (* hierconn *) wire [1:0] \\inner.${name}_response ;`)),
  invariants: [
    'rules_addresses == {1\'b0, \\inner.write_addressHeld } + {1\'b0, \\inner.write_answered }',
    'rules_data == {1\'b0, \\inner.write_dataHeld } + {1\'b0, \\inner.write_answered }',
    'rules_reads == {1\'b0, \\inner.read_held } + {1\'b0, \\inner.read_answered }',
    '!\\inner.read_fire || (\\inner.read_held && !\\inner.read_answered )',
    '\\inner.write_response != 2\'d1 && \\inner.read_response != 2\'d1',
  ],
};

/** The address that the bank holds is the one that was taken last. */
const taken = {
  declare: ['  (* hierconn *) wire \\inner.write_addressHeld ;', `  (* hierconn *) wire [${bank.layout.addressWidth - 1}:0] \\inner.write_address ;`],
  invariants: ['!\\inner.write_addressHeld || (held && address == \\inner.write_address )'],
};

test('keeps the rules of AXI4-Lite and answers within six cycles of the master', async () => {
  expect(proofText(await prove(rules, { depth: 5, inside: { proven_rules: inside } }))).toBe('proven by induction over 4 cycles');
});

test('a page is changed through itself only', async () => {
  expect(proofText(await prove(isolation, { depth: 3, inside: { proven_isolation: taken } }))).toBe('proven by induction over 2 cycles');
});

test.each([
  ['a write goes to the first page', isolation, 'case (write_in_page_index)', "case (2'd0)"],
  ['a write is answered without its data', rules, 'write_addressHeld & write_dataHeld & ~write_answered', 'write_addressHeld & ~write_answered'],
  ['a read is forgotten', rules, 'read_fire <= read_issue', 'read_fire <= read_issue & read_mapped'],
] as const)('the proofs see it when %s', async (_what, design, from, to) => {
  expect((await prove(design, { depth: 12, method: 'bounded', plant: rewriting(from, to) })).result).toBe('violated');
});
