/**
 * Which expressions get a wire of their own, and its name.
 *
 * An expression stands where it is read if it is read once and no bits are selected from it. Else it becomes a wire
 * `<consumer>_t<k>`: named for the first named thing whose text needs it and counted there, so that names hold still
 * while other parts of the module are edited. Expressions that would make a line too long to read are cut into wires
 * too; that also bounds the depth to which printing recurses.
 */
import type { EnumLabels } from '../ir/net.ts';
import type { Names } from './names.ts';
import { isLeaf, isLoop, type Signal, signal, standsAlone, type Term } from './term.ts';

/**
 * * `continuous`: right of an `assign` or a declaration's `=`: the value may also be that of a block of its own.
 * * `procedural`: right of an assignment in a block: also a choice, but no loop.
 * * `index`: an address: a name, bits of one, or a concatenation. Icarus computes a sum there with more bits than it has.
 * * `name`: a name.
 * * `inside`: anywhere else.
 */
export type PlaceKind = 'continuous' | 'procedural' | 'index' | 'name' | 'inside';

/** An expression that the text of a piece contains. */
export interface Root {
  readonly term: Term;
  /** Names the intermediates: the net, memory or instance whose text this is. */
  readonly base: string;
  /** The net that always equals the expression: it serves where else the expression is read. */
  readonly drives?: Signal | undefined;
  /** What may stand here besides an expression that fits a line. */
  readonly place: PlaceKind;
  /** Asked for, but not read: a named expression that is to be defined. */
  readonly unread?: boolean;
}

/** A wire that has to be declared before the piece that is planned with it. */
export interface Definition {
  readonly signal: Signal;
  readonly term: Term;
}

export interface Plan {
  /** Of each piece, in order of dependence. */
  readonly definitions: readonly (readonly Definition[])[];
  /** Every term that is read. */
  readonly terms: readonly Term[];
}

/** Longest expression in one place, in characters; about a line with its target. */
const LONGEST = 100;
/** Cutting out less than this saves nothing: the wire's name is as long. */
const WORTH_CUTTING = 16;

/** @param pieces roots of each piece of text, in the order in which the pieces are printed */
export function planIntermediates(
  pieces: readonly (readonly Root[])[],
  names: Names,
  layer: number,
  labelsOf: (term: Term) => EnumLabels | undefined,
): Plan {
  const terms = countUses(pieces);
  giveDrivenNames(pieces.flat());
  let definitions: Definition[] = [];

  function define(term: Term, base: string): void {
    if (term.op === 'alias') {
      term.cost = term.signal!.name.length;
    } else {
      const name = names.intermediate(base);
      term.signal = signal(name, term.width, labelsOf(term), layer);
      term.cost = name.length;
    }
    definitions.push({ signal: term.signal!, term });
  }

  /** Sum of the arguments' lengths; the longest are cut out until the rest fits a line. */
  function fit(term: Term, base: string): number {
    let cost = term.args.reduce((sum, arg) => sum + arg.cost + 4, 4);
    // The elements of a choice stand on lines of their own.
    if (cost <= LONGEST || term.op === 'choose') return cost;
    const candidates = term.args.filter((arg) => arg.signal === undefined && !isLeaf(arg.op) && arg.cost >= WORTH_CUTTING);
    candidates.sort((a, b) => b.cost - a.cost);
    for (const candidate of candidates) {
      if (cost <= LONGEST) break;
      if (candidate.signal !== undefined) continue;
      cost -= candidate.cost;
      define(candidate, base);
      cost += candidate.cost;
    }
    return cost;
  }

  /** All arguments are planned. */
  function finish(term: Term, base: string, place: Place | undefined): void {
    term.planned = true;
    if (term.op === 'const') term.cost = 4 + term.width / 4;
    else if (term.op === 'net') term.cost = term.signal!.name.length;
    else if (term.op === 'select') term.cost = term.args[0]!.cost + 6;
    else {
      const cost = fit(term, base);
      if (term.op === 'alias') define(term, base);
      else if (term.signal !== undefined) term.cost = term.signal.name.length;
      else if (!needsName(term, place?.place ?? 'inside')) term.cost = cost;
      else if (place?.drives === undefined) define(term, base);
      else {
        term.signal = place.drives;
        term.cost = place.drives.name.length;
      }
    }
  }

  /** In post-order, on a stack of three columns. */
  function visit(root: Root): void {
    const stack: Term[] = [root.term];
    const bases: string[] = [root.base];
    const next: number[] = [0];
    while (stack.length > 0) {
      const top = stack.length - 1;
      const term = stack[top]!;
      const base = bases[top]!;
      const arg = next[top]!;
      if (!term.planned && arg < term.args.length && !isDefinedElsewhere(term, stack, root)) {
        next[top] = arg + 1;
        if (term.args[arg]!.planned) continue;
        stack.push(term.args[arg]!);
        bases.push(term.op === 'alias' ? term.signal!.name : base);
        next.push(0);
      } else {
        if (!term.planned) {
          if (isDefinedElsewhere(term, stack, root)) term.cost = term.signal!.name.length;
          else finish(term, base, placeOf(stack, root));
        }
        stack.pop();
        bases.pop();
        next.pop();
      }
    }
  }

  const planned = pieces.map((roots) => {
    definitions = [];
    roots.forEach(visit);
    return definitions;
  });
  recordReads(terms, pieces.flat(), layer);
  return { definitions: planned, terms };
}

