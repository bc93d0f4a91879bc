/** Faults of control, of the order of commits and of evaluation. */
import type { Module } from '@vtoe/hdl/internal/ir/design';
import type { Expression } from '@vtoe/hdl/internal/ir/expression';
import type { Case, Net, Statement } from '@vtoe/hdl/internal/ir/net';
import type { Plant } from './plant.ts';
import { constant, mapExpressions, mux, operation, rewriteDesign, type Rewrites, valueOf } from './rewrite.ts';

function rewriting(name: string, description: string, rewrites: Rewrites): Plant {
  return { name, description, design: (design) => rewriteDesign(design, rewrites) };
}

/** Changes every `case`. */
function cases(name: string, description: string, change: (statement: Case) => Case): Plant {
  return rewriting(name, description, { statements: (list) => list.map((statement) => (statement.kind === 'case' ? change(statement) : statement)) });
}

export const STATEMENTS: readonly Plant[] = [
  rewriting('first-wins', 'of several assignments to one target the first wins', { statements: (list) => [...list].reverse() }),
  rewriting('elsewhen-overlaps', 'an elsewhen or otherwise runs also if the condition before it held', {
    statements: (list) => list.flatMap((statement): Statement[] => (
      statement.kind === 'if' && statement.otherwise.length > 0 && statement.then.length > 0 ? [{ ...statement, otherwise: [] }, ...statement.otherwise] : [statement])),
  }),
  rewriting('nested-condition', 'a when inside of a when runs whether or not the outer condition holds', {
    statements: (list) => list.flatMap((statement): Statement[] => {
      if (statement.kind !== 'if') return [statement];
      const inner = statement.then.filter(({ kind }) => kind === 'if');
      return inner.length === 0 ? [statement] : [{ ...statement, then: statement.then.filter(({ kind }) => kind !== 'if') }, ...inner];
    }),
  }),
  cases('enum-default-arm', 'a value of an enum without a label takes the first arm instead of the declared one', (statement) => (
    statement.labels === undefined || statement.defaultArm < 0 ? statement : { ...statement, defaultArm: statement.defaultArm === 0 ? statement.arms.length - 1 : 0 })),
  cases('match-first-value', 'an arm for several values is taken for the first of them alone', (statement) => (
    statement.defaultArm < 0 ? statement : { ...statement, arms: statement.arms.map((arm) => ({ ...arm, values: arm.values.slice(0, 1) })) })),
  cases('write-beyond-the-end', 'an assignment to an element beyond the end of a vector is dropped', (statement) => {
    // The language writes it as a case over the elements, the last of them the default.
    const { arms, defaultArm, labels } = statement;
    const isIndexed = labels === undefined && arms.length > 1 && defaultArm === arms.length - 1 && arms.every(({ values }, i) => values.length === 1 && values[0] === BigInt(i));
    return isIndexed ? { ...statement, defaultArm: -1 } : statement;
  }),
  {
    name: 'copy-order',
    description: 'a register that copies another one is committed after it: it gets the new value',
    design: (design) => rewriteDesign(design, { module: copiesSeeNewValues }),
  },
  {
    name: 'stale-instance-output',
    description: 'logic behind an instance is evaluated before the instance: it sees the outputs of the cycle before',
    design: (design) => rewriteDesign(design, { module: (module) => delayed(module, 'instanceOutput') }),
  },
  {
    name: 'stale-instance-input',
    description: 'an instance is evaluated before the logic in front of it: it sees the inputs of the cycle before',
    design: (design) => rewriteDesign(design, { module: (module) => delayed(module, 'instanceInput') }),
  },
];

/** Registers whose whole driver is one plain copy of a register get what that register is about to get. */
function copiesSeeNewValues(module: Module): Module {
  const clocked = mapAssigns(module.clocked, (target, value) => {
    if (value.op !== 'net' || value.net.kind !== 'reg' || value.net === target) return value;
    return nextOf(value.net, module.clocked, value);
  });
  return { ...module, clocked };
}

