import { rm, stat } from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { rowOfText } from './bench.ts';
import { icarus } from './icarus.ts';
import type { Subject } from './subject.ts';
import { verilator } from './verilator.ts';

/** An adder with a register behind it, as the emitter would write it. */
function adder(name: string, width: number): Subject {
  const text = `module ${name}(input clk, input rst, input [${width - 1}:0] a, input [${width - 1}:0] b, output [${width}:0] sum, output reg [${width}:0] last);
  assign sum = {1'b0, a} + {1'b0, b};
  always @(posedge clk) if (rst) last <= 5; else last <= sum;
endmodule
`;
  return {
    name, top: name, files: [{ name: `${name}.v`, text }],
    inputs: [{ name: 'a', width }, { name: 'b', width }],
    outputs: [{ name: 'sum', width: width + 1 }, { name: 'last', width: width + 1 }],
    stimulus: { cycles: [[true, 1n, 2n], [false, 255n, 1n], [false, 3n, 4n], [true, 0n, 0n], [false, 7n, 0n]].map(([reset, a, b]) => ({ reset: reset === true, inputs: [a as bigint, b as bigint] })) },
  };
}

const broken: Subject = { ...adder('broken', 8), files: [{ name: 'broken.v', text: 'module broken(input clk; endmodule\n' }] };

describe.each([['icarus', icarus], ['verilator', verilator]] as const)('%s', (_, engine) => {
  test('samples outputs before the edge, with the inputs of the cycle applied', async () => {
    const [outcome] = await engine([adder('adder8', 8)]);
    expect(outcome).toMatchObject({ rows: [expect.stringMatching(/^003 .{3}$/), '100 005', '007 100', '000 007', '007 005'] });
  });

  test('runs a batch, in which only the broken design has no rows', async () => {
    const outcomes = await engine([adder('adder8', 8), broken, adder('adder65', 65)]);
    expect(outcomes.map((outcome) => ('rows' in outcome ? outcome.rows[4] : 'error'))).toEqual(['007 005', 'error', '00000000000000007 00000000000000005']);
    const { error } = outcomes[1] as { error: string };
    expect(error).toMatch(/syntax error/);
    const kept = /work directory kept: (.+)\)$/.exec(error)![1]!;
    expect((await stat(kept)).isDirectory()).toBe(true);
    await rm(kept, { recursive: true });
  });
});

test('zeros beyond the width of a port are none of its value, anything else is', () => {
  const outputs = [{ name: 'a', width: 1 }, { name: 'b', width: 9 }];
  expect(rowOfText(outputs, '00000001 00000000000001ff')).toBe('1 1ff');
  expect(rowOfText(outputs, '00000011 01ff')).toBe('00000011 1ff');
  expect(rowOfText(outputs, 'x xxx')).toBe('x xxx');
});

describe('a missing tool', () => {
  afterEach(() => { vi.unstubAllEnvs(); });

  test('is one sentence with the command that installs it', async () => {
    vi.stubEnv('PATH', '/nowhere');
    await expect(icarus([adder('adder8', 8)])).rejects.toThrow(/^iverilog is not installed; install it with `sudo apt-get install iverilog`$/);
  });
});
