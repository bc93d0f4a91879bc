/**
 * Copies a design with changes. Nets and expressions are compared by identity, so a copy has its own of both; shared
 * expressions stay shared. Assertions and probes are left out: engines are compared without them.
 */
import type { Design, Instance, Memory, Module } from '@vtoe/hdl/internal/ir/design';
import type { Expression, Operator } from '@vtoe/hdl/internal/ir/expression';
import type { Net, Register, Statement } from '@vtoe/hdl/internal/ir/net';

export interface Rewrites {
  /** Gets an expression whose arguments are rewritten already. */
  readonly expression?: (expression: Expression) => Expression;
  /** A list of statements, innermost lists first. */
  readonly statements?: (list: readonly Statement[]) => readonly Statement[];
  readonly register?: (register: Register, net: Net) => Register;
  readonly memory?: (memory: Memory) => Memory;
  /** The whole module, after everything else. */
  readonly module?: (module: Module) => Module;
}

export function rewriteDesign(design: Design, rewrites: Rewrites): Design {
  const copies = new Map<Module, Module>();
  for (const module of design.modules) copies.set(module, new Copy(rewrites, copies).module(module));
  return { top: copies.get(design.top)!, modules: [...copies.values()] };
}

class Copy {
  readonly #rewrites: Rewrites;
  readonly #modules: ReadonlyMap<Module, Module>;
  readonly #nets = new Map<Net, Net>();
  readonly #values = new Map<Net, Expression>();
  readonly #expressions = new Map<Expression, Expression>();

  constructor(rewrites: Rewrites, modules: ReadonlyMap<Module, Module>) {
    this.#rewrites = rewrites;
    this.#modules = modules;
  }

  module(module: Module): Module {
    const copy: Module = {
      ...module,
      ports: module.ports.map((net) => this.#net(net)),
      wires: module.wires.map((net) => this.#net(net)),
      registers: module.registers.filter((net) => !net.register!.verificationOnly).map((net) => this.#net(net)),
      clocked: this.#statements(module.clocked),
      memories: module.memories.map((memory) => this.#memory(memory)),
      instances: module.instances.map((instance) => this.#instance(instance)),
      named: [], assertions: [], probes: [],
    };
    for (const [from, to] of this.#nets) to.drive.push(...this.#statements(from.drive));
    return this.#rewrites.module?.(copy) ?? copy;
  }

  #net(net: Net): Net {
    let copy = this.#nets.get(net);
    if (copy === undefined) {
      const register = net.register && (this.#rewrites.register?.(net.register, net) ?? net.register);
      this.#nets.set(net, (copy = { ...net, drive: [], register }));
    }
    return copy;
  }

  #instance(instance: Instance): Instance {
    return { ...instance, module: this.#modules.get(instance.module) ?? instance.module, nets: instance.nets.map((net) => this.#net(net)) };
  }

  #memory(memory: Memory): Memory {
    const { write } = memory;
    const optional = (expression: Expression | undefined) => expression && this.#expression(expression);
    const copy: Memory = {
      ...memory,
      reads: memory.reads.map((read) => ({ ...read, address: this.#expression(read.address), enable: optional(read.enable), data: this.#net(read.data) })),
      write: write && { ...write, enable: optional(write.enable), address: this.#expression(write.address), data: this.#expression(write.data), mask: optional(write.mask) },
    };
    return this.#rewrites.memory?.(copy) ?? copy;
  }

  #statements(list: readonly Statement[]): Statement[] {
    const copies = list.filter((statement) => statement.kind !== 'assign' || statement.target.register?.verificationOnly !== true).map((statement): Statement => {
      switch (statement.kind) {
        case 'assign': return { ...statement, target: this.#net(statement.target), value: this.#expression(statement.value) };
        case 'if': return { ...statement, condition: this.#expression(statement.condition), then: this.#statements(statement.then), otherwise: this.#statements(statement.otherwise) };
        case 'case': return {
          ...statement, subject: this.#expression(statement.subject),
          arms: statement.arms.map((arm) => ({ ...arm, body: this.#statements(arm.body) })),
        };
      }
    });
    return [...this.#rewrites.statements?.(copies) ?? copies];
  }

  #expression(expression: Expression): Expression {
    let copy = this.#expressions.get(expression);
    if (copy === undefined) {
      const own = this.#own(expression);
      copy = this.#rewrites.expression?.(own) ?? own;
      this.#expressions.set(expression, copy);
    }
    return copy;
  }

  #own(expression: Expression): Expression {
    switch (expression.op) {
      case 'const': return expression;
      case 'net': {
        const net = this.#net(expression.net);
        let value = this.#values.get(net);
        if (value === undefined) this.#values.set(net, (value = { ...expression, net, name: undefined }));
        return value;
      }
      case 'bits': return { ...expression, name: undefined, args: [this.#expression(expression.args[0])] };
      default: return { ...expression, name: undefined, args: expression.args.map((arg) => this.#expression(arg)) };
    }
  }
}

/** Expressions of a module rewritten where they are read combinationally, in nets' drivers only. */
export function mapExpressions(root: Expression, map: (expression: Expression) => Expression | undefined, done = new Map<Expression, Expression>()): Expression {
  const known = done.get(root);
  if (known !== undefined) return known;
  const mapped = map(root);
  const result = mapped ?? (root.args.length === 0 ? root : { ...root, args: root.args.map((arg) => mapExpressions(arg, map, done)) } as Expression);
  done.set(root, result);
  return result;
}

export function operation(op: Operator, width: number, ...args: readonly Expression[]): Expression {
  return { op, width, args };
}

export function constant(width: number, value: bigint | number): Expression {
  return { op: 'const', width, value: BigInt.asUintN(width, BigInt(value)), args: [] };
}

export function bits(of: Expression, lo: number, width: number): Expression {
  return lo === 0 && width === of.width ? of : { op: 'bits', width, lo, args: [of] };
}

/** First argument most significant. */
export function cat(...args: readonly Expression[]): Expression {
  return args.length === 1 ? args[0]! : operation('cat', args.reduce((sum, arg) => sum + arg.width, 0), ...args);
}

export function not(of: Expression): Expression {
  return operation('not', of.width, of);
}

export function mux(condition: Expression, a: Expression, b: Expression): Expression {
  return operation('mux', a.width, condition, a, b);
}

export function valueOf(net: Net): Expression {
  return { op: 'net', width: net.width, net, args: [] };
}

/** `of` with its bits from `lo` up replaced by zeros. */
export function lowBits(of: Expression, lo: number): Expression {
  return cat(constant(of.width - lo, 0), bits(of, 0, lo));
}
