/** Walks over expressions and statements; with explicit stacks, for chains may be tens of thousands long. */
import type { Memory, Module } from './design.ts';
import type { Expression } from './expression.ts';
import type { Net, Statement } from './net.ts';

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

/** Expressions that statements read: values, conditions and subjects. One may come several times. */
export function expressionsOf(statements: readonly Statement[]): Expression[] {
  const result: Expression[] = [];
  const stack: (readonly Statement[])[] = [statements];
  for (let list = stack.pop(); list !== undefined; list = stack.pop()) {
    for (const statement of list) {
      if (statement.kind === 'assign') {
        result.push(statement.value);
      } else if (statement.kind === 'if') {
        result.push(statement.condition);
        stack.push(statement.then, statement.otherwise);
      } else {
        result.push(statement.subject);
        for (const { body } of statement.arms) stack.push(body);
      }
    }
  }
  return result;
}

/** A condition (or the subject of a case) that an assignment stands under, and the one above it. */
export interface Guard {
  readonly condition: Expression;
  readonly above: Guard | undefined;
}

export interface GuardedAssign {
  readonly target: Net;
  readonly value: Expression;
  /** Innermost condition; undefined if it is always executed. Assignments side by side share the object. */
  readonly guard: Guard | undefined;
}

/** All assignments of a program, each with the conditions that decide whether it runs. */
export function assignmentsOf(statements: readonly Statement[]): GuardedAssign[] {
  const result: GuardedAssign[] = [];
  const stack: { readonly list: readonly Statement[]; readonly guard: Guard | undefined }[] = [{ list: statements, guard: undefined }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { list, guard } = next;
    for (const statement of list) {
      if (statement.kind === 'assign') {
        result.push({ target: statement.target, value: statement.value, guard });
      } else if (statement.kind === 'if') {
        const inner = { condition: statement.condition, above: guard };
        stack.push({ list: statement.then, guard: inner }, { list: statement.otherwise, guard: inner });
      } else {
        const inner = { condition: statement.subject, above: guard };
        for (const { body } of statement.arms) stack.push({ list: body, guard: inner });
      }
    }
  }
  return result;
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
