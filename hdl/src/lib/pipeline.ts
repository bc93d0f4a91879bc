/**
 * A chain of combinational stages with registers in front of those that `cuts` names, in one module or across helpers.
 *
 * One set of values a cycle; latency `p.latency` = the number of cuts. A value that a later stage reads is carried
 * there by registers of its own, one a cut, named `<value>_<stage>`; what nobody reads is not made.
 * It neither reorders nor squeezes out bubbles: `stall` holds all stages at once, and hazards between the stages are
 * the designer's (`distance` tells how far apart they are).
 */
import { describe, isIdentifier } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { Bool, type Data, lit, type Read, type Shaped } from '../index.ts';
import { isAggregate, type View } from '../lang/aggregate.ts';
import { Leaf } from '../lang/value.ts';
import { type Carried, Delays } from './pipeline-delays.ts';

/** Shapes of named values. */
export interface PipelineShapes {
  readonly [name: string]: Data;
}

/** The values of `S` as a stage reads them. */
export type PipelineValues<S extends PipelineShapes> = { readonly [K in keyof S]: Read<S[K]> };

/** Values of those shapes, from wherever. */
type Given<S extends PipelineShapes> = { readonly [K in keyof S]: Shaped<S[K]> };

/** `S`, with what `N` names anew or in another way. */
type With<S extends PipelineShapes, N extends PipelineShapes> = { readonly [K in keyof S | keyof N]: K extends keyof N ? N[K] : K extends keyof S ? S[K] : never };

type Rest<Stages extends readonly string[]> = Stages extends readonly [string, ...infer R extends readonly string[]] ? R : Stages;

export interface PipelineOptions<Stage extends string = string> {
  /** Stages with a register in front of them; `'out'`: behind the last one. None by default: all combinational. */
  readonly cuts?: readonly NoInfer<Stage | 'out'>[];
  /** The inputs of this cycle count. Travels along, is cleared by reset. Without it every cycle counts. */
  readonly valid?: Bool;
  /** All registers of the pipeline hold. Without it the pipeline never stops. */
  readonly stall?: Bool;
}

/** What a stage knows of itself, beside the values. */
export interface StageControl {
  /** The values of this stage count in this cycle. */
  readonly valid: Bool;
  /** They count and move on at the end of this cycle: the condition for whatever may happen once only. */
  readonly fire: Bool;
  /**
   * Marks a value that comes by itself `cycles` registers later, a synchronous read for instance: it belongs behind
   * the next cut (or the one after that), where it needs no register. It must hold when the pipeline stalls.
   */
  late<T extends Data>(cycles: number, value: Shaped<T>): Read<T>;
}

export interface Pipeline<Stages extends readonly string[], S extends PipelineShapes> {
  /**
   * The next stage, in the order of the list that `pipeline` was given. `body` reads inputs and all that stages before
   * returned through `v`, each in step with this stage, and returns new values; a name may be given anew, for what
   * stages change one after the other.
   */
  stage<const N extends PipelineShapes = NoShapes>(name: Stages[0], body: (v: PipelineValues<S>, stage: StageControl) => Given<N>): Pipeline<Rest<Stages>, With<S, N>>;
  /** All values behind the last stage. */
  readonly out: Stages extends readonly [string, ...string[]] ? 'there are stages to come' : PipelineValues<S>;
  /** The values of `out` count. */
  readonly valid: Bool;
  /** Cycles from the inputs to `out`. Known from the start. */
  readonly latency: number;
  /** Cycles from one stage to another; `'in'` are the inputs, `'out'` is behind the last stage. */
  distance(from: string, to: string): number;
}

type NoShapes = { readonly [K in never]: Data };

/**
 * Begins a pipeline of `stages` over the values `inputs`. Return it from the module's body: `{ …, decide: p }` names
 * its registers `decide_<value>_<stage>`, and `{ ...p }` names them without prefix.
 *
 * @param stages names in order; a register in front of a stage bears its name
 * @throws a bad name, a cut without a stage, stages out of order, a value that is used out of step
 */
