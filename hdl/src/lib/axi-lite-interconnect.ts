/**
 * Connects one AXI4-Lite master to several slaves by ranges of addresses; addresses outside of all ranges are answered with DECERR.
 *
 * One write and one read are outstanding at a time, in parallel; it adds one cycle of latency to a request and none to
 * a response, so a slave that answers in the cycle after its request gives one access each way every 3 cycles.
 * It has no timeout: a slave that never answers blocks its direction. It does not look at AxPROT.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { anyOf, Bool, cat, In, type Inner, Interface, type InterfaceShape, type InPort, lit, module, type ModuleDefinition, mux, Out, type OutPort, type Outer, reg, type UInt as UIntValue, UInt, when } from '../index.ts';
import { AxiLite, type AxiLiteShape, AxiResponse } from './axi-lite.ts';

/** Where a slave is: `size` bytes, a power of two, from `base`, a multiple of `size`. */
export interface AxiLiteRange {
  readonly base: number | bigint;
  readonly size: number | bigint;
}

export interface AxiLiteRanges {
  readonly [name: string]: AxiLiteRange;
}

/** A port `s` for the master, and in `m` one port a slave, under its name. */
export type AxiLiteInterconnect<R extends AxiLiteRanges> = ModuleDefinition<{
  readonly s: InPort<AxiLiteShape>;
  readonly m: OutPort<InterfaceShape<{ readonly [K in keyof R & string]: OutPort<AxiLiteShape> }>>;
}>;

/**
 * `axiLiteInterconnect(16, { vmm: { base: 0, size: 0x1000 }, vm: { base: 0x8000, size: 0x8000 } })` has slave ports
 * `m_vmm_…` and `m_vm_…`, whose addresses count from the base and have clog2(size) bits. Address and data of a write
 * may come in any order.
 *
 * @throws ranges that overlap, are not aligned to their size or leave the address space
 */
export function axiLiteInterconnect<const R extends AxiLiteRanges>(addressWidth: number, ranges: R, dataWidth = 32): AxiLiteInterconnect<R> {
  const upstream = AxiLite(addressWidth, dataWidth);
  const targets = checkedRanges(addressWidth, dataWidth, ranges);
  const downstream: { readonly [name: string]: OutPort<AxiLiteShape> } =
    Object.fromEntries(targets.map(({ name, bits }) => [name, Out(AxiLite(bits, dataWidth))]));
  const parameters = Object.fromEntries(targets.map(({ name, base, bits }) => [name, `h${base.toString(16)}_s${bits}`]));

  return module('axi_lite_interconnect', { a: addressWidth, d: dataWidth, ...parameters }, {
    s: In(upstream),
    m: Out(Interface('AxiLiteTargets', downstream)),
  }, ({ s, m }) => {
    const ports = targets.map((target) => ({ ...target, port: m[target.name]! }));
    return { write: writeHalf(s, ports), read: readHalf(s, ports) };
    // The loose record of slave ports gets its names back: one port for each key of `ranges`, made just above.
  }) as ModuleDefinition as AxiLiteInterconnect<R>;
}

interface Target {
  readonly name: string;
  readonly base: bigint;
  /** log2 of the size. */
  readonly bits: number;
}

type Master = Outer<OutPort<AxiLiteShape>>;
type Slave = Target & { readonly port: Inner<OutPort<AxiLiteShape>> };

function writeHalf(s: Master, slaves: readonly Slave[]) {
  const address = reg(s.aw.payload.shape, { reset: false });
  const data = reg(s.w.payload.shape, { reset: false });
  const selected = reg(UInt(slaves.length));
  const haveAddress = reg(Bool), haveData = reg(Bool);
  const sentAddress = reg(Bool), sentData = reg(Bool);

  s.aw.ready.set(haveAddress.not());
  s.w.ready.set(haveData.not());
  when(s.aw.fire, () => { haveAddress.next = true; address.next = s.aw.payload; selected.next = decode(s.aw.payload.addr, slaves); });
  when(s.w.fire, () => { haveData.next = true; data.next = s.w.payload; });

  const hole = selected.eq(0);
  for (const [i, { bits, port }] of slaves.entries()) {
    const chosen = haveAddress.and(selected.bit(i));
    port.aw.valid.set(chosen.and(sentAddress.not()));
    port.aw.payload.set({ addr: address.addr.trunc(bits), prot: address.prot });
    port.w.valid.set(chosen.and(haveData).and(sentData.not()));
    port.w.payload.set(data);
    port.b.ready.set(chosen.and(sentAddress).and(sentData).and(s.b.ready));
    when(port.aw.fire, () => { sentAddress.next = true; });
    when(port.w.fire, () => { sentData.next = true; });
  }

  const answered = anyOf(...slaves.map(({ port }, i) => selected.bit(i).and(port.b.valid)));
  s.b.valid.set(mux(hole, haveAddress.and(haveData), sentAddress.and(sentData).and(answered)));
  s.b.payload.resp.set(slaves.reduce((other, { port }, i) => mux(selected.bit(i), port.b.payload.resp, other), lit(AxiResponse, 'DECERR')));
  when(s.b.fire, () => {
    for (const state of [haveAddress, haveData, sentAddress, sentData]) state.next = false;
  });
  return { address, data, selected, haveAddress, haveData, sentAddress, sentData, hole };
}

