/**
 * A register bank with hardware behind it: a doorbell that adds to a counter and sets an interrupt.
 *
 * Timing is the bank's: an access every two or three cycles; the counter follows its doorbell a cycle later.
 * It has no use but to show that both sides of a bank see the same.
 */
import { Enum, In, inst, module, Out, UInt, when } from '@vtoe/hdl';
import { AxiLite, constant, counter64, field, flag, group, pulse, registerBank, registers, rw, w1c } from '@vtoe/hdl/lib';

export const PAGES = 8;

const Mode = Enum('BankMode', ['Off', 'Slow', 'Fast']);

export const doorbellBank = registers({
  name: 'bells', doc: 'Doorbells, a page each.',
  registers: {
    identity: constant('What this is.', { magic: field(16, 'Tells that it is there.', { reset: 0x704e }), version: field(8, 'Of the layout.', { reset: 3 }) }),
    control: rw('Of all pages.', { enable: flag('Anything at all.'), mode: field(Mode, 'How fast.'), weight: field(12, 'Of what is served.', { at: 16 }) }),
    scratch: rw('Anything.', 64),
    page: group('One doorbell.', {
      base: rw('Where its ring starts.', 64, { indexed: true }),
      bell: pulse('Rings it.', { amount: field(16, 'How much is new.') }),
      irq: w1c('Interrupts that wait.', { rung: flag('The bell was rung.'), large: flag('By 32,768 or more.') }),
      served: counter64('All that was rung in.', { by: 16 }),
    }, { count: PAGES, stride: 64, offset: 0x400 }),
  },
});

export const doorbells = module('doorbells', {}, {
  axil: In(AxiLite(doorbellBank.layout.addressWidth), { prefix: 's_axil_' }),
  weight: Out(UInt(12)),
}, (io) => {
  const bank = inst(registerBank(doorbellBank), { axil: io.axil });
  const { bell, irq, served } = bank.regs.page;
  const { index, value: { amount } } = bell.payload;
  irq.set.set(Array.from({ length: PAGES }, () => ({ rung: false, large: false })));
  served.set(Array.from({ length: PAGES }, () => 0));
  when(bell.valid, () => {
    irq.set.at(index).set({ rung: true, large: amount.bit(15) });
    served.at(index).set(amount);
  });
  bank.regs.page.base.index.set(index);
  io.weight.set(bank.regs.control.weight);
  return { bank };
});
