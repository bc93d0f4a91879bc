/** Every combinational net is driven, and on every path: else it would be a latch. */
import type { Module } from '../ir/design.ts';
import type { If, Net, Statement } from '../ir/net.ts';
import { failAt } from './error.ts';

export function checkDriven(module: Module): void {
  const outputs = module.ports.filter((net) => net.kind === 'output');
  const inputsOf = module.instances.flatMap(({ nets }) => nets.filter((net) => net.kind === 'instanceInput'));
  for (const net of [...outputs, ...module.wires, ...inputsOf]) {
    if (net.drive.length === 0) failAt(net.at, 'undriven', what(net));
    const hole = firstHole(net.drive);
    if (hole !== undefined) failAt(hole.at, 'latch', what(net), hole.path);
  }
}

function what(net: Net): string {
  switch (net.kind) {
    case 'output': return `output ${net.name}`;
    case 'instanceInput': return `instance input ${net.name}`;
    default: return `wire ${net.name}`;
  }
}

interface Hole {
  readonly at: Net['at'];
  /** Which path leaves the net without a driver. */
  readonly path: string;
}

/** A path through `statements` on which nothing is assigned; undefined if there is none. */
function firstHole(statements: readonly Statement[]): Hole | undefined {
  let hole: Hole | undefined;
  for (const statement of statements) {
    const inner = holeOf(statement);
    if (inner === undefined) return undefined;
    hole ??= inner;
  }
  return hole;
}

function holeOf(statement: Statement): Hole | undefined {
  switch (statement.kind) {
    case 'assign': return undefined;
    case 'if': return holeOfChain(statement);
    case 'case': {
      for (const [i, arm] of statement.arms.entries()) {
        if (arm.body.length > 0) {
          const inner = firstHole(arm.body);
          if (inner !== undefined) return inner;
          continue;
        }
        const names = arm.values.map((value) => statement.labels?.labels.find((label) => label.value === value)?.name ?? String(value));
        return { at: statement.at, path: i === statement.defaultArm && names.length === 0 ? 'no arm matches' : `the value is ${names.join(' or ')}` };
      }
      const covered = BigInt(statement.arms.reduce((count, arm) => count + arm.values.length, 0)) === 1n << BigInt(statement.subject.width);
      return statement.defaultArm >= 0 || covered ? undefined : { at: statement.at, path: 'no arm matches' };
    }
  }
}

/** A loop, since a chain of elsewhen may be longer than the call stack. */
function holeOfChain(first: If): Hole | undefined {
  for (let link = first; ;) {
    if (link.then.length === 0) return { at: link.at, path: 'the condition holds' };
    const inner = firstHole(link.then);
    if (inner !== undefined) return inner;
    const [next, ...others] = link.otherwise;
    if (next === undefined) return { at: link.at, path: 'the condition does not hold' };
    if (next.kind !== 'if' || others.length > 0) return firstHole(link.otherwise);
    link = next;
  }
}
