/** Who drives whom inside a module: the expressions that a net, a memory or an instance is computed from directly. */
import type { Instance, Memory } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import type { Net, Statement } from '../ir/net.ts';
import { assignmentsOf, expressionsOf, expressionsOfMemory, type Guard } from '../ir/traverse.ts';
import type { Builder } from './context.ts';

/** Nets, memories and instances (for all their inputs), in the order of declaration, with the expressions that their values come from. */
export function drivenThings(builder: Builder): Map<Net | Memory | Instance, readonly Expression[]> {
  const byRegister = programsOf(builder.clocked.statements);
  const things = new Map<Net | Memory | Instance, readonly Expression[]>();
  for (const net of builder.nets) {
    if (net.kind === 'output' || net.kind === 'wire') things.set(net, valuesOf([net]));
    else if (net.kind === 'reg') things.set(net, byRegister.get(net) ?? []);
  }
  for (const { instance } of builder.instances) things.set(instance, valuesOf(instance.nets));
  for (const { memory } of builder.memories) things.set(memory, expressionsOfMemory(memory));
  return things;
}

/** Nets that `expressions` read, in a fixed order; `seen` ones are passed over, and so is what they are made of. */
export function sourcesOf(expressions: readonly Expression[], seen = new Set<Expression>()): Net[] {
  const found: Net[] = [];
  const pending = expressions.toReversed();
  while (pending.length > 0) {
    const expression = pending.pop()!;
    if (seen.has(expression)) continue;
    seen.add(expression);
    if (expression.op === 'net') found.push(expression.net);
    else for (let i = expression.args.length - 1; i >= 0; i--) pending.push(expression.args[i]!);
  }
  return found;
}

function valuesOf(nets: readonly Net[]): Expression[] {
  return nets.flatMap((net) => expressionsOf(net.drive));
}

/** The joint program of the registers: each gets its values and the conditions above them, every one once. */
function programsOf(statements: readonly Statement[]): Map<Net, readonly Expression[]> {
  const programs = new Map<Net, { readonly expressions: Expression[]; readonly guards: Set<Guard> }>();
  for (const { target, value, guard: innermost } of assignmentsOf(statements)) {
    let program = programs.get(target);
    if (program === undefined) programs.set(target, (program = { expressions: [], guards: new Set() }));
    program.expressions.push(value);
    for (let guard = innermost; guard !== undefined && !program.guards.has(guard); guard = guard.above) {
      program.guards.add(guard);
      program.expressions.push(guard.condition);
    }
  }
  return new Map([...programs].map(([net, { expressions }]) => [net, expressions]));
}
