/** The address table: whose a frame is, against a search; next hops against arithmetic. */
import { In, module, Out, simulate, UInt } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { ADDRESS_LATENCY, addresses, addressSteps, LocalAddress, nextHop } from '../../../hw/net/addresses.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const CONFIG = { vms: 4, addressesPerVm: 2 };
const ENTRIES = 8;

const MACS = [0x02_0000_0000_01, 0x02_0000_0000_02, 0x02_0000_0000_03];
const VLANS = [0, 7];
const ADDRESSES = [0x0a00_0001, 0x0a00_0002, 0x0a00_0003];

interface Entry { valid: boolean; vlan: number; tagged: boolean; address: number; first_port: number; last_port: number; mac: number; prefix_bits: number; gateway: number; mtu: number }

test.each([64, 128, 256, 512] as const)('random tables and frames at %i bits: as a search says, and when', (datapathBits) => {
  const config = { ...CONFIG, datapathBits };
  const steps = addressSteps(config);
  const lanes = ENTRIES / steps;
  const sim = bench.simulate(addresses(config));
  const draw = random(11 + datapathBits);
  const pick = <T>(values: readonly T[]): T => values[draw.below(values.length)]!;
  const table: Entry[] = Array.from({ length: ENTRIES }, () => ({ valid: false, vlan: 0, tagged: false, address: 0, first_port: 0, last_port: 0, mac: 0, prefix_bits: 0, gateway: 0, mtu: 0 }));
  const expected: { readonly at: number; readonly answer: object }[] = [];
  const seen = new Set<string>();
  let half = 0;
  const step = (): void => {
    sim.step();
    const due = expected[0]?.at === sim.cycle - 1 ? expected.shift() : undefined;
    expect(sim.sampled.answer.valid).toBe(due !== undefined);
    if (due !== undefined) expect(sim.sampled.answer.payload).toMatchObject(due.answer);
  };
  for (let round = 0; round < 120; round++) {
    // Entries change between questions: what counts for one that is under way is not defined.
    for (let changes = draw.below(4); changes > 0; changes--) {
      const at = draw.below(ENTRIES);
      half = draw.below(60_000);
      const entry: Entry = { valid: draw.chance(0.8), vlan: pick(VLANS), tagged: draw.chance(0.5), address: pick(ADDRESSES), first_port: pick([0, half]), last_port: pick([65_535, half + 100]), mac: pick(MACS), prefix_bits: draw.below(33), gateway: draw.uint32(), mtu: 576 + draw.below(9000) };
      Object.assign(sim.io.apply, { valid: true, payload: { index: at, entry } });
      table[at] = entry;
      step();
      sim.io.entry_index = [at];
      sim.io.apply.valid = false;
      step();
      // What is not there any more says nothing else.
      expect(sim.io.entry[0]).toMatchObject(entry.valid ? { valid: true, gateway: BigInt(entry.gateway), mtu: BigInt(entry.mtu) } : { valid: false });
    }
    for (let questions = draw.below(8); questions > 0; questions--) {
      const question = { destination: pick([...MACS, ...MACS, 0x04_0000_0000_01]), vlan: pick([...VLANS, ...VLANS, 9]), address: pick([...ADDRESSES, 0x0a00_0009]), port: pick([half, half + 100, 0, 65_535, draw.below(65_536)]) };
      const valid = table.map((one, index) => ({ ...one, index })).filter((one) => one.valid);
      const here = valid.filter((one) => one.vlan === question.vlan && one.address === question.address);
      const mine = here.filter((one) => one.first_port <= question.port && question.port <= one.last_port);
      const itsMac = valid.filter((one) => one.mac === question.destination);
      const stepOf = (entry: { readonly index: number } | undefined): number => (entry === undefined ? steps - 1 : Math.floor(entry.index / lanes));
      const last = Math.max(stepOf(mine[0]), stepOf(itsMac[0]));
      const known = { address_ours: here.length > 0, found: mine.length > 0, mac_ours: itsMac.length > 0 };
      for (const [name, holds] of Object.entries(known)) seen.add(`${name} ${holds}`);
      const of = mine[0] ?? here[0];
      expected.push({ at: sim.cycle + last + ADDRESS_LATENCY, answer: { ...known, ...(of === undefined ? {} : { index: BigInt(of.index), vm: BigInt(of.index >> 1), mac: BigInt(of.mac), mtu: BigInt(of.mtu) }) } });
      Object.assign(sim.io.question, { valid: true, payload: question });
      const asked = sim.cycle;
      do step(); while (!sim.sampled.question.ready);
      expect(sim.cycle - asked).toBe(Math.min(last + 2, steps));
      sim.io.question.valid = false;
      if (draw.chance(0.3)) for (let pause = draw.below(4); pause > 0; pause--) step();
    }
    while (expected.length > 0) step();
  }
  expect(seen.size).toBe(6);
});

test.each([[1, 1], [3, 2], [2, 16]])('%i VMs with %i addresses each: every entry is found, and nothing else', (vms, addressesPerVm) => {
  const config = { vms, addressesPerVm, datapathBits: 64 } as const;
  const sim = bench.simulate(addresses(config));
  const count = vms * addressesPerVm;
  for (let index = 0; index < count; index++) {
    Object.assign(sim.io.apply, { valid: true, payload: { index, entry: { valid: true, vlan: 1, tagged: true, address: 100 + index, first_port: 0, last_port: 65_535, mac: 200 + index, prefix_bits: 0, gateway: 0, mtu: 1500 } } });
    sim.step();
  }
  sim.io.apply.valid = false;
  for (let index = 0; index <= count; index++) {
    Object.assign(sim.io.question, { valid: true, payload: { vlan: 1, address: 100 + index, port: 5, destination: 200 + index } });
    do sim.step(); while (!sim.sampled.question.ready);
    sim.io.question.valid = false;
    while (!sim.sampled.answer.valid) sim.step();
    const { found, vm, index: which } = sim.sampled.answer.payload;
    expect(index < count ? [found, Number(vm), Number(which)] : [found]).toEqual(index < count ? [true, Math.floor(index / addressesPerVm), index] : [false]);
  }
});

test('the next hop is the destination on the link, and the gateway beyond', () => {
  const hop = module('next_hop', {}, { local: In(LocalAddress), destination: In(UInt(32)), hop: Out(UInt(32)) }, (io) => {
    io.hop.set(nextHop(io.local, io.destination));
  });
  const sim = simulate(hop);
  const draw = random(5);
  for (let i = 0; i < 2000; i++) {
    const prefix_bits = draw.below(33);
    const address = draw.uint32();
    const destination = draw.chance(0.5) ? draw.uint32() : (address ^ (1 << draw.below(32))) >>> 0;
    sim.io.local = { valid: true, vlan: 0, tagged: false, address, first_port: 0, last_port: 0, mac: 0, prefix_bits, gateway: 0xc0a8_0001, mtu: 1500 };
    sim.io.destination = destination;
    const mask = prefix_bits === 0 ? 0 : (~0 << (32 - prefix_bits)) >>> 0;
    expect(Number(sim.io.hop)).toBe(((address ^ destination) & mask) >>> 0 === 0 ? destination : 0xc0a8_0001);
  }
});

bench.verilog();
