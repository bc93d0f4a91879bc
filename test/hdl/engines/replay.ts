/** Recorded runs of the built-in simulator, repeated on emitted Verilog. */
import type { Design, Recording } from '@vtoe/hdl';
import type { NativeEngine } from './batch.ts';
import { differenceText, firstDifference } from './compare.ts';
import { subjectOf } from './emitted.ts';
import { icarus } from './icarus.ts';
import { row, type Stimulus, type Subject } from './subject.ts';

export interface Replay {
  readonly design: Design;
  readonly recording: Recording;
}

/**
 * One sentence for each run that behaves differently: design, cycle, port and both values. All runs share one build;
 * runs whose modules have equal names but different text get builds of their own.
 */
export async function replay(runs: readonly Replay[], engine: NativeEngine = icarus): Promise<string[]> {
  const complaints: string[] = [];
  for (const group of compatible(runs.map((run) => ({ run, subject: replaySubject(run) })))) {
    const outcomes = await engine(group.map(({ subject }) => subject));
    for (const [i, { run, subject }] of group.entries()) {
      const complaint = complaintOf(run, subject, outcomes[i]!);
      if (complaint !== undefined) complaints.push(complaint);
    }
  }
  return complaints;
}

function complaintOf({ recording }: Replay, subject: Subject, outcome: Awaited<ReturnType<NativeEngine>>[number]): string | undefined {
  if ('error' in outcome) return `${subject.name}: ${outcome.error}`;
  const recorded = recording.cycles.map(({ outputs }) => row(subject.outputs, outputs));
  const difference = firstDifference(subject.outputs, recorded, outcome.rows);
  return difference && `${subject.name}: ${differenceText(difference, 'recorded', 'Verilog')}`;
}

function replaySubject({ design, recording }: Replay): Subject {
  const stimulus: Stimulus = { cycles: recording.cycles.map(({ inputs: [reset, ...inputs] }) => ({ reset: reset !== 0n, inputs })) };
  // A model stands for an external module in the simulator; so it does in the Verilog.
  return subjectOf(design, stimulus, { models: true, locators: false });
}

/** Groups in which files of equal name have equal text. */
function compatible<T extends { readonly subject: Subject }>(entries: readonly T[]): T[][] {
  const groups: { readonly texts: Map<string, string>; readonly members: T[] }[] = [];
  for (const entry of entries) {
    const { files } = entry.subject;
    let group = groups.find(({ texts }) => files.every(({ name, text }) => (texts.get(name) ?? text) === text));
    if (group === undefined) groups.push((group = { texts: new Map(), members: [] }));
    for (const { name, text } of files) group.texts.set(name, text);
    group.members.push(entry);
  }
  return groups.map(({ members }) => members);
}
