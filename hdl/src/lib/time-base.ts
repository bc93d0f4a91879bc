/**
 * The clock of a design in microseconds: a fraction that grows by a programmable increment every cycle.
 *
 * Every cycle gives the time, one register behind the increment; a change of the increment counts from the next cycle.
 * It does not know the date and cannot be set: it starts at 0 with reset and wraps, so times are compared by
 * `reached`, and a deadline lies less than half of the circle ahead (35 minutes for 32 bits).
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { type Bool, In, type InnerPorts, module, type ModuleDefinition, Out, reg, UInt } from '../index.ts';
import { seqGe } from './sequence.ts';

/** Bits of the fraction: the unit of the increment is 2^-24 µs per cycle. */
export const TIME_FRACTION_BITS = 24;
/** Of `skip`: 27 s at 156.25 MHz at once. */
export const SKIP_BITS = 32;

export interface TimeBaseOptions {
  /** Bits of the microseconds, 2 to 64; 32 by default. */
  readonly width?: number;
  /**
   * Ports `skip` and `elapsed`, for simulations that jump over idle time: so many cycles more have passed at the end of this one,
   * to the last bit of the fraction. Costs a multiplier.
   */
  readonly skip?: boolean;
}

const ports = (width: number) => ({
  /** 2^-24 µs per cycle, below 256 µs; from `timeIncrement`, or from a register that follows another clock. */
  increment: In(UInt(TIME_FRACTION_BITS + 8)),
  /** Since reset, modulo 2^width. */
  microseconds: Out(UInt(width)),
});

const skipPorts = (width: number) => ({
  /** Cycles to jump ahead at the end of this one, besides itself. */
  skip: In(UInt(SKIP_BITS)),
  /** The time with its fraction: 2^-24 µs. */
  elapsed: Out(UInt(width + TIME_FRACTION_BITS)),
});

export type TimeBasePorts = ReturnType<typeof ports>;
export type SkippingTimeBasePorts = TimeBasePorts & ReturnType<typeof skipPorts>;

/** One a design: whatever measures time takes it from here, so that all of it stops, jumps and runs together. */
export function timeBase(options?: TimeBaseOptions & { readonly skip?: false }): ModuleDefinition<TimeBasePorts>;
export function timeBase(options: TimeBaseOptions & { readonly skip: true }): ModuleDefinition<SkippingTimeBasePorts>;
export function timeBase({ width = 32, skip = false }: TimeBaseOptions = {}): unknown {
  if (!Number.isInteger(width) || width < 2 || width > 64) usage(`timeBase: width must be a whole number from 2 to 64, not ${describe(width)}`);
  const total = width + TIME_FRACTION_BITS;
  const body = (io: InnerPorts<TimeBasePorts>, skipped?: UInt) => {
    const elapsed = reg(UInt(total));
    const grown = elapsed.add(fit(io.increment, total));
    elapsed.next = skipped === undefined ? grown : grown.add(fit(skipped.mul(io.increment), total));
    io.microseconds.set(elapsed.bits(total - 1, TIME_FRACTION_BITS));
    return { elapsed };
  };
  if (!skip) return module('time_base', { w: width }, ports(width), (io) => body(io));
  return module('time_base', { w: width, skip }, { ...ports(width), ...skipPorts(width) }, (io) => {
    const { elapsed } = body(io, io.skip);
    io.elapsed.set(elapsed);
    return { elapsed_time: elapsed };
  });
}

/** The increment for a clock of `hertz`, to the nearest: 107374 at 156.25 MHz, which is wrong by 1.7 ppm. */
export function timeIncrement(hertz: number): number {
  const increment = Math.round(2 ** TIME_FRACTION_BITS * 1e6 / hertz);
  if (!(increment >= 1 && increment < 2 ** (TIME_FRACTION_BITS + 8))) usage(`timeIncrement: a clock of ${describe(hertz)} Hz has no increment; 2^-24 µs per cycle are counted from 4 kHz to 30 THz`);
  return increment;
}

/** `now` is at or after `deadline`, both modulo their width and less than half a circle apart. */
export function reached(now: UInt, deadline: UInt): Bool {
  return seqGe(now, deadline);
}

function fit(x: UInt, width: number): UInt {
  return width < x.width ? x.trunc(width) : x.zext(width);
}
