import { Bool, Enum, In, inst, match, module, Out, reg, simulate, UInt, when } from '@vtoe/hdl';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';

const Light = Enum('Light', ['Red', 'Green', 'Amber'], { width: 3 });

const counter = module('counter', {}, { en: In(Bool), count: Out(UInt(8)) }, (io) => {
  const value = reg(UInt(8), { init: 254 });
  when(io.en, () => { value.next = value.add(1); });
  io.count.set(value);
  return { value };
});

const crossing = module('crossing', {}, { go: In(Bool), light: Out(Light) }, (io) => {
  const light = reg(Light);
  const ticks = inst(counter, { en: io.go });
  match(light, {
    Red: () => { when(io.go, () => { light.next = 'Green'; }); },
    Green: () => { when(ticks.count.eq(1), () => { light.next = 'Amber'; }); },
    Amber: () => { light.next = 'Red'; },
  });
  io.light.set(light);
  return { now: light, ticks };
});

function recorded(options?: { cycles: number }) {
  const sim = simulate(crossing);
  const wave = sim.watch(['go', 'ticks.value', 'now'], options);
  sim.step(2);
  sim.io.go = true;
  sim.step(5);
  return wave;
}

test('reads as documentation', () => {
  expect(recorded().text()).toMatchInlineSnapshot(`
    "cycle        0     1     2     3     4     5     6
    go           ▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    ticks.value  │fe               │ff   │0    │1    │2
    now          │Red              │Green            │Amber
    "
  `);
});

test('cycles that do not fit go on below; a part can be chosen', () => {
  expect(recorded().text({ columns: 38 })).toMatchInlineSnapshot(`
    "cycle        0     1     2     3
    go           ▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔
    ticks.value  │fe               │ff
    now          │Red              │Green

    cycle        4     5     6
    go           ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    ticks.value  │0    │1    │2
    now          │Green      │Amber
    "
  `);
  expect(recorded().text({ from: 3, to: 5 })).toMatchInlineSnapshot(`
    "cycle        3  4
    go           ▔▔▔▔▔▔
    ticks.value  │ff│0
    now          │Green
    "
  `);
});

test('keeps the latest cycles only', () => {
  const sim = simulate(counter);
  sim.io.en = true;
  const wave = sim.watch(['value'], { cycles: 4 });
  sim.step(100);
  expect(wave.window).toMatchObject({ from: 96, to: 100 });
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle  96    98
    value  │5e│5f│60│61
    "
  `);
});

test('VCD has the hierarchy, the clock and the labels', () => {
  expect(recorded().vcd()).toMatchInlineSnapshot(`
    "$timescale 1 ns $end
    $scope module crossing $end
    $var wire 1 ! clk $end
    $var wire 1 " go $end
    $var wire 3 $ now [2:0] $end
    $var string 1 % now_label $end
    $scope module ticks $end
    $var wire 8 # value [7:0] $end
    $upscope $end
    $upscope $end
    $enddefinitions $end
    #0
    1!
    0"
    b11111110 #
    b0 $
    sRed %
    #5
    0!
    #10
    1!
    #15
    0!
    #20
    1!
    1"
    #25
    0!
    #30
    1!
    b11111111 #
    b1 $
    sGreen %
    #35
    0!
    #40
    1!
    b0 #
    #45
    0!
    #50
    1!
    b1 #
    #55
    0!
    #60
    1!
    b10 #
    b10 $
    sAmber %
    #65
    0!
    #70
    "
  `);
});

// GTKWave is no tool that the project needs: where its converters are installed, they are the judge.
const converters = spawnSync('vcd2fst', ['--help']).error === undefined;

test.runIf(converters)('GTKWave takes the VCD', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vtoe-wave-'));
  try {
    writeFileSync(join(folder, 'wave.vcd'), recorded().vcd());
    execFileSync('vcd2fst', ['wave.vcd', 'wave.fst'], { cwd: folder });
    const again = execFileSync('fst2vcd', ['wave.fst'], { cwd: folder, encoding: 'utf8' });
    expect(again).toContain('ticks');
    expect(again).toMatch(/^sAmber /m);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('scope', () => {
  test('is all of an instance', () => {
    const sim = simulate(crossing);
    const wave = sim.watch({ scope: 'ticks' });
    sim.io.go = true;
    sim.step(4);
    expect(wave.text()).toMatchInlineSnapshot(`
      "cycle        0  1  2  3
      ticks.en     ▔▔▔▔▔▔▔▔▔▔▔▔
      ticks.count  │fe│ff│0 │1
      ticks.value  │fe│ff│0 │1
      "
    `);
  });

  test('of the top is everything, after what is listed', () => {
    const sim = simulate(crossing);
    expect(sim.watch({ scope: '' }).window.traces.map(({ path }) => path)).toEqual(['rst', 'go', 'light', 'now', 'ticks.en', 'ticks.count', 'ticks.value']);
    expect(sim.watch(['ticks.en', 'now'], { scope: 'ticks' }).window.traces.map(({ path }) => path)).toEqual(['ticks.en', 'now', 'ticks.count', 'ticks.value']);
    expect(sim.watch({ cycles: 5 }).window.traces.map(({ path }) => path)).toEqual(['go', 'light']);
  });

  test('a text may show less', () => {
    const sim = simulate(crossing);
    const wave = sim.watch({ scope: '' });
    sim.step(3);
    expect(wave.text({ signals: ['now', 'go'], to: 2 })).toMatchInlineSnapshot(`
      "cycle  0 1
      now    │Red
      go     ▁▁▁▁
      "
    `);
  });
});

test('a trace from a later cycle on lets the cycles before run at once', () => {
  const sim = simulate(counter);
  sim.io.en = true;
  const run = vi.spyOn(sim.engine, 'run');
  const wave = sim.watch(['value'], { from: 1000 });
  sim.step(1003);
  expect(run.mock.calls).toEqual([[1000], [1], [1], [1]]);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle  1000  100
    value  │e6│e7│e8
    "
  `);
});

