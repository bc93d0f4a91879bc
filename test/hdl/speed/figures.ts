/** The figures' names, units and goals. */
import type { Spread } from './statistics.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  readonly goal: number | null;
  readonly met: boolean | null;
}

export type Unit = 'ratio' | 's' | 'kHz';

/** `spread`, where the value is the median of rounds. */
export interface MeasuredFigure extends Figure {
  readonly spread: Spread | undefined;
}

interface Kind {
  readonly unit: Unit;
  readonly goal?: { readonly bound: 'at least' | 'at most'; readonly value: number };
}

/** By what follows the design's name. */
export const KINDS = {
  builtin_over_verilator: { unit: 'ratio', goal: { bound: 'at least', value: 0.8 } },
  idle_builtin_over_verilator: { unit: 'ratio', goal: { bound: 'at least', value: 1.2 } },
  allidle_builtin_over_verilator: { unit: 'ratio', goal: { bound: 'at least', value: 20 } },
  builtin_first_cycle_s: { unit: 's', goal: { bound: 'at most', value: 1 } },
  trace_slowdown: { unit: 'ratio', goal: { bound: 'at most', value: 3 } },
  builtin_over_icarus: { unit: 'ratio' },
  builtin_khz: { unit: 'kHz' },
  idle_builtin_khz: { unit: 'kHz' },
  allidle_builtin_khz: { unit: 'kHz' },
  verilator_khz: { unit: 'kHz' },
  idle_verilator_khz: { unit: 'kHz' },
  allidle_verilator_khz: { unit: 'kHz' },
  icarus_khz: { unit: 'kHz' },
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof KINDS;

/** @param hasGoals whether the kind's goal is one for this design */
export function figure(design: string, kind: KindName, measured: number | Spread, hasGoals: boolean): MeasuredFigure {
  const { unit, goal: kindGoal }: Kind = KINDS[kind];
  const goal = hasGoals ? kindGoal : undefined;
  const spread = typeof measured === 'number' ? undefined : measured;
  const value = typeof measured === 'number' ? measured : measured.median;
  const met = goal === undefined ? null : goal.bound === 'at least' ? value >= goal.value : value <= goal.value;
  return { name: `${design}_${kind}`, value, unit, goal: goal?.value ?? null, met, spread };
}
