/** The whole engine as text: its ports are those that were promised, and tools take it. What it does is tested in test/sim/toe. */
import { elaborate, emit, type EmittedDesign } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { type Config, config, derived } from '../../hw/config.ts';
import { toe } from '../../hw/toe.ts';
import { lintText } from '../hdl/engines/lint.ts';
import { yosysCheck } from '../hdl/engines/yosys.ts';

const LONG = process.env['VTOE_LONG'] === '1';

function build(c: Config): EmittedDesign {
  return emit(elaborate(toe(c)));
}

/** Ports of the top as its text declares them: `input s_axis_rx_tdata[64]`. */
function portsOf({ files, top }: EmittedDesign): string[] {
  const text = files.get(`${top}.v`);
  if (text === undefined) throw new Error(`no file of module ${top}`);
  const list = new RegExp(String.raw`^module ${top} \(([^;]*?)\n\);`, 'm').exec(text)?.[1] ?? '';
  const ports = [...list.matchAll(/^\s*(input|output)\s+wire\s+(?:\[(\d+):0\]\s+)?(\w+),?(?:\s*\/\/.*)?$/gm)];
  expect(ports).toHaveLength(list.split('\n').filter((line) => /^\s*(input|output)\b/.test(line)).length);
  return ports.map(([, direction, most, name]) => `${direction} ${name}[${Number(most ?? 0) + 1}]`).toSorted();
}

/** The table of ports in docs/reference/toe.md, in words of its own. */
function promised({ datapathBits: w, hostBits: dw, vms, simulationPorts }: Config, registerAddressBits: number): string[] {
  const list = (direction: string, prefix: string, names: Record<string, number>) => Object.entries(names).map(([name, bits]) => `${direction} ${prefix}${name}[${bits}]`);
  const frames = { tvalid: 1, tuser: 1, tlast: 1, tkeep: w / 8, tdata: w };
  const address = { id: 4, addr: 64, len: 8, size: 3, burst: 2, lock: 1, cache: 4, prot: 3, qos: 4, user: 7, valid: 1 };
  const channel = (name: string, fields: Record<string, number>) => Object.fromEntries(Object.entries(fields).map(([field, bits]) => [name + field, bits]));
  return [
    ...list('input', '', { clk: 1, rst: 1 }), ...list('output', '', { irq: vms + 1 }),
    ...list('input', 's_axis_rx_', frames), ...list('output', 's_axis_rx_', { tready: 1 }),
    ...list('output', 'm_axis_tx_', frames), ...list('input', 'm_axis_tx_', { tready: 1 }),
    ...list('input', 's_axil_', { awvalid: 1, awaddr: registerAddressBits, awprot: 3, wvalid: 1, wdata: 32, wstrb: 4, bready: 1, arvalid: 1, araddr: registerAddressBits, arprot: 3, rready: 1 }),
    ...list('output', 's_axil_', { awready: 1, wready: 1, bvalid: 1, bresp: 2, arready: 1, rvalid: 1, rdata: 32, rresp: 2 }),
    ...list('output', 'm_axi_', { ...channel('aw', address), ...channel('ar', address), wvalid: 1, wdata: dw, wstrb: dw / 8, wlast: 1, bready: 1, rready: 1 }),
    ...simulationPorts ? [...list('input', 'sim_', { skip: 32 }), ...list('output', 'sim_', { idle: 1, next_deadline_valid: 1, next_deadline_payload: 42, elapsed: 66, increment: 32 })] : [],
    ...list('input', 'm_axi_', { awready: 1, arready: 1, wready: 1, bvalid: 1, bid: 4, bresp: 2, rvalid: 1, rid: 4, rdata: dw, rresp: 2, rlast: 1 }),
  ].toSorted();
}

const DEFAULT = config({});
const builtDefault = build(DEFAULT);

describe('ports', () => {
  test('of the default build', () => { expect(portsOf(builtDefault)).toEqual(promised(DEFAULT, 16)); });
  const sizes = [
    [{ datapathBits: 512 }, 16], [{ connections: 16 }, 16], [{ datapathBits: 128, vms: 1, pageStrideBytes: 65_536, puntRing: false }, 17],
    ...LONG ? [[{ connections: 16_384 }, 16], [{ vms: 127 }, 19]] as const : [],
  ] as const;
  test.each(sizes)('of a build with %o', (given, registerAddressBits) => {
    const c = config(given);
    expect(derived(c).axilAddressBits).toBe(registerAddressBits);
    expect(portsOf(build(c))).toEqual(promised(c, registerAddressBits));
  }, 120_000);
});

const forSimulation = config({ vms: 2, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, simulationPorts: true });

test('a build for simulations has ports more', () => { expect(portsOf(build(forSimulation))).toEqual(promised(forSimulation, 14)); });

test.runIf(LONG)('Verilator and Icarus take that, too', async () => {
  expect(await lintText([build(forSimulation)], { yosys: false })).toEqual([]);
}, 900_000);

test('Verilator with -Wall and Icarus take the default build without a word', async () => {
  expect(await lintText([builtDefault], { yosys: false })).toEqual([]);
}, 120_000);

test('yosys check -assert finds nothing in the default build', async () => {
  expect(await yosysCheck([builtDefault])).toEqual([]);
}, 240_000);
