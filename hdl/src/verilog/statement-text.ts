/** Statements inside an `always` block. */
import type { ExpressionText } from './expression-text.ts';
import type { Labels } from './labels.ts';
import type { Lines } from './lines.ts';
import { literal } from './literal.ts';
import type { AssignStep, CaseStep, IfStep, Step } from './statements.ts';
import { isLoop, type Signal, type Term } from './term.ts';
import type { Names } from './names.ts';
import type { EnumLabels } from '../ir/net.ts';
import type { Locator } from '../ir/locator.ts';

export interface StatementText {
  readonly lines: Lines;
  readonly expressions: ExpressionText;
  readonly labels: Labels;
  /** `=` in combinational blocks, `<=` in clocked ones. */
  readonly operator: '=' | '<=';
}

export function printSteps(steps: readonly Step[], out: StatementText): void {
  for (const step of steps) {
    if (step.kind === 'assign') printAssign(step, '', out);
    else if (step.kind === 'if') printIf(step, out);
    else printCase(step, out);
  }
}

/** @param prefix what stands before it on its line: the label of a case item */
function printAssign({ target, value, at }: AssignStep, prefix: string, out: StatementText): void {
  if (isChoice(value)) {
    if (prefix !== '') out.lines.line(`${prefix}begin`);
    const print = (): void => printChoice(target, value, target.labels, out, at);
    if (prefix === '') print();
    else out.lines.indented(print);
    if (prefix !== '') out.lines.line('end');
  } else {
    out.lines.line(`${prefix}${target.name} ${out.operator} ${out.expressions.text(value, target.labels)};`, at);
  }
}

/** A choice that stands where it is assigned. */
export function isChoice(value: Term): boolean {
  return value.op === 'choose' && value.signal === undefined;
}

/** @param before closes the branch of an `if` that this one goes on: `end else ` */
export function printIf({ branches, otherwise }: IfStep, out: StatementText, before = ''): void {
  branches.forEach(({ condition, body, at }, i) => {
    out.lines.line(`${i === 0 ? before : 'end else '}if (${out.expressions.text(condition)}) begin`, at);
    out.lines.indented(() => printSteps(body, out));
  });
  if (otherwise.length > 0) {
    out.lines.line('end else begin');
    out.lines.indented(() => printSteps(otherwise, out));
  }
  out.lines.line('end');
}

function printCase(step: CaseStep, out: StatementText): void {
  const { subject, labels, arms, otherwise, defaultValues, at } = step;
  const value = (of: bigint): string => (labels === undefined ? undefined : out.labels.nameOf(labels, of)) ?? literal(subject.width, of);
  out.lines.line(`case (${out.expressions.text(subject)})`, at);
  out.lines.indented(() => {
    for (const arm of arms) printArm(arm.values.map(value).join(', '), arm.body, undefined, out);
    const named = defaultValues.map((of) => labels?.labels.find((label) => label.value === of)?.name ?? of.toString());
    printArm('default', otherwise, named.length > 0 && named.length <= 8 ? named.join(', ') : undefined, out);
  });
  out.lines.line('endcase');
}

function printArm(label: string, body: readonly Step[], comment: string | undefined, out: StatementText): void {
  const [only] = body;
  if (only === undefined) {
    out.lines.line(`${label}: ;`, undefined, comment);
  } else if (body.length === 1 && only.kind === 'assign' && comment === undefined) {
    printAssign(only, `${label}: `, out);
  } else {
    out.lines.line(`${label}: begin`, undefined, comment);
    out.lines.indented(() => printSteps(body, out));
    out.lines.line('end');
  }
}

/** `case` that gives `target` the chosen element; the last one is the default. */
export function printChoice(target: Signal, choice: Term, labels: EnumLabels | undefined, out: StatementText, at?: Locator): void {
  const [index, ...elements] = choice.args as readonly [Term, ...Term[]];
  out.lines.line(`case (${out.expressions.text(index)})`, at);
  out.lines.indented(() => {
    elements.forEach((element, i) => {
      const label = i === elements.length - 1 ? 'default' : literal(index.width, BigInt(i));
      out.lines.line(`${label}: ${target.name} ${out.operator} ${out.expressions.text(element, labels)};`);
    });
  });
  out.lines.line('endcase');
}

export interface LoopNames {
  readonly names: Names;
  /** A name that nothing else in the module has, for a variable inside a block. */
  readonly loopVariable: string;
}

/** `always @*` block of a net whose value takes a statement. */
export function printBlock(target: Signal, value: Term, { names, loopVariable }: LoopNames, out: StatementText, at?: Locator): void {
  if (isLoop(value)) {
    printLoop(target, value, { label: names.claim(`${target.name}_loop`), i: loopVariable }, out, at);
    return;
  }
  out.lines.line('always @* begin');
  out.lines.indented(() => printChoice(target, value, target.labels, out, at));
  out.lines.line('end');
}

/** Counts the ones, or searches for the lowest from above. */
function printLoop(
  target: Signal, { op, args, width }: Term, { label, i }: { readonly label: string; readonly i: string }, { lines, expressions }: StatementText, at?: Locator,
): void {
  const of = args[0]!;
  const bit = expressions.bitOf(of, i);
  lines.line(`always @* begin : ${label}`, at);
  lines.indented(() => {
    lines.line(`integer ${i};`);
    lines.line(`${target.name} = ${literal(width, 0n)};`);
    if (op === 'popcount') lines.line(`for (${i} = 0; ${i} < ${of.width}; ${i} = ${i} + 1) ${target.name} = ${target.name} + {${literal(width - 1, 0n)}, ${bit}};`);
    else lines.line(`for (${i} = ${of.width - 1}; ${i} >= 0; ${i} = ${i} - 1) if (${bit}) ${target.name} = ${i}[${width - 1}:0];`);
  });
  lines.line('end');
}
