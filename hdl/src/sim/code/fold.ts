/** What an i32 or i64 instruction gives for constants. Named by its i32 form; values are unsigned. */
import { OP } from './wasm/opcodes.ts';

export function fold(op: number, size: 32 | 64, a: bigint, b: bigint): bigint {
  const signed = (x: bigint): bigint => BigInt.asIntN(size, x);
  const amount = b & BigInt(size - 1);
  switch (op) {
    case OP.i32Add: return BigInt.asUintN(size, a + b);
    case OP.i32Sub: return BigInt.asUintN(size, a - b);
    case OP.i32Mul: return BigInt.asUintN(size, a * b);
    case OP.i32And: return a & b;
    case OP.i32Or: return a | b;
    case OP.i32Xor: return a ^ b;
    case OP.i32Shl: return BigInt.asUintN(size, a << amount);
    case OP.i32ShrU: return a >> amount;
    case OP.i32ShrS: return BigInt.asUintN(size, signed(a) >> amount);
    case OP.i32Eq: return a === b ? 1n : 0n;
    case OP.i32Ne: return a === b ? 0n : 1n;
    case OP.i32LtU: return a < b ? 1n : 0n;
    case OP.i32LtS: return signed(a) < signed(b) ? 1n : 0n;
    case OP.i32Eqz: return a === 0n ? 1n : 0n;
    case OP.i32Ctz: return a === 0n ? BigInt(size) : BigInt(trailing(a));
    case OP.i32Popcnt: return BigInt(a.toString(2).replaceAll('0', '').length);
    default: throw new RangeError(`instruction ${op.toString(16)} is not folded`);
  }
}

function trailing(value: bigint): number {
  const digits = value.toString(2);
  return digits.length - 1 - digits.lastIndexOf('1');
}
