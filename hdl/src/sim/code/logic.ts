/**
 * What drives each net of a module, as one expression: statement trees turned into multiplexers.
 *
 * Done once per module, however often it is instantiated; compiler and interpreter read the same result.
 */
import type { Memory, MemoryRead, Module } from '../../ir/design.ts';
import type { Expression } from '../../ir/expression.ts';
import type { Case, If, Net, Statement } from '../../ir/net.ts';
import { SimulationError } from '../error.ts';
import { Numbering } from './numbering.ts';

export class ModuleLogic {
  readonly module: Module;
  readonly numbering = new Numbering();
  /** The memory port that a `memoryRead` net belongs to. */
  readonly readPorts: ReadonlyMap<Net, { readonly memory: Memory; readonly read: MemoryRead }>;
  readonly #drives = new Map<Net, Expression>();
  #next: ReadonlyMap<Net, Expression> | undefined;

  constructor(module: Module) {
    this.module = module;
    this.readPorts = new Map(
      module.memories.flatMap((memory) => memory.reads.map((read) => [read.data, { memory, read }] as const)),
    );
  }

  /** Value of a combinational net: wire, output or instance input. */
  drive(net: Net): Expression {
    let value = this.#drives.get(net);
    if (value === undefined) {
      value = execute(net.drive, new Map()).get(net);
      if (value === undefined) throw new SimulationError(`net ${net.name} of module ${this.module.name} has no driver`);
      this.#drives.set(net, value);
    }
    return value;
  }

  /** Value that a register takes at the next edge outside reset. */
  next(register: Net): Expression {
    if (this.#next === undefined) {
      const hold = new Map(this.module.registers.map((one) => [one, netValue(one)]));
      this.#next = execute(this.module.clocked, hold);
    }
    return this.#next.get(register) ?? netValue(register);
  }
}

export function netValue(net: Net): Expression {
  return { op: 'net', width: net.width, net, args: [] };
}

/** Runs over one list of statements; `pending` is the branching statement whose branches are being run. */
interface Frame {
  readonly statements: readonly Statement[];
  position: number;
  /** Nets assigned in this frame, with their values before it. */
  readonly before: Map<Net, Expression | undefined>;
  pending: { readonly statement: If | Case; readonly branches: readonly (readonly Statement[])[]; readonly outcomes: Map<Net, Expression>[] } | undefined;
}

/**
 * Value of every assigned net after the statements, last assignment wins. `initial` has the values before them.
 *
 * An explicit stack instead of recursion: a chain of `elsewhen` is nested as deep as it is long.
 */
function execute(statements: readonly Statement[], initial: ReadonlyMap<Net, Expression>): ReadonlyMap<Net, Expression> {
  const values = new Map<Net, Expression>(initial);
  const stack: Frame[] = [frameOf(statements)];
  const assign = (frame: Frame, net: Net, value: Expression): void => {
    if (!frame.before.has(net)) frame.before.set(net, values.get(net));
    values.set(net, value);
  };

  while (stack.length > 0) {
    const frame = stack.at(-1)!;
    const { pending } = frame;
    if (pending !== undefined) {
      const branch = pending.branches[pending.outcomes.length];
      if (branch !== undefined) {
        stack.push(frameOf(branch));
        continue;
      }
      frame.pending = undefined;
      for (const [net, value] of merge(pending.statement, pending.outcomes, values)) assign(frame, net, value);
      continue;
    }
    const statement = frame.statements[frame.position];
    frame.position += 1;
    if (statement === undefined) {
      stack.pop();
      const parent = stack.at(-1)?.pending;
      if (parent !== undefined) parent.outcomes.push(leave(frame, values));
    } else if (statement.kind === 'assign') {
      assign(frame, statement.target, statement.value);
    } else {
      const branches = statement.kind === 'if' ? [statement.then, statement.otherwise] : statement.arms.map((arm) => arm.body);
      frame.pending = { statement, branches, outcomes: [] };
    }
  }
  return values;
}

function frameOf(statements: readonly Statement[]): Frame {
  return { statements, position: 0, before: new Map(), pending: undefined };
}

