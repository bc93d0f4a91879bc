/**
 * The meaning of every operator, executed: the reference that the checks' constant folding, `peek` and the tests
 * of the compiled simulator use. Simple before fast.
 */
import type { Expression, Operator } from './expression.ts';
import type { Net } from './net.ts';

/**
 * Value of one operator. All values are unsigned and canonical: `0 .. 2^width - 1`.
 *
 * @param width width of the result
 * @param argWidths widths of the arguments, same order
 * @param lo of `bits` only: position of the lowest bit
 */
export function evaluateOperator(
  op: Operator | 'bits',
  width: number,
  args: readonly bigint[],
  argWidths: readonly number[],
  lo = 0,
): bigint {
  const a = args[0] ?? 0n;
  const b = args[1] ?? 0n;
  const widthA = argWidths[0] ?? 0;
  switch (op) {
    case 'add': return BigInt.asUintN(width, a + b);
    case 'sub': return BigInt.asUintN(width, a - b);
    case 'mul': return BigInt.asUintN(width, a * b);
    case 'and': return a & b;
    case 'or': return a | b;
    case 'xor': return a ^ b;
    case 'not': return BigInt.asUintN(width, ~a);
    case 'eq': return bool(a === b);
    case 'ne': return bool(a !== b);
    case 'ltu': return bool(a < b);
    case 'leu': return bool(a <= b);
    case 'gtu': return bool(a > b);
    case 'geu': return bool(a >= b);
    case 'lts': return bool(BigInt.asIntN(widthA, a) < BigInt.asIntN(widthA, b));
    case 'les': return bool(BigInt.asIntN(widthA, a) <= BigInt.asIntN(widthA, b));
    case 'gts': return bool(BigInt.asIntN(widthA, a) > BigInt.asIntN(widthA, b));
    case 'ges': return bool(BigInt.asIntN(widthA, a) >= BigInt.asIntN(widthA, b));
    case 'shl': return b >= BigInt(width) ? 0n : BigInt.asUintN(width, a << b);
    case 'shr': return b >= BigInt(width) ? 0n : a >> b;
    // A shift by width - 1 already leaves nothing but the sign.
    case 'sra': return BigInt.asUintN(width, BigInt.asIntN(width, a) >> (b >= BigInt(width) ? BigInt(width - 1) : b));
    case 'mux': return a !== 0n ? b : (args[2] ?? 0n);
    case 'choose': {
      const last = args.length - 2;
      return args[1 + (a > BigInt(last) ? last : Number(a))] ?? 0n;
    }
    case 'cat': return concatenate(args, argWidths);
    case 'repeat': {
      const copies = width / widthA;
      return concatenate(Array<bigint>(copies).fill(a), Array<number>(copies).fill(widthA));
    }
    case 'zext': return a;
    case 'sext': return BigInt.asUintN(width, BigInt.asIntN(widthA, a));
    case 'bits': return BigInt.asUintN(width, a >> BigInt(lo));
    case 'reduceAnd': return bool(a === (1n << BigInt(widthA)) - 1n);
    case 'reduceOr': return bool(a !== 0n);
    case 'reduceXor': return countOnes(a) & 1n;
    case 'popcount': return countOnes(a);
    case 'priority': return lowestOne(a);
  }
}

/**
 * Value of an expression of one module; `netValue` gives the values of the nets it reads.
 *
 * Works off an explicit stack: expressions may be tens of thousands of operators deep. Shared parts are computed once.
 */
export function evaluate(expression: Expression, netValue: (net: Net) => bigint): bigint {
  const done = new Map<Expression, bigint>();
  const stack: Expression[] = [expression];
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    if (done.has(node)) {
      stack.pop();
      continue;
    }
    let ready = true;
    for (const argument of node.args) {
      if (done.has(argument)) continue;
      stack.push(argument);
      ready = false;
    }
    if (!ready) continue;
    stack.pop();
    done.set(node, valueOf(node, done, netValue));
  }
  return done.get(expression)!;
}

function valueOf(node: Expression, done: ReadonlyMap<Expression, bigint>, netValue: (net: Net) => bigint): bigint {
  if (node.op === 'const') return node.value;
  if (node.op === 'net') return netValue(node.net);
  const args: readonly Expression[] = node.args;
  return evaluateOperator(
    node.op,
    node.width,
    args.map((argument) => done.get(argument)!),
    args.map((argument) => argument.width),
    node.op === 'bits' ? node.lo : 0,
  );
}

function bool(value: boolean): bigint {
  return value ? 1n : 0n;
}

/** First value in the most significant bits. */
function concatenate(values: readonly bigint[], widths: readonly number[]): bigint {
  let result = 0n;
  for (const [i, value] of values.entries()) result = (result << BigInt(widths[i] ?? 0)) | value;
  return result;
}

function countOnes(value: bigint): bigint {
  let ones = 0n;
  for (let rest = value; rest !== 0n; rest &= rest - 1n) ones += 1n;
  return ones;
}

/** Index of the lowest one, 0 if there is none. */
function lowestOne(value: bigint): bigint {
  if (value === 0n) return 0n;
  let index = 0n;
  for (let rest = value; (rest & 1n) === 0n; rest >>= 1n) index += 1n;
  return index;
}
