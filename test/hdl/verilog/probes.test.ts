import { Bool, elaborate, Enum, In, inst, module, Out, probe, reg, UInt, when } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { hoistProbes } from '@vtoe/hdl/internal/ir/hoist-probes';
import { emit } from '@vtoe/hdl/internal/verilog/emit';
import { system } from './designs.ts';
import { runWithIcarus } from './run.ts';

const Phase = Enum('Phase', ['Even', 'Odd', 'Never']);

/** A probe that reads what hardware inlines, cuts and never names; and an enum label that only the probe uses. */
const stage = module('stage', {}, { in: In(UInt(8)), en: In(Bool), out: Out(UInt(8)) }, (io) => {
  const value = reg(UInt(8));
  const phase = reg(Phase);
  const next = value.mul(io.in).bits(11, 4);
  when(io.en, () => {
    value.next = next.xor(io.in);
    phase.next = 'Odd';
  });
  io.out.set(value);
  probe('step', io.en, { next, changed: next.ne(value), phase, never: phase.eq('Never') });
  return { value, phase };
});

const pair = module('pair', {}, { in: In(UInt(8)), en: In(Bool), out: Out(UInt(8)) }, (io) => {
  const first = inst(stage, { in: io.in, en: io.en });
  const second = inst(stage, { in: first.out, en: io.en.not() });
  io.out.set(second.out);
  probe('both', io.en, { sum: first.out.add(second.out) });
  return { first, second };
});

/** Every line that belongs to probes, and the comma that the last port gets when others follow. */
function withoutProbes(text: string): string {
  const lines = text.split('\n').filter((line) => !/\bsim_|_sim_|unused_sim/.test(line));
  return lines.map((line, i) => (/^ *\);$/.test(lines[i + 1] ?? '') ? line.replace(/,(?=$| \/\/)/, '') : line)).join('\n');
}

/** Columns of port lists and blank lines around what is gone do not matter. */
function laidOut(text: string): string {
  return text.replace(/^( *(?:input|output)) +(\S+) +/gm, '$1 $2 ').replace(/(\]|wire|reg) +/g, '$1 ').replace(/\n{2,}/g, '\n');
}

describe.each([['stages', pair], ['a system with assertions', system()]])('probes of %s', (_, definition) => {
  const design = elaborate(definition);

  test('are all that differs between both texts', () => {
    const plain = emit(design);
    const probed = emit(design, { probes: true });
    expect(plain.text).not.toMatch(/sim_/);
    expect(probed.text).toMatch(/output wire .*sim_/);
    expect(laidOut(withoutProbes(probed.text))).toBe(laidOut(plain.text));
  });
});

test('ports are named for the path of instances', () => {
  const { top, probeNets } = hoistProbes(elaborate(pair));
  expect(top.ports.filter((net) => probeNets.has(net)).map(({ name }) => name)).toMatchInlineSnapshot(`
    [
      "sim_both_valid",
      "sim_both_sum",
      "sim_first_step_valid",
      "sim_first_step_next",
      "sim_first_step_changed",
      "sim_first_step_phase",
      "sim_first_step_never",
      "sim_second_step_valid",
      "sim_second_step_next",
      "sim_second_step_changed",
      "sim_second_step_phase",
      "sim_second_step_never",
    ]
  `);
});

test('modules without probes are the same objects', () => {
  const quiet = module('quiet', {}, { a: In(Bool), y: Out(Bool) }, (io) => { io.y.set(io.a); });
  const design = elaborate(module('above', {}, { a: In(Bool), y: Out(Bool) }, (io) => {
    const inner = inst(quiet, { a: io.a });
    io.y.set(inner.y);
    return { inner };
  }));
  const hoisted = hoistProbes(design);
  expect(hoisted.top).toBe(design.top);
  expect(hoisted.probeNets.size).toBe(0);
});

test('values arrive at the top', async () => {
  const bench = `module bench;
  reg clk = 0, rst = 1;
  wire valid;
  wire [7:0] next, sum;
  wire changed;
  wire [1:0] phase;
  pair dut(.clk(clk), .rst(rst), .in(8'd17), .en(1'b1), .sim_first_step_valid(valid), .sim_first_step_next(next), .sim_first_step_changed(changed), .sim_first_step_phase(phase), .sim_both_sum(sum));
  always #1 clk = ~clk;
  initial begin
    repeat (2) @(negedge clk);
    rst = 0;
    repeat (3) begin #0 $display("%b %0d %b %0d %0d", valid, next, changed, phase, sum); @(negedge clk); end
    $finish(0);
  end
endmodule
`;
  const { output } = await runWithIcarus(emit(elaborate(pair), { probes: true }), bench);
  // value: 0, 17, (17 * 17 >> 4) ^ 17 = 3; next = value * 17 >> 4.
  expect(output).toBe('1 0 0 0 0\n1 18 1 1 17\n1 3 0 1 3\n');
});
