/** What a run has to say: figures and tables, for eyes and for programs, and whether all was well. */

export type Cell = number | string;

/** A fact of a run. */
export interface Figure {
  /** For programs, the unit in it where there is one: `goodputGbitPerSecond`. */
  readonly key: string;
  /** For eyes. */
  readonly label: string;
  readonly value: Cell;
  readonly unit?: string;
}

export interface Column {
  readonly key: string;
  readonly label: string;
}

/** Several things of one kind, a row each: a VM, a connection. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Report {
  /** What was wrong, a sentence each; none: all was well. */
  readonly problems: readonly string[];
  readonly figures: readonly Figure[];
  readonly tables?: readonly Table[];
  /** Clock cycles, if idle ones were skipped: more than the engine has run. */
  readonly cycles?: number;
}

/** A number as people read it: 1,234,567 and 9.415. */
export function cellText(value: Cell): string {
  if (typeof value === 'string') return value;
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return value.toLocaleString('en-US', { minimumSignificantDigits: 4, maximumSignificantDigits: 4 });
}

export function figuresText(figures: readonly Figure[]): string {
  const rows = figures.map(({ label, value, unit }) => [label, cellText(value), unit ?? '']);
  const [labels, values] = [0, 1].map((i) => Math.max(0, ...rows.map((row) => row[i]!.length)));
  return rows.map(([label, value, unit]) => `${label!.padEnd(labels!)}  ${value!.padStart(values!)}${unit === '' ? '' : ` ${unit}`}`).join('\n');
}

/** Numbers stand right, words left. */
export function tableText({ title, columns, rows }: Table): string {
  const isNumber = columns.map((_, i) => rows.every((row) => typeof row[i] === 'number'));
  const lines = [columns.map(({ label }) => label), ...rows.map((row) => row.map(cellText))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const text = lines.map((line) => line.map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ').trimEnd());
  return [title, ...text].join('\n');
}

/** Figures as a record by their keys. */
export function figuresJson(figures: readonly Figure[]): Record<string, Cell> {
  return Object.fromEntries(figures.map(({ key, value }) => [key, value]));
}

/** Rows as records by the columns' keys. */
export function tableJson({ title, columns, rows }: Table): { readonly title: string; readonly rows: readonly Record<string, Cell>[] } {
  return { title, rows: rows.map((row) => Object.fromEntries(columns.map(({ key }, i) => [key, row[i]!]))) };
}
