/** The engine as its users see it: edges, resets, views on outputs, names, stops, snapshots, mistakes. */
import { describe, expect, test } from 'vitest';
import { startValue } from '@vtoe/hdl/internal/ir/random-start';
import { createEngine } from '@vtoe/hdl/internal/sim/engine';
import { failureText } from '@vtoe/hdl/internal/sim/failure';
import { assertion, assign, bits, constant, design, input, instance, memory, memoryRead, module, operation, output, outputOf, probe, reg, value, when, wire } from './support/ir.ts';

const one = (width: number) => constant(width, 1);

/** Counts while enabled; the wire `twice` and the expression `isSeven` have names. */
function counter() {
  const en = input('en', 1, { isBool: true });
  const count = reg('value', 8, { reset: 0n });
  const free = reg('free', 16);
  const twice = wire('twice', operation('add', 8, value(count), value(count)));
  const isSeven = operation('eq', 1, value(count), constant(8, 7));
  isSeven.name = 'isSeven';
  return module('counter', {
    ports: [en, output('count', value(count)), output('next', operation('mux', 8, value(en), operation('add', 8, value(count), one(8)), value(count)))],
    wires: [twice], registers: [count, free], named: [isSeven],
    clocked: [when(value(en), [assign(count, operation('add', 8, value(count), one(8)))]), assign(free, operation('add', 16, value(free), one(16)))],
  });
}

describe('edges', () => {
  test('registers hold, count and wrap', () => {
    const engine = createEngine(design(counter()));
    expect(engine.run(5)).toBe(5);
    expect(engine.output('count').get()).toBe(0n);
    engine.input('en').set(1n);
    expect(engine.run(258)).toBe(258);
    expect([engine.cycle, engine.output('count').get()]).toEqual([263, 2n]);
  });

  test('registers swap: all take values from before the edge', () => {
    const [a, b, wide, other] = [reg('a', 8, { reset: 1n }), reg('b', 8, { reset: 2n }), reg('wide', 130, { reset: 3n }), reg('other', 130, { reset: 1n << 129n })];
    const engine = createEngine(design(module('swap', {
      ports: [output('x', value(a))], registers: [a, b, wide, other],
      clocked: [assign(a, value(b)), assign(b, value(a)), assign(wide, value(other)), assign(other, value(wide))],
    })));
    engine.run(3);
    expect(['a', 'b', 'wide', 'other'].map((name) => engine.peek(name))).toEqual([2n, 1n, 1n << 129n, 3n]);
  });

  test('reset in mid-run: those with a reset value take it, the others go on', () => {
    const engine = createEngine(design(counter()));
    const start = startValue(1, 'counter.free', 0, 16);
    engine.input('en').set(1n);
    engine.run(10);
    engine.input('rst').set(1n);
    engine.run(2);
    expect([engine.peek('value'), engine.peek('free')]).toEqual([0n, BigInt.asUintN(16, start + 12n)]);
    engine.input('rst').set(0n);
    engine.run(1);
    expect(engine.peek('value')).toBe(1n);
  });

  test('start contents follow the seed', () => {
    const starts = [1, 1, 2].map((seed) => createEngine(design(counter()), { seed }).peek('free'));
    expect(starts[0]).toBe(starts[1]);
    expect(starts[0]).toBe(startValue(1, 'counter.free', 0, 16));
    expect(starts[2]).toBe(startValue(2, 'counter.free', 0, 16));
  });
});

test('engines of one design share code, not state', () => {
  const made = design(counter());
  const [a, b] = [createEngine(made), createEngine(made)];
  a.input('en').set(1n);
  a.run(4);
  expect([a.peek('value'), b.peek('value'), b.input('en').get()]).toEqual([4n, 0n, 0n]);
});

