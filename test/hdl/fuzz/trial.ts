/** One or many designs on several engines: what they disagree on. */
import type { Design, EngineOptions } from '@vtoe/hdl';
import type { NativeEngine } from '../engines/batch.ts';
import { builtin } from '../engines/builtin.ts';
import { type Difference, differenceText, firstDifference } from '../engines/compare.ts';
import { subjectOf } from '../engines/emitted.ts';
import { icarus } from '../engines/icarus.ts';
import type { Outcome, Subject } from '../engines/subject.ts';
import type { Keep } from '../engines/work-directory.ts';
import { verilator } from '../engines/verilator.ts';
import { build } from './build.ts';
import type { Plant } from './plants/plant.ts';
import type { Spec } from './spec.ts';
import { stimulusOf } from './stimulus.ts';

/** Groups of a few operators each: gating has much to decide on, in small designs, too. */
const SMALL = { enough: 60, most: 160 };

/** The built-in engine: without activity gating, with it, and changing between the two every few cycles. */
const OWN = {
  builtin: { gating: 'never' },
  gated: { gating: 'always', tuning: { size: SMALL } },
  mixed: { gating: { patience: 3, pause: 5 }, tuning: { size: SMALL } },
} as const satisfies Record<string, EngineOptions>;

const NATIVE = { icarus, verilator } as const satisfies Record<string, NativeEngine>;

export type OwnEngine = keyof typeof OWN;

export type EngineName = OwnEngine | keyof typeof NATIVE;

const OWN_ENGINES = Object.keys(OWN) as OwnEngine[];

export const ENGINES: readonly EngineName[] = [...OWN_ENGINES, ...Object.keys(NATIVE) as (keyof typeof NATIVE)[]];

export interface TrialOptions {
  /** At least two. */
  readonly engines: readonly EngineName[];
  readonly plant?: Plant | undefined;
  /** When work directories of native engines stay. */
  readonly keep?: Keep;
}

/** Two engines that disagree, or one that failed; `language` is the elaboration of the design. */
export interface Complaint {
  readonly between: readonly (EngineName | 'language')[];
  readonly text: string;
  readonly difference?: Difference;
}

/** A design that is ready to run. */
export interface Prepared {
  readonly spec: Spec;
  readonly subject: Subject;
  /** Of the built-in engine's forms that take part. */
  readonly own: ReadonlyMap<OwnEngine, Outcome>;
  readonly design: Design;
}

export type Preparation = Prepared | { readonly spec: Spec; readonly complaint: Complaint };

/** Elaborates, emits, and runs the built-in engine, which needs no batch. */
export function prepare(spec: Spec, { engines, plant }: TrialOptions): Preparation {
  let design: Design;
  let subject: Subject;
  try {
    design = build(spec);
    const emitted = subjectOf(design, { cycles: [] }, { locators: false });
    subject = { ...emitted, stimulus: stimulusOf(spec, emitted.inputs) };
  } catch (error) {
    return { spec, complaint: { between: ['language'], text: `the language rejects the design: ${messageOf(error)}` } };
  }
  if (plant?.verilog !== undefined) {
    const { verilog } = plant;
    subject = { ...subject, files: subject.files.map((file) => (file.name.endsWith('.v') ? { ...file, text: verilog(file.text) } : file)) };
  }
  const own = OWN_ENGINES.filter((name) => engines.includes(name));
  return { spec, design, subject, own: new Map(own.map((name) => [name, runOwn(name, design, subject, plant)])) };
}

export function runOwn(name: OwnEngine, design: Design, { stimulus }: Subject, plant: Plant | undefined): Outcome {
  const options: EngineOptions = OWN[name];
  const fault = name === 'builtin' ? undefined : plant?.gating;
  const tuning = { ...options.tuning, ...(fault?.activity === undefined ? {} : { activity: fault.activity }) };
  const run = (): Outcome => ({ rows: builtin(plant?.design?.(design) ?? design, stimulus, plant?.edges?.(design), name === 'builtin' ? options : { ...options, tuning }) });
  try {
    return fault?.around === undefined ? run() : fault.around(run);
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** Runs what is prepared on the native engines; a complaint each, or undefined where all agree. */
export async function judge(preparations: readonly Preparation[], { engines, keep = 'failed' }: TrialOptions): Promise<(Complaint | undefined)[]> {
  const ready = preparations.filter((entry): entry is Prepared => 'subject' in entry);
  const subjects = ready.map(({ subject }) => subject);
  const names = engines.filter((name): name is keyof typeof NATIVE => name in NATIVE);
  const outcomes = await Promise.all(names.map((name) => NATIVE[name](subjects, { keep })));
  return preparations.map((entry) => {
    if ('complaint' in entry) return entry.complaint;
    const i = ready.indexOf(entry);
    return complaintOf(entry.subject, [...entry.own, ...names.map((name, n) => [name, outcomes[n]![i]!] as const)]);
  });
}

/** All against the first; the first disagreement counts, the text names all. */
export function complaintOf({ outputs }: Subject, runs: readonly (readonly [EngineName, Outcome])[]): Complaint | undefined {
  const failed = runs.find(([, outcome]) => 'error' in outcome);
  if (failed !== undefined) return { between: [failed[0]], text: `${failed[0]} fails: ${(failed[1] as { error: string }).error}` };
  const [[first, reference], ...others] = runs as [readonly [EngineName, { rows: readonly string[] }], ...(readonly [EngineName, { rows: readonly string[] }])[]];
  const complaints = others.flatMap(([name, { rows }]): Complaint[] => {
    const difference = firstDifference(outputs, reference.rows, rows);
    return difference === undefined ? [] : [{ between: [first, name], text: differenceText(difference, first, name), difference }];
  });
  const [main] = complaints;
  return main && { ...main, text: complaints.map(({ text }) => text).join('; ') };
}

/** Prepares and judges at once. */
export function trial(specs: readonly Spec[], options: TrialOptions): Promise<(Complaint | undefined)[]> {
  return judge(specs.map((spec) => prepare(spec, options)), options);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
