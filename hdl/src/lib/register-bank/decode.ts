/** From a byte address to section, element and word: the element's index is computed once, for all of its registers. */
import { type Bool, clog2, lit, match, mux, UInt, when } from '../../index.ts';
import type { Layout, PlacedRegister, Section } from './layout.ts';
import { indexBits } from './ports.ts';

export interface Place {
  readonly section: Section;
  /** The address is in the section; undefined: always. */
  readonly hit: Bool | undefined;
  /** Of the element, if there are several. */
  readonly index: UInt | undefined;
  /** In the element; undefined if it has but one. */
  readonly word: UInt | undefined;
}

export interface Decoded {
  readonly places: readonly Place[];
  /** Below the size of the map; undefined: always. */
  readonly within: Bool | undefined;
  readonly aligned: Bool;
}

export function decode(address: UInt, { sections, size }: Layout): Decoded {
  return {
    places: sections.map((section) => place(address, section)),
    within: size < 2 ** address.width ? address.lt(size) : undefined,
    aligned: address.bits(1, 0).eq(0),
  };
}

function place(address: UInt, section: Section): Place {
  const { count, stride, base } = section;
  const low = clog2(stride);
  const word = low > 2 ? address.bits(low - 1, 2) : undefined;
  const elements = low < address.width ? address.bits(address.width - 1, low) : undefined;
  const first = base / stride;
  const only = count === undefined ? undefined : lit(UInt(1), 0);
  if (elements === undefined) return { section, hit: undefined, index: only, word };
  if (count === undefined || count === 1) return { section, hit: elements.eq(first), index: only, word };

  const bits = indexBits(count);
  const whole = count === 2 ** bits;
  if (whole && first % count === 0) {
    const above = bits < elements.width ? elements.bits(elements.width - 1, bits).eq(first / count) : undefined;
    return { section, hit: above, index: elements.trunc(bits), word };
  }
  // Elements below the first wrap to numbers beyond the last: the map has room for all of them above it.
  const relative = first === 0 ? elements : elements.sub(first);
  const hit = relative.lt(count);
  // Always the index of an element: who looks something up by it need not ask whether it counts.
  return { section, hit, index: whole ? relative.trunc(bits) : mux(hit, relative.trunc(bits), 0), word };
}

/** Runs `body` for the address's place: inside of what makes it the place. */
export function inSection({ hit }: Place, body: () => void): void {
  if (hit === undefined) body();
  else when(hit, body);
}

/** One arm for each register's word that `arm` makes one for; `high` = the second word of a register of two. */
export function eachWord({ section, word }: Place, arm: (register: PlacedRegister, high: boolean) => (() => void) | undefined): void {
  const arms = section.registers.flatMap((register) => (register.words === 1 ? [false] : [false, true]).flatMap((high) => {
    const body = arm(register, high);
    return body === undefined ? [] : [[register.offset / 4 + (high ? 1 : 0), body] as const];
  }));
  if (arms.length === 0) return;
  if (word === undefined) arms[0]![1]();
  else match(word, arms);
}

/** Runs `body` when the word is one of those that `wanted` picks. */
export function anyWord({ section, word }: Place, wanted: (register: PlacedRegister) => boolean, body: () => void): void {
  const words = section.registers.filter(wanted).flatMap(({ offset, words }) => (words === 1 ? [offset / 4] : [offset / 4, offset / 4 + 1]));
  if (words.length === 0) return;
  if (word === undefined) body();
  else match(word, [[words, body]]);
}
