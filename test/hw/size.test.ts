/** LUT, FF and block RAM of the whole engine for 7 series, block by block: prints them, and compares their sum with that of docs/reference/toe.md; long, so only with VTOE_LONG=1. */
import { readFile } from 'node:fs/promises';
import { elaborate, emit } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../hw/config.ts';
import { toe } from '../../hw/toe.ts';
import { runYosys } from '../hdl/engines/yosys.ts';
import { filesOf } from '../hdl/engines/emitted.ts';
import { blockSizes, readSizeTable, sizeOf, sizeTable, type Statistics } from './size/block-sizes.ts';

const page = () => readFile(new URL('../../docs/reference/toe.md', import.meta.url), 'utf8');

describe('of modules in modules', () => {
  const statistics: Statistics = {
    modules: {
      top_w64: { num_cells_by_type: { LUT2: 3, INV: 1, FDRE: 5, pair_n2: 2, fifo_lut_A_d4: 1, fifo_block_B_d9: 1, '\\table_n4': 1 } },
      pair_n2: { num_cells_by_type: { LUT6: 300, MUXF7: 9, CARRY4: 7, '\\table_n4': 1 } },
      '\\table_n4': { num_cells_by_type: { RAM32M: 2, SRL16E: 3, RAMB18E1: 1, FDSE: 1 } },
      fifo_lut_A_d4: { num_cells_by_type: { RAM64X1D: 1, LUT1: 2 } },
      fifo_block_B_d9: { num_cells_by_type: { RAMB36E1: 1 } },
    },
  };

  test('each is counted as often as it is there', () => {
    expect(sizeOf(statistics, 'table_n4')).toEqual({ lut: 0, lutRam: 11, ff: 1, bram36: 0.5 });
    expect(sizeOf(statistics, 'top_w64')).toEqual({ lut: 4 + 2 * 300 + 2, lutRam: 3 * 11 + 2, ff: 5 + 3, bram36: 2.5 });
  });

  test('blocks by size, FIFOs together, and what is left', () => {
    const rows = blockSizes(statistics, 'top_w64');
    expect(rows.map(({ block, lut, bram36 }) => [block, lut, bram36])).toEqual([['pair', 600, 1], ['table', 0, 0.5], ['fifo', 2, 1], ['all else', 4, 0], ['sum', 606, 2.5]]);
    expect(readSizeTable(sizeTable(rows))).toEqual(rows);
  });

  test('a memory that is not known stops the count', () => {
    expect(() => sizeOf({ modules: { top: { num_cells_by_type: { RAM512X1S: 1 } } } }, 'top')).toThrow('RAM512X1S');
  });
});

test('the page adds up', async () => {
  const rows = readSizeTable(await page());
  const sum = rows.at(-1)!;
  expect([sum.block, rows.length > 10]).toEqual(['sum', true]);
  for (const count of ['lut', 'lutRam', 'ff', 'bram36'] as const) expect(rows.slice(0, -1).reduce((all, row) => all + row[count], 0)).toBe(sum[count]);
});

describe.runIf(process.env['VTOE_LONG'] === '1')('synthesized for 7 series', () => {
  test('the default build, block by block', async () => {
    const design = emit(elaborate(toe(config())));
    const sources = filesOf(design.files);
    const verilog = sources.map(({ name }) => name).filter((name) => name.endsWith('.v'));
    const script = `read_verilog ${verilog.join(' ')}\nsynth_xilinx -family xc7 -nowidelut -noiopad -run begin:check -top ${design.top}\ntee -o stat.json stat -json\n`;
    const { ok, files, output } = await runYosys(script, sources);
    expect([ok, ok ? '' : output]).toEqual([true, '']);
    const json = files['stat.json'];
    const rows = blockSizes(JSON.parse(typeof json === 'string' ? json : new TextDecoder().decode(json as Uint8Array)) as Statistics, design.top);
    console.log(sizeTable(rows));
    const [said, made] = [readSizeTable(await page()).at(-1)!, rows.at(-1)!];
    expect(made.lut + made.lutRam).toBeLessThanOrEqual(said.lut + said.lutRam);
  }, 7_200_000);
});
