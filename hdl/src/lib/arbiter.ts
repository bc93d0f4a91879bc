/**
 * Chooses one of several requesters, in turn or by fixed priority; `weightedArbiter` serves in proportion to weights.
 *
 * One grant a cycle, latency 0: the grant follows the requests within the cycle, and state moves only with `advance`.
 * It carries no data and queues no requests: who wants to be served keeps requesting.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import {
  assert, Bool, Bundle, cat, clog2, type Data, In, type InnerPorts, lit, module, type ModuleDefinition, mux, Out, type Read, reg, UInt, Vec, when,
} from '../index.ts';

export interface ArbiterOptions {
  /** Number of requesters, 1 to 1024. */
  readonly requesters: number;
  /**
   * `roundRobin` (default): after a requester was served, the next one in the order of indices comes first.
   * `fixedPriority`: the lowest index always comes first, and may starve the others.
   */
  readonly policy?: 'roundRobin' | 'fixedPriority';
  /**
   * `true`: a grant that was shown and not taken stays with its requester until `advance`, whatever others want; while
   * that one pauses, `valid` is low. For streams, whose payload must not change before ready, and for packets (advance
   * with the last beat). `false` (default): each cycle decides anew.
   */
  readonly hold?: boolean;
}

export interface WeightedArbiterOptions {
  /** Number of requesters, 1 to 1024. */
  readonly requesters: number;
  /** Bits of a weight, 1 to 16. */
  readonly weightBits: number;
  /** As for `arbiter`. */
  readonly hold?: boolean;
}

const ports = (requesters: number) => ({
  /** Bit i: requester i wants a grant. */
  request: In(UInt(requesters)),
  /** The grant of this cycle is taken; without `valid` it means nothing, so a `ready` may be wired here. */
  advance: In(Bool),
  /** One bit, or none. */
  grant: Out(UInt(requesters)),
  /** Which bit; 0 when none. */
  index: Out(UInt(Math.max(1, clog2(requesters)))),
  /** There is a grant. */
  valid: Out(Bool),
});

export type ArbiterPorts = ReturnType<typeof ports>;

/**
 * Round robin or fixed priority. Under round robin a requester that keeps requesting waits for at most
 * `requesters` - 1 grants to others.
 */
export function arbiter(options: ArbiterOptions): ModuleDefinition<ArbiterPorts> {
  const { requesters, policy = 'roundRobin', hold = false } = options;
  checkRequesters('arbiter', requesters);
  if (policy !== 'roundRobin' && policy !== 'fixedPriority') usage(`arbiter: policy must be 'roundRobin' or 'fixedPriority', not ${describe(policy)}`);
  const name = policy === 'roundRobin' ? 'arbiter_round_robin' : 'arbiter_priority';
  return module(name, { n: requesters, ...(hold && { hold }) }, ports(requesters), (io) => {
    if (policy === 'fixedPriority') {
      const { decision, ...state } = decide(io, hold, lowest(io.request));
      grant(io, hold, decision);
      return state;
    }
    const later = reg(UInt(requesters));
    const { decision, ...state } = decide(io, hold, nextInTurn(io.request, later));
    grant(io, hold, decision);
    when(io.valid.and(io.advance), () => { later.next = above(io.grant); });
    return { later, ...state };
  });
}

/**
 * Weighted round robin. In a round each requester has as many grants as its weight says; those with some left take
 * turns, and when nobody who requests has any left the next round begins, without losing a cycle. So in each round a
 * requester that keeps requesting gets exactly its weight; what it does not use is not kept for the next round.
 *
 * A requester of weight w >= 1 that keeps requesting waits for at most S - w + n - 2 grants to others, where n >= 2
 * requesters have a weight above 0 and S is the sum of weights: the others' rest of the round, and of the next
 * round one grant to each of those between the last one served and itself.
 */
