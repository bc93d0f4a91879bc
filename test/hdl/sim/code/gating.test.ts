/** Activity gating: what sleeps, what wakes it, and that nobody can tell the difference. */
import { assert, Bool, cover, createEngine, elaborate, In, inst, mem, module, type ModuleDefinition, Out, reg, simulate, UInt, when } from '@vtoe/hdl';
import type { Activity } from '@vtoe/hdl/internal/sim/code/activity';
import type { Gating } from '@vtoe/hdl/internal/sim/code/activity-control';
import { describe, expect, test } from 'vitest';
import { toeLike } from '../../support/toe-like.ts';
import { Random } from '../../support/random.ts';

/** Groups of a few operators: small designs have several. */
const size = { enough: 40, most: 120 };
const MODES: Gating[] = ['never', 'always', 'auto', { patience: 3, pause: 5 }];

const engineOf = (top: ModuleDefinition, gating: Gating = 'always') => createEngine(elaborate(top), { gating, tuning: { size } });

/** Counts while enabled, and passes the count on a cycle later. */
const counter = module('counter', {}, { enable: In(Bool), count: Out(UInt(40)), later: Out(UInt(40)) }, (io) => {
  const [value, delayed] = [reg(UInt(40)), reg(UInt(40))];
  when(io.enable, () => { value.next = value.add(1); });
  delayed.next = value;
  io.count.set(value);
  io.later.set(delayed);
  return { value, delayed };
});

describe('a design at rest', () => {
  test('takes no time: a billion cycles pass at once, and the cycle number is right', () => {
    const engine = engineOf(counter);
    engine.input('enable').set(1n);
    engine.run(10);
    engine.input('enable').set(0n);
    expect(engine.run(1_000_000_000_000)).toBe(1_000_000_000_000);
    expect(engine.cycle).toBe(1_000_000_000_010);
    expect(engine.output('count').get()).toBe(10n);
    expect(engine.output('later').sampled()).toBe(10n);
  });

  test.each(MODES)('is woken by an input, %j', (gating) => {
    const engine = engineOf(counter, gating);
    for (let round = 1n; round <= 5n; round += 1n) {
      engine.run(200);
      expect(engine.output('later').sampled()).toBe(round - 1n);
      engine.input('enable').set(1n);
      engine.run(1);
      engine.input('enable').set(0n);
      expect(engine.output('count').get()).toBe(round);
    }
  });

  test('is woken by poke, by a restored state, and by an input that came and went while outputs were looked at', () => {
    const engine = engineOf(counter);
    engine.run(100);
    const rest = engine.save();
    engine.poke('value', 77n);
    engine.run(1);
    expect(engine.output('later').get()).toBe(77n);
    engine.restore(rest);
    expect(engine.output('later').get()).toBe(0n);
    engine.run(5);
    expect(engine.output('count').sampled()).toBe(0n);

    engine.input('enable').set(1n);
    expect(engine.output('count').get()).toBe(0n);
    engine.input('enable').set(0n);
    expect(engine.output('count').get()).toBe(0n);
    engine.run(3);
    expect(engine.output('count').sampled()).toBe(0n);
    engine.input('enable').set(1n);
    expect(engine.output('count').get()).toBe(0n);
    engine.run(3);
    expect(engine.output('count').sampled()).toBe(2n);
  });

  test('is woken by a memory: written by the design, by the host, and through the buffer', () => {
    const lookup = module('lookup', {}, { write: In(Bool), address: In(UInt(4)), data: In(UInt(8)), select: In(UInt(4)), word: Out(UInt(8)) }, (io) => {
      const ram = mem(UInt(8), 16, { init: Array.from({ length: 16 }, () => 0) });
      when(io.write, () => ram.write(io.address, io.data));
      io.word.set(ram.read(io.select, 'found'));
      return { ram };
    });
    const engine = engineOf(lookup);
    engine.input('select').set(5n);
    engine.run(50);
    engine.input('address').set(5n);
    engine.input('data').set(9n);
    engine.input('write').set(1n);
    engine.run(1);
    engine.input('write').set(0n);
    engine.run(1);
    expect(engine.output('word').sampled()).toBe(9n);
    engine.run(50);
    engine.writeMemory('ram', 5, 3n);
    engine.run(1);
    expect(engine.output('word').sampled()).toBe(3n);
    const { offset, stride } = engine.memories.get('ram')!;
    new Uint8Array(engine.buffer)[offset + 5 * stride] = 200;
    engine.changed();
    engine.run(1);
    expect(engine.output('word').sampled()).toBe(200n);
  });

  test('goes on counting covers', () => {
    const covered = module('covered', {}, { at: In(Bool), y: Out(Bool) }, (io) => {
      cover(io.at, 'seen');
      io.y.set(io.at);
    });
    const engine = engineOf(covered);
    engine.input('at').set(1n);
    engine.run(1000);
    engine.input('at').set(0n);
    engine.run(1000);
    expect(engine.covers.map(({ count }) => count)).toEqual([1000n]);
  });

  test('fails again where it failed, until something changes', () => {
    const guarded = module('guarded', {}, { enable: In(Bool), allowed: In(Bool), count: Out(UInt(40)) }, (io) => {
      const inner = inst(counter, { enable: io.enable });
      assert(inner.count.lt(5).or(io.allowed), 'not beyond four');
      io.count.set(inner.count);
      return { inner };
    });
    const engine = engineOf(guarded);
    engine.input('enable').set(1n);
    expect(engine.run(100)).toBe(5);
    expect(engine.failure).toMatchObject({ message: 'not beyond four', cycle: 5 });
    expect(engine.run(100)).toBe(0);
    expect(engine.output('count').get()).toBe(5n);
    engine.input('allowed').set(1n);
    engine.input('enable').set(0n);
    expect(engine.run(100)).toBe(100);
    engine.input('allowed').set(0n);
    expect(engine.run(100)).toBe(0);
  });
});

