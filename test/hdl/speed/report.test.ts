import { expect, test } from 'vitest';
import { figure } from './figures.ts';
import type { Measurement } from './measure.ts';
import { jsonText, tableText } from './report.ts';
import { spreadOf } from './statistics.ts';

const MEASURED: Measurement = {
  design: 'sim10k',
  figures: [
    figure('sim10k', 'builtin_over_verilator', spreadOf([0.7, 0.8, 0.95]), true),
    figure('sim10k', 'builtin_first_cycle_s', 1.25, true),
    figure('sim10k', 'icarus_khz', spreadOf([0.9, 1.1]), true),
    figure('sim10k', 'trace_slowdown', 4.5, false),
  ],
  results: [{ name: 'built-in', activity: 'all busy', speeds: [170_000, 180_400, 12_300] }],
};

test('for programs: name, value, unit, goal, met', () => {
  expect(JSON.parse(jsonText([MEASURED]))).toEqual({
    figures: [
      { name: 'sim10k_builtin_over_verilator', value: 0.8, unit: 'ratio', goal: 0.8, met: true },
      { name: 'sim10k_builtin_first_cycle_s', value: 1.25, unit: 's', goal: 1, met: false },
      { name: 'sim10k_icarus_khz', value: 1, unit: 'kHz', goal: null, met: null },
      { name: 'sim10k_trace_slowdown', value: 4.5, unit: 'ratio', goal: null, met: null },
    ],
  });
});

test('for people: the spread, too, and every engine', () => {
  expect(tableText([MEASURED])).toBe(`
figure                         value  least..most   unit   goal          met
sim10k_builtin_over_verilator  0.800  0.700..0.950  ratio  at least 0.8  yes
sim10k_builtin_first_cycle_s   1.25                 s      at most 1     no
sim10k_icarus_khz              1.00   0.900..1.10   kHz
sim10k_trace_slowdown          4.50                 ratio

design  blocks    engine    kHz  least..most
sim10k  all busy  built-in  170  12.3..180`.slice(1));
});
