/** Every slot comes back once, after its deletion, its next hop's release and its guest's FINAL entry, in whichever order they come. */
import { expect, test } from 'vitest';
import { slotReturn } from '../../../hw/tcp/slot-return.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();

test.each([[1, 100], [2, 40], [3, 60]])('connections live and end, some without a word (seed %i, table ready in %i percent of cycles)', (seed, pace) => {
  const sim = bench.simulate(slotReturn({ connections: 16, neighbours: 8 }));
  const draw = random(seed);
  sim.until(() => sim.sampled.ready, 40);
  type Slot = { generation: number; alive: boolean; deleted: boolean; released: boolean; told: boolean; needs: boolean };
  const slots: Slot[] = Array.from({ length: 16 }, () => ({ generation: 0, alive: true, deleted: false, released: false, told: false, needs: false }));
  const toTell: number[] = [];
  let given = 0;
  for (let cycle = 0; cycle < 6000; cycle++) {
    const living = slots.map((slot, i) => ({ ...slot, i })).filter(({ alive }) => alive);
    const ends = cycle < 5000 && living.length > 0 && draw.chance(0.15) ? living[draw.below(living.length)]!.i : undefined;
    sim.io.ended.valid = ends !== undefined;
    if (ends !== undefined) {
      const slot = slots[ends]!;
      const needs = draw.chance(0.7);
      Object.assign(slot, { alive: false, deleted: false, released: ends === 3, told: false, needs });
      if (needs) toTell.push(ends);
      sim.io.ended.payload = { slot: { connection: ends, generation: (slot.generation + 1) & 0xffff }, key: { vlan: ends, local_address: 1, remote_address: 2, local_port: 3, remote_port: ends }, has_neighbour: ends !== 3, neighbour: ends % 8, told: needs };
    }
    const tells = toTell.length > 0 && draw.chance(0.1) ? toTell.splice(draw.below(toTell.length), 1)[0] : undefined;
    sim.io.finished.valid = tells !== undefined;
    sim.io.finished.payload = tells ?? 0;
    sim.io.command.ready = draw.chance(pace / 100);
    sim.io.release.ready = draw.chance(pace / 100);
    sim.io.give.ready = draw.chance(pace / 100);
    sim.step();
    const { command, release, give } = sim.sampled;
    if (command.valid && command.ready) {
      const { value, key, op } = command.payload;
      const slot = slots[Number(value.connection)]!;
      expect([op, Number(value.generation), Number(key.remote_port)]).toEqual(['Delete', slot.generation, Number(value.connection)]);
      expect([slot.alive, slot.deleted]).toEqual([false, false]);
      slot.deleted = true;
    }
    if (release.valid && release.ready) {
      const slot = slots.find((one, i) => one.deleted && !one.released && i % 8 === Number(release.payload))!;
      slot.released = true;
    }
    if (tells !== undefined) slots[tells]!.told = true;
    if (give.valid && give.ready) {
      const slot = slots[Number(give.payload.connection)]!;
      expect(slot).toMatchObject({ alive: false, deleted: true, released: true, told: slot.needs });
      slot.generation = (slot.generation + 1) & 0xffff;
      expect(Number(give.payload.generation)).toBe(slot.generation);
      slot.alive = true;
      given++;
    }
  }
  expect(slots.every(({ alive }) => alive)).toBe(true);
  expect(given).toBeGreaterThan(150);
  expect(sim.io.idle).toBe(true);
});

bench.verilog();
