/** The counters of all causes behind the registers of the VMM's page: wires, and the counters themselves. */
import { type Bool, cat, inst, type Read, reg, scope, UInt } from '@vtoe/hdl';
import { type CauseOf, COUNTER_BITS, COUNTERS, type CountingBlock } from '../registers/counters.ts';
import type { EngineRegisters } from './bank.ts';
import { eventCounters } from './event-counters.ts';

/** Of each block and cause: it happened in this cycle. */
export type CountedEvents = { readonly [B in CountingBlock]: { readonly [C in CauseOf<B>]: Read<typeof Bool> } };

export function countEvents({ counter: { value } }: EngineRegisters, events: CountedEvents) {
  const bits = COUNTERS.map(({ block, cause }) => (events[block] as Readonly<Record<string, Read<typeof Bool>>>)[cause]!);
  const counters = inst(eventCounters({ causes: COUNTERS.length, width: COUNTER_BITS }), { events: cat(...bits.toReversed()), ask: value.index });
  value.value.set(counters.count);
  return counters;
}

/** A counter that goes up by one at most has gone up. */
export const countsUp = (counter: UInt): Bool => scope('counts_up', () => {
  const before = reg(UInt(1));
  before.next = counter.bit(0).toUInt();
  return { before, up: before.ne(counter.bit(0).toUInt()) };
}).up;
