/** The two coverage tables: operator x width class, construct x context; and counts of their cells. */
import { existsIn, OPERATOR_ROWS } from '../operators.ts';
import { WIDTH_CLASSES } from '../widths.ts';

/**
 * * in `when`: inside of a branch of `when` or `match`.
 * * across an instance: in a module below the top, so all of its effect passes an instance's ports.
 * * reset in mid-run: observed after `rst` was high in the middle of the run.
 */
export const CONTEXTS = ['in when', 'across an instance', 'reset in mid-run'] as const;

export type Context = (typeof CONTEXTS)[number];

/** All rows of the second table; points.ts finds them. */
export const CONSTRUCT_ROWS = [
  'register', 'register without reset', 'register copy', 'wire', 'last assignment wins', 'when', 'elsewhen', 'otherwise',
  'match on an enum', 'match, value without a label', 'match on a UInt', 'match, otherwise', 'compared enums', 'enum as bits',
  'bundle field', 'bundle field, written', 'bundle of values', 'mux of bundles', 'compared bundles', 'pack', 'unpack',
  'vector, static read', 'vector, dynamic read', 'vector, read beyond the end', 'vector, static write', 'vector, dynamic write', 'vector, write beyond the end',
  'asynchronous read', 'synchronous read', 'read enable', 'memory, old word', 'output register', 'start contents', 'memory write', 'exclusive writes',
  'mask by bytes', 'mask by lanes', 'mask by fields',
  'instance', 'shared module', 'nested instance', 'stream', 'scope', 'shift by the width or more',
] as const;

export function operatorCell(row: string, width: string): string {
  return `${row} | ${width}`;
}

export function constructCell(row: string, context: Context): string {
  return `${row} | ${context}`;
}

export type Counts = Map<string, number>;

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** Undefined where there is no such cell. */
  readonly rows: readonly { readonly name: string; readonly counts: readonly (number | undefined)[] }[];
}

export function tables(counts: Counts): Table[] {
  return [
    {
      title: 'operator x width class',
      columns: WIDTH_CLASSES.map(({ name }) => name),
      rows: OPERATOR_ROWS.map((row) => ({
        name: row.name,
        counts: WIDTH_CLASSES.map((width) => (existsIn(row, width) ? counts.get(operatorCell(row.name, width.name)) ?? 0 : undefined)),
      })),
    },
    {
      title: 'construct x context',
      columns: CONTEXTS,
      rows: CONSTRUCT_ROWS.map((name) => ({ name, counts: CONTEXTS.map((context) => counts.get(constructCell(name, context)) ?? 0) })),
    },
  ];
}

export function least(table: Table): { readonly count: number; readonly cell: string } {
  let lowest = { count: Infinity, cell: '' };
  for (const { name, counts } of table.rows) {
    counts.forEach((count, i) => { if (count !== undefined && count < lowest.count) lowest = { count, cell: `${name}, ${table.columns[i]}` }; });
  }
  return lowest;
}

export function tableText(table: Table): string {
  const names = Math.max(...table.rows.map(({ name }) => name.length));
  const widths = table.columns.map((column) => Math.max(column.length, 6));
  const line = (name: string, cells: readonly string[]) => `${name.padEnd(names)}  ${cells.map((cell, i) => cell.padStart(widths[i]!)).join('  ')}`.trimEnd();
  const { count, cell } = least(table);
  return [
    `${table.title}: times emitted, toggled and observed at an output`,
    line('', table.columns),
    ...table.rows.map(({ name, counts }) => line(name, counts.map((value) => (value === undefined ? '-' : String(value))))),
    `least: ${count} (${cell})`,
  ].join('\n');
}