function readHalf(s: Master, slaves: readonly Slave[]) {
  const address = reg(s.ar.payload.shape, { reset: false });
  const selected = reg(UInt(slaves.length));
  const haveAddress = reg(Bool), sentAddress = reg(Bool);

  s.ar.ready.set(haveAddress.not());
  when(s.ar.fire, () => { haveAddress.next = true; address.next = s.ar.payload; selected.next = decode(s.ar.payload.addr, slaves); });

  const hole = selected.eq(0);
  for (const [i, { bits, port }] of slaves.entries()) {
    const chosen = haveAddress.and(selected.bit(i));
    port.ar.valid.set(chosen.and(sentAddress.not()));
    port.ar.payload.set({ addr: address.addr.trunc(bits), prot: address.prot });
    port.r.ready.set(chosen.and(sentAddress).and(s.r.ready));
    when(port.ar.fire, () => { sentAddress.next = true; });
  }

  const answered = anyOf(...slaves.map(({ port }, i) => selected.bit(i).and(port.r.valid)));
  s.r.valid.set(mux(hole, haveAddress, sentAddress.and(answered)));
  const nothing = lit(s.r.payload.shape, { data: 0, resp: 'DECERR' });
  s.r.payload.set(slaves.reduce((other, { port }, i) => mux(selected.bit(i), port.r.payload, other), nothing));
  when(s.r.fire, () => {
    haveAddress.next = false;
    sentAddress.next = false;
  });
  return { address, selected, haveAddress, sentAddress, hole };
}

/** One bit a slave; none for a hole. */
function decode(address: UIntValue, slaves: readonly Target[]): UIntValue {
  const hits = slaves.map(({ base, bits }) => (bits === address.width ? lit(Bool, true) : address.bits(address.width - 1, bits).eq(base >> BigInt(bits))));
  return cat(...hits.reverse());
}

function checkedRanges(addressWidth: number, dataWidth: number, ranges: AxiLiteRanges): Target[] {
  const what = 'axiLiteInterconnect';
  const targets: Target[] = [];
  const text = ({ base, bits }: Target) => `0x${base.toString(16)} to 0x${(base + (1n << BigInt(bits)) - 1n).toString(16)}`;
  const space = 1n << BigInt(addressWidth);
  for (const [name, range] of Object.entries(ranges)) {
    const size = wholeNumber(range.size), base = wholeNumber(range.base);
    const least = BigInt(dataWidth / 8);
    if (size === undefined || size < least || size > space || (size & (size - 1n)) !== 0n) {
      usage(`${what}: size of ${name} must be a power of two from ${least} to ${space} bytes, not ${describe(range.size)}`);
    }
    if (base === undefined || base % size !== 0n) usage(`${what}: base of ${name} must be a multiple of its size 0x${size.toString(16)}, not ${hexadecimal(base, range.base)}`);
    if (base + size > space) usage(`${what}: ${name} ends at 0x${(base + size - 1n).toString(16)}, beyond the ${addressWidth} bits of an address`);
    const target = { name, base, bits: size.toString(2).length - 1 };
    const other = targets.find((earlier) => base < earlier.base + (1n << BigInt(earlier.bits)) && earlier.base < base + size);
    if (other !== undefined) usage(`${what}: ${name} at ${text(target)} overlaps ${other.name} at ${text(other)}`);
    targets.push(target);
  }
  if (targets.length === 0) usage(`${what}: there must be at least one range`);
  return targets;
}

function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value < 0n ? undefined : value;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
}

function hexadecimal(value: bigint | undefined, given: unknown): string {
  return value === undefined ? describe(given) : `0x${value.toString(16)}`;
}
