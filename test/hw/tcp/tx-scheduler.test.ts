import { simulate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { txScheduler } from '../../../hw/tcp/tx-scheduler.ts';
import { random } from '../../../sim/random.ts';
import { heldUntilReady } from '../../hdl/lib/traffic.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { registersStay } from './support/registers.ts';
import { GrantPipeline } from './tx-scheduler-pipeline.ts';

const bench = hardwareBench();

const pipeline = (connections: number, vms: number) => new GrantPipeline(bench.simulate(txScheduler({ connections, vms })), connections, vms);

describe.each([[2, 1], [4, 2], [8, 3], [64, 8]] as const)('%i connections, %i VMs', (connections, vms) => {
  test.each([[0, 0], [0, 60], [60, 0], [40, 40], [10, 90]])('any order of set, clear and grant: the oldest of its VM, nobody twice, nobody forgotten; idle %i, back-pressure %i percent', (idle, pressure) => {
    const p = pipeline(connections, vms);
    const draw = random(connections * 10 + vms).fork(idle).fork(pressure);
    p.sim.start(heldUntilReady(p.sim.sampled.grant, 'grant'));
    p.credits = 6;
    p.holds = 9;
    for (let i = 0; i < 1000; i++) {
      p.latency = 1 + draw.below(9);
      const change = { connection: draw.below(connections), work: draw.chance(0.4) ? 0 : draw.below(4) };
      p.cycle(draw.unit() * 100 < idle ? undefined : change, draw.unit() * 100 >= pressure);
    }
    expect(p.grants.length).toBeGreaterThan(40);
    p.drain(60 * connections + 200);
    expect(p.credits + p.holding.length).toBe(6);
  });
});

test('a grant every 3 cycles, and each connection of each VM in turn', () => {
  const p = pipeline(16, 4);
  for (let connection = 0; connection < 16; connection++) while (!p.cycle({ connection, work: 1000 }));
  for (let i = 0; i < 100; i++) p.cycle();
  const from = p.sim.cycle;
  p.grants.length = 0;
  for (let i = 0; i < 3 * 64; i++) p.cycle();
  expect([p.sim.cycle - from, p.grants.length]).toEqual([192, 64]);
  const round = p.grants.slice(0, 16).map(({ connection }) => connection);
  expect(new Set(round).size).toBe(16);
  for (const [i, { connection, vm }] of p.grants.entries()) {
    expect(connection).toBe(round[i % 16]);
    expect(vm).toBe((p.grants[0]!.vm + i) % 4);
  }
});

test('a VM with many connections does not get more than one with a single one', () => {
  const p = new GrantPipeline(bench.simulate(txScheduler({ connections: 16, vms: 2 })), 16, 2, (connection) => (connection === 5 ? 1 : 0));
  p.latency = 2;
  // Slower than the scheduler, as the wire is: else the way of a single connection's grant is what limits it.
  p.credits = 1;
  p.holds = 15;
  for (let connection = 0; connection < 16; connection++) while (!p.cycle({ connection, work: 1000 }));
  for (let i = 0; i < 1500; i++) p.cycle();
  expect(p.grants.length).toBeGreaterThan(80);
  const [many, single] = [0, 1].map((vm) => p.grants.slice(20).filter((grant) => grant.vm === vm).length);
  expect(Math.abs(many! - single!)).toBeLessThanOrEqual(1);
});

test('the first grant stands at the output 5 cycles after the report', () => {
  const p = pipeline(8, 2);
  const { sim } = p;
  Object.assign(sim.io.write_back, { valid: true, payload: { connection: 3, vm: 1, eligible: true, grant: false } });
  const from = sim.cycle;
  sim.step();
  sim.io.write_back.valid = false;
  sim.until(() => sim.io.grant.valid, 20);
  expect(sim.cycle - from).toBe(5);
  expect(sim.io.grant.payload).toEqual({ connection: 3n, vm: 1n });
});

test('no grant without credit', () => {
  const p = pipeline(8, 2);
  p.credits = 3;
  for (let connection = 0; connection < 8; connection++) p.cycle({ connection, work: 2 });
  for (let i = 0; i < 100; i++) p.cycle();
  expect([p.grants.length, p.credits]).toEqual([3, 0]);
  p.credits = 100;
  p.drain(400);
  expect([p.grants.length, p.credits]).toEqual([16, 87]);
});

describe('hazard: eligible set while its grant is in flight', () => {
  test.each([1, 2, 3, 6, 12])('it is granted once more after the write-back, %i cycles on the way', (latency) => {
    const p = pipeline(4, 2);
    p.latency = latency;
    for (let delay = 0; delay < latency + 8; delay++) {
      p.grants.length = 0;
      p.cycle({ connection: 2, work: 1 });
      for (let i = 0; i < delay; i++) p.cycle();
      while (!p.cycle({ connection: 2, work: 2 }));
      p.drain(80);
      // A segment, and two more if they came when the first was done, else one more.
      expect([2, 3]).toContain(p.grants.length);
      expect(p.grants.every(({ connection }) => connection === 2)).toBe(true);
    }
  });
});

describe('hazard: push, removal and pop of one VM in one cycle', () => {
  // The second change runs through all cycles around the grant of the first.
  const changes = [
    ['another is pushed', [0], { connection: 1, work: 1 }],
    ['another is pushed behind two', [0, 2], { connection: 1, work: 1 }],
    ['the first is removed', [0], { connection: 0, work: 0 }],
    ['the first of two is removed', [0, 1], { connection: 0, work: 0 }],
    ['the second of two is removed', [0, 1], { connection: 1, work: 0 }],
    ['the second of three is removed', [0, 1, 2], { connection: 1, work: 0 }],
    ['the last of three is removed', [0, 1, 2], { connection: 2, work: 0 }],
  ] as const;
  test.each(changes)('%s', (_, before, change) => {
    const p = pipeline(4, 1);
    p.latency = 9;
    for (let delay = 0; delay < 10; delay++) {
      p.grants.length = 0;
      p.credits = 0;
      for (const connection of before) p.cycle({ connection, work: 1 });
      for (let i = 0; i < 5; i++) p.cycle();
      p.credits = 100;
      for (let i = 0; i < delay; i++) p.cycle();
      while (!p.cycle(change));
      p.drain(100);
      const granted = p.grants.map(({ connection }) => connection as number);
      const others = before.filter((connection) => connection !== change.connection);
      expect(granted.filter((connection) => connection !== change.connection)).toEqual(others);
      if (change.work > 0) expect(granted.filter((connection) => connection === change.connection)).toEqual([change.connection]);
    }
  });

  test('removed and set again in the cycles around its grant', () => {
    const p = pipeline(4, 1);
    p.latency = 12;
    for (let delay = 0; delay < 8; delay++) {
      for (let gap = 0; gap < 4; gap++) {
        p.grants.length = 0;
        p.cycle({ connection: 3, work: 1 });
        for (let i = 0; i < delay; i++) p.cycle();
        while (!p.cycle({ connection: 3, work: 0 }));
        for (let i = 0; i < gap; i++) p.cycle();
        while (!p.cycle({ connection: 3, work: 1 }));
        p.drain(100);
        expect(p.grants.length).toBeGreaterThanOrEqual(1);
      }
    }
  });
});

test('a slot that is freed may come back to another VM', () => {
  let owner = 0;
  const p = new GrantPipeline(bench.simulate(txScheduler({ connections: 4, vms: 2 })), 4, 2, (connection) => (connection === 1 ? owner : 0));
  p.credits = 0;
  for (const connection of [0, 1, 2]) p.cycle({ connection, work: 1 });
  p.cycle({ connection: 1, work: 0 });
  p.cycle();
  owner = 1;
  p.cycle({ connection: 1, work: 1 });
  for (let i = 0; i < 4; i++) p.cycle();
  p.credits = 9;
  p.drain(80);
  expect(p.grants.map(({ connection, vm }) => [connection, vm]).sort()).toEqual([[0, 0], [1, 1], [2, 0]]);
});

test('16384 connections of 8 VMs: none is forgotten', () => {
  const connections = 16_384;
  const p = new GrantPipeline(simulate(txScheduler({ connections, vms: 8 })), connections, 8);
  const draw = random(3);
  for (let i = 0; i < 3000; i++) p.cycle({ connection: draw.below(connections), work: draw.below(2) });
  p.drain(12_000);
  expect(p.grants.length).toBeGreaterThan(900);
});

test('while idle no register changes', () => {
  const definition = txScheduler({ connections: 4, vms: 2 });
  const p = new GrantPipeline(simulate(definition), 4, 2);
  p.cycle({ connection: 1, work: 2 });
  p.drain(60);
  p.cycle();
  const unchanged = registersStay(definition, p.sim, 10);
  for (let i = 0; i < 20; i++) {
    p.cycle();
    expect(p.sim.io.idle).toBe(true);
    unchanged();
  }
});

test('misuse is asserted', () => {
  const ended = pipeline(4, 2).sim;
  Object.assign(ended.io.write_back, { valid: true, payload: { connection: 0, vm: 0, eligible: true, grant: true } });
  expect(() => ended.step(3)).toThrow('txScheduler: a grant that ends was made before');
  const moved = pipeline(4, 2);
  moved.credits = 0;
  moved.cycle({ connection: 0, work: 1 });
  moved.cycle();
  Object.assign(moved.sim.io.write_back, { valid: true, payload: { connection: 0, vm: 1, eligible: false, grant: false } });
  expect(() => moved.sim.step(3)).toThrow('txScheduler: the VM of a connection that is eligible stays the same');
});

bench.verilog();
