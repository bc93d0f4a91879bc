/** What an elaborated module of one level means: its statements executed in the plainest way, for tests of the language without an engine. */
import { elaborate, type InnerPorts, type Module, module, type Names, type PortRecord } from '@vtoe/hdl';
import { evaluate } from '@vtoe/hdl/internal/ir/evaluate';

type Net = Module['ports'][number];
type Statement = Net['drive'][number];

/** Values of nets by name; what is not given is 0. */
export interface Values {
  readonly [name: string]: bigint;
}

export interface Meaning {
  /** A net's value in this cycle. */
  value(name: string): bigint;
  /** A register's value in the next cycle, outside of reset. */
  next(name: string): bigint;
}

/** @param given inputs, registers and data of read ports, by name */
export function meaningOf(subject: Module, given: Values): Meaning {
  const values = new Map<Net, bigint>();
  const valueOf = (net: Net): bigint => {
    let value = values.get(net);
    if (value === undefined) {
      const isDriven = net.kind === 'wire' || net.kind === 'output';
      values.set(net, (value = isDriven ? execute(net.drive, valueOf).get(net)! : given[net.name] ?? 0n));
    }
    return value;
  };
  const nets = [...subject.ports, ...subject.wires, ...subject.registers];
  const byName = (name: string) => nets.find((net) => net.name === name)!;
  return {
    value: (name) => valueOf(byName(name)),
    next: (name) => execute(subject.clocked, valueOf).get(byName(name)) ?? valueOf(byName(name)),
  };
}

/** What the statements assign: the last one wins. */
export function execute(statements: readonly Statement[], valueOf: (net: Net) => bigint, into = new Map<Net, bigint>()): Map<Net, bigint> {
  for (const statement of statements) {
    if (statement.kind === 'assign') into.set(statement.target, evaluate(statement.value, valueOf));
    else if (statement.kind === 'if') execute(evaluate(statement.condition, valueOf) === 1n ? statement.then : statement.otherwise, valueOf, into);
    else {
      const subject = evaluate(statement.subject, valueOf);
      const taken = statement.arms.find(({ values }) => values.includes(subject)) ?? statement.arms[statement.defaultArm];
      execute(taken?.body ?? [], valueOf, into);
    }
  }
  return into;
}

/** Elaborates a module and gives its meaning for any values. */
export function meaning<const P extends PortRecord>(ports: P, body: (io: InnerPorts<P>) => Names): (given?: Values) => Meaning {
  const subject = elaborate(module('subject', {}, ports, body)).top;
  return (given = {}) => meaningOf(subject, given);
}
