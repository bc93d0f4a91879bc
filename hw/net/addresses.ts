/**
 * The address table: which VM a frame is for, and what a VM's local address is good for.
 *
 * A look-up walks over the entries, in as many cycles as a minimum-size frame takes at most: an entry found in cycle n of them is
 * answered two cycles later; an entry is read by its index one cycle later.
 * It learns nothing and decides nothing about next hops: entries are what registers say, taken over as a whole.
 */
import { allOf, anyOf, Bool, Bundle, cat, clog2, type Data, In, lit, mem, module, mux, Out, type Read, reg, Stream, UInt, Valid, Vec, when } from '@vtoe/hdl';
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

/** Cycles from the look at an entry to the answer that it gives. */
export const ADDRESS_LATENCY = 2;
/** A frame of minimum size takes 84 bytes of wire: this many bits, rounded down to a power of two, of the stream. */
const MINIMUM_FRAME_BITS = 512;

/** Looks at the table until all of it is seen. */
export function addressSteps({ vms, addressesPerVm, datapathBits }: AddressConfig): number {
  return Math.min(MINIMUM_FRAME_BITS / datapathBits, 2 ** clog2(vms * addressesPerVm));
}

type AddressConfig = Pick<Config, 'vms' | 'addressesPerVm' | 'datapathBits'>;

/** @param readers ports that give an entry by its index */
export function addresses(config: AddressConfig, readers = 1) {
  const { vms, addressesPerVm } = config;
  const { count, index } = addressShapes(config);
  const Answer = AddressAnswer(config);
  const steps = addressSteps(config);
  /** Entries that are looked at together: the lower bits of an index. */
  const lanes = 2 ** clog2(count) / steps;
  const [stepBits, laneBits] = [clog2(steps), clog2(lanes)];
  const laneOf = (at: UInt): UInt => (laneBits === 0 ? lit(UInt(1), 0) : at.trunc(laneBits));
  const stepOf = (at: UInt): UInt => (stepBits === 0 ? lit(UInt(1), 0) : at.shr(laneBits).trunc(stepBits));
  const indexOf = (step: UInt, lane: UInt): UInt => {
    const parts = [...(stepBits === 0 ? [] : [step]), ...(laneBits === 0 ? [] : [lane])];
    return parts.length === 0 ? lit(index, 0) : cat(...parts);
  };

  return module('addresses', { v: vms, a: addressesPerVm, r: readers, s: steps }, {
    /** Entry `index`, v x addressesPerVm + i for address i of VM v, is from now on that. */
    apply: In(Valid(AddressApply(config))),
    question: In(Stream(AddressQuestion)),
    answer: Out(Valid(Answer)),
    entry_index: In(Vec(index, readers)),
    entry: Out(Vec(LocalAddress, readers)),
  }, (io) => {
    const { payload: { index: place, entry: comes } } = io.apply;
    const counts = reg(Vec(Bool, 2 ** index.width));
    const kept = <T extends Data>(shape: T, depth: number) => mem(shape, depth, { style: 'distributed' });
    /** As readers have them, as answers have them, and of each lane what is compared. */
    const whole = kept(LocalAddress, 2 ** index.width);
    const owners = kept(Bundle('AddressOwner', { mac: MacAddress, mtu: Mtu }), 2 ** index.width);
    const Compared = Bundle('AddressCompared', { vlan: Vlan, address: Ipv4Address, first_port: Port, last_port: Port, mac: MacAddress });
    const compared = Array.from({ length: lanes }, () => (steps === 1 ? { only: reg(Compared, { reset: false }) } : { several: kept(Compared, steps) }));
    when(io.apply.valid, () => {
      counts.at(place).next = comes.valid;
      whole.write(place, comes);
      owners.write(place, { mac: comes.mac, mtu: comes.mtu });
    });
    for (const [lane, memory] of compared.entries()) {
      const { vlan, address, first_port, last_port, mac } = comes;
      const entry = { vlan, address, first_port, last_port, mac };
      when(allOf(io.apply.valid, laneOf(place).eq(lane)), () => {
        if (memory.only === undefined) memory.several.write(stepOf(place), entry);
        else memory.only.next = entry;
      });
    }

    // First cycle of a step: each comparison by itself.
    const asked = io.question.payload;
    const step = reg(UInt(Math.max(1, stepBits)));
    const looked = compared.map((memory, lane) => ({ counts: counts.at(indexOf(step, lit(UInt(Math.max(1, laneBits)), lane))), entry: memory.only ?? memory.several.read(step) }));
    const vector = (holds: (entry: (typeof looked)[number]['entry']) => Bool) => cat(...looked.map(({ counts, entry }) => allOf(counts, holds(entry))).reverse());
    const first = { valid: reg(Bool), last: reg(Bool), step: reg(step.shape), mac: reg(UInt(lanes)), vlan: reg(UInt(lanes)), address: reg(UInt(lanes)), port: reg(UInt(lanes)) };
    const last = step.eq(steps - 1);
    first.last.next = last;
    first.step.next = step;
    first.mac.next = vector((entry) => entry.mac.eq(asked.destination));
    first.vlan.next = vector((entry) => entry.vlan.eq(asked.vlan));
    first.address.next = vector((entry) => entry.address.eq(asked.address));
    first.port.next = vector((entry) => allOf(entry.first_port.le(asked.port), asked.port.le(entry.last_port)));

    // Second: how far they hold together, with the steps before. VMs may share an address: that VM's entry counts whose range has the port.
    const before = { here: reg(Bool), mine: reg(Bool), mac: reg(Bool), which: reg(index) };
    const begun = first.step.ne(0);
    const here = first.vlan.and(first.address);
    const mine = here.and(first.port);
    const [hereBefore, mineBefore] = [begun.and(before.here), begun.and(before.mine)];
    const stays = mineBefore.or(hereBefore.and(mine.eq(0)));
    const which = mux(stays, before.which, indexOf(first.step, mux(mine.orR(), mine, here).priority().zext(Math.max(1, laneBits))));
    const sofar = { here: hereBefore.or(here.orR()), mine: mineBefore.or(mine.orR()), mac: first.mac.orR().or(begun.and(before.mac)) };
    when(first.valid, () => {
      before.here.next = sofar.here;
      before.mine.next = sofar.mine;
      before.mac.next = sofar.mac;
      before.which.next = which;
    });
    // All is known: what else the table has changes nothing, and the question is not held any longer.
    const enough = allOf(first.valid, first.last.not(), sofar.mine, sofar.mac);
    first.valid.next = allOf(io.question.valid, enough.not());
    io.question.ready.set(last.or(enough));
    when(io.question.valid, () => { step.next = mux(io.question.ready, lit(step.shape, 0), step.add(1)); });
    const answer = { valid: reg(Bool), payload: reg(Answer, { reset: false }) };
    answer.valid.next = allOf(first.valid, first.last.or(enough));
    const { mac, mtu } = owners.read(which);
    answer.payload.next = { address_ours: sofar.here, found: sofar.mine, index: which, vm: vmOf(which), mac, mtu, mac_ours: sofar.mac };
    io.answer.valid.set(answer.valid);
    io.answer.payload.set(answer.payload);

    // Between questions the index may be anything, also that of no entry.
    const entries = Array.from({ length: readers }, (_, i) => {
      const entry = reg(LocalAddress, { reset: false });
      const at = io.entry_index.at(i);
      entry.next = whole.read(at);
      entry.valid.next = counts.at(at);
      io.entry.at(i).set(entry);
      return entry;
    });
    return { counts, whole, owners, compared, step, first, before, enough, answer, entries };
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
