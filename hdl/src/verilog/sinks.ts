/**
 * Sinks: what nobody reads is named in one wire, so that lint finds no unused bit and the reader finds all of them.
 *
 * Tools exempt signals with `unused` in their name (Verilator), and synthesis removes them.
 */
import type { Lines } from './lines.ts';
import { bitsOfName } from './literal.ts';
import type { Names } from './names.ts';
import type { Signal } from './term.ts';

/** Texts of all unread bits, in order of declaration. */
export function unreadBits(signals: readonly Signal[]): string[] {
  return signals.flatMap((signal) => {
    if (signal.read) return [];
    if (signal.ranges === undefined) return [signal.name];
    return gaps(signal.width, signal.ranges).map(([lo, hi]) => bitsOfName(signal.name, lo, hi - lo + 1));
  });
}

/** Maximal runs of bits outside of all ranges, from the top. */
function gaps(width: number, ranges: readonly number[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i]!, ranges[i + 1]!]);
  pairs.sort(([a], [b]) => a - b);
  const result: [number, number][] = [];
  let next = 0;
  for (const [lo, hi] of pairs) {
    if (lo > next) result.push([next, lo - 1]);
    next = Math.max(next, hi + 1);
  }
  if (next < width) result.push([next, width - 1]);
  return result.reverse();
}

/** @param wanted has `unused` in it */
export function printSink(wanted: string, unread: readonly string[], names: Names, lines: Lines): void {
  if (unread.length === 0) return;
  // The zero makes the value a constant, and the reduction legal for one bit.
  lines.line(`wire ${names.claim(wanted)} = &{1'b0, ${unread.join(', ')}};`);
}
