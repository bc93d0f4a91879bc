/**
 * Statements over terms: the designer's `if` and `case` as written, less what has no effect.
 *
 * One program of the IR may be printed as several blocks (registers with and without reset, assertion-only ones): each
 * block keeps the assignments of its own targets, and of the branches those that still do something.
 */
import type { Expression } from '../ir/expression.ts';
import type { Locator } from '../ir/locator.ts';
import type { Assign, Case, EnumLabels, If, Net, Statement } from '../ir/net.ts';
import type { Root } from './intermediates.ts';
import type { Signal, Term } from './term.ts';

export type Step = AssignStep | IfStep | CaseStep;

export interface AssignStep {
  readonly kind: 'assign';
  readonly target: Signal;
  readonly value: Term;
  readonly at: Locator;
}

/** A chain `if … else if … else`: flat, however long it is. */
export interface IfStep {
  readonly kind: 'if';
  readonly branches: readonly { readonly condition: Term; readonly body: readonly Step[]; readonly at: Locator }[];
  readonly otherwise: readonly Step[];
}

export interface CaseStep {
  readonly kind: 'case';
  readonly subject: Term;
  readonly labels: EnumLabels | undefined;
  /** Without the default arm. */
  readonly arms: readonly { readonly values: readonly bigint[]; readonly body: readonly Step[] }[];
  /** Values that the default arm names, for its comment. */
  readonly defaultValues: readonly bigint[];
  readonly otherwise: readonly Step[];
  readonly at: Locator;
}

export interface StatementLowering {
  /** Targets whose assignments are kept. */
  readonly keeps: (net: Net) => boolean;
  readonly term: (expression: Expression) => Term;
  readonly signalOf: (net: Net) => Signal;
  /** All statements have the same target: what a later unconditional assignment overrides is left out. */
  readonly single: boolean;
}

export function lowerStatements(statements: readonly Statement[], lowering: StatementLowering): Step[] {
  const steps: Step[] = [];
  for (let i = lowering.single ? lastAssign(statements) : 0; i < statements.length; i += 1) {
    const statement = statements[i]!;
    if (statement.kind === 'assign') steps.push(...assign(statement, lowering));
    else if (statement.kind === 'if') steps.push(...conditional(statement, lowering));
    else steps.push(...choice(statement, lowering));
  }
  // A condition that turned out constant may have left an unconditional assignment behind.
  return lowering.single ? steps.slice(lastAssign(steps)) : steps;
}

/** Index of the last unconditional assignment, or 0. */
function lastAssign(statements: readonly (Statement | Step)[]): number {
  return Math.max(0, statements.findLastIndex((statement) => statement.kind === 'assign'));
}

function assign({ target, value, at }: Assign, lowering: StatementLowering): Step[] {
  if (!lowering.keeps(target)) return [];
  return [{ kind: 'assign', target: lowering.signalOf(target), value: lowering.term(value), at }];
}

/** Bodies first: the condition of what was filtered away is not even lowered. */
function conditional(first: If, lowering: StatementLowering): Step[] {
  const chain: { statement: If; body: Step[] }[] = [];
  let rest: readonly Statement[] = [first];
  while (rest.length === 1 && rest[0]!.kind === 'if') {
    const statement = rest[0]!;
    chain.push({ statement, body: lowerStatements(statement.then, lowering) });
    rest = statement.otherwise;
  }
  let otherwise = lowerStatements(rest, lowering);
  while (otherwise.length === 0 && chain.at(-1)?.body.length === 0) chain.pop();
  const branches: { condition: Term; body: Step[]; at: Locator }[] = [];
  for (const { statement, body } of chain) {
    const condition = lowering.term(statement.condition);
    if (condition.op !== 'const') {
      branches.push({ condition, body, at: statement.at });
    } else if (condition.value === 1n) {
      otherwise = body;
      break;
    }
  }
  return branches.length === 0 ? otherwise : [{ kind: 'if', branches, otherwise }];
}

function choice(statement: Case, lowering: StatementLowering): Step[] {
  const { labels, at, defaultArm } = statement;
  const arms = statement.arms.map(({ values, body }) => ({ values, body: lowerStatements(body, lowering) }));
  if (arms.every(({ body }) => body.length === 0)) return [];
  const subject = lowering.term(statement.subject);
  if (subject.op === 'const') {
    const taken = arms.find(({ values }) => values.includes(subject.value)) ?? arms[defaultArm];
    return taken?.body ?? [];
  }
  // If every value is named there is nothing left for a default, but tools want one: an arm that does nothing or the last one serves.
  const complete = subject.width < 31 && new Set(arms.flatMap(({ values }) => values)).size === 2 ** subject.width;
  const chosen = complete ? (arms.find(({ body }) => body.length === 0) ?? arms.at(-1)) : arms[defaultArm];
  // Arms that do nothing still keep their values from the default arm, unless that does nothing either.
  const doesNothing = chosen === undefined || chosen.body.length === 0;
  const others = arms.filter((arm) => arm !== chosen && !(doesNothing && arm.body.length === 0));
  return [{ kind: 'case', subject, labels, arms: others, defaultValues: chosen?.values ?? [], otherwise: chosen?.body ?? [], at }];
}

/** Roots of a program; conditions name their intermediates for the first target assigned below them. */
export function rootsOf(steps: readonly Step[]): Root[] {
  const roots: Root[] = [];
  for (const step of steps) {
    if (step.kind === 'assign') {
      roots.push({ term: step.value, base: step.target.name, place: 'procedural' });
    } else if (step.kind === 'if') {
      const base = firstTarget(step);
      for (const { condition, body } of step.branches) {
        roots.push({ term: condition, base, place: 'inside' }, ...rootsOf(body));
      }
      roots.push(...rootsOf(step.otherwise));
    } else {
      roots.push({ term: step.subject, base: firstTarget(step), place: 'inside' });
      for (const { body } of step.arms) roots.push(...rootsOf(body));
      roots.push(...rootsOf(step.otherwise));
    }
  }
  return roots;
}

function firstTarget(step: Step): string {
  if (step.kind === 'assign') return step.target.name;
  const bodies = step.kind === 'if' ? step.branches : step.arms;
  const inner = bodies.find(({ body }) => body.length > 0)?.body[0] ?? step.otherwise[0];
  return inner === undefined ? 'unused' : firstTarget(inner);
}
