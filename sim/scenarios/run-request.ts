/** What the command and the child process that runs a scenario tell each other. */
import type { EngineName } from '../engine/open.ts';
import type { Progress } from '../engine/verilator/progress.ts';
import type { Figure, Report } from './report.ts';

export interface RunRequest {
  readonly scenario: string;
  readonly engine: EngineName;
  readonly seed: number;
  /** `key=value` each. */
  readonly settings: readonly string[];
  /** Files to be written. */
  readonly wave?: string;
  readonly pcap?: string;
  /** Whether idle time is skipped; default true. */
  readonly skip?: boolean;
}

export type RunMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'interim'; readonly figures: readonly Figure[] };

export interface RunResult {
  readonly report: Report;
  /** Clock cycles that were simulated, and those of them that were not skipped. */
  readonly cycles: number;
  readonly evaluatedCycles: number;
  /** Of a run in lockstep: outputs that had one value only, so that their comparison says little. */
  readonly neverToggled?: readonly string[];
}
