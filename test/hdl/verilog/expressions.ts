/** Expressions that put every operator at every argument position of every other, over a few widths. */
import type { Expression, Operator } from '@vtoe/hdl/internal/ir/expression';
import { OPERATORS } from '@vtoe/hdl/internal/ir/expression';
import type { Net } from '@vtoe/hdl/internal/ir/net';
import { bits, constant, input, operation, value } from './ir.ts';

/** 32 bits of a multiply-with-carry generator (Marsaglia): tests print nothing that a seed does not reproduce. */
export function random(seed: number): (below: number) => number {
  let [a, b] = [seed ^ 0x12345678, seed ^ 0x9abcdef0];
  return (below) => {
    a = (36969 * (a & 0xffff) + (a >>> 16)) | 0;
    b = (18000 * (b & 0xffff) + (b >>> 16)) | 0;
    return (((a << 16) + b) >>> 0) % below;
  };
}

export type AnyOperator = Operator | 'bits';
export const ALL: readonly AnyOperator[] = [...OPERATORS, 'bits'];

/** Positions at which an argument of an operator behaves differently. */
const POSITIONS: Readonly<Record<AnyOperator, number>> = {
  add: 2, sub: 2, mul: 2, and: 2, or: 2, xor: 2, not: 1,
  eq: 2, ne: 2, ltu: 2, leu: 2, gtu: 2, geu: 2, lts: 2, les: 2, gts: 2, ges: 2,
  shl: 2, shr: 2, sra: 2, mux: 3, choose: 3, cat: 2, repeat: 1, zext: 1, sext: 1,
  reduceAnd: 1, reduceOr: 1, reduceXor: 1, popcount: 1, priority: 1, bits: 1,
};

export interface Pool {
  readonly inputs: readonly Net[];
  readonly random: (below: number) => number;
}

/** Two inputs of each width. */
export function pool(widths: readonly number[], seed: number): Pool {
  return { inputs: widths.flatMap((width) => [input(`a${width}`, width), input(`b${width}`, width)]), random: random(seed) };
}

/** An input, some bits of one, or a constant. */
export function leaf({ inputs, random: next }: Pool, width: number): Expression {
  const wide = inputs.filter((net) => net.width >= width);
  if (wide.length === 0 || next(6) === 0) return constant(width, BigInt(next(2 ** 31)) * BigInt(next(2 ** 31)) * BigInt(next(2 ** 31)) * BigInt(next(2 ** 31)) >> BigInt(next(60)));
  const chosen = wide[next(wide.length)]!;
  if (chosen.width === width) return value(chosen);
  const lo = next(chosen.width - width + 1);
  return bits(value(chosen), lo + width - 1, lo);
}

/** `op` with `inner` as its argument number `position`, leaves elsewhere; undefined if it does not fit there. */
export function around(op: AnyOperator, position: number, inner: Expression, from: Pool): Expression | undefined {
  const next = from.random;
  const { width } = inner;
  const other = (of = width): Expression => leaf(from, of);
  const pair = (a: Expression, b: Expression): readonly [Expression, Expression] => (position === 0 ? [a, b] : [b, a]);
  switch (op) {
    case 'add': case 'sub': case 'and': case 'or': case 'xor': return operation(op, width, ...pair(inner, other()));
    case 'not': return operation(op, width, inner);
    case 'mul': {
      const right = other(1 + next(40));
      return operation(op, width + right.width, ...pair(inner, right));
    }
    case 'eq': case 'ne': case 'ltu': case 'leu': case 'gtu': case 'geu': case 'lts': case 'les': case 'gts': case 'ges':
      return operation(op, 1, ...pair(inner, other()));
    case 'shl': case 'shr': case 'sra': {
      if (position === 0) return operation(op, width, inner, other([1, 3, 6, 7, 33, 70][next(6)]!));
      const shifted = other([1, 8, 33, 64, 100][next(5)]!);
      return operation(op, shifted.width, shifted, inner);
    }
    case 'mux': {
      if (position === 0) return width === 1 ? operation(op, 8, inner, other(8), other(8)) : undefined;
      return position === 1 ? operation(op, width, other(1), inner, other()) : operation(op, width, other(1), other(), inner);
    }
    case 'choose': {
      if (position === 0) return operation(op, 9, inner, other(9), other(9), other(9), other(9), other(9));
      const index = other([1, 2, 3, 40][next(4)]!);
      return position === 1 ? operation(op, width, index, inner, other(), other()) : operation(op, width, index, other(), other(), inner);
    }
    case 'cat': {
      const left = other(1 + next(9));
      return operation(op, width + left.width, ...pair(inner, left));
    }
    case 'repeat': return operation(op, width * 3, inner);
    case 'zext': case 'sext': return operation(op, width + 1 + next(9), inner);
    case 'reduceAnd': case 'reduceOr': case 'reduceXor': return operation(op, 1, inner);
    case 'popcount': return operation(op, Math.ceil(Math.log2(width + 1)), inner);
    case 'priority': return operation(op, Math.max(1, Math.ceil(Math.log2(width))), inner);
    case 'bits': {
      const lo = next(width);
      return bits(inner, lo + next(width - lo), lo);
    }
  }
}

export interface Case {
  readonly label: string;
  readonly expression: Expression;
}

/**
 * Every operator at every position of every operator, at each of the widths (or at one of them: `sampled`); half of the
 * pairs inside a third operator, so that the pair stands in a context too.
 */
export function pairs(from: Pool, widths: readonly number[], sampled = false): Case[] {
  const cases: Case[] = [];
  const next = from.random;
  for (const outer of ALL) {
    for (let position = 0; position < POSITIONS[outer]; position += 1) {
      for (const inner of ALL) {
        for (const width of sampled ? [widths[next(widths.length)]!] : widths) {
          const core = around(inner, next(POSITIONS[inner]), leaf(from, width), from) ?? around(inner, 1, leaf(from, width), from)!;
          const pair = around(outer, position, core, from);
          if (pair === undefined) continue;
          const last = ALL[next(ALL.length)]!;
          const whole = next(2) === 0 ? pair : (around(last, next(POSITIONS[last]), pair, from) ?? pair);
          cases.push({ label: `${outer}.${position}(${inner}) at ${width}${whole === pair ? '' : ` in ${last}`}`, expression: whole });
        }
      }
    }
  }
  return cases;
}
