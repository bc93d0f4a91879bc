/** Interrupts: at once, by number, by time, by index; masked and unmasked; against a model over random settings. */
import { Bool, In, module, Out, simulate, UInt, Vec } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { earliestInterrupt, InterruptDeadline, interrupts } from '../../../hw/host/interrupts.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { registersStay } from '../tcp/support/registers.ts';

const bench = hardwareBench();

const SETTINGS = { mask_completion: true, mask_fault: true, entries: 0, microseconds: 0, suppress: false, index: 0 };

/** One VM under test of two; `irq` counts cycles with its pulse. */
function system(given: Partial<typeof SETTINGS>) {
  const sim = bench.simulate(interrupts({ vms: 2 }));
  let settings = { ...SETTINGS, ...given };
  let [now, tail] = [100, 0];
  const pulses: number[] = [];
  const apply = () => {
    sim.io.settings = [SETTINGS, settings];
    sim.io.tail = [0, tail];
    sim.io.now = now;
  };
  return {
    sim, pulses,
    set: (more: Partial<typeof SETTINGS>) => { settings = { ...settings, ...more }; },
    step(write = false, microseconds = 1) {
      apply();
      sim.io.written.valid = write;
      sim.io.written.payload = 1;
      if (write) tail++;
      sim.step();
      if ((sim.sampled.irq & 2n) !== 0n) pulses.push(now);
      expect(sim.sampled.irq & 1n).toBe(0n);
      now += microseconds;
    },
    idle(cycles: number, microseconds = 1) { for (let i = 0; i < cycles; i++) this.step(false, microseconds); },
  };
}

test('without moderation: a pulse for each entry, a cycle after it', () => {
  const s = system({});
  s.step(true);
  s.idle(5);
  s.step(true);
  s.idle(5);
  expect(s.pulses).toEqual([101, 107]);
});

test('by number, or by time after the first', () => {
  const s = system({ entries: 3, microseconds: 50 });
  for (let i = 0; i < 3; i++) s.step(true);
  s.idle(5);
  expect(s.pulses).toEqual([103]);
  s.step(true); // at 108
  expect(s.sim.io.waiting).toEqual([expect.objectContaining({ valid: false }), { valid: true, at: 158n }]);
  s.idle(60);
  expect(s.pulses).toEqual([103, 158]);
});

test('a mask that opens on what is due raises at once; so none is lost', () => {
  const s = system({ mask_completion: false });
  s.step(true);
  s.idle(10);
  expect(s.pulses).toEqual([]);
  s.set({ mask_completion: true });
  s.idle(3);
  expect(s.pulses).toEqual([111]);
});

test('an index holds back until its entry is written', () => {
  const s = system({ suppress: true, index: 2 });
  s.step(true);
  s.step(true);
  s.idle(10);
  expect(s.pulses).toEqual([]);
  s.step(true);
  s.idle(3);
  expect(s.pulses).toHaveLength(1);
});

test('a fault has an interrupt of its own, and waits for its mask', () => {
  const s = system({ mask_fault: false });
  s.sim.io.fault.valid = true;
  s.sim.io.fault.payload = 1;
  s.step();
  expect(s.sim.sampled.set[1]).toEqual({ completion: false, fault: true });
  s.sim.io.fault.valid = false;
  s.idle(5);
  expect(s.pulses).toEqual([]);
  s.set({ mask_fault: true });
  s.idle(3);
  expect(s.pulses).toHaveLength(1);
});

test('without anything to count it sleeps', () => {
  const s = system({});
  for (let entries = 1; entries < 4; entries++) {
    for (let i = 0; i < entries; i++) s.step(true);
    s.idle(6);
    const stay = registersStay(interrupts({ vms: 2 }), s.sim, 10);
    s.idle(3);
    stay();
  }
});