describe('views on the outputs', () => {
  test('sampled is what a register would have captured; get is what follows now', () => {
    const engine = createEngine(design(counter()));
    engine.input('en').set(1n);
    engine.run(1);
    const next = engine.output('next');
    expect([next.sampled(), next.get()]).toEqual([1n, 2n]);
    engine.input('en').set(0n);
    expect([next.sampled(), next.get()]).toEqual([1n, 1n]);
    expect([engine.input('en').sampled(), engine.input('en').get()]).toEqual([1n, 0n]);
    expect(engine.cycle).toBe(1);
  });

  test('ports can be reached by address', () => {
    const engine = createEngine(design(counter()));
    const view = new BigUint64Array(engine.buffer);
    const [en, count] = [engine.input('en'), engine.output('count')];
    view[en.offset / 8] = 1n;
    engine.run(3);
    expect(view[count.sampledOffset / 8]).toBe(2n);
    expect(view[count.nowOffset / 8]).toBe(0n);
    engine.settle();
    expect(view[count.nowOffset / 8]).toBe(3n);
    view[en.offset / 8] = 0n;
    expect(engine.output('next').get()).toBe(3n);
    expect(view[en.sampledOffset / 8]).toBe(1n);
  });

  test('evaluating in between changes nothing that follows', () => {
    const [plain, looked] = [createEngine(design(counter())), createEngine(design(counter()))];
    for (let i = 0; i < 20; i += 1) {
      const en = BigInt(i % 3 === 0);
      // The other value first, and a look at what would follow.
      looked.input('en').set(1n - en);
      looked.settle();
      for (const engine of [plain, looked]) {
        engine.input('en').set(en);
        engine.run(1);
      }
      expect(looked.peek('value')).toBe(plain.peek('value'));
    }
  });
});

describe('names', () => {
  const x = input('x', 8);
  const inner = module('inner', { ports: [x, output('y', operation('not', 8, value(x)))], probes: [probe('seen', bits(value(x), 0, 1), { low: bits(value(x), 0, 4) })] });
  const a = input('a', 8);
  const unit = instance('u', inner, { x: value(a) });
  const ram = memory('ram', 24, 4, { init: [5n, 6n], write: { address: constant(2, 0), data: constant(24, 0), enable: constant(1, 0) }, reads: [memoryRead('ram', 'p', 24, constant(2, 1))] });
  const top = module('top', { ports: [a, output('y', outputOf(unit, 'y'))], instances: [unit], memories: [ram] });

  test('peek finds ports, wires, registers, named expressions, memory words, and an instance\'s ports by either name', () => {
    const engine = createEngine(design(top));
    engine.input('a').set(0x35n);
    expect(['a', 'y', 'u.x', 'u.y', 'u_y', 'ram[1]'].map((path) => engine.peek(path))).toEqual([0x35n, 0xcan, 0x35n, 0xcan, 0xcan, 6n]);
    expect(engine.signals.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      'rst input', 'a input', 'y output', 'ram_p memoryRead', 'u.x input', 'u.y output', 'sim_u_seen_valid probe', 'sim_u_seen_low probe',
    ]);
    const counted = createEngine(design(counter()));
    counted.poke('value', 7n);
    expect(['value', 'twice', 'isSeven'].map((path) => counted.peek(path))).toEqual([7n, 14n, 1n]);
    expect(counted.signal('isSeven')).toMatchObject({ width: 1, isBool: true, kind: 'named' });
  });

  test('probes are outputs of the top', () => {
    const engine = createEngine(design(top));
    engine.input('a').set(0x35n);
    engine.run(1);
    expect([engine.output('sim_u_seen_valid').sampled(), engine.output('sim_u_seen_low').sampled()]).toEqual([1n, 5n]);
  });

  test('an observer computes what peek interprets', () => {
    const engine = createEngine(design(counter()));
    const observer = engine.observe(['value', 'twice', 'isSeven', 'next']);
    engine.input('en').set(1n);
    engine.run(7);
    observer.sample();
    expect([0, 1, 2, 3].map((i) => observer.value(i))).toEqual([7n, 14n, 1n, 8n]);
    const words = createEngine(design(top)).observe(['ram[1]', 'y']);
    words.sample();
    expect(words.value(0)).toBe(6n);
  });

  test('poke changes registers, read data and memory words', () => {
    const engine = createEngine(design(top));
    engine.poke('ram[3]', 0xabcdefn);
    engine.poke('ram_p', 1n);
    expect([engine.readMemory('ram', 3), engine.peek('ram_p')]).toEqual([0xabcdefn, 1n]);
    const counted = createEngine(design(counter()));
    counted.poke('value', 200n);
    expect(counted.output('count').get()).toBe(200n);
    counted.run(1);
    expect(counted.peek('value')).toBe(200n);
  });
});

