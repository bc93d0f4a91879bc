/**
 * `widen` puts several beats of a packet side by side into one, `narrow` cuts a beat into several.
 *
 * Neither loses a cycle on its narrow side: one narrow beat a cycle; latency 0 from the narrow beat that completes a
 * wide one, or to the first narrow one, combinational both ways.
 * Bytes without `keep` are left as they come (in `widen`: of earlier beats, also of other packets), and packets that
 * are not dense are not made dense.
 */
import { usage } from '../check/error.ts';
import { Bool, cat, clog2, lit, mux, Packet, reg, type Source, UInt, unpack, Vec, when } from '../index.ts';
import { assertDense, type PacketShape } from './packet.ts';
import { atLeast, verb } from './stream-verb.ts';

/** Dense packets of W bits a beat as packets of `ratio` x W; the first byte stays the first. Costs (ratio - 1) x W registers. */
export function widen(source: Source<PacketShape>, ratio: number): Source<PacketShape> {
  atLeast('widen', 'ratio', ratio, 1);
  if (ratio === 1) return source;
  const width = source.payload.data.width;
  const lanes = width / 8;
  return verb('widen', Packet(width * ratio), (out) => {
    const beat = source.payload;
    const index = reg(UInt(clog2(ratio)));
    const parts = reg(Vec(UInt(width), ratio - 1), { reset: false });
    const complete = beat.last.or(index.eq(ratio - 1));

    out.valid.set(source.valid.and(complete));
    source.ready.set(out.ready.or(complete.not()));
    out.payload.user.set(beat.user);
    out.payload.last.set(beat.last);
    // Beats before this one were full, since the packet is dense; those behind it do not exist.
    const data = [...parts].map((part, i) => mux(index.eq(i), beat.data, part));
    const keep = Array.from({ length: ratio }, (_, i) => mux(index.eq(i), beat.keep, i === ratio - 1 ? lit(UInt(lanes), 0) : index.gt(i).repeat(lanes)));
    out.payload.data.set(cat(...[...data, beat.data].reverse()));
    out.payload.keep.set(cat(...keep.reverse()));

    when(source.fire, () => {
      index.next = mux(complete, 0, index.add(1));
      for (const [i, part] of [...parts].entries()) when(index.eq(i), () => { part.next = beat.data; });
    });

    assertDense('widen', source.valid, beat);
    return { index, parts, complete };
  });
}

/** Packets of W bits a beat as packets of W / `ratio`; parts of the last beat without a byte are left out. */
export function narrow(source: Source<PacketShape>, ratio: number): Source<PacketShape> {
  atLeast('narrow', 'ratio', ratio, 1);
  if (ratio === 1) return source;
  const wide = source.payload.data.width;
  const width = wide / ratio;
  if (width % 8 !== 0) usage(`narrow: a beat of ${wide} bits cannot be cut into ${ratio} parts of whole bytes`);
  const lanes = width / 8;
  return verb('narrow', Packet(width), (out) => {
    const beat = source.payload;
    const index = reg(UInt(clog2(ratio)));
    // The packet is dense: a part has bytes if its first byte is there.
    const more = Array.from({ length: ratio }, (_, i) => (i === ratio - 1 ? lit(Bool, false) : beat.last.not().or(beat.keep.bit((i + 1) * lanes))));
    const another = lit(Vec(Bool, ratio), more).at(index);

    out.valid.set(source.valid);
    source.ready.set(out.ready.and(another.not()));
    out.payload.user.set(beat.user);
    out.payload.last.set(beat.last.and(another.not()));
    out.payload.keep.set(unpack(Vec(UInt(lanes), ratio), beat.keep).at(index));
    out.payload.data.set(unpack(Vec(UInt(width), ratio), beat.data).at(index));
    when(out.fire, () => { index.next = mux(another, index.add(1), 0); });

    assertDense('narrow', source.valid, beat);
    return { index, another };
  });
}
