/**
 * Faults planted in an elaborated design: an expression is replaced by `fault = k ? faulty : right`, and a register `fault`
 * that nothing drives says which of them is active. One design, compiled once, has all of them.
 *
 * What can be changed is what has a name: a value of a stage (`ackNew`), a register, an output.
 */
import type { BuiltinEngine, Design } from '@vtoe/hdl';
import type { Expression, Operator } from '@vtoe/hdl/internal/ir/expression';
import type { Module } from '@vtoe/hdl/internal/ir/design';
import type { Net, Statement } from '@vtoe/hdl/internal/ir/net';

export interface Change {
  /** Name of a stage's value, a register or an output; or the expression itself. */
  readonly at: string | Expression;
  readonly to: (right: Expression, other: (name: string) => Expression) => Expression;
}

export interface Plant {
  /** What is wrong, in words. */
  readonly name: string;
  readonly changes: readonly Change[];
}

const REGISTER = 'fault';

/** Plants all of them in the design, which no engine may have seen; the first is number 1. */
export function plant(design: Design, plants: readonly Plant[]): Design {
  const { top } = design;
  const width = 16;
  const at = top.at;
  const net: Net = { kind: 'reg', name: REGISTER, width, isBool: false, labels: undefined, drive: [], register: { reset: 0n, domain: 'clk', verificationOnly: false }, attributes: new Map(), at };
  (top.registers as Net[]).push(net);
  const fault: Expression = { op: 'net', width, net, args: [] };
  for (const [i, { name, changes }] of plants.entries()) {
    const active: Expression = operation('eq', 1, fault, constant(BigInt(i + 1), width));
    for (const change of changes) {
      const choose = (right: Expression): Expression => {
        const faulty = change.to(right, (other) => valueOf(top, other));
        if (faulty.width !== right.width) throw new Error(`${name}: what is to be changed has ${right.width} bits, not ${faulty.width}`);
        return operation('mux', right.width, active, faulty, right);
      };
      replace(top, change.at, choose);
    }
  }
  return design;
}

/** Makes plant `k` active, 0: none; and begins anew. */
export function activate(engine: BuiltinEngine, k: number): void {
  engine.poke(REGISTER, BigInt(k));
}

/** Replaces a value where it is read, or what a register or output is given. */
function replace(module: Module, name: string | Expression, choose: (right: Expression) => Expression): void {
  if (typeof name !== 'string') {
    replaceNode(name, choose);
    return;
  }
  const named = findNamed(module, name);
  if (named !== undefined) {
    replaceNode(named, choose);
    return;
  }
  const statements = assignments(module, name);
  if (statements.length === 0) throw new Error(`nothing is called ${name}`);
  for (const statement of statements) (statement as { value: Expression }).value = choose(statement.value);
}

/** In place, since all who read it hold the node. */
function replaceNode(node: Expression, choose: (right: Expression) => Expression): void {
  const right = { ...node, name: undefined } as Expression;
  const chosen = choose(right);
  delete (node as { lo?: number }).lo;
  Object.assign(node, { op: chosen.op, args: chosen.args });
}

/** Values of stages are named `<pipeline>_<value>_<stage>`. */
function findNamed(module: Module, name: string): Expression | undefined {
  return module.named.find((expression) => expression.op !== 'net' && expression.op !== 'const' && stripped(expression.name!) === name);
}

function stripped(name: string): string {
  return name.replace(/^(p|step)_/, '').replace(/_(differences|decisions|update|writeBack)$/, '');
}

type Assign = Extract<Statement, { readonly kind: 'assign' }>;

function assignments(module: Module, name: string): Assign[] {
  const found: Assign[] = [];
  const visit = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if (statement.kind === 'assign') {
        if (statement.target.name === name || (statement.target.kind === 'reg' && stripped(statement.target.name) === name)) found.push(statement);
      } else if (statement.kind === 'if') {
        visit(statement.then);
        visit(statement.otherwise);
      } else for (const arm of statement.arms) visit(arm.body);
    }
  };
  visit(module.clocked);
  for (const { drive } of [...module.wires, ...module.ports]) visit(drive);
  return found;
}

/** A named value, a port or a register as it is read. */
function valueOf(module: Module, name: string): Expression {
  const named = findNamed(module, name);
  if (named !== undefined) return named;
  const output = module.ports.find((net) => net.kind === 'output' && net.name === name);
  if (output !== undefined) return assignments(module, name)[0]!.value;
  const net = [...module.ports, ...module.registers].find((net) => net.name === name || (net.kind === 'reg' && stripped(net.name) === name));
  if (net === undefined) throw new Error(`nothing is called ${name}`);
  return netValue(module, net);
}

const values = new WeakMap<Module, Map<Net, Expression>>();

/** One object for each net, as everywhere. */
function netValue(module: Module, net: Net): Expression {
  let known = values.get(module);
  if (known === undefined) {
    known = new Map();
    const seen = new Set<Expression>();
    const collect = (expression: Expression): void => {
      if (seen.has(expression)) return;
      seen.add(expression);
      if (expression.op === 'net') known!.set(expression.net, expression);
      for (const arg of expression.args) collect(arg);
    };
    everyExpression(module, collect);
    values.set(module, known);
  }
  let value = known.get(net);
  if (value === undefined) known.set(net, (value = { op: 'net', width: net.width, net, args: [] }));
  return value;
}

/** All expressions that statements of the module hold. */
export function everyExpression(module: Module, visit: (expression: Expression) => void): void {
  const walk = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if (statement.kind === 'assign') visit(statement.value);
      else if (statement.kind === 'if') {
        visit(statement.condition);
        walk(statement.then);
        walk(statement.otherwise);
      } else {
        visit(statement.subject);
        for (const arm of statement.arms) walk(arm.body);
      }
    }
  };
  walk(module.clocked);
  for (const { drive } of [...module.wires, ...module.ports]) walk(drive);
  for (const expression of module.named) visit(expression);
}

export function operation(op: Operator, width: number, ...args: Expression[]): Expression {
  return { op, width, args };
}

export function constant(value: bigint, width: number): Expression {
  return { op: 'const', width, value, args: [] };
}
