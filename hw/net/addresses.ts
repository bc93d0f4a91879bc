/**
 * The address table: which VM a frame is for, and what a VM's local address is good for.
 *
 * A look-up a cycle, answered two cycles later; an entry is read by its index one cycle later.
 * It learns nothing and decides nothing about next hops: entries are what registers say, taken over as a whole.
 */
import { allOf, anyOf, Bool, Bundle, cat, clog2, In, lit, module, mux, Out, type Read, reg, UInt, Valid, Vec, when } from '@vtoe/hdl';
import type { Config } from '../config.ts';
import { Ipv4Address, MacAddress, Port, Vlan } from '../tcp/flow-key.ts';

const bits = (count: number): number => Math.max(1, clog2(count));

/** Bytes of IP packets. */
export const Mtu = UInt(14);

/** A local address of a VM, as its registers have it. */
export const LocalAddress = Bundle('LocalAddress', {
  valid: Bool,
  /** 0 without a tag. */
  vlan: Vlan,
  tagged: Bool,
  address: Ipv4Address,
  first_port: Port, last_port: Port,
  mac: MacAddress,
  prefix_bits: UInt(6),
  gateway: Ipv4Address,
  mtu: Mtu,
});
export type LocalAddress = Read<typeof LocalAddress>;

/** Whose is this? `port` is ours, and counts for segments; `destination` is the MAC address that the frame was sent to. */
export const AddressQuestion = Bundle('AddressQuestion', { vlan: Vlan, address: Ipv4Address, port: Port, destination: MacAddress });

export function AddressAnswer(config: Pick<Config, 'vms' | 'addressesPerVm'>) {
  const { vms, addressesPerVm } = config;
  return Bundle(`AddressAnswer_v${bits(vms)}_a${bits(vms * addressesPerVm)}`, {
    /** An entry has this VLAN and address; `mac` is its MAC address. */
    address_ours: Bool,
    /** One has the port too: `index`, `vm`, `mac` and `mtu` are of that one. */
    found: Bool,
    index: addressShapes(config).index,
    vm: UInt(bits(vms)),
    mac: MacAddress,
    mtu: Mtu,
    /** `destination` is the MAC address of an entry. */
    mac_ours: Bool,
  });
}

export function addressShapes({ vms, addressesPerVm }: Pick<Config, 'vms' | 'addressesPerVm'>) {
  const count = vms * addressesPerVm;
  return { count, index: UInt(bits(count)) };
}

/** An entry that takes effect. */
export const AddressApply = (config: Pick<Config, 'vms' | 'addressesPerVm'>) => Bundle('AddressApply', { index: addressShapes(config).index, entry: LocalAddress });

/** Cycles from a question to its answer. */
export const ADDRESS_LATENCY = 2;

/** @param readers ports that give an entry by its index */
export function addresses(config: Pick<Config, 'vms' | 'addressesPerVm'>, readers = 1) {
  const { vms, addressesPerVm } = config;
  const { count, index } = addressShapes(config);
  const Answer = AddressAnswer(config);
  return module('addresses', { v: vms, a: addressesPerVm, r: readers }, {
    /** Entry `index`, v x addressesPerVm + i for address i of VM v, is from now on that. */
    apply: In(Valid(AddressApply(config))),
    question: In(Valid(AddressQuestion)),
    answer: Out(Valid(Answer)),
    entry_index: In(Vec(index, readers)),
    entry: Out(Vec(LocalAddress, readers)),
  }, (io) => {
    const table = reg(Vec(LocalAddress, count));
    when(io.apply.valid, () => { table.at(io.apply.payload.index).next = io.apply.payload.entry; });

    const asked = io.question.payload;
    const all = Array.from({ length: count }, (_, i) => table.at(i));
    const vector = (holds: (entry: LocalAddress) => Bool) => cat(...all.map((entry) => allOf(entry.valid, holds(entry))).reverse());
    // First cycle: each comparison by itself.
    const first = { valid: reg(Bool), mac: reg(UInt(count)), vlan: reg(UInt(count)), address: reg(UInt(count)), port: reg(UInt(count)) };
    first.valid.next = io.question.valid;
    first.mac.next = vector((entry) => entry.mac.eq(asked.destination));
    first.vlan.next = vector((entry) => entry.vlan.eq(asked.vlan));
    first.address.next = vector((entry) => entry.address.eq(asked.address));
    first.port.next = vector((entry) => allOf(entry.first_port.le(asked.port), asked.port.le(entry.last_port)));
    // Second: how far they hold together. VMs may share an address: that VM's entry counts whose range has the port.
    const here = first.vlan.and(first.address);
    const mine = here.and(first.port);
    const which = mux(mine.orR(), mine, here).priority();
    const answer = { valid: reg(Bool), payload: reg(Answer, { reset: false }) };
    answer.valid.next = first.valid;
    answer.payload.next = { address_ours: here.orR(), found: mine.orR(), index: which, vm: vmOf(which), mac: table.at(which).mac, mtu: table.at(which).mtu, mac_ours: first.mac.orR() };
    io.answer.valid.set(answer.valid);
    io.answer.payload.set(answer.payload);

    const entries = Array.from({ length: readers }, (_, i) => {
      const entry = reg(LocalAddress, { reset: false });
      // Between questions the index may be anything, also that of no entry.
      const asked = io.entry_index.at(i);
      entry.next = table.at(mux(asked.zext(asked.width + 1).lt(count), asked, 0));
      io.entry.at(i).set(entry);
      return entry;
    });
    return { table, first, answer, entries };
  });

  /** `addressesPerVm` is a power of two. */
  function vmOf(entry: UInt): UInt {
    if (vms === 1) return lit(UInt(1), 0);
    return entry.shr(clog2(addressesPerVm)).trunc(bits(vms));
  }
}

/** The next hop: the destination itself, if it is on the link of the local address, else its gateway. */
export function nextHop(local: LocalAddress, destination: UInt): UInt {
  const differs = local.address.xor(destination);
  // Bits of the prefix that differ: none, if the destination is on the link. A shift by 32 leaves nothing.
  const inPrefix = differs.shr(lit(UInt(6), 32).sub(local.prefix_bits));
  return mux(anyOf(inPrefix.eq(0), local.prefix_bits.eq(0)), destination, local.gateway);
}
