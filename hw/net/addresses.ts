/**
 * The address table: which VM a frame is for, and what a VM's local address is good for.
 *
 * A look-up a cycle, answered two cycles later: destination MAC, VLAN, IP address and port are compared in this order, and
 * the first that nobody has is the cause of a refusal. An entry is read by its index one cycle later.
 * It learns nothing and decides nothing about next hops: entries are what registers say, taken over as a whole.
 */
import { allOf, anyOf, Bool, Bundle, cat, clog2, Enum, In, lit, module, mux, Out, type Read, reg, UInt, Valid, Vec, when } from '@vtoe/hdl';
import { type Config } from '../config.ts';
import { BROADCAST } from '../protocol/ethernet.ts';
import { Ipv4Address, MacAddress, Port, Vlan } from '../tcp/flow-key.ts';

const bits = (count: number): number => Math.max(1, clog2(count));

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
  /** Bytes of IP packets. */
  mtu: UInt(14),
});
export type LocalAddress = Read<typeof LocalAddress>;

/** Why a frame is none of ours. */
export const ADDRESS_REFUSALS = {
  not_our_mac: 'No VM has its destination MAC address.',
  not_our_vlan: 'No VM with that MAC address is in its VLAN.',
  not_our_address: 'No such VM has its IP address.',
  not_our_port: 'No such VM has its port in the range of that address.',
} as const;
export type AddressRefusal = keyof typeof ADDRESS_REFUSALS;
export const Refused = Enum('AddressRefused', ['none', 'not_our_mac', 'not_our_vlan', 'not_our_address', 'not_our_port']);

/** What is asked of a frame; a question that is not asked holds. */
export const AddressQuestion = Bundle('AddressQuestion', {
  mac: MacAddress, vlan: Vlan, address: Ipv4Address, port: Port,
  /** ARP: broadcast is for everybody. */
  broadcast: Bool,
  asks_address: Bool, asks_port: Bool,
});

export function addressShapes({ vms, addressesPerVm }: Pick<Config, 'vms' | 'addressesPerVm'>) {
  const count = vms * addressesPerVm;
  const index = UInt(bits(count));
  return { count, index, Answer: Bundle('AddressAnswer', { refused: Refused, vm: UInt(bits(vms)), index, mac: MacAddress }) };
}

/** Cycles from a question to its answer. */
export const ADDRESS_LATENCY = 2;

export function addresses(config: Pick<Config, 'vms' | 'addressesPerVm'>) {
  const { vms, addressesPerVm } = config;
  const { count, index, Answer } = addressShapes(config);
  return module('addresses', { v: vms, a: addressesPerVm }, {
    /** Entry `index`, v x addressesPerVm + i for address i of VM v, is from now on that. */
    apply: In(Valid(Bundle('AddressApply', { index, entry: LocalAddress }))),
    question: In(Valid(AddressQuestion)),
    answer: Out(Valid(Answer)),
    entry_index: In(index),
    entry: Out(LocalAddress),
  }, (io) => {
    const table = reg(Vec(LocalAddress, count));
    when(io.apply.valid, () => { table.at(io.apply.payload.index).next = io.apply.payload.entry; });

    const asked = io.question.payload;
    const all = Array.from({ length: count }, (_, i) => table.at(i));
    const toAll = asked.broadcast.and(asked.mac.eq(BROADCAST));
    const vector = (holds: (entry: LocalAddress) => Bool) => cat(...all.map((entry) => allOf(entry.valid, holds(entry))).reverse());
    // First cycle: each comparison by itself.
    const first = { valid: reg(Bool), mac: reg(UInt(count)), vlan: reg(UInt(count)), address: reg(UInt(count)), port: reg(UInt(count)) };
    first.valid.next = io.question.valid;
    first.mac.next = vector((entry) => toAll.or(entry.mac.eq(asked.mac)));
    first.vlan.next = vector((entry) => entry.vlan.eq(asked.vlan));
    first.address.next = vector((entry) => asked.asks_address.not().or(entry.address.eq(asked.address)));
    first.port.next = vector((entry) => asked.asks_port.not().or(allOf(entry.first_port.le(asked.port), asked.port.le(entry.last_port))));
    // Second: how far they hold together.
    const vlan = first.mac.and(first.vlan);
    const address = vlan.and(first.address);
    const port = address.and(first.port);
    const answer = { valid: reg(Bool), payload: reg(Answer, { reset: false }) };
    answer.valid.next = first.valid;
    const which = port.priority();
    const refused = mux(first.mac.orR().not(), lit(Refused, 'not_our_mac'), mux(vlan.orR().not(), lit(Refused, 'not_our_vlan'), mux(address.orR().not(), lit(Refused, 'not_our_address'), mux(port.orR().not(), lit(Refused, 'not_our_port'), lit(Refused, 'none')))));
    answer.payload.next = { refused, vm: vmOf(which), index: which, mac: table.at(which).mac };
    io.answer.valid.set(answer.valid);
    io.answer.payload.set(answer.payload);

    const entry = reg(LocalAddress, { reset: false });
    entry.next = table.at(io.entry_index);
    io.entry.set(entry);
    return { table, first, answer, entry_q: entry };
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
