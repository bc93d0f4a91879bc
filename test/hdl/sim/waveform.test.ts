import { Bool, Enum, In, inst, match, module, Out, reg, simulate, UInt, when } from '@vtoe/hdl';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

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

test('misuse is one sentence', () => {
  const sim = simulate(counter);
  expect(() => sim.watch(['valeu'])).toThrow('there is no signal valeu (did you mean value?)');
  expect(() => sim.watch([])).toThrow('watch needs at least one signal');
  expect(() => sim.watch(['value'], { cycles: 0 })).toThrow('watch keeps a number of cycles from 1 up, not 0');
  expect(() => sim.watch(['value']).text({ from: 3 })).toThrow('the waveform has cycles 0 to -1, not 3 to -1');
  expect(() => sim.watch(['value']).vcd(5)).toThrow("a VCD's clock period is an even number of nanoseconds from 2 up, not 5");
});
