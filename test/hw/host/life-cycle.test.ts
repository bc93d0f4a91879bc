/** The life of VMs: begin, end when quiet, faults and their precedence; against a model over random inputs. */
import { expect, test } from 'vitest';
import { lifeCycle } from '../../../hw/host/life-cycle.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();

type Cause = 'None' | 'QueueAccess' | 'QueueWindow' | 'Doorbell' | 'Stuck';
type Found = readonly [vm: number, cause: Cause] | undefined;

/** Two VMs, two sources of faults. */
function system() {
  const sim = bench.simulate(lifeCycle({ vms: 2, sources: 2 }));
  return {
    sim,
    step(enable: readonly boolean[], quiet: readonly boolean[], found: readonly Found[] = []) {
      sim.io.enable = [...enable];
      sim.io.quiet = [...quiet];
      for (const s of [0, 1]) {
        const port = sim.io.fault[s]!;
        port.valid = found[s] !== undefined;
        port.payload.vm = found[s]?.[0] ?? 0;
        port.payload.cause = found[s]?.[1] ?? 'None';
      }
      sim.step();
    },
  };
}

test('begins a cycle after its register, once quiet; runs until quiet again', () => {
  const { sim, step } = system();
  step([true, false], [false, true]);
  expect(sim.io.active).toEqual([false, false]);
  step([true, false], [true, true]);
  expect(sim.io.active).toEqual([true, false]);
  step([true, false], [false, true]); // work does not end it
  expect(sim.io.active).toEqual([true, false]);
  step([false, false], [false, true]);
  expect(sim.io.active).toEqual([false, false]);
  expect(sim.io.status).toEqual([{ running: true, faulted: false }, { running: false, faulted: false }]);
  step([false, false], [true, true]);
  sim.io.quiet = [true, true];
  expect(sim.io.status).toEqual([{ running: false, faulted: false }, { running: false, faulted: false }]);
});

test('the first source counts; a fault stops once, and its cause stays until the VM is disabled', () => {
  const { sim, step } = system();
  const [on, calm] = [[true, true], [true, true]];
  step(on, calm);
  step(on, calm, [[1, 'QueueWindow'], [1, 'Doorbell']]);
  expect([sim.io.active, sim.io.cause, sim.io.stopped]).toEqual([[true, false], ['None', 'QueueWindow'], { valid: true, payload: 1n }]);
  step(on, calm, [[1, 'Stuck'], undefined]);
  expect([sim.io.active, sim.io.cause, sim.io.stopped.valid]).toEqual([[true, false], ['None', 'QueueWindow'], false]);
  step([true, false], calm);
  expect(sim.io.cause).toEqual(['None', 'None']);
  step(on, calm);
  expect(sim.io.active).toEqual([true, true]);
});

test('a fault in the cycle in which the guest disables itself is told, and forgotten with the next', () => {
  const { sim, step } = system();
  step([true, true], [true, true]);
  step([false, true], [true, true], [[0, 'Stuck']]);
  expect([sim.io.active, sim.io.cause, sim.io.stopped]).toEqual([[false, true], ['Stuck', 'None'], { valid: true, payload: 0n }]);
  step([false, true], [true, true]);
  expect([sim.io.cause, sim.io.stopped.valid]).toEqual([['None', 'None'], false]);
});

test('faults of two VMs in one cycle stop both, and each is told', () => {
  const { sim, step } = system();
  const [on, calm] = [[true, true], [true, true]];
  step(on, calm);
  const told: bigint[] = [];
  const hear = () => { if (sim.io.stopped.valid) told.push(sim.io.stopped.payload); };
  step(on, calm, [[0, 'Stuck'], [1, 'Doorbell']]);
  hear();
  expect(sim.io.cause).toEqual(['Stuck', 'Doorbell']);
  for (let i = 0; i < 4; i++) {
    step(on, calm);
    hear();
  }
  expect(told).toEqual([0n, 1n]);
});

const CAUSES: readonly Cause[] = ['QueueAccess', 'QueueWindow', 'Doorbell', 'Stuck'];

test.each([1, 2, 3])('random inputs, seed %i: never served while disabled or faulted; never begins while not quiet', (seed) => {
  const { sim, step } = system();
  const rng = random(seed);
  let [active, cause] = [[false, false], ['None', 'None'] as Cause[]];
  let [begun, stops, told] = [0, 0, 0];
  const hear = () => { told += Number(sim.io.stopped.valid); };
  for (let i = 0; i < 500; i++) {
    const enable = [0, 1].map(() => rng.chance(0.8));
    const quiet = [0, 1].map(() => rng.chance(0.5));
    const found: Found[] = [0, 1].map(() => (rng.chance(0.1) ? [rng.below(2), CAUSES[rng.below(4)]!] as const : undefined));
    step(enable, quiet, found);
    const next = active.map((was, v) => {
      const hit = was ? found.find((f) => f?.[0] === v) : undefined;
      return { active: enable[v]! && cause[v] === 'None' && (was || quiet[v]!) && hit === undefined, cause: hit?.[1] ?? (enable[v]! ? cause[v]! : 'None') };
    });
    hear();
    stops += next.filter((n, v) => active[v]! && cause[v] === 'None' && n.cause !== 'None').length;
    begun += next.filter((n, v) => n.active && !active[v]).length;
    [active, cause] = [next.map((n) => n.active), next.map((n) => n.cause)];
    expect([sim.io.active, sim.io.cause]).toEqual([active, cause]);
  }
  for (let i = 0; i < 2; i++) {
    step([false, false], [true, true]);
    hear();
  }
  expect(told).toBe(stops);
  expect([begun > 50, stops > 20]).toEqual([true, true]);
});

bench.verilog();
