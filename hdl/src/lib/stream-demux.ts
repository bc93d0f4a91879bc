/**
 * `demux` hands each item of a stream to one of several sinks, `demuxPackets` each packet.
 *
 * One item a cycle, latency 0, combinational both ways; only `demuxPackets` has state, the choice.
 * Branches that are not chosen see nothing of an item, and a branch that does not take its item stops all others.
 */
import { anyOf, assert, Bool, type Data, lit, mux, past, type Read, reg, type Source, stable, type StreamWire, type UInt, when } from '../index.ts';
import { usage } from '../check/error.ts';
import type { PacketShape } from './packet.ts';
import { type Copies, verbs } from './stream-verb.ts';

/** A number, or how to get it from the payload. */
export type Select<T extends Data> = UInt | ((payload: Read<T>) => UInt);

/**
 * An item goes to the branch that `select` names: a value that does not change while an item waits (asserted), or a
 * function of the payload. A number of `count` or more is asserted not to occur, and means the last branch.
 */
export function demux<T extends Data, const N extends number>(source: Source<T>, select: Select<T>, count: N): Copies<Source<T>, N> {
  return verbs('demux', source.payload.shape, count, (branches) => {
    const chosen = numberOf(source, select);
    spread('demux', source, chosen, branches);
    return { chosen };
  });
}

/** As {@link demux}, but `select` counts in the first beat of a packet and the rest follows it. */
export function demuxPackets<const N extends number>(source: Source<PacketShape>, select: Select<PacketShape>, count: N): Copies<Source<PacketShape>, N> {
  return verbs('demux', source.payload.shape, count, (branches) => {
    const first = numberOf(source, select);
    const inside = reg(Bool);
    const held = reg(first.shape, { reset: false });
    const chosen = mux(inside, held, first);
    spread('demuxPackets', source, chosen, branches);
    when(source.fire, () => {
      inside.next = source.payload.last.not();
      held.next = chosen;
    });
    return { chosen, inside, held };
  });
}

function numberOf<T extends Data>(source: Source<T>, select: Select<T>): UInt {
  return typeof select === 'function' ? select(source.payload) : select;
}

/** Connects the branch that `chosen` names with the source. */
function spread<T extends Data>(block: string, source: Source<T>, chosen: UInt, branches: readonly StreamWire<T>[]): void {
  const count = branches.length;
  const codes = 2 ** chosen.width;
  if (count > codes) usage(`${block}: select has ${chosen.width} bits, too few to name ${count} branches`);
  when(source.valid, () => {
    if (count < codes) assert(chosen.lt(count), `${block}: select must be below ${count}`);
    when(past(source.valid.and(source.ready.not())), () => {
      assert(stable(chosen), `${block}: select must not change while an item waits`);
    });
  });
  const hits = branches.map((_, i) => {
    if (i < count - 1 || count === codes) return chosen.eq(i);
    return i === 0 ? lit(Bool, true) : chosen.ge(i);
  });
  for (const [i, branch] of branches.entries()) {
    branch.valid.set(source.valid.and(hits[i]!));
    branch.payload.set(source.payload);
  }
  source.ready.set(anyOf(...branches.map(({ ready }, i) => ready.and(hits[i]!))));
}
