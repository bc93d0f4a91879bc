/** Sequence wrap in every comparison: each comparison of sequence numbers in the step, made one of plain numbers. */
import type { Design } from '@vtoe/hdl';
import type { Expression } from '@vtoe/hdl/internal/ir/expression';
import { unsigned } from './changes.ts';
import { everyExpression, type Plant } from './plant.ts';

/** Counts of bytes are smaller than 2^31: with and without a sign they compare alike. */
const isCount = ({ op, args }: Expression): boolean => op === 'zext' || (op === 'shl' && isCount(args[0]!));

/** A comparison of `a - b` with 0 by its sign, 32 bits, both of them sequence numbers. */
function comparesSequence({ op, args }: Expression): boolean {
  return ['lts', 'les', 'gts', 'ges'].includes(op) && args[0]?.op === 'sub' && args[0].width === 32 && !args[0].args.every(isCount) && args[1]?.op === 'const' && args[1].value === 0n;
}

export interface Comparison {
  readonly node: Expression;
  /** `snd_nxt - ack < 0` as a text that says which it is. */
  readonly name: string;
}

export function sequenceComparisons({ top }: Design): Comparison[] {
  const found = new Map<Expression, string>();
  const seen = new Set<Expression>();
  const visit = (expression: Expression): void => {
    if (seen.has(expression)) return;
    seen.add(expression);
    for (const argument of expression.args) visit(argument);
    if (comparesSequence(expression)) found.set(expression, `${expression.op} ${expression.args[0]!.args.map(short).join(' - ')}`);
  };
  everyExpression(top, visit);
  return [...found].map(([node, name]) => ({ node, name }));
}

function short(expression: Expression): string {
  if (expression.op === 'net') return expression.net.name;
  if (expression.op === 'const') return String(expression.value);
  return expression.name ?? `${expression.op}(${expression.args.map(short).join(', ')})`.slice(0, 80);
}

export function wrapPlants(comparisons: readonly Comparison[]): Plant[] {
  return comparisons.map(({ node, name }) => ({ name, changes: [{ at: node, to: unsigned }] }));
}
