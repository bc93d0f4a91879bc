/**
 * The module that is being elaborated now: nets, statements and the control path as the body runs.
 *
 * Operators and statements find it through {@link current}; it is set only while a body runs, so there is no state
 * between elaborations.
 */
import { fail, failAt } from '../check/error.ts';
import type { Assertion, Instance, Memory, MemoryRead, Probe } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import { Locator } from '../ir/locator.ts';
import type { EnumLabels, Net, NetKind, Register, Statement } from '../ir/net.ts';
import type { Scope } from './scope.ts';
import { conditionOf, type Path, StatementTree } from './statement-tree.ts';

/** What a net is made of before it has its name. */
export interface NetOptions {
  readonly kind: NetKind;
  readonly width: number;
  readonly name?: string;
  readonly isBool?: boolean;
  readonly labels?: EnumLabels | undefined;
  readonly register?: Register;
  readonly attributes?: ReadonlyMap<string, string>;
  readonly at?: Locator;
}

/** A memory under construction: write sites are merged when the body has ended. */
export interface MemoryDraft {
  readonly memory: Memory & { reads: MemoryRead[]; write: Memory['write'] };
  readonly scope: Scope | undefined;
  finish(): void;
}

export interface InstanceDraft {
  readonly instance: Instance;
  readonly scope: Scope | undefined;
  /** Name that it takes if the returned record does not give one, or empty. */
  readonly fallback: string;
}

export class Builder {
  readonly name: string;
  readonly at: Locator;
  /** The module whose body instantiates this one, if it is elaborated from there. */
  readonly parent: Builder | undefined = running;
  readonly nets: Net[] = [];
  readonly memories: MemoryDraft[] = [];
  readonly instances: InstanceDraft[] = [];
  readonly scopes: Scope[] = [];
  readonly assertions: Assertion[] = [];
  readonly probes: Probe[] = [];
  /** Wires that say whether anything changes, but in those instances. */
  readonly stills: { readonly net: Net; readonly except: ReadonlySet<Instance> }[] = [];
  readonly clocked = new StatementTree();
  /** Frames of `when` and `match` around the statement that runs now. */
  path: Path = [];
  scope: Scope | undefined;
  readonly scopeOf = new Map<Net, Scope>();
  readonly valueOf = new Map<Net, Expression>();
  /** Port or instance port that a net is a leaf of: the name that helpers' state takes from what it drives. */
  readonly group = new Map<Net, string>();
  /** Of an instance's net: which port of what it is. */
  readonly portOf = new Map<Net, string>();
  readonly #trees = new Map<Net, StatementTree>();
  readonly #connected = new Map<Net, Locator>();

  constructor(name: string, at: Locator) {
    this.name = name;
    this.at = at;
  }

  net(options: NetOptions): Net {
    const tree = new StatementTree();
    const net: Net = {
      kind: options.kind,
      name: options.name ?? '',
      width: options.width,
      isBool: options.isBool ?? false,
      labels: options.labels,
      drive: tree.statements,
      register: options.register,
      attributes: options.attributes ?? NO_ATTRIBUTES,
      at: options.at ?? Locator.here(),
    };
    this.nets.push(net);
    this.#trees.set(net, tree);
    if (this.scope !== undefined) this.scopeOf.set(net, this.scope);
    return net;
  }

  /** The one expression object that stands for a net's value. */
  value(net: Net): Expression {
    let value = this.valueOf.get(net);
    if (value === undefined) this.valueOf.set(net, (value = { op: 'net', width: net.width, net, args: [] }));
    return value;
  }

  /** A statement: later ones win, the control path applies. */
  assign(target: Net, value: Expression, at: Locator): void {
    const connected = this.#connected.get(target);
    if (connected !== undefined) failAt(at, 'several-drivers', this.label(target), connected.toString());
    const tree = target.kind === 'reg' ? this.clocked : this.#trees.get(target)!;
    tree.assign(this.path, { kind: 'assign', target, value, at });
  }

  /** A structural connection: nothing else may drive the net, before or after. */
  connect(target: Net, value: Expression, at: Locator): void {
    if (this.path.length > 0) failAt(at, 'connect-in-when', this.label(target));
    const before = this.#connected.get(target) ?? target.drive[0]?.at;
    if (before !== undefined) failAt(at, 'several-drivers', this.label(target), before.toString());
    this.#connected.set(target, at);
    this.#trees.get(target)!.assign([], { kind: 'assign', target, value, at });
  }

  /** Condition under which the running statement runs; undefined = always. */
  enable(): Expression | undefined {
    return conditionOf(this.path);
  }

  /** What a net is, for errors: it may have no name yet. */
  label(net: Net): string {
    switch (net.kind) {
      case 'reg': return `the register declared at ${net.at.toString()}`;
      case 'wire': return `the wire declared at ${net.at.toString()}`;
      case 'instanceInput':
      case 'instanceOutput': return this.portOf.get(net)!;
      default: return `${net.kind} ${net.name}`;
    }
  }

  get statements(): readonly Statement[] {
    return this.clocked.statements;
  }
}

/** The ports that every module has, and what they are. */
export const IMPLICIT_PORTS: ReadonlyMap<string, string> = new Map([['clk', 'the clock'], ['rst', 'the reset']]);

export const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

let running: Builder | undefined;

/** The module whose body runs now. @throws outside of a body: `what` names the call that needs one */
export function current(what: string): Builder {
  return running ?? fail('outside-module', what);
}

export function currentOrNone(): Builder | undefined {
  return running;
}

/** Runs `body` as `builder`'s; bodies of instantiated modules nest. */
export function withBuilder<R>(builder: Builder, body: () => R): R {
  const outer = running;
  running = builder;
  try {
    return body();
  } finally {
    running = outer;
  }
}
