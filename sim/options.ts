/**
 * Checks of options, for all models: whatever makes no sense is refused in one sentence that names the key, the value and
 * what is allowed.
 */
import { describe, didYouMean } from '@vtoe/hdl/internal/check/describe';

export interface WholeNumberOptions {
  /** What it counts: `bytes`. */
  readonly unit?: string;
  /** It must be a multiple of this. */
  readonly multipleOf?: number;
}

/** @throws RangeError */
export function wholeNumber(key: string, value: unknown, least: number, most = Number.MAX_SAFE_INTEGER, { unit, multipleOf = 1 }: WholeNumberOptions = {}): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most && value % multipleOf === 0) return value;
  const what = `${multipleOf === 1 ? 'a whole number' : `a multiple of ${multipleOf}`}${unit === undefined ? '' : ` of ${unit}`}`;
  throw new RangeError(`${key} must be ${what} from ${most === Number.MAX_SAFE_INTEGER ? `${least} up` : `${least} to ${most}`}, not ${describe(value)}`);
}

/** @throws RangeError */
export function probability(key: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new RangeError(`${key} must be a number from 0 to 1, not ${describe(value)}`);
}

/** @throws RangeError */
export function oneOf<T extends string | number>(key: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new RangeError(`${key} must be ${listed(allowed.map(describe))}, not ${describe(value)}`);
  return found;
}

/** `a`, `a or b`, `a, b or c` */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;
}

/** @throws RangeError */
export function boolean(key: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new RangeError(`${key} must be true or false, not ${describe(value)}`);
  return value;
}

/** An option that is none would otherwise be ignored in silence; `what` is the record itself, or its owner. @throws RangeError */
export function onlyOptions(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw new RangeError(`${what} must be an object with options of ${known.join(', ')}, not ${describe(options)}`);
  const wrong = Object.keys(options).find((name) => !known.includes(name));
  if (wrong !== undefined) throw new RangeError(`${what} has no option ${wrong}${didYouMean(wrong, known)}; its options are ${known.join(', ')}`);
}
