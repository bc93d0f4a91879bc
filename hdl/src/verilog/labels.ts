/** Values of enums by name: one `localparam` for each label that a module's text uses. */
import type { EnumLabels } from '../ir/net.ts';
import { literal, range } from './literal.ts';
import type { Names } from './names.ts';
import type { Term } from './term.ts';

export interface Labels {
  /** Name of the value's localparam; undefined if `labels` has no such value. */
  nameOf(labels: EnumLabels, value: bigint): string | undefined;
  /** Declarations of all labels named since the last call, enum by enum. */
  takeDeclarations(): string[];
  /** Runs `body` with no labels but those already declared; values of others are printed as numbers. */
  withoutNew<T>(body: () => T): T;
}

interface Enum {
  readonly labels: EnumLabels;
  readonly names: Map<bigint, { readonly name: string; state: 'unused' | 'used' | 'declared' }>;
}

export function labelTable(names: Names): Labels {
  const known = new Map<EnumLabels, Enum>();
  const enums: Enum[] = [];
  let open = true;

  function enumOf(labels: EnumLabels): Enum {
    const found = known.get(labels) ?? enums.find((other) => same(other.labels, labels));
    if (found !== undefined) {
      known.set(labels, found);
      return found;
    }
    const made: Enum = { labels, names: new Map() };
    known.set(labels, made);
    enums.push(made);
    return made;
  }

  return {
    nameOf(labels, value) {
      const { names: own } = enumOf(labels);
      let entry = own.get(value);
      if (!open) return entry?.state === 'declared' ? entry.name : undefined;
      if (entry === undefined) {
        const label = labels.labels.find((candidate) => candidate.value === value);
        if (label === undefined) return undefined;
        own.set(value, (entry = { name: names.claim(`${labels.name}_${label.name}`), state: 'unused' }));
      }
      if (entry.state === 'unused') entry.state = 'used';
      return entry.name;
    },
    takeDeclarations() {
      const lines: string[] = [];
      for (const { labels, names: own } of enums) {
        for (const { value } of labels.labels) {
          const entry = own.get(value);
          if (entry?.state !== 'used') continue;
          entry.state = 'declared';
          lines.push(`localparam ${range(labels.width)}${entry.name} = ${literal(labels.width, value)};`);
        }
      }
      return lines;
    },
    withoutNew(body) {
      open = false;
      const result = body();
      open = true;
      return result;
    },
  };
}

function same(a: EnumLabels, b: EnumLabels): boolean {
  return a.name === b.name && a.width === b.width && a.labels.length === b.labels.length
    && a.labels.every((label, i) => label.name === b.labels[i]!.name && label.value === b.labels[i]!.value);
}

/** How far a choice of choices is searched for a net that is an enum. */
const DEPTH = 4;

/** The enum that a term's value is of, as far as one can tell. */
export function labelsOf(term: Term, depth = DEPTH): EnumLabels | undefined {
  if (term.signal !== undefined) return term.signal.labels;
  if (depth === 0) return undefined;
  if (term.op === 'mux') return labelsOf(term.args[1]!, depth - 1) ?? labelsOf(term.args[2]!, depth - 1);
  if (term.op === 'choose') return labelsOf(term.args[1]!, depth - 1);
  return undefined;
}
