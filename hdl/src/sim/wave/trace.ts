/** What a waveform is made from: the history of some signals over a window of cycles. */
import type { EnumLabels } from '../../ir/net.ts';

/** What a waveform tells of a signal. */
export interface TraceSignal {
  /** Hierarchical name: `queue.wr`. */
  readonly path: string;
  readonly width: number;
  readonly isBool: boolean;
  readonly labels: EnumLabels | undefined;
}

/** One signal's history: a value holds from its cycle up to the next change. */
export interface Trace extends TraceSignal {
  /** In order; the first is at the first cycle of the window. */
  readonly changes: readonly { readonly cycle: number; readonly value: bigint }[];
}

/** Cycles `from` to `to`, the latter not included. */
export interface TraceWindow {
  readonly from: number;
  readonly to: number;
  readonly traces: readonly Trace[];
}

/** A value in a waveform: a label, or hexadecimal. A value without a label shows as `?` and its digits. */
export function valueText({ labels }: Pick<Trace, 'labels'>, value: bigint): string {
  if (labels === undefined) return value.toString(16);
  return labels.labels.find((label) => label.value === value)?.name ?? `?${value.toString(16)}`;
}
