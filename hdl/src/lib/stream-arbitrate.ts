/**
 * `arbitrate` merges streams into one, item by item; `arbitratePackets` merges packets without mixing their beats.
 *
 * One item a cycle, without a lost cycle when the choice changes; latency 0: valid and ready pass combinationally
 * through the arbiter, so a source's ready depends on the valid of all.
 * The result does not say where an item came from: put that into the payload with `map` before.
 */
import { cat, inst, lit, type Bool, type Data, type Read, type Source, Vec } from '../index.ts';
import { usage } from '../check/error.ts';
import { arbiter, type ArbiterOptions } from './arbiter.ts';
import type { PacketShape } from './packet.ts';
import { verb } from './stream-verb.ts';

export interface ArbitrateOptions {
  /** `roundRobin` (default): in turn; `fixedPriority`: the first source first, which may starve the others. */
  readonly policy?: ArbiterOptions['policy'];
}

/** Items of all `sources`. A choice that was shown stays until it is taken. */
export function arbitrate<T extends Data>(sources: readonly Source<T>[], options: ArbitrateOptions = {}): Source<T> {
  return choose('arbitrate', sources, options);
}

/** Packets of all `sources`: from a packet's first beat to its `last` nobody else has a turn, also while its source pauses. */
export function arbitratePackets(sources: readonly Source<PacketShape>[], options: ArbitrateOptions = {}): Source<PacketShape> {
  return choose('arbitratePackets', sources, options, ({ last }) => last);
}

/** `ends`: items that end a turn; all, by default. */
function choose<T extends Data>(
  name: string, sources: readonly Source<T>[], { policy = 'roundRobin' }: ArbitrateOptions, ends?: (payload: Read<T>) => Bool,
): Source<T> {
  const [first] = sources;
  if (first === undefined) usage(`${name}: sources must be at least one stream`);
  const { shape } = first.payload;
  return verb(name, shape, (out) => {
    const turn = inst(arbiter({ requesters: sources.length, policy, hold: true }), {
      request: cat(...sources.map(({ valid }) => valid).reverse()),
      advance: ends === undefined ? out.ready : out.ready.and(ends(out.payload)),
    });
    out.valid.set(turn.valid);
    out.payload.set(lit(Vec(shape, sources.length), sources.map(({ payload }) => payload)).at(turn.index));
    for (const [i, source] of sources.entries()) source.ready.set(turn.grant.bit(i).and(out.ready));
    return { turn };
  });
}
