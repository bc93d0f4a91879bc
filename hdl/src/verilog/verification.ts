/**
 * What exists for assertions only: it goes into the verification layer, and synthesizable output has none of it.
 *
 * That is registers marked so, and wires and named expressions that nothing but assertions reads. What nobody reads at
 * all stays with the hardware: the designer gave it a name to see it in a waveform.
 */
import type { Module } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import type { Net } from '../ir/net.ts';
import { expressionsOf, expressionsOfMemory, visitExpressions } from '../ir/traverse.ts';

export interface Verification {
  readonly nets: ReadonlySet<Net>;
  readonly named: ReadonlySet<Expression>;
}

export function verificationOnly(module: Module): Verification {
  const marked = module.registers.filter((net) => net.register!.verificationOnly);
  if (module.assertions.length === 0 && marked.length === 0) return { nets: new Set(), named: new Set() };

  const hardware = reach(module);
  // Probes are read from outside whether or not this text has their ports.
  for (const { enable, fields } of module.probes) [enable, ...fields.map(({ value }) => value)].forEach(hardware.from);
  for (const net of [...module.ports, ...module.instances.flatMap(({ nets }) => nets)]) expressionsOf(net.drive).forEach(hardware.from);
  expressionsOf(module.clocked, (net) => !net.register!.verificationOnly).forEach(hardware.from);
  module.memories.flatMap(expressionsOfMemory).forEach(hardware.from);

  const assertions = reach(module);
  for (const { enable, condition } of module.assertions) [enable, condition].forEach((read) => read !== undefined && assertions.from(read));
  for (const net of marked) assertions.fromNet(net);

  for (const net of module.wires) if (!assertions.nets.has(net)) hardware.fromNet(net);
  for (const expression of module.named) if (!assertions.expressions.has(expression)) hardware.from(expression);

  return {
    nets: new Set([...marked, ...module.wires].filter((net) => !hardware.nets.has(net))),
    named: new Set(module.named.filter((expression) => !hardware.expressions.has(expression))),
  };
}

interface Reach {
  readonly expressions: ReadonlySet<Expression>;
  readonly nets: ReadonlySet<Net>;
  readonly from: (expression: Expression) => void;
  readonly fromNet: (net: Net) => void;
}

/** What is read, through wires and through registers that are marked. */
function reach(module: Module): Reach {
  const expressions = new Set<Expression>();
  const nets = new Set<Net>();
  const queue: Net[] = [];

  function visit(expression: Expression): void {
    if (expression.op === 'net') queue.push(expression.net);
  }

  function settle(): void {
    for (let net = queue.pop(); net !== undefined; net = queue.pop()) {
      if (nets.has(net)) continue;
      nets.add(net);
      const own = net;
      const drivers = net.register?.verificationOnly === true ? expressionsOf(module.clocked, (target) => target === own) : expressionsOf(net.drive);
      for (const driver of drivers) visitExpressions(driver, expressions, visit);
    }
  }

  return {
    expressions,
    nets,
    from(expression) {
      visitExpressions(expression, expressions, visit);
      settle();
    },
    fromNet(net) {
      queue.push(net);
      settle();
    },
  };
}
