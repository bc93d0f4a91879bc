import {
  assert, Bool, Bundle, Enum, flip, In, Interface, module, Out, pausing, reg, simulate, Stream, streamSink, streamSource, UInt, Valid, Vec, when, type Process,
} from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';

const Mode = Enum('Mode', { Slow: 2, Fast: 5 });
const Pair = Bundle('Pair', { a: UInt(4), mode: Mode });

const shapes = module('shapes', {}, {
  few: In(UInt(4)), wide: In(UInt(100)), flag: In(Bool), mode: In(Mode), pair: In(Pair), list: In(Vec(UInt(4), 3)),
  fewOut: Out(UInt(4)), wideOut: Out(UInt(100)), flagOut: Out(Bool), modeOut: Out(Mode), pairOut: Out(Pair), listOut: Out(Vec(UInt(4), 3)),
}, (io) => {
  io.fewOut.set(io.few);
  io.wideOut.set(io.wide);
  io.flagOut.set(io.flag);
  io.modeOut.set(io.mode);
  io.pairOut.set(io.pair);
  io.listOut.set(io.list);
});

describe('io', () => {
  test('has values of the port’s shape', () => {
    const { io } = simulate(shapes);
    io.few = 9;
    io.wide = 1n << 99n;
    io.flag = true;
    io.mode = 'Fast';
    io.pair = { a: 3, mode: 'Fast' };
    io.list = [1, 2, 3];
    expect(io.fewOut).toBe(9n);
    expect(io.wideOut).toBe(1n << 99n);
    expect(io.flagOut).toBe(true);
    expect(io.modeOut).toBe('Fast');
    expect(io.pairOut).toEqual({ a: 3n, mode: 'Fast' });
    expect(io.listOut).toEqual([1n, 2n, 3n]);
  });

  test('what was read of an output stays as it was, and cannot be assigned', () => {
    const sim = simulate(shapes);
    sim.io.pair = { a: 3, mode: 'Fast' };
    sim.io.list = [1, 2, 3];
    sim.step();
    const [now, list, sampled] = [sim.io.pairOut, sim.io.listOut, sim.sampled.pairOut];
    sim.io.pair = { a: 4, mode: 'Slow' };
    sim.io.list = [4, 5, 6];
    sim.step();
    expect([now, list, sampled]).toEqual([{ a: 3n, mode: 'Fast' }, [1n, 2n, 3n], { a: 3n, mode: 'Fast' }]);
    expect(sim.io.pairOut).toEqual({ a: 4n, mode: 'Slow' });
    expect(() => { (now as { a: bigint }).a = 1n; }).toThrow('pairOut.a is driven by the module and cannot be driven by the test bench');
    expect(() => { (sampled as { a: bigint }).a = 1n; }).toThrow('pairOut.a cannot be driven here: this view shows what was sampled at the last clock edge');
    expect(() => (now as unknown as { b: bigint }).b).toThrow('pairOut has no field b; it has a, mode');
  });

  test('fields and elements are driven one by one, too', () => {
    const { io } = simulate(shapes);
    io.pair.a = 7;
    io.list[2] = 5;
    expect(io.pairOut).toEqual({ a: 7n, mode: 'Slow' });
    expect(io.listOut).toEqual([0n, 0n, 5n]);
  });

  test('an enum starts at a label', () => {
    expect(simulate(shapes).io.modeOut).toBe('Slow');
  });

  test('misuse is one sentence', () => {
    const { io, sampled } = simulate(shapes);
    const any = io as unknown as Record<string, unknown>;
    expect(() => { any['fwe'] = 1; }).toThrow('the module has no port fwe; it has few, wide, flag, mode, pair, list, fewOut, wideOut, flagOut, modeOut, pairOut, listOut');
    expect(() => any['fwe']).toThrow('the module has no port fwe');
    expect(() => { io.few = 16; }).toThrow('few has 4 bits and takes 0 to 15, not 16');
    expect(() => { io.few = 1.5; }).toThrow('few is a UInt(4) and cannot take 1.5');
    expect(() => { any['few'] = true; }).toThrow('few is a UInt(4) and cannot take true');
    expect(() => { any['flag'] = 1; }).toThrow('flag is a Bool and cannot take 1');
    expect(() => { any['mode'] = 'Medium'; }).toThrow('mode is an enum Mode, which has no label "Medium"; it has Slow, Fast');
    expect(() => { any['pair'] = { a: 1 }; }).toThrow('pair takes a whole record of bundle Pair, but mode is missing; assign single fields to change only them');
    expect(() => { any['pair'] = { a: 1, mode: 'Slow', c: 1 }; }).toThrow('pair is of bundle Pair, which has no field c; it has a, mode');
    expect(() => { io.list = [1]; }).toThrow('list takes an array of 3 elements, not an array of 1');
    expect(() => { any['fewOut'] = 1; }).toThrow('fewOut is driven by the module and cannot be driven by the test bench');
    expect(() => { (sampled as { few: bigint }).few = 1n; }).toThrow('few cannot be driven here: this view shows what was sampled at the last clock edge');
  });
});

