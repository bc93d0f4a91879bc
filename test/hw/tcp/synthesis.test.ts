/** Size and estimated delays of the pipeline for 7 series are those of docs/reference/tcp/pipeline.md; minutes, so only with VTOE_LONG=1. */
import { readFile } from 'node:fs/promises';
import { elaborate, emit } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { tcpPipeline } from '../../../hw/tcp/pipeline.ts';
import { runYosys } from '../../hdl/engines/yosys.ts';
import { longestPaths, NET_PS, type Netlist } from './synthesis/netlist-delay.ts';
import { figures } from './synthesis/pipeline-figures.ts';

test('a path is as long as its cells and nets', () => {
  const register = (d: number, q: number) => ({ type: 'FDRE', port_directions: { C: 'input', CE: 'input', D: 'input', R: 'input', Q: 'output' }, connections: { C: [1], CE: ['1'], D: [d], R: ['0'], Q: [q] } }) as const;
  const lut = (a: number, b: number, o: number) => ({ type: 'LUT2', port_directions: { I0: 'input', I1: 'input', O: 'output' }, connections: { I0: [a], I1: [b], O: [o] } }) as const;
  const netlist: Netlist = {
    cells: { a: register(9, 2), b: register(9, 3), x: lut(2, 3, 4), y: lut(4, 3, 5), c: register(5, 6) },
    netnames: { far: { bits: [6], hide_name: 0 }, near: { bits: [2], hide_name: 0 } },
  };
  const [path] = longestPaths(netlist).filter(({ end, luts }) => end === 'far' && luts > 0);
  expect(path).toEqual({ end: 'far', luts: 2, carries: 0, ps: 303 + 2 * 150 + 3 * NET_PS });
});

describe.runIf(process.env['VTOE_LONG'] === '1')('synthesized for 7 series', () => {
  test('the pipeline at 1024 connections, with all cuts', async () => {
    const design = emit(elaborate(tcpPipeline(config())));
    const sources = [...design.files].map(([name, text]) => ({ name, text }));
    const script = `read_verilog ${sources.map(({ name }) => name).join(' ')}\nsynth_xilinx -family xc7 -flatten -noiopad -run begin:check -top ${design.top}\nselect ${design.top}\nwrite_json -selected netlist.json\n`;
    const { ok, files, output } = await runYosys(script, sources);
    expect([ok, ok ? '' : output]).toEqual([true, '']);
    const json = files['netlist.json'];
    const { modules } = JSON.parse(typeof json === 'string' ? json : new TextDecoder().decode(json as Uint8Array)) as { readonly modules: Readonly<Record<string, Netlist>> };
    const page = await readFile(new URL('../../../docs/reference/tcp/pipeline.md', import.meta.url), 'utf8');
    expect(/```text\n(\d+ LUT.*?)\n```/s.exec(page)?.[1]).toBe(figures(modules[design.top]!));
  }, 3_600_000);
});
