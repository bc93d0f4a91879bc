/** Raw constructors of IR expressions. Widths were checked by the caller. Constants fold only where the result is trivially one. */
import type { Expression, Operator } from '../ir/expression.ts';

export function constant(width: number, value: bigint): Expression {
  return { op: 'const', width, value, args: [] };
}

export function operation(op: Operator, width: number, ...args: readonly Expression[]): Expression {
  return { op, width, args };
}

export function slice(x: Expression, lo: number, width: number): Expression {
  return lo === 0 && width === x.width ? x : { op: 'bits', width, lo, args: [x] };
}

export function concat(parts: readonly Expression[]): Expression {
  if (parts.length === 1) return parts[0]!;
  return { op: 'cat', width: parts.reduce((sum, part) => sum + part.width, 0), args: parts };
}

export function zeroExtend(x: Expression, width: number): Expression {
  return width === x.width ? x : operation('zext', width, x);
}

export const and = (a: Expression, b: Expression): Expression => operation('and', a.width, a, b);
export const or = (a: Expression, b: Expression): Expression => operation('or', a.width, a, b);
export const not = (a: Expression): Expression => operation('not', a.width, a);
export const eq = (a: Expression, b: Expression): Expression => operation('eq', 1, a, b);
export const mux = (condition: Expression, a: Expression, b: Expression): Expression => operation('mux', a.width, condition, a, b);
