/** The encoder: numbers as WebAssembly writes them, and a module that a host accepts and runs. */
import { expect, test } from 'vitest';
import { compileModule, createMemory, instantiate } from '@vtoe/hdl/internal/sim/instantiate';
import { CodeWriter } from '@vtoe/hdl/internal/sim/code/wasm/code';
import { encodeModule } from '@vtoe/hdl/internal/sim/code/wasm/module';
import { OP, TYPE } from '@vtoe/hdl/internal/sim/code/wasm/opcodes';
import { ByteWriter } from '@vtoe/hdl/internal/sim/code/wasm/writer';

function bytes(write: (out: ByteWriter) => void): number[] {
  const out = new ByteWriter(1);
  write(out);
  return [...out.bytes];
}

test.each<[number, number[]]>([
  [0, [0]], [127, [0x7f]], [128, [0x80, 1]], [624485, [0xe5, 0x8e, 0x26]], [0xffffffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
])('unsigned %i', (value, expected) => {
  expect(bytes((out) => out.unsigned(value))).toEqual(expected);
});

test.each<[number, number[]]>([
  [0, [0]], [63, [0x3f]], [64, [0xc0, 0]], [-1, [0x7f]], [-64, [0x40]], [-65, [0xbf, 0x7f]], [-123456, [0xc0, 0xbb, 0x78]],
  [0x7fffffff, [0xff, 0xff, 0xff, 0xff, 0x07]], [-0x80000000, [0x80, 0x80, 0x80, 0x80, 0x78]],
])('signed %i', (value, expected) => {
  expect(bytes((out) => out.signed(value))).toEqual(expected);
  expect(bytes((out) => out.signed64(BigInt(value)))).toEqual(expected);
});

test('signed 64-bit numbers come back from a function as they went in', () => {
  const values = [0n, 1n, -1n, 0x7fff_ffffn, 0x8000_0000n, -0x8000_0001n, 2n ** 63n - 1n, -(2n ** 63n), 0x0123_4567_89ab_cdefn];
  const functions = values.map((value, i) => {
    const code = new CodeWriter();
    code.i64(value);
    return { parameters: [], results: [TYPE.i64], locals: code.locals, code: code.bytes, exportName: `f${i}` };
  });
  const exports = instantiate<Record<string, () => bigint>>(compileModule(encodeModule(functions, 1)), createMemory(1));
  expect(values.map((_, i) => exports[`f${i}`]!())).toEqual(values);
});

test('locals of both types, control flow, memory', () => {
  const code = new CodeWriter(1);
  const [sum, wide] = [code.local(TYPE.i32), code.local(TYPE.i64)];
  // Adds up n .. 1 and stores the sum twice over as 64 bits.
  code.open(OP.loop);
  code.indexed(OP.localGet, sum);
  code.indexed(OP.localGet, 0);
  code.op(OP.i32Add);
  code.indexed(OP.localSet, sum);
  code.indexed(OP.localGet, 0);
  code.i32(1);
  code.op(OP.i32Sub);
  code.indexed(OP.localTee, 0);
  code.indexed(OP.brIf, 0);
  code.op(OP.end);
  code.indexed(OP.localGet, sum);
  code.op(OP.i64ExtendI32U);
  code.indexed(OP.localTee, wide);
  code.indexed(OP.localGet, wide);
  code.op(OP.i64Add);
  code.indexed(OP.localSet, wide);
  code.i32(0);
  code.indexed(OP.localGet, wide);
  code.access(OP.i64Store, 1000);
  code.copy(2000, 1000, 8);
  code.indexed(OP.localGet, sum);
  const memory = createMemory(1);
  const { f } = instantiate<{ f: (n: number) => number }>(
    compileModule(encodeModule([{ parameters: [TYPE.i32], results: [TYPE.i32], locals: code.locals, code: code.bytes, exportName: 'f' }], 1)), memory);
  expect(f(100)).toBe(5050);
  expect(new BigUint64Array(memory.buffer)[250]).toBe(10100n);
});
