import { elaborate, type EmittedDesign, In, module, Out, reg, UInt } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { lint, lintText } from './lint.ts';
import { yosysCheck } from './yosys.ts';

function emitted(name: string, body: string): EmittedDesign {
  const text = `module ${name}(input wire clk, input wire rst, input wire [7:0] a, output wire [7:0] y);\n${body}\nendmodule\n`;
  return { top: name, files: new Map([[`${name}.v`, text]]), text };
}

test('clean designs give no complaint', async () => {
  const design = elaborate(module('delay', {}, { a: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
    const last = reg(UInt(8));
    last.next = io.a;
    io.y.set(last);
    return { last };
  }));
  expect(await lint([design])).toEqual([]);
});

test('what one tool says about one design of many is a complaint', async () => {
  const clean = emitted('clean', 'assign y = a ^ {7\'d0, &{clk, rst}};');
  const narrow = emitted('narrow', 'assign y = a[6:0] ^ {6\'d0, &{clk, rst, a[7]}};');
  const [complaint, ...others] = await lintText([clean, narrow]);
  expect(complaint).toMatch(/^narrow: verilator \(status 1\): %Warning-WIDTH: [^]*/);
  expect(others).toEqual([]);
});

test('yosys finds a combinational loop', async () => {
  const loop = emitted('loop', 'wire [7:0] t = a & y;\nassign y = t ^ {8{&{a, clk, rst}}};');
  expect(await yosysCheck([emitted('clean', 'assign y = a;'), loop])).toEqual([expect.stringMatching(/^yosys: [^]*found logic loop in module loop/i)]);
});
