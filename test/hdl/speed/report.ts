/** The figures as JSON for programs, as tables for people. */
import { type Figure, KINDS, type KindName, type MeasuredFigure } from './figures.ts';
import type { Measurement } from './measure.ts';
import { type Spread, spreadOf } from './statistics.ts';

export function jsonText(measurements: readonly Measurement[]): string {
  const figures = measurements.flatMap((one) => one.figures).map(({ name, value, unit, goal, met }): Figure => ({ name, value, unit, goal, met }));
  return JSON.stringify({ figures }, undefined, 2);
}

export function tableText(measurements: readonly Measurement[]): string {
  const figures = measurements.flatMap(({ design, figures }) => figures.map((one) => figureRow(design, one)));
  const speeds = measurements.flatMap(({ design, results }) => results.map(({ activity, name, speeds }) => {
    const spread = spreadOf(speeds.map((speed) => speed / 1000));
    return [design, activity, name, number(spread.median), spreadText(spread)];
  }));
  return [
    ...columns([['figure', 'value', 'least..most', 'unit', 'goal', 'met'], ...figures]), '',
    ...columns([['design', 'blocks', 'engine', 'kHz', 'least..most'], ...speeds]),
  ].join('\n');
}

function figureRow(design: string, { name, value, spread, unit, goal, met }: MeasuredFigure): string[] {
  const kind = KINDS[name.slice(design.length + 1) as KindName];
  const goalText = goal !== null && 'goal' in kind ? `${kind.goal.bound} ${goal}` : '';
  return [name, number(value), spread === undefined ? '' : spreadText(spread), unit, goalText, met === null ? '' : met ? 'yes' : 'no'];
}

function spreadText({ least, most }: Spread): string {
  return `${number(least)}..${number(most)}`;
}

/** Three digits. */
function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd());
}
