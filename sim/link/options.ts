/** Checks of options. Each failure is one sentence that names the key, the value and what is allowed. */
import { describe } from '@vtoe/hdl/internal/check/describe';

/** @throws RangeError */
export function wholeNumber(key: string, value: unknown, from: number, to: number, unit = ''): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value;
  throw new RangeError(`${key} must be a whole number ${unit === '' ? '' : `of ${unit} `}from ${from} to ${to}, not ${describe(value)}`);
}

/** A duration; bounded so that sums of a few stay exact. @throws RangeError */
export function duration(key: string, value: unknown): number {
  return wholeNumber(key, value, 0, MAXIMUM_DURATION_PS, 'picoseconds');
}

/** 1,000 seconds. */
export const MAXIMUM_DURATION_PS = 1e15;

/** @throws RangeError */
export function probability(key: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new RangeError(`${key} must be a number from 0 to 1, not ${describe(value)}`);
}

/** Frame numbers of one direction, from 0. @throws RangeError */
export function frameNumbers(key: string, value: unknown): ReadonlySet<number> {
  if (!Array.isArray(value)) throw new RangeError(`${key} must be a list of frame numbers from 0 up, not ${describe(value)}`);
  return new Set(value.map((number, i) => wholeNumber(`${key}[${i}]`, number, 0, Number.MAX_SAFE_INTEGER)));
}

/** @throws RangeError */
export function oneOf<T extends string | number>(key: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new RangeError(`${key} must be ${allowed.slice(0, -1).map(describe).join(', ')} or ${describe(allowed.at(-1))}, not ${describe(value)}`);
  return found;
}

/** @throws RangeError */
export function boolean(key: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new RangeError(`${key} must be true or false, not ${describe(value)}`);
  return value;
}

/** A key that is none would otherwise be ignored in silence. @throws RangeError */
export function onlyKeys(key: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RangeError(`${key} must be an object with keys of ${allowed.join(', ')}, not ${describe(value)}`);
  const wrong = Object.keys(value).find((name) => !allowed.includes(name));
  if (wrong !== undefined) throw new RangeError(`${key} has no key ${wrong}; it may have ${allowed.join(', ')}`);
}
