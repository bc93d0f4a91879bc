/**
 * Stores packets and gives out only complete good ones; a packet that is bad, or finds no room, leaves no trace but a count.
 *
 * One beat in and one out per cycle, without a lost cycle between packets; a packet's first beat stands at the output 2
 * cycles after its last came in (3 with more than 64 packets). The writer is never stopped.
 * It does not pass on the beginning of a packet early, and not the packets that were dropped: who needs a record of
 * those beside the counts makes it where they come from.
 */
import { usage } from '../check/error.ts';
import { assert, Bool, Bundle, clog2, In, inst, lit, mem, module, mux, Out, Packet, reg, Stream, UInt, Valid, when } from '../index.ts';
import { fifo, readWhen } from './fifo.ts';
import { assertDense } from './packet.ts';
import { atLeast } from './stream-verb.ts';

export interface PacketFifoOptions {
  /** Room for data, in beats: a power of two from 4 up. A packet of more beats is always dropped. */
  readonly depth: number;
  /** Room for complete packets, from 2 up: how many may wait at once. */
  readonly packets: number;
  /** Bits of the counters, which wrap; 32 by default. */
  readonly counterBits?: number;
}

/** Dense packets of `width` bits a beat. Data is in block RAM, W bits wide; the ends of packets in a FIFO of their own, which keeps W at 64 for 64 bits. */
export function packetFifo(width: number, options: PacketFifoOptions) {
  const { depth, packets, counterBits = 32 } = options;
  atLeast('packetFifo', 'depth', depth, 4);
  if (depth !== 2 ** clog2(depth)) usage(`packetFifo: depth must be a power of two, not ${depth}`);
  atLeast('packetFifo', 'packets', packets, 2);
  atLeast('packetFifo', 'counterBits', counterBits, 1);
  const Beat = Packet(width);
  const lanes = width / 8;
  const place = clog2(depth);
  /** A complete packet: which of its beats is the last, and which bytes that one has. */
  const End = Bundle(`PacketEnd_w${width}_d${depth}`, { last: UInt(place), keep: UInt(lanes) });
  const Dropped = Bundle(`Dropped_w${counterBits}`, { overflow: UInt(counterBits), bad: UInt(counterBits) });

  return module('packet_fifo', { w: width, d: depth, p: packets, c: counterBits }, {
    /** Cannot be stalled. `user` at the last beat marks the packet bad. */
    in: In(Valid(Beat)),
    out: Out(Stream(Beat)),
    /** Beats inside, those of the packet that is coming in included: 0 to depth. */
    level: Out(UInt(place + 1)),
    /** Complete packets inside, without one whose last beat stands at the output. */
    packets: Out(UInt(clog2(packets + 1))),
    /** Good packets that found no room for a beat or for their end; bad packets, whether they would have fitted or not. */
    dropped: Out(Dropped),
  }, (io) => {
    const ram = mem(UInt(width), depth, { style: 'block', collision: 'asserted' });
    const ends = inst(fifo(End, packets));
    const beat = io.in.payload;

    // Writing: from `start`, the first beat of the packet that is coming in, to `wr`. One more bit than an address has
    // tells full from empty.
    const [start, wr, rd] = [reg(UInt(place + 1)), reg(UInt(place + 1)), reg(UInt(place + 1))];
    const truncated = reg(Bool);
    const dropped = reg(Dropped);
    const level = wr.sub(rd);
    const full = level.eq(depth);
    const fits = truncated.or(full).not();
    const commit = io.in.valid.and(beat.last).and(beat.user.not()).and(fits).and(ends.in.ready);
    ends.in.valid.set(commit);
    ends.in.payload.set({ last: wr.sub(start).trunc(place), keep: beat.keep });
    when(io.in.valid, () => {
      truncated.next = fits.not();
      when(fits, () => {
        ram.write(wr.trunc(place), beat.data);
        wr.next = wr.add(1);
      });
      when(beat.last, () => {
        truncated.next = false;
        when(commit, () => {
          start.next = wr.add(1);
        }).otherwise(() => {
          wr.next = start;
          when(beat.user, () => { dropped.bad.next = dropped.bad.add(1); })
            .otherwise(() => { dropped.overflow.next = dropped.overflow.add(1); });
        });
      });
    });

    // Reading: the RAM's output latch is loaded ahead. Only beats of complete packets are read, so never the one that
    // is written.
    const loaded = reg(Bool);
    const position = reg(UInt(place));
    const last = reg(Bool, { reset: false });
    const keep = reg(UInt(lanes), { reset: false });
    const free = loaded.not().or(io.out.ready);
    const load = free.and(ends.out.valid);
    const end = ends.out.payload;
    const atEnd = position.eq(end.last);
    ends.out.ready.set(load.and(atEnd));
    when(free, () => { loaded.next = ends.out.valid; });
    when(load, () => {
      rd.next = rd.add(1);
      position.next = mux(atEnd, 0, position.add(1));
      last.next = atEnd;
      keep.next = mux(atEnd, end.keep, lit(UInt(lanes), (1n << BigInt(lanes)) - 1n));
    });

    io.out.valid.set(loaded);
    io.out.payload.set({ user: false, last, keep, data: readWhen(load, ram, rd.trunc(place)) });
    io.level.set(level);
    io.packets.set(ends.level);
    io.dropped.set(dropped);

    // Only the keep of last beats is stored.
    assertDense('packetFifo', io.in.valid, beat);
    when(load, () => { assert(rd.ne(start), 'packetFifo: only beats of complete packets are read'); });
    return { ram, ends, start, wr, rd, truncated, counts: dropped, loaded, position, last, keep, full, commit, load };
  });
}
