/** Who drives whom inside a module: the nets that a net, a memory or an instance is computed from directly. */
import type { Expression } from '../ir/expression.ts';
import type { Net, Statement } from '../ir/net.ts';
import type { Builder } from './context.ts';

/** Something that is driven, in the order of declaration, and the expressions that its value comes from. */
export interface Driven {
  /** The net, or undefined for a memory. */
  readonly net: Net | undefined;
  readonly memory: string | undefined;
  readonly expressions: readonly Expression[];
}

export function drivenThings(builder: Builder): Driven[] {
  const byRegister = new Map<Net, Expression[]>();
  collectClocked(builder.clocked.statements, [], byRegister);
  const nets = builder.nets.map((net) => {
    const expressions: Expression[] = [];
    if (net.kind === 'reg') expressions.push(...(byRegister.get(net) ?? []));
    else collectValues(net.drive, expressions);
    return { net, memory: undefined, expressions };
  });
  const memories = builder.memories.map(({ memory }) => {
    const { write } = memory;
    const written = write === undefined ? [] : [write.enable, write.address, write.data, write.mask];
    const expressions = [...written, ...memory.reads.flatMap((port) => [port.address, port.enable])].filter((x) => x !== undefined);
    return { net: undefined, memory: memory.name, expressions };
  });
  return [...nets, ...memories];
}

/** Nets that `expressions` read, in a fixed order; named expressions are looked through. */
export function sourcesOf(expressions: readonly Expression[]): Net[] {
  const found = new Set<Net>();
  const seen = new Set<Expression>();
  const pending = expressions.toReversed();
  while (pending.length > 0) {
    const expression = pending.pop()!;
    if (seen.has(expression)) continue;
    seen.add(expression);
    if (expression.op === 'net') found.add(expression.net);
    else for (let i = expression.args.length - 1; i >= 0; i--) pending.push(expression.args[i]!);
  }
  return [...found];
}

function collectValues(statements: readonly Statement[], into: Expression[]): void {
  for (const statement of statements) {
    if (statement.kind === 'assign') into.push(statement.value);
    else if (statement.kind === 'if') {
      into.push(statement.condition);
      collectValues(statement.then, into);
      collectValues(statement.otherwise, into);
    } else {
      into.push(statement.subject);
      for (const arm of statement.arms) collectValues(arm.body, into);
    }
  }
}

/** One pass over the joint program of the registers: each gets its values and the conditions above them. */
function collectClocked(statements: readonly Statement[], conditions: readonly Expression[], into: Map<Net, Expression[]>): void {
  for (const statement of statements) {
    if (statement.kind === 'assign') {
      const list = into.get(statement.target) ?? [];
      if (list.length === 0) into.set(statement.target, list);
      list.push(...conditions, statement.value);
    } else if (statement.kind === 'if') {
      const inner = [...conditions, statement.condition];
      collectClocked(statement.then, inner, into);
      collectClocked(statement.otherwise, inner, into);
    } else {
      const inner = [...conditions, statement.subject];
      for (const arm of statement.arms) collectClocked(arm.body, inner, into);
    }
  }
}
