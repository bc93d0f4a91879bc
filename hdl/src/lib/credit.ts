/**
 * A counter of credits: permits for something that is limited, taken before use and given back after it.
 *
 * Takes and gives in every cycle, both at once too; a credit that is given can be taken in the next cycle.
 * It does not make anybody wait: who takes looks at `level` before, and what would go below zero or above the maximum
 * is asserted not to occur, not corrected.
 */
import { assert, clog2, In, module, Out, reg, UInt } from '../index.ts';
import { usage } from '../check/error.ts';
import { atLeast } from './stream-verb.ts';

export interface CreditOptions {
  /** Credits that exist. */
  readonly maximum: number;
  /** Credits at reset, all of them by default. */
  readonly initial?: number;
  /** Most credits that are taken in one cycle, 1 by default. */
  readonly mostTaken?: number;
  /** Most credits that are given back in one cycle, 1 by default. */
  readonly mostGiven?: number;
}

/** `level` counts clog2(maximum + 1) bits; `take` and `give` clog2(most + 1) bits. */
export function creditCounter(options: CreditOptions) {
  const { maximum, initial = maximum, mostTaken = 1, mostGiven = 1 } = options;
  atLeast('creditCounter', 'maximum', maximum, 1);
  for (const [name, least, value] of [['initial', 0, initial], ['mostTaken', 1, mostTaken], ['mostGiven', 1, mostGiven]] as const) {
    atLeast('creditCounter', name, value, least);
    if (value > maximum) usage(`creditCounter: ${name} is ${value}, more than the maximum of ${maximum}`);
  }
  const width = clog2(maximum + 1);
  return module('credit_counter', { m: maximum, i: initial, t: mostTaken, g: mostGiven }, {
    /** Credits taken in this cycle, at most `level`. */
    take: In(UInt(clog2(mostTaken + 1))),
    /** Credits given back in this cycle. */
    give: In(UInt(clog2(mostGiven + 1))),
    /** Credits that can be taken now: a register. */
    level: Out(UInt(width)),
  }, (io) => {
    const count = reg(UInt(width), { init: initial });
    const [take, give] = [io.take.zext(width), io.give.zext(width)];
    count.next = count.sub(take).add(give);
    io.level.set(count);

    // A credit given in this cycle is no cover for one taken in it: its register is not there yet.
    assert(take.le(count), 'creditCounter: more credits are taken than there are');
    assert(count.sub(take).addc(give).le(maximum), 'creditCounter: more credits are given back than were taken');
    return { count };
  });
}
