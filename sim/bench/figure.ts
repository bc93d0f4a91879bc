/** What `vtoe bench` measures: figures by name, in families that share their runs. All but speeds of simulators are counted in simulated cycles. */
import type { Design } from '@vtoe/hdl';
import type { Config } from '../../hw/config.ts';
import type { MissingToolError } from '../native-tool.ts';
import type { NativeOptions } from '../toe/native.ts';

export interface FigureFacts {
  readonly unit: string;
  readonly doc: string;
  readonly goal?: { readonly bound: 'at least' | 'at most'; readonly value: number };
}

/** What is measured. */
export interface Subject {
  readonly config: Config;
  readonly design: Design;
  readonly seed: number;
  /** What differs from the machine that a family sets up: a test plants a slowdown with it. */
  readonly machine?: Partial<NativeOptions>;
  /** Of the time that figures are taken over; 1. Less is for trials: steady states need their time. */
  readonly scale?: number;
  /** Tells what is being done. */
  readonly progress?: (what: string) => void;
  /** Told of figures that cannot be measured for want of a tool. */
  readonly absent?: (names: readonly string[], reason: MissingToolError) => void;
}

export interface Family {
  readonly figures: Readonly<Record<string, FigureFacts>>;
  /**
   * Measures those that are wanted; one that is left out was told to `absent`.
   * @throws Error in one sentence, if a byte was wrong or the run did not come to its end
   */
  measure(subject: Subject, wanted: ReadonlySet<string>): Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;
}

export interface MeasuredFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: number | null;
  /** Null without a goal. */
  readonly met: boolean | null;
}

export function measured(name: string, { unit, goal }: FigureFacts, value: number): MeasuredFigure {
  if (goal === undefined) return { name, value, unit, goal: null, met: null };
  return { name, value, unit, goal: goal.value, met: goal.bound === 'at least' ? value >= goal.value : value <= goal.value };
}
