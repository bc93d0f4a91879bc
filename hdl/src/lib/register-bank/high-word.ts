/**
 * High words: reading the low word of a 64-bit value keeps its high word, for the next read of the high word of the
 * same element of the same group. So low-then-high is one value, whatever others read elsewhere in between.
 */
import { Bool, mem, reg, UInt, when, wire } from '../../index.ts';
import type { ReadAccess } from './bus.ts';
import type { AnyRegister } from './data.ts';

/** A register whose value changes by itself: only of such a one the high word must be kept. */
export function keepsHighWords(data: AnyRegister, words: 1 | 2): boolean {
  return words === 2 && (data.kind === 'counter' || (data.kind === 'register' && data.access === 'ro'));
}

export interface HighWord {
  /** The low word of `value` is read: to be called in the conditions of that. */
  keep(value: UInt): void;
  /** The high word is read in the next cycle. */
  issue(): void;
  /** What was kept. */
  readonly kept: UInt;
  readonly names: object;
}

/** @param count undefined: one element */
export function highWord(count: number | undefined, index: UInt | undefined, read: ReadAccess): HighWord {
  const keeping = wire(Bool);
  const high = wire(UInt(32));
  keeping.set(false);
  high.set(0);
  const keep = (value: UInt): void => {
    keeping.set(true);
    high.set(value.bits(63, 32));
  };
  const now = read.fire.and(keeping);
  if (count === undefined) {
    const kept = reg(UInt(32));
    when(now, () => { kept.next = high; });
    return { keep, issue: () => undefined, kept, names: { kept, keeping, high } };
  }
  const asked = wire(Bool);
  asked.set(false);
  const ram = mem(UInt(32), count, { init: Array.from({ length: count }, () => 0) });
  let kept!: UInt;
  when(asked, () => { kept = ram.readSync(index!, 'high'); });
  when(now, () => ram.write(index!, high));
  return { keep, issue: () => { asked.set(true); }, kept, names: { kept: ram, keeping, high, asked } };
}
