/** Small changes of an expression, as a slip of the pen makes them. */
import type { Expression, Operator } from '@vtoe/hdl/internal/ir/expression';
import { type Change, constant, operation } from './plant.ts';

type To = Change['to'];

export const never: To = (right) => constant(0n, right.width);
export const always: To = (right) => constant((1n << BigInt(right.width)) - 1n, right.width);
/** One too many, or what `by` says. */
export const more = (by = 1n): To => (right) => operation('add', right.width, right, constant(by, right.width));
/** One of its arguments in its place: a term forgotten, an arm of a multiplexer taken always. */
export const only = (argument: number, ...deeper: number[]): To => (right) => [argument, ...deeper].reduce((expression, i) => argumentOf(expression, i), right);
/** Its arguments the wrong way round. */
export const reversed: To = (right) => operation(right.op as Operator, right.width, argumentOf(right, 1), argumentOf(right, 0));
/** Another operator: a comparison off by one. */
export const operator = (from: Operator, to: Operator): To => (right) => {
  if (right.op !== from) throw new Error(`it is ${right.op}, not ${from}`);
  return operation(to, right.width, ...right.args);
};
/** Another value in its place. */
export const instead = (name: string): To => (_, other) => other(name);
export const constantly = (value: bigint): To => (right) => constant(value, right.width);
export const and = (...names: string[]): To => (right, other) => names.reduce((sum, name) => operation('and', right.width, sum, other(name)), right);
export const or = (name: string): To => (right, other) => operation('or', right.width, right, other(name));
export const not = (expression: Expression): Expression => operation('not', expression.width, expression);

/** Sequence numbers compared as plain numbers: `a - b < 0` as `a < b`. */
export const unsigned: To = (right) => {
  const compare = ({ lts: 'ltu', les: 'leu', gts: 'gtu', ges: 'geu' } as const)[right.op as 'lts'];
  const [difference] = right.args;
  if (compare === undefined || difference?.op !== 'sub') throw new Error(`it is ${right.op} of ${difference?.op}, not a comparison of a difference`);
  return operation(compare, 1, ...difference.args);
};

function argumentOf(expression: Expression, i: number): Expression {
  const argument = expression.args[i];
  if (argument === undefined) throw new Error(`${expression.op} has no argument ${i}`);
  return argument;
}
