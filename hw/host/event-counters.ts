/**
 * Counts events of many causes, each of which may happen in every cycle, and answers for one of them.
 *
 * An event of each cause a cycle, none of which is ever lost; in the count after 2 x `causes` + 2 cycles at the latest. An
 * answer comes a cycle after its question; a question in every second cycle at most.
 * It knows no names: who counts what is said where it is wired. Counts wrap, so that differences of two readings are right.
 *
 * A cause has but a few bits of its own, for what happens between two visits of a walk that adds them to a word of one memory: of
 * 100 causes 8 bits each and one adder, in place of 32 bits and an adder each.
 */
import { anyOf, assert, Bool, clog2, In, lit, mem, module, mux, Out, past, reg, UInt, Valid, Vec, when } from '@vtoe/hdl';

export interface EventCountersOptions {
  /** At least 2. */
  readonly causes: number;
  /** Bits of a count. */
  readonly width: number;
}

/** A question stops the walk for a cycle, so a visit is followed by the next one within twice as many cycles as there are causes. */
const CYCLES_OF_A_VISIT = 2;

export function eventCounters({ causes, width }: EventCountersOptions) {
  const Index = UInt(clog2(causes));
  const Count = UInt(width);
  const Few = UInt(clog2(CYCLES_OF_A_VISIT * causes + 1));
  return module('event_counters', { n: causes, w: width }, {
    /** By cause: it happened in this cycle. */
    events: In(UInt(causes)),
    /** How often did it happen? */
    ask: In(Valid(Index)),
    /** One cycle later. */
    count: Out(Count),
  }, (io) => {
    const happened = reg(UInt(causes));
    happened.next = io.events;
    const few = reg(Vec(Few, causes));
    const counts = mem(Count, causes, { style: 'block', collision: 'old' });
    const at = reg(Index);
    // Nothing is in the memory until the first walk has ended.
    const first = reg(Bool, { init: true });
    const wasFirst = reg(Bool, { init: true });
    wasFirst.next = first;
    const visit = { valid: reg(Bool), at: reg(Index, { reset: false }), few: reg(Few, { reset: false }) };

    // It sleeps when a whole walk has met nothing new.
    const awake = reg(Bool, { init: true });
    const news = reg(Bool);
    const comes = happened.orR();
    const walks = io.ask.valid.not().and(awake.or(comes));
    const ends = walks.and(at.eq(causes - 1));
    awake.next = anyOf(comes, awake.and(ends.not()), news, first);
    news.next = anyOf(comes, news.and(ends.not()));
    const here = at.oneHot(causes);
    when(walks, () => { at.next = mux(ends, lit(Index, 0), at.add(1)); });
    for (let i = 0; i < causes; i++) {
      const happens = happened.bit(i).toUInt().zext(Few.width);
      const visited = walks.and(here.bit(i));
      few.at(i).next = mux(visited, happens, few.at(i).add(happens));
      when(visited.not().and(happened.bit(i)), () => { assert(few.at(i).andR().not(), 'eventCounters: what happens between two visits has room'); });
    }
    visit.valid.next = walks;
    visit.at.next = at;
    visit.few.next = few.at(at);
    const stored = counts.readSync(mux(io.ask.valid, io.ask.payload, at), 'stored');
    when(visit.valid, () => {
      counts.write(visit.at, mux(first, lit(Count, 0), stored).add(visit.few.zext(width)));
      when(visit.at.eq(causes - 1), () => { first.next = false; });
    });
    // The word as it was when it was asked for, which may be before the last write of the first walk.
    io.count.set(mux(wasFirst, lit(Count, 0), stored));
    when(io.ask.valid, () => { assert(past(io.ask.valid).not(), 'eventCounters: there is a question in every second cycle at most'); });
    return { happened, few, counts, at, first, wasFirst, visit, awake, news };
  });
}
