/** The first seed that finds each plant. Runs without a fault are shared: a fault of the built-in engine needs that engine alone again. */
import type { Outcome } from '../../engines/subject.ts';
import { icarus } from '../../engines/icarus.ts';
import { generate } from '../generate/generate.ts';
import { complaintOf, prepare, type Prepared, runOwn } from '../trial.ts';
import type { Plant } from './plant.ts';

export interface FindOptions {
  readonly from: number;
  readonly seeds: number;
  /** Designs in one run of Icarus. */
  readonly batch?: number;
}

export interface Found {
  readonly seed: number;
  readonly text: string;
}

/** Differences only: an engine that stops with an error has not computed anything wrong. */
export async function findPlants(plants: readonly Plant[], { from, seeds, batch = 8 }: FindOptions): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for (let first = from; first < from + seeds && found.size < plants.length; first += batch) {
    const count = Math.min(batch, from + seeds - first);
    const prepared = Array.from({ length: count }, (_, i) => prepare(generate(first + i), { engines: ['builtin', 'icarus'] })).filter((entry): entry is Prepared => 'subject' in entry);
    const sound = await icarus(prepared.map(({ subject }) => subject));
    for (const plant of plants) {
      if (found.has(plant.name)) continue;
      const native = plant.verilog === undefined ? sound : await icarus(prepared.map(({ subject }) => ({
        ...subject, files: subject.files.map((file) => (file.name.endsWith('.v') ? { ...file, text: plant.verilog!(file.text) } : file)),
      })));
      const hit = firstHit(plant, prepared, sound, native);
      if (hit !== undefined) found.set(plant.name, hit);
    }
  }
  return found;
}

function firstHit(plant: Plant, prepared: readonly Prepared[], sound: readonly Outcome[], native: readonly Outcome[]): Found | undefined {
  for (const [i, { spec, design, subject, own: outcomes }] of prepared.entries()) {
    const reference = outcomes.get('builtin')!;
    if (plant.gating !== undefined) {
      const complaint = complaintOf(subject, [['builtin', reference], ['gated', runOwn('gated', design, subject, plant)]]);
      // An error counts here: it is that the two views of the outputs differ.
      if (complaint !== undefined && complaintOf(subject, [['builtin', reference], ['gated', runOwn('gated', design, subject, undefined)]]) === undefined) return { seed: spec.seed, text: complaint.text };
      continue;
    }
    // A design on which the engines differ as they are says nothing about a plant.
    if (complaintOf(subject, [['builtin', reference], ['icarus', sound[i]!]]) !== undefined) continue;
    const own = plant.verilog !== undefined ? reference : runOwn('builtin', design, subject, plant);
    const complaint = complaintOf(subject, [['builtin', own], ['icarus', native[i]!]]);
    if (complaint?.difference !== undefined) return { seed: spec.seed, text: complaint.text };
  }
  return undefined;
}
