/** A runnable set-up: a design, what stands around it, and what must come of it. One file each, listed in `index.ts`. */
import type { Design } from '@vtoe/hdl';
import type { Engine } from '../engine/engine.ts';
import type { PcapngWriter } from '../link/pcapng.ts';
import { type ParameterSet, type ValuesOf, valuesOf } from './parameter.ts';
import type { Figure, Report } from './report.ts';

/** What a scenario has of the run that it is part of. */
export interface ScenarioRun {
  /** Of everything that is random. */
  readonly seed: number;
  /** Whether idle time is skipped; it changes nothing but the time that the run takes. */
  readonly skip: boolean;
  /** The engine that was asked for. Once: a waveform has one design. It is closed when the run ends, however that is. */
  openEngine(design: Design): Promise<Engine>;
  /** The capture that was asked for, if any; closed when the run ends, too. */
  readonly capture: PcapngWriter | undefined;
  /** Tells how far it is. */
  progress(what: string, done: number, of: number): void;
  /** What is known so far: it remains if native code crashes. */
  interim(figures: readonly Figure[]): void;
}

export interface Scenario {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly parameters: ParameterSet;
  /** Whether there are frames to capture. */
  readonly hasFrames: boolean;
  /** @throws RangeError in one sentence, if a parameter makes no sense */
  check(assignments: readonly string[]): ValuesOf<ParameterSet>;
  run(run: ScenarioRun, assignments: readonly string[]): Promise<Report>;
}

export interface ScenarioDefinition<P extends ParameterSet> extends Omit<Scenario, 'parameters' | 'check' | 'run'> {
  readonly parameters: P;
  /** What single values do not show. @throws RangeError in one sentence that names the key, its value and what is allowed */
  readonly together?: (values: ValuesOf<P>) => void;
  readonly run: (run: ScenarioRun, values: ValuesOf<P>) => Report | Promise<Report>;
}

/** Ties the types of parameters and of their values together. */
export function scenario<const P extends ParameterSet>({ together = () => {}, run, ...rest }: ScenarioDefinition<P>): Scenario {
  const check = (assignments: readonly string[]): ValuesOf<P> => {
    const values = valuesOf(rest.name, rest.parameters, assignments);
    together(values);
    return values;
  };
  return { ...rest, check, run: async (context, assignments) => run(context, check(assignments)) };
}
