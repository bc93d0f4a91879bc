/** Pause patterns: in which cycles a bus model does not offer, or does not take. */
import { describe } from '@vtoe/hdl/internal/check/describe';
import type { Random } from '../random.ts';

/**
 * `'never'`; each n-th cycle (`{ every: 4 }`); a part of the cycles, at random (`{ percent: 30 }`; 100: always); or in
 * bursts, that many cycles at work and that many in pause, both fixed or at random from a range (`{ work: 8, pause: [1, 20] }`);
 * or as long as something holds that somebody else knows (`{ while: () => fifo.isFull }`).
 * A model that pauses never takes back what it offers already: AXI forbids that.
 */
export type PausePattern = 'never' | { readonly every: number } | { readonly percent: number } | { readonly work: Cycles; readonly pause: Cycles } | { readonly while: () => boolean };

/** A number of cycles, or the least and the most of a range. */
export type Cycles = number | readonly [least: number, most: number];

/** Called once a cycle; true: paused. */
export type Pause = () => boolean;

/** @throws RangeError naming `key`, the value and what is allowed */
export function pauseOf(key: string, pattern: PausePattern | undefined, random: Random): Pause | undefined {
  if (pattern === undefined || pattern === 'never') return undefined;
  const refuse = (): never => {
    throw new RangeError(`${key} must be 'never', { every: 1 or more }, { percent: 0 to 100 }, { work, pause: cycles from 1 up, or [least, most] of them } or { while: a function }, not ${JSON.stringify(pattern) ?? describe(pattern)}`);
  };
  if (typeof pattern !== 'object' || pattern === null) return refuse();
  if ('while' in pattern) return typeof pattern.while === 'function' ? pattern.while : refuse();
  if ('every' in pattern) return whole(pattern.every) ? every(pattern.every) : refuse();
  if ('percent' in pattern) {
    const { percent } = pattern;
    if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100)) return refuse();
    return percent === 0 ? undefined : () => random.chance(percent / 100);
  }
  if (!isCycles(pattern.work) || !isCycles(pattern.pause)) return refuse();
  return inBursts(cyclesOf(pattern.work, random), cyclesOf(pattern.pause, random));
}

/** Whether the pattern goes on from cycle to cycle; a `while` depends on what it looks at alone. */
export function isPaced(pattern: PausePattern | undefined): boolean {
  return pattern !== undefined && pattern !== 'never' && !('while' in pattern);
}

/** Draws a number of cycles. */
export function cyclesOf(cycles: Cycles, random: Random): () => number {
  if (typeof cycles === 'number') return () => cycles;
  const [least, most] = cycles;
  return () => least + random.below(most - least + 1);
}

/** Whether it is a number of cycles from `least` up, or a range of them. */
export function isCycles(cycles: unknown, least = 1): cycles is Cycles {
  if (whole(cycles, least)) return true;
  return Array.isArray(cycles) && cycles.length === 2 && whole(cycles[0], least) && whole(cycles[1], cycles[0]);
}

function whole(value: unknown, least = 1): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function every(period: number): Pause {
  let left = period;
  return () => {
    left -= 1;
    if (left > 0) return false;
    left = period;
    return true;
  };
}

function inBursts(work: () => number, pause: () => number): Pause {
  let [left, paused] = [work(), false];
  return () => {
    if (left === 0) {
      paused = !paused;
      left = paused ? pause() : work();
    }
    left -= 1;
    return paused;
  };
}
