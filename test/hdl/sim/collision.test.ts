/** Memories that promise not to use a word that is read while it is written: the promise is kept, or the run stops. */
import { describe, expect, test } from 'vitest';
import type { Expression } from '@vtoe/hdl/internal/ir/expression';
import { createEngine } from '@vtoe/hdl/internal/sim/engine';
import { assign, bits, constant, design, input, memory, memoryRead, module, operation, output, probe, reg, value, when } from './support/ir.ts';

interface Options {
  /** What the design does with the data, in the cycles in which `use` is 1. */
  readonly consume?: (data: Expression, use: Expression) => { outputs?: Expression; next?: Expression };
  readonly outputRegister?: boolean;
  readonly lanes?: boolean;
  readonly probed?: boolean;
  readonly collision?: 'old' | 'asserted';
}

/** A 16-bit memory, all ports at the top; `r` captures the data, or `seen` shows it. */
function build({ consume, outputRegister = false, lanes = false, collision = 'asserted', probed = false }: Options = {}) {
  const [wa, wd, we, wm] = [input('wa', 3), input('wd', 16), input('we', 1), input('wm', 2)];
  const [ra, re, use] = [input('ra', 3), input('re', 1), input('use', 1)];
  const read = memoryRead('ram', 'look', 16, value(ra), { enable: value(re), outputRegister });
  const ram = memory('ram', 16, 8, {
    collision, reads: [read], init: Array.from({ length: 8 }, (_, i) => BigInt(i)),
    write: { address: value(wa), data: value(wd), enable: value(we), ...(lanes ? { mask: value(wm), lanes: [{ lo: 0, width: 8 }, { lo: 8, width: 8 }] } : {}) },
  });
  const r = reg('r', 16, { reset: 0n });
  const used = consume?.(value(read.data), value(use)) ?? { next: operation('mux', 16, value(use), value(read.data), value(r)) };
  return createEngine(design(module('top', {
    ports: [wa, wd, we, wm, ra, re, use, output('seen', used.outputs ?? constant(16, 0))],
    registers: [r], clocked: [assign(r, used.next ?? value(r))], memories: [ram],
    probes: probed ? [probe('watch', value(use), { data: value(read.data) })] : [],
  })));
}

type Inputs = Partial<Record<'wa' | 'wd' | 'we' | 'wm' | 'ra' | 're' | 'use' | 'rst', number>>;

function drive(engine: ReturnType<typeof build>, inputs: Inputs): void {
  for (const port of engine.inputs.values()) port.set(BigInt(inputs[port.name as keyof Inputs] ?? 0));
}

const COLLIDE: Inputs = { wa: 5, wd: 0xabcd, we: 1, wm: 3, ra: 5, re: 1 };
const SENTENCE = 'read of ram port look collided with the write of 5 in cycle 1 and its data was used';

