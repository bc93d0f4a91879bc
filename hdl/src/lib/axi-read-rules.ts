/**
 * What AXI4 demands of read data in relation to their addresses.
 *
 * Data of one ID come in the order of its addresses, data of different IDs may mix (A5.3).
 * Checked every cycle; no latency, no hardware. What memory holds, and so the data themselves, it does not know.
 */
import { anyOf, Bundle, mux, type Read, UInt } from '../index.ts';
import type { AxiReadData } from './axi.ts';
import type { AddressShape } from './axi-address-rules.ts';
import { ghostQueue, implies, type Observed, type Rule } from './axi-rules.ts';

export interface ObservedAxiRead {
  readonly ar: Observed<AddressShape>;
  readonly r: Observed<ReturnType<typeof AxiReadData>>;
}

export function readRules(master: Rule, slave: Rule, { ar, r }: ObservedAxiRead, outstanding: number) {
  const Burst = Bundle('ReadBurst', { id: ar.payload.id.shape, len: UInt(8), beat: UInt(8) });
  const due = ghostQueue(Burst, outstanding);
  const answered = due.oldest(({ id }) => id.eq(r.payload.id));
  const current = due.entries.reduce<Read<typeof Burst>>((other, entry, i) => mux(answered[i]!, entry, other), due.entries[0]!);

  slave(implies(r.valid, anyOf(...answered)), 'RVALID and RID must answer a read whose address was taken (AMBA AXI A3.3.1)');
  slave(implies(r.valid.and(anyOf(...answered)), r.payload.last.eq(current.beat.eq(current.len))), 'RLAST must be high on beat ARLEN + 1 of a burst and on no other, in order within an ID (AMBA AXI A3.2.2, A5.3)');

  const arFires = ar.valid.and(ar.ready), rFires = r.valid.and(r.ready);
  const ends = rFires.and(r.payload.last);
  master(implies(arFires, due.count.lt(outstanding).or(ends)), `this checker follows at most ${outstanding} outstanding reads; raise its option outstanding`);
  due.update({
    leave: answered.map((hit) => hit.and(ends)), enter: arFires, value: { id: ar.payload.id, len: ar.payload.len, beat: 0 },
    changed: due.entries.map((entry, i) => ({ id: entry.id, len: entry.len, beat: entry.beat.add(answered[i]!.and(rFires).toUInt().zext(8)) })),
  });
  return { due: due.entries, count: due.count };
}
