/**
 * Terms: expressions in the form in which Verilog can print them.
 *
 * A term differs from an IR expression in three ways. It has no extensions (they are concatenations); it selects bits
 * only of something with a name; and it carries what the plan of {@link planIntermediates} found out about it.
 */
import type { Operator } from '../ir/expression.ts';
import type { EnumLabels } from '../ir/net.ts';

/** Something with a name in the emitted module: a net, a named expression, an intermediate. */
export interface Signal {
  readonly name: string;
  readonly width: number;
  readonly labels: EnumLabels | undefined;
  /** Layer that declares it; only reads from there decide whether its bits have to be sunk. */
  readonly layer: number;
  /** Read as a whole by its own layer. */
  read: boolean;
  /** Bits read by its own layer, as pairs lo, hi; most signals have none. */
  ranges: number[] | undefined;
}

/**
 * * `net`: the value of a signal.
 * * `select`: bits `lo + width - 1 .. lo` of the argument, which is or gets a signal.
 * * `index`: one bit of the argument (which is or gets a signal) at a dynamic position within its width.
 * * `alias`: an expression to which the designer gave a name.
 *
 * Shifts by a constant have it as second argument; its width means nothing.
 */
export type TermOperator = Exclude<Operator, 'zext' | 'sext'> | 'const' | 'net' | 'select' | 'index' | 'alias';

export interface Term {
  readonly op: TermOperator;
  readonly width: number;
  readonly args: readonly Term[];
  /** Of `const`. */
  readonly value: bigint;
  /** Of `select`. */
  readonly lo: number;
  /** Set from the start for `net` and `alias`; for others if the plan gives it a wire. */
  signal: Signal | undefined;
  /** Low bit positions of a `cat`'s arguments, filled when first asked for. */
  offsets: readonly number[] | undefined;
  /** Number of places that read it, in its layer. */
  uses: number;
  /** Bits of it are selected, or it is an address: it needs a name. */
  selected: boolean;
  planned: boolean;
  /** Estimated length of its text where it is read. */
  cost: number;
}

export function signal(name: string, width: number, labels: EnumLabels | undefined, layer: number): Signal {
  return { name, width, labels, layer, read: false, ranges: undefined };
}

function make(op: TermOperator, width: number, args: readonly Term[], value: bigint, lo: number, of: Signal | undefined): Term {
  return { op, width, args, value, lo, signal: of, offsets: undefined, uses: 0, selected: false, planned: false, cost: 0 };
}

export function constantTerm(width: number, value: bigint): Term {
  return make('const', width, [], value, 0, undefined);
}

export function netTerm(of: Signal): Term {
  return make('net', of.width, [], 0n, 0, of);
}

export function aliasTerm(of: Signal, value: Term): Term {
  return make('alias', of.width, [value], 0n, 0, of);
}

export function selectTerm(from: Term, lo: number, width: number): Term {
  return make('select', width, [from], 0n, lo, undefined);
}

export function operationTerm(op: TermOperator, width: number, args: readonly Term[]): Term {
  return make(op, width, args, 0n, 0, undefined);
}

/** A choice is a `case`, a count or search over many bits a `for`: these are statements. */
export function isStatement(term: Term): boolean {
  return term.op === 'choose' || isLoop(term);
}

/** Counts and searches of up to this many bits are written out. */
const WRITTEN_OUT = 8;

export function isLoop({ op, args }: Term): boolean {
  return (op === 'popcount' || op === 'priority') && args[0]!.width > WRITTEN_OUT;
}

/** Terms that stand alone at the right of an assignment, never inside an expression. */
export function standsAlone({ op }: Term): boolean {
  return op === 'choose' || op === 'popcount' || op === 'priority';
}

/** Terms that are repeated wherever they are read: constants, names and bits of names. */
export function isLeaf(op: TermOperator): boolean {
  return op === 'const' || op === 'net' || op === 'select';
}
