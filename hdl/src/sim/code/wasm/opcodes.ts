/** The WebAssembly instructions that the simulator uses (1.0, bulk memory, and vectors of 128 bits), by their text names. */
export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,

  i32Load: 0x28,
  i64Load: 0x29,
  i32Load8U: 0x2d,
  i32Load16U: 0x2f,
  i32Store: 0x36,
  i64Store: 0x37,
  i32Store8: 0x3a,
  i32Store16: 0x3b,

  i32Const: 0x41,
  i64Const: 0x42,

  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GeU: 0x4f,
  i64Eqz: 0x50,
  i64Eq: 0x51,
  i64Ne: 0x52,
  i64LtS: 0x53,
  i64LtU: 0x54,

  i32Ctz: 0x68,
  i32Popcnt: 0x69,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrS: 0x75,
  i32ShrU: 0x76,

  i64Ctz: 0x7a,
  i64Popcnt: 0x7b,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64And: 0x83,
  i64Or: 0x84,
  i64Xor: 0x85,
  i64Shl: 0x86,
  i64ShrS: 0x87,
  i64ShrU: 0x88,

  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,

  /** First byte of the two-byte instructions: `memory.copy`. */
  prefix: 0xfc,
  /** First byte of the vector instructions. */
  vector: 0xfd,
} as const;

/** Second part of the two-byte instructions. */
export const PREFIXED = { memoryCopy: 10 } as const;

/** Second part of the vector instructions. */
export const VECTOR = { load: 0, store: 11, swizzle: 14, i32Ne: 56, or: 80, xor: 81, anyTrue: 83, i32Bitmask: 164 } as const;

/** Value types; the first two and `none` also as types of blocks. */
export const TYPE = { i32: 0x7f, i64: 0x7e, v128: 0x7b, none: 0x40 } as const;

export type ValueType = typeof TYPE.i32 | typeof TYPE.i64;

/** What a local variable may hold. */
export type LocalType = ValueType | typeof TYPE.v128;
