/** Measured figures as JSON for programs, as a table for people. */
import type { FigureFacts, MeasuredFigure } from './figure.ts';

export function jsonText(figures: readonly MeasuredFigure[]): string {
  return JSON.stringify({ figures }, undefined, 2);
}

export function tableText(figures: readonly MeasuredFigure[], facts: Readonly<Record<string, FigureFacts>>): string {
  const rows = figures.map(({ name, value, unit, goal, met }) => [name, number(value), unit, goal === null ? '' : `${facts[name]!.goal!.bound} ${goal}`, met === null ? '' : met ? 'yes' : 'no']);
  return columns([['figure', 'value', 'unit', 'goal', 'met'], ...rows]).join('\n');
}

/** Four digits, or all of a whole number. */
function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd());
}