export function weightedArbiter(options: WeightedArbiterOptions) {
  const { requesters, weightBits, hold = false } = options;
  checkRequesters('weightedArbiter', requesters);
  if (!Number.isInteger(weightBits) || weightBits < 1 || weightBits > 16) usage(`weightedArbiter: weightBits must be a whole number from 1 to 16, not ${describe(weightBits)}`);
  const weights = Vec(UInt(weightBits), requesters);
  return module('arbiter_weighted', { n: requesters, w: weightBits, ...(hold && { hold }) }, {
    ...ports(requesters),
    /** Grants per round; a change counts from the next round on; 0: not served at all. */
    weight: In(weights),
  }, (io) => {
    const credit = reg(weights);
    const later = reg(UInt(requesters));
    // All credits start at 0, so the first grant begins a round.
    const solvent = io.request.and(cat(...[...credit].map((left) => left.ne(0)).reverse()));
    const served = io.request.and(cat(...[...io.weight].map((weight) => weight.ne(0)).reverse()));
    const newRound = solvent.eq(0);
    const Choice = Bundle('Choice', { newRound: Bool, winner: UInt(requesters) });
    const { decision, ...state } = decide(io, hold, lit(Choice, { newRound, winner: nextInTurn(mux(newRound, served, solvent), later) }));
    grant(io, hold, decision.winner);
    when(io.valid.and(io.advance), () => {
      later.next = above(io.grant);
      for (let i = 0; i < requesters; i++) {
        const before = mux(decision.newRound, io.weight.at(i), credit.at(i));
        // Whoever is granted has something left, but a weight may fall to 0 while a grant of a new round is held.
        const paid = hold ? mux(before.eq(0), before, before.sub(1)) : before.sub(1);
        credit.at(i).next = mux(io.grant.bit(i), paid, before);
      }
    });
    return { credit, later, newRound, ...state };
  });
}

/** What counts in this cycle: `fresh`, or with `hold` what was decided when the grant was shown first. */
function decide<T extends Data>(io: InnerPorts<ArbiterPorts>, hold: boolean, fresh: Read<T>): { decision: Read<T>; held?: Bool; kept?: Read<T> } {
  if (!hold) return { decision: fresh };
  const held = reg(Bool);
  const kept = reg(fresh.shape, { reset: false });
  const decision = mux(held, kept, fresh);
  when(io.valid, () => {
    held.next = io.advance.not();
    kept.next = decision;
  });
  return { decision, held, kept };
}

/** Drives the outputs; a held winner may pause, a fresh one requests anyway. */
function grant(io: InnerPorts<ArbiterPorts>, hold: boolean, winner: UInt): void {
  io.grant.set(hold ? winner.and(io.request) : winner);
  io.valid.set(io.grant.orR());
  io.index.set(position(io.grant));

  // At most one is granted.
  assert(io.grant.and(io.grant.sub(1)).eq(0), 'arbiter: at most one requester is granted');
}

/** The lowest request in `later`, or if there is none the lowest of all. */
function nextInTurn(request: UInt, later: UInt): UInt {
  const first = request.and(later);
  return mux(first.orR(), lowest(first), lowest(request));
}

/** Only the lowest one of `x`: x AND -x, which is one carry chain. */
function lowest(x: UInt): UInt {
  return x.and(x.not().add(1));
}

/** All bits above the only one of `oneHot`. */
function above(oneHot: UInt): UInt {
  return oneHot.or(oneHot.sub(1)).not();
}

/** Index of the only one of `oneHot`; 0 if there is none. An OR of half of the bits for each bit of the index. */
function position(oneHot: UInt): UInt {
  const bits = Array.from({ length: Math.max(1, clog2(oneHot.width)) }, (_, bit) => {
    const indices = Array.from({ length: oneHot.width }, (_, i) => i).filter((i) => (i >> bit) % 2 === 1);
    const mask = indices.reduce((mask, i) => mask | (1n << BigInt(i)), 0n);
    return mask === 0n ? lit(Bool, false) : oneHot.and(mask).orR();
  });
  return cat(...bits.reverse());
}

function checkRequesters(what: string, requesters: unknown): void {
  if (!Number.isInteger(requesters) || Number(requesters) < 1 || Number(requesters) > 1024) {
    usage(`${what}: requesters must be a whole number from 1 to 1024, not ${describe(requesters)}`);
  }
}
