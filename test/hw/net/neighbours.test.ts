/** Next hops against a model: who is asked when, who is usable, and that a neighbour in use keeps its index. */
import { expect, test } from 'vitest';
import { neighbours } from '../../../hw/net/neighbours.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const RETRY = 977;
const LIFE = 300_000;

type Asked = { readonly address: number; readonly at: number };

function system(count: number) {
  const sim = bench.simulate(neighbours({ neighbours: count, connections: 64 }, 2));
  const asked: Asked[] = [];
  const changes: { index: number; usable: boolean; failed: boolean }[] = [];
  const counted: Record<string, number> = {};
  let now = 0xff_0000;
  let askable = true;
  sim.io.retry = RETRY;
  sim.io.life = LIFE;
  const s = {
    sim, asked, changes, counted,
    now: () => now,
    askable: (may: boolean) => { askable = may; },
    step() {
      sim.io.now = now & 0xff_ffff;
      sim.io.question.ready = askable;
      sim.step();
      const { question, changed, counters } = sim.sampled;
      if (question.valid && question.ready) asked.push({ address: Number(question.payload.target), at: now });
      if (changed.valid) changes.push({ index: Number(changed.payload.index), usable: changed.payload.usable, failed: changed.payload.failed });
      for (const [name, on] of Object.entries(counters)) if (on === true) counted[name] = (counted[name] ?? 0) + 1;
    },
    steps(n: number) { for (let i = 0; i < n; i++) s.step(); },
    /** As an idle engine may: from deadline to deadline. */
    pass(ticks: number) {
      const end = now + ticks;
      for (;;) {
        s.steps(3 * count + 12);
        const { valid, payload } = sim.io.next_deadline;
        expect(sim.io.idle).toBe(true);
        const ahead = ((Number(payload) - now) << 8) >> 8;
        if (!valid || now + ahead > end) break;
        now += Math.max(ahead, 0);
      }
      now = end;
      s.steps(3 * count + 12);
    },
    resolve(address: number, seed?: number) {
      sim.io.resolve.valid = true;
      sim.io.resolve.payload = { vlan: 5, address, local: 0x0a00_0001, mac: 0x02_0000_0000_01, seeded: seed !== undefined, seed: seed ?? 0 };
      let cycles = 0;
      do { s.step(); cycles++; } while (!sim.sampled.resolve.ready);
      sim.io.resolve.valid = false;
      return { ok: sim.sampled.resolved.ok, index: Number(sim.sampled.resolved.index), cycles };
    },
    release(index: number) {
      sim.io.release.valid = true;
      sim.io.release.payload = index;
      do s.step(); while (!sim.sampled.release.ready);
      sim.io.release.valid = false;
    },
    learn(address: number, mac: number, worth_entry = false) {
      sim.io.lesson.valid = true;
      sim.io.lesson.payload = { vlan: 5, address, mac, worth_entry };
      do s.step(); while (!sim.sampled.lesson.ready);
      sim.io.lesson.valid = false;
    },
    reach(index: number) {
      sim.io.index = [0, index];
      s.step();
      return { usable: sim.io.reach[1]!.usable, mac: Number(sim.io.reach[1]!.mac) };
    },
  };
  sim.until(() => sim.sampled.ready, 4 * count);
  return s;
}

test('asked three times, a second apart, then given up; a new user asks anew', () => {
  const s = system(4);
  const start = s.now();
  const { ok, index } = s.resolve(0x0a00_0009);
  expect(ok).toBe(true);
  s.pass(5 * RETRY);
  expect(s.asked.map(({ address, at }) => [address, Math.round((at - start) / RETRY)])).toEqual([[0x0a00_0009, 0], [0x0a00_0009, 1], [0x0a00_0009, 2]]);
  expect(s.reach(index).usable).toBe(false);
  expect(s.changes).toEqual([{ index, usable: false, failed: false }, { index, usable: false, failed: true }]);
  expect(s.counted['failed']).toBe(1);
  expect(s.resolve(0x0a00_0009)).toMatchObject({ ok: true, index });
  s.steps(10);
  expect(s.asked).toHaveLength(4);
  // Whoever waits for it may go on waiting.
  expect(s.changes.slice(2)).toEqual([{ index, usable: false, failed: false }]);
});

