import { type PortRecord, simulate, type Simulation, UInt } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { rowsPlaces } from '../../../hw/tcp/flow-hash.ts';
import { flowRows } from '../../../hw/tcp/flow-rows.ts';
import { flowLatency, flowTable, serialFlowLatency } from '../../../hw/tcp/flow-table.ts';
import { random } from '../../../sim/random.ts';
import { blockRams } from '../../hdl/lib/block-ram.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { churn } from './support/flow-churn.ts';
import { FlowDriver } from './support/flow-driver.ts';
import { hashOf, packed, randomKey, rowsModel } from './support/flow-keys.ts';

const bench = hardwareBench();

const table = (rows: number, stashEntries: number, options: { readPort?: 'shared' | 'own'; kickBound?: number; hash?: 'pipelined' | 'serial' } = {}) =>
  flowTable({ connections: 256, rows, stashEntries, tag: UInt(16), ...options });
const plain = (sim: unknown) => sim as Simulation<PortRecord>;

/** Generous: sixteen keys for each place. */
function driverOf(sim: unknown, rows: number, seed: number, options: { unhashed?: number; serial?: boolean } = {}): FlowDriver {
  return new FlowDriver(plain(sim), { stream: random(seed), keys: 16 * rows, ...options });
}

describe.each([[2, 1], [4, 3], [16, 8]])('%i rows, a stash of %i', (rows, stashEntries) => {
  describe.each([['own', 1], ['shared', 0.6]] as const)('read port %s', (readPort, lookups) => {
    const design = table(rows, stashEntries, { readPort, kickBound: 16 });
    test.each([[0, 0, 0.9], [0.5, 0.5, 0.7], [0.9, 1, 1]])('as a map: pauses %d, hashes left to the table %d, load %d', (idle, unhashed, load) => {
      const run = (sim: unknown, operations: number) => {
        const driver = driverOf(sim, rows, 7, { unhashed });
        churn(driver, { operations, target: Math.ceil(4 * rows * load), idle, lookups });
        return driver;
      };
      // A short run for Verilog, one of each design, and a longer one for the table.
      if (idle === 0.5) run(bench.simulate(design), 40);
      const { counts } = run(simulate(design), 800);
      expect(counts.engine_deleted).toBeGreaterThan(100);
      if (load > 0.8) expect(counts.engine_moved).toBeGreaterThan(0);
    });
  });
});

describe.each([[4, 3], [16, 8]])('a serial hash: %i rows, a stash of %i', (rows, stashEntries) => {
  const design = table(rows, stashEntries, { kickBound: 16, hash: 'serial' });
  test.each([[0, 0, 0.9], [0.5, 0.5, 0.7]])('as a map: pauses %d, hashes left to the table %d, load %d', (idle, unhashed, load) => {
    const run = (sim: unknown, operations: number) => {
      const driver = driverOf(sim, rows, 7, { unhashed, serial: true });
      churn(driver, { operations, target: Math.ceil(4 * rows * load), idle, lookups: 1 });
      return driver;
    };
    if (idle === 0.5 && rows === 4) run(bench.simulate(design), 40);
    const driver = run(simulate(design), 800);
    expect(driver.counts.engine_deleted).toBeGreaterThan(100);
    expect(driver.lookups).toBeGreaterThan(100);
  });

  test('a look-up in 10 cycles, its answer 12 cycles after it came, whatever the engine does', () => {
    const driver = driverOf(simulate(design), rows, 3, { serial: true });
    for (let i = 0; i < 400; i++) {
      if (driver.pending === undefined) driver.command('insert', i % 20, i);
      driver.cycle(i % 7);
    }
    expect(driver.lookups).toBe(40);
    const sim = simulate(design);
    sim.until(() => sim.io.ready);
    sim.io.lookup.valid = true;
    const start = sim.cycle;
    while (!sim.io.found.valid) sim.step();
    expect(sim.cycle - start).toBe(serialFlowLatency);
    expect(serialFlowLatency).toBe(12);
  });
});

