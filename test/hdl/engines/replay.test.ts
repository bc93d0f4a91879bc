import { elaborate, In, module, Out, type Recording, reg, simulate, UInt } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { replay } from './replay.ts';
import { verilator } from './verilator.ts';

const accumulator = (width: number) => module('accumulator', { w: width }, { x: In(UInt(width)), sum: Out(UInt(width)) }, (io) => {
  const sum = reg(UInt(width));
  sum.next = sum.add(io.x);
  io.sum.set(sum);
  return { sum };
});

function recorded(width: number): { readonly design: ReturnType<typeof elaborate>; readonly recording: Recording } {
  const { io, step, recording } = simulate(accumulator(width), { record: true });
  for (const x of [1, 2, 3, 5]) {
    io.x = x;
    step();
  }
  return { design: elaborate(accumulator(width)), recording };
}

test('a recorded run is the same on the emitted Verilog', async () => {
  expect(await replay([recorded(8), recorded(80), recorded(8)])).toEqual([]);
  expect(await replay([recorded(8)], verilator)).toEqual([]);
});

test('the first difference is named with its cycle, port and values', async () => {
  const { design, recording } = recorded(8);
  const cycles = recording.cycles.map((cycle, i) => (i === 2 ? { ...cycle, outputs: [0x41n] } : cycle));
  expect(await replay([{ design, recording: { ...recording, cycles } }])).toEqual([
    'accumulator_w8: cycle 2, output sum: recorded 0x41, Verilog 0x03',
  ]);
});

test('modules of equal name and different text do not meet in one build', async () => {
  const other = module('accumulator', { w: 8 }, { x: In(UInt(8)), sum: Out(UInt(8)) }, (io) => { io.sum.set(io.x.add(1)); });
  const { io, step, recording } = simulate(other, { record: true });
  io.x = 7;
  step();
  expect(await replay([recorded(8), { design: elaborate(other), recording }])).toEqual([]);
});
