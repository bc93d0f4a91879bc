/** Builds IR by hand, without the language: tests of the simulator must not depend on it. */
import type { Assertion, Design, Instance, Memory, MemoryRead, Module, Probe } from '@vtoe/hdl/internal/ir/design';
import type { Expression, Operator } from '@vtoe/hdl/internal/ir/expression';
import { Locator } from '@vtoe/hdl/internal/ir/locator';
import type { EnumLabels, Net, NetKind, Statement } from '@vtoe/hdl/internal/ir/net';

export const AT = Locator.here();
const DOMAIN = 'clk';
const NONE: ReadonlyMap<string, string> = new Map();

export interface NetOptions {
  readonly isBool?: boolean;
  readonly labels?: EnumLabels;
  /** Reset value of a register; absent = no reset. */
  readonly reset?: bigint;
  readonly verificationOnly?: boolean;
}

export function net(kind: NetKind, name: string, width: number, options: NetOptions = {}): Net {
  return {
    kind, name, width, isBool: options.isBool ?? false, labels: options.labels, drive: [], attributes: NONE, at: AT,
    register: kind === 'reg' ? { reset: options.reset, domain: DOMAIN, verificationOnly: options.verificationOnly ?? false } : undefined,
  };
}

export const input = (name: string, width: number, options?: NetOptions): Net => net('input', name, width, options);
export const reg = (name: string, width: number, options?: NetOptions): Net => net('reg', name, width, options);

/** An output or wire with its one driver. */
export function driven(kind: 'output' | 'wire', name: string, value: Expression, options?: NetOptions): Net {
  const made = net(kind, name, value.width, options);
  made.drive.push(assign(made, value));
  return made;
}

export const output = (name: string, value: Expression, options?: NetOptions): Net => driven('output', name, value, options);
export const wire = (name: string, value: Expression, options?: NetOptions): Net => driven('wire', name, value, options);

export const value = (of: Net): Expression => ({ op: 'net', width: of.width, net: of, args: [] });
export const constant = (width: number, bits: bigint | number): Expression => ({ op: 'const', width, value: BigInt(bits), args: [] });
export const operation = (op: Operator, width: number, ...args: Expression[]): Expression => ({ op, width, args });
export const bits = (a: Expression, lo: number, width: number): Expression => ({ op: 'bits', width, lo, args: [a] });

export const assign = (target: Net, to: Expression): Statement => ({ kind: 'assign', target, value: to, at: AT });
export const when = (condition: Expression, then: Statement[], otherwise: Statement[] = []): Statement => ({ kind: 'if', condition, then, otherwise, at: AT });
export const match = (subject: Expression, arms: readonly { values: readonly bigint[]; body: Statement[] }[], defaultArm = -1): Statement =>
  ({ kind: 'case', subject, labels: undefined, arms, defaultArm, at: AT });

export function module(name: string, parts: Partial<Omit<Module, 'name'>>): Module {
  return {
    name, parameters: [], ports: [], wires: [], registers: [], clocked: [], memories: [], instances: [], named: [], assertions: [], probes: [],
    attributes: NONE, external: undefined, at: AT, ...parts,
  };
}

/** `inputs`: what drives each input, by name. The nets of the outputs can be read with {@link outputOf}. */
export function instance(name: string, of: Module, inputs: Readonly<Record<string, Expression>>): Instance {
  const nets = of.ports.map((port) => {
    const made = net(port.kind === 'input' ? 'instanceInput' : 'instanceOutput', `${name}_${port.name}`, port.width);
    if (port.kind === 'input') made.drive.push(assign(made, inputs[port.name]!));
    return made;
  });
  return { name, module: of, domain: DOMAIN, nets, attributes: NONE, at: AT };
}

export function outputOf({ nets, module: of }: Instance, port: string): Expression {
  return value(nets[of.ports.findIndex((one) => one.name === port)]!);
}

export interface ReadOptions {
  readonly kind?: MemoryRead['kind'];
  readonly enable?: Expression;
  readonly outputRegister?: boolean;
}

export function memoryRead(memory: string, name: string, width: number, address: Expression, options: ReadOptions = {}): MemoryRead {
  return {
    name, address, kind: options.kind ?? 'synchronous', enable: options.enable, outputRegister: options.outputRegister ?? false,
    data: net('memoryRead', `${memory}_${name}`, width), domain: DOMAIN, at: AT,
  };
}

export interface MemoryOptions {
  readonly collision?: Memory['collision'];
  readonly init?: readonly bigint[];
  readonly reads?: readonly MemoryRead[];
  readonly write?: { address: Expression; data: Expression; enable?: Expression; mask?: Expression; lanes?: readonly { lo: number; width: number }[] };
}

export function memory(name: string, width: number, depth: number, { collision = 'old', init, reads = [], write }: MemoryOptions): Memory {
  return {
    name, width, depth, fields: [{ name: 'data', lo: 0, width }], collision, init, reads, attributes: NONE, at: AT,
    write: write === undefined ? undefined : { enable: write.enable, address: write.address, data: write.data, mask: write.mask, lanes: write.lanes ?? [], domain: DOMAIN },
  };
}

export const assertion = (condition: Expression, message: string, kind: Assertion['kind'] = 'assert', enable?: Expression): Assertion =>
  ({ kind, enable, condition, message, domain: DOMAIN, at: AT });

export const probe = (name: string, enable: Expression, fields: Readonly<Record<string, Expression>>): Probe =>
  ({ name, enable, at: AT, fields: Object.entries(fields).map(([field, of]) => ({ name: field, value: of, isBool: false, labels: undefined })) });

/** `top` with the modules of all instances below. */
export function design(top: Module): Design {
  const modules: Module[] = [];
  const visit = (one: Module): void => {
    if (modules.includes(one)) return;
    for (const child of one.instances) visit(child.module);
    modules.push(one);
  };
  visit(top);
  return { top, modules };
}

/** Width of an operator's result; for `cat`, `mux` and the like as their arguments say. `sext`, `zext`, `bits`, `repeat` have their own. */
export function clog2(n: number): number {
  return n <= 1 ? 0 : 32 - Math.clz32(n - 1);
}
