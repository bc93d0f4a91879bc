/** Every operator at every width class: compiled code against the reference semantics, with random operands. */
import { describe, expect, test } from 'vitest';
import { evaluateOperator } from '@vtoe/hdl/internal/ir/evaluate';
import type { Expression, Operator } from '@vtoe/hdl/internal/ir/expression';
import { OPERATORS } from '@vtoe/hdl/internal/ir/expression';
import type { Net } from '@vtoe/hdl/internal/ir/net';
import { createEngine } from '@vtoe/hdl/internal/sim/engine';
import { bits, clog2, constant, design, input, module, operation, output, value } from './support/ir.ts';
import { Random } from '../support/random.ts';

const CLASSES: Readonly<Record<string, readonly number[]>> = {
  '1': [1], '2-31': [2, 5, 8, 17, 31], '32': [32], '33-63': [33, 40, 57, 63], '64': [64], '65-130': [65, 96, 127, 128, 129, 130],
  '256': [256], '512': [512], '1024': [1024],
};
const AMOUNTS = [1, 3, 6, 7, 11, 33, 70];
const ALL_OPERATORS: readonly (Operator | 'bits')[] = [...OPERATORS, 'bits'];

/** One use of an operator: operand widths and, for some operators, constants among the operands. */
interface Case {
  readonly op: Operator | 'bits';
  readonly width: number;
  readonly widths: readonly number[];
  readonly lo: number;
}

function casesOf(op: Operator | 'bits', w: number, random: Random): Case[] {
  const one = (width: number, ...widths: number[]): Case => ({ op, width, widths, lo: 0 });
  switch (op) {
    case 'add': case 'sub': case 'and': case 'or': case 'xor': return [one(w, w, w)];
    case 'not': return [one(w, w)];
    case 'mul': return [1, 7, 32, 40, 64, 100].filter((other) => w + other <= 1100).map((other) => one(w + other, w, other));
    case 'eq': case 'ne': case 'ltu': case 'leu': case 'gtu': case 'geu': case 'lts': case 'les': case 'gts': case 'ges': return [one(1, w, w)];
    case 'shl': case 'shr': case 'sra': return AMOUNTS.map((amount) => one(w, w, amount));
    case 'mux': return [one(w, 1, w, w)];
    case 'choose': return [1, 2, 3, 5, 8, 13].flatMap((n) => [1, 3, 40].map((index) => one(w, index, ...Array<number>(n).fill(w))));
    case 'cat': {
      const others = [1, 13, 32, 64, 70];
      return [one(w, w), ...others.flatMap((other) => [one(w + other, w, other), one(w + other + 3, 3, other, w)])];
    }
    case 'repeat': return [2, 3, 5].map((n) => one(w * n, w)).concat(one(w, w));
    case 'zext': case 'sext': return [1, 7, 31, 32, 63, 64, 100].map((more) => one(w + more, w));
    case 'reduceAnd': case 'reduceOr': case 'reduceXor': return [one(1, w)];
    case 'popcount': return [one(clog2(w + 1), w)];
    case 'priority': return [one(Math.max(1, clog2(w)), w)];
    case 'bits': return Array.from({ length: 8 }, () => {
      const width = random.between(1, w);
      return { op, width, widths: [w], lo: random.below(w - width + 1) };
    });
  }
}

function expressionOf({ op, width, lo }: Case, args: readonly Expression[]): Expression {
  return op === 'bits' ? bits(args[0]!, lo, width) : operation(op, width, ...args);
}

/** A design with one output per case: all operands inputs, or some of them constants. */
function build(cases: readonly Case[], random: Random, constants: boolean) {
  const inputs: Net[] = [];
  const outputs: Net[] = [];
  const operands = cases.map((one, i) => one.widths.map((width, j): { net: Net } | { constant: bigint } => {
    if (constants && random.chance(0.5)) return { constant: random.edgeBits(width) };
    const net = input(`i${i}_${j}`, width);
    inputs.push(net);
    return { net };
  }));
  for (const [i, one] of cases.entries()) {
    const args = operands[i]!.map((operand, j) => ('net' in operand ? value(operand.net) : constant(one.widths[j]!, operand.constant)));
    outputs.push(output(`o${i}`, expressionOf(one, args)));
  }
  return { operands, engine: createEngine(design(module('operators', { ports: [...inputs, ...outputs] }))) };
}

describe.each(Object.keys(CLASSES))('width class %s', (name) => {
  test.each(ALL_OPERATORS)('%s', (op) => {
    const random = new Random(name.length * 1000 + ALL_OPERATORS.indexOf(op));
    const cases = CLASSES[name]!.flatMap((w) => casesOf(op, w, random));
    for (const constants of [false, true]) {
      const { operands, engine } = build(cases, random, constants);
      for (let round = 0; round < 14; round += 1) {
        const values = cases.map(({ op: of, widths }, i) => widths.map((width, j) => {
          const operand = operands[i]![j]!;
          if ('constant' in operand) return operand.constant;
          // Amounts and indices near the range, now and then equal operands.
          let chosen = random.edgeBits(width);
          if (j === 1 && (of === 'shl' || of === 'shr' || of === 'sra') && random.chance(0.8)) chosen = BigInt(random.below(Math.min(2 ** width, widths[0]! + 3)));
          if (j === 0 && of === 'choose') chosen = BigInt(random.below(Math.min(2 ** width, widths.length + 1)));
          engine.input(operand.net.name).set(chosen);
          return chosen;
        }));
        for (const [i, one] of cases.entries()) {
          const expected = evaluateOperator(one.op, one.width, values[i]!, one.widths, one.lo);
          const actual = engine.output(`o${i}`).get();
          if (actual !== expected) expect.fail(`${op} ${one.widths.join(' ')} -> ${one.width} of ${values[i]!.join(' ')}: ${actual} instead of ${expected}`);
          if (round === 0) expect(engine.peek(`o${i}`)).toBe(expected);
        }
      }
    }
  });
});
