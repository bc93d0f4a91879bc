/** What the engine dropped, what went wrong and what overflowed since its reset, by cause: the counters of the VMM's page. */
import type { Wait } from '@vtoe/hdl';
import { type CounterName, COUNTERS } from '../../hw/registers.ts';
import type { EngineRegisters } from '../guest/bus.ts';
import type { Table } from '../scenarios/report.ts';

export type Counts = Readonly<Record<CounterName, number>>;

/** Cycles after which all that happened is in the counters, if they are not read meanwhile. */
export const COUNTERS_LATE_CYCLES = 2 * COUNTERS.length + 4;

/** Reads them all, one after the other. */
export function* readCounters(registers: EngineRegisters): Generator<Wait, Counts, void> {
  const counts: Partial<Record<CounterName, number>> = {};
  for (const [i, { name }] of COUNTERS.entries()) counts[name] = Number(yield* registers.counter(i).value.read());
  return counts as Counts;
}

/** Those that are not 0. */
export function nonZero(counts: Counts): Partial<Record<CounterName, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

/** Those that counted, with what they say. */
export function tableOfCounts(counts: Counts): Table {
  return {
    title: 'What the TOE dropped, and what went wrong',
    columns: [{ key: 'cause', label: 'cause' }, { key: 'count', label: 'count' }, { key: 'what', label: 'what' }],
    rows: COUNTERS.filter(({ name }) => counts[name] !== 0).map(({ name, doc }) => [name, counts[name], doc]),
  };
}
