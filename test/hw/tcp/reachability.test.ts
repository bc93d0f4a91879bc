/** Next hops and eligibility: what the scheduler knows follows what connections and next hops are, whatever comes when. */
import { inst, type ModuleDefinition, module, simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { reachability } from '../../../hw/tcp/reachability.ts';
import { txScheduler } from '../../../hw/tcp/tx-scheduler.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { planted, type Plant } from '../support/planted.ts';
import { registersStay } from './support/registers.ts';

const bench = hardwareBench();

interface Size { readonly connections: number; readonly vms: number; readonly neighbours: number }
type Design = ReturnType<typeof reachability>;
type Ports = Design extends ModuleDefinition<infer P> ? P : never;
interface Word { vm: number; generation: number; neighbour: number }
interface WriteBack { readonly connection: number; readonly eligible: boolean; readonly grant: boolean; readonly freed: boolean }
interface Level { usable: boolean; failed: boolean }

const design = (size: Size) => reachability(size);

/** The reports as the scheduler sees them, beside the levels that they should follow. */
function systemOf(sim: Simulation<Ports>, { connections, vms, neighbours }: Size) {
  const words: Word[] = Array.from({ length: connections }, (_, i) => ({ vm: i % vms, generation: 100 + i, neighbour: i % neighbours }));
  const levels: Level[] = Array.from({ length: neighbours }, () => ({ usable: false, failed: false }));
  /** By connection: of its last write-back. */
  const marks = new Map<number, { eligible: boolean; used: boolean }>();
  /** What the scheduler was told last. */
  const told = new Map<number, boolean>();
  const reports: { connection: number; vm: number; eligible: boolean; grant: boolean }[] = [];
  const aborts: { connection: number; generation: number }[] = [];
  const counted = { held_back: 0, given_up: 0 };
  let [asked, takes] = [0, 1];
  const draw = random(5);
  sim.until(() => sim.io.ready, connections + 2);
  const s = {
    sim, words, levels, reports, aborts, told, counted,
    takes: (chance: number) => { takes = chance; },
    cycle({ write, change }: { write?: WriteBack; change?: Level & { readonly index: number } } = {}) {
      sim.io.word = words[asked]!;
      sim.io.write_back.valid = write !== undefined;
      if (write !== undefined) {
        sim.io.write_back.payload = write;
        marks.set(write.connection, { eligible: write.eligible, used: !write.freed });
      }
      sim.io.changed.valid = change !== undefined;
      if (change !== undefined) {
        sim.io.changed.payload = change;
        levels[change.index] = { usable: change.usable, failed: change.failed };
      }
      sim.io.abort.ready = draw.chance(takes);
      sim.step();
      const { index, report, abort, counters } = sim.sampled;
      asked = Number(index);
      if (counters.held_back) counted.held_back += 1;
      if (counters.given_up) counted.given_up += 1;
      if (report.valid) {
        const { connection, vm, eligible, grant } = report.payload;
        reports.push({ connection: Number(connection), vm: Number(vm), eligible, grant });
        told.set(Number(connection), eligible);
      }
      if (abort.valid && abort.ready) {
        expect(abort.payload.event).toMatchObject({ kind: 'Abort', cause: 'Unreachable' });
        aborts.push({ connection: Number(abort.payload.connection), generation: Number(abort.payload.generation) });
      }
    },
    write(connection: number, eligible: boolean, { grant = false, freed = false } = {}) { s.cycle({ write: { connection, eligible, grant, freed } }); },
    change(index: number, usable: boolean, failed = false) { s.cycle({ change: { index, usable, failed } }); },
    settle(most = 2 * connections + 40) {
      s.cycle();
      for (let i = 0; i < most && !sim.io.idle; i++) s.cycle();
      expect(sim.io.idle).toBe(true);
    },
    /** The pipeline ends who was asked to: the slot is free, and has another life when it is used again. */
    end() {
      for (const { connection, generation } of aborts.splice(0)) {
        if (words[connection]!.generation !== generation) continue;
        s.write(connection, false, { freed: true });
        s.cycle();
        words[connection] = { ...words[connection]!, generation: generation + 1 };
      }
    },
    /** What was told last is what is so, and nobody uses a next hop that was given up. */
    check() {
      for (const [connection, { eligible, used }] of marks) {
        const level = levels[words[connection]!.neighbour]!;
        expect([connection, told.get(connection), used && level.failed]).toEqual([connection, eligible && level.usable, false]);
      }
    },
  };
  return s;
}

const SMALL: Size = { connections: 16, vms: 3, neighbours: 4 };
const system = (size = SMALL, made: Design = design(size)) => systemOf(bench.simulate(made), size);

test('a report follows two cycles later, with its VM and its grant', () => {
  const s = system();
  s.change(1, true);
  s.settle();
  s.write(5, true, { grant: true });
  s.cycle();
  expect(s.reports).toEqual([]);
  s.cycle();
  expect(s.reports).toEqual([{ connection: 5, vm: 2, eligible: true, grant: true }]);
});

test('a report in every cycle, a grant flag for each', () => {
  const s = system();
  for (let i = 0; i < 40; i++) s.write(i % 16, true, { grant: i % 3 === 0 });
  s.settle();
  expect(s.reports.map(({ connection, grant }) => [connection, grant])).toEqual(Array.from({ length: 40 }, (_, i) => [i % 16, i % 3 === 0]));
  expect(s.counted.held_back).toBe(40);
});

test('who waits for an answer goes on when it comes, and nobody else is reported', () => {
  const s = system();
  for (const connection of [1, 5, 9]) s.write(connection, connection !== 9);
  s.settle();
  expect(s.reports.every(({ eligible }) => !eligible)).toBe(true);
  s.reports.length = 0;
  s.change(1, true);
  s.settle();
  expect(s.reports).toEqual([1, 5].map((connection) => ({ connection, vm: connection % 3, eligible: true, grant: false })));
  expect(s.aborts).toEqual([]);
});

test('a change reaches all within as many cycles as there are connections, and five', () => {
  const s = system({ connections: 64, vms: 2, neighbours: 4 });
  for (let i = 0; i < 64; i++) s.write(i, true);
  s.settle(200);
  const from = s.sim.cycle;
  s.change(3, true);
  s.settle(200);
  expect(s.sim.cycle - from).toBeLessThanOrEqual(64 + 5);
  s.check();
});

test('who uses a next hop that is given up is asked to end, once; who is free or has another is not', () => {
  const s = system();
  for (const connection of [0, 2, 4, 6, 10]) s.write(connection, connection !== 4);
  s.write(10, false, { freed: true });
  s.settle();
  s.takes(0.2);
  s.change(2, false, true);
  s.settle(500);
  expect(s.aborts).toEqual([2, 6].map((connection) => ({ connection, generation: 100 + connection })));
  expect(s.counted.given_up).toBe(2);
});

test('a connection that comes to a next hop which was given up just before is asked to end', () => {
  const s = system();
  s.change(3, false, true);
  s.settle();
  s.write(7, true);
  s.settle();
  expect(s.aborts).toEqual([{ connection: 7, generation: 107 }]);
});

test('asked for anew: whoever was not asked to end yet waits with the new user', () => {
  const s = system({ connections: 64, vms: 1, neighbours: 4 });
  for (let i = 0; i < 64; i += 4) s.write(i, true);
  s.settle(200);
  s.takes(0);
  s.change(0, false, true);
  for (let i = 0; i < 40; i++) s.cycle();
  s.change(0, false, false);
  s.takes(1);
  s.settle(400);
  const ended = s.aborts.length;
  expect(ended).toBeGreaterThan(0);
  expect(ended).toBeLessThan(6);
  s.change(0, true);
  s.settle(200);
  for (let i = 0; i < 64; i += 4) expect(s.told.get(i)).toBe(true);
  expect(s.aborts.length).toBe(ended);
});

describe('hazard: a write-back and a change of its next hop, in any cycle around each other', () => {
  test.each([['becomes usable', true, false, true], ['goes away', false, false, false], ['is given up', false, true, false]] as const)('it %s', (_, usable, failed, eligible) => {
    for (let delay = -24; delay <= 24; delay++) {
      const s = systemOf(simulate(design(SMALL)), SMALL);
      if (!usable) s.change(2, true);
      s.settle();
      for (let i = -24; i <= 26; i++) {
        s.cycle({ ...(i === 0 ? { write: { connection: 6, eligible: true, grant: false, freed: false } } : {}), ...(i === delay ? { change: { index: 2, usable, failed } } : {}) });
      }
      s.settle();
      expect([delay, s.told.get(6)]).toEqual([delay, eligible]);
      // A round may find it, and the one that its write-back began again.
      expect(failed ? [1, 2] : [0]).toContain(s.aborts.length);
    }
  });
});

/** A second change, in each cycle of the round of the first. */
function changesInRounds(s: ReturnType<typeof system>, { connections }: Size): void {
  for (let i = 0; i < connections; i++) s.write(i, true);
  for (let delay = 0; delay < connections + 8; delay++) {
    for (const usable of [true, false]) {
      s.change(1, usable);
      for (let i = 0; i < delay; i++) s.cycle();
      s.change(2, usable);
      s.settle();
      s.check();
    }
  }
}

test('hazard: a change in any cycle of the round of another', () => { changesInRounds(system(), SMALL); });

const LEVELS = [{ usable: true, failed: false }, { usable: false, failed: false }, { usable: false, failed: true }] as const;

/** Anything, anywhere, then rest. How many were asked to end. */
function churn(s: ReturnType<typeof system>, { connections, neighbours }: Size, seed: number, steps: number): number {
  const draw = random(seed);
  const grants: number[] = [];
  let ended = 0;
  const end = () => {
    ended += s.aborts.length;
    s.end();
  };
  const rest = () => {
    do {
      end();
      s.settle(20 * connections + 200);
    } while (s.aborts.length > 0);
    s.check();
  };
  for (let i = 0; i < steps; i++) {
    const write = { connection: draw.below(connections), eligible: draw.chance(0.6), grant: draw.chance(0.2), freed: false };
    const change = { index: draw.below(neighbours), ...LEVELS[draw.below(3)]! };
    const [writes, changes] = [draw.chance(0.6), draw.chance(0.1)];
    if (writes && write.grant) grants.push(write.connection);
    s.cycle({ ...(writes ? { write } : {}), ...(changes ? { change } : {}) });
    if (draw.chance(0.1)) end();
    if (draw.chance(0.05)) rest();
  }
  rest();
  expect(s.reports.filter(({ grant }) => grant).map(({ connection }) => connection)).toEqual(grants);
  return ended;
}

describe.each([SMALL, { connections: 32, vms: 1, neighbours: 16 }, { connections: 64, vms: 8, neighbours: 64 }])('$connections connections, $vms VMs, $neighbours next hops', (size) => {
  test.each([[1, 1], [2, 0.3]])('whatever comes, all is right in the end (seed %i, ends taken %d)', (seed, takes) => {
    const s = system(size);
    s.takes(takes);
    expect(churn(s, size, seed, 1500)).toBeGreaterThan(20);
    expect(s.counted.held_back).toBeGreaterThan(50);
  });
});

test.each([[1024, 8, 64], [16_384, 127, 1024]])('%i connections of %i VMs, %i next hops', (connections, vms, neighbours) => {
  const size = { connections, vms, neighbours };
  const s = system(size);
  const last = connections - 1;
  for (const connection of [0, neighbours - 1, last]) s.write(connection, true);
  s.change(neighbours - 1, true);
  s.settle();
  s.check();
  expect([s.told.get(0), s.told.get(last)]).toEqual([false, true]);
  s.change(neighbours - 1, false, true);
  s.settle();
  expect(s.aborts.map(({ connection }) => connection).sort((a, b) => a - b)).toEqual([neighbours - 1, last]);
  s.end();
  s.settle();
  s.check();
});

test('while idle no register changes', () => {
  const made = design(SMALL);
  const s = systemOf(simulate(made), SMALL);
  churn(s, SMALL, 4, 100);
  const unchanged = registersStay(made, s.sim, 8);
  for (let i = 0; i < 20; i++) {
    s.cycle();
    expect(s.sim.io.idle).toBe(true);
    unchanged();
  }
});

test('misuse is asserted', () => {
  const { io, step } = simulate(design(SMALL));
  io.write_back.valid = true;
  expect(() => step(1)).toThrow('reachability: nothing is written back before ready');
});

describe('a planted fault is found', () => {
  const file = 'tcp/reachability.ts';
  const plants: readonly [string, Plant][] = [
    ['a change during a round does not begin another', { file, from: 'news.or(lost.and(visit.not()))', to: 'news.and(left.eq(0)).or(lost.and(visit.not()))' }],
    ['a connection at a next hop that was given up is not noticed', { file, from: 'news.or(lost.and(visit.not()))', to: 'news' }],
    ['a round reports what it did not read', { file, from: 'mux(visiting, stored, told)', to: 'told' }],
    ['a round takes the cycle of a write-back', { file, from: 'left.ne(0), reports.not(), aborts', to: 'left.ne(0), aborts' }],
    ['a round ends one too early', { file, from: 'left.next = connections;', to: 'left.next = connections - 1;' }],
    ['a round goes on without room', { file, from: 'aborts.level.le(ABORTS - VISITS_UNDER_WAY)', to: 'aborts.level.le(ABORTS)' }],
    ['usable is forgotten', { file, from: 'usable.next = put(usable, change.usable);', to: 'usable.next = usable.or(bit);' }],
  ];
  const finds = (made: Design): boolean => {
    try {
      for (const seed of [1, 2, 3]) {
        const s = systemOf(simulate(made), SMALL);
        s.takes(0.3);
        changesInRounds(s, SMALL);
        churn(s, SMALL, seed, 500);
      }
    } catch {
      return true;
    }
    return false;
  };
  test('and nothing without one', () => { expect(finds(design(SMALL))).toBe(false); });
  test.each(plants)('%s', async (_, plant) => {
    const faulty = await planted<{ reachability: typeof reachability }>(file, [plant]);
    expect(finds(faulty.reachability(SMALL))).toBe(true);
  });
});

/** With the scheduler behind it, whose assertions count too. */
const together = (size: Size) => {
  const { connections, vms } = size;
  const [before, behind] = [design(size), txScheduler({ connections, vms })];
  const { write_back, index, word, changed, abort } = before.ports;
  return module('reachability_together', { ...size }, { write_back, index, word, changed, abort, grant: behind.ports.grant, idle: before.ports.idle, ready: before.ports.ready }, (io) => {
    const reach = inst(before, { write_back: io.write_back, word: io.word, changed: io.changed });
    const scheduler = inst(behind, { write_back: reach.report, credit: true });
    scheduler.charge.valid.set(false);
    scheduler.charge.payload.set({ vm: 0, wire_bytes: 0 });
    io.index.set(reach.index);
    io.abort.from(reach.abort);
    io.grant.from(scheduler.grant);
    io.idle.set(reach.idle.and(scheduler.idle));
    io.ready.set(reach.ready.and(scheduler.ready));
    return { reach, scheduler };
  });
};

test.each([1, 2])('with the scheduler: nobody is granted whose next hop is not known, and nobody is forgotten (seed %i)', (seed) => {
  const { connections, vms, neighbours } = SMALL;
  const sim = bench.simulate(together(SMALL));
  const draw = random(seed);
  const work = Array.from({ length: connections }, () => 0);
  const usableSince = Array.from({ length: neighbours }, () => Infinity);
  const lostAt = Array.from({ length: neighbours }, () => -Infinity);
  const underWay: { connection: number; at: number }[] = [];
  let [asked, granted] = [0, 0];
  sim.until(() => sim.io.ready, 40);
  const cycle = (busy: boolean) => {
    sim.io.word = { vm: asked % vms, generation: 0, neighbour: asked % neighbours };
    const ending = underWay[0] !== undefined && underWay[0].at <= sim.cycle ? underWay.shift() : undefined;
    const connection = ending?.connection ?? draw.below(connections);
    const writes = ending !== undefined || (busy && draw.chance(0.4));
    if (ending !== undefined) work[connection] = Math.max(0, work[connection]! - 1);
    else if (writes) work[connection] = draw.below(4);
    sim.io.write_back.valid = writes;
    sim.io.write_back.payload = { connection, eligible: work[connection]! > 0, grant: ending !== undefined, freed: false };
    const index = draw.below(neighbours);
    const usable = draw.chance(0.5);
    sim.io.changed.valid = busy ? draw.chance(0.02) : usableSince.includes(Infinity);
    const which = busy ? index : usableSince.indexOf(Infinity);
    if (sim.io.changed.valid) {
      const on = busy ? usable : true;
      sim.io.changed.payload = { index: which, usable: on, failed: false };
      if (on) usableSince[which] = Math.min(usableSince[which]!, sim.cycle);
      else {
        if (usableSince[which] !== Infinity) lostAt[which] = sim.cycle;
        usableSince[which] = Infinity;
      }
    }
    sim.io.grant.ready = draw.chance(0.8);
    sim.step();
    asked = Number(sim.sampled.index);
    if (sim.sampled.grant.valid && sim.sampled.grant.ready) {
      const to = Number(sim.sampled.grant.payload.connection);
      granted += 1;
      // One that was granted before may still stand at the output, and a round takes its time.
      if (usableSince[to % neighbours] === Infinity) expect(sim.cycle - lostAt[to % neighbours]!).toBeLessThan(200);
      underWay.push({ connection: to, at: sim.cycle + 1 + draw.below(8) });
      underWay.sort((a, b) => a.at - b.at);
    }
  };
  for (let i = 0; i < 1500; i++) cycle(i % 40 < 25);
  for (let i = 0; i < 1500 && !(sim.io.idle && underWay.length === 0 && work.every((left) => left === 0)); i++) cycle(false);
  expect(work).toEqual(work.map(() => 0));
  expect(granted).toBeGreaterThan(100);
});

bench.verilog();
