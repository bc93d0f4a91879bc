/** A register bank: its data, placed. */
import { describe, isIdentifier } from '../../check/describe.ts';
import { usage } from '../../check/error.ts';
import type { Items } from './data.ts';
import { type Layout, placeItems } from './layout.ts';

/** What the bus answers to an access that is not right. Such an access changes nothing and reads 0. */
export type Answer = 'OKAY' | 'SLVERR' | 'DECERR';

export interface Answers {
  /** Within the map, but no register there. */
  readonly hole: Answer;
  /** Outside of the map. */
  readonly beyond: Answer;
  /** An address that is no multiple of 4. */
  readonly misaligned: Answer;
  /** A write to a register in which software can write nothing. */
  readonly readOnly: Answer;
}

export interface BankOptions<R extends Items> {
  /** Identifier: part of module, macro and type names. */
  readonly name: string;
  /** A sentence: what it controls. */
  readonly doc: string;
  readonly registers: R;
  /** Bytes of the map; by default up to the last register. */
  readonly size?: number;
  /** Bits of an address; by default as many as the size needs, at least 3. */
  readonly addressWidth?: number;
  /** By default `hole`, `misaligned` SLVERR, `beyond` DECERR, `readOnly` OKAY. */
  readonly answers?: Partial<Answers>;
}

export interface Bank<R extends Items = Items> {
  readonly name: string;
  readonly doc: string;
  readonly items: R;
  readonly layout: Layout;
  readonly answers: Answers;
}

const DEFAULTS: Answers = { hole: 'SLVERR', beyond: 'DECERR', misaligned: 'SLVERR', readOnly: 'OKAY' };

/**
 * Places registers: each gets the next free offset of its alignment, or the one that it asks for.
 *
 * @throws a sentence that names both for an overlap, a misaligned or out-of-page register, a field that does not fit
 */
export function registers<const R extends Items>(options: BankOptions<R>): Bank<R> {
  const { name, doc, registers: items, size, addressWidth } = options;
  if (!isIdentifier(name)) usage(`registers needs a name that is an identifier, not ${describe(name)}`);
  if (typeof doc !== 'string' || doc.trim() === '') usage(`registers ${name} needs a sentence that says what it is for, not ${describe(doc)}`);
  const answers = { ...DEFAULTS, ...options.answers };
  for (const [key, answer] of Object.entries(answers)) {
    if (!Object.hasOwn(DEFAULTS, key)) usage(`registers ${name}: there is no answer for ${describe(key)}, only for ${Object.keys(DEFAULTS).join(', ')}`);
    if (answer !== 'OKAY' && answer !== 'SLVERR' && answer !== 'DECERR') usage(`registers ${name}: the answer for ${key} must be OKAY, SLVERR or DECERR, not ${describe(answer)}`);
  }
  return { name, doc, items, layout: placeItems(name, doc, items, size, addressWidth), answers };
}
