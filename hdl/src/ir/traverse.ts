/** Walks over expressions and statements; with explicit stacks, for chains may be tens of thousands long. */
import type { Memory, Module } from './design.ts';
import type { Expression } from './expression.ts';
import type { If, Net, Statement } from './net.ts';

/** Visits every expression below `root` once, `seen` ones not again; arguments after what reads them. */
export function visitExpressions(root: Expression, seen: Set<Expression>, visit: (expression: Expression) => void): void {
  const stack: Expression[] = [root];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    visit(next);
    for (const argument of next.args) stack.push(argument);
  }
}

/**
 * Expressions that statements read: values and the conditions above them.
 *
 * @param keeps statements with other targets are passed over, and so are conditions that guard nothing else
 */
export function expressionsOf(statements: readonly Statement[], keeps: (net: Net) => boolean = () => true): Expression[] {
  const result: Expression[] = [];
  collect(statements, keeps, result);
  return result;
}

/** Returns whether a kept assignment was found. */
function collect(statements: readonly Statement[], keeps: (net: Net) => boolean, into: Expression[]): boolean {
  let found = false;
  for (const statement of statements) {
    if (statement.kind === 'assign') {
      if (!keeps(statement.target)) continue;
      into.push(statement.value);
      found = true;
    } else if (statement.kind === 'case') {
      if (!statement.arms.map(({ body }) => collect(body, keeps, into)).includes(true)) continue;
      into.push(statement.subject);
      found = true;
    } else if (collectChain(statement, keeps, into)) {
      found = true;
    }
  }
  return found;
}

/** `if … else if …` in a loop: a chain may be longer than the call stack. */
function collectChain(first: If, keeps: (net: Net) => boolean, into: Expression[]): boolean {
  const chain: { readonly condition: Expression; readonly inside: boolean }[] = [];
  let rest: readonly Statement[] = [first];
  while (rest.length === 1 && rest[0]!.kind === 'if') {
    chain.push({ condition: rest[0]!.condition, inside: collect(rest[0]!.then, keeps, into) });
    rest = rest[0]!.otherwise;
  }
  let found = collect(rest, keeps, into);
  for (const { condition, inside } of chain.reverse()) {
    found ||= inside;
    if (found) into.push(condition);
  }
  return found;
}

/** Expressions of a memory's ports. */
export function expressionsOfMemory({ reads, write }: Memory): Expression[] {
  const ports = reads.flatMap(({ address, enable }) => [address, enable]);
  const all = write === undefined ? ports : [...ports, write.enable, write.address, write.data, write.mask];
  return all.filter((expression) => expression !== undefined);
}

/** All modules below `top`, children before parents, each once; a model stands below its external module if `models`. */
export function modulesBelow(top: Module, models = false): Module[] {
  const result: Module[] = [];
  const seen = new Set<Module>();
  const visit = (module: Module): void => {
    if (seen.has(module)) return;
    seen.add(module);
    const model = models ? module.external?.model : undefined;
    for (const instance of (model ?? module).instances) visit(instance.module);
    result.push(module);
  };
  visit(top);
  return result;
}

/** Every name that a module's text uses. */
export function namesOf(module: Module): Set<string> {
  const names = new Set(['clk', 'rst', module.name]);
  for (const { name } of [...module.ports, ...module.wires, ...module.registers, ...module.memories, ...module.instances]) names.add(name);
  for (const instance of module.instances) for (const net of instance.nets) names.add(net.name);
  for (const memory of module.memories) for (const { data } of memory.reads) names.add(data.name);
  for (const { name } of module.named) if (name !== undefined) names.add(name);
  return names;
}
