/**
 * Keeps verdicts by slot until the frame in that slot is the oldest one.
 *
 * A verdict a cycle in; one a cycle out, a cycle after it was asked for; a verdict can be asked for from the next cycle on.
 * After reset it walks over all slots, one a cycle, and takes no verdicts until then.
 *
 * Whether a slot has one is told by a bit that changes its meaning with each turn of the slots, so that nobody has to
 * clear it: it says `turn`, the turn in which the verdict came.
 */
import { assert, Bool, type Bool as BoolValue, Bundle, mem, mux, type Read, reg, scope, type UInt as Bits, UInt, when, wire } from '@vtoe/hdl';
import { type Config, derived } from '../config.ts';
import { RingOffset } from '../tcp/actions.ts';
import { RingSize, SegmentBytes } from '../tcp/tcb.ts';
import { Page, Routed, slotBits, Verdict, VerdictKind } from './received.ts';

/** A verdict without its slot. */
export function Decision(c: Config) {
  const { ownerBits, connectionIndexBits } = derived(c);
  return Bundle(`Decision_o${ownerBits}_c${connectionIndexBits}`, { kind: VerdictKind, owner: UInt(ownerBits), connection: UInt(connectionIndexBits), base: Page, size: RingSize, offset: RingOffset, skip: SegmentBytes, length: SegmentBytes });
}

export interface VerdictSources {
  readonly verdict: { readonly valid: BoolValue; readonly payload: Read<ReturnType<typeof Verdict>> };
  readonly routed: { readonly valid: BoolValue; readonly payload: Read<ReturnType<typeof Routed>> };
  /** The oldest slot is done with: the next one is looked at. */
  readonly take: BoolValue;
}

/** `decided`: the oldest slot has a verdict; when it is taken, `decision` is there in the next cycle. `routed` waits while a verdict comes. */
export function verdictTable(c: Config, { verdict, routed, take }: VerdictSources) {
  const bits = slotBits(c);
  return scope('verdicts', () => {
    const turns = mem(Bool, c.rxFifoFrames, { style: 'distributed' });
    const store = mem(Decision(c), c.rxFifoFrames, { style: 'block', collision: 'asserted' });
    const oldest = reg(UInt(bits + 1));
    const walk = reg(UInt(bits + 1));
    const ready = walk.bit(bits);

    const slot = mux(verdict.valid, verdict.payload.slot, routed.payload.slot);
    const comes = ready.and(verdict.valid.or(routed.valid));
    const { kind, owner, connection, base, size, offset, skip, length } = verdict.payload;
    const turnOf = (slot: Bits): BoolValue => oldest.bit(bits).xor(slot.lt(oldest.trunc(bits)));
    const turn = turnOf(slot);
    const decided = wire(Bool);
    decided.set(ready.and(turns.read(oldest.trunc(bits)).eq(oldest.bit(bits))));

    when(ready.not(), () => {
      // No slot has a verdict of turn 0.
      turns.write(walk.trunc(bits), true);
      walk.next = walk.add(1);
    }).elsewhen(comes, () => { turns.write(slot, turn); });
    when(comes, () => {
      store.write(slot, { kind: mux(verdict.valid, kind, routed.payload.kind), owner, connection, base, size, offset, skip, length });
    });
    const read: Read<ReturnType<typeof Decision>>[] = [];
    when(take, () => {
      read.push(store.readSync(oldest.trunc(bits)));
      oldest.next = oldest.add(1);
    });

    when(verdict.valid, () => { assert(ready, 'rxPlace: no verdict comes before ready'); });
    when(comes, () => { assert(turns.read(slot).ne(turn), 'rxPlace: a slot gets one verdict'); });
    when(take, () => { assert(decided, 'rxPlace: only a slot with a verdict is taken'); });
    return { turns, store, oldest, walk, ready, turn, comes, decided, decision: read[0]! };
  });
}