describe('stops', () => {
  const en = input('en', 1);
  const inner = (): ReturnType<typeof module> => {
    const count = reg('count', 8, { reset: 0n });
    const below = operation('ltu', 1, value(count), constant(8, 5));
    return module('inner', {
      ports: [en, output('o', value(count))], registers: [count],
      clocked: [when(value(en), [assign(count, operation('add', 8, value(count), one(8)))])],
      assertions: [assertion(below, 'count stays below five', 'assert', value(en)), assertion(value(en), 'enabled', 'cover')],
    });
  };
  const wrapped = () => {
    const unit = instance('u', inner(), { en: value(en) });
    return design(module('top', { ports: [en, output('o', outputOf(unit, 'o'))], instances: [unit] }));
  };

  test('before the edge of the cycle that breaks an assertion, with place and sentence', () => {
    const engine = createEngine(wrapped());
    engine.input('en').set(1n);
    expect(engine.run(100)).toBe(5);
    expect([engine.cycle, engine.peek('u.count')]).toEqual([5, 5n]);
    expect(engine.failure).toMatchObject({ kind: 'assert', path: 'u', cycle: 5, message: 'count stays below five' });
    expect(failureText(engine.failure!)).toMatch(/^assertion in u failed in cycle 5: count stays below five \(.*:\d+\)$/);
    expect(engine.run(1)).toBe(0);
    engine.input('en').set(0n);
    expect(engine.run(3)).toBe(3);
    expect(engine.failure).toBeUndefined();
  });

  test('not in reset, and not when assertions are off', () => {
    const engine = createEngine(wrapped());
    engine.poke('u.count', 9n);
    engine.input('en').set(1n);
    engine.input('rst').set(1n);
    expect(engine.run(1)).toBe(1);
    const off = createEngine(wrapped(), { assertions: false });
    off.input('en').set(1n);
    expect(off.run(300)).toBe(300);
  });

  test('covers count edges outside reset', () => {
    const engine = createEngine(wrapped());
    engine.input('rst').set(1n);
    engine.input('en').set(1n);
    engine.run(3);
    engine.input('rst').set(0n);
    engine.run(100);
    expect(engine.covers).toMatchObject([{ path: 'u', message: 'enabled', count: 5n }]);
  });

  test('an assumption stops as well', () => {
    const engine = createEngine(design(module('top', { ports: [en, output('o', value(en))], assertions: [assertion(operation('not', 1, value(en)), 'never enabled', 'assume')] })));
    engine.input('en').set(1n);
    expect(engine.run(1)).toBe(0);
    expect(engine.failure?.kind).toBe('assume');
  });
});

describe('registers that hold behind a branch', () => {
  // So many under one condition that the code jumps over them: what is not stored must be there already.
  const en = input('en', 1);
  const registers = Array.from({ length: 20 }, (_, i) => reg(`r${i}`, 32, { reset: BigInt(i) }));
  const made = design(module('top', {
    ports: [en, output('o', value(registers[0]!))], registers,
    clocked: [when(value(en), registers.map((one) => assign(one, operation('add', 32, value(one), constant(32, 3)))))],
    assertions: [assertion(operation('ltu', 1, value(registers[0]!), constant(32, 9)), 'below nine', 'assert', value(en))],
  }));
  const values = (engine: ReturnType<typeof createEngine>) => registers.map(({ name }) => Number(engine.peek(name)));
  const after = (steps: number) => registers.map((_, i) => i + 3 * steps);

  test('hold after a stop whose cause is gone', () => {
    const engine = createEngine(made);
    engine.input('en').set(1n);
    expect(engine.run(9)).toBe(3);
    engine.input('en').set(0n);
    engine.run(2);
    expect(values(engine)).toEqual(after(3));
  });

  test('hold after a look at what would follow', () => {
    const engine = createEngine(made);
    engine.input('en').set(1n);
    engine.settle();
    engine.input('en').set(0n);
    engine.run(2);
    expect(values(engine)).toEqual(after(0));
  });

  test('hold what was poked or restored', () => {
    const engine = createEngine(made);
    const start = engine.save();
    engine.poke('r7', 77n);
    engine.run(1);
    expect(engine.peek('r7')).toBe(77n);
    engine.restore(start);
    engine.run(1);
    expect(values(engine)).toEqual(after(0));
  });
});

