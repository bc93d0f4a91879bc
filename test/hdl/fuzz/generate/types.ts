/** Random enums, bundles and vectors. */
import { Bool, Bundle, type Data, Enum, UInt, Vec } from '@vtoe/hdl';
import type { Random } from '../../support/random.ts';

type EnumShape = Extract<Data, { kind: 'enum' }>;
type BundleShape = Extract<Data, { kind: 'bundle' }>;
type VecShape = Extract<Data, { kind: 'vec' }>;

const LABELS = ['Idle', 'Load', 'Run', 'Wait', 'Drain', 'Stop'];

/** Widths of fields and elements: small enough that indices and enums among them matter, with borders of words. */
const FIELD_WIDTHS = [1, 2, 3, 5, 8, 13, 16, 31, 32, 33, 64, 65];

export class Types {
  readonly #random: Random;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** `open`: some encodings have no label. */
  enum(open: boolean): EnumShape {
    const random = this.#random;
    const count = open ? random.pick([2, 3, 3, 4, 5, 6]) : random.pick([2, 4]);
    const labels = LABELS.slice(0, count);
    const name = this.#name('State');
    const needed = Math.max(1, (count - 1).toString(2).length);
    if (!open) return Enum(name, labels);
    const width = random.between(needed + (count === 2 ** needed ? 1 : 0), needed + 2);
    const codes = random.shuffled(Array.from({ length: 2 ** width }, (_, i) => i)).slice(0, count);
    const encoding = Object.fromEntries(labels.map((label, i) => [label, codes[i]!]));
    return Enum(name, encoding, random.chance(0.7) ? { width, illegal: random.pick(labels) } : { width });
  }

  bundle(): BundleShape {
    const random = this.#random;
    const name = this.#name('Record');
    const fields = Array.from({ length: random.between(2, 4) }, (_, i) => [`f${i}`, this.#field()] as const);
    return Bundle(name, Object.fromEntries(fields));
  }

  vec(length = this.#random.between(2, 6), element = this.#element()): VecShape {
    return Vec(element, length);
  }

  /** A shape of any kind. */
  any(): Data {
    const random = this.#random;
    return random.weighted<() => Data>([
      [4, () => UInt(this.#width())], [1, () => Bool], [1, () => this.enum(random.chance(0.5))], [2, () => this.bundle()], [1, () => this.vec()],
    ])();
  }

  uint(): Data {
    return UInt(this.#width());
  }

  #field(): Data {
    const random = this.#random;
    return random.weighted<() => Data>([
      [5, () => UInt(this.#width())], [2, () => Bool], [1, () => this.enum(random.chance(0.5))], [0.5, () => this.vec(random.between(2, 3), UInt(random.between(1, 9)))],
    ])();
  }

  #element(): Data {
    const random = this.#random;
    return random.weighted<() => Data>([[5, () => UInt(this.#width())], [1, () => Bool], [1, () => this.bundle()], [0.5, () => this.vec(2, UInt(3))]])();
  }

  #width(): number {
    return this.#random.pick(FIELD_WIDTHS);
  }

  /** A number that no other name of this design ends with. */
  number(): number {
    this.#count += 1;
    return this.#count;
  }

  #name(start: string): string {
    return `${start}${this.number()}`;
  }
}
