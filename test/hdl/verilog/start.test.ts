import { expect, test } from 'vitest';
import type { Memory } from '@vtoe/hdl/internal/ir/design';
import { DEFAULT_SEED, mix32, nameHash, readStageName, startValue, startWord } from '@vtoe/hdl/internal/ir/random-start';
import { emit } from '@vtoe/hdl/internal/verilog/emit';
import { assign, bits, design, input, instance, memory, module, net, output, read, register, value } from './ir.ts';
import { runWithIcarus } from './run.ts';

test('start words are fixed numbers: every engine computes these', () => {
  expect(nameHash('fifo.rd')).toMatchInlineSnapshot(`2085776285`);
  expect([mix32(1, 0, 0), mix32(1, 0, 1), mix32(2, 0, 0), startWord(1, 'fifo.rd', 0)]).toMatchInlineSnapshot(`
    [
      804215951,
      1348811757,
      3050591713,
      3726407918,
    ]
  `);
  expect(startValue(7, 'fifo.ram', 3, 70).toString(16)).toMatchInlineSnapshot(`"2c384da20e6feb478a"`);
  expect(startValue(7, 'fifo.ram', 3, 70) & 0xffff_ffffn).toBe(BigInt(startWord(7, 'fifo.ram', 9)));
});

test('start words are spread evenly', () => {
  const ones = Array.from({ length: 32 }, () => 0);
  for (let i = 0; i < 4096; i += 1) for (let bit = 0; bit < 32; bit += 1) ones[bit]! += (startWord(1, 'm.mem', i) >>> bit) & 1;
  // Standard deviation of each count is 32.
  for (const count of ones) expect(Math.abs(count - 2048)).toBeLessThan(5 * 32);
});

const WIDTHS = [1, 5, 31, 32, 33, 63, 64, 65, 200];

/** Registers of all widths with and without reset, memories with and without contents, read ports with and without output register. */
function everything() {
  const a = input('a', 3);
  const kept = WIDTHS.map((width) => register(`kept${width}`, width, { reset: undefined }));
  const cleared = register('cleared', 8, { reset: 0xa5n });
  const data = [net('memoryRead', 'plain', 40), net('memoryRead', 'late', 40), net('memoryRead', 'word', 70)];
  const write = (width: number): Memory['write'] => ({ enable: bits(value(a), 0, 0), address: value(a), data: value(kept.find((r) => r.width === width)!), mask: undefined, lanes: [{ lo: 0, width }], domain: 'clk' });
  const memories = [
    memory('ram', 40, 8, { reads: [read(data[0]!, value(a), { synchronous: true }), read(data[1]!, value(a), { synchronous: true, outputRegister: true })] }),
    memory('rom', 70, 8, { init: [1n, 2n, 3n], reads: [read(data[2]!, value(a))] }),
    memory('narrow', 1, 8, { write: write(1) }),
  ];
  const outputs = [...kept, cleared, ...data].map((of) => output(`${of.name}_out`, of.width, value(of)));
  const leaf = module('leaf', { ports: [a, ...outputs], registers: [...kept, cleared], memories, clocked: [assign(cleared, value(cleared))] });
  const x = input('x', 3);
  const instances = ['one', 'two'].map((name) => instance(name, leaf, { a: value(x) }));
  return design(leaf, module('top', { ports: [x, output('y', 8, value(instances[0]!.nets.find((of) => of.name === 'one_cleared_out')!))], instances }));
}

test.each([DEFAULT_SEED, 0xdead_beef])('Verilog starts with the same values, seed %i', async (seed) => {
  const names = [...WIDTHS.map((width) => `kept${width}`), 'cleared', 'plain', 'late', 'late_stage', 'ram[0]', 'ram[7]', 'rom[1]', 'rom[2]', 'rom[3]', 'rom[7]', 'narrow[5]'];
  const bench = `module bench;
  top dut(.clk(1'b0), .rst(1'b0), .x(3'd0));
  initial begin #1
${names.flatMap((name) => ['one', 'two'].map((path) => `    $display("${name} %h", dut.${path}.${name});`)).join('\n')}
  end
endmodule
`;
  const macros = ['VTOE_RANDOM_INIT', ...(seed === DEFAULT_SEED ? [] : [`VTOE_RANDOM_SEED=32'd${seed}`])];
  const { output: said } = await runWithIcarus(emit(everything()), bench, macros);

  const at = (name: string, index: number, width: number): bigint => startValue(seed, `leaf.${name}`, index, width);
  const wanted = new Map<string, readonly [number, bigint]>([
    ...WIDTHS.map((width): [string, [number, bigint]] => [`kept${width}`, [width, at(`kept${width}`, 0, width)]]),
    ['cleared', [8, 0xa5n]],
    ['plain', [40, at('plain', 0, 40)]],
    ['late', [40, at('late', 0, 40)]],
    ['late_stage', [40, at(readStageName('late'), 0, 40)]],
    ['ram[0]', [40, at('ram', 0, 40)]],
    ['ram[7]', [40, at('ram', 7, 40)]],
    ['rom[1]', [70, 2n]],
    ['rom[2]', [70, 3n]],
    ['rom[3]', [70, at('rom', 3, 70)]],
    ['rom[7]', [70, at('rom', 7, 70)]],
    ['narrow[5]', [1, at('narrow', 5, 1)]],
  ]);
  const lines = names.flatMap((name) => {
    const [width, of] = wanted.get(name)!;
    const line = `${name} ${of.toString(16).padStart(Math.ceil(width / 4), '0')}`;
    return [line, line];
  });
  expect(said.trim().split('\n')).toEqual(lines);
});

test('without the macro nothing starts: the text that synthesis sees has no start values but contents', () => {
  const { text, files } = emit(everything(), { locators: false });
  const seen = text.replace(/`ifdef VTOE_RANDOM_INIT\n[^]*?\n(?:`else|`endif(?!\n *reg \[30:0\]))/g, '');
  expect(seen).not.toMatch(/start_word/);
  expect(seen.match(/initial[^]*?end\n/g)).toEqual([expect.stringContaining('$readmemh("leaf_rom.hex", rom, 0, 2);')]);
  expect(files.get('leaf_rom.hex')).toBe(`${'0'.repeat(17)}1\n${'0'.repeat(17)}2\n${'0'.repeat(17)}3\n`);
});