describe('keys that an adversary chose', () => {
  /** Keys whose rows pass. */
  function chosenKeys(count: number, rows: number, passes: (rows: readonly number[]) => boolean): bigint[] {
    const stream = random(3);
    const keys: bigint[] = [];
    while (keys.length < count) {
      const key = packed(randomKey(stream));
      if (passes(rowsModel(hashOf(key), rows))) keys.push(key);
    }
    return keys;
  }
  function fill(driver: FlowDriver, keys: readonly bigint[]): string[] {
    keys.forEach((key, id) => { driver.renew(id, key); });
    return keys.map((_, id) => {
      driver.command('insert', id, id);
      for (;;) {
        const outcome = driver.cycle(driver.live[driver.cycles % driver.live.length]);
        if (outcome !== undefined) return outcome;
      }
    });
  }

  test('the same row under one hash: all are found', () => {
    const driver = new FlowDriver(plain(simulate(table(64, 4, { readPort: 'own' }))), { stream: random(1), keys: 100 });
    const outcomes = fill(driver, chosenKeys(100, 64, ([first]) => first === 5));
    expect(new Set(outcomes)).toEqual(new Set(['inserted']));
    for (let id = 0; id < 100; id++) driver.cycle(id);
  });

  test('the same row under all four: four rows and the stash, then refused, and nothing is lost', () => {
    const bound = 16;
    const driver = new FlowDriver(plain(bench.simulate(table(4, 3, { readPort: 'own', kickBound: bound }))), { stream: random(1), keys: 9 });
    expect(fill(driver, chosenKeys(9, 4, (rows) => rows.every((row) => row === 1)))).toEqual([...Array<string>(7).fill('inserted'), 'full', 'full']);
    expect(driver.counts).toMatchObject({ engine_inserted: 7, engine_stashed: 3, engine_refused: 2 });
    for (let i = 0; i < 40; i++) driver.cycle(i % 9);
    // A deletion makes room again: for the one that waits in the stash, and for a new one.
    driver.command('delete', 2, 2);
    while (driver.pending !== undefined) driver.cycle(3);
    driver.command('insert', 8, 8);
    while (driver.pending !== undefined) driver.cycle(8);
    expect(driver.live).toHaveLength(7);
    for (let i = 0; i < 40; i++) driver.cycle(i % 9);
  });
});

describe('commands', () => {
  const one = (driver: FlowDriver, ...command: Parameters<FlowDriver['command']>) => {
    const start = driver.cycles;
    driver.command(...command);
    for (;;) {
      const outcome = driver.cycle(undefined);
      if (outcome !== undefined) return [outcome, driver.cycles - start];
    }
  };

  test('take 6 cycles, Delete 7; 10 more without a hash', () => {
    for (const readPort of ['own', 'shared'] as const) {
      for (const unhashed of [0, 1]) {
        const driver = driverOf(bench.simulate(table(16, 8, { readPort, kickBound: 16 })), 16, 1, { unhashed });
        const more = 10 * unhashed;
        expect(one(driver, 'find', 1)).toEqual(['missing', 6 + more]);
        expect(one(driver, 'insert', 1, 77)).toEqual(['inserted', 6 + more]);
        expect(one(driver, 'find', 1)).toEqual(['found', 6 + more]);
        expect(one(driver, 'insert', 1, 78)).toEqual(['present', 6 + more]);
        expect(one(driver, 'delete', 1, 78)).toEqual(['missing', 7 + more]);
        expect(one(driver, 'delete', 1, 77)).toEqual(['deleted', 7 + more]);
        expect(one(driver, 'delete', 1, 77)).toEqual(['missing', 7 + more]);
        expect(driver.counts).toMatchObject({ engine_inserted: 1, engine_present: 1, engine_deleted: 1, engine_delete_missed: 2 });
      }
    }
  });

  test('delete removes a life of a connection, not the next one of the same key', () => {
    const driver = driverOf(simulate(table(16, 2)), 16, 1);
    expect(one(driver, 'insert', 3, 5 << 16 | 1)[0]).toBe('inserted');
    expect(one(driver, 'delete', 3, 5 << 16 | 0)[0]).toBe('missing');
    expect(one(driver, 'find', 3)[0]).toBe('found');
  });

  test('requesters are served in turn, and each takes its own answer', () => {
    const sim = bench.simulate(flowTable({ connections: 16, rows: 4, stashEntries: 1, tag: UInt(4), requesters: 3 }));
    sim.until(() => sim.io.ready);
    for (const [i, port] of sim.io.command.entries()) {
      Object.assign(port, { valid: true });
      port.payload = { op: 'Insert', key: { vlan: 0, local_address: 1, remote_address: 2, local_port: 3, remote_port: 4 }, value: { connection: i, generation: 9 }, has_hash: false, hash: 0 };
    }
    const answers: unknown[] = [];
    for (let cycle = 0; cycle < 60; cycle++) {
      sim.step();
      for (const [i, { ready }] of sim.sampled.command.entries()) {
        if (!ready) continue;
        answers.push([i, sim.sampled.answer.outcome, sim.sampled.answer.value.connection]);
        sim.io.command[i]!.valid = false;
      }
    }
    expect(answers).toEqual([[0, 'Inserted', 0n], [1, 'Present', 0n], [2, 'Present', 0n]]);
    expect(sim.io.idle).toBe(true);
  });
});

