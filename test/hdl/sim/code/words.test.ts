/** The constructors of machine words simplify as they build: what they build computes the same as what was asked for. */
import { expect, test } from 'vitest';
import { fold } from '@vtoe/hdl/internal/sim/code/fold';
import { Words } from '@vtoe/hdl/internal/sim/code/simplify';
import { OP, TYPE } from '@vtoe/hdl/internal/sim/code/wasm/opcodes';
import { PAIR, type Word } from '@vtoe/hdl/internal/sim/code/words';
import { Random } from '../../support/random.ts';

/** A word and what it should be worth, given the values of the variables. */
interface Pair {
  readonly word: Word;
  readonly value: bigint;
}

const NAMES = new Map<number, keyof typeof PAIR>((Object.keys(PAIR) as (keyof typeof PAIR)[]).flatMap((name) => PAIR[name].map((op) => [op, name] as const)));

/** Value of a built word, by the meaning of WebAssembly's instructions. */
function valueOf(word: Word, variables: ReadonlyMap<number, bigint>, memo = new Map<Word, bigint>()): bigint {
  const known = memo.get(word);
  if (known !== undefined) return known;
  const args = word.args.map((argument) => valueOf(argument, variables, memo));
  const [a = 0n, b = 0n, c = 0n] = args;
  let value: bigint;
  if (word.isConst) value = word.value;
  else if (word.op === OP.i32Load || word.op === OP.i64Load) {
    // Half of a 64-bit variable may be loaded alone.
    const whole = variables.get(word.offset) ?? variables.get(word.offset - 4)! >> 32n;
    value = BigInt.asUintN(word.size, whole);
  } else if (word.op === OP.select) value = c !== 0n ? a : b;
  else if (word.op === OP.i32WrapI64) value = BigInt.asUintN(32, a);
  else if (word.op === OP.i64ExtendI32U) value = a;
  else value = fold(PAIR[NAMES.get(word.op)!][0], word.args[0]!.size, a, b);
  memo.set(word, value);
  return value;
}

function randomPair(words: Words, random: Random, pool: readonly Pair[]): Pair {
  const type = random.pick([TYPE.i32, TYPE.i64]);
  const size = type === TYPE.i32 ? 32 : 64;
  const ofType = (): Pair => {
    if (random.chance(0.25)) {
      const value = random.chance(0.5) ? BigInt(random.below(66)) : random.edgeBits(size);
      return { word: words.constant(type, value), value };
    }
    return random.pick(pool.filter(({ word }) => word.type === type));
  };
  const condition = (): Pair => random.pick(pool.filter(({ word }) => word.type === TYPE.i32));
  const amount = random.below(size + 2);
  const a = ofType();
  const b = ofType();
  const both = (name: 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'eq' | 'ne' | 'ltU' | 'ltS'): Pair => ({ word: words[name](a.word, b.word), value: fold(PAIR[name][0], size, a.value, b.value) });
  switch (random.below(22)) {
    case 0: return both('add');
    case 1: return both('sub');
    case 2: return both('mul');
    case 3: return both('and');
    case 4: return both('or');
    case 5: return both('xor');
    case 6: return both('eq');
    case 7: return both('ne');
    case 8: return both('ltU');
    case 9: return both('ltS');
    case 10: return { word: words.shl(a.word, amount), value: BigInt.asUintN(size, a.value << BigInt(amount)) };
    case 11: return { word: words.shrU(a.word, amount), value: a.value >> BigInt(amount) };
    case 12: return { word: words.shrS(a.word, amount), value: BigInt.asUintN(size, BigInt.asIntN(size, a.value) >> BigInt(amount)) };
    case 13: {
      const by = words.mask(b.word, size === 32 ? 5 : 6);
      const shift = b.value & BigInt(size - 1);
      return random.chance(0.5) ? { word: words.shl(a.word, by), value: BigInt.asUintN(size, a.value << shift) } : { word: words.shrU(a.word, by), value: a.value >> shift };
    }
    case 14: return { word: words.eqz(a.word), value: a.value === 0n ? 1n : 0n };
    case 15: return { word: words.popcnt(a.word), value: fold(OP.i32Popcnt, size, a.value, 0n) };
    case 16: return { word: words.ctz(a.word), value: fold(OP.i32Ctz, size, a.value, 0n) };
    case 17: return { word: words.as(TYPE.i32, a.word), value: BigInt.asUintN(32, a.value) };
    case 18: return { word: words.as(TYPE.i64, a.word), value: a.value };
    case 19: {
      const bits = random.between(1, size);
      return { word: words.mask(a.word, bits), value: BigInt.asUintN(bits, a.value) };
    }
    default: {
      const c = condition();
      return { word: words.select(c.word, a.word, b.word), value: c.value !== 0n ? a.value : b.value };
    }
  }
}

test('random words have the value that was asked for, within their bits', () => {
  for (let seed = 0; seed < 400; seed += 1) {
    const random = new Random(seed);
    const words = new Words();
    const variables = new Map<number, bigint>();
    const pool: Pair[] = [];
    for (let i = 0; i < 8; i += 1) {
      const is64 = i % 2 === 1;
      const bits = random.pick([1, 1, 5, 31, 32, ...(is64 ? [33, 40, 63, 64] : [])]);
      const value = random.edgeBits(bits);
      variables.set(64 + 8 * i, value);
      pool.push({ word: words.load(is64 ? TYPE.i64 : TYPE.i32, 64 + 8 * i, bits), value });
    }
    for (let i = 0; i < 120; i += 1) {
      const made = randomPair(words, random, pool);
      const value = valueOf(made.word, variables);
      if (value !== made.value || value >> BigInt(made.word.bits) !== 0n) expect.fail(`seed ${seed}, word ${i}: ${value} (${made.word.bits} bits) instead of ${made.value}`);
      pool.push(made);
    }
  }
});

test('masks, conversions and selections that change nothing vanish', () => {
  const words = new Words();
  const byte = words.load(TYPE.i32, 64, 8);
  const flag = words.load(TYPE.i32, 72, 1);
  expect(words.mask(byte, 8)).toBe(byte);
  expect(words.wrap(words.extend(byte))).toBe(byte);
  expect(words.eqz(words.eqz(flag))).toBe(flag);
  expect(words.select(flag, words.i32(1), words.i32(0))).toBe(flag);
  expect(words.shrU(words.or(words.shl(flag, 8), byte), 8)).toBe(flag);
  expect(words.mask(words.or(words.shl(flag, 8), byte), 8)).toBe(byte);
  expect(words.add(words.add(byte, words.i32(3)), words.i32(4))).toBe(words.add(byte, words.i32(7)));
  expect(words.add(words.i32(3), words.i32(4))).toBe(words.i32(7));
});

test('a chain of words is simplified without recursion', () => {
  const words = new Words();
  let chain = words.load(TYPE.i64, 64, 32);
  for (let i = 0; i < 20_000; i += 1) chain = words.or(chain, words.shl(words.load(TYPE.i64, 128 + 8 * i, 8), 32));
  expect(words.wrap(chain)).toBe(words.load(TYPE.i32, 64, 32));
});
