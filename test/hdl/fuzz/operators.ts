/**
 * The language's operators as the fuzzer knows them: the rows of the coverage table, and how to make an expression of
 * each at a given width.
 *
 * `by` says which width decides the column: the result's, or the operand's for operators whose result has a width of
 * its own (comparisons, reductions, selections).
 */
import { Bool, clog2, UInt } from '@vtoe/hdl';
import type { Maker } from './generate/maker.ts';
import { type Expr, operation, type Operation } from './spec.ts';
import { WIDTH_CLASSES, type WidthClass } from './widths.ts';

export interface OperatorRow {
  readonly name: string;
  readonly by: 'result' | 'operand';
  readonly result: 'uint' | 'bool';
  /** Widths that exist. */
  readonly least: number;
  readonly most: number;
  readonly multiple: number;
  make(maker: Maker, width: number): Operation;
}

interface Limits {
  readonly least?: number;
  readonly most?: number;
  readonly multiple?: number;
}

function row(name: string, by: OperatorRow['by'], result: OperatorRow['result'], limits: Limits, make: OperatorRow['make']): OperatorRow {
  return { name, by, result, least: limits.least ?? 1, most: limits.most ?? Infinity, multiple: limits.multiple ?? 1, make };
}

/** Two operands of the result's width; single bits also as Bool. */
function binary(op: string, onBool = false): OperatorRow {
  return row(op, 'result', 'uint', {}, (m, width) => {
    if (width === 1 && onBool && m.chance(0.5)) return operation(op, Bool, [m.bool(), m.boolPeer()]);
    return operation(op, UInt(width), m.pair(width));
  });
}

function comparison(op: string, onBool = false): OperatorRow {
  return row(op, 'operand', 'bool', {}, (m, width) => {
    if (width === 1 && onBool && m.chance(0.5)) return operation(op, Bool, [m.bool(), m.boolPeer()]);
    return operation(op, Bool, m.pair(width));
  });
}

function reduction(op: string): OperatorRow {
  return row(op, 'operand', 'bool', {}, (m, width) => operation(op, Bool, [m.uint(width)]));
}

/** Shifts take any amount; in the table the amount decides between two rows. */
function shifts(op: string): OperatorRow[] {
  return [
    row(op, 'result', 'uint', {}, (m, width) => operation(op, UInt(width), [m.uint(width), m.amount(width)])),
    row(`${op} const`, 'result', 'uint', {}, (m, width) => operation(op, UInt(width), [m.uint(width)], [m.constantAmount(width)])),
  ];
}

function rotations(op: string): OperatorRow[] {
  return [
    row(op, 'result', 'uint', { least: 2 }, (m, width) => operation(op, UInt(width), [m.uint(width), m.uint(m.between(1, clog2(width)))])),
    row(`${op} const`, 'result', 'uint', { least: 2 }, (m, width) => operation(op, UInt(width), [m.uint(width)], [m.constantAmount(width)])),
  ];
}

