/** Checks of options, in one sentence that names the key, the value and what is allowed. */
import { describe } from '@vtoe/hdl/internal/check/describe';

/** @throws RangeError */
export function multiple(key: string, value: unknown, of: number, from: number, to: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to && value % of === 0) return value;
  const what = of === 1 ? 'a whole number' : `a multiple of ${of}`;
  throw new RangeError(`${key} must be ${what} from ${from} to ${to}, not ${describe(value)}`);
}

export function hexadecimal(address: number | bigint): string {
  return `0x${address.toString(16)}`;
}

/** `1 byte`, `2 bytes` */
export function byteCount(count: number): string {
  return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
}
