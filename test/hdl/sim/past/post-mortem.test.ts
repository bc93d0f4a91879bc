/** After a failure: the cycles before it, run again, must be those that were. */
import { assert, Bool, Bundle, Enum, In, inst, match, mem, module, Out, reg, simulate, type Simulation, SimulationError, type SimulateOptions, UInt, type Waveform, when } from '@vtoe/hdl';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { snapshotInterval } from '@vtoe/hdl/internal/sim/past/post-mortem';
import { Random } from '../../support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'vtoe-post-mortem-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Counts up by one or two and fails at a limit. */
const counter = module('counter', {}, { fast: In(Bool), limit: In(UInt(32)), count: Out(UInt(32)) }, (io) => {
  const value = reg(UInt(32));
  const ram = mem(UInt(16), 8, { collision: 'old' });
  ram.write(value.trunc(3), value.trunc(16));
  const latest = ram.readSync(value.trunc(3), 'latest');
  value.next = value.add(1);
  when(io.fast, () => { value.next = value.add(2); });
  assert(value.ne(io.limit), 'the limit is not met');
  io.count.set(value);
  return { value, ram, latest };
});

function counting(postMortem: SimulateOptions['postMortem'], limit = 0xffff_ffff) {
  const sim = simulate(counter, { postMortem });
  sim.io.limit = limit;
  return sim;
}

function failureOf(act: () => void): SimulationError & { readonly waveform: Waveform } {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error;
    expect(error.waveform).toBeDefined();
    return error as SimulationError & { readonly waveform: Waveform };
  }
  return expect.fail('nothing failed');
}

/** Values of a signal by cycle. */
function history({ window: { to, traces } }: Waveform, path: string): bigint[] {
  const { changes } = traces.find((trace) => trace.path === path)!;
  return changes.flatMap(({ cycle, value }, i) => Array<bigint>((changes[i + 1]?.cycle ?? to) - cycle).fill(value));
}