function mapAssigns(list: readonly Statement[], map: (target: Net, value: Expression) => Expression): Statement[] {
  return list.map((statement) => {
    switch (statement.kind) {
      case 'assign': return { ...statement, value: map(statement.target, statement.value) };
      case 'if': return { ...statement, then: mapAssigns(statement.then, map), otherwise: mapAssigns(statement.otherwise, map) };
      case 'case': return { ...statement, arms: statement.arms.map((arm) => ({ ...arm, body: mapAssigns(arm.body, map) })) };
    }
  });
}

/** What statements leave in `net` that was `before` ahead of them. */
export function nextOf(net: Net, list: readonly Statement[], before: Expression): Expression {
  return list.reduce((value, statement) => {
    switch (statement.kind) {
      case 'assign': return statement.target === net ? statement.value : value;
      case 'if': {
        const [a, b] = [nextOf(net, statement.then, value), nextOf(net, statement.otherwise, value)];
        return a === b ? a : mux(statement.condition, a, b);
      }
      case 'case': {
        const bodies = statement.arms.map((arm) => nextOf(net, arm.body, value));
        if (bodies.every((body) => body === value)) return value;
        const { subject } = statement;
        const start = statement.defaultArm < 0 ? value : bodies[statement.defaultArm]!;
        return statement.arms.reduce((rest, arm, i) => arm.values.reduce((inner, label) => (
          mux(operation('eq', 1, subject, constant(subject.width, label)), bodies[i]!, inner)), rest), start);
      }
    }
  }, before);
}

/** Puts a register into every net of the kind: its readers (of an input: the instance) see the value of the cycle before. */
function delayed(module: Module, kind: 'instanceInput' | 'instanceOutput'): Module {
  const registers: Net[] = [];
  const clocked: Statement[] = [];
  const late = new Map<Net, Net>();
  const delay = (net: Net, value: Expression): Net => {
    const register: Net = {
      ...net, kind: 'reg', name: `${net.name}_late`, drive: [], labels: undefined,
      register: { reset: undefined, domain: module.instances[0]!.domain, verificationOnly: false },
    };
    registers.push(register);
    clocked.push({ kind: 'assign', target: register, value, at: net.at });
    return register;
  };
  const nets = module.instances.flatMap((instance) => instance.nets).filter((net) => net.kind === kind);
  if (kind === 'instanceInput') {
    for (const net of nets) {
      const at = net.at;
      const value = nextOf(net, net.drive, constant(net.width, 0));
      net.drive.splice(0, Infinity, { kind: 'assign', target: net, value: valueOf(delay(net, value)), at });
    }
    return { ...module, registers: [...module.registers, ...registers], clocked: [...module.clocked, ...clocked] };
  }
  for (const net of nets) late.set(net, delay(net, valueOf(net)));
  const values = new Map([...late].map(([net, register]) => [net, valueOf(register)]));
  const done = new Map<Expression, Expression>();
  const map = (value: Expression): Expression => mapExpressions(value, (part) => (part.op === 'net' ? values.get(part.net) : undefined), done);
  for (const net of [...module.ports, ...module.wires]) net.drive.splice(0, Infinity, ...mapStatements(net.drive, map));
  return { ...module, registers: [...module.registers, ...registers], clocked: [...module.clocked, ...clocked] };
}

function mapStatements(list: readonly Statement[], map: (value: Expression) => Expression): Statement[] {
  return list.map((statement) => {
    switch (statement.kind) {
      case 'assign': return { ...statement, value: map(statement.value) };
      case 'if': return { ...statement, condition: map(statement.condition), then: mapStatements(statement.then, map), otherwise: mapStatements(statement.otherwise, map) };
      case 'case': return { ...statement, subject: map(statement.subject), arms: statement.arms.map((arm) => ({ ...arm, body: mapStatements(arm.body, map) })) };
    }
  });
}