test.each([1, 2, 3])('random settings: as a model says (seed %i)', (seed) => {
  const draw = random(seed);
  const sim = bench.simulate(interrupts({ vms: 1 }));
  let now = 0xffff_ff00;
  let [entries, at, tail] = [0, undefined as number | undefined, 0];
  let settings = { ...SETTINGS };
  let raises = 0;
  for (let cycle = 0; cycle < 4000; cycle++) {
    if (draw.chance(0.05)) {
      settings = { mask_completion: draw.chance(0.7), mask_fault: true, entries: draw.below(5), microseconds: draw.chance(0.3) ? 0 : draw.below(20), suppress: draw.chance(0.3), index: (tail + draw.below(5) - 1) & 0xf_ffff };
    }
    const write = draw.chance(0.2);
    Object.assign(sim.io, { settings: [settings], tail: [tail & 0xf_ffff], now: now >>> 0 });
    sim.io.written.valid = write;
    sim.io.written.payload = 0;
    const due = entries > 0 && (entries >= Math.max(settings.entries, 1) || settings.microseconds === 0 || (at !== undefined && now - at >= 0));
    const allowed = settings.mask_completion && (!settings.suppress || ((tail - settings.index) << 12) >> 12 > 0);
    sim.step();
    expect(sim.sampled.irq).toBe(due && allowed ? 1n : 0n);
    if (due && allowed) {
      raises++;
      [entries, at] = [0, undefined];
    }
    if (write) {
      entries++;
      at ??= now + settings.microseconds;
      tail++;
    }
    now += draw.below(4);
  }
  expect(raises).toBeGreaterThan(100);
});

test('what is due by time stays due, however long the mask is closed', () => {
  const s = system({ entries: 9, microseconds: 65_535, mask_completion: false });
  s.step(true); // at 100
  s.idle(20, 4096);
  s.idle(100, 4096);
  expect(s.sim.io.waiting[1]!.valid).toBe(false);
  s.set({ mask_completion: true });
  s.step();
  expect(s.pulses).toHaveLength(1);
});

test('all that is raised or held back is counted, VM by VM', () => {
  const VMS = 3;
  const sim = bench.simulate(interrupts({ vms: VMS }));
  const draw = random(9);
  const [seen, counted] = [Array.from({ length: VMS }, () => [0, 0]), Array.from({ length: VMS }, () => [0, 0])];
  const held = Array<boolean>(VMS).fill(false);
  const due = Array<boolean>(VMS).fill(false);
  let masks = Array<boolean>(VMS).fill(true);
  for (let cycle = 0; cycle < 1000; cycle++) {
    if (draw.chance(0.1)) masks = masks.map(() => draw.chance(0.5));
    sim.io.settings = masks.map((mask_completion) => ({ ...SETTINGS, mask_completion }));
    const vm = draw.below(VMS);
    Object.assign(sim.io.written, { valid: cycle < 900 && draw.chance(0.6), payload: vm });
    sim.step();
    for (let v = 0; v < VMS; v++) {
      const raised = due[v]! && masks[v]!;
      expect(Number(sim.sampled.irq >> BigInt(v) & 1n)).toBe(Number(raised));
      if (raised) seen[v]![0]! += 1;
      const holds = due[v]! && !masks[v]!;
      if (holds && !held[v]!) seen[v]![1]! += 1;
      held[v] = holds;
      due[v] = (due[v]! && !raised) || (sim.io.written.valid && vm === v);
    }
    const { vm: visited, raised, held_back } = sim.sampled.counted;
    counted[Number(visited)]![0]! += Number(raised);
    counted[Number(visited)]![1]! += Number(held_back);
  }
  expect(counted).toEqual(seen);
  expect(Math.min(...seen.flat())).toBeGreaterThan(10);
});

test('the earliest of several deadlines, across the wrap of their bits and of the clock', () => {
  const earliest = module('earliest_interrupt', {}, { now: In(UInt(32)), waiting: In(Vec(InterruptDeadline, 3)), valid: Out(Bool), at: Out(UInt(32)) }, (io) => {
    const first = earliestInterrupt(io.now, io.waiting);
    io.valid.set(first.valid);
    io.at.set(first.at);
  });
  const sim = simulate(earliest);
  const draw = random(4);
  for (let i = 0; i < 500; i++) {
    const now = draw.chance(0.3) ? 0xffff_ff00 + draw.below(0x100) : draw.uint32();
    const all = Array.from({ length: 3 }, () => ({ valid: draw.chance(0.5), after: draw.below(65_536) }));
    sim.io.now = now;
    sim.io.waiting = all.map(({ valid, after }) => ({ valid, at: (now + after) % 2 ** 17 }));
    const first = Math.min(...all.filter(({ valid }) => valid).map(({ after }) => after));
    expect(sim.io.valid).toBe(first !== Infinity);
    if (first !== Infinity) expect(Number(sim.io.at)).toBe((now + first) % 2 ** 32);
  }
});

bench.verilog();
