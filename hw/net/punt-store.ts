/**
 * Stores frames on their way to the VMM: their words in a ring, and of each frame what the VMM is told of it.
 *
 * A beat a cycle in and a word a cycle out; a frame is at hand 2 cycles after its last beat. The writer is never stopped: a frame
 * that finds no room leaves no trace but a count.
 * It knows no rings of the VMM, and looks at nothing of a frame but its VLAN tag.
 */
import { allOf, assert, Bool, Bundle, clog2, In, inst, mem, module, mux, Out, Packet, reg, Stream, UInt, Valid, when } from '@vtoe/hdl';
import { fifo, readWhen } from '@vtoe/hdl/lib';
import { EthernetHeader, EtherType, TaggedEthernetHeader } from '../protocol/index.ts';

export interface PuntStoreParameters {
  /** W, bits of a beat. */
  readonly width: number;
  /** Room for words, a power of two. */
  readonly bytes: number;
  /** Frames that can wait. */
  readonly frames: number;
  /** Bytes of a frame that are kept, a multiple of the beat; the others are left out. */
  readonly keptMost: number;
}

/** Microseconds. */
export const TimeStamp = UInt(42);
/** The lane of a tag's last byte. */
const TAG_END = EthernetHeader.bytes + 1;

/** Words of the longest frame, in the narrowest stream. */
const WORD_BITS = 12;
/** `words` of the store are its first `kept` bytes of `length`. */
export const PuntFrame = Bundle('PuntFrame', { length: UInt(16), kept: UInt(16), words: UInt(WORD_BITS), vlan: UInt(12), tagged: Bool, bad: Bool, time: TimeStamp });

export function puntStore({ width, bytes, frames: most, keptMost }: PuntStoreParameters) {
  const lanes = width / 8;
  const depth = bytes / lanes;
  const Pointer = UInt(clog2(depth) + 1);
  return module('punt_store', { w: width, b: bytes, f: most, k: keptMost }, {
    /** Cannot be stalled. */
    in: In(Valid(Packet(width))),
    now: In(TimeStamp),
    frame: Out(Stream(PuntFrame)),
    /** Of the frames in order. */
    words: Out(Stream(UInt(width))),
    /** A frame found no room. */
    overflow: Out(Bool),
  }, (io) => {
    const ram = mem(UInt(width), depth, { style: 'block', collision: 'asserted' });
    const frames = inst(fifo(PuntFrame, most));
    const beat = io.in.payload;

    // From `start`, the first word of the frame that is coming in, to `wr`.
    const [start, wr, rd] = [reg(Pointer), reg(Pointer), reg(Pointer)];
    const lost = reg(Bool);
    // Bytes so far; stays at 2^16 or just above in a frame that is longer.
    const earlier = reg(UInt(17));
    const length = earlier.add(beat.keep.popcount().zext(17));
    const kept = earlier.lt(keptMost);
    const room = wr.sub(rd).ne(depth);
    const fits = lost.or(kept.and(room.not())).not();
    const stores = allOf(io.in.valid, kept, fits);
    const commit = allOf(io.in.valid, beat.last, fits, frames.in.ready);
    const end = mux(stores, wr.add(1), wr);
    when(io.in.valid, () => {
      lost.next = mux(beat.last, false, fits.not());
      earlier.next = mux(beat.last, 0, mux(earlier.bit(16), earlier, earlier.add(lanes)));
      wr.next = mux(beat.last.and(commit.not()), start, end);
    });
    when(stores, () => { ram.write(wr.trunc(Pointer.width - 1), beat.data); });
    when(commit, () => { start.next = end; });
    io.overflow.set(allOf(io.in.valid, beat.last, commit.not()));

    // A tag stands behind the addresses.
    const tagBeat = Math.floor(EthernetHeader.bytes / lanes);
    const tagHere = earlier.eq(tagBeat * lanes);
    const tagAt = -tagBeat * lanes;
    const [vlan, tagged] = [reg(UInt(12), { reset: false }), reg(Bool, { reset: false })];
    const taggedNow = mux(tagHere, TaggedEthernetHeader.pick(beat.data, 'tpid', tagAt).eq(EtherType.value.VLAN).and(beat.keep.bit(TAG_END + tagAt)), tagged.and(earlier.ne(0)));
    const vlanNow = mux(tagHere, TaggedEthernetHeader.pick(beat.data, 'vid', tagAt), vlan);
    when(io.in.valid, () => {
      tagged.next = taggedNow;
      vlan.next = vlanNow;
    });
    const whole = mux(length.bit(16), 0xffff, length.trunc(16));
    frames.in.valid.set(commit);
    frames.in.payload.set({
      length: whole, kept: mux(whole.gt(keptMost), keptMost, whole), words: end.sub(start).zext(WORD_BITS),
      vlan: mux(taggedNow, vlanNow, 0), tagged: taggedNow, bad: beat.user, time: io.now,
    });
    io.frame.from(frames.out);

    // Only words of whole frames are read, so never the one that is written.
    const loaded = reg(Bool);
    const free = loaded.not().or(io.words.ready);
    const load = free.and(rd.ne(start));
    when(free, () => { loaded.next = rd.ne(start); });
    when(load, () => { rd.next = rd.add(1); });
    io.words.valid.set(loaded);
    io.words.payload.set(readWhen(load, ram, rd.trunc(Pointer.width - 1)));
    assert(wr.sub(rd).le(depth), 'puntStore: only words that are taken are freed');
    return { ram, frames, start, wr, rd, lost, earlier, vlan, has_tag: tagged, loaded };
  });
}