test('until the rows are cleared nothing is found, ready is low, and commands wait', () => {
  const sim = bench.simulate(table(16, 8, { readPort: 'shared', kickBound: 16 }));
  sim.io.lookup.valid = true;
  sim.io.command[0]!.valid = true;
  let cycles = 0;
  while (!sim.io.ready) {
    sim.step();
    expect(sim.sampled.command[0]!.ready).toBe(false);
    expect(sim.sampled.found.valid && sim.sampled.found.payload.hit).toBe(false);
    cycles += 1;
  }
  expect(cycles).toBe(16);
  // A reset empties the table. The engine reads where no look-up does.
  sim.io.lookup.valid = false;
  sim.io.command[0]!.payload = { op: 'Insert', key: { vlan: 0, local_address: 0, remote_address: 0, local_port: 0, remote_port: 0 }, value: { connection: 1, generation: 2 }, has_hash: false, hash: 0 };
  sim.until(() => sim.io.command[0]!.ready);
  sim.step();
  sim.io.command[0]!.valid = false;
  sim.io.lookup.valid = true;
  sim.step(flowLatency + 1);
  expect(sim.io.found.payload).toMatchObject({ hit: true, value: { connection: 1n, generation: 2n } });
  sim.reset();
  sim.until(() => sim.io.ready);
  sim.step(flowLatency + 1);
  expect(sim.io.found).toMatchObject({ valid: true, payload: { hit: false } });
});

test('a shared read port: look-ups in every cycle stop commands, and a single cycle without one lets a command on', () => {
  const driver = driverOf(simulate(table(16, 2, { readPort: 'shared' })), 16, 1);
  for (let i = 0; i < flowLatency; i++) driver.cycle(5);
  driver.command('insert', 1, 1);
  for (let i = 0; i < 200; i++) expect(driver.cycle(5)).toBeUndefined();
  const end = driver.cycles + 20;
  driver.cycle(undefined);
  while (driver.pending !== undefined) driver.cycle(5);
  expect(driver.cycles).toBeLessThan(end);
});

test('an idle table moves nothing: what finds no row stays in the stash after kickBound moves', () => {
  const driver = new FlowDriver(plain(simulate(table(2, 4, { kickBound: 8 }))), { stream: random(5), keys: 200 });
  for (let id = 0; id < 200 && driver.live.length < 11; id++) {
    driver.command('insert', id, id);
    while (driver.pending !== undefined) driver.cycle(undefined);
  }
  for (let i = 0; i < 300; i++) driver.cycle(undefined);
  const { engine_moved: moved } = driver.counts;
  for (let i = 0; i < 300; i++) driver.cycle(undefined);
  expect(driver.counts.engine_moved).toBe(moved);
  expect(moved).toBeGreaterThan(0);
});

test.runIf(process.env['VTOE_LONG'] === '1')('block RAM: two for each table of 512 rows; read ports of its own double it', async () => {
  expect(rowsPlaces()).toHaveLength(4);
  const rams = (readPort: 'shared' | 'own') => blockRams(flowRows({ connections: 1024, rows: 512, readPort }));
  expect(await rams('shared')).toEqual({ RAMB36E1: 8 });
  expect(await rams('own')).toEqual({ RAMB36E1: 16 });
}, 400_000);

test('misuse', () => {
  expect(() => table(3, 2)).toThrow('flowTable: rows must be a power of two from 2 to 32768, not 3');
  expect(() => table(65_536, 2)).toThrow('flowTable: rows must be a power of two from 2 to 32768, not 65536');
});

bench.verilog();
