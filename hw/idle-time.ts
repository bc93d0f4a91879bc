/**
 * Says to a simulation whether nothing but the time changes, and until when: then it may skip.
 *
 * `idle` comes 8 cycles after the last change, and goes in the cycle of the next one. The deadline is there in every cycle.
 * It does not look for changes itself: `still` of the language does. It is no hardware: only builds with `simulationPorts` have it.
 */
import { Bool, cat, In, lit, module, mux, Out, type Read, reg, UInt, Valid, Vec, when } from '@vtoe/hdl';
import { SKIP_BITS, TIME_FRACTION_BITS } from '@vtoe/hdl/lib';
import { Now, SpanTicks } from './tcp/tcb.ts';

/** Ports of the top, for simulations only. */
export const simulationPorts = {
  /** No register but those of the time changes at the end of this cycle, nor at that of any before `sim_next_deadline`, if no input changes. */
  sim_idle: Out(Bool),
  /** Microseconds since reset: when a timer expires next, or earlier. */
  sim_next_deadline: Out(Valid(Now)),
  /** The time, in 2^-24 µs, and what a cycle adds to it. */
  sim_elapsed: Out(UInt(Now.width + TIME_FRACTION_BITS)),
  sim_increment: Out(UInt(32)),
  /** While idle: so many cycles more have passed at the end of this one. */
  sim_skip: In(UInt(SKIP_BITS)),
};

/**
 * Still cycles until nothing is under way any more: data that a memory gives may be the address that another one is read with, and no
 * chain of them is that long.
 */
const STILL_CYCLES = 8;
/** Of a tick, in microseconds, log2. */
const TICK_LOG2 = 10;

/** @param precise, @param slow how many deadlines in microseconds, and in ticks of 1024 µs */
export function idleTime({ precise, slow }: { readonly precise: number; readonly slow: number }) {
  return module('idle_time', { p: precise, s: slow }, {
    still: In(Bool),
    now: In(Now),
    precise: In(Vec(Valid(Now), precise)),
    slow: In(Vec(Valid(SpanTicks), slow)),
    idle: Out(Bool),
    next_deadline: Out(Valid(Now)),
  }, (io) => {
    const quiet = reg(UInt(4));
    when(io.still.not(), () => { quiet.next = 0; }).elsewhen(quiet.ne(STILL_CYCLES), () => { quiet.next = quiet.add(1); });
    io.idle.set(io.still.and(quiet.eq(STILL_CYCLES)));

    // From now on, so that their widths may differ.
    const { now } = io;
    const ticks = now.bits(TICK_LOG2 + SpanTicks.width - 1, TICK_LOG2);
    const left = [
      ...[...io.precise].map(({ valid, payload }) => ({ valid, left: payload.sub(now) })),
      ...[...io.slow].map(({ valid, payload }) => ({ valid, left: cat(payload.sub(ticks), lit(UInt(TICK_LOG2), 0)).zext(Now.width).sub(now.trunc(TICK_LOG2).zext(Now.width)) })),
    ];
    const first = left.reduce((a, b) => ({ valid: a.valid.or(b.valid), left: mux(b.valid.and(a.valid.not().or(b.left.lt(a.left))), b.left, a.left) as Read<typeof Now> }));
    io.next_deadline.valid.set(first.valid);
    io.next_deadline.payload.set(now.add(first.left));
    return { quiet };
  });
}
