import { clog2, elaborate, In, mem, module, Out, UInt, when, Bool } from '@vtoe/hdl';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Design } from '@vtoe/hdl/internal/ir/design';
import { emit } from '@vtoe/hdl/internal/verilog/emit';
import { filesOf } from '../engines/emitted.ts';
import { runYosys } from '../engines/yosys.ts';
import { table } from './designs.ts';
import { bits, design, instance, module as irModule, output, value } from './ir.ts';

/** A memory of 64-bit words with one write and one read port. */
const words = (depth: number, options: { collision: 'old' | 'asserted'; bytes?: boolean; outputRegister?: boolean; style?: 'block' | 'distributed'; init?: bigint[]; synchronous?: boolean }) => {
  const { collision, bytes = false, outputRegister = false, style = 'block', init, synchronous = true } = options;
  const kind = `${collision}${bytes ? '_bytes' : ''}${outputRegister ? '_registered' : ''}${init === undefined ? '' : '_filled'}${synchronous ? '' : '_async'}`;
  return module(`words_${kind}`, { d: depth }, {
    write: In(Bool), mask: In(UInt(8)), to: In(UInt(clog2(depth))), data: In(UInt(64)), read: In(Bool), from: In(UInt(clog2(depth))), out: Out(UInt(64)),
  }, (io) => {
    const ram = mem(UInt(64), depth, { collision, style, outputRegister, ...(init === undefined ? {} : { init }) });
    when(io.write, () => {
      if (bytes) ram.write(io.to, io.data, { bytes: io.mask });
      else ram.write(io.to, io.data);
    });
    if (synchronous) {
      io.out.set(0);
      when(io.read, () => { io.out.set(ram.readSync(io.from)); });
    } else {
      io.out.set(ram.read(io.from));
    }
    return { ram };
  });
};

const MEMORIES = [
  words(512, { collision: 'asserted' }),
  words(512, { collision: 'old' }),
  words(512, { collision: 'asserted', bytes: true }),
  words(512, { collision: 'old', bytes: true }),
  words(512, { collision: 'asserted', outputRegister: true }),
  words(512, { collision: 'asserted', init: Array.from({ length: 512 }, (_, i) => BigInt(i)) }),
  words(32, { collision: 'asserted', style: 'distributed', synchronous: false }),
  table(512, 'asserted', true),
].map((definition) => elaborate(definition));

/** All of them under one top: tools take seconds to start. */
function together(designs: readonly Design[]): Design {
  const instances = designs.map(({ top }, i) => instance(`u${i}`, top, {}));
  const inputs = instances.flatMap(({ nets }) => nets.filter(({ kind }) => kind === 'instanceInput'));
  const outputs = instances.flatMap(({ nets }) => nets.filter(({ kind }) => kind === 'instanceOutput'));
  const ports = inputs.map((net) => ({ ...net, kind: 'input' as const, name: `${net.name}_p` }));
  inputs.forEach((net, i) => { net.drive.push({ kind: 'assign', target: net, value: value(ports[i]!), at: net.at }); });
  const outs = outputs.map((net) => output(`${net.name}_p`, net.width, bits(value(net), net.width - 1, 0)));
  const [first, ...rest] = [...designs.map(({ top }) => top), irModule('memories', { ports: [...ports, ...outs], instances })];
  return design(first!, ...rest);
}

/** Loading a vendor's cells alone takes seconds. */
const SLOW = 180_000;

interface Cells { readonly [module: string]: Readonly<Record<string, number>> }

/** Cells of each module after the vendor's memory passes. */
async function cells(synthesis: string): Promise<Cells> {
  const emitted = emit(together(MEMORIES), { locators: false });
  const files = filesOf(emitted.files);
  const sources = files.map(({ name }) => name).filter((name) => name.endsWith('.v'));
  const script = `read_verilog ${sources.join(' ')}\nhierarchy -check -top memories\nproc\n${synthesis}\ntee -q -o cells.json stat -json\n`;
  const { ok, output: said, files: results } = await runYosys(script, files);
  if (!ok) throw new Error(said);
  const text = results['cells.json'];
  const { modules } = JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(text as Uint8Array)) as { modules: Record<string, { num_cells_by_type: Record<string, number> }> };
  return Object.fromEntries(Object.entries(modules).map(([name, { num_cells_by_type }]) => [name.replace(/^\\/, ''), num_cells_by_type]));
}

describe('synth_xilinx', () => {
  let found: Cells = {};
  beforeAll(async () => { found = await cells('synth_xilinx -run prepare:map_ffram -top memories'); }, SLOW);

  test.each([
    'words_asserted_d512', 'words_old_d512', 'words_asserted_bytes_d512', 'words_old_bytes_d512', 'words_asserted_registered_d512', 'words_asserted_filled_d512', 'table_d512_c_asserted_o1',
  ])('%s is one block RAM', (name) => {
    const { $mux: _, ...rest } = found[name]!;
    expect(rest).toMatchObject({ RAMB36E1: 1 });
    expect(Object.keys(rest).filter((cell) => cell.includes('$mem'))).toEqual([]);
  });

  test('an asynchronous read is LUT RAM', () => { expect(found['words_asserted_async_d32']).toMatchObject({ RAM32M: expect.any(Number) }); });
});

describe('synth_ecp5', () => {
  let found: Cells = {};
  beforeAll(async () => { found = await cells('synth_ecp5 -noflatten -run coarse:map_ffram -top memories'); }, SLOW);

  test.each(['words_asserted_d512', 'words_asserted_bytes_d512', 'words_asserted_filled_d512'])('%s is two block RAMs and no logic around them', (name) => {
    const { $mux: _, ...rest } = found[name]!;
    expect(rest).toEqual({ DP16KD: 2 });
  });

  test("'old' costs a bypass, which is why 'asserted' is the habit", () => {
    expect(found['words_old_d512']).toMatchObject({ DP16KD: 2, $eq: 1 });
    expect(found['words_old_bytes_d512']!['$dffe']).toBeGreaterThan(0);
  });

  test('the output register is taken into the block RAM or stays one register', () => {
    expect(found['words_asserted_registered_d512']).toMatchObject({ DP16KD: 2 });
    expect(found['words_asserted_registered_d512']!['$eq']).toBeUndefined();
  });
});
