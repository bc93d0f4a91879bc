/** Connections that ended are told to TIME_WAIT in order, each with its hash, and none is forgotten by the flow table before. */
import { expect, test } from 'vitest';
import { remember } from '../../../hw/tcp/remember.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { hashOf, type Key, packed, randomKey, SECRET } from './support/flow-keys.ts';
import { steeredRecord } from './time-wait-model.ts';

const bench = hardwareBench();
/** Connections that wait at most, besides the one that is hashed: they leave one by one. */
const WAITING = 16;

test.each([
  // seed, percent of cycles in which a connection ends, percent in which the flow table takes a command, cycles with such ends
  [1, 2, 100, 2000], [2, 8, 100, 2000], [3, 8, 30, 2000], [4, 60, 60, 500],
])('seed %i: a connection ends in %i percent of cycles, the flow table is ready in %i percent', (seed, ends, ready, busy) => {
  const sim = bench.simulate(remember({ connections: 16, vms: 3 }));
  const draw = random(seed);
  sim.io.secret = SECRET;
  const remembered: { key: Key; vm: number; record: ReturnType<typeof steeredRecord> }[] = [];
  const deletions: { number: number; after: number }[] = [];
  let [told, inserted, deleted, number, forgotten] = [0, 0, 0, 0, 0];
  let standing: number | undefined;
  for (let cycle = 0; cycle < 2500; cycle++) {
    const quiet = cycle >= busy;
    const expires = !quiet && draw.chance(ends / 100);
    const entry = { key: randomKey(draw), vm: draw.below(3), record: steeredRecord(draw) };
    sim.io.expiring.valid = expires;
    sim.io.expiring.payload = entry;
    const offered = deletions[0];
    sim.io.deletion.valid = offered !== undefined;
    sim.io.deletion.payload = { op: 'Delete', key: randomKey(draw), value: { connection: 5, generation: offered?.number ?? 0 }, has_hash: false, hash: 0 };
    sim.io.command.ready = quiet || draw.chance(ready / 100);
    sim.step();
    const { insert, command, deletion } = sim.sampled;
    if (insert.valid) {
      const { key, vm, record } = remembered.shift()!;
      expect(insert.payload).toMatchObject({ vm: BigInt(vm), hash: hashOf(packed(key)) & 0xffff_ffffn, key: { remote_address: BigInt(key.remote_address), local_port: BigInt(key.local_port) }, record: { snd_nxt: BigInt(record.snd_nxt) } });
      inserted++;
    }
    // What stands stays.
    if (standing !== undefined) expect([command.valid, Number(command.payload.value.generation)]).toEqual([true, standing]);
    standing = command.valid && !command.ready ? Number(command.payload.value.generation) : undefined;
    expect(deletion.ready && offered !== undefined).toBe(command.valid && command.ready);
    if (command.valid && command.ready) {
      expect(Number(command.payload.value.generation)).toBe(offered!.number);
      expect(inserted).toBeGreaterThanOrEqual(offered!.after);
      deletions.shift();
      deleted++;
    }
    if (expires) {
      if (sim.sampled.forgotten) forgotten++;
      else {
        remembered.push(entry);
        told++;
      }
      expect(remembered.length).toBeLessThanOrEqual(WAITING + 1);
      deletions.push({ number: number++, after: told });
    } else expect(sim.sampled.forgotten).toBe(false);
  }
  expect([remembered.length, deletions.length]).toEqual([0, 0]);
  expect([inserted, deleted]).toEqual([told, number]);
  expect(forgotten > 0).toBe(ends > 10);
  expect(sim.io.idle).toBe(true);
});

bench.verilog();