const counter = module('counter', {}, { en: In(Bool), count: Out(UInt(4)) }, (io) => {
  const value = reg(UInt(4));
  when(io.en, () => { value.next = value.add(1); });
  io.count.set(value);
  return { value };
});

describe('cycles', () => {
  test('io shows now, sampled shows the last edge', () => {
    const sim = simulate(counter);
    sim.io.en = true;
    sim.step(5);
    expect(sim.io.count).toBe(5n);
    expect(sim.sampled.count).toBe(4n);
    expect(sim.sampled.en).toBe(true);
    expect(sim.cycle).toBe(5);
  });

  test('reset in mid-run', () => {
    const sim = simulate(counter);
    sim.io.en = true;
    sim.step(5);
    sim.reset(2);
    expect(sim.io.count).toBe(0n);
    sim.step();
    expect(sim.io.count).toBe(1n);
  });

  test('until waits for a condition, and gives up', () => {
    const sim = simulate(counter);
    sim.io.en = true;
    sim.until(() => sim.io.count === 9n);
    expect(sim.cycle).toBe(9);
    expect(() => sim.until(() => false, 10)).toThrow('until: the condition did not hold within 10 cycles');
  });

  test('peek and poke', () => {
    const sim = simulate(counter);
    sim.poke('value', 12);
    expect(sim.peek('value')).toBe(12n);
    expect(sim.io.count).toBe(12n);
    expect(() => sim.poke('count', 1)).toThrow('count is not a register');
    expect(() => sim.poke('value', 16)).toThrow('value has 4 bits and takes 0 to 15, not 16');
    expect(() => sim.poke('value', 1.5)).toThrow('value takes a whole number, not 1.5');
  });

  test('misuse is one sentence', () => {
    const sim = simulate(counter);
    expect(() => sim.step(-1)).toThrow('step takes a whole number of cycles from 0 up, not -1');
    expect(() => sim.recording).toThrow('recording: nothing was recorded; simulate with { record: true }');
    expect(() => simulate(3 as never)).toThrow('simulate takes a module, not 3');
    expect(() => simulate(counter, { record: 1 } as never)).toThrow('simulate: record must be true or false, not 1');
  });

  test('a failed assertion stops before the edge', () => {
    const limited = module('limited', {}, { en: In(Bool) }, (io) => {
      const level = reg(UInt(4));
      when(io.en, () => { level.next = level.add(1); });
      assert(level.lt(3), 'the level stays below 3');
      return { level };
    });
    const sim = simulate(limited);
    sim.io.en = true;
    expect(() => sim.step(10)).toThrow(/^assertion in the top failed in cycle 3: the level stays below 3 \(sim\/simulate\.test\.ts:\d+\)$/);
    expect(sim.cycle).toBe(3);
    expect(sim.peek('level')).toBe(3n);
    const careless = simulate(limited, { assertions: false });
    careless.io.en = true;
    careless.step(10);
    expect(careless.peek('level')).toBe(10n);
  });
});

