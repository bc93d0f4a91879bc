/**
 * What a seed must contain: the cells of the coverage tables are dealt out like cards, so that every run of
 * consecutive seeds visits all of them equally often.
 */
import { OPERATOR_CELLS, type OperatorRow } from '../operators.ts';
import { Random } from '../../support/random.ts';
import type { WidthClass } from '../widths.ts';
import type { Construct } from './construct.ts';
import { CONSTRUCTS } from './constructs/index.ts';

/** Cells and constructs dealt to each seed. */
const OPERATORS_PER_SEED = 30;
const CONSTRUCTS_PER_SEED = 9;

export interface PlannedOperator {
  readonly row: OperatorRow;
  readonly width: WidthClass;
}

export interface PlannedConstruct {
  readonly construct: Construct;
  readonly inWhen: boolean;
  /** In a module below the top. */
  readonly inChild: boolean;
}

export interface Plan {
  readonly operators: readonly PlannedOperator[];
  readonly constructs: readonly PlannedConstruct[];
}

/** Operators that random expressions do not use by themselves: dealt twice as often. */
const PLANNED_ONLY = new Set(['popcount', 'priority', 'networkOrder']);

/** Constructs that nothing else contains, or that seldom show: twice as often, too. */
const RARE = new Set(['matchEnum', 'vecDynamicRead', 'vecDynamicWrite', 'enumCompare', 'bundleCompare']);

/** Shuffled once and for all: neighbours in the tables are not neighbours in a design. */
const OPERATOR_DECK = new Random(1, 'operators').shuffled([...OPERATOR_CELLS, ...OPERATOR_CELLS.filter(({ row }) => PLANNED_ONLY.has(row.name))]);
const CONSTRUCT_DECK: readonly PlannedConstruct[] = new Random(1, 'constructs').shuffled(
  [...CONSTRUCTS, ...CONSTRUCTS.filter(({ name }) => RARE.has(name))].flatMap((construct) => [false, true].flatMap((inWhen) => [false, true].map((inChild) => ({ construct, inWhen, inChild })))),
);

export function planOf(seed: number): Plan {
  return { operators: deal(OPERATOR_DECK, seed, OPERATORS_PER_SEED), constructs: deal(CONSTRUCT_DECK, seed, CONSTRUCTS_PER_SEED) };
}

function deal<T>(deck: readonly T[], seed: number, count: number): T[] {
  return Array.from({ length: count }, (_, i) => deck[(seed * count + i) % deck.length]!);
}
