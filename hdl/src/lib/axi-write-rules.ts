/**
 * What AXI4 demands of write data and write responses in relation to their addresses.
 *
 * Address and data of a burst may come in any order (A3.3.1); data of bursts come in the order of their addresses (A5.4).
 * Checked every cycle; no latency, no hardware. Strobes are checked from the moment at which the address is offered.
 */
import { allOf, anyOf, Bool, Bundle, clog2, lit, mux, type Read, UInt, when } from '../index.ts';
import { AxiBurst, type AxiWriteData, type AxiWriteResponse } from './axi.ts';
import { type AddressShape, burstBytes } from './axi-address-rules.ts';
import { ghost, ghostQueue, implies, type Observed, type Rule } from './axi-rules.ts';

export interface ObservedAxiWrite {
  readonly aw: Observed<AddressShape>;
  readonly w: Observed<ReturnType<typeof AxiWriteData>>;
  readonly b: Observed<ReturnType<typeof AxiWriteResponse>>;
}

/** What the rules for data need of an address. */
function WriteBurst(idWidth: number, laneBits: number) {
  return Bundle('WriteBurst', { id: UInt(idWidth), lanes: UInt(Math.max(1, laneBits)), len: UInt(8), size: UInt(3), burst: AxiBurst });
}

type WriteBurst = ReturnType<typeof WriteBurst>;

export function writeRules(master: Rule, slave: Rule, { aw, w, b }: ObservedAxiWrite, outstanding: number) {
  const id = aw.payload.id.shape;
  const strobes = w.payload.strb.width;
  const laneBits = clog2(strobes);
  const Burst = WriteBurst(id.width, laneBits);
  const { addr, len, size, burst } = aw.payload;
  const offered = { id: aw.payload.id, lanes: addr.trunc(Burst.fields.lanes.width), len, size, burst };

  // Bursts of which only the address, only the data (beats - 1), or all but the response was taken.
  const addressed = ghostQueue(Burst, outstanding);
  const early = ghostQueue(UInt(8), outstanding);
  const due = ghostQueue(id, outstanding);
  const beat = ghost(UInt(8));
  const noAddress = addressed.count.eq(0), noEarly = early.count.eq(0);
  const awFires = aw.valid.and(aw.ready), bFires = b.valid.and(b.ready), wFires = w.valid.and(w.ready);
  const done = wFires.and(w.payload.last);
  when(wFires, () => { beat.next = mux(w.payload.last, 0, beat.add(1)); });

  // Data that is not ahead of its address.
  const known = w.valid.and(noAddress.not().or(noEarly.and(aw.valid)));
  const current = mux(noAddress, offered, addressed.entries[0]!);
  master(implies(known, w.payload.last.eq(beat.eq(current.len)).and(beat.le(current.len))), 'WLAST must be high on beat AWLEN + 1 of a burst and on no other (AMBA AXI A3.2.2)');
  master(implies(w.valid.and(beat.eq(255)), w.payload.last), 'WLAST must be high on beat 256 at the latest (AMBA AXI A3.4.1)');
  master(implies(aw.valid.and(noEarly.not()), early.entries[0]!.eq(len)), 'AWLEN + 1 must be the number of beats of the data that came before (AMBA AXI A3.4.1)');
  if (laneBits > 0) {
    master(implies(known, w.payload.strb.and(allowedLanes(current, beat, laneBits).not()).eq(0)), 'WSTRB must be set only on byte lanes that the beat\'s address and size cover (AMBA AXI A3.4.3)');
  }

  const direct = allOf(done, noAddress, noEarly, awFires);
  const withEarly = awFires.and(noEarly.not());
  const withData = done.and(noAddress.not());
  addressed.update({ leave: front(withData, outstanding), enter: allOf(awFires, noEarly, direct.not()), value: offered });
  early.update({ leave: front(withEarly, outstanding), enter: allOf(done, noAddress, direct.not()), value: beat });
  const answered = due.oldest((entry) => entry.eq(b.payload.id));
  due.update({
    leave: answered.map((hit) => hit.and(bFires)), enter: anyOf(direct, withEarly, withData),
    value: mux(withData, addressed.entries[0]!.id, offered.id),
  });

  const wide = due.count.width + 1;
  const inFlight = addressed.count.zext(wide).add(due.count.zext(wide));
  const room = `this checker follows at most ${outstanding} outstanding writes; raise its option outstanding`;
  master(implies(awFires, inFlight.lt(outstanding).or(bFires)), room);
  master(implies(allOf(done, noAddress, direct.not()), early.count.lt(outstanding).or(withEarly)), room);
  slave(implies(b.valid, anyOf(...answered)), 'BVALID and BID must answer a write whose address and last data were taken (AMBA AXI A3.3.1)');
  return { addressed: addressed.entries, early: early.entries, due: due.entries, counts: { addressed: addressed.count, early: early.count, due: due.count }, beat };
}

/** The oldest entry leaves, or none. */
function front(leaves: Bool, length: number): Bool[] {
  return [leaves, ...Array.from({ length: length - 1 }, () => lit(Bool, false))];
}

/** Lanes of beat `beat`, counted from 0 (A3.4.1 "Burst address", A3.4.2). */
function allowedLanes(covered: Read<WriteBurst>, beat: UInt, laneBits: number): UInt {
  const { lanes, size, burst } = covered;
  const within = lit(UInt(laneBits + 1), 1).shl(size).trunc(laneBits).sub(1);
  const aligned = lanes.and(within.not());
  const stepped = aligned.add(beat.zext(Math.max(8, laneBits)).shl(size).trunc(laneBits));
  const container = burstBytes(covered).sub(1).trunc(laneBits);
  const wrapped = aligned.and(container.not()).or(stepped.and(container));
  const stays = burst.is('FIXED').or(beat.eq(0));
  const base = mux(stays, aligned, mux(burst.is('WRAP'), wrapped, stepped));
  const from = mux(stays, lanes, base);
  const all = (1n << BigInt(2 ** laneBits)) - 1n;
  const count = 2 ** laneBits;
  const upTo = lit(UInt(count + 1), 1).shl(base.zext(laneBits + 1).add(within.zext(laneBits + 1)).add(1)).sub(1).trunc(count);
  return lit(UInt(count), all).shl(from).and(upTo);
}
