/** Classes of widths: engines treat widths on either side of 32 and 64 and multiples of them differently. */
import type { Random } from '../support/random.ts';

export interface WidthClass {
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

export const WIDTH_CLASSES: readonly WidthClass[] = [
  { name: '1', least: 1, most: 1 },
  { name: '2-31', least: 2, most: 31 },
  { name: '32', least: 32, most: 32 },
  { name: '33-63', least: 33, most: 63 },
  { name: '64', least: 64, most: 64 },
  { name: '65-130', least: 65, most: 130 },
  { name: '256', least: 256, most: 256 },
  { name: '512', least: 512, most: 512 },
  { name: '1024', least: 1024, most: 1024 },
];

/** Widths next to a limb's border, each in its class. */
const BORDERS = [2, 8, 16, 31, 33, 63, 65, 96, 127, 128, 129, 130];

export function classOf(width: number): WidthClass | undefined {
  return WIDTH_CLASSES.find(({ least, most }) => width >= least && width <= most);
}

/** A width of the class; borders are as likely as all others together. `multiple`: of 8, where there is one. */
export function widthIn({ least, most }: WidthClass, random: Random, multiple = 1): number {
  const borders = BORDERS.filter((width) => width >= least && width <= most && width % multiple === 0);
  if (borders.length > 0 && random.chance(0.5)) return random.pick(borders);
  const first = Math.ceil(least / multiple);
  return random.between(first, Math.max(first, Math.floor(most / multiple))) * multiple;
}