describe('snapshots', () => {
  test('a restored state goes on as the saved one did', () => {
    const [engine, other] = [createEngine(design(counter())), createEngine(design(counter()), { seed: 9 })];
    engine.input('en').set(1n);
    engine.run(11);
    const state = engine.save();
    engine.run(6);
    other.restore(state);
    other.run(6);
    expect([other.cycle, other.peek('value'), other.peek('free'), other.output('count').sampled()])
      .toEqual([engine.cycle, engine.peek('value'), engine.peek('free'), engine.output('count').sampled()]);
  });

  test('of another design are refused', () => {
    const engine = createEngine(design(counter()));
    const swap = createEngine(design(module('top', { ports: [output('o', one(1))] })));
    expect(() => engine.restore(swap.save())).toThrow('this state was saved by another design, or by another version of this one');
    expect(() => engine.restore(new Uint8Array(3))).toThrow('this is not a saved state of the built-in simulator');
  });
});

describe('mistakes', () => {
  const engine = createEngine(design(counter()));

  test.each<[string, () => unknown, string]>([
    ['unknown signal', () => engine.peek('vlue'), 'there is no signal vlue (did you mean value?)'],
    ['right name, wrong path', () => engine.peek('stage.value'), 'there is no signal stage.value; did you mean value?'],
    ['unknown memory', () => engine.readMemory('ram', 0), 'there is no memory ram; the design has none'],
    ['unknown input', () => engine.input('enable'), 'the top has no input enable; it has rst, en'],
    ['unknown output', () => engine.output('en'), 'the top has no output en; it has count, next'],
    ['value too big', () => engine.input('en').set(2n), 'en has 1 bit and takes 0 to 1, not 2'],
    ['negative value', () => engine.poke('value', -1n), 'value has 8 bits and takes 0 to 255, not -1'],
    ['no bigint', () => engine.poke('value', 3 as unknown as bigint), 'value takes a bigint, not 3 of type number'],
    ['poke of a wire', () => engine.poke('twice', 1n), 'twice is not a register: logic drives it. Only registers, memory words and inputs can be given values'],
    ['negative cycles', () => engine.run(-1), 'run takes a number of cycles, 0 or more, not -1'],
    ['half a cycle', () => engine.run(1.5), 'run takes a number of cycles, 0 or more, not 1.5'],
    ['bad seed', () => createEngine(design(counter()), { seed: 0.5 }), 'the seed is a whole number of 32 bits, not 0.5'],
  ])('%s', (_what, act, sentence) => {
    expect(act).toThrow(expect.objectContaining({ name: 'SimulationError', message: sentence }));
  });
});

describe('external modules', () => {
  const ports = () => [input('x', 8), output('y', constant(8, 0))];
  const external = (model: ReturnType<typeof module> | undefined) => module('IBUF', { ports: ports(), external: { parameters: [], clock: undefined, reset: undefined, model } });
  const a = input('a', 8);
  const around = (black: ReturnType<typeof module>) => {
    const unit = instance('pad', black, { x: value(a) });
    return design(module('top', { ports: [a, output('o', outputOf(unit, 'y'))], instances: [unit] }));
  };

  test('run their model', () => {
    const x = input('x', 8);
    const model = module('ibuf_model', { ports: [output('y', operation('add', 8, value(x), one(8))), x] });
    const engine = createEngine(around(external(model)));
    engine.input('a').set(4n);
    expect(engine.output('o').get()).toBe(5n);
  });

  test('without a model, or with one that does not fit, are refused', () => {
    expect(() => createEngine(around(external(undefined)))).toThrow(
      'instance pad is the external module IBUF, which has no model to simulate: give external(…) a model with the same ports');
    expect(() => createEngine(around(external(module('m', { ports: [input('x', 8)] }))))).toThrow(
      'the model of instance pad has no output y of 8 bits, as external module IBUF has');
  });
});
