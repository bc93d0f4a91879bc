/**
 * Which event enters the pipeline: the first stage, P0.
 *
 * One event a cycle; a source whose connection has an event under way, or whose credit is missing, waits, and the others go
 * on. Of several the one is chosen that was served longest ago, so that a source that waits for a busy connection is the
 * first of all when it is free: nobody starves, however the others keep that connection busy.
 * Behind a source's head nothing overtakes: one source's events keep their order.
 */
import { allOf, anyOf, assert, type Bool, clog2, lit, reg, Bool as BoolShape, type UInt, UInt as UIntShape, when } from '@vtoe/hdl';

export interface Candidate {
  readonly valid: Bool;
  readonly connection: UInt;
  /** What it may need at the end of the pipeline is at hand. */
  readonly credit: Bool;
}

export interface UnderWay {
  readonly valid: Bool;
  readonly connection: UInt;
}

/**
 * @param underWay events whose record is not yet written where a read of now would see it
 * @returns for each candidate whether it goes now: one or none
 */
export function admit(candidates: readonly Candidate[], underWay: readonly UnderWay[], open: Bool) {
  const n = candidates.length;
  const blocked = candidates.map(({ connection }) => anyOf(lit(BoolShape, false), ...underWay.map((event) => event.valid.and(event.connection.eq(connection)))));
  const eligible = candidates.map(({ valid, credit }, i) => allOf(open, valid, credit, blocked[i]!.not()));
  // older_i_j, i < j: i was served before j. One bit for each pair; j is the older one where it is not.
  const older = Array.from({ length: n }, (_, i) => Array.from({ length: n - 1 - i }, () => reg(BoolShape, { init: true })));
  const isOlder = (i: number, j: number): Bool => (i < j ? older[i]![j - i - 1]! : older[j]![i - j - 1]!.not());
  const grant = candidates.map((_, i) => allOf(eligible[i]!, ...candidates.flatMap((_, j) => (j === i ? [] : [eligible[j]!.and(isOlder(j, i)).not()]))));
  for (let i = 0; i < n; i++) {
    when(grant[i]!, () => {
      for (let j = 0; j < i; j++) older[j]![i - j - 1]!.next = true;
      for (let j = i + 1; j < n; j++) older[i]![j - i - 1]!.next = false;
    });
  }
  const count = grant.map((one) => one.toUInt().zext(clog2(n + 1))).reduce((sum, one) => sum.add(one), lit(UIntShape(clog2(n + 1)), 0));
  assert(count.le(1), 'admit: two events enter in one cycle');
  assert(anyOf(...eligible).eq(anyOf(...grant)), 'admit: an event could enter and none does');
  return { grant, blocked, eligible, older };
}
