import { simulate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { slots } from '../../../hw/tcp/slots.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();

interface Slot { readonly connection: bigint; readonly generation: bigint }

describe.each([[4, 1, 1], [8, 2, 2], [128, 2, 1]])('%i slots, %i takers, %i givers', (connections, takers, givers) => {
  test.each([[0.5, 0.5], [0.9, 0.3], [0.2, 0.9]])('in the order of return, and none twice: takes %d, returns %d', (takes, returns) => {
    const sim = bench.simulate(slots({ connections, vms: 3, takers, givers }));
    const draw = random(11);
    // All ask from the first cycle on; nobody is served before all slots are in.
    for (const port of sim.io.take) port.valid = true;
    let filling = 0;
    while (!sim.io.ready) {
      sim.step();
      expect(sim.sampled.take.some(({ ready }) => ready)).toBe(false);
      filling += 1;
    }
    expect(filling).toBe(connections);
    for (const port of sim.io.take) port.valid = false;
    sim.step(3);

    const free: (Slot & { readonly since: number })[] = Array.from({ length: connections }, (_, i) => ({ connection: BigInt(i), generation: 0n, since: -9 }));
    const out: Slot[] = [];
    const offered: (Slot | undefined)[] = Array.from({ length: givers }, () => undefined);
    let [served, refused, returned] = [0, 0, 0];
    for (let cycle = 0; cycle < 3 * connections + 200; cycle++) {
      for (const port of sim.io.take) if (!port.valid) port.valid = draw.chance(takes);
      offered.forEach((slot, i) => {
        if (slot === undefined && out.length > 0 && draw.chance(returns)) {
          const [back] = out.splice(draw.below(out.length), 1);
          offered[i] = { connection: back!.connection, generation: (back!.generation + 1n) & 0xffffn };
        }
        Object.assign(sim.io.give[i]!, { valid: offered[i] !== undefined });
        if (offered[i] !== undefined) sim.io.give[i]!.payload = offered[i];
      });
      sim.step();
      const { take, give, ok, slot, counters } = sim.sampled;
      const taker = take.findIndex(({ ready }) => ready);
      expect(take.filter(({ ready }, i) => ready && sim.io.take[i]!.valid).length).toBeLessThanOrEqual(1);
      expect(sim.sampled.free).toBe(BigInt(free.length));
      if (taker >= 0 && sim.io.take[taker]!.valid) {
        expect(counters).toMatchObject({ taken: ok, none_left: !ok });
        if (ok) {
          expect(free[0]).toMatchObject(slot);
          out.push(free.shift()!);
          served += 1;
        } else {
          // A slot that came back can be taken two cycles later.
          expect(free.filter(({ since }) => since < cycle - 1)).toEqual([]);
          refused += 1;
        }
        sim.io.take[taker]!.valid = false;
      }
      give.forEach(({ ready }, i) => {
        if (!ready || offered[i] === undefined) return;
        free.push({ ...offered[i], since: cycle });
        offered[i] = undefined;
        returned += 1;
      });
    }
    expect(served).toBeGreaterThan(connections);
    expect(returned).toBeGreaterThan(0);
    if (takes > 0.8 && connections < 100) expect(refused).toBeGreaterThan(0);
  });
});

test('one comes and one goes in a cycle', () => {
  const sim = simulate(slots({ connections: 8, vms: 1 }));
  sim.until(() => sim.io.ready);
  sim.step(2);
  sim.io.take[0]!.valid = true;
  for (let i = 0; i < 8; i++) {
    sim.step();
    expect([sim.sampled.take[0]!.ready, sim.sampled.ok, sim.sampled.slot.connection]).toEqual([true, true, BigInt(i)]);
    sim.io.give[0]!.valid = true;
    sim.io.give[0]!.payload = { connection: i, generation: 1 };
  }
  sim.step();
  expect(sim.sampled.slot).toEqual({ connection: 0n, generation: 1n });
});

test('a slot too many stops the simulation', () => {
  const sim = simulate(slots({ connections: 4, vms: 1 }));
  sim.until(() => sim.io.ready);
  sim.io.give[0]!.valid = true;
  expect(() => sim.step(2)).toThrow('no more slots come back than there are');
});

bench.verilog();
