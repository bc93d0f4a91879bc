/**
 * Operators whose result does not depend on an argument: generators write them (`x & mask` with a mask of zero), and
 * lint complains where one decides a comparison. Verilator finds the same ones.
 */
import { evaluateOperator } from '../ir/evaluate.ts';
import type { Operator } from '../ir/expression.ts';
import { constantTerm, operationTerm, type Term } from './term.ts';

/** The term that the operator is equal to, or undefined. Arguments are already folded. */
export function identity(op: Operator, width: number, args: readonly Term[]): Term | undefined {
  const [a, b, c] = args;
  if (a === undefined) return undefined;
  if (args.every((term) => term.op === 'const')) {
    return constantTerm(width, evaluateOperator(op, width, args.map((term) => term.value), args.map((term) => term.width)));
  }
  switch (op) {
    case 'add': case 'or': case 'xor':
      if (isZero(a)) return b;
      if (isZero(b!)) return a;
      break;
    case 'sub': case 'shl': case 'shr': case 'sra':
      if (isZero(b!)) return a;
      break;
    case 'mul':
      return isZero(a) || isZero(b!) ? constantTerm(width, 0n) : undefined;
    case 'and':
      if (isOnes(a)) return b;
      if (isOnes(b!)) return a;
      return isZero(a) || isZero(b!) ? constantTerm(width, 0n) : isSame(a, b!) ? a : undefined;
    case 'not':
      return a.op === 'not' ? a.args[0] : undefined;
    case 'mux':
      if (a.op === 'const') return a.value === 1n ? b : c;
      return isSame(b!, c!) ? b : booleanMux(a, b!, c!);
    case 'choose':
      return args.every((element, i) => i < 2 || isSame(element, b!)) ? b : undefined;
    case 'eq': case 'ne':
    case 'ltu': case 'leu': case 'gtu': case 'geu':
    case 'lts': case 'les': case 'gts': case 'ges':
      return isSame(a, b!) ? constantTerm(1, op === 'eq' || op.startsWith('le') || op.startsWith('ge') ? 1n : 0n) : decided(op, a, b!);
    default:
      return undefined;
  }
  if (op === 'or') return isOnes(a) || isOnes(b!) ? constantTerm(width, ones(width)) : isSame(a, b!) ? a : undefined;
  if ((op === 'sub' || op === 'xor') && isSame(a, b!)) return constantTerm(width, 0n);
  if ((op === 'shl' || op === 'shr' || op === 'sra') && isZero(a)) return a;
  return undefined;
}

/** `c ? 1 : 0` is c. */
function booleanMux(condition: Term, whenTrue: Term, whenFalse: Term): Term | undefined {
  if (whenTrue.width !== 1 || whenTrue.op !== 'const' || whenFalse.op !== 'const') return undefined;
  return whenTrue.value === 1n ? condition : operationTerm('not', 1, [condition]);
}

type Comparison = 'eq' | 'ne' | 'ltu' | 'leu' | 'gtu' | 'geu' | 'lts' | 'les' | 'gts' | 'ges';

const MIRRORED: Partial<Record<Comparison, Comparison>> = {
  ltu: 'gtu', leu: 'geu', gtu: 'ltu', geu: 'leu', lts: 'gts', les: 'ges', gts: 'lts', ges: 'les',
};

/** A comparison with the least or the greatest number that the other side can be, or with one beyond. */
function decided(op: Comparison, a: Term, b: Term): Term | undefined {
  if (a.op === 'const') return decided(MIRRORED[op] ?? op, b, a);
  if (b.op !== 'const') return undefined;
  const signed = op.endsWith('s');
  const least = signed ? 1n << BigInt(b.width - 1) : 0n;
  const most = signed ? least - 1n : ones(b.width - leadingZeros(a));
  const kind = op.slice(0, 2);
  if (b.value === least && (kind === 'lt' || kind === 'ge')) return constantTerm(1, kind === 'ge' ? 1n : 0n);
  if (b.value === most && (kind === 'gt' || kind === 'le')) return constantTerm(1, kind === 'le' ? 1n : 0n);
  if (!signed && b.value > most) return constantTerm(1, kind === 'lt' || kind === 'le' || kind === 'ne' ? 1n : 0n);
  return undefined;
}

/** Of an extension. */
function leadingZeros(term: Term): number {
  const [first] = term.args;
  return term.op === 'cat' && isZero(first!) ? first!.width : 0;
}

/** The same bits: the same term, constant or bits of a name. */
function isSame(a: Term, b: Term): boolean {
  if (a === b) return true;
  if (a.op !== b.op || a.width !== b.width) return false;
  if (a.op === 'const') return a.value === b.value;
  return a.op === 'select' && a.lo === b.lo && a.args[0] === b.args[0];
}

function isZero(term: Term): boolean {
  return term.op === 'const' && term.value === 0n;
}

function isOnes(term: Term): boolean {
  return term.op === 'const' && term.value === ones(term.width);
}

function ones(width: number): bigint {
  return (1n << BigInt(width)) - 1n;
}
