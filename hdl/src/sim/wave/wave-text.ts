/**
 * Waveforms in characters: a line a signal, a column of equal width a cycle.
 *
 *     cycle  0   1   2   3
 *     en     ▁▁▁▁▔▔▔▔▔▔▔▔▁▁▁▁
 *     count  │0      │1  │2
 */
import { SimulationError } from '../error.ts';
import { type Trace, type TraceWindow, valueText } from './trace.ts';

export interface WaveTextOptions {
  /** Hierarchical names of what is shown, in this order; all that was recorded by default. */
  readonly signals?: readonly string[];
  /** First cycle shown, and the cycle after the last; all that is kept by default. */
  readonly from?: number;
  readonly to?: number;
  /** Characters a line may have; more cycles go on in another block. 120 by default. */
  readonly columns?: number;
}

const LOW = '▁';
const HIGH = '▔';
const MARK = '│';
/** A cycle's column is as narrow as its values allow, but not wider than this: longer ones are cut. */
const WIDEST = 9;
const NARROWEST = 2;

/** @throws SimulationError for cycles that are not kept */
export function shownCycles(kept: Pick<TraceWindow, 'from' | 'to'>, { from = kept.from, to = kept.to }: WaveTextOptions): Pick<TraceWindow, 'from' | 'to'> {
  if (from < kept.from || to > kept.to || from > to) {
    throw new SimulationError(`the waveform has cycles ${kept.from} to ${kept.to - 1}, not ${from} to ${to - 1}`);
  }
  return { from, to };
}

export function waveText(window: TraceWindow, columns = 120): string {
  const { from, to } = window;
  const margin = Math.max('cycle'.length, ...window.traces.map(({ path }) => path.length)) + 2;
  const rows = window.traces.map((trace) => ({ trace, runs: runsOf(trace, from, to) }));
  const cell = cellWidth(rows.flatMap(({ runs, trace }) => (trace.isBool ? [] : runs)));
  const perBlock = Math.max(1, Math.floor((columns - margin) / cell));
  const blocks: string[] = [];
  for (let start = from; start < to; start += perBlock) {
    const end = Math.min(to, start + perBlock);
    const lines = [`${'cycle'.padEnd(margin)}${ruler(start, end, cell)}`];
    for (const { trace, runs } of rows) {
      const drawn = trace.isBool ? drawBool(runs, start, end, cell) : drawValues(runs, start, end, cell);
      lines.push(`${trace.path.padEnd(margin)}${drawn}`);
    }
    blocks.push(lines.map((line) => line.trimEnd()).join('\n'));
  }
  return `${blocks.join('\n\n')}\n`;
}

/** One value and the cycles in which it holds. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly value: bigint;
  readonly text: string;
}

function runsOf(trace: Trace, from: number, to: number): Run[] {
  return trace.changes.flatMap(({ cycle, value }, i) => {
    const start = Math.max(from, cycle);
    const end = Math.min(to, trace.changes[i + 1]?.cycle ?? to);
    return start < end ? [{ start, end, value, text: valueText(trace, value) }] : [];
  });
}

/** The narrowest column in which every value fits beside its mark. */
function cellWidth(runs: readonly Run[]): number {
  const needed = runs.map(({ start, end, text }) => Math.ceil((text.length + 1) / (end - start)));
  return Math.min(WIDEST, Math.max(NARROWEST, ...needed));
}

/** Numbers of cycles, as many as there is room for. */
function ruler(start: number, end: number, cell: number): string {
  const every = Math.ceil((String(end).length + 1) / cell);
  let line = '';
  for (let cycle = start; cycle < end; cycle += every) line += String(cycle).padEnd(cell * every);
  return line.slice(0, (end - start) * cell);
}

function drawBool(runs: readonly Run[], start: number, end: number, cell: number): string {
  return runs.map((run) => (run.value === 0n ? LOW : HIGH).repeat(overlap(run, start, end) * cell)).join('');
}

function drawValues(runs: readonly Run[], start: number, end: number, cell: number): string {
  return runs.map((run) => {
    const room = overlap(run, start, end) * cell;
    if (room === 0) return '';
    const text = run.text.length < room ? run.text : `${run.text.slice(0, room - 2)}…`;
    return `${MARK}${text}`.padEnd(room);
  }).join('');
}

function overlap(run: Run, start: number, end: number): number {
  return Math.max(0, Math.min(run.end, end) - Math.max(run.start, start));
}
