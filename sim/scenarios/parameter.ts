/**
 * Parameters of a scenario: what `--set key=value` may say. Each has a default, a sentence, and what is allowed; whatever
 * else is refused in one sentence that names key, value and what is allowed.
 */
import { didYouMean } from '@vtoe/hdl/internal/check/describe';
import { boolean, listed, oneOf, probability, wholeNumber } from '../options.ts';

export type Value = number | string | boolean;

export interface Parameter<T extends Value> {
  /** What it is: a phrase, units included. */
  readonly doc: string;
  readonly default: T;
  /** What is allowed, in words: `a whole number from 1 up`. */
  readonly allowed: string;
  /** From the text of a command line. @throws RangeError naming `key`, the value and what is allowed */
  parse(key: string, text: string): T;
}

/** Keys may have points, as `link.loss`: they are keys all the same, and no paths. */
export type ParameterSet = Readonly<Record<string, Parameter<Value>>>;

export type ValuesOf<P extends ParameterSet> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

export interface WholeRange {
  readonly default: number;
  readonly least: number;
  /** No limit without it. */
  readonly most?: number;
  readonly multipleOf?: number;
}

export function whole(doc: string, { default: value, least, most = Number.MAX_SAFE_INTEGER, multipleOf = 1 }: WholeRange): Parameter<number> {
  const kind = multipleOf === 1 ? 'a whole number' : `a multiple of ${multipleOf}`;
  return {
    doc, default: value, allowed: `${kind} from ${most === Number.MAX_SAFE_INTEGER ? `${least} up` : `${least} to ${most}`}`,
    parse: (key, text) => wholeNumber(key, numeric(text), least, most, { multipleOf }),
  };
}

/** A probability. */
export function chance(doc: string, value = 0): Parameter<number> {
  return { doc, default: value, allowed: 'a number from 0 to 1', parse: (key, text) => probability(key, numeric(text)) };
}

export function choice<const T extends string | number>(doc: string, allowed: readonly T[], value: NoInfer<T>): Parameter<T> {
  return {
    doc, default: value, allowed: listed(allowed.map(String)),
    parse: (key, text) => oneOf<T>(key, allowed.find((one) => String(one) === text) ?? numeric(text), allowed),
  };
}

export function flag(doc: string, value = false): Parameter<boolean> {
  return { doc, default: value, allowed: 'true or false', parse: (key, text) => boolean(key, text === 'true' ? true : text === 'false' ? false : text) };
}

/** Any text, a file's name say; nothing by default. */
export function text(doc: string): Parameter<string> {
  return { doc, default: '', allowed: 'any text', parse: (_, given) => given };
}

/** The number that the text is, or the text: the check that follows says what is wrong with it. */
function numeric(text: string): number | string {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

/**
 * All values: defaults, and what `assignments` say, the last of a key.
 * @param owner whose parameters they are, for sentences
 * @throws RangeError
 */
export function valuesOf<P extends ParameterSet>(owner: string, parameters: P, assignments: readonly string[]): ValuesOf<P> {
  const values: Record<string, Value> = Object.fromEntries(Object.entries(parameters).map(([key, parameter]) => [key, parameter.default]));
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 1) throw new RangeError(`a parameter is set by key=value, not by ${JSON.stringify(assignment)}`);
    const key = assignment.slice(0, at);
    if (!Object.hasOwn(parameters, key)) throw new RangeError(`${owner} has no parameter ${key}${didYouMean(key, Object.keys(parameters))}; its parameters are ${Object.keys(parameters).join(', ')}`);
    values[key] = parameters[key]!.parse(key, assignment.slice(at + 1));
  }
  return values as ValuesOf<P>;
}
