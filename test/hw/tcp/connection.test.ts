/** The connections' table against maps: every reader finds what was written, the word before it in the cycle of a write but for a receive ring. */
import { expect, test } from 'vitest';
import { connectionTable } from '../../../hw/tcp/connection.ts';
import { random } from '../../../sim/random.ts';
import { blockRams } from '../../hdl/lib/block-ram.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const BUILD = { connections: 16, vms: 4, neighbours: 8 };

test('what is written is read a cycle later by each reader', () => {
  const sim = bench.simulate(connectionTable(BUILD));
  const draw = random(3);
  const key = () => ({ vlan: draw.below(4096), local_address: draw.uint32(), remote_address: draw.uint32(), local_port: draw.below(65_536), remote_port: draw.below(65_536) });
  const identity = () => ({ vm: draw.below(4), generation: draw.below(65_536), key: key(), local_mac: draw.below(2 ** 48), neighbour: draw.below(8) });
  const ring = () => ({ page: draw.below(2 ** 50), size_log2: 12 + draw.below(19) });
  const rings = () => ({ rx: ring(), tx: ring(), command_id: draw.below(65_536) });
  const identities = Array.from({ length: 16 }, identity);
  const allRings = Array.from({ length: 16 }, rings);
  const write = (connection: number) => {
    sim.io.identity.valid = true;
    sim.io.identity.payload = { connection, identity: identities[connection]! };
    sim.io.rings.valid = true;
    sim.io.rings.payload = { connection, rings: allRings[connection]! };
  };
  for (let i = 0; i < 16; i++) {
    write(i);
    sim.step();
  }
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)));
  for (let cycle = 0; cycle < 500; cycle++) {
    const at = Array.from({ length: 7 }, () => draw.below(16));
    const [owner, placing, sending, ending, telling, reaching, faulting] = at as [number, number, number, number, number, number, number];
    Object.assign(sim.io.owner, { index: owner });
    Object.assign(sim.io.placing, { index: placing });
    Object.assign(sim.io.sending, { index: sending });
    Object.assign(sim.io.ending, { index: ending });
    Object.assign(sim.io.telling, { index: telling });
    Object.assign(sim.io.reaching, { index: reaching });
    Object.assign(sim.io.faulting, { index: faulting });
    // As they are before this cycle's write.
    const one = (i: number) => ({ identity: identities[i]!, rings: allRings[i]! });
    const expected = {
      owner: one(owner), placing: one(placing), sending: one(sending), ending: one(ending), telling: one(telling), reaching: one(reaching), faulting: one(faulting),
    };
    const changed = draw.below(16);
    const [newIdentity, newRings] = [identity(), rings()];
    identities[changed] = newIdentity;
    allRings[changed] = newRings;
    write(changed);
    sim.step();
    const { io } = sim;
    // A receive ring counts at once.
    if (changed === placing) expected.placing = { ...expected.placing, rings: newRings };
    expect(plain(io.owner.word)).toEqual({ vm: expected.owner.identity.vm, generation: expected.owner.identity.generation });
    expect(plain(io.placing.word)).toEqual({ vm: expected.placing.identity.vm, rx: expected.placing.rings.rx });
    expect(Number(io.faulting.word.generation)).toBe(expected.faulting.identity.generation);
    expect(plain(io.reaching.word)).toEqual({ vm: expected.reaching.identity.vm, generation: expected.reaching.identity.generation, neighbour: expected.reaching.identity.neighbour });
    const common = ({ vm, key, local_mac, neighbour }: ReturnType<typeof identity>) => ({ vm, key, local_mac, neighbour });
    expect(plain(io.sending.word)).toEqual({ ...common(expected.sending.identity), tx: expected.sending.rings.tx });
    expect(plain(io.ending.word)).toEqual(common(expected.ending.identity));
    const { vm, key: { remote_address, remote_port } } = expected.telling.identity;
    expect(plain(io.telling.word)).toEqual({ peer: { vm, remote_address, remote_port }, command_id: expected.telling.rings.command_id });
  }
});

test.runIf(process.env['VTOE_LONG'] === '1')('with 1024 connections it takes 20 block RAMs of 36 Kbit, at most', async () => {
  const { RAMB36E1 = 0, RAMB18E1 = 0 } = await blockRams(connectionTable({ connections: 1024, vms: 8, neighbours: 64 }));
  console.log(`connection table: ${RAMB36E1} RAMB36E1, ${RAMB18E1} RAMB18E1`);
  expect(RAMB36E1 + RAMB18E1 / 2).toBeGreaterThan(10);
  expect(RAMB36E1 + RAMB18E1 / 2).toBeLessThanOrEqual(20);
});

bench.verilog();
