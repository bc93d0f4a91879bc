/**
 * Bits of expressions, which Verilog does not have, moved to where they are bits of names; and what else consists of
 * moving bits: extensions, repetitions, shifts by constants.
 *
 * Nothing here looks through a name that the designer gave.
 */
import { evaluateOperator } from '../ir/evaluate.ts';
import { constantTerm, operationTerm, selectTerm, type Term } from './term.ts';

export function concatTerm(parts: readonly Term[]): Term {
  if (parts.length === 1) return parts[0]!;
  return operationTerm('cat', parts.reduce((sum, part) => sum + part.width, 0), parts);
}

export function repeatTerm(part: Term, copies: number): Term {
  if (copies === 1) return part;
  if (part.op === 'const') return constantTerm(part.width * copies, evaluateOperator('repeat', part.width * copies, [part.value], [part.width]));
  return operationTerm('repeat', part.width * copies, [part]);
}

/** Bits `lo + width - 1 .. lo` of a term, moved as far inside as they can go. */
export function select(from: Term, lo: number, width: number): Term {
  let term = from;
  let low = lo;
  for (;;) {
    if (low === 0 && width === term.width) return term;
    const inner = step(term, low, width);
    if (inner === undefined) break;
    if (inner.lo === undefined) return inner.term;
    ({ term, lo: low } = inner);
  }
  return bitAt(term, low, width) ?? selectTerm(term, low, width);
}

/** One step inside: where the bits are found instead; without `lo` they are `term` itself. */
function step(term: Term, lo: number, width: number): { readonly term: Term; readonly lo?: number } | undefined {
  switch (term.op) {
    case 'const':
      return { term: constantTerm(width, BigInt.asUintN(width, term.value >> BigInt(lo))) };
    case 'select':
      return { term: term.args[0]!, lo: lo + term.lo };
    case 'cat': return insideCat(term, lo, width);
    case 'repeat': {
      const part = term.args[0]!;
      if (part.width === 1) return { term: repeatTerm(part, width) };
      const offset = lo % part.width;
      return offset + width <= part.width ? { term: part, lo: offset } : undefined;
    }
    case 'shl': {
      const by = constantShift(term);
      return by !== undefined && lo >= by ? { term: term.args[0]!, lo: lo - by } : undefined;
    }
    case 'shr': {
      const by = constantShift(term);
      return by !== undefined && lo + by + width <= term.width ? { term: term.args[0]!, lo: lo + by } : undefined;
    }
    default:
      return undefined;
  }
}

function constantShift(term: Term): number | undefined {
  const amount = term.args[1]!;
  return amount.op === 'const' ? Number(amount.value) : undefined;
}

/** Bits over more parts of a concatenation than this are taken from a wire: else many wide slices would be quadratic. */
const MOST_PARTS = 8;

function insideCat(cat: Term, lo: number, width: number): { readonly term: Term; readonly lo?: number } | undefined {
  const last = partAt(cat, lo);
  const first = partAt(cat, lo + width - 1);
  const offsets = cat.offsets!;
  if (first === last) return { term: cat.args[last]!, lo: lo - offsets[last]! };
  if (last - first >= MOST_PARTS) return undefined;
  const parts: Term[] = [];
  for (let i = first; i <= last; i += 1) {
    const part = cat.args[i]!;
    const from = Math.max(lo, offsets[i]!);
    const to = Math.min(lo + width, offsets[i]! + part.width);
    parts.push(select(part, from - offsets[i]!, to - from));
  }
  return { term: concatTerm(parts) };
}

/** Index of the argument of a `cat` that holds bit `lo`. */
function partAt(cat: Term, lo: number): number {
  if (cat.offsets === undefined) {
    const offsets: number[] = [];
    let offset = cat.width;
    for (const part of cat.args) offsets.push((offset -= part.width));
    cat.offsets = offsets;
  }
  // Offsets fall: find the first that is not above `lo`.
  let [first, last] = [0, cat.args.length - 1];
  while (first < last) {
    const middle = (first + last) >> 1;
    if (cat.offsets[middle]! <= lo) last = middle;
    else first = middle + 1;
  }
  return first;
}

/** `(x >> i)[0]` is `x[i]` where i cannot leave x; elsewhere Verilog's x[i] would be unknown and the shift gives 0. */
function bitAt(term: Term, lo: number, width: number): Term | undefined {
  if (term.op !== 'shr' || lo !== 0 || width !== 1) return undefined;
  const [from, position] = term.args as readonly [Term, Term];
  if (from.op === 'select' || from.op === 'const' || position.op === 'const' || from.width === 1) return undefined;
  const needed = bitsFor(from.width);
  if (position.width > needed || 2 ** position.width > from.width) return undefined;
  return operationTerm('index', 1, [from, zeroExtend(position, needed)]);
}

/** Bits of a number below `count`; at least 1. */
export function bitsFor(count: number): number {
  return Math.max(1, Math.ceil(Math.log2(count)));
}

export function zeroExtend(term: Term, width: number): Term {
  if (width === term.width) return term;
  if (term.op === 'const') return constantTerm(width, term.value);
  return concatTerm([constantTerm(width - term.width, 0n), term]);
}

export function signExtend(term: Term, width: number): Term {
  if (width === term.width) return term;
  if (term.op === 'const') return constantTerm(width, evaluateOperator('sext', width, [term.value], [term.width]));
  if (term.width === 1) return repeatTerm(term, width);
  return concatTerm([repeatTerm(select(term, term.width - 1, 1), width - term.width), term]);
}

/** Verilator has no shift by more bits than this. */
const WIDEST_AMOUNT = 32;

/** Past the end there is nothing left to shift: only zeros, or copies of the sign. */
export function shift(op: 'shl' | 'shr' | 'sra', value: Term, amount: Term): Term {
  const { width } = value;
  const nothing = (): Term => (op === 'sra' ? repeatTerm(select(value, width - 1, 1), width) : constantTerm(width, 0n));
  if (amount.op === 'const') return amount.value >= BigInt(width) ? nothing() : operationTerm(op, width, [value, amount]);
  if (amount.width <= WIDEST_AMOUNT) return operationTerm(op, width, [value, amount]);
  const tooFar = reduceOr(select(amount, WIDEST_AMOUNT, amount.width - WIDEST_AMOUNT));
  return operationTerm('mux', width, [tooFar, nothing(), operationTerm(op, width, [value, select(amount, 0, WIDEST_AMOUNT)])]);
}

function reduceOr(term: Term): Term {
  return term.width === 1 ? term : operationTerm('reduceOr', 1, [term]);
}
