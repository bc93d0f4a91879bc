/** The address table: whose a frame is, against a search; next hops against arithmetic. */
import { In, module, Out, simulate, UInt } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { addresses, LocalAddress, nextHop } from '../../../hw/net/addresses.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const CONFIG = { vms: 4, addressesPerVm: 2 };

const MACS = [0x02_0000_0000_01, 0x02_0000_0000_02, 0x02_0000_0000_03];
const VLANS = [0, 7];
const ADDRESSES = [0x0a00_0001, 0x0a00_0002, 0x0a00_0003];

interface Entry { valid: boolean; vlan: number; tagged: boolean; address: number; first_port: number; last_port: number; mac: number; prefix_bits: number; gateway: number; mtu: number }

test('random tables and frames: as a search says', () => {
  const sim = bench.simulate(addresses(CONFIG));
  const draw = random(11);
  const pick = <T>(values: readonly T[]): T => values[draw.below(values.length)]!;
  const table: Entry[] = Array.from({ length: 8 }, () => ({ valid: false, vlan: 0, tagged: false, address: 0, first_port: 0, last_port: 0, mac: 0, prefix_bits: 0, gateway: 0, mtu: 0 }));
  const pending: ({ answer: object; index: number | undefined } | undefined)[] = [];
  const seen = new Set<string>();
  /** Entries that the last three cycles changed. */
  const changed: number[] = [];
  for (let cycle = 0; cycle < 4000; cycle++) {
    const changes = draw.chance(0.05);
    const at = draw.below(8);
    const half = draw.below(60_000);
    const entry: Entry = { valid: draw.chance(0.8), vlan: pick(VLANS), tagged: draw.chance(0.5), address: pick(ADDRESSES), first_port: pick([0, half]), last_port: pick([65_535, half + 100]), mac: pick(MACS), prefix_bits: draw.below(33), gateway: draw.uint32(), mtu: 576 + draw.below(9000) };
    sim.io.apply.valid = changes;
    sim.io.apply.payload = { index: at, entry };
    const question = { destination: pick([...MACS, ...MACS, 0x04_0000_0000_01]), vlan: pick([...VLANS, ...VLANS, 9]), address: pick([...ADDRESSES, 0x0a00_0009]), port: pick([half, half + 100, 0, 65_535, draw.below(65_536)]) };
    const asks = draw.chance(0.9);
    sim.io.question.valid = asks;
    sim.io.question.payload = question;
    sim.io.entry_index = [at];
    // The comparison is made in this cycle; what goes with the answer is read one later.
    const valid = table.map((one, index) => ({ ...one, index })).filter((one) => one.valid);
    const here = valid.filter((one) => one.vlan === question.vlan && one.address === question.address);
    const mine = here.filter((one) => one.first_port <= question.port && question.port <= one.last_port);
    const index = (mine[0] ?? here[0])?.index;
    const answer = { address_ours: here.length > 0, found: mine.length > 0, mac_ours: valid.some((one) => one.mac === question.destination) };
    for (const [name, holds] of Object.entries(answer)) seen.add(`${name} ${holds}`);
    pending.push(asks ? { answer, index } : undefined);
    sim.step();
    if (cycle >= 2) {
      const expected = pending[cycle - 2];
      const { valid: answered, payload } = sim.sampled.answer;
      expect(answered).toBe(expected !== undefined);
      if (expected !== undefined) {
        expect(payload).toMatchObject(expected.answer);
        if (expected.index !== undefined) expect([Number(payload.index), Number(payload.vm)]).toEqual([expected.index, Math.floor(expected.index / 2)]);
        if (expected.index !== undefined && !changed.includes(expected.index)) expect(payload).toMatchObject({ mac: BigInt(table[expected.index]!.mac), mtu: BigInt(table[expected.index]!.mtu) });
      }
    }
    expect(Number(sim.io.entry[0]!.gateway)).toBe(table[at]!.gateway);
    changed.push(changes ? at : -1);
    changed.splice(0, changed.length - 3);
    if (changes) table[at] = entry;
  }
  expect(seen.size).toBe(6);
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
