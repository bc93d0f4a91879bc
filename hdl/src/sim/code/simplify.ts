/**
 * Constructors of machine words that simplify as they build: constants are folded, masks that change nothing vanish.
 *
 * Every rule keeps the value, for all values of the arguments; `test/hdl/sim/words.test.ts` compares them at random.
 */
import { OP, TYPE, type ValueType } from './wasm/opcodes.ts';
import { fold } from './fold.ts';
import { exactLog2, isOp, low, possible, within } from './known-bits.ts';
import { PAIR, type Word, WordTable } from './words.ts';

export class Words {
  readonly table = new WordTable();
  /** Constants that are asked for over and over: small numbers, and masks by their number of ones. */
  readonly #small: readonly [Word[], Word[]] = [[], []];
  readonly #masks: readonly [Word[], Word[]] = [[], []];

  i32(value: number | bigint): Word {
    return this.constant(TYPE.i32, value);
  }

  i64(value: number | bigint): Word {
    return this.constant(TYPE.i64, value);
  }

  constant(type: ValueType, value: number | bigint): Word {
    if (typeof value === 'bigint') return this.table.constant(type, value);
    if (value >= 1024) return this.table.constant(type, BigInt(value));
    const table = this.#small[type === TYPE.i32 ? 0 : 1];
    return (table[value] ??= this.table.constant(type, BigInt(value)));
  }

  load(type: ValueType, address: number, bits: number): Word {
    return this.table.load(type === TYPE.i32 ? OP.i32Load : OP.i64Load, address, bits);
  }

  /** Load of 1, 2, 4 or 8 bytes at `offset + index`, from a table of `reach` bytes. */
  loadAt(elementBytes: number, offset: number, reach: number, index: Word, bits: number): Word {
    const op = elementBytes === 1 ? OP.i32Load8U : elementBytes === 2 ? OP.i32Load16U : elementBytes === 4 ? OP.i32Load : OP.i64Load;
    if (index.isConst) return this.table.load(op, offset + Number(index.value), bits);
    return this.table.loadAt(op, offset, BigInt(reach), index, bits);
  }