export const OPERATOR_ROWS: readonly OperatorRow[] = [
  binary('add'),
  binary('sub'),
  row('addc', 'result', 'uint', { least: 2 }, (m, width) => operation('addc', UInt(width), m.pair(width - 1))),
  row('subb', 'result', 'uint', { least: 2 }, (m, width) => operation('subb', UInt(width), m.pair(width - 1))),
  row('mul', 'result', 'uint', { least: 2 }, (m, width) => {
    const left = m.chance(0.6) ? width >> 1 : m.between(1, width - 1);
    return operation('mul', UInt(width), [m.uint(left), m.uint(width - left)]);
  }),
  binary('and', true),
  binary('or', true),
  binary('xor', true),
  row('not', 'result', 'uint', {}, (m, width) => (
    width === 1 && m.chance(0.5) ? operation('not', Bool, [m.bool()]) : operation('not', UInt(width), [m.uint(width)]))),
  ...['eq', 'ne'].map((op) => comparison(op, true)),
  ...['lt', 'le', 'gt', 'ge', 'slt', 'sle', 'sgt', 'sge'].map((op) => comparison(op)),
  ...['min', 'max', 'smin', 'smax'].map((op) => binary(op)),
  ...['shl', 'shr', 'sra'].flatMap(shifts),
  ...['rotl', 'rotr'].flatMap(rotations),
  row('zext', 'result', 'uint', { least: 2 }, (m, width) => operation('zext', UInt(width), [m.uint(m.narrower(width))], [width])),
  row('sext', 'result', 'uint', { least: 2 }, (m, width) => operation('sext', UInt(width), [m.uint(m.narrower(width))], [width])),
  row('trunc', 'result', 'uint', {}, (m, width) => operation('trunc', UInt(width), [m.uint(m.wider(width))], [width])),
  row('bits', 'result', 'uint', {}, (m, width) => {
    const from = m.wider(width);
    const low = m.between(0, from - width);
    return operation('bits', UInt(width), [m.uint(from)], [low + width - 1, low]);
  }),
  row('bit', 'operand', 'bool', {}, (m, width) => operation('bit', Bool, [m.uint(width), m.amount(width)])),
  row('bit const', 'operand', 'bool', {}, (m, width) => operation('bit', Bool, [m.uint(width)], [m.edge(width)])),
  row('cat', 'result', 'uint', { least: 2 }, (m, width) => {
    const parts = m.split(width);
    return operation('cat', UInt(width), parts.map((part) => m.uint(part)));
  }),
  row('repeat', 'result', 'uint', {}, (m, width) => {
    const times = m.divisor(width);
    const part = width / times;
    return operation('repeat', UInt(width), [part === 1 && m.chance(0.5) ? m.bool() : m.uint(part)], [times]);
  }),
  ...['andR', 'orR', 'xorR'].map(reduction),
  row('popcount', 'operand', 'uint', {}, (m, width) => operation('popcount', UInt(clog2(width + 1)), [m.uint(width)])),
  row('priority', 'operand', 'uint', { least: 2 }, (m, width) => operation('priority', UInt(clog2(width)), [m.sparse(width)])),
  row('oneHot', 'result', 'uint', {}, (m, width) => operation('oneHot', UInt(width), [m.uint(Math.max(1, clog2(width)))], [width])),
  row('asBool', 'operand', 'bool', { most: 1 }, (m) => operation('asBool', Bool, [m.uint(1)])),
  row('toUInt', 'operand', 'uint', { most: 1 }, (m) => operation('toUInt', UInt(1), [m.bool()])),
  ...['allOf', 'anyOf'].map((op) => row(op, 'operand', 'bool', { most: 1 }, (m) => operation(op, Bool, Array.from({ length: m.between(1, 3) }, () => m.bool())))),
  row('mux', 'result', 'uint', {}, (m, width) => {
    if (width === 1 && m.chance(0.5)) return operation('mux', Bool, [m.bool(), m.bool(), m.boolPeer()]);
    return operation('mux', UInt(width), [m.bool(), ...m.pair(width)]);
  }),
  row('networkOrder', 'result', 'uint', { least: 8, multiple: 8 }, (m, width) => operation('networkOrder', UInt(width), [m.uint(width)])),
];

const BY_NAME = new Map(OPERATOR_ROWS.map((entry) => [entry.name, entry]));

export function operatorRow(name: string): OperatorRow {
  const found = BY_NAME.get(name);
  if (found === undefined) throw new Error(`no operator ${name}`);
  return found;
}

/** Operators with a row of their own for host-language numbers as amount or index. */
const CONSTANT_FORMS = new Set(['shl', 'shr', 'sra', 'rotl', 'rotr', 'bit']);

/** Row and width of an expression; undefined for what is no operator of the table (fields, vectors, packing). */
export function cellOf(expr: Expr): { readonly row: OperatorRow; readonly width: number } | undefined {
  if (expr.kind !== 'op') return undefined;
  const name = CONSTANT_FORMS.has(expr.op) && expr.args.length === 1 ? `${expr.op} const` : expr.op;
  const found = BY_NAME.get(name);
  if (found === undefined) return undefined;
  const shape = found.by === 'result' ? expr.shape : expr.args[0]!.shape;
  // Comparisons and muxes of aggregates are constructs.
  if (shape.kind !== 'uint' && shape.kind !== 'bool') return undefined;
  return { row: found, width: shape.width };
}

/** A width of the class at which the operator exists. */
export function existsIn({ least, most, multiple }: OperatorRow, { least: low, most: high }: WidthClass): boolean {
  const first = Math.ceil(Math.max(least, low) / multiple) * multiple;
  return first <= Math.min(most, high);
}

/** All cells of the table that exist, row by row. */
export const OPERATOR_CELLS: readonly { readonly row: OperatorRow; readonly width: WidthClass }[] =
  OPERATOR_ROWS.flatMap((entry) => WIDTH_CLASSES.filter((width) => existsIn(entry, width)).map((width) => ({ row: entry, width })));
