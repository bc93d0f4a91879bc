/** Kinds of parameters: which values each takes, in words and as a check, and how it is written on a command line. */

export interface Parameter<T = unknown, B = never> {
  readonly doc: string;
  /** Completes "… must be". */
  readonly allowed: string;
  /** A value, or how it follows from other parameters, which `text` says in words. */
  readonly initial: T | Follows<T, B>;
  accepts(value: unknown): value is T;
  /** The value that `text` stands for; undefined if it stands for none of this kind. It may still be out of range. */
  parse(text: string): unknown;
}

export interface Follows<T, B> {
  readonly text: string;
  from(basis: B): T;
}

/** A default that follows from other parameters. */
export function follows<T, B>(text: string, from: (basis: B) => T): Follows<T, B> {
  return { text, from };
}

interface Range<B> {
  readonly initial: number | Follows<number, B>;
  readonly least: number;
  readonly most: number;
}

export function whole<B>({ initial, least, most }: Range<B>, doc: string): Parameter<number, B> {
  return {
    doc, initial,
    allowed: `a whole number from ${least} to ${most}`,
    accepts: (value): value is number => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    parse: parseNumber,
  };
}

export function powerOfTwo<B>({ initial, least, most }: Range<B>, doc: string): Parameter<number, B> {
  return {
    doc, initial,
    allowed: `a power of two from ${least} to ${most}`,
    accepts: (value): value is number => typeof value === 'number' && value >= least && value <= most && Number.isInteger(Math.log2(value)),
    parse: parseNumber,
  };
}

export function oneOf<B>(initial: number | Follows<number, B>, values: readonly number[], doc: string): Parameter<number, B> {
  return {
    doc, initial,
    allowed: `one of ${values.join(', ')}`,
    accepts: (value): value is number => values.includes(value as number),
    parse: parseNumber,
  };
}

export function toggle(initial: boolean, doc: string): Parameter<boolean> {
  return {
    doc, initial,
    allowed: 'true or false',
    accepts: (value): value is boolean => typeof value === 'boolean',
    parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  };
}

/** Some of these names, each at most once, in any order. */
export function someOf<const L extends string>(initial: readonly L[], names: readonly L[], doc: string): Parameter<readonly L[]> {
  return {
    doc, initial,
    allowed: `a list of some of ${names.join(', ')}, each at most once`,
    accepts: (value): value is readonly L[] => Array.isArray(value) && value.every((name) => names.includes(name as L)) && new Set(value).size === value.length,
    parse: (text) => (text === '' ? [] : text.split(',').map((name) => name.trim())),
  };
}

const DECIMAL = { k: 3, M: 6, G: 9 };
const BINARY = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** `4096`, `4_096`, `0x1000`, `4Ki`, `156.25M`: k, M, G are powers of 1000, Ki, Mi, Gi of 1024. */
function parseNumber(text: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number(text);
  const [, digits, unit] = /^(\d+(?:_\d+)*(?:\.\d+)?)(k|M|G|Ki|Mi|Gi)?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const plain = digits.replaceAll('_', '');
  // As an exponent, not a product, which might miss the whole number by a rounding.
  return unit !== undefined && unit in BINARY ? Number(plain) * BINARY[unit as keyof typeof BINARY] : Number(`${plain}e${DECIMAL[unit as keyof typeof DECIMAL] ?? 0}`);
}
