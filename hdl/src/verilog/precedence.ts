/**
 * When an operand needs parentheses, and why widths never surprise.
 *
 * **Widths.** IEEE 1364-2005 (5.4.1) evaluates operands of `+ - * & | ^ ~ ?:` and the left operand of a shift at the
 * width of their context: the widest operand around them, up to the target of the assignment. Wider context would
 * un-wrap a wrapping addition. So the emitter keeps one invariant: *every printed operand has exactly the width of its
 * context*, and the context never widens anything. Per place:
 *
 * | place | context width | why it equals the operand's |
 * | --- | --- | --- |
 * | right side of an assignment, port of an instance, item of a case | the target's, port's, subject's | IR widths are strictly equal |
 * | operands of `+ - & \| ^ ~`, branches of `?:`, left of a shift | the operator's own | IR widths are equal; a product's operands are padded to its width |
 * | operands of a comparison | the wider of both | both are equal |
 * | operand of a concatenation, repetition or reduction; condition; shift amount; argument of `$signed`, `$unsigned` | self-determined | extensions are concatenations: `{1'b0, a + b}` cannot carry |
 * | index of a memory or a bit | self-determined, but Icarus 11 adds bits to `m[a - b]` | only names, their bits and concatenations stand there |
 *
 * Constants always carry their width (only constant shift amounts do not: self-determined).
 *
 * **Signs.** An expression is signed only if all its operands are. `$signed` stands only directly around the operands
 * of a comparison, whose result is unsigned, and inside `$unsigned($signed(a) >>> n)`, where the outer call ends the
 * context: without it one unsigned neighbour would turn `>>>` into a logical shift.
 *
 * **Parentheses.** Verilog has thirteen levels; readers know about four. Operands are bare where the text reads the
 * same without knowing the table (names, `~a`, a chain of one associative operator, anything between delimiters) and
 * in parentheses elsewhere.
 */
import type { TermOperator } from './term.ts';

type Form = 'primary' | 'not' | 'reduction' | 'binary' | 'conditional';

/** How an operator is written, and with which token. */
export const SYNTAX: Readonly<Record<TermOperator, { readonly form: Form; readonly token: string }>> = {
  const: { form: 'primary', token: '' },
  net: { form: 'primary', token: '' },
  alias: { form: 'primary', token: '' },
  select: { form: 'primary', token: '' },
  index: { form: 'primary', token: '' },
  cat: { form: 'primary', token: '' },
  repeat: { form: 'primary', token: '' },
  sra: { form: 'primary', token: '>>>' },
  not: { form: 'not', token: '~' },
  // Two of these next to each other would read as one token: `a & &b`.
  reduceAnd: { form: 'reduction', token: '&' },
  reduceOr: { form: 'reduction', token: '|' },
  reduceXor: { form: 'reduction', token: '^' },
  mul: { form: 'binary', token: '*' },
  add: { form: 'binary', token: '+' },
  sub: { form: 'binary', token: '-' },
  shl: { form: 'binary', token: '<<' },
  shr: { form: 'binary', token: '>>' },
  ltu: { form: 'binary', token: '<' },
  leu: { form: 'binary', token: '<=' },
  gtu: { form: 'binary', token: '>' },
  geu: { form: 'binary', token: '>=' },
  lts: { form: 'binary', token: '<' },
  les: { form: 'binary', token: '<=' },
  gts: { form: 'binary', token: '>' },
  ges: { form: 'binary', token: '>=' },
  eq: { form: 'binary', token: '==' },
  ne: { form: 'binary', token: '!=' },
  and: { form: 'binary', token: '&' },
  xor: { form: 'binary', token: '^' },
  or: { form: 'binary', token: '|' },
  mux: { form: 'conditional', token: '?' },
  choose: { form: 'conditional', token: '' },
  priority: { form: 'conditional', token: '' },
  popcount: { form: 'binary', token: '+' },
};

export function isSignedComparison(op: TermOperator): boolean {
  return op === 'lts' || op === 'les' || op === 'gts' || op === 'ges';
}

/** Operators that group to the left with themselves: `a - b - c` is `(a - b) - c`, as everywhere. */
const LEFT_CHAIN = new Set(['mul', 'add', 'sub', 'and', 'or', 'xor']);
/** Grouping does not matter for bitwise operators; for the others the written one is kept. */
const ASSOCIATIVE = new Set(['and', 'or', 'xor']);

/**
 * @param position index among the parent's arguments
 */
export function needsParentheses(child: TermOperator, parent: TermOperator, position: number): boolean {
  const { form } = SYNTAX[child];
  if (form === 'primary') return false;
  switch (SYNTAX[parent].form) {
    case 'primary': return false;
    case 'not':
    case 'reduction': return true;
    case 'binary':
      if (form === 'not') return false;
      if (form !== 'binary' || isSignedComparison(parent)) return !isSignedComparison(parent);
      if (position === 0) return !(LEFT_CHAIN.has(parent) && (child === parent || (isSum(child) && isSum(parent))));
      return !(child === parent && ASSOCIATIVE.has(parent));
    // Nested conditionals read downwards: `a ? x : b ? y : z`.
    case 'conditional': return form === 'conditional' ? position !== 2 : form !== 'not' && position === 0;
  }
}

function isSum(op: TermOperator): boolean {
  return op === 'add' || op === 'sub';
}