/** The right side of an assignment, and what is assigned. */
type Place = Pick<Root, 'drives' | 'place'>;

/** Where the top of the stack stands, if that is right of an assignment: at the root, or right below a designer's name. */
function placeOf(stack: readonly Term[], root: Root): Place | undefined {
  if (stack.length === 1) return root;
  const above = stack.at(-2)!;
  return above.op === 'alias' ? { drives: above.signal, place: 'continuous' } : undefined;
}

/**
 * An expression that several places read and that equals a net goes by the net's name, whichever place comes first:
 * nets are declared above all of them. One that has a name of the designer's goes by that.
 */
function giveDrivenNames(roots: readonly Root[]): void {
  const named = new Set(roots.filter(({ term }) => term.op === 'alias').map(({ term }) => term.args[0]!));
  for (const { term, drives } of roots) {
    if (drives === undefined || term.signal !== undefined || isLeaf(term.op) || named.has(term)) continue;
    if (needsName(term, 'continuous')) term.signal = drives;
  }
}

/** The top of the stack has the name of a net, and this is not the place that drives the net. */
function isDefinedElsewhere(term: Term, stack: readonly Term[], root: Root): boolean {
  if (term.signal === undefined || term.op === 'net' || term.op === 'alias') return false;
  return term.signal !== placeOf(stack, root)?.drives;
}

function needsName(term: Term, place: PlaceKind): boolean {
  if (term.selected) return true;
  if (term.uses > 1) return !isComplementOfLeaf(term);
  return standsAlone(term) && place !== 'continuous' && (place !== 'procedural' || isLoop(term));
}

/** `~ready` says more than a wire's name does. */
function isComplementOfLeaf(term: Term): boolean {
  return term.op === 'not' && isLeaf(term.args[0]!.op);
}

function countUses(pieces: readonly (readonly Root[])[]): Term[] {
  const terms: Term[] = [];
  const stack: Term[] = [];
  const reach = (term: Term): void => {
    term.uses += 1;
    if (term.uses > 1) return;
    terms.push(term);
    stack.push(term);
  };
  for (const root of pieces.flat()) {
    reach(root.term);
    if (root.place === 'name' || (root.place === 'index' && root.term.op !== 'cat')) root.term.selected = true;
    while (stack.length > 0) {
      const term = stack.pop()!;
      if (readsSingleBits(term)) term.args[0]!.selected = true;
      if (term.op === 'index' && term.args[1]!.op !== 'cat') term.args[1]!.selected = true;
      term.args.forEach(reach);
    }
  }
  return terms;
}

/** Bits of bits are bits of the same name, so they need no name of their own. */
function readsSingleBits({ op, args }: Term): boolean {
  return op === 'select' || op === 'index' || ((op === 'popcount' || op === 'priority') && args[0]!.op !== 'select');
}

/** Notes which bits of the layer's signals are read by it. */
function recordReads(terms: readonly Term[], roots: readonly Root[], layer: number): void {
  for (const { term, drives, unread } of roots) {
    if (unread !== true && term.signal?.layer === layer && term.signal !== drives) term.signal.read = true;
  }
  for (const term of terms) {
    for (const arg of term.args) {
      if (arg.signal?.layer !== layer) continue;
      if (term.op === 'select') (arg.signal.ranges ??= []).push(term.lo, term.lo + term.width - 1);
      else arg.signal.read = true;
    }
  }
}