const Link = Interface('Link', { command: Out(Stream(UInt(8))), status: In(Valid(UInt(4))) });

describe('streams and interfaces', () => {
  const through = module('through', {}, { up: In(Link), down: Out(Link), rows: In(Vec(Stream(UInt(8)), 2)), both: Out(UInt(8)) }, (io) => {
    io.down.command.from(io.up.command);
    io.up.status.from(io.down.status);
    for (const row of io.rows) row.ready.set(true);
    io.both.set(io.rows[0]!.payload.xor(io.rows[1]!.payload));
  });

  test('each side of an interface is driven where the module reads', () => {
    const { io } = simulate(through);
    io.up.command.valid = true;
    io.up.command.payload = 7;
    io.down.command.ready = true;
    io.down.status.payload = 9;
    expect(io.down.command.payload).toBe(7n);
    expect(io.up.command.ready).toBe(true);
    expect(io.up.status.payload).toBe(9n);
    io.rows[0]!.payload = 5;
    io.rows[1]!.payload = 6;
    expect(io.both).toBe(3n);
    expect(() => { (io.up.command as { ready: boolean }).ready = true; }).toThrow('up.command.ready is driven by the module and cannot be driven by the test bench');
    expect(() => { (io as unknown as { up: unknown }).up = 3; }).toThrow('up is made of members; drive those');
  });

  test('flip gives the other side', () => {
    const flipped = module('flipped', {}, { up: In(flip(Link)) }, (io) => {
      io.up.command.valid.set(true);
      io.up.command.payload.set(io.up.status.payload.zext(8));
    });
    const { io } = simulate(flipped);
    io.up.status.payload = 3;
    expect(io.up.command.payload).toBe(3n);
  });
});

describe('bus models', () => {
  const wires = module('wires', {}, { in: In(Stream(UInt(8))), out: Out(Stream(UInt(8))) }, (io) => { io.out.from(io.in); });

  test.each([[0, 0], [50, 0], [0, 50], [50, 50], [90, 10]])('everything arrives once and in order: source pauses %i of 100, sink %i of 100', (source, sink) => {
    const sim = simulate(wires);
    const items = Array.from({ length: 50 }, (_, i) => i);
    const taken: bigint[] = [];
    sim.start(streamSource(sim.io.in, sim.sampled.in, items, pausing(source, 1)));
    sim.start(streamSink(sim.io.out, sim.sampled.out, taken, pausing(sink, 2), 50));
    sim.until(() => taken.length === 50);
    expect(taken).toEqual(items.map(BigInt));
    if (source === 0 && sink === 0) expect(sim.cycle).toBe(50);
  });

  test('a process waits for cycles and for conditions', () => {
    const sim = simulate(counter);
    const log: string[] = [];
    function* watcher(): Process {
      yield 3;
      log.push(`after 3: ${sim.cycle}`);
      sim.io.en = true;
      yield () => sim.io.count === 2n;
      log.push(`count 2: ${sim.cycle}`);
      yield;
      log.push(`next: ${sim.cycle}`);
    }
    sim.start(watcher());
    sim.step(20);
    expect(log).toEqual(['after 3: 3', 'count 2: 5', 'next: 6']);
  });

  test('misuse is one sentence', () => {
    const sim = simulate(counter);
    function* wrong(): Generator<never, void, void> { yield 0 as never; }
    expect(() => sim.start(wrong as never)).toThrow('a process is a generator, made by calling a function*, not function wrong');
    expect(() => sim.start(wrong())).toThrow('a process yields nothing, a number of cycles from 1 up, or a function, not 0');
  });

  test('a recording has what went in and came out', () => {
    const sim = simulate(counter, { record: true });
    sim.io.en = true;
    sim.step(2);
    expect(sim.recording).toEqual({
      inputs: ['rst', 'en'], outputs: ['count'],
      cycles: [{ inputs: [0n, 1n], outputs: [0n] }, { inputs: [0n, 1n], outputs: [1n] }],
    });
  });
});