  add(a: Word, b: Word): Word {
    if (a.isConst && !b.isConst) return this.add(b, a);
    if (isZero(b)) return a;
    if (b.isConst && isOp(a, PAIR.add) && a.args[1]!.isConst) return this.add(a.args[0]!, this.#fold(PAIR.add, a.args[1]!, b));
    return this.#binary(PAIR.add, a, b, Math.min(a.size, Math.max(a.bits, b.bits) + 1));
  }

  sub(a: Word, b: Word): Word {
    if (isZero(b)) return a;
    if (a === b) return this.constant(a.type, 0);
    return this.#binary(PAIR.sub, a, b, a.size);
  }

  mul(a: Word, b: Word): Word {
    if (a.isConst && !b.isConst) return this.mul(b, a);
    if (isZero(b)) return b;
    if (b.isConst && !a.isConst) {
      const power = exactLog2(b.value);
      if (power >= 0) return this.shl(a, power);
    }
    return this.#binary(PAIR.mul, a, b, Math.min(a.size, a.bits + b.bits));
  }

  and(a: Word, b: Word): Word {
    if (a.isConst && !b.isConst) return this.and(b, a);
    if (a === b || isZero(b)) return b;
    if (b.isConst && !a.isConst) {
      const { value } = b;
      if ((value & low(a.bits)) === low(a.bits)) return a;
      if (isOp(a, PAIR.and) && a.args[1]!.isConst) return this.and(a.args[0]!, this.constant(a.type, a.args[1]!.value & value));
      // A part of a concatenation: the other parts lie outside of the mask.
      const part = within(a, value);
      if (part !== a) return this.and(part, b);
      if ((possible(a) & value) === 0n) return this.constant(a.type, 0);
    }
    return this.#binary(PAIR.and, ...ordered(a, b), Math.min(a.bits, b.bits));
  }

  or(a: Word, b: Word): Word {
    if (a.isConst && !b.isConst) return this.or(b, a);
    if (a === b || isZero(b)) return a;
    if (b.isConst && (b.value & low(a.bits)) === low(a.bits)) return b;
    return this.#binary(PAIR.or, ...ordered(a, b), Math.max(a.bits, b.bits));
  }

  xor(a: Word, b: Word): Word {
    if (a.isConst && !b.isConst) return this.xor(b, a);
    if (a === b) return this.constant(a.type, 0);
    if (isZero(b)) return a;
    if (b.isConst && b.value === 1n && a.bits === 1 && a.type === TYPE.i32) return this.eqz(a);
    if (b.isConst && isOp(a, PAIR.xor) && a.args[1]!.isConst) return this.xor(a.args[0]!, this.constant(a.type, a.args[1]!.value ^ b.value));
    return this.#binary(PAIR.xor, ...ordered(a, b), Math.max(a.bits, b.bits));
  }

  /** Static shifts take a number; dynamic ones a word of the same type that is below the word's size. */
  shl(a: Word, by: Word | number): Word {
    const amount = constantAmount(by);
    if (amount === undefined) return this.#binary(PAIR.shl, a, by as Word, a.size);
    if (amount === 0) return a;
    if (amount >= a.size) return this.constant(a.type, 0);
    if (isOp(a, PAIR.shl) && a.args[1]!.isConst) return this.shl(a.args[0]!, amount + Number(a.args[1]!.value));
    return this.#binary(PAIR.shl, a, this.constant(a.type, amount), Math.min(a.size, a.bits === 0 ? 0 : a.bits + amount));
  }

  shrU(a: Word, by: Word | number): Word {
    const amount = constantAmount(by);
    if (amount === undefined) return this.#binary(PAIR.shrU, a, by as Word, a.bits);
    if (amount === 0) return a;
    if (amount >= a.bits) return this.constant(a.type, 0);
    if (a.args[1]?.isConst === true) {
      const inner = Number(a.args[1].value & 63n);
      if (isOp(a, PAIR.shrU)) return this.shrU(a.args[0]!, amount + inner);
      if (isOp(a, PAIR.shl) && inner <= amount && a.args[0]!.bits + inner <= a.size) return this.shrU(a.args[0]!, amount - inner);
      if (isOp(a, PAIR.shl) && inner > amount && a.args[0]!.bits + inner <= a.size) return this.shl(a.args[0]!, inner - amount);
    }
    if (isOp(a, PAIR.or)) {
      const part = within(a, low(a.size) ^ low(amount));
      if (part !== a) return this.shrU(part, amount);
    }
    return this.#binary(PAIR.shrU, a, this.constant(a.type, amount), a.bits - amount);
  }

  shrS(a: Word, by: Word | number): Word {
    const amount = constantAmount(by);
    if (a.bits < a.size) return this.shrU(a, by);
    if (amount === undefined) return this.#binary(PAIR.shrS, a, by as Word, a.size);
    if (amount === 0) return a;
    return this.#binary(PAIR.shrS, a, this.constant(a.type, Math.min(amount, a.size - 1)), a.size);
  }

  /** The lowest `bits` bits. */
  mask(a: Word, bits: number): Word {
    if (a.bits <= bits) return a;
    const table = this.#masks[a.type === TYPE.i32 ? 0 : 1];
    return this.and(a, (table[bits] ??= this.constant(a.type, low(bits))));
  }

  eq(a: Word, b: Word): Word {
    if (a === b) return this.i32(1);
    if (a.isConst && !b.isConst) return this.eq(b, a);
    if (isZero(b)) return this.eqz(a);
    if (b.isConst && !a.isConst) {
      if (b.bits > a.bits) return this.i32(0);
      if (a.bits === 1 && b.value === 1n) return a.type === TYPE.i32 ? a : this.wrap(a);
    }
    return this.#binary(PAIR.eq, ...ordered(a, b), 1);
  }

  ne(a: Word, b: Word): Word {
    if (a === b) return this.i32(0);
    if (a.isConst && !b.isConst) return this.ne(b, a);
    if (b.isConst && !a.isConst) {
      if (b.bits > a.bits) return this.i32(1);
      if (a.bits === 1) return b.value === 0n ? (a.type === TYPE.i32 ? a : this.wrap(a)) : this.eqz(a);
    }
    return this.#binary(PAIR.ne, ...ordered(a, b), 1);
  }

  ltU(a: Word, b: Word): Word {
    if (a === b || isZero(b)) return this.i32(0);
    if (isZero(a)) return this.ne(b, a);
    if (b.isConst && b.value === 1n) return this.eqz(a);
    if (b.isConst && !a.isConst && b.value > low(a.bits)) return this.i32(1);
    if (a.isConst && !b.isConst && a.value >= low(b.bits)) return this.i32(0);
    return this.#binary(PAIR.ltU, a, b, 1);
  }

  /** Compares as two's complement of the word's whole size. */
  ltS(a: Word, b: Word): Word {
    if (a === b) return this.i32(0);
    return this.#binary(PAIR.ltS, a, b, 1);
  }

  eqz(a: Word): Word {
    if (isOp(a, PAIR.eqz) && a.args[0]!.bits === 1 && a.args[0]!.type === TYPE.i32) return a.args[0]!;
    if (isOp(a, PAIR.eq)) return this.ne(a.args[0]!, a.args[1]!);
    if (isOp(a, PAIR.ne)) return this.eq(a.args[0]!, a.args[1]!);
    if (a.op === OP.i64ExtendI32U) return this.eqz(a.args[0]!);
    return this.#unary(PAIR.eqz, a, 1);
  }

  ctz(a: Word): Word {
    return this.#unary(PAIR.ctz, a, a.size === 32 ? 6 : 7);
  }

  popcnt(a: Word): Word {
    return this.#unary(PAIR.popcnt, a, 32 - Math.clz32(a.bits));
  }

  /** `condition` (any non-zero i32 is true) ? a : b */
  select(condition: Word, a: Word, b: Word): Word {
    if (condition.isConst) return condition.value === 0n ? b : a;
    if (a === b) return a;
    if (condition.op === OP.i32Eqz) return this.select(condition.args[0]!, b, a);
    // Conditions are kept in one of two opposite forms, so that those who decide on the same thing are found.
    if (condition.op === OP.i32Ne && isZero(condition.args[1]!)) return this.select(condition.args[0]!, a, b);
    if (isOp(condition, PAIR.ne)) return this.select(this.eq(condition.args[0]!, condition.args[1]!), b, a);
    if (a.isConst && b.isConst && condition.bits === 1) {
      if (a.value === 1n && b.value === 0n) return this.as(a.type, condition);
      if (a.value === 0n && b.value === 1n) return this.as(a.type, this.eqz(condition));
    }
    if (a.op === OP.select && a.args[2] === condition) return this.select(condition, a.args[0]!, b);
    if (b.op === OP.select && b.args[2] === condition) return this.select(condition, a, b.args[1]!);
    return this.table.select(condition, a, b);
  }

  /** The same number as the other type; to i32 it is cut to 32 bits. */
  as(type: ValueType, a: Word): Word {
    if (a.type === type) return a;
    return type === TYPE.i32 ? this.wrap(a) : this.extend(a);
  }

  wrap(a: Word): Word {
    if (a.isConst) return this.i32(BigInt.asUintN(32, a.value));
    if (a.op === OP.i64ExtendI32U) return a.args[0]!;
    if (isOp(a, PAIR.and) && a.args[1]!.isConst && (a.args[1]!.value & low(32)) === low(32)) return this.wrap(a.args[0]!);
    const part = within(a, low(32));
    if (part !== a) return this.wrap(part);
    if (a.op === OP.i64Load) return this.#half(a, 0);
    if (isOp(a, PAIR.shrU) && a.args[0]!.op === OP.i64Load && a.args[1]!.isConst && a.args[1]!.value === 32n) return this.#half(a.args[0]!, 4);
    return this.table.operation(OP.i32WrapI64, a, undefined, Math.min(32, a.bits));
  }

  extend(a: Word): Word {
    if (a.isConst) return this.i64(a.value);
    if (a.op === OP.i32WrapI64 && a.args[0]!.bits <= 32) return a.args[0]!;
    return this.table.operation(OP.i64ExtendI32U, a, undefined, a.bits);
  }

  /** One half of a 64-bit load. */
  #half(load: Word, offset: 0 | 4): Word {
    const bits = Math.min(32, load.bits - offset * 8);
    return load.isLeaf ? this.table.load(OP.i32Load, load.offset + offset, bits) : this.table.loadAt(OP.i32Load, load.offset + offset, load.value, load.args[0]!, bits);
  }