export function pipeline<const Stages extends readonly string[], const S extends PipelineShapes>(
  stages: Stages, inputs: Given<S>, options: PipelineOptions<Stages[number]> = {},
): Pipeline<Stages, S> {
  const { cuts = [], valid, stall } = options;
  checkStages(stages);
  const places = ['in', ...stages, 'out'];
  const registered = places.map((place) => (cuts as readonly string[]).includes(place));
  for (const cut of cuts) {
    if (places.indexOf(cut) < 1) usage(`pipeline: cuts may name ${[...stages, 'out'].join(', ')}, not ${describe(cut)}`);
    if (cuts.indexOf(cut) !== cuts.lastIndexOf(cut)) usage(`pipeline: cut ${cut} stands twice; one cut is one register`);
  }
  /** What the caller gets; all registers become members of it, which name them. */
  const self: Record<string, unknown> = {};
  const delays = new Delays(places, registered, stall, self);
  const counts = valid === undefined ? undefined : delays.add('valid', asView(valid), 0, true);
  const visible = new Map<string, Carried>();

  /** Values that the stage at `place` returned. All are checked before any is added: they may share what they are made of. */
  const take = (values: unknown, place: number, late: ReadonlyMap<unknown, number>): void => {
    const entries = checkedValues(places[place]!, values);
    const carried = (wanted: boolean) => entries.filter(([, value]) => late.has(value) === wanted);
    const made = carried(true).map(([name, value]) => [name, delays.add(name, value, place, false, late.get(value))] as const);
    for (const [name, value] of carried(false)) delays.checkInStep(name, value, place);
    for (const [name, value] of carried(false)) visible.set(name, delays.add(name, value, place, false));
    for (const [name, value] of made) visible.set(name, value);
  };
  const valuesAt = (place: number): object => {
    const values = {};
    for (const [name, value] of visible) Object.defineProperty(values, name, { get: () => value.at(place), enumerable: true });
    return values;
  };
  const validAt = (place: number) => (counts === undefined ? lit(Bool, true) : counts.at(place) as unknown as Bool);
  const control = (place: number, late: Map<unknown, number>): StageControl => ({
    get valid() { return validAt(place); },
    get fire() { return stall === undefined ? validAt(place) : validAt(place).and(stall.not()); },
    late: (cycles, value) => {
      if (!Number.isInteger(cycles) || cycles < 1) usage(`pipeline: late needs a number of cycles from 1 up, not ${describe(cycles)}`);
      late.set(value, cycles);
      return value as Read<typeof value.shape>;
    },
  });

  take(inputs, 0, new Map());
  let done = 0;
  const stage = (name: string, body: (v: object, stage: StageControl) => unknown) => {
    if (name !== stages[done]) usage(`pipeline: the next stage is ${stages[done] ?? 'none, since all were described'}, not ${describe(name)}`);
    done += 1;
    const late = new Map<unknown, number>();
    take(body(valuesAt(done), control(done, late)), done, late);
    return self;
  };
  const placeOf = (name: string): number => {
    const place = places.indexOf(name);
    return place < 0 ? usage(`pipeline: distance is between ${places.join(', ')}, not ${describe(name)}`) : place;
  };
  const behindLast = (what: string): number => {
    if (done < stages.length) usage(`pipeline: ${what} is read before stage ${stages[done]} was described`);
    return places.length - 1;
  };
  // Not enumerable, so that a search for names finds the registers alone.
  Object.defineProperties(self, {
    stage: { value: stage },
    latency: { value: cuts.length },
    distance: { value: (from: string, to: string) => delays.distance(placeOf(from), placeOf(to)) },
    out: { get: () => valuesAt(behindLast('out')) },
    valid: { get: () => validAt(behindLast('valid')) },
  });
  return self as unknown as Pipeline<Stages, S>;
}

function checkedValues(where: string, values: unknown): (readonly [string, View])[] {
  if (typeof values !== 'object' || values === null) usage(`pipeline: ${where} needs a record of values, not ${describe(values)}`);
  return Object.entries(values).map(([name, value]: [string, unknown]) => {
    if (!isIdentifier(name)) usage(`pipeline: ${describe(name)} cannot name a value; a name is an identifier`);
    if (name === 'valid') usage(`pipeline: ${where} has a value called valid, which is the name of the pipeline's own bit; pass that as an option, or rename it`);
    if (!(value instanceof Leaf) && !isAggregate(value)) usage(`pipeline: ${name} of ${where} must be a hardware value, not ${describe(value)}; lit makes one of a literal`);
    return [name, value] as const;
  });
}

function asView(value: Bool): View {
  if (!((value as unknown) instanceof Leaf)) usage(`pipeline: the option valid must be a Bool, not ${describe(value)}`);
  return value as unknown as View;
}

function checkStages(stages: readonly string[]): void {
  if (!Array.isArray(stages)) usage(`pipeline: the first argument must be a list of stages, not ${describe(stages)}`);
  for (const name of stages) {
    if (!isIdentifier(name) || name === 'in' || name === 'out') usage(`pipeline: ${describe(name)} cannot name a stage; a name is an identifier other than in and out`);
    if (stages.indexOf(name) !== stages.lastIndexOf(name)) usage(`pipeline: stage ${name} stands twice`);
  }
}
