/**
 * Shifts the bytes of a packet over its beats: takes bytes away in front, so that what follows them starts at lane 0,
 * or makes room for bytes in front.
 *
 * One beat a cycle on the side with more beats, without a lost cycle between packets. Latency of `remove` 1 cycle (a
 * beat is complete with the one behind it), of `insert` 0; ready is combinational backwards.
 * It moves bytes only: what was removed is gone (copy it with `fork` before), and no length or checksum is corrected.
 */
import { assert, Bool, Bundle, cat, clog2, lit, mux, past, type Read, reg, type Source, stable, UInt, when } from '../index.ts';
import { usage } from '../check/error.ts';
import { assertDense, type PacketShape } from './packet.ts';
import { verb } from './stream-verb.ts';

/** How many bytes; looked at in the first beat of each packet. */
export type Alignment =
  /** Any number of leading bytes: whole beats are skipped. A packet that has no byte left becomes one beat with `keep` 0. */
  | { readonly remove: UInt }
  /** Fewer than a beat's: that many zero bytes come first, and count. It must not change while a first beat waits (asserted). */
  | { readonly insert: UInt };

/** Dense packets of a power of two of bytes a beat, from 2. */
export function align(source: Source<PacketShape>, alignment: Alignment): Source<PacketShape> {
  const lanes = source.payload.keep.width;
  if (lanes < 2 || lanes !== 2 ** clog2(lanes)) usage(`align: a beat must have a power of two of bytes, from 2 up, not ${lanes}`);
  assertDense('align', source.valid, source.payload);
  if ('remove' in alignment) return remove(source, alignment.remove);
  const { insert: bytes } = alignment;
  if (bytes.width > clog2(lanes)) usage(`align: insert has ${bytes.width} bits, but fewer than ${lanes} bytes can be inserted, which ${clog2(lanes)} bits count`);
  return insert(source, bytes.zext(clog2(lanes)));
}

/**
 * A beat goes out when the one behind it comes, or with the packet's end: `rest` keeps its bytes, of which the lower
 * `shift` are gone already, and the incoming beat fills it up. Three states:
 *   lead: beats of the bytes to remove; the first one with a byte beyond goes to `rest`
 *   held: `rest` waits for the next beat
 *   tail: `rest` is the end of the packet; the lead of the next packet may already come
 */
function remove(source: Source<PacketShape>, bytes: UInt): Source<PacketShape> {
  const beat = source.payload;
  const lanes = beat.keep.width;
  const width = Math.max(bytes.width, clog2(lanes));
  return verb('align', beat.shape, (out) => {
    const held = reg(Bool);
    const tail = reg(Bool);
    const shift = reg(UInt(clog2(lanes)), { reset: false });
    const rest = reg(Rest(beat), { reset: false });
    // Whole beats can go only if the number can be that large.
    const skip = width > clog2(lanes) ? { inside: reg(Bool), left: reg(UInt(width), { reset: false }) } : undefined;

    const amount = skip === undefined ? bytes.zext(width) : mux(skip.inside, skip.left, bytes);
    const skipped = skip === undefined ? lit(Bool, false) : amount.bits(width - 1, clog2(lanes)).orR();
    const beyond = beat.keep.shr(shift).orR();

    out.valid.set(tail.or(held.and(source.valid)));
    source.ready.set(out.ready.or(held.or(tail).not()));
    out.payload.user.set(mux(tail, rest.user, beat.user));
    out.payload.last.set(tail.or(beat.last.and(beyond.not())));
    out.payload.keep.set(cat(mux(tail, 0, beat.keep), rest.keep).shr(shift).trunc(lanes));
    // The end waits with nothing above it, since what is offered must not follow the beats that come.
    out.payload.data.set(cat(mux(tail, 0, beat.data), rest.data).shr(inBits(shift)).trunc(lanes * 8));

    when(tail.and(out.ready), () => { tail.next = false; });
    when(source.fire, () => {
      rest.next = { user: beat.user, keep: beat.keep, data: beat.data };
      when(held, () => {
        held.next = beat.last.not();
        tail.next = beat.last.and(beyond);
      }).otherwise(() => {
        held.next = skipped.not().and(beat.last.not());
        tail.next = beat.last;
        shift.next = amount.trunc(clog2(lanes));
        if (skip === undefined) return;
        skip.inside.next = skipped.and(beat.last.not());
        skip.left.next = amount.sub(lanes);
        when(skipped, () => { rest.keep.next = 0; });
      });
    });

    assert(held.and(tail).not(), 'align: what is held is not the end of a packet');
    return { held, tail, ...skip, shift, rest };
  });
}

/** `rest` keeps the beat before, whose upper `shift` bytes found no place. */
function insert(source: Source<PacketShape>, bytes: UInt): Source<PacketShape> {
  const beat = source.payload;
  const lanes = beat.keep.width;
  return verb('align', beat.shape, (out) => {
    const inside = reg(Bool);
    const tail = reg(Bool);
    const shift = reg(UInt(clog2(lanes)), { reset: false });
    const rest = reg(Rest(beat), { reset: false });

    const first = inside.or(tail).not();
    const amount = mux(first, bytes, shift);
    // Byte by byte as the data: what is shifted out upwards stays for the next beat.
    const keep = cat(mux(tail, 0, beat.keep), mux(first, allOnes(lanes), rest.keep)).shl(amount);
    const data = cat(mux(tail, 0, beat.data), mux(first, 0, rest.data)).shl(inBits(amount));
    const beyond = beat.keep.zext(2 * lanes).shl(amount).bits(2 * lanes - 1, lanes).orR();

    out.valid.set(tail.or(source.valid));
    source.ready.set(out.ready.and(tail.not()));
    out.payload.user.set(mux(tail, rest.user, beat.user));
    out.payload.last.set(tail.or(beat.last.and(beyond.not())));
    out.payload.keep.set(keep.bits(2 * lanes - 1, lanes));
    out.payload.data.set(data.bits(16 * lanes - 1, 8 * lanes));

    when(tail.and(out.ready), () => { tail.next = false; });
    when(source.fire, () => {
      rest.next = { user: beat.user, keep: beat.keep, data: beat.data };
      shift.next = amount;
      inside.next = beat.last.not();
      tail.next = beat.last.and(beyond);
    });

    when(past(first.and(source.valid).and(source.ready.not())), () => {
      assert(stable(bytes), 'align: insert must not change while a first beat waits');
    });
    return { inside, tail, shift, rest };
  });
}

/** What has to wait for the next beat. */
function Rest({ keep, data }: Read<PacketShape>) {
  return Bundle(`AlignRest_w${data.width}`, { user: Bool, keep: keep.shape, data: data.shape });
}

/** A number of bytes as a number of bits. */
function inBits(bytes: UInt): UInt {
  return cat(bytes, lit(UInt(3), 0));
}

function allOnes(width: number): UInt {
  return lit(UInt(width), (1n << BigInt(width)) - 1n);
}
