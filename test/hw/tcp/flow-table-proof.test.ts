import { type ModuleDefinition, type PortRecord, simulate, type Simulation, UInt } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { flowLatency, flowTable } from '../../../hw/tcp/flow-table.ts';
import { random } from '../../../sim/random.ts';
import { type Plant, planted } from '../support/planted.ts';
import { churn } from './support/flow-churn.ts';
import { FlowDriver } from './support/flow-driver.ts';

const LONG = process.env['VTOE_LONG'] === '1';

const table = (rows: number, stashEntries: number, readPort: 'shared' | 'own') => flowTable({ connections: 256, rows, stashEntries, tag: UInt(16), readPort });

function driverOf(sim: unknown, rows: number, seed: number): FlowDriver {
  return new FlowDriver(sim as Simulation<PortRecord>, { stream: random(seed), keys: 16 * rows });
}

describe('a million inserts and deletes, a look-up in every cycle, and no entry is ever lost', () => {
  // Rows, stash, load, share of the operations; `shared`: look-ups at the rate of minimal frames at 100G, one in 2.17 cycles.
  const RUNS = [
    [512, 8, 0.5, 'own', 0.3], [512, 8, 0.5, 'shared', 0.3], [512, 8, 0.8, 'own', 0.05], [512, 8, 0.95, 'own', 0.015],
    [64, 8, 0.95, 'own', 0.035], [16, 8, 0.95, 'own', 0.3],
  ] as const;
  const OPERATIONS = LONG ? 10_000_000 : 1_000_000;

  test.each(RUNS)('%i rows, a stash of %i, load %d, read port %s', (rows, stashEntries, load, readPort, share) => {
    const seeds = LONG ? [1, 2, 3, 4] : [1, 2];
    for (const seed of seeds) {
      const driver = driverOf(simulate(table(rows, stashEntries, readPort)), rows, seed);
      const { inserts, outcomes } = churn(driver, { operations: Math.round(OPERATIONS * share / seeds.length), target: Math.floor(4 * rows * load), lookups: readPort === 'own' ? 1 : 1 / 2.17 });
      const { counts } = driver;
      const at = (part: number) => inserts[Math.min(inserts.length - 1, Math.floor(inserts.length * part))]!;
      console.log(`${rows} rows, stash ${stashEntries}, load ${load}, ${readPort}, seed ${seed}: ${outcomes.inserted} inserted, ${outcomes.deleted} deleted, ${outcomes.full} refused, ${counts.engine_stashed} stashed, ${counts.engine_moved} moved, ${driver.lookups} look-ups; an insert takes ${at(0.5)} cycles (median), ${at(0.99)} (99 %), ${at(0.999)} (99.9 %), ${at(1)} (worst)`);
      expect(outcomes.inserted + outcomes.deleted + outcomes.full).toBe(Math.round(OPERATIONS * share / seeds.length));
      if (rows >= 16) expect(outcomes.full).toBe(0);
      expect(counts.engine_moved).toBeGreaterThan(0);
      // At the end the map and the table hold the same.
      for (let id = 0; id < driver.value.length; id++) driver.cycle(id);
      for (let i = 0; i < flowLatency; i++) driver.cycle(undefined);
    }
  }, 600_000);
});

describe('known defects, planted', () => {
  /** The first complaint of a table with these faults. */
  async function complaint(plants: readonly Plant[], { rows = 16, stash = 2, kickBound = 256, load = 0.95 } = {}): Promise<string> {
    const { flowTable: faulty } = await planted<{ flowTable: typeof flowTable }>('tcp/flow-table.ts', plants);
    const run = (make: typeof flowTable) => {
      const definition = make({ connections: 256, rows, stashEntries: stash, tag: UInt(16), readPort: 'own', kickBound }) as unknown as ModuleDefinition<PortRecord>;
      const driver = driverOf(simulate(definition), rows, 1);
      try {
        churn(driver, { operations: 4000, target: Math.floor(4 * rows * load) });
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing';
    };
    expect(run(flowTable)).toBe('nothing');
    return run(faulty);
  }
  const engine = 'tcp/flow-engine.ts';

  test('flow table loses a live entry after 12 kicks', async () => {
    // As other stacks do it: after so many moves the entry in hand is forgotten.
    expect(await complaint([{
      file: engine, from: "          reply('Full');", to: `          put(turn, lit(FlowEntry, { used: true, key: command.key, value: command.value }));\n          reply('Inserted');`,
    }], { kickBound: 12, load: 1 })).toMatch(/key \d+ is there, but is not found/);
  });

  test('an entry is removed before its copy is written', async () => {
    expect(await complaint([
      { file: engine, from: "            put(spare, drivenOut, victim);\n            phase.next = 'Overwrite';", to: "            write.tables.set(victim.oneHot(TABLES));\n            phase.next = 'Overwrite';" },
      { file: engine, from: "      Overwrite: () => {\n        write.tables.set(victim.oneHot(TABLES));", to: '      Overwrite: () => {\n        put(spare, drivenOut, victim);' },
    ])).toMatch(/key \d+ is there, but is not found/);
  });

  test('the stash is cleared before the row is written', async () => {
    expect(await complaint([{ file: engine, from: "            write.tables.set(vacant.priority().oneHot(TABLES));\n            phase.next = 'Clear';", to: "            phase.next = 'Overwrite';\n            victim.next = vacant.priority();\n            for (const [i, { entry }] of stash.entries()) when(turn.eq(i), () => { entry.used.next = false; });" }]))
      .toMatch(/key \d+ is there, but is not found/);
  });

  test('stale lookup after insert/delete: a row that is read while it is written', async () => {
    // The simulator's memory says that what came out of the RAM is undefined.
    expect(await complaint([{ file: 'tcp/flow-table.ts', from: '.and(compare.overwritten.bit(i).not())', to: '' }])).toMatch(/memory collision/);
  });

  test('stale lookup after insert/delete: the stash is compared a cycle too late', async () => {
    const file = 'tcp/flow-table.ts';
    const late = 'bitsOf(stash.map((entry) => entry.used.and(entry.key.eq(compare.lookup.key))))';
    expect(await complaint([
      { file, from: 'const hit = engine.ready.and(compare.hit.or(same.orR()));', to: `const hit = engine.ready.and(${late}.orR().or(same.orR()));` },
      { file, from: 'mux(compare.hit, compare.value, inRow)', to: `mux(same.orR(), inRow, chosen(${late}, FlowValue, stash.map((entry) => entry.value)))` },
    ])).toMatch(/is there, but is not found/);
  });

  test('a delete that leaves the stash alone', async () => {
    expect(await complaint([{ file: engine, from: 'when(same.bit(TABLES + i), () => { entry.used.next = false; });', to: ';' }])).toMatch(/is found, but is not there|is answered present|is answered/);
  });
});
