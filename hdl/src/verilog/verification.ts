/**
 * What exists for assertions only: it goes into the verification layer, and synthesizable output has none of it.
 *
 * That is registers, wires and named expressions that assertions read and hardware does not: outputs, instances,
 * memories and probes are where hardware ends. What nobody reads at all stays with the hardware: the designer gave it
 * a name to see it in a waveform.
 */
import type { Module } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import type { Net } from '../ir/net.ts';
import { assignmentsOf, expressionsOfMemory, type Guard, type GuardedAssign, visitExpressions } from '../ir/traverse.ts';

export interface Verification {
  readonly nets: ReadonlySet<Net>;
  readonly named: ReadonlySet<Expression>;
}

export function verificationOnly(module: Module): Verification {
  const movable = [...module.registers, ...module.wires];
  const marked = module.registers.filter((net) => net.register!.verificationOnly);
  if (module.assertions.length === 0 && marked.length === 0) return { nets: new Set(), named: new Set() };

  const drivers = driversOf(module);
  const hardware = reach(drivers);
  // Probes are read from outside whether or not this text has their ports.
  for (const { enable, fields } of module.probes) [enable, ...fields.map(({ value }) => value)].forEach(hardware.from);
  for (const net of [...module.ports, ...module.instances.flatMap(({ nets }) => nets)]) hardware.fromNet(net);
  module.memories.flatMap(expressionsOfMemory).forEach(hardware.from);

  const assertions = reach(drivers);
  for (const { enable, condition } of module.assertions) [enable, condition].forEach((read) => read !== undefined && assertions.from(read));
  for (const net of marked) assertions.fromNet(net);

  for (const net of movable) if (!assertions.nets.has(net)) hardware.fromNet(net);
  for (const expression of module.named) if (!assertions.expressions.has(expression)) hardware.from(expression);

  return {
    nets: new Set(movable.filter((net) => !hardware.nets.has(net))),
    named: new Set(module.named.filter((expression) => !hardware.expressions.has(expression))),
  };
}

/** Assignments by their target. */
function driversOf(module: Module): Map<Net, GuardedAssign[]> {
  const drivers = new Map<Net, GuardedAssign[]>();
  const combinational = [...module.ports, ...module.wires, ...module.instances.flatMap(({ nets }) => nets)];
  for (const assign of [...assignmentsOf(module.clocked), ...combinational.flatMap(({ drive }) => assignmentsOf(drive))]) {
    const list = drivers.get(assign.target);
    if (list === undefined) drivers.set(assign.target, [assign]);
    else list.push(assign);
  }
  return drivers;
}

interface Reach {
  readonly expressions: ReadonlySet<Expression>;
  readonly nets: ReadonlySet<Net>;
  readonly from: (expression: Expression) => void;
  readonly fromNet: (net: Net) => void;
}

/** What is read, through wires and registers. */
function reach(drivers: ReadonlyMap<Net, readonly GuardedAssign[]>): Reach {
  const expressions = new Set<Expression>();
  const nets = new Set<Net>();
  const guards = new Set<Guard>();
  const queue: Net[] = [];

  function read(expression: Expression): void {
    visitExpressions(expression, expressions, (visited) => {
      if (visited.op === 'net') queue.push(visited.net);
    });
  }

  function settle(): void {
    for (let net = queue.pop(); net !== undefined; net = queue.pop()) {
      if (nets.has(net)) continue;
      nets.add(net);
      for (const { value, guard } of drivers.get(net) ?? []) {
        read(value);
        for (let above = guard; above !== undefined && !guards.has(above); above = above.above) {
          guards.add(above);
          read(above.condition);
        }
      }
    }
  }

  return {
    expressions,
    nets,
    from(expression) {
      read(expression);
      settle();
    },
    fromNet(net) {
      queue.push(net);
      settle();
    },
  };
}
