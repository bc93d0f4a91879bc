/** Refuses options that make no sense, in one sentence with key, value and what is allowed. */
import { describe, didYouMean } from '@vtoe/hdl/internal/check/describe';

/** @throws RangeError */
export function wholeOption(key: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} up` : `${least} to ${most}`;
  throw new RangeError(`${key} must be a whole number from ${range}, not ${describe(value)}`);
}

/** @throws RangeError if `options` has a key that is none of `known`; `what` is the key of the record itself, or its owner */
export function knownOptions(what: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new RangeError(`${what} has no option ${key}${didYouMean(key, known)}; its options are ${known.join(', ')}`);
  }
}
