/**
 * Assignments with their control path, folded into a tree of `if` and `case` as the designer wrote it.
 *
 * Each combinational net has a tree of its own and all registers share one. A tree follows the path of `when` and
 * `match` frames lazily, when an assignment arrives: so the cost is that of the assignments, not of nets x statements.
 */
import type { Expression } from '../ir/expression.ts';
import type { Locator } from '../ir/locator.ts';
import type { Assign, Case, EnumLabels, If, Statement } from '../ir/net.ts';
import { and, constant, not, or, eq } from './build.ts';

/** One `when`/`elsewhen` or `match` that is being elaborated. */
export type Frame =
  | { readonly kind: 'if'; readonly condition: Expression; readonly at: Locator }
  | {
      readonly kind: 'case';
      readonly subject: Expression;
      readonly labels: EnumLabels | undefined;
      readonly arms: readonly (readonly bigint[])[];
      readonly defaultArm: number;
      readonly at: Locator;
    };

/** A frame and the branch taken: 0 = then, 1 = otherwise; of a case the arm's index. */
export interface Step {
  readonly frame: Frame;
  readonly branch: number;
  /** Cached condition of this step alone. */
  condition?: Expression;
  /** Cached condition of the path up to and with this step. */
  total?: Expression;
}

export type Path = readonly Step[];

export class StatementTree {
  readonly statements: Statement[] = [];
  /** Statements still open for more assignments: each is the last of its container. */
  #open: { readonly frame: Frame; branch: number; readonly statement: If | Case }[] = [];

  assign(path: Path, statement: Assign): void {
    let container = this.statements;
    for (const [depth, step] of path.entries()) {
      let open = this.#open[depth];
      if (open?.frame === step.frame) {
        if (open.branch !== step.branch) {
          open.branch = step.branch;
          this.#open.length = depth + 1;
        }
      } else {
        open = { frame: step.frame, branch: step.branch, statement: emptyStatement(step.frame) };
        container.push(open.statement);
        this.#open.length = depth;
        this.#open.push(open);
      }
      container = branchOf(open.statement, step.branch);
    }
    this.#open.length = path.length;
    container.push(statement);
  }
}

function emptyStatement(frame: Frame): If | Case {
  if (frame.kind === 'if') return { kind: 'if', condition: frame.condition, then: [], otherwise: [], at: frame.at };
  const { subject, labels, defaultArm, at } = frame;
  return { kind: 'case', subject, labels, arms: frame.arms.map((values) => ({ values, body: [] })), defaultArm, at };
}

function branchOf(statement: If | Case, branch: number): Statement[] {
  if (statement.kind === 'if') return branch === 0 ? statement.then : statement.otherwise;
  return statement.arms[branch]!.body;
}

/** Condition under which the end of `path` is reached, or undefined if always. */
export function conditionOf(path: Path): Expression | undefined {
  let total: Expression | undefined;
  for (const step of path) {
    step.condition ??= stepCondition(step);
    step.total ??= total === undefined ? step.condition : and(total, step.condition);
    total = step.total;
  }
  return total;
}

function stepCondition({ frame, branch }: Step): Expression {
  if (frame.kind === 'if') return branch === 0 ? frame.condition : not(frame.condition);
  const hits = (arm: readonly bigint[]) => arm.map((value) => eq(frame.subject, constant(frame.subject.width, value)));
  if (branch !== frame.defaultArm) return anyOf(hits(frame.arms[branch]!));
  return not(anyOf(frame.arms.flatMap((arm, i) => (i === branch ? [] : hits(arm)))));
}

function anyOf(conditions: readonly Expression[]): Expression {
  return conditions.length === 0 ? constant(1, 0n) : conditions.reduce(or);
}

/** True if no cycle can run both: they part at a common `when` or `match`. */
export function exclusive(a: Path, b: Path): boolean {
  for (const [i, step] of a.entries()) {
    const other = b[i];
    if (other === undefined || other.frame !== step.frame) return false;
    if (other.branch !== step.branch) return true;
  }
  return false;
}
