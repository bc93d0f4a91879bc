/** The registers of a build in hardware, and what of them takes effect as a whole. */
import { Bool, clog2, inst, lit, mux, reg, scope, UInt, Valid, wire } from '@vtoe/hdl';
import { registerBank } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { DmaWindow } from '../dma/windows.ts';
import { AddressApply, addressShapes } from '../net/addresses.ts';
import { registerMap } from '../registers.ts';
import { indexBits } from './events.ts';

/** An instance of the bank: `axil` towards software, `regs` towards hardware. */
export const engineBank = (c: Config) => inst(registerBank(registerMap(c)), {});
/** All registers, as hardware sees them. */
export type EngineRegisters = ReturnType<typeof engineBank>['regs'];

/** Bits of an address below the number of its page. */
const PAGE_SHIFT = 12;
const pageOf = (address: UInt): UInt => address.bits(63, PAGE_SHIFT);

/** The window whose `apply` was written: the bank's memories answer a cycle after they are asked. */
export const appliedWindow = (c: Config, regs: EngineRegisters) => scope('applied', () => {
  const { vms, windowsPerVm } = c;
  const { apply, guest, host, limit } = regs.window;
  const now = { valid: reg(Bool), index: reg(apply.payload.index.shape), counts: reg(Bool), writable: reg(Bool) };
  for (const { index } of [guest, host, limit]) index.set(apply.payload.index);
  now.valid.next = apply.valid;
  now.index.next = apply.payload.index;
  now.counts.next = apply.payload.value.valid;
  now.writable.next = apply.payload.value.writable;
  const bits = clog2(windowsPerVm);
  const window = wire(Valid(DmaWindow(c)));
  window.valid.set(now.valid);
  window.payload.set({
    vm: vms === 1 ? lit(UInt(1), 0) : now.index.shr(bits).trunc(indexBits(vms)), index: bits === 0 ? lit(UInt(1), 0) : now.index.trunc(bits),
    guest_page: pageOf(guest.value), host_page: pageOf(host.value), pages: mux(now.counts, pageOf(limit.value), 0), writable: now.writable,
  });
  return { window, now };
}).window;

/** The local address whose `apply` was written. */
export const appliedAddress = (c: Config, regs: EngineRegisters) => scope('applied', () => {
  const { apply, address, ports, mac, gateway, link, prefix } = regs.address;
  const now = { valid: reg(Bool), index: reg(addressShapes(c).index), counts: reg(Bool) };
  for (const { index } of [address, ports, mac, gateway, link, prefix]) index.set(apply.payload.index);
  now.valid.next = apply.valid;
  now.index.next = apply.payload.index;
  now.counts.next = apply.payload.value.valid;
  const applied = wire(Valid(AddressApply(c)));
  applied.valid.set(now.valid);
  applied.payload.set({
    index: now.index,
    entry: {
      valid: now.counts, vlan: link.value.vlan, tagged: link.value.tagged, address: address.value, first_port: ports.value.first, last_port: ports.value.last,
      mac: mac.value, prefix_bits: prefix.value.bits, gateway: gateway.value, mtu: link.value.mtu,
    },
  });
  return { applied, now };
}).applied;
