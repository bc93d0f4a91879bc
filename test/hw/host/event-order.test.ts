/** Notifications leave in order, and none before what it reports: frames up to its own retired, reads before a FINAL one returned. */
import { expect, test } from 'vitest';
import { eventOrder } from '../../../hw/host/event-order.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const FRAMES = 16;

const KINDS = { connected: false, accepted: false, data: true, sent: false, peer_closed: false, closed: false, reset: false, error: false };

test.each([1, 2, 3, 4])('random frames, verdicts out of order, grants and notifications (seed %i)', (seed) => {
  const sim = bench.simulate(eventOrder({ connections: 64, vms: 2, frames: FRAMES, pipelineDepth: 6 }));
  const draw = random(seed);
  // Numbers that never wrap; the design sees them modulo its widths.
  let [received, retired, granted, fetched, serial, latest, others] = [0, 0, 0, 0, 0, -1, 0];
  const undecided: number[] = [];
  const decided = new Set<number>();
  const expected: { serial: number; frame: number; fetches: number; final: boolean; segment: boolean }[] = [];
  const finals: { serial: number; fetches: number }[] = [];
  let [passed, alone] = [0, 0];
  let held = 0;
  for (let cycle = 0; cycle < 6000; cycle++) {
    const busy = cycle < 5500;
    const receives = busy && received - retired < FRAMES && draw.chance(0.3);
    const decides = undecided.length > 0 && draw.chance(0.5) ? undecided.splice(draw.below(Math.min(3, undecided.length)), 1)[0]! : undefined;
    const retires = decided.has(retired) && draw.chance(0.4);
    const grants = busy && granted - fetched < 40 && draw.chance(0.2);
    const fetches = fetched < granted && draw.chance(0.3);
    sim.io.received = receives;
    sim.io.retired = retires;
    sim.io.granted = grants;
    sim.io.fetched = fetches;
    sim.io.decided.valid = decides !== undefined;
    sim.io.decided.payload = (decides ?? 0) % FRAMES;
    const segment = decides !== undefined && draw.chance(0.7);
    const other = !segment && busy && Boolean(sim.io.may_notify) && draw.chance(0.3);
    if (!sim.io.may_notify) held++;
    const final = finals.length + expected.filter((one) => one.final).length < 60 && draw.chance(0.3);
    sim.io.notified.valid = segment || other;
    if (segment || other) {
      sim.io.notified.payload = {
        notice: { connection: serial % 64, generation: serial & 0xffff, vm: serial % 2, kinds: KINDS, status: 0, rx_filled: serial, tx_freed: 0, final }, segment, slot: segment ? decides! % FRAMES : draw.below(FRAMES),
      };
      expected.push({ serial, frame: segment ? decides! : latest, fetches: granted, final, segment });
      if (!segment) others++;
      serial++;
    }
    sim.step();
    const { valid, payload } = sim.sampled.out;
    if (valid && !payload.kinds.data) {
      const { serial: of, fetches: before } = finals.shift()!;
      expect(payload).toMatchObject({ connection: BigInt(of % 64), generation: BigInt(of & 0xffff), final: true });
      expect(fetched).toBeGreaterThanOrEqual(before);
      alone++;
    } else if (valid) {
      const notice = expected.shift()!;
      expect(Number(payload.rx_filled)).toBe(notice.serial);
      expect(retired).toBeGreaterThan(notice.frame);
      if (payload.final) expect(fetched).toBeGreaterThanOrEqual(notice.fetches);
      expect(payload.final && !notice.final).toBe(false);
      if (notice.final && !payload.final) finals.push(notice);
      if (!notice.segment) others--;
      passed++;
    }
    if (receives) undecided.push(received++);
    if (decides !== undefined) {
      decided.add(decides);
      latest = Math.max(latest, decides);
    }
    if (retires) retired++;
    if (grants) granted++;
    if (fetches) fetched++;
  }
  expect([expected, finals]).toEqual([[], []]);
  expect(alone).toBeGreaterThan(50);
  expect(others).toBe(0);
  expect(passed).toBeGreaterThan(1000);
  expect(sim.io.idle).toBe(true);
  console.log(`${passed} notifications, ${held} cycles in which others were held back`);
});

test('what is not of a segment is held back before the queue is full; segments always find a place', () => {
  const sim = bench.simulate(eventOrder({ connections: 64, vms: 2, frames: FRAMES, pipelineDepth: 4 }));
  const notify = (segment: boolean, slot: number) => {
    sim.io.notified.valid = true;
    sim.io.notified.payload = { notice: { connection: 0, generation: 0, vm: 0, kinds: KINDS, status: 0, rx_filled: 0, tx_freed: 0, final: false }, segment, slot };
    sim.step();
    sim.io.notified.valid = false;
  };
  // Frame 0 is decided and does not retire: everything waits for it.
  for (let i = 0; i < FRAMES; i++) {
    sim.io.received = true;
    sim.step();
  }
  sim.io.received = false;
  sim.io.decided.valid = true;
  sim.io.decided.payload = 0;
  sim.step();
  sim.io.decided.valid = false;
  let count = 0;
  while (sim.io.may_notify) {
    notify(false, 0);
    count++;
  }
  // Those that the pipeline holds already come still.
  for (let i = 0; i < 4; i++) notify(false, 0);
  for (let i = 0; i < FRAMES; i++) notify(true, i);
  expect(count).toBe(32);
  let out = 0;
  for (let i = 0; i < 200; i++) {
    sim.io.retired = i >= 20 && i < 20 + FRAMES;
    sim.step();
    if (sim.sampled.out.valid) {
      expect(i).toBeGreaterThan(20);
      out++;
    }
  }
  expect(out).toBe(32 + 4 + FRAMES);
});

bench.verilog();
