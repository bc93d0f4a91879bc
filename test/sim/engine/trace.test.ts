import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import type { Engine, TraceOptions } from '../../../sim/engine/engine.ts';
import { openEngine } from '../../../sim/engine/open.ts';
import { buildVerilator, type VerilatorBuild } from '../../../sim/engine/verilator/verilator.ts';
import { bench, BUILD_MILLISECONDS, design } from './subject.ts';
import { hasTool, type VcdValues, vcdValues } from './waves.ts';

const folder = mkdtempSync(join(tmpdir(), 'vtoe-trace-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const converts = hasTool('fst2vcd') && hasTool('vcd2fst');

let build: VerilatorBuild;
beforeAll(async () => {
  build = await buildVerilator(design, { waves: 'fst' });
  await buildVerilator(design);
}, BUILD_MILLISECONDS);

interface Kind {
  readonly create: () => Engine;
  readonly end: string;
  /** As VCD. */
  readonly read: (file: string) => VcdValues;
}

const KINDS: Readonly<Record<string, Kind>> = {
  'built-in': { create: () => builtinEngine(design), end: 'vcd', read: (file) => vcdValues(readFileSync(file, 'utf8')) },
  'verilator': { create: () => build.create(), end: 'fst', read: (file) => vcdValues(execFileSync('fst2vcd', [file], { encoding: 'utf8', maxBuffer: 1 << 28 })) },
};

// Each value of this signal was read without a waveform.
const counts = Array.from({ length: 400 }, (_, cycle) => cycle);
const levels = ((): bigint[] => {
  const engine = builtinEngine(design);
  return counts.map((cycle) => {
    bench(engine, cycle);
    return engine.peek('queue.wr');
  });
})();

describe.each(Object.entries(KINDS))('%s', (name, { create, end, read }) => {
  // Debian's package gtkwave brings them.
  const file = join(folder, `${name}.${end}`);
  const traced = (options: Omit<TraceOptions, 'file'>, cycles: number, limit?: (cycle: number) => bigint): VcdValues => {
    const engine = create();
    bench(engine, 30);
    engine.trace({ file, ...options });
    bench(engine, cycles, limit);
    engine.close();
    return read(file);
  };
  const wr = (wave: VcdValues, cycle: number): bigint => wave.at('subject.queue.wr', 10 * cycle);

  test.skipIf(name === 'verilator' && !converts)('shows every signal of every cycle from now on (fst2vcd reads FST)', () => {
    const wave = traced({}, 300);
    expect(wave.times[0]).toBe(300);
    for (let cycle = 30; cycle < 300; cycle += 1) expect([cycle, wr(wave, cycle)]).toEqual([cycle, levels[cycle]]);
    expect(wave.signals).toContain('subject.queue.ends.count');
  });

  test.skipIf(name === 'verilator' && !converts)('starts later, and shows a part', () => {
    const wave = traced({ from: 123, scope: 'queue.ends' }, 300);
    expect(wave.times[0]).toBe(1230);
    expect(wave.signals).toContain('subject.queue.ends.count');
    expect(wave.signals).not.toContain('subject.queue.wr');
  });

  test.skipIf(name === 'verilator' && !converts)('shows the latest cycles only', () => {
    const wave = traced({ cycles: 50 }, 400);
    expect(wave.times[0]).toBe(3500);
    for (let cycle = 350; cycle < 400; cycle += 1) expect([cycle, wr(wave, cycle)]).toEqual([cycle, levels[cycle]]);
  });

  test.skipIf(name === 'verilator' && !converts)('shows the cycle that failed, too', () => {
    const wave = traced({}, 400, (cycle) => (cycle < 100 ? 16n : 0n));
    const { failure } = bench(builtinEngine(design), 400, (cycle) => (cycle < 100 ? 16n : 0n));
    expect(wave.at('subject.limit', 10 * failure!.cycle)).toBe(0n);
    expect(wave.at('subject.level', 10 * failure!.cycle)).toBeGreaterThan(0n);
    expect(Math.floor(wave.times[1] / 10)).toBeGreaterThanOrEqual(failure!.cycle);
  });

  test('runs as without', () => {
    const engine = create();
    engine.trace({ file });
    expect(bench(engine, 200)).toEqual(bench(create(), 200));
    engine.close();
  });

  test('what cannot be is said', () => {
    const engine = create();
    expect(() => engine.trace({ file: join(folder, 'x.lxt') })).toThrow(/cannot write .*x\.lxt$/);
    expect(() => engine.trace({ file, scope: 'queue.endz' })).toThrow('there is no instance queue.endz (did you mean queue.ends?)');
    engine.trace({ file });
    expect(() => engine.trace({ file })).toThrow('a waveform is being written already');
  });
});

test.skipIf(!converts)('gtkwave\'s vcd2fst takes the VCD of the built-in engine (Debian package gtkwave)', () => {
  const file = join(folder, 'convert.vcd');
  const engine = builtinEngine(design);
  engine.trace({ file });
  bench(engine, 60);
  engine.close();
  execFileSync('vcd2fst', [file, `${file}.fst`]);
  const again = vcdValues(execFileSync('fst2vcd', [`${file}.fst`], { encoding: 'utf8' }));
  expect(again.at('subject.queue.wr', 590)).toBe(levels[59]);
});

test('going back in time ends no waveform that is written as it goes', () => {
  const engine = build.create();
  const state = engine.save();
  engine.trace({ file: join(folder, 'back.fst') });
  engine.run(5);
  expect(() => engine.restore(state)).toThrow('a waveform is being written, which cannot go back in time: restore before trace');
});

test('a fast build has no waveforms', async () => {
  const engine = await openEngine('verilator', design);
  expect(() => engine.trace({ file: 'x.fst' })).toThrow('this Verilator model was built without waveforms and cannot write x.fst');
});

test('an engine by name, with its waveform', async () => {
  await expect(openEngine('icarus', design)).rejects.toThrow('there is no engine icarus: it is one of builtin, verilator, lockstep');
  await expect(openEngine('builtin', design, { wave: 'a.fst' })).rejects.toThrow('the builtin engine writes .vcd files, and a.fst is not one');
  await expect(openEngine('lockstep', design, { wave: 'a.ghw' })).rejects.toThrow('the lockstep engine writes .fst and .vcd files, and a.ghw is neither');
  for (const [name, end] of [['builtin', 'vcd'], ['verilator', 'fst'], ['lockstep', 'vcd'], ['lockstep', 'fst']] as const) {
    const wave = join(folder, `${name}.${end}`);
    const engine = await openEngine(name, design, { wave });
    bench(engine, 50);
    engine.close();
    if (end === 'vcd' || converts) expect(KINDS[end === 'vcd' ? 'built-in' : 'verilator']!.read(wave).at('subject.queue.wr', 490)).toBe(levels[49]);
  }
});