test('an assertion that fails in cycle 5,000,000 leaves a VCD of the last 1,000 cycles', () => {
  const file = join(folder, 'last.vcd');
  const sim = counting({ file }, 5_000_000);
  const error = failureOf(() => sim.step(10_000_000));
  expect(error.message).toMatch(/^assertion in the top failed in cycle 5000000: the limit is not met \(past\/post-mortem\.test\.ts:\d+\); cycles 4999001 to 5000000 are in /);
  expect(error.message.endsWith(file)).toBe(true);
  const vcd = readFileSync(file, 'utf8');
  expect(vcd.match(/^#\d*0$/gm)!.length).toBe(1001);
  const names = new Map([...vcd.matchAll(/^\$var wire \d+ (\S+) (\S+)/gm)].map(([, id, name]) => [name!, id!]));
  const cycleText = (cycle: number): string => vcd.slice(vcd.indexOf(`#${10 * cycle}\n`), vcd.indexOf(`#${10 * cycle + 5}\n`));
  expect(vcd.match(/^#.*$/m)![0]).toBe('#49990010');
  for (const cycle of [4_999_001, 5_000_000]) expect(cycleText(cycle)).toContain(`b${cycle.toString(2)} ${names.get('value')}\n`);
  // A synchronous read shows what was written eight cycles before its address was: a memory that the snapshot had.
  expect(cycleText(4_999_001)).toContain(`b${((4_999_001 - 9) & 0xffff).toString(2)} ${names.get('latest')}\n`);
  expect(vcd.endsWith('#50000010\n')).toBe(true);
  expect(error.waveform.vcd()).toBe(vcd);
  // The simulation can still be looked at.
  expect(sim.cycle).toBe(5_000_000);
  expect(sim.peek('value')).toBe(5_000_000n);
});

test('inputs that change all the time are replayed', () => {
  const sim = counting({ cycles: 300 });
  const values: bigint[] = [];
  const random = new Random(1);
  for (let cycle = 0; cycle < 25_000; cycle += 1) {
    sim.io.fast = random.chance(0.3);
    values.push(sim.peek('value') as bigint);
    sim.step();
  }
  sim.io.limit = sim.io.count;
  values.push(sim.io.count);
  const { waveform } = failureOf(() => sim.step());
  expect([waveform.from, waveform.to]).toEqual([24_701, 25_001]);
  expect(history(waveform, 'value')).toEqual(values.slice(-300));
});

describe('the window', () => {
  test('starts with the simulation if that is younger', () => {
    const { waveform } = failureOf(() => counting(true, 7).step(100));
    expect([waveform.from, waveform.to]).toEqual([0, 8]);
    expect(history(waveform, 'value')).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n]);
  });

  test('has its cycles whatever the last snapshot was', () => {
    for (const limit of [9_999, 10_000, 10_001, 10_500, 20_000, 30_300]) {
      const { waveform } = failureOf(() => counting({ cycles: 1000 }, limit).step(100_000));
      expect([waveform.from, waveform.to]).toEqual([limit - 999, limit + 1]);
      expect(history(waveform, 'value')).toEqual(Array.from({ length: 1000 }, (_, i) => BigInt(limit - 999 + i)));
    }
  });

  test('may be longer than a snapshot is usually away', () => {
    const { waveform } = failureOf(() => counting({ cycles: 30_000 }, 70_000).step(100_000));
    expect([waveform.from, waveform.to]).toEqual([40_001, 70_001]);
    expect(history(waveform, 'value')[0]).toBe(40_001n);
  });

  test('may be one cycle', () => {
    const { waveform } = failureOf(() => counting({ cycles: 1 }, 70).step(100));
    expect(waveform.text({ signals: ['value', 'latest'] })).toMatchInlineSnapshot(`
      "cycle   70
      value   │46
      latest  │3d
      "
    `);
  });
});

describe('what the test bench changed', () => {
  test('registers and memory words, before and inside of the window', () => {
    const sim = counting({ cycles: 20 });
    sim.poke('value', 500);
    sim.step(10);
    sim.memory('ram').write(3, 0xabc);
    sim.poke('ram[4]', 0xdef);
    sim.step(1);
    sim.poke('value', 1000);
    sim.poke('value', 3);
    sim.io.limit = 8;
    const { waveform } = failureOf(() => sim.step(100));
    expect([waveform.from, waveform.to]).toEqual([0, 17]);
    expect(history(waveform, 'value').map(Number)).toEqual([500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510, 3, 4, 5, 6, 7, 8]);
    // Words 3 and 4 are those that were written from outside, until the count comes by again.
    expect(history(waveform, 'latest').map(Number).slice(12)).toEqual([0xabc, 0xdef, 509, 510, 503]);
  });

  test('by a step that failed and was mended', () => {
    const sim = counting(true, 5);
    failureOf(() => sim.step(100));
    sim.poke('value', 50);
    sim.io.limit = 53;
    const { waveform } = failureOf(() => sim.step(100));
    expect(history(waveform, 'value').map(Number)).toEqual([0, 1, 2, 3, 4, 50, 51, 52, 53]);
  });

  test('by a reset', () => {
    const sim = counting(true);
    sim.step(10);
    sim.reset(2);
    sim.io.limit = 4;
    const { waveform } = failureOf(() => sim.step(100));
    expect(history(waveform, 'value').map(Number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 1, 2, 3, 4]);
  });

  test('by a return to a saved state', () => {
    const sim = counting(true);
    sim.step(10);
    const state = sim.save();
    sim.step(30);
    sim.restore(state);
    expect(sim.cycle).toBe(10);
    sim.io.limit = 13;
    const { waveform } = failureOf(() => sim.step(100));
    expect([waveform.from, history(waveform, 'value').map(Number)]).toEqual([10, [10, 11, 12, 13]]);
  });

  test('behind its back: the window starts after it', () => {
    const sim = counting(true);
    sim.step(10);
    sim.engine.poke('value', 100n);
    sim.step(5);
    sim.engine.run(3);
    sim.io.limit = 110;
    const { waveform } = failureOf(() => sim.step(100));
    expect([waveform.from, history(waveform, 'value').map(Number)]).toEqual([18, [108, 109, 110]]);
  });

  test('through the buffer: it must say so', () => {
    const sim = counting(true);
    const { offset, stride } = sim.engine.memories.get('ram')!;
    const word = new Uint16Array(sim.engine.buffer, offset + 5 * stride, 1);
    expect(stride).toBe(2);
    sim.step(16);
    word[0] = 77;
    sim.engine.changed();
    sim.io.limit = 24;
    const { waveform } = failureOf(() => sim.step(100));
    expect([waveform.from, history(waveform, 'latest').map(Number)]).toEqual([16, [7, 8, 9, 10, 11, 12, 77, 14, 15]]);
  });
});

test('two failures in a row', () => {
  const sim = counting({ file: join(folder, 'again.vcd'), cycles: 5 }, 100);
  const first = failureOf(() => sim.step(1000));
  const second = failureOf(() => sim.step(1000));
  expect(second.message).toBe(first.message);
  expect(second.waveform.window).toEqual(first.waveform.window);
  sim.io.limit = 20_000;
  const third = failureOf(() => sim.step(100_000));
  expect(history(third.waveform, 'value').map(Number)).toEqual([19_996, 19_997, 19_998, 19_999, 20_000]);
  // An older failure's waveform is not forgotten, though the simulation went on.
  expect(history(first.waveform, 'value').map(Number)).toEqual([96, 97, 98, 99, 100]);
});

test('an error that nobody asked for its waveform has cost no replay', () => {
  const sim = counting(true, 20_000);
  const { waveform } = failureOf(() => sim.step(100_000));
  sim.io.limit = 60_000;
  failureOf(() => sim.step(100_000));
  expect(JSON.stringify(waveform)).toBe('{"from":19001,"to":20001}');
  expect(waveform.text({ from: 20_000, signals: ['value'] })).toBe('cycle  20000\nvalue  │4e20\n');
});

describe('a design of all kinds of signals', () => {
  const Phase = Enum('Phase', ['Idle', 'Load', 'Work', 'Done'], { width: 3 });
  const Pair = Bundle('Pair', { low: UInt(33), high: UInt(7) });

  const mixer = module('mixer', {}, { in: In(UInt(130)), by: In(UInt(8)), out: Out(UInt(130)) }, (io) => {
    const state = reg(UInt(130), { init: 5 });
    state.next = state.rotl(io.by.trunc(7)).xor(io.in);
    io.out.set(state.add(io.in));
    return { state };
  });

  const zoo = module('zoo', {}, {
    wide: In(UInt(130)), narrow: In(UInt(8)), wanted: In(Phase), given: In(Pair), trip: In(Bool), sum: Out(UInt(130)), seen: Out(Pair), now: Out(Phase),
  }, (io) => {
    const phase = reg(Phase);
    const mixed = inst(mixer, { in: io.wide, by: io.narrow });
    const fives = mem(UInt(5), 16);
    const pairs = mem(Pair, 8, { collision: 'old' });
    const wides = mem(UInt(130), 4);
    fives.write(io.narrow.bits(3, 0), io.narrow.bits(7, 3));
    const old = fives.read(io.narrow.bits(7, 4), 'old');
    when(phase.ne('Idle'), () => { pairs.write(old.trunc(3), io.given); });
    const pair = pairs.readSync(io.narrow.bits(2, 0), 'pair');
    when(old.bit(4), () => { wides.write(old.trunc(2), mixed.out); });
    const both = wides.read(io.narrow.bits(1, 0), 'wide').xor(mixed.out);
    match(phase, {
      Idle: () => { when(io.narrow.bit(0), () => { phase.next = io.wanted; }); },
      Load: () => { phase.next = 'Work'; },
      Work: () => { when(mixed.out.orR(), () => { phase.next = 'Done'; }); },
      Done: () => { phase.next = 'Idle'; },
    });
    assert(io.trip.not(), 'nobody trips');
    io.sum.set(both);
    io.seen.set(pair);
    io.now.set(phase);
    return { phase, mixed, fives, pairs, wides, old, both };
  });

  const play = (sim: Simulation, random: Random, cycles: number): void => {
    const inputs = [...sim.engine.inputs.values()].filter(({ name }) => name !== 'rst' && name !== 'trip');
    while (sim.cycle < cycles) {
      for (const port of inputs) if (random.chance(0.4)) port.set(port.labels === undefined ? random.edgeBits(port.width) : random.pick(port.labels.labels).value);
      if (random.chance(0.03)) sim.poke(random.pick(['mixed.state', 'wides[2]']), random.edgeBits(130));
      if (random.chance(0.03)) sim.poke('phase', random.below(4));
      if (random.chance(0.03)) sim.memory('fives').write(random.below(16), random.edgeBits(5));
      if (random.chance(0.03)) sim.memory('pairs').write(random.below(8), random.edgeBits(40));
      if (random.chance(0.01)) sim.reset(random.between(1, 3));
      else sim.step(random.chance(0.2) ? random.below(30) : 1);
    }
  };

  test.each([1, 2, 3, 4, 5, 6])('replayed as it was, seed %i', (seed) => {
    const random = new Random(seed);
    const cycles = random.pick([50, 400, 1000]);
    const sim = simulate(zoo, { postMortem: { cycles }, seed });
    const wave = sim.watch({ scope: '', cycles });
    play(sim as unknown as Simulation, random, random.pick([30, 700, 10_500, 21_000]));
    sim.io.trip = true;
    const { waveform } = failureOf(() => sim.step());
    expect(waveform.to).toBe(sim.cycle + 1);
    expect(waveform.from).toBe(Math.max(0, sim.cycle + 1 - cycles));
    expect(waveform.window).toEqual(wave.window);
    expect(waveform.vcd()).toBe(wave.vcd());
  });
});

test('a memory collision leaves a waveform, too', () => {
  const collider = module('collider', {}, { at: In(UInt(2)), out: Out(UInt(8)) }, (io) => {
    const ram = mem(UInt(8), 4, { collision: 'asserted' });
    const count = reg(UInt(2));
    count.next = count.add(1);
    ram.write(count, io.at.zext(8));
    io.out.set(ram.readSync(io.at, 'port'));
    return { ram, count };
  });
  const sim = simulate(collider, { postMortem: true });
  const wave = sim.watch({ scope: '' });
  sim.io.at = 2;
  const error = failureOf(() => sim.step(10));
  expect(error.message).toContain('memory collision in the top failed in cycle 3');
  expect(error.waveform.window).toEqual(wave.window);
});

describe('misuse is one sentence', () => {
  test.each<[unknown, string]>([
    [1, 'simulate: postMortem must be true, false or options, not 1'],
    [{ cycles: 0 }, 'postMortem shows a number of cycles from 1 up, not 0'],
    [{ file: 3 }, 'postMortem writes to the file of a path, not to 3'],
  ])('%o', (postMortem, sentence) => {
    expect(() => simulate(counter, { postMortem } as never)).toThrow(new SimulationError(sentence));
  });

  test('a file that cannot be written does not hide the failure', () => {
    const { message, waveform } = failureOf(() => counting({ file: '/nowhere/last.vcd' }, 7).step(10));
    expect(message).toMatch(/^assertion in the top failed in cycle 7: .*\); there is no waveform of it: cannot write \/nowhere\/last\.vcd: ENOENT: no such file or directory, open '\/nowhere\/last\.vcd'$/);
    expect(history(waveform, 'value').length).toBe(8);
  });

  test('memory that changed in secret', () => {
    const secret = module('secret', {}, { out: Out(UInt(8)) }, (io) => {
      const ram = mem(UInt(8), 4, { init: [1, 1, 1, 1] });
      const at = reg(UInt(2));
      const word = ram.read(at, 'word');
      assert(word.ne(9), 'no nines');
      at.next = at.add(1);
      io.out.set(word);
      return { ram, at };
    });
    const sim = simulate(secret, { postMortem: true });
    sim.step(3);
    new Uint8Array(sim.engine.buffer)[sim.engine.memories.get('ram')!.offset] = 9;
    const { waveform } = failureOf(() => sim.step(4));
    expect(() => waveform.text()).toThrow('the run up to cycle 4 cannot be repeated: memory was written through engine.buffer, and engine.changed() was not called after it');
  });

  test('a restore that processes or a recording could not follow', () => {
    const sim = counting(false);
    const state = sim.save();
    sim.start((function* () { yield 5; })());
    expect(() => sim.restore(state)).toThrow('restore cannot bring running processes back to where they were: restore in a new simulation of the module, and start processes there');
    sim.step(5);
    sim.restore(state);
    expect(sim.cycle).toBe(0);
    expect(() => simulate(counter, { record: true }).restore(state)).toThrow('restore: a recording is replayed from cycle 0 on, so a simulation with { record: true } cannot be restored');
  });
});

test('without it, errors are as they were', () => {
  const sim = counting(false, 7);
  expect(() => sim.step(10)).toThrow(/^assertion in the top failed in cycle 7: the limit is not met \(past\/post-mortem\.test\.ts:\d+\)$/);
  try {
    sim.step(10);
  } catch (error) {
    expect((error as SimulationError).waveform).toBeUndefined();
  }
});

test('snapshots are rarer the larger the state is', () => {
  expect(snapshotInterval(1000, 500, 1000)).toBe(10_000);
  expect(snapshotInterval(400_000, 125_000, 1000)).toBe(10_000);
  expect(snapshotInterval(2 ** 26, 125_000, 1000)).toBe(285_601);
  expect(snapshotInterval(1000, 500, 50_000)).toBe(50_000);
});
