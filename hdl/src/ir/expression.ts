/**
 * Expressions of the elaborated design: a directed acyclic graph of operators over nets and constants.
 *
 * Everything here is a plain bit vector; bundles, vectors, enums and streams were taken apart before. The language,
 * the checks, the Verilog emitter and the simulator all share exactly this operator set, so each operator's meaning
 * is stated once, in {@link OPERATORS}, and executed once as a reference in `evaluate.ts`.
 */
import type { Net } from './net.ts';

/** A constant; `value` is in `0 .. 2^width - 1`. */
export interface Constant {
  readonly op: 'const';
  readonly width: number;
  readonly value: bigint;
  readonly args: readonly [];
  name?: string | undefined;
}

/** The value of a net of the same module, after this cycle's combinational logic has settled. One object per net. */
export interface NetValue {
  readonly op: 'net';
  readonly width: number;
  readonly net: Net;
  readonly args: readonly [];
  name?: string | undefined;
}

/** Bits `lo + width - 1 .. lo` of the argument; always in range. */
export interface Slice {
  readonly op: 'bits';
  readonly width: number;
  readonly lo: number;
  readonly args: readonly [Expression];
  name?: string | undefined;
}

/** Any other operator: its meaning is a function of its arguments' values and of the widths. */
export interface Operation {
  readonly op: Operator;
  readonly width: number;
  readonly args: readonly Expression[];
  /** A name that the designer gave (a key of the record that the body returned): emitted as a wire of that name. */
  name?: string | undefined;
}

export type Expression = Constant | NetValue | Slice | Operation;

/**
 * Operators and their meaning. `a`, `b` are arguments, `w` the width of the result; arithmetic is modulo `2^w`.
 *
 * | operator | arguments | result |
 * | --- | --- | --- |
 * | `add sub and or xor` | a, b of width w | |
 * | `mul` | a, b of any widths | full product, w = width(a) + width(b) |
 * | `not` | a of width w | |
 * | `eq ne ltu leu gtu geu` | a, b of equal width | 1 bit, unsigned |
 * | `lts les gts ges` | a, b of equal width | 1 bit, two's complement |
 * | `shl shr` | a of width w; amount of any width | amount >= w gives 0 |
 * | `sra` | a of width w; amount of any width | amount >= w gives w copies of the sign |
 * | `mux` | 1-bit condition, a, b of width w | condition ? a : b |
 * | `choose` | index i, elements e0 .. e(n-1) of width w, n >= 1 | e(i), or e(n-1) when i >= n |
 * | `cat` | one or more of any width | first argument in the most significant bits; w = sum |
 * | `repeat` | a | a repeated w / width(a) times |
 * | `zext sext` | a narrower than w | extended by zeros, by the sign |
 * | `reduceAnd reduceOr reduceXor` | a | 1 bit |
 * | `popcount` | a | number of ones, w = clog2(width(a) + 1) |
 * | `priority` | a | index of the lowest one, 0 if there is none; w = max(1, clog2(width(a))) |
 */
export const OPERATORS = [
  'add', 'sub', 'mul', 'and', 'or', 'xor', 'not',
  'eq', 'ne', 'ltu', 'leu', 'gtu', 'geu', 'lts', 'les', 'gts', 'ges',
  'shl', 'shr', 'sra',
  'mux', 'choose',
  'cat', 'repeat', 'zext', 'sext',
  'reduceAnd', 'reduceOr', 'reduceXor', 'popcount', 'priority',
] as const;

export type Operator = (typeof OPERATORS)[number];
