/** Where two engines' rows part for the first time. */
import type { Outcome, Port, Sampled } from './subject.ts';

export interface Difference {
  readonly cycle: number;
  readonly port: string;
  /** Hexadecimal, as the two engines gave them. */
  readonly left: string;
  readonly right: string;
}

export function firstDifference(outputs: readonly Port[], left: Sampled, right: Sampled): Difference | undefined {
  for (let cycle = 0; cycle < Math.max(left.length, right.length); cycle += 1) {
    if (left[cycle] === right[cycle]) continue;
    const [a, b] = [fields(left[cycle]), fields(right[cycle])];
    const at = outputs.findIndex((_, i) => a[i] !== b[i]);
    return { cycle, port: outputs[at]?.name ?? 'row', left: a[at] ?? 'nothing', right: b[at] ?? 'nothing' };
  }
  return undefined;
}

function fields(row: string | undefined): readonly string[] {
  return row === undefined ? [] : row.split(' ');
}

export function differenceText({ cycle, port, left, right }: Difference, leftName: string, rightName: string): string {
  return `cycle ${cycle}, output ${port}: ${leftName} 0x${left}, ${rightName} 0x${right}`;
}

/** As a sentence, what parts two outcomes; undefined if they agree. */
export function disagreement(outputs: readonly Port[], left: Outcome, leftName: string, right: Outcome, rightName: string): string | undefined {
  if ('error' in left) return `${leftName} failed: ${left.error}`;
  if ('error' in right) return `${rightName} failed: ${right.error}`;
  const difference = firstDifference(outputs, left.rows, right.rows);
  return difference && differenceText(difference, leftName, rightName);
}
