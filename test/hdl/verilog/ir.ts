/** Hand-made IR for tests of the emitter: what the language would elaborate, and what it never would. */
import type { Design, Instance, Memory, Module } from '@vtoe/hdl/internal/ir/design';
import type { Expression, Operator } from '@vtoe/hdl/internal/ir/expression';
import { Locator } from '@vtoe/hdl/internal/ir/locator';
import type { EnumLabels, Net, NetKind, Register, Statement } from '@vtoe/hdl/internal/ir/net';

const at = Locator.here();

export interface NetOptions {
  readonly labels?: EnumLabels;
  readonly attributes?: Readonly<Record<string, string>>;
}

export function net(kind: NetKind, name: string, width: number, options: NetOptions = {}, register?: Register): Net {
  return {
    kind, name, width, isBool: width === 1, labels: options.labels, drive: [], register,
    attributes: new Map(Object.entries(options.attributes ?? {})), at,
  };
}

export const input = (name: string, width = 1, options?: NetOptions): Net => net('input', name, width, options);

/** Driven by a value, or by statements that are pushed later. */
export function output(name: string, width = 1, value?: Expression, options?: NetOptions): Net {
  return driven(net('output', name, width, options), value);
}

export function wire(name: string, width = 1, value?: Expression, options?: NetOptions): Net {
  return driven(net('wire', name, width, options), value);
}

export function driven(target: Net, value: Expression | undefined): Net {
  if (value !== undefined) target.drive.push(assign(target, value));
  return target;
}

export interface RegisterOptions extends NetOptions {
  /** undefined: reset does not touch it. */
  readonly reset?: bigint | undefined;
  readonly verificationOnly?: boolean;
}

export function register(name: string, width = 1, options: RegisterOptions = {}): Net {
  const { verificationOnly = false } = options;
  const reset = 'reset' in options ? options.reset : 0n;
  return net('reg', name, width, options, { reset, domain: 'clk', verificationOnly });
}

const values = new WeakMap<Net, Expression>();

/** One object for each net, as in elaborated designs. */
export function value(of: Net): Expression {
  let found = values.get(of);
  if (found === undefined) values.set(of, (found = { op: 'net', width: of.width, net: of, args: [] }));
  return found;
}

export function constant(width: number, of: bigint | number): Expression {
  return { op: 'const', width, value: BigInt.asUintN(width, BigInt(of)), args: [] };
}

export function bits(of: Expression, hi: number, lo: number): Expression {
  return { op: 'bits', width: hi - lo + 1, lo, args: [of] };
}

export function operation(op: Operator, width: number, ...args: readonly Expression[]): Expression {
  return { op, width, args };
}

export function named(name: string, expression: Expression): Expression {
  expression.name = name;
  return expression;
}

export const add = (a: Expression, b: Expression): Expression => operation('add', a.width, a, b);
export const sub = (a: Expression, b: Expression): Expression => operation('sub', a.width, a, b);
export const and = (a: Expression, b: Expression): Expression => operation('and', a.width, a, b);
export const or = (a: Expression, b: Expression): Expression => operation('or', a.width, a, b);
export const xor = (a: Expression, b: Expression): Expression => operation('xor', a.width, a, b);
export const not = (a: Expression): Expression => operation('not', a.width, a);
export const eq = (a: Expression, b: Expression): Expression => operation('eq', 1, a, b);
export const mux = (c: Expression, a: Expression, b: Expression): Expression => operation('mux', a.width, c, a, b);
export const choose = (index: Expression, ...elements: readonly Expression[]): Expression => operation('choose', elements[0]!.width, index, ...elements);
export const cat = (...parts: readonly Expression[]): Expression => operation('cat', parts.reduce((sum, part) => sum + part.width, 0), ...parts);

export function assign(target: Net, of: Expression): Statement {
  return { kind: 'assign', target, value: of, at };
}

export function when(condition: Expression, then: Statement[], otherwise: Statement[] = []): Statement {
  return { kind: 'if', condition, then, otherwise, at };
}

export function match(subject: Expression, arms: readonly (readonly [readonly (bigint | number)[], Statement[]])[], defaultArm = -1, labels?: EnumLabels): Statement {
  return { kind: 'case', subject, labels, arms: arms.map(([of, body]) => ({ values: of.map(BigInt), body })), defaultArm, at };
}

export function module(name: string, parts: Partial<Omit<Module, 'name' | 'at'>>): Module {
  return {
    name, parameters: [], ports: [], wires: [], registers: [], clocked: [], memories: [], instances: [], named: [], assertions: [],
    probes: [], attributes: new Map(), external: undefined, ...parts, at,
  };
}

export function instance(name: string, of: Module, inputs: Readonly<Record<string, Expression>>, attributes: Readonly<Record<string, string>> = {}): Instance {
  const nets = of.ports.map((port) => {
    const isInput = port.kind === 'input';
    return driven(net(isInput ? 'instanceInput' : 'instanceOutput', `${name}_${port.name}`, port.width, port.labels === undefined ? {} : { labels: port.labels }), isInput ? inputs[port.name]! : undefined);
  });
  return { name, module: of, domain: 'clk', nets, attributes: new Map(Object.entries(attributes)), at };
}

export function memory(name: string, width: number, depth: number, parts: Partial<Omit<Memory, 'name' | 'width' | 'depth' | 'at'>>): Memory {
  return { name, width, depth, fields: [{ name: '', lo: 0, width }], collision: 'old', init: undefined, reads: [], write: undefined, attributes: new Map(), ...parts, at };
}

export function read(data: Net, address: Expression, parts: { readonly synchronous?: boolean; readonly enable?: Expression; readonly outputRegister?: boolean } = {}): Memory['reads'][number] {
  const { synchronous = false, enable, outputRegister = false } = parts;
  return { name: 'read', address, kind: synchronous ? 'synchronous' : 'asynchronous', enable, outputRegister, data, domain: 'clk', at };
}

export function design(...modules: readonly [Module, ...Module[]]): Design {
  return { top: modules.at(-1)!, modules };
}