test('one that was given up makes room for another, which is asked for', () => {
  const s = system(2);
  const { index } = s.resolve(1);
  s.resolve(2, 0xbb);
  s.pass(4 * RETRY);
  s.release(index);
  expect(s.changes.at(-1)).toEqual({ index, usable: false, failed: true });
  expect(s.resolve(3)).toMatchObject({ ok: true, index });
  expect(s.changes.at(-1)).toEqual({ index, usable: false, failed: false });
  s.release(index);
  expect(s.resolve(4, 0xdd)).toMatchObject({ ok: true, index });
  expect(s.changes.at(-1)).toEqual({ index, usable: true, failed: false });
  s.release(index);
  expect(s.resolve(5)).toMatchObject({ ok: true, index });
  expect(s.changes.at(-1)).toEqual({ index, usable: false, failed: false });
});

test('an answer makes it usable, at once for who waits; a seed needs none', () => {
  const s = system(4);
  const first = s.resolve(1);
  s.learn(1, 0xaa);
  expect(s.changes).toEqual([{ index: first.index, usable: false, failed: false }, { index: first.index, usable: true, failed: false }]);
  expect(s.reach(first.index)).toEqual({ usable: true, mac: 0xaa });
  const second = s.resolve(2, 0xbb);
  expect(s.reach(second.index)).toEqual({ usable: true, mac: 0xbb });
  expect(s.asked.map(({ address }) => address)).toEqual([1]);
});

test('what nobody asked for changes what is there, and makes nothing new unless it asks for us', () => {
  const s = system(4);
  const { index } = s.resolve(1, 0xaa);
  s.learn(1, 0xab);
  s.learn(7, 0xcc);
  expect(s.reach(index).mac).toBe(0xab);
  expect(s.counted['unknown']).toBe(1);
  s.learn(7, 0xcc, true);
  const seventh = s.resolve(7);
  expect(s.reach(seventh.index)).toEqual({ usable: true, mac: 0xcc });
  expect(s.asked).toEqual([]);
});

test('one in use becomes stale, is asked for and used meanwhile; given up only when nobody answers', () => {
  const s = system(4);
  const { index } = s.resolve(1, 0xaa);
  s.pass(LIFE + 10);
  expect(s.asked).toHaveLength(1);
  expect(s.reach(index)).toEqual({ usable: true, mac: 0xaa });
  s.learn(1, 0xaa);
  s.pass(LIFE + 5 * RETRY);
  expect(s.asked).toHaveLength(4);
  expect(s.reach(index).usable).toBe(false);
});

test('one that nobody uses is not asked for, and makes room', () => {
  const s = system(2);
  const first = s.resolve(1, 0xaa);
  const second = s.resolve(2, 0xbb);
  expect(s.resolve(3, 0xcc).ok).toBe(false);
  expect(s.counted['full']).toBe(1);
  s.release(first.index);
  s.pass(LIFE + 5 * RETRY);
  expect(s.asked.every(({ address }) => address === 2)).toBe(true);
  expect(s.resolve(3, 0xcc)).toMatchObject({ ok: true, index: first.index });
  expect(s.reach(second.index).mac).toBe(0xbb);
});

test('the last one again in a few cycles, any other in about one for each entry', () => {
  const s = system(64);
  for (let address = 0; address < 64; address++) s.resolve(address, address);
  expect(s.resolve(63, 63).cycles).toBeLessThanOrEqual(4);
  expect(s.resolve(40, 40).cycles).toBeLessThanOrEqual(69);
});

test.each([1, 2])('random users, answers and time (seed %i)', (seed) => {
  const s = system(8);
  const draw = random(seed);
  const used = new Map<number, { index: number; users: number; mac: number | undefined }>();
  for (let i = 0; i < 1500; i++) {
    const address = draw.below(12);
    const now = used.get(address);
    const what = draw.below(10);
    if (what < 4) {
      const seedMac = draw.chance(0.4) ? draw.below(1000) + 1 : undefined;
      const { ok, index } = s.resolve(address, seedMac);
      if (now !== undefined) expect([ok, index]).toEqual([true, now.index]);
      expect(ok).toBe(now !== undefined || used.size < 8);
      if (ok) {
        for (const [other, { index: taken }] of used) if (other !== address) expect(index).not.toBe(taken);
        used.set(address, { index, users: (now?.users ?? 0) + 1, mac: seedMac ?? now?.mac });
      }
    } else if (what < 7 && now !== undefined) {
      s.release(now.index);
      if (now.users === 1) used.delete(address);
      else now.users--;
    } else if (what < 9) {
      const mac = draw.below(1000) + 1;
      s.learn(address, mac, draw.chance(0.3));
      if (now !== undefined) now.mac = mac;
    } else s.pass(draw.below(3 * RETRY));
    for (const { index, mac } of used.values()) {
      const reach = s.reach(index);
      if (mac !== undefined && reach.usable) expect(reach.mac).toBe(mac);
    }
  }
  expect(s.counted['full']).toBeGreaterThan(0);
});

bench.verilog();
