/**
 * What the protocol checkers share: how a channel is observed, the handshake rules of every AXI channel, and state that exists for assertions only.
 *
 * A rule is checked in every cycle outside of reset and adds no latency.
 * It makes no hardware: all of it is inside of `ifdef in the emitted Verilog, so a checker may stay in a design for good.
 */
import { allOf, anyOf, assert, assume, Bool, clog2, type Data, Interface, type Like, Out, past, type Read, type Reg, UInt, type UIntShape, when } from '../index.ts';
import { register } from '../lang/state.ts';

/** A channel seen by somebody who only watches: either side of a stream will do. */
export interface Observed<T extends Data> {
  readonly valid: Bool;
  readonly ready: Bool;
  readonly payload: Read<T>;
}

/** Ports that watch a channel: `In(Watched(shape), { prefix: 'aw' })` has inputs `awvalid`, `awready` and the fields of the payload. */
export function Watched<T extends Data>(payload: T) {
  return Interface('Watched', { valid: Out(Bool), ready: Out(Bool), payload: Out(payload, { prefix: '' }) });
}

/** What becomes of one side's rules: `assert` checks them, `assume` takes them for granted in proofs (a simulation checks them all the same). */
export type Verdict = 'assert' | 'assume';

/** States one rule. */
export type Rule = (condition: Bool, sentence: string) => void;

/** Rules of one side; their sentences start with `name`, if there is one. */
export function rules(verdict: Verdict, name: string | undefined): Rule {
  const state = verdict === 'assert' ? assert : assume;
  return (condition, sentence) => state(condition, name === undefined ? sentence : `${name}: ${sentence}`);
}

/** If `premise` then `conclusion`. */
export function implies(premise: Bool, conclusion: Bool): Bool {
  return premise.not().or(conclusion);
}

/** A register that assertions read and nothing else: it never reaches synthesizable output. 0 after reset. */
export function ghost<T extends Data>(shape: T): Reg<T> {
  return register(shape, {}, true) as unknown as Reg<T>;
}

/** Where the specification says it. */
interface HandshakeClauses {
  readonly handshake: string;
  readonly reset: string;
}

export const AXI_CLAUSES: HandshakeClauses = { handshake: 'AMBA AXI A3.2.1', reset: 'AMBA AXI A3.1.2' };
export const AXI_STREAM_CLAUSES: HandshakeClauses = { handshake: 'AMBA AXI4-Stream 2.2.1', reset: 'AMBA AXI4-Stream 2.7.2' };

/** True but in the first cycle after reset. */
export function afterFirstCycle(): Bool {
  const running = ghost(Bool);
  running.next = true;
  return running;
}

/** Rules of the side that drives valid and payload of `channel` (`AW`, `T`): valid low after reset, then held, with its payload, until ready. */
export function handshakeRules<T extends Data>(rule: Rule, running: Bool, channel: string, { valid, ready, payload }: Observed<T>, clauses: HandshakeClauses): void {
  rule(implies(running.not(), valid.not()), `${channel}VALID must be low in the first cycle after reset (${clauses.reset})`);
  const waiting = past(valid.and(ready.not()));
  rule(implies(waiting, valid), `${channel}VALID must not fall before ${channel}READY (${clauses.handshake})`);
  rule(implies(waiting.and(valid), payload.eq(past(payload))), `the ${channel} payload must not change while ${channel}VALID waits for ${channel}READY (${clauses.handshake})`);
}

/** Counts up and down by at most one a cycle. */
export function step(counter: Reg<UIntShape>, up: Bool, down: Bool): void {
  counter.next = counter.add(up.toUInt().zext(counter.width)).sub(down.toUInt().zext(counter.width));
}

/** A queue in order of age that can be read and left anywhere: what is outstanding. For assertions only. */
export interface GhostQueue<T extends Data> {
  /** The oldest first; entry i is there if `count` is above i. */
  readonly entries: readonly Reg<T>[];
  readonly count: Reg<UIntShape>;
  /** The oldest entry that satisfies `condition`, as one bit an entry. */
  oldest(condition: (entry: Read<T>) => Bool): Bool[];
  /** What changes in this cycle: the entry under the one bit of `leave` goes, `value` comes; `entries` stay or become `changed`. */
  update(change: { readonly leave: readonly Bool[]; readonly enter: Bool; readonly value: Like<T>; readonly changed?: readonly Like<T>[] }): void;
}

/** At most `depth` entries; the rule that says so is the user's. */
export function ghostQueue<T extends Data>(shape: T, depth: number): GhostQueue<T> {
  const entries = Array.from({ length: depth }, () => ghost(shape));
  const count = ghost(UInt(clog2(depth + 1)));
  return {
    entries,
    count,
    oldest(condition) {
      const matches = entries.map((entry, i) => count.gt(i).and(condition(entry)));
      return matches.map((match, i) => allOf(match, ...matches.slice(0, i).map((older) => older.not())));
    },
    update({ leave, enter, value, changed = entries }) {
      const left = count.sub(anyOf(...leave).toUInt().zext(count.width));
      count.next = left.add(enter.toUInt().zext(count.width));
      for (const [i, entry] of entries.entries()) {
        entry.next = changed[i]!;
        if (i < depth - 1) when(anyOf(...leave.slice(0, i + 1)), () => { entry.next = changed[i + 1]!; });
        when(enter.and(left.eq(i)), () => { entry.next = value; });
      }
    },
  };
}