test('without a waveform a step is one run', () => {
  const sim = simulate(counter);
  const run = vi.spyOn(sim.engine, 'run');
  sim.step(1_000_000);
  expect(run.mock.calls).toEqual([[1_000_000]]);
});

test('going back drops what came after it', () => {
  const sim = simulate(counter);
  sim.io.en = true;
  const wave = sim.watch(['value']);
  sim.step(3);
  const state = sim.save();
  sim.step(5);
  sim.restore(state);
  sim.io.en = false;
  sim.step(2);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle  0  1  2  3  4
    value  │fe│ff│0 │1
    "
  `);
  expect(wave.vcd().match(/^#.*$/gm)).toEqual(['#0', '#5', '#10', '#15', '#20', '#25', '#30', '#35', '#40', '#45', '#50']);
});

test('a VCD of a file is the VCD of a string', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vtoe-wave-'));
  try {
    const wave = recorded();
    wave.writeVcd(join(folder, 'wave.vcd'), 4);
    expect(readFileSync(join(folder, 'wave.vcd'), 'utf8')).toBe(wave.vcd(4));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('misuse is one sentence', () => {
  const sim = simulate(counter);
  expect(() => sim.watch(['valeu'])).toThrow('there is no signal valeu (did you mean value?)');
  expect(() => sim.watch([])).toThrow('watch needs at least one signal');
  expect(() => sim.watch('value' as never)).toThrow('watch takes a list of names, or options, not "value"');
  expect(() => sim.watch(['value'], { cycles: 0 })).toThrow('watch keeps a number of cycles from 1 up, not 0');
  expect(() => sim.watch(['value']).text({ from: 3 })).toThrow('the waveform has cycles 0 to -1, not 3 to -1');
  expect(() => sim.watch(['value'], { bytes: 0.5 })).toThrow('watch keeps a number of bytes from 1 up, not 0.5');
  expect(() => sim.watch(['value'], { from: -1 })).toThrow('watch starts at a cycle from 0 up, not -1');
  expect(() => simulate(crossing).watch({ scope: 'tick' })).toThrow('there is no instance tick (did you mean ticks?)');
  expect(() => sim.watch({ scope: 'ticks' })).toThrow('there is no instance ticks: the top has none');
  expect(() => sim.watch(['value']).text({ signals: ['en'] })).toThrow('the waveform has no signal en');
  expect(() => sim.watch(['value']).writeVcd('/nowhere/wave.vcd')).toThrow("cannot write /nowhere/wave.vcd: ENOENT: no such file or directory, open '/nowhere/wave.vcd'");
  expect(() => sim.watch(['value']).vcd(5)).toThrow("a VCD's clock period is an even number of nanoseconds from 2 up, not 5");
});
