/**
 * The design as a graph of WebAssembly instructions over machine words, shared by structure.
 *
 * A word is an i32 or i64 whose value, read as unsigned, is below `2^bits`: so masks that change nothing are never
 * emitted. Words are numbered in order of creation, arguments before users. This file builds and shares them;
 * `simplify.ts` decides what they reduce to.
 */
import { SimulationError } from '../error.ts';
import { OP, TYPE, type ValueType } from './wasm/opcodes.ts';

export class Word {
  readonly id: number;
  /** The instruction: one of `OP`. */
  readonly op: number;
  readonly type: ValueType;
  readonly args: readonly Word[];
  /** Of a constant: its value, unsigned. Of an indexed load: how many bytes from `offset` on it may reach. */
  readonly value: bigint;
  /** Of a load: the constant part of its address. */
  readonly offset: number;
  /** The value is below `2^bits`. */
  readonly bits: number;

  constructor(id: number, op: number, type: ValueType, args: readonly Word[], value: bigint, offset: number, bits: number) {
    this.id = id;
    this.op = op;
    this.type = type;
    this.args = args;
    this.value = value;
    this.offset = offset;
    this.bits = bits;
  }

  get isConst(): boolean {
    return this.op === OP.i32Const || this.op === OP.i64Const;
  }

  /** True if the value costs no more than fetching it: nothing is gained by keeping it. */
  get isLeaf(): boolean {
    return this.args.length === 0;
  }

  get size(): 32 | 64 {
    return this.type === TYPE.i32 ? 32 : 64;
  }
}

/** Instructions by what they do, for i32 and i64. */
export const PAIR = {
  add: [OP.i32Add, OP.i64Add],
  sub: [OP.i32Sub, OP.i64Sub],
  mul: [OP.i32Mul, OP.i64Mul],
  and: [OP.i32And, OP.i64And],
  or: [OP.i32Or, OP.i64Or],
  xor: [OP.i32Xor, OP.i64Xor],
  shl: [OP.i32Shl, OP.i64Shl],
  shrS: [OP.i32ShrS, OP.i64ShrS],
  shrU: [OP.i32ShrU, OP.i64ShrU],
  eq: [OP.i32Eq, OP.i64Eq],
  ne: [OP.i32Ne, OP.i64Ne],
  ltU: [OP.i32LtU, OP.i64LtU],
  ltS: [OP.i32LtS, OP.i64LtS],
  eqz: [OP.i32Eqz, OP.i64Eqz],
  ctz: [OP.i32Ctz, OP.i64Ctz],
  popcnt: [OP.i32Popcnt, OP.i64Popcnt],
} as const;

/** Instructions whose result is an i32 truth value, whatever their arguments are. */
const TESTS: ReadonlySet<number> = new Set([...PAIR.eq, ...PAIR.ne, ...PAIR.ltU, ...PAIR.ltS, ...PAIR.eqz]);

export class WordTable {
  readonly words: Word[] = [];
  readonly #constants: readonly [Map<bigint, Word>, Map<bigint, Word>] = [new Map(), new Map()];
  readonly #loads = new Map<number, Word>();
  /** Keyed by instruction and first argument, then by the others: keys stay exact numbers. */
  readonly #binary = new Map<number, Word>();
  readonly #ternary = new Map<Word, Map<number, Word>>();

  constant(type: ValueType, value: bigint): Word {
    const size = type === TYPE.i32 ? 32 : 64;
    const unsigned = BigInt.asUintN(size, value);
    const table = this.#constants[type === TYPE.i32 ? 0 : 1];
    let word = table.get(unsigned);
    if (word === undefined) {
      word = this.#make(type === TYPE.i32 ? OP.i32Const : OP.i64Const, type, [], unsigned, 0, unsigned.toString(2).length * (unsigned === 0n ? 0 : 1));
      table.set(unsigned, word);
    }
    return word;
  }

  /** Load at a fixed address, of something that is below `2^bits`. */
  load(op: number, address: number, bits: number): Word {
    const key = address * 64 + op;
    let word = this.#loads.get(key);
    if (word === undefined) {
      word = this.#make(op, typeOfLoad(op), [], 0n, address, bits);
      this.#loads.set(key, word);
    }
    return word;
  }

  /** Load at `offset + index`, of a table of `reach` bytes. */
  loadAt(op: number, offset: number, reach: bigint, index: Word, bits: number): Word {
    const table = this.#tableOf(index);
    const key = offset * 64 + op;
    let word = table.get(key);
    if (word === undefined) {
      word = this.#make(op, typeOfLoad(op), [index], reach, offset, bits);
      table.set(key, word);
    }
    return word;
  }

  /** Instruction of one or two arguments. */
  operation(op: number, a: Word, b: Word | undefined, bits: number): Word {
    const key = (op * IDS + a.id) * IDS + (b === undefined ? 0 : b.id + 1);
    let word = this.#binary.get(key);
    if (word === undefined) {
      const type = TESTS.has(op) || op === OP.i32WrapI64 ? TYPE.i32 : op === OP.i64ExtendI32U ? TYPE.i64 : a.type;
      word = this.#make(op, type, b === undefined ? [a] : [a, b], 0n, 0, bits);
      this.#binary.set(key, word);
    }
    return word;
  }

  select(condition: Word, a: Word, b: Word): Word {
    const table = this.#tableOf(condition);
    // Negative, as not to meet the keys of loads.
    const key = -(a.id * IDS + b.id) - 1;
    let word = table.get(key);
    if (word === undefined) {
      word = this.#make(OP.select, a.type, [a, b, condition], 0n, 0, Math.max(a.bits, b.bits));
      table.set(key, word);
    }
    return word;
  }

  #tableOf(word: Word): Map<number, Word> {
    let table = this.#ternary.get(word);
    if (table === undefined) {
      table = new Map();
      this.#ternary.set(word, table);
    }
    return table;
  }

  #make(op: number, type: ValueType, args: readonly Word[], value: bigint, offset: number, bits: number): Word {
    const id = this.words.length;
    if (id >= IDS - 1) throw new SimulationError('the design is too large for the simulator: more than four million machine words of logic');
    const word = new Word(id, op, type, args, value, offset, bits);
    this.words.push(word);
    return word;
  }
}

/** Room for word numbers in a key: two of them and an instruction fit the 53 bits of an exact number. */
const IDS = 2 ** 22;

/** Whether an instruction is a load, of any size. */
export function isLoad(op: number): boolean {
  return op === OP.i32Load || op === OP.i64Load || op === OP.i32Load8U || op === OP.i32Load16U;
}

function typeOfLoad(op: number): ValueType {
  return op === OP.i64Load ? TYPE.i64 : TYPE.i32;
}