/** What a branch assigned; `values` is put back to what it was before the branch. */
function leave(frame: Frame, values: Map<Net, Expression>): Map<Net, Expression> {
  const outcome = new Map<Net, Expression>();
  for (const [net, before] of frame.before) {
    outcome.set(net, values.get(net)!);
    if (before === undefined) values.delete(net);
    else values.set(net, before);
  }
  return outcome;
}

function merge(
  statement: If | Case,
  outcomes: readonly ReadonlyMap<Net, Expression>[],
  values: ReadonlyMap<Net, Expression>,
): Map<Net, Expression> {
  const merged = new Map<Net, Expression>();
  const conditions = statement.kind === 'case' ? armConditions(statement) : [];
  const isFull = statement.kind === 'case' && covers(statement);
  for (const outcome of outcomes) {
    for (const net of outcome.keys()) {
      if (merged.has(net)) continue;
      const before = values.get(net);
      const arms = outcomes.map((one) => one.get(net) ?? before);
      merged.set(net, statement.kind === 'if' ? choice(statement.condition, arms[0], arms[1]) : caseValue(statement, conditions, isFull, arms, before));
    }
  }
  return merged;
}

/** A path that assigns nothing before something later assigns on every path: any value will do there. */
function choice(condition: Expression, a: Expression | undefined, b: Expression | undefined): Expression {
  if (a === undefined || a === b) return b!;
  if (b === undefined) return a;
  return { op: 'mux', width: a.width, args: [condition, a, b] };
}

/** Condition of every arm, without a look at whether it is the default; undefined for an arm without values. */
function armConditions(statement: Case): (Expression | undefined)[] {
  const { subject } = statement;
  return statement.arms.map(({ values }) => {
    const hits = values.map((value): Expression => ({ op: 'eq', width: 1, args: [subject, { op: 'const', width: subject.width, value, args: [] }] }));
    return hits.length === 0 ? undefined : hits.reduce((a, b): Expression => ({ op: 'or', width: 1, args: [a, b] }));
  });
}

function caseValue(
  statement: Case,
  conditions: readonly (Expression | undefined)[],
  isFull: boolean,
  arms: readonly (Expression | undefined)[],
  before: Expression | undefined,
): Expression {
  const { defaultArm } = statement;
  let rest = defaultArm === -1 ? before : arms[defaultArm];
  // When the arms name every value, nothing is left for the rest: the last arm needs no comparison.
  let last = arms.length - 1;
  if (defaultArm === -1 && isFull) {
    rest = arms[last];
    last -= 1;
  }
  const distinct = arms.filter((value) => value !== rest).length;
  if (distinct >= LEAST_TABLE) {
    const table = tableOf(statement, arms, rest);
    if (table !== undefined) return table;
  }
  for (let i = last; i >= 0; i -= 1) {
    const condition = conditions[i];
    if (i === defaultArm || condition === undefined) continue;
    rest = choice(condition, arms[i], rest);
  }
  return rest!;
}

function covers(statement: Case): boolean {
  const { width } = statement.subject;
  return width <= 16 && new Set(statement.arms.flatMap((arm) => arm.values)).size === 2 ** width;
}

/** A `case` with this many different arms becomes a choice by index, if its values are dense. */
const LEAST_TABLE = 5;

/** The case as one choice by index, the remaining values as the last element; undefined if the values are sparse. */
function tableOf(statement: Case, arms: readonly (Expression | undefined)[], rest: Expression | undefined): Expression | undefined {
  const { subject } = statement;
  const values = statement.arms.flatMap((arm) => arm.values);
  const highest = values.reduce((a, b) => (b > a ? b : a), 0n);
  if (highest > BigInt(values.length * 2 + 2)) return undefined;
  const size = Number(highest) + 1;
  const elements = Array<Expression | undefined>(size).fill(rest);
  for (const [i, arm] of statement.arms.entries()) {
    for (const value of arm.values) elements[Number(value)] = arms[i];
  }
  if (subject.width > 31 || size < 2 ** subject.width) elements.push(rest);
  const filler = elements.find((element) => element !== undefined)!;
  return { op: 'choose', width: filler.width, args: [subject, ...elements.map((element) => element ?? filler)] };
}
