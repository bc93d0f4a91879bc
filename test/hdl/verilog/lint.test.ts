import { elaborate, UInt } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { emit } from '@vtoe/hdl/internal/verilog/emit';
import { lintText } from '../engines/lint.ts';
import { build } from '../fuzz/build.ts';
import { generate } from '../fuzz/generate/generate.ts';
import { controller, counter, datapath, fifo, system, table } from './designs.ts';
import { pairs, pool } from './expressions.ts';
import { design, module, output } from './ir.ts';
import { ODD } from './odd.ts';

/** Macros under which the text must be as clean as without. */
const SIMULATION = ['VTOE_ASSERT', 'VTOE_RANDOM_INIT'];

const WRITTEN = [counter(8), counter(1), fifo(UInt(32), 16), controller(), table(512, 'asserted'), table(100, 'old', true), datapath(), system()].map((definition) => elaborate(definition));

const SETS = {
  'designs in the language': WRITTEN.map((of) => emit(of)),
  'the same with probes': WRITTEN.filter(({ modules }) => modules.some(({ probes }) => probes.length > 0)).map((of) => emit(of, { probes: true })),
  'odd designs': ODD.map((of) => emit(of)),
};

describe.each(Object.entries(SETS))('%s are clean', (_, emitted) => {
  test('as hardware', async () => { expect(await lintText(emitted)).toEqual([]); });
  test('as simulated', async () => { expect(await lintText(emitted, { defines: SIMULATION, yosys: false })).toEqual([]); });
});

test('one macro alone leaves nothing unread', async () => {
  for (const macro of SIMULATION) expect(await lintText(WRITTEN.map((of) => emit(of)), { defines: [macro], yosys: false })).toEqual([]);
});

test('every operator inside every other is clean', async () => {
  const texts = [[1, 33, 100], [8]].map((widths, i) => {
    const from = pool([1, 8, 33, 100], 3);
    const outputs = pairs(from, widths, true).map(({ expression }, k) => output(`y${k}`, expression.width, expression));
    return emit(design(module(`operators_${i}`, { ports: [...from.inputs, ...outputs] })), { locators: false });
  });
  expect(await lintText(texts, { yosys: false })).toEqual([]);
  expect(await lintText(texts.slice(1))).toEqual([]);
});

test('random designs are clean', async () => {
  const texts = Array.from({ length: 12 }, (_, i) => emit(build(generate(5000 + i)), { locators: false }));
  expect(await lintText(texts, { defines: SIMULATION, yosys: false })).toEqual([]);
  expect(await lintText(texts.slice(0, 4))).toEqual([]);
});