describe('a colliding read', () => {
  test('stops the run when a register captures its data, before that edge', () => {
    const engine = build();
    engine.run(1);
    drive(engine, COLLIDE);
    expect(engine.run(1)).toBe(1);
    drive(engine, { use: 1 });
    expect(engine.run(1)).toBe(0);
    expect(engine.failure).toMatchObject({ kind: 'collision', path: '', cycle: 2, message: SENTENCE });
    expect([engine.cycle, engine.peek('r'), engine.peek('ram_look')]).toEqual([2, 0n, 5n]);
    expect(engine.run(4)).toBe(0);
  });

  test('is harmless while nobody looks, however long, and forgotten at the next read', () => {
    const engine = build();
    engine.run(1);
    drive(engine, COLLIDE);
    engine.run(1);
    drive(engine, {});
    expect(engine.run(50)).toBe(50);
    const before = engine.save();
    drive(engine, { use: 1 });
    expect(engine.run(1)).toBe(0);
    engine.restore(before);
    drive(engine, { ra: 5, re: 1 });
    engine.run(1);
    drive(engine, { use: 1 });
    expect(engine.run(3)).toBe(3);
    expect(engine.peek('r')).toBe(0xabcdn);
  });

  test('is no matter of a memory that gives the old word', () => {
    const engine = build({ collision: 'old' });
    drive(engine, COLLIDE);
    engine.run(1);
    drive(engine, { use: 1 });
    expect(engine.run(1)).toBe(1);
    expect(engine.peek('r')).toBe(5n);
  });

  test('stops the run when an output shows its data', () => {
    const engine = build({ consume: (data, use) => ({ outputs: operation('mux', 16, use, data, constant(16, 0)) }) });
    engine.run(1);
    drive(engine, COLLIDE);
    engine.run(1);
    drive(engine, {});
    expect(engine.run(1)).toBe(1);
    drive(engine, { use: 1 });
    expect(engine.run(1)).toBe(0);
  });

  test('matters also where each of its bits alone would not', () => {
    // Bits 1 and 3 of the old word are 0; inverted, their conjunction is 1.
    const both = (data: Expression, use: Expression) => ({ outputs: operation('zext', 16, operation('and', 1, use, operation('and', 1, bits(data, 1, 1), bits(data, 3, 1)))) });
    const engine = build({ consume: both });
    drive(engine, COLLIDE);
    engine.run(1);
    drive(engine, { use: 1 });
    expect(engine.run(1)).toBe(0);
    drive(engine, {});
    expect(engine.run(1)).toBe(1);
  });

  test('may show in a probe', () => {
    const engine = build({ probed: true, consume: () => ({}) });
    drive(engine, COLLIDE);
    engine.run(1);
    drive(engine, {});
    expect(engine.run(2)).toBe(2);
    expect(engine.output('sim_watch_data').sampled()).toBe(5n);
  });

  test('is let through when the design only seems to look', () => {
    // The difference of the data with itself: the first look is suspicious, the second finds nothing.
    const engine = build({ consume: (data) => ({ outputs: operation('sub', 16, operation('mul', 16, bits(data, 0, 8), constant(8, 3)), operation('mul', 16, constant(8, 3), bits(data, 0, 8))) }) });
    drive(engine, COLLIDE);
    engine.run(1);
    drive(engine, { use: 1 });
    expect(engine.run(3)).toBe(3);
  });

  test('with an output register shows one cycle later', () => {
    const engine = build({ outputRegister: true });
    engine.run(1);
    drive(engine, COLLIDE);
    engine.run(1);
    drive(engine, { use: 1, ra: 2, re: 1 });
    expect(engine.run(1)).toBe(1);
    expect(engine.run(1)).toBe(0);
    expect(engine.failure?.message).toBe(SENTENCE);
  });

  test('is one of written lanes only', () => {
    const upper = (data: Expression, use: Expression) => ({ outputs: operation('mux', 16, use, operation('and', 16, data, constant(16, 0xff00)), constant(16, 0)) });
    for (const [wm, done] of [[1, 1], [2, 0], [3, 0], [0, 1]] as const) {
      const engine = build({ consume: upper, lanes: true });
      drive(engine, { ...COLLIDE, wm });
      engine.run(1);
      drive(engine, { use: 1 });
      expect(engine.run(1)).toBe(done);
    }
  });

  test('needs an enabled read, an enabled write and the same word', () => {
    for (const change of [{ re: 0 }, { we: 0 }, { ra: 4 }]) {
      const engine = build();
      drive(engine, { ...COLLIDE, ...change });
      engine.run(1);
      drive(engine, { use: 1 });
      expect(engine.run(1)).toBe(1);
    }
  });

  test('does not stop a run in reset, nor one without assertions', () => {
    const engine = build();
    drive(engine, COLLIDE);
    engine.run(1);
    drive(engine, { use: 1, rst: 1 });
    expect(engine.run(2)).toBe(2);
  });
});

test('forwarding satisfies the promise, run after run', () => {
  // Read-modify-write with the update of the cycle before taken from a register.
  const address = input('address', 2);
  const [index, lastIndex, last, lastValid] = [reg('index', 2, { reset: 0n }), reg('lastIndex', 2, { reset: 0n }), reg('last', 32), reg('lastValid', 1, { reset: 0n })];
  const read = memoryRead('ram', 'look', 32, value(address));
  const hit = operation('and', 1, value(lastValid), operation('eq', 1, value(lastIndex), value(index)));
  const next = operation('add', 32, operation('mux', 32, hit, value(last), value(read.data)), constant(32, 1));
  const started = reg('started', 1, { reset: 0n });
  const ram = memory('ram', 32, 4, { collision: 'asserted', init: [0n, 0n, 0n, 0n], reads: [read], write: { address: value(index), data: next, enable: value(started) } });
  const engine = createEngine(design(module('top', {
    ports: [address, output('o', constant(1, 0))], registers: [index, lastIndex, last, lastValid, started], memories: [ram],
    clocked: [assign(started, constant(1, 1)), assign(index, value(address)), when(value(started), [assign(lastIndex, value(index)), assign(last, next), assign(lastValid, constant(1, 1))])],
  })));
  for (let i = 0; i < 100; i += 1) {
    engine.input('address').set(BigInt((i * 7 + (i >> 2)) % 4));
    expect(engine.run(1)).toBe(1);
  }
  expect(engine.run(1000)).toBe(1000);
  const total = [0, 1, 2, 3].map((i) => engine.readMemory('ram', i)).reduce((a, b) => a + b);
  expect(total).toBe(1099n);
});
