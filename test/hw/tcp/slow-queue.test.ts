import { UInt } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { slowQueue } from '../../../hw/tcp/slow-queue.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();

const arrival = (mark: number, syn: boolean, tag: number) => ({
  key: { vlan: 0, local_address: 1, remote_address: mark, local_port: 80, remote_port: 9 }, hash: BigInt(mark) << 48n | BigInt(tag), mss: 1460, tag,
  segment: {
    seq: tag, ack: 1, urg: false, ack_flag: !syn, psh: false, rst: false, syn, fin: false, window: 9, length: 0,
    has_mss: false, mss: 0, has_wscale: false, wscale: 0, has_ts: false, tsval: 0, tsecr: 0,
  },
});

describe.each([2, 4, 16])('%i entries', (entries) => {
  const design = slowQueue({ connections: 8, entries, tag: UInt(10) });

  test.each([[0, 0], [0.6, 0], [0, 0.8], [0.5, 0.5], [0.2, 0.95]])('as a list: idle %d, the slow path busy %d', (idle, busy) => {
    const sim = bench.simulate(design);
    const draw = random(entries);
    /** On the slow path: mark and tag. */
    const slow: { readonly mark: number; readonly tag: number }[] = [];
    const counts: Record<string, number> = {};
    let direct: number | undefined;
    for (let tag = 0; tag < 400; tag++) {
      const offered = !draw.chance(idle);
      const [mark, syn, hit] = [draw.below(6), draw.chance(0.1), draw.chance(0.7)];
      sim.io.in.valid = offered;
      sim.io.in.payload = { arrival: arrival(mark, syn, tag), hit, value: { connection: mark, generation: 3 } };
      sim.io.out.ready = !draw.chance(busy);
      sim.step();
      const s = sim.sampled;
      // Straight on, a cycle later.
      expect(s.direct.valid).toBe(direct !== undefined);
      if (direct !== undefined) expect(s.direct.payload).toMatchObject({ arrival: { tag: BigInt(direct) }, value: { generation: 3n } });
      direct = undefined;
      const goesSlow = !hit || syn || slow.some((one) => one.mark === mark);
      const full = slow.length === entries;
      const expected = { direct: offered && !goesSlow, queued: offered && goesSlow && !full, followed: offered && goesSlow && !full && hit && !syn, overflow: offered && goesSlow && full };
      expect(s.counters).toEqual(expected);
      for (const [name, on] of Object.entries(expected)) counts[name] = (counts[name] ?? 0) + Number(on);
      expect(s.dropped.valid).toBe(expected.overflow);
      if (expected.overflow) expect(s.dropped.payload).toBe(BigInt(tag));
      if (s.out.valid) expect(s.out.payload.tag).toBe(BigInt(slow[0]!.tag));
      if (s.out.valid && sim.io.out.ready) slow.shift();
      if (expected.direct) direct = tag;
      if (expected.queued) slow.push({ mark, tag });
    }
    expect(counts['direct']).toBeGreaterThan(0);
    if (busy > 0) expect(counts['followed']).toBeGreaterThan(0);
    if (busy > 0.9) expect(counts['overflow']).toBeGreaterThan(0);
  });
});

test('of another connection with the same 16 bits of hash: a detour; with others: straight on', () => {
  const sim = bench.simulate(slowQueue({ connections: 8, entries: 4, tag: UInt(10) }));
  const send = (mark: number, hit: boolean, tag: number) => {
    sim.io.in.valid = true;
    sim.io.in.payload = { arrival: arrival(mark, false, tag), hit, value: { connection: 1, generation: 1 } };
    sim.step();
    return sim.sampled.counters;
  };
  expect(send(0xabcd, false, 1)).toMatchObject({ queued: true, followed: false });
  expect(send(0xabcc, true, 2)).toMatchObject({ direct: true });
  expect(send(0xabcd, true, 3)).toMatchObject({ queued: true, followed: true });
});

bench.verilog();
