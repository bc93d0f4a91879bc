/**
 * Whether anything changes: a module, and all below it, with one more output that says that no register changes at the
 * end of this cycle and no memory is written.
 *
 * A register's change is its own program over again, with "is it another value?" in the place of each value. So what is said is exact
 * for registers; a memory that is written counts as changed, whatever is written. The data register of a synchronous read follows
 * its address one cycle later and is not looked at.
 */
import type { Instance, Module } from './design.ts';
import type { Expression } from './expression.ts';
import type { Locator } from './locator.ts';
import type { Net, Statement } from './net.ts';
import { namesOf } from './traverse.ts';

/** Of the modules that have the output, and of the output. */
const SUFFIX = 'still';

export const ZERO: Expression = { op: 'const', width: 1, value: 0n, args: [] };
const ONE: Expression = { op: 'const', width: 1, value: 1n, args: [] };
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

/** What the parts of a module say, and the nets that it takes to say it. */
interface Stillness {
  readonly still: Expression;
  readonly wires: readonly Net[];
  readonly instances: readonly Instance[];
}

const made = new WeakMap<Module, Module>();

/** The module with the output, the last of its ports; of another name, since the one without may be in the same design. */
export function withStill(module: Module): Module {
  const before = made.get(module);
  if (before !== undefined) return before;
  const taken = namesOf(module);
  const { still, wires, instances } = stillness(module, new Set(), taken);
  const port = netOf('output', fresh(SUFFIX, taken), still, module.at);
  const result: Module = {
    ...module, name: `${module.name}_${SUFFIX}`, ports: [...module.ports, port], wires: [...module.wires, ...wires], instances,
  };
  made.set(module, result);
  return result;
}

/** Of a module without what is in `except`; `taken`, its names, grows. Instances are new where they have the output. */
export function stillness(module: Module, except: ReadonlySet<Instance>, taken: Set<string> = namesOf(module)): Stillness {
  // What a foreign module does, nobody knows.
  if (module.external !== undefined) return { still: ZERO, wires: [], instances: module.instances };
  const changes: Expression[] = [];
  const wires: Net[] = [];
  for (const [register, program] of programs(module.clocked)) {
    if (register.register?.verificationOnly === true) continue;
    const net = netOf('wire', fresh(`${register.name}_changes`, taken), ZERO, register.at);
    net.drive.push(...program.map((statement) => asChange(statement, register, net)));
    wires.push(net);
    changes.push(valueOf(net));
  }
  for (const { write } of module.memories) if (write !== undefined) changes.push(write.enable ?? ONE);
  const stills: Expression[] = [];
  const instances = module.instances.map((instance) => {
    if (except.has(instance)) return instance;
    const below = withStill(instance.module);
    const port = below.ports.at(-1)!;
    const net = netOf('instanceOutput', fresh(`${instance.name}_${port.name}`, taken), undefined, instance.at);
    stills.push(valueOf(net));
    return { ...instance, module: below, nets: [...instance.nets, net] };
  });
  const still = [...stills, ...changes.map((change): Expression => ({ op: 'not', width: 1, args: [change] }))];
  return { still: all(still), wires, instances };
}

/** By register: those of the statements that assign it, with what they stand under. */
function programs(statements: readonly Statement[]): Map<Net, Statement[]> {
  const result = new Map<Net, Statement[]>();
  const add = (target: Net, statement: Statement): void => {
    const program = result.get(target);
    if (program === undefined) result.set(target, [statement]);
    else program.push(statement);
  };
  for (const statement of statements) {
    if (statement.kind === 'assign') add(statement.target, statement);
    else if (statement.kind === 'if') {
      const [then, otherwise] = [programs(statement.then), programs(statement.otherwise)];
      for (const target of new Set([...then.keys(), ...otherwise.keys()])) add(target, { ...statement, then: then.get(target) ?? [], otherwise: otherwise.get(target) ?? [] });
    } else {
      const bodies = statement.arms.map(({ body }) => programs(body));
      for (const target of new Set(bodies.flatMap((body) => [...body.keys()]))) {
        add(target, { ...statement, arms: statement.arms.map((arm, i) => ({ ...arm, body: bodies[i]!.get(target) ?? [] })) });
      }
    }
  }
  return result;
}

/** The statement, with whether the value is another one than the register's in the place of each value. */
function asChange(statement: Statement, register: Net, target: Net): Statement {
  const list = (statements: readonly Statement[]): Statement[] => statements.map((inner) => asChange(inner, register, target));
  switch (statement.kind) {
    case 'assign': {
      const { value, at } = statement;
      const holds = value.op === 'net' && value.net === register;
      return { kind: 'assign', target, value: holds ? ZERO : { op: 'ne', width: 1, args: [value, valueOf(register)] }, at };
    }
    case 'if': return { ...statement, then: list(statement.then), otherwise: list(statement.otherwise) };
    case 'case': return { ...statement, arms: statement.arms.map((arm) => ({ ...arm, body: list(arm.body) })) };
    default: return statement;
  }
}

/** A tree, so that it is not as deep as there are parts. */
function all(parts: readonly Expression[]): Expression {
  if (parts.length === 0) return ONE;
  if (parts.length === 1) return parts[0]!;
  const middle = parts.length >> 1;
  return { op: 'and', width: 1, args: [all(parts.slice(0, middle)), all(parts.slice(middle))] };
}

function valueOf(net: Net): Expression {
  return { op: 'net', width: net.width, net, args: [] };
}

function netOf(kind: Net['kind'], name: string, value: Expression | undefined, at: Locator): Net {
  const drive: Net['drive'] = [];
  const net: Net = { kind, name, width: 1, isBool: true, labels: undefined, drive, register: undefined, attributes: NO_ATTRIBUTES, at };
  if (value !== undefined) drive.push({ kind: 'assign', target: net, value, at });
  return net;
}

function fresh(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i += 1) name = `${wanted}_${i}`;
  taken.add(name);
  return name;
}
