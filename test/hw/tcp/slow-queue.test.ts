import { UInt } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { slowQueue } from '../../../hw/tcp/slow-queue.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();

const arrival = (mark: number, syn: boolean, tag: number) => ({
  key: { vlan: 0, local_address: 1, remote_address: mark, local_port: 80, remote_port: 9 }, hash: BigInt(mark) << 40n | BigInt(tag), mss: 1460, tag,
  segment: {
    seq: tag, ack: 1, urg: false, ack_flag: !syn, psh: false, rst: false, syn, fin: false, window: 9, length: 0,
    has_mss: false, mss: 0, has_wscale: false, wscale: 0, has_ts: false, tsval: 0, tsecr: 0,
  },
});

/** Rows of the table of marks, and which one a mark of 24 bits is in. */
const rowOf = (mark: number, entries: number): number => mark >> (24 - Math.log2(4 * entries));

describe.each([2, 4, 16, 128])('%i entries', (entries) => {
  const design = slowQueue({ connections: 8, entries, tag: UInt(10) });

  test.each([[0, 0], [0.6, 0], [0, 0.8], [0.5, 0.5], [0.2, 0.95]])('as a list: idle %d, the slow path busy %d', (idle, busy) => {
    const sim = bench.simulate(design);
    const draw = random(entries);
    const count = entries > 16 ? 1000 : 400;
    /** Some share a row, some a row and nothing else. */
    const marks = Array.from({ length: 6 }, (_, i) => (i % 3) * 0x50_0000 + i);
    /** On the slow path. */
    const slow: { readonly tag: number }[] = [];
    /** Of each row the segment that came last, and whether marks met. */
    const rows = new Map<number, { readonly last: { readonly tag: number }; readonly mark: number; readonly mixed: boolean }>();
    const counts: Record<string, number> = {};
    const direct: (number | undefined)[] = [undefined];
    let [waiting, isMixed] = [undefined as undefined | { readonly mark: number; readonly syn: boolean; readonly hit: boolean; readonly tag: number }, 0];
    for (let tag = 0; tag < count; tag++) {
      const next = draw.chance(idle) ? undefined : { mark: marks[draw.below(6)]!, syn: draw.chance(0.1), hit: draw.chance(0.7), tag };
      sim.io.in.valid = next !== undefined;
      if (next !== undefined) sim.io.in.payload = { arrival: arrival(next.mark, next.syn, tag), hit: next.hit, value: { connection: next.mark % 8, generation: 3 } };
      sim.io.crowded = draw.chance(0.05);
      sim.io.out.ready = !draw.chance(busy);
      sim.step();
      const s = sim.sampled;
      const straight = direct.shift();
      expect(s.direct.valid).toBe(straight !== undefined);
      if (straight !== undefined) expect(s.direct.payload).toMatchObject({ arrival: { tag: BigInt(straight) }, value: { generation: 3n } });
      // What came in the cycle before is sorted.
      let [goesSlow, room, followed] = [false, false, false];
      if (waiting !== undefined) {
        const { mark, syn, hit } = waiting;
        const row = rows.get(rowOf(mark, entries));
        const waits = row !== undefined && slow.includes(row.last);
        if (waits && row.mixed) isMixed += 1;
        goesSlow = !hit || syn || (waits && (row.mixed || row.mark === mark));
        followed = hit && !syn;
        room = slow.length < (followed ? entries : entries - Math.floor(entries / 8)) && (followed || !sim.io.crowded);
        if (goesSlow && room) rows.set(rowOf(mark, entries), { last: waiting, mark, mixed: waits && (row.mixed || row.mark !== mark) });
      }
      const expected = { direct: waiting !== undefined && !goesSlow, queued: goesSlow && room, followed: goesSlow && room && followed, overflow: goesSlow && !room };
      expect(s.counters).toEqual(expected);
      for (const [name, on] of Object.entries(expected)) counts[name] = (counts[name] ?? 0) + Number(on);
      expect(s.dropped.valid).toBe(expected.overflow);
      if (expected.overflow) expect(s.dropped.payload).toBe(BigInt(waiting!.tag));
      if (s.out.valid) expect(s.out.payload.tag).toBe(BigInt(slow[0]!.tag));
      if (s.out.valid && sim.io.out.ready) slow.shift();
      direct.push(expected.direct ? waiting!.tag : undefined);
      if (expected.queued) slow.push(waiting!);
      waiting = next;
    }
    expect(counts['direct']).toBeGreaterThan(0);
    if (busy > 0) expect(counts['followed']).toBeGreaterThan(0);
    if (busy > 0.9) expect(counts['overflow']).toBeGreaterThan(0);
    if (busy > 0 && entries > 2) expect(isMixed).toBeGreaterThan(0);
  });
});

/** One segment for each of these, with cycles between: what became of it. */
function sort(sim: ReturnType<typeof fresh>, mark: number, hit: boolean, tag: number) {
  sim.io.in.valid = true;
  sim.io.in.payload = { arrival: arrival(mark, false, tag), hit, value: { connection: 1, generation: 1 } };
  sim.step();
  sim.io.in.valid = false;
  sim.step();
  return sim.sampled.counters;
}
const fresh = (entries: number) => bench.simulate(slowQueue({ connections: 8, entries, tag: UInt(10) }));

test('of another connection with the same 24 bits of hash: a detour; with others: straight on', () => {
  const sim = fresh(4);
  expect(sort(sim, 0xabcdef, false, 1)).toMatchObject({ queued: true, followed: false });
  expect(sort(sim, 0xabcdee, true, 2)).toMatchObject({ direct: true });
  expect(sort(sim, 0xabcdef, true, 3)).toMatchObject({ queued: true, followed: true });
});

test('two of different connections share a row: none of either overtakes, a third makes a detour, until all are gone', () => {
  const sim = fresh(8);
  expect(sort(sim, 0xabcdef, false, 1)).toMatchObject({ queued: true });
  expect(sort(sim, 0xabcdee, false, 2)).toMatchObject({ queued: true });
  for (const mark of [0xabcdef, 0xabcdee, 0xabcd00]) expect(sort(sim, mark, true, 3)).toMatchObject({ followed: true });
  sim.io.out.ready = true;
  sim.step(8);
  for (const mark of [0xabcdef, 0xabcdee, 0xabcd00]) expect(sort(sim, mark, true, 4)).toMatchObject({ direct: true });
});

test('strangers leave an eighth of the places to who follows; while frames have little room they get none', () => {
  const sim = fresh(16);
  for (let i = 0; i < 14; i++) expect(sort(sim, i * 0x1_0000, false, i)).toMatchObject({ queued: true });
  expect(sort(sim, 0xff_0000, false, 14)).toMatchObject({ overflow: true });
  for (const expected of [{ followed: true }, { followed: true }, { overflow: true }]) expect(sort(sim, 0, true, 15)).toMatchObject(expected);
  sim.io.out.ready = true;
  sim.step(16);
  sim.io.out.ready = false;
  sim.io.crowded = true;
  expect(sort(sim, 0xff_0000, false, 16)).toMatchObject({ overflow: true });
  sim.io.crowded = false;
  expect(sort(sim, 0xff_0000, false, 17)).toMatchObject({ queued: true });
  sim.io.crowded = true;
  expect(sort(sim, 0xff_0000, true, 18)).toMatchObject({ followed: true });
});

bench.verilog();
