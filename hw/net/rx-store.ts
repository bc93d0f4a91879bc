/**
 * Stores received frames until it is known what to do with them: their words in a ring, and of each good frame a slot.
 *
 * A beat a cycle in and a word a cycle out; a frame is known outside 1 cycle after its last beat (2 with more than 64
 * slots). The writer is never stopped.
 * A bad frame, or one that finds no room for a word or a slot, leaves no trace but a count; nothing is decided here.
 */
import { assert, Bool, Bundle, clog2, In, inst, mem, module, Out, Packet, reg, Stream, UInt, Valid, when } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { flagBundle } from '../flag-bundle.ts';
import { FRAME_DROPS, Parsed, Received, slotBits } from './received.ts';

/** Why a frame is not stored, besides what the parser says of it. */
export const STORE_DROPS = {
  not_ready: 'It is good, but the engine is not enabled, or tables are still being cleared after reset.',
  no_room: 'It is good, but came when there was no room for one of its words.',
  no_slot: 'It is good, but came when all slots were taken.',
} as const;

/** All that can happen to a frame before somebody sees it. */
export const RX_DROPS = { ...FRAME_DROPS, ...STORE_DROPS } as const;
export type RxDrop = keyof typeof RX_DROPS;
export const RX_DROP_NAMES = Object.keys(RX_DROPS) as readonly RxDrop[];

/** One bit each, for one cycle. */
export const RxDrops = flagBundle('RxDrops', RX_DROP_NAMES);

/** Words of the ring. */
export function ringWords(c: Config): number {
  return c.rxFifoBytes / derived(c).datapathBytes;
}

/** Bits of the number of bytes of a frame. */
export function frameBits(c: Config): number {
  return clog2(derived(c).frameMostBytes + 1);
}

/** A frame in the ring, in the order of the wire. */
export function Stored(c: Config) {
  const place = clog2(ringWords(c)) + 1;
  return Bundle(`Stored_s${slotBits(c)}_p${place}_b${frameBits(c)}`, {
    slot: UInt(slotBits(c)),
    /** Its first word; the top bit tells one turn of the ring from the next. */
    first: UInt(place),
    bytes: UInt(frameBits(c)),
    payload_at: UInt(8),
  });
}

export function rxStore(c: Config) {
  const { datapathBits: width, rxFifoFrames: slots } = c;
  const { datapathBytes: lanes } = derived(c);
  const words = ringWords(c);
  const address = UInt(clog2(words));
  const Pointer = UInt(address.width + 1);
  return module('rx_store', { w: width, d: c.rxFifoBytes, s: slots, mtu: c.mtuMostBytes }, {
    /** Cannot be stalled. */
    in: In(Valid(Packet(width))),
    /** Counts with a last beat. */
    parsed: In(Parsed),
    /** Nothing is stored before. */
    ready: In(Bool),
    received: Out(Stream(Received(c))),
    frames: Out(Stream(Stored(c))),
    /** A word of the ring: `read_data` in the next cycle, and until the next read. */
    read_enable: In(Bool), read_address: In(address), read_data: Out(UInt(width)),
    /** The oldest word that is still wanted. */
    freed: In(Pointer),
    /** The oldest slot is free again. */
    slot_free: In(Bool),
    drops: Out(RxDrops),
    /** Of a segment that was stored an option was ignored. */
    option_fault: Out(Bool),
    /** Words and slots that are taken. */
    level: Out(Pointer), slots: Out(UInt(clog2(slots + 1))),
  }, (io) => {
    const ram = mem(UInt(width), words, { style: 'block', collision: 'asserted' });
    const received = inst(fifo(Received(c), slots));
    const frames = inst(fifo(Stored(c), slots));
    const beat = io.in.payload;

    // From `start`, the first word of the frame that is coming in, to `wr`.
    const [start, wr] = [reg(Pointer), reg(Pointer)];
    const truncated = reg(Bool);
    const [slot, used] = [reg(UInt(slotBits(c))), reg(UInt(clog2(slots + 1)))];
    const level = wr.sub(io.freed);
    const fits = truncated.or(level.eq(words)).not();
    const { fault } = io.parsed;
    const complete = io.in.valid.and(beat.last);
    const good = complete.and(fault.eq('none'));
    const hasSlot = used.ne(slots);
    const commit = good.and(io.ready).and(fits).and(hasSlot);

    when(io.in.valid, () => {
      truncated.next = fits.not().and(beat.last.not());
      when(fits, () => {
        ram.write(wr.trunc(address.width), beat.data);
        wr.next = wr.add(1);
      });
      when(beat.last, () => {
        when(commit, () => { start.next = wr.add(1); }).otherwise(() => { wr.next = start; });
      });
    });
    when(commit, () => { slot.next = slot.add(1); });
    when(commit.and(io.slot_free.not()), () => { used.next = used.add(1); })
      .elsewhen(io.slot_free.and(commit.not()), () => { used.next = used.sub(1); });

    const { kind, ip, key, destination, remote_mac, segment, payload_at, option_fault } = io.parsed;
    received.in.valid.set(commit);
    received.in.payload.set({ slot, kind, ip, key, destination, remote_mac, segment });
    frames.in.valid.set(commit);
    // A good frame is not longer than frameMostBytes.
    const bytes = wr.sub(start).zext(frameBits(c) + Pointer.width).shl(clog2(lanes)).trunc(frameBits(c)).add(beat.keep.popcount().zext(frameBits(c)));
    frames.in.payload.set({ slot, first: start, bytes, payload_at });
    io.received.from(received.out);
    io.frames.from(frames.out);

    const read: UInt[] = [];
    when(io.read_enable, () => { read.push(ram.readSync(io.read_address)); });
    io.read_data.set(read[0]!);

    const drop = (name: RxDrop): Bool => {
      switch (name) {
        case 'not_ready': return good.and(io.ready.not());
        case 'no_room': return good.and(io.ready).and(fits.not());
        case 'no_slot': return good.and(io.ready).and(fits).and(hasSlot.not());
        default: return complete.and(fault.eq(name));
      }
    };
    io.drops.set(Object.fromEntries(RX_DROP_NAMES.map((name) => [name, drop(name)])) as { [K in RxDrop]: Bool });
    io.option_fault.set(commit.and(option_fault));
    io.level.set(level);
    io.slots.set(used);

    when(commit, () => { assert(received.in.ready.and(frames.in.ready), 'rxStore: who has a slot has room for what is known of it'); });
    when(io.slot_free, () => { assert(used.ne(0), 'rxStore: only a slot that is taken is freed'); });
    assert(level.le(words), 'rxStore: only words that are taken are freed');
    return { ram, received, frames, start, wr, truncated, slot, used, fits, commit, read: read[0]! };
  });
}
