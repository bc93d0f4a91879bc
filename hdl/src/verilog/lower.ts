/**
 * IR expressions to terms. Linear in the number of operators and without recursion: a design may chain tens of
 * thousands of them.
 */
import type { Expression, Operation } from '../ir/expression.ts';
import type { Net } from '../ir/net.ts';
import { concatTerm, repeatTerm, select, shift, signExtend, zeroExtend } from './fold.ts';
import { identity } from './identities.ts';
import { aliasTerm, constantTerm, netTerm, operationTerm, type Signal, type Term } from './term.ts';

export interface Lowering {
  term(expression: Expression): Term;
  net(net: Net): Term;
  /** Signal of an expression that this lowering met and the plan gave a name. */
  signalOf(expression: Expression): Signal | undefined;
}

export interface LoweringEnvironment {
  signalOfNet(net: Net): Signal;
  /** Instance inputs that are connected directly to what drives them. */
  readonly elided: ReadonlyMap<Net, Expression>;
  /** Makes the signal of a named expression when it is first met; undefined for all others. */
  nameOf(expression: Expression, value: Term): Signal | undefined;
  /** Signal that an earlier layer already gave to the expression. */
  earlier(expression: Expression): Signal | undefined;
}

export function lowering(environment: LoweringEnvironment): Lowering {
  const done = new Map<Expression, Term>();
  const nets = new Map<Net, Term>();

  function net(of: Net): Term {
    const driver = environment.elided.get(of);
    if (driver !== undefined) return term(driver);
    let result = nets.get(of);
    if (result === undefined) nets.set(of, (result = netTerm(environment.signalOfNet(of))));
    return result;
  }

  function term(root: Expression): Term {
    const stack: Expression[] = [root];
    while (stack.length > 0) {
      const expression = stack.at(-1)!;
      if (done.has(expression)) {
        stack.pop();
        continue;
      }
      const earlier = environment.earlier(expression);
      if (earlier !== undefined) {
        done.set(expression, netTerm(earlier));
        stack.pop();
        continue;
      }
      const waiting = stack.length;
      const args: readonly Expression[] = expression.args;
      for (let i = args.length - 1; i >= 0; i -= 1) if (!done.has(args[i]!)) stack.push(args[i]!);
      if (stack.length > waiting) continue;
      stack.pop();
      const value = lower(expression, args.map((arg) => done.get(arg)!));
      const name = environment.nameOf(expression, value);
      done.set(expression, name === undefined ? value : aliasTerm(name, value));
    }
    return done.get(root)!;
  }

  function lower(expression: Expression, args: readonly Term[]): Term {
    switch (expression.op) {
      case 'const': return constantTerm(expression.width, expression.value);
      case 'net': return net(expression.net);
      case 'bits': return select(args[0]!, expression.lo, expression.width);
      default: return identity(expression.op, expression.width, args) ?? lowerOperation(expression, args);
    }
  }

  return { term, net, signalOf: (expression) => done.get(expression)?.signal };
}

function lowerOperation({ op, width }: Operation, args: readonly Term[]): Term {
  const [a, b] = args as readonly [Term, Term];
  switch (op) {
    // The product has the width of the widest operand or of its context: operands of its full width leave no doubt.
    case 'mul': return operationTerm('mul', width, [zeroExtend(a, width), zeroExtend(b, width)]);
    case 'shl': case 'shr': case 'sra': return shift(op, a, b);
    case 'choose': return choose(width, a, args.slice(1));
    case 'cat': return concatTerm(args);
    case 'repeat': return repeatTerm(a, width / a.width);
    case 'zext': return zeroExtend(a, width);
    case 'sext': return signExtend(a, width);
    case 'reduceAnd': case 'reduceOr': case 'reduceXor':
    case 'popcount':
      return a.width === 1 ? a : operationTerm(op, width, args);
    case 'priority': return a.width === 1 ? constantTerm(1, 0n) : operationTerm(op, width, args);
    default: return operationTerm(op, width, args);
  }
}

/** Elements that the index cannot reach are left out; the last that it can is the default. */
function choose(width: number, index: Term, elements: readonly Term[]): Term {
  const reachable = index.width < 31 ? Math.min(elements.length, 2 ** index.width) : elements.length;
  if (index.op === 'const') return elements[index.value < BigInt(reachable) ? Number(index.value) : reachable - 1]!;
  if (reachable === 1) return elements[0]!;
  return operationTerm('choose', width, [index, ...elements.slice(0, reachable)]);
}
