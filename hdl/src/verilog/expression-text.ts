/** Terms as Verilog expressions. Recursion is bounded: the plan cuts what is longer than about a line into wires. */
import type { EnumLabels } from '../ir/net.ts';
import { type Labels, labelsOf } from './labels.ts';
import { bitsOfName, literal } from './literal.ts';
import { isSignedComparison, needsParentheses, SYNTAX } from './precedence.ts';
import type { Signal, Term } from './term.ts';

export interface ExpressionText {
  /** As read: its name if it has one. `labels`: the enum of the place, for constants. */
  text(term: Term, labels?: EnumLabels): string;
  /** As the right side of what defines `signal`. */
  definition(signal: Signal | undefined, term: Term, labels?: EnumLabels): string;
  /** One bit of a term that has a name, or is bits of one; `position`: a number or the name of a loop's variable. */
  bitOf(term: Term, position: number | string): string;
}

export function expressionText(table: Labels): ExpressionText {
  function text(term: Term, labels?: EnumLabels): string {
    return term.signal?.name ?? body(term, labels);
  }

  function operand(parent: Term, position: number, labels?: EnumLabels): string {
    const child = parent.args[position]!;
    const inner = text(child, labels);
    return child.signal === undefined && needsParentheses(child.op, parent.op, position) ? `(${inner})` : inner;
  }

  function body(term: Term, labels?: EnumLabels): string {
    const { op, args } = term;
    switch (op) {
      case 'const': return constant(term, labels);
      case 'net': return term.signal!.name;
      case 'alias': return text(args[0]!, labels);
      case 'select': return bitsOfName(nameOf(args[0]!), term.lo, term.width);
      case 'index': return `${nameOf(args[0]!)}[${text(args[1]!)}]`;
      case 'cat': return `{${args.map(inBraces).join(', ')}}`;
      case 'repeat': return `{${term.width / args[0]!.width}{${text(args[0]!)}}}`;
      case 'not':
      case 'reduceAnd': case 'reduceOr': case 'reduceXor':
        return SYNTAX[op].token + operand(term, 0);
      case 'shl': case 'shr': return `${operand(term, 0)} ${SYNTAX[op].token} ${amount(term)}`;
      case 'sra': return `$unsigned($signed(${text(args[0]!)}) >>> ${amount(term)})`;
      case 'mux': return conditional(term, labels);
      case 'popcount': return popcount(term);
      case 'priority': return priority(term);
      case 'choose': throw new Error('a choice is a statement');
      default: return binary(term);
    }
  }

  function constant({ width, value }: Term, labels: EnumLabels | undefined): string {
    const name = labels?.width === width ? table.nameOf(labels, value) : undefined;
    return name ?? literal(width, value);
  }

  function nameOf(term: Term): string {
    if (term.signal === undefined) throw new Error(`bits are selected from a nameless ${term.op}`);
    return term.signal.name;
  }

  /** A concatenation inside another needs no braces of its own. */
  function inBraces(term: Term): string {
    const inner = text(term);
    return term.op === 'cat' && term.signal === undefined ? inner.slice(1, -1) : inner;
  }

  /** A constant amount is printed as a plain number: its width has no meaning. */
  function amount(term: Term): string {
    const by = term.args[1]!;
    if (by.op === 'const') return by.value.toString();
    return term.op === 'sra' ? parenthesised(by) : operand(term, 1);
  }

  function parenthesised(term: Term): string {
    return term.signal === undefined && SYNTAX[term.op].form !== 'primary' ? `(${text(term)})` : text(term);
  }

  function binary(term: Term): string {
    const { op, args } = term;
    const { token } = SYNTAX[op];
    if (isSignedComparison(op)) return `$signed(${text(args[0]!)}) ${token} $signed(${text(args[1]!)})`;
    const compares = op === 'eq' || op === 'ne';
    const labels = compares ? (labelsOf(args[0]!) ?? labelsOf(args[1]!)) : undefined;
    return `${operand(term, 0, labels)} ${token} ${operand(term, 1, labels)}`;
  }

  function conditional(term: Term, labels: EnumLabels | undefined): string {
    const own = labels ?? labelsOf(term);
    return `${operand(term, 0)} ? ${operand(term, 1, own)} : ${operand(term, 2, own)}`;
  }

  /** `{2'd0, a[0]} + {2'd0, a[1]} + …`, every summand as wide as the sum. */
  function popcount({ width, args }: Term): string {
    const of = args[0]!;
    const zeros = literal(width - 1, 0n);
    return Array.from({ length: of.width }, (_, i) => `{${zeros}, ${bitOf(of, i)}}`).join(' + ');
  }

  /** `a[0] ? 2'd0 : a[1] ? 2'd1 : … : 2'd0` */
  function priority({ width, args }: Term): string {
    const of = args[0]!;
    const arms = Array.from({ length: of.width }, (_, i) => `${bitOf(of, i)} ? ${literal(width, BigInt(i))} : `);
    return arms.join('') + literal(width, 0n);
  }

  function bitOf(term: Term, position: number | string): string {
    if (term.op !== 'select' || term.signal !== undefined) return `${nameOf(term)}[${position}]`;
    const shifted = typeof position === 'number' ? term.lo + position : term.lo === 0 ? position : `${position} + ${term.lo}`;
    return `${nameOf(term.args[0]!)}[${shifted}]`;
  }

  function definition(of: Signal | undefined, term: Term, labels?: EnumLabels): string {
    const hint = labels ?? of?.labels;
    const value = definedBy(of, term);
    return value.signal === of ? body(value, hint) : text(value, hint);
  }

  return { text, definition, bitOf };
}

/** The term whose operator makes the signal's value, below the name that the designer gave it. */
export function definedBy(of: Signal | undefined, term: Term): Term {
  return term.op === 'alias' && term.signal === of ? term.args[0]! : term;
}
