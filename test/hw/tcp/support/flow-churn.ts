/** Inserts and deletes in a flow table that is kept at a load, with look-ups in every cycle. */
import type { FlowDriver, Outcome } from './flow-driver.ts';

export interface ChurnOptions {
  /** Inserts and deletes. */
  readonly operations: number;
  /** Entries that are held. */
  readonly target: number;
  /** Share of the cycles without a command between two commands; 0: one behind the other. */
  readonly idle?: number;
  /** Share of the cycles with a look-up; 1 by default. */
  readonly lookups?: number;
}

export interface Churn {
  /** Cycles of each insert, in rising order, from the first in which it is offered to that in which it is taken. */
  readonly inserts: Uint32Array;
  readonly outcomes: Record<Outcome, number>;
}

export function churn(driver: FlowDriver, { operations, target, idle = 0, lookups = 1 }: ChurnOptions): Churn {
  const { stream, value, live } = driver;
  const inserts: number[] = [];
  const outcomes = { missing: 0, found: 0, inserted: 0, present: 0, full: 0, deleted: 0 };
  const dead = () => {
    for (;;) {
      const id = stream.below(value.length);
      if (value[id] === 0) return id;
    }
  };
  let renewed = 0;
  for (let done = 0; done < operations;) {
    if (driver.pending === undefined && (idle === 0 || !stream.chance(idle))) {
      if (live.length < target && (live.length < target - 4 || stream.chance(0.5))) {
        const id = dead();
        // A new key now and then, so that not the same ones meet all the time.
        if (renewed++ % 16 === 0 && driver.quiet(id)) driver.renew(id);
        driver.command('insert', id, stream.uint32() >>> 8);
      } else {
        const id = live[stream.below(live.length)]!;
        driver.command('delete', id, value[id]! - 1);
      }
    }
    const { pending } = driver;
    const draw = stream.below(16);
    const outcome = driver.cycle(lookups < 1 && !stream.chance(lookups) ? undefined : draw < 12 && live.length > 0 ? live[stream.below(live.length)]! : draw < 14 && pending !== undefined ? pending.id : stream.below(value.length));
    if (outcome === undefined || pending === undefined) continue;
    done += 1;
    outcomes[outcome] += 1;
    if (pending.op === 'insert') inserts.push(driver.cycles - pending.since);
  }
  return { inserts: Uint32Array.from(inserts).sort(), outcomes };
}