  #binary(pair: readonly [number, number], a: Word, b: Word, bits: number): Word {
    if (a.type !== b.type) throw new TypeError(`operands of instruction ${pair[0].toString(16)} differ in type`);
    if (a.isConst && b.isConst) return this.#fold(pair, a, b);
    return this.table.operation(pair[a.type === TYPE.i32 ? 0 : 1], a, b, bits);
  }

  #unary(pair: readonly [number, number], a: Word, bits: number): Word {
    if (a.isConst) return this.#fold(pair, a, undefined);
    return this.table.operation(pair[a.type === TYPE.i32 ? 0 : 1], a, undefined, bits);
  }

  #fold(pair: readonly [number, number], a: Word, b: Word | undefined): Word {
    const test = pair === PAIR.eq || pair === PAIR.ne || pair === PAIR.ltU || pair === PAIR.ltS || pair === PAIR.eqz;
    return this.constant(test ? TYPE.i32 : a.type, fold(pair[0], a.size, a.value, b?.value ?? 0n));
  }
}

function isZero(a: Word): boolean {
  return a.isConst && a.value === 0n;
}

/** Of a commutative operation: one order for both ways of writing it; constants second. */
function ordered(a: Word, b: Word): [Word, Word] {
  return b.isConst || (!a.isConst && a.id <= b.id) ? [a, b] : [b, a];
}

function constantAmount(by: Word | number): number | undefined {
  if (typeof by === 'number') return by;
  return by.isConst ? Number(by.value) : undefined;
}
