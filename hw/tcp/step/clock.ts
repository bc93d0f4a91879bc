/** The two clocks in a 42-bit `now`: microseconds, and ticks of 1024 µs for spans of minutes to days. */
import { Bool, lit, type UInt } from '@vtoe/hdl';
import { Microseconds, SpanTicks, Ticks } from '../tcb.ts';
import { addWithCarry } from './carry.ts';

/** Base-2 logarithm of the microseconds in a tick. */
export const TICK_LOG2 = 10;

/** The fine clock. */
export function fineTime(now: UInt): UInt {
  return now.trunc(Microseconds.width);
}

/** The slow clock. */
export function ticksOf(now: UInt): UInt {
  return now.bits(TICK_LOG2 + Ticks.width - 1, TICK_LOG2);
}

/** The slow clock as deadlines have it. */
export function slowTime(now: UInt): UInt {
  return ticksOf(now).trunc(SpanTicks.width);
}

/** A slow deadline: the tick that is under way does not count, so it is never early. */
export function after(ticks: UInt, span: UInt): UInt {
  return addWithCarry(ticks, span, lit(Bool, true));
}
