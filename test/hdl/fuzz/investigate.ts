/** From a failing seed to something a person can read: the shrunk design, its inputs, what the engines say. */
import type { Difference } from '../engines/compare.ts';
import { print } from './print.ts';
import { onlyOutput } from './shrink/reductions.ts';
import { shrink, type StillFails } from './shrink/shrink.ts';
import type { Spec } from './spec.ts';
import { type Complaint, type EngineName, prepare, trial, type TrialOptions } from './trial.ts';

export interface Failure {
  readonly spec: Spec;
  readonly complaint: Complaint;
}

/** The smallest design found on which the same engines disagree. */
export async function shrinkFailure({ spec, complaint }: Failure, options: TrialOptions, progress?: (size: number) => void): Promise<Failure> {
  const engines = concerned(complaint, options.engines);
  const quick: TrialOptions = { ...options, engines, keep: 'never' };
  let latest: Complaint = complaint;
  const stillFails: StillFails = async (candidates) => {
    const renamed = candidates.map((candidate, i) => ({ ...candidate, prefix: `${spec.prefix}_${i}` }));
    const complaints = await trial(renamed, quick);
    return complaints.map((other) => other !== undefined && sameKind(other, complaint));
  };
  const start = await startOf(spec, complaint.difference, stillFails);
  const small = await shrink(start, stillFails, progress === undefined ? {} : { progress });
  const [again] = await trial([small], quick);
  if (again !== undefined) latest = again;
  return { spec: small, complaint: latest };
}

/** Nothing after the first difference matters, and mostly nothing that does not lead to the output that shows it. */
async function startOf(spec: Spec, difference: Difference | undefined, stillFails: StillFails): Promise<Spec> {
  if (difference === undefined) return spec;
  const { cycle, port } = difference;
  const cut: Spec = { ...spec, cycles: cycle + 1, resets: spec.resets.filter((reset) => reset <= cycle) };
  const alone = onlyOutput(cut, port);
  const [aloneFails, cutFails] = await stillFails([alone, cut]);
  return aloneFails ? alone : cutFails ? cut : spec;
}

/** Only the engines that disagree are run again; one that fails alone needs another beside it only in name. */
function concerned({ between }: Complaint, all: readonly EngineName[]): readonly EngineName[] {
  const wanted = all.filter((name) => between.includes(name));
  return wanted.length > 0 ? wanted : ['builtin'];
}

function sameKind(a: Complaint, b: Complaint): boolean {
  return a.between.join() === b.between.join() && (a.difference === undefined) === (b.difference === undefined);
}

/** The printed design, the inputs of every cycle up to the difference, and the complaint. */
export function failureText({ spec, complaint }: Failure, options: TrialOptions): string {
  const preparation = prepare(spec, { ...options, engines: ['icarus'] });
  const lines = [print(spec).trimEnd(), ''];
  if ('subject' in preparation) {
    const { inputs, stimulus } = preparation.subject;
    lines.push('Inputs by cycle:');
    for (const [cycle, { reset, inputs: values }] of stimulus.cycles.entries()) {
      const shown = inputs.map(({ name }, i) => `${name} = 0x${values[i]!.toString(16)}`);
      lines.push(`  ${cycle}: ${[...(reset ? ['rst'] : []), ...shown].join(', ')}`.trimEnd());
    }
    lines.push('');
  }
  lines.push(complaint.text);
  return lines.join('\n');
}