describe('what is idle is not run', () => {
  const design = elaborate(toeLike(4));

  /** Some lanes get frames, the others nothing; every output of every cycle, and the state at the end. */
  function history(gating: Gating, groups: number, settle: boolean): { rows: string[]; state: Uint8Array } {
    const engine = createEngine(design, { gating, tuning: { size: { enough: groups, most: 2 * groups } } });
    const random = new Random(9);
    const inputs = [...engine.inputs.values()].filter(({ name }) => name !== 'rst');
    const outputs = [...engine.outputs.values()];
    const rows: string[] = [];
    for (let cycle = 0; cycle < 600; cycle += 1) {
      engine.input('rst').set(BigInt(cycle === 300));
      const lanes = cycle % 200 < 150 ? 2 : 0;
      for (const port of inputs) {
        const lane = Number(/^in_(\d)/.exec(port.name)?.[1] ?? 0);
        if (lane < lanes) port.set(port.width === 1 ? BigInt(random.chance(0.9)) : random.edgeBits(port.width));
      }
      if (settle && cycle % 3 === 0) rows.push(outputs.map((port) => port.get()).join());
      engine.run(1);
      rows.push(outputs.map((port) => port.sampled()).join());
    }
    return { rows, state: engine.save() };
  }

  test.each([[200, true], [1000, false], [10_000, true]])('in groups of %i bytes, outputs looked at: %s', (groups, settle) => {
    const [plain, ...others] = MODES.map((gating) => history(gating, groups, settle));
    for (const other of others) expect(other).toEqual(plain);
  });

  test('with more groups than a mask has bits', () => {
    let count = 0;
    const engine = createEngine(design, { gating: 'always', tuning: { size: { enough: 40, most: 100 }, activity: (activity: Activity) => { ({ count } = activity); return activity; } } });
    expect(count).toBeGreaterThan(128);
    const plain = createEngine(design, { gating: 'never' });
    for (const one of [engine, plain]) {
      for (const port of one.inputs.values()) if (port.name !== 'rst') port.set(BigInt.asUintN(port.width, 0x1234_5678_9abc_def1n));
      one.run(50);
      for (const port of one.inputs.values()) port.set(0n);
      one.run(1000);
    }
    expect(engine.save()).toEqual(plain.save());
  });
});

test('simulate steps over idle cycles, with a process waiting', () => {
  const sim = simulate(counter);
  sim.io.enable = true;
  let woken = 0;
  sim.start((function* () {
    yield 1_000_000;
    sim.io.enable = false;
    yield 1_000_000_000;
    woken = sim.cycle;
  })());
  sim.step(1_001_000_000);
  expect(woken).toBe(1_001_000_000);
  expect(sim.io.count).toBe(1_000_000n);
});

test.each([
  ['sometimes', '"sometimes"'], [null, 'null'], [{ patience: 1, pause: 5 }, '{ patience: 1, pause: 5 }'], [{ patience: 2 }, '{ patience: 2, pause: undefined }'],
])('gating %j is refused', (gating, given) => {
  expect(() => engineOf(counter, gating as Gating)).toThrow(`gating is 'auto', 'always', 'never', or { patience, pause } in cycles, from 2 and 1 up, not ${given}`);
});
