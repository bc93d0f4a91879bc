/**
 * What it takes to run the recent past again: snapshots of all state, and what came from outside since - inputs as
 * they changed, and interventions.
 */
import type { BuiltinEngine } from '../engine.ts';
import { ChangeLog, type Piece } from '../wave/change-log.ts';
import type { Sampler } from '../wave/sampler.ts';

/** State that was changed by other than a clock edge. */
export type Intervention =
  | { readonly kind: 'poke'; readonly cycle: number; readonly path: string; readonly value: bigint }
  | { readonly kind: 'write'; readonly cycle: number; readonly path: string; readonly index: number; readonly value: bigint };

/** A snapshot and what came after it, up to the next. */
interface Segment {
  readonly cycle: number;
  /** Absent at power-up: any new engine with the same seed is in that state. */
  readonly state: Uint8Array | undefined;
  readonly inputs: ChangeLog;
  readonly interventions: Intervention[];
}

/** A way back to some cycle, and forth from there. Stays as it is while the engine runs on. */
export interface Past {
  /** Where it starts. */
  readonly cycle: number;
  readonly state: Uint8Array | undefined;
  /** Changes of the area of memory that inputs are in. */
  readonly inputs: readonly Piece[];
  /** Summaries of an entry of these. */
  readonly summaries: number;
  readonly interventions: readonly Intervention[];
}

export interface HistoryOptions {
  /** Cycles that can be run again, at least, unless the simulation is younger or was changed behind its back. */
  readonly cycles: number;
  /** Cycles from snapshot to snapshot. */
  readonly interval: number;
}

/** Beyond, a snapshot is taken early. */
const LOG_BYTES = 2 ** 25;
/** What an intervention takes, roughly. */
const INTERVENTION_BYTES = 128;

export class History {
  readonly #engine: BuiltinEngine;
  readonly #options: HistoryOptions;
  readonly #sampler: Sampler;
  /** At most two. */
  #segments: readonly Segment[] = [];
  /** What the engine should say, if nobody but the log's owner moved it. */
  #cycle = 0;
  #interventions = 0;

  constructor(engine: BuiltinEngine, options: HistoryOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#sampler = engine.sampleInputs();
  }

  /** Notes the inputs before a run; returns how many cycles it may have. */
  before(): number {
    const { cycle } = this.#engine;
    const latest = this.#segments.at(-1);
    if (latest === undefined || cycle !== this.#cycle || this.#engine.interventions !== this.#interventions) this.#start(cycle);
    else if (this.#isDue(latest, cycle)) this.#snapshot(cycle);
    const segment = this.#segments.at(-1)!;
    segment.inputs.sample(cycle);
    return segment.cycle + this.#options.interval - cycle;
  }

  /** To be called after the run. */
  after(): void {
    this.#cycle = this.#engine.cycle;
  }

  /** To be called after an intervention: others are found out, and nothing before them can be run again. */
  note(intervention: Intervention): void {
    this.#segments.at(-1)?.interventions.push(intervention);
    if (this.#engine.interventions === this.#interventions + 1) this.#interventions += 1;
  }

  /** From the latest snapshot not after `cycle` on, else from the oldest. */
  past(cycle: number): Past {
    const first = Math.max(0, this.#segments.findLastIndex((segment) => segment.cycle <= cycle));
    const segments = this.#segments.slice(first);
    return {
      cycle: segments[0]!.cycle,
      state: segments[0]!.state,
      inputs: segments.flatMap(({ inputs }) => inputs.pieces()),
      summaries: this.#sampler.summaries,
      interventions: segments.flatMap(({ interventions }) => interventions),
    };
  }

  #isDue({ cycle: since, inputs, interventions }: Segment, cycle: number): boolean {
    if (cycle - since >= this.#options.interval) return true;
    return cycle - since >= this.#options.cycles && inputs.bytes + INTERVENTION_BYTES * interventions.length > LOG_BYTES;
  }

  /** Nothing of what was is known to hold. */
  #start(cycle: number): void {
    this.#interventions = this.#engine.interventions;
    this.#segments.at(-1)?.inputs.close();
    this.#segments = [this.#segment(cycle, cycle === 0 && this.#interventions === 0 ? undefined : this.#engine.save())];
  }

  #snapshot(cycle: number): void {
    const latest = this.#segments.at(-1)!;
    latest.inputs.close();
    this.#segments = [latest, this.#segment(cycle, this.#engine.save())];
  }

  #segment(cycle: number, state: Uint8Array | undefined): Segment {
    return { cycle, state, inputs: new ChangeLog(this.#sampler, cycle, { cycles: Infinity, bytes: Infinity }), interventions: [] };
  }
}
