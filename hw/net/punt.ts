/**
 * Writes frames for the VMM into a ring in its memory: those that are punted, and on demand copies of all that are received or sent.
 *
 * A word of W bits a cycle, and a few cycles a frame; a record is told when memory has acknowledged all of it, up to 8 are under way.
 * It never holds a frame up: what finds no room in the ring, or in the store in front of it, is dropped and counted. It does not look
 * into frames; of copies it keeps the first 2048 bytes.
 */
import { allOf, assert, Bool, Bundle, cat, clog2, Enum, In, inst, lit, match, mem, module, mux, Out, Packet, reg, scope, Stream, UInt, Valid, type ValidSource, Vec, when, wire } from '@vtoe/hdl';
import { arbiter, fifo, type PacketShape, widen } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { DmaBurst } from '../dma/burst.ts';
import { dmaSplit } from '../dma/split.ts';
import { flagBundle } from '../flag-bundle.ts';
import { PUNT_HEADER_BYTES, PuntReason, PuntRecord } from '../protocol/punt-record.ts';
import { RING_MOST_LOG2 } from '../protocol/ring-descriptor.ts';
import { PuntFrame, puntStore, TimeStamp } from './punt-store.ts';
import { bellFits, RING_BURST_BYTES, RecordBytes, recordBytes, RingPosition, RingSettings, RingStatus, vmmRing } from './vmm-ring.ts';

/** Bytes of a copy that are kept. */
export const MIRROR_BYTES = 2048;
/** Room for copies: of each direction. */
const MIRROR_STORE_BYTES = 2 * MIRROR_BYTES;
/** Frames that wait, of each kind. */
const WAITING = 16;
/** Records under way. */
const RECORDS = 8;
export const PUNT_TAG_BITS = clog2(RECORDS);

/** Frames that the VMM does not get. One bit each, for one cycle. */
export const PUNT_DROPS = {
  off: 'A frame is to be punted while the punt ring does not run.',
  full: 'A frame is to be punted, and the punt ring has no room for it.',
  overflow: 'A frame is to be punted while too many others wait for the punt ring.',
  received_full: 'A copy of a received frame, and the punt ring has no room for it, or was stopped.',
  received_overflow: 'A copy of a received frame while too many others wait for the punt ring.',
  sent_full: 'A copy of a sent frame, and the punt ring has no room for it, or was stopped.',
  sent_overflow: 'A copy of a sent frame while too many others wait for the punt ring.',
} as const;
export type PuntDrop = keyof typeof PUNT_DROPS;
export const PUNT_DROP_NAMES = Object.keys(PUNT_DROPS) as readonly PuntDrop[];
export const PuntDrops = flagBundle('PuntDrops', PUNT_DROPS);

const Step = Enum('PuntStep', ['Idle', 'Decide', 'Write', 'Skip']);

/** @param tagBits of the DMA write engine's clients: at least `PUNT_TAG_BITS` */
export function punt(c: Config, tagBits: number) {
  const { datapathBits: width, hostBits } = c;
  const { datapathBytes: lanes, frameMostBytes } = derived(c);
  const burstsOf = { ...c, dmaBurstMostBytes: RING_BURST_BYTES } as const;
  const puntedBytes = 2 ** clog2(Math.max(frameMostBytes, MIRROR_BYTES));
  const stores = { punted: { width, bytes: puntedBytes, frames: WAITING, keptMost: puntedBytes }, copy: { width, bytes: MIRROR_STORE_BYTES, frames: WAITING, keptMost: MIRROR_BYTES } };
  const headerWords = PUNT_HEADER_BYTES / lanes;
  const Slot = UInt(PUNT_TAG_BITS);
  const Words = UInt(PuntFrame.fields.words.width + 1);
  const Bursts = UInt(clog2(Math.ceil((PUNT_HEADER_BYTES + puntedBytes) / RING_BURST_BYTES) + 3));

  return module('punt', { w: width, d: hostBits, b: puntedBytes, o: derived(c).ownerBits, m: c.dmaBurstMostBytes, t: tagBits }, {
    ring: In(RingSettings),
    status: Out(RingStatus),
    /** Doorbell: records up to before this position were read. */
    head_bell: In(Valid(RingPosition)),
    /** Records up to before this position are in memory. */
    tail: Out(RingPosition),
    /** `tail` has moved, or the ring was stopped. */
    raised: Out(Bool),
    /** Copies are wanted; counts from the next frame on. */
    mirror: In(Bundle('PuntMirror', { received: Bool, sent: Bool })),
    now: In(TimeStamp),
    punted: In(Valid(Packet(width))),
    received: In(Valid(Packet(width))),
    sent: In(Valid(Packet(width))),
    request: Out(Stream(DmaBurst(c, tagBits))),
    data: Out(Stream(UInt(hostBits))),
    done: In(Valid(Bundle('PuntDone', { tag: UInt(tagBits), error: Bool }))),
    drops: Out(PuntDrops),
  }, (io) => {
    // The ring, and where it is filled: up to `reserved`, of which memory has acknowledged what is before `tail`.
    const [head, reserved, tail] = [reg(RingPosition), reg(RingPosition), reg(RingPosition)];
    const step = reg(Step);
    const under = reg(UInt(PUNT_TAG_BITS + 1));
    const badBell = io.head_bell.valid.and(bellFits(head, io.head_bell.payload, tail.sub(head)).not());
    const failed = io.done.valid.and(io.done.payload.error);
    const ring = vmmRing({ settings: io.ring, quiet: allOf(step.eq('Idle'), under.eq(0)), faults: [[badBell, 'Doorbell'], [failed, 'Access']] });
    when(ring.on.and(io.head_bell.valid).and(badBell.not()), () => { head.next = io.head_bell.payload; });

    // Three kinds of frames, the punted ones first.
    const copies = (name: string, source: ValidSource<PacketShape>, wanted: Bool) => scope(name, () => {
      const [midway, copied] = [reg(Bool), reg(Bool)];
      const now = mux(midway, copied, wanted.and(ring.on));
      when(source.valid, () => {
        midway.next = source.payload.last.not();
        copied.next = now;
      });
      return { midway, copied, valid: source.valid.and(now) };
    }).valid;
    const inputs = [
      { reason: 'PUNT', store: inst(puntStore(stores.punted), { now: io.now }), source: io.punted, valid: io.punted.valid },
      { reason: 'RECEIVED', store: inst(puntStore(stores.copy), { now: io.now }), source: io.received, valid: copies('copy_received', io.received, io.mirror.received) },
      { reason: 'SENT', store: inst(puntStore(stores.copy), { now: io.now }), source: io.sent, valid: copies('copy_sent', io.sent, io.mirror.sent) },
    ] as const;
    for (const { store, source, valid } of inputs) {
      store.in.valid.set(valid);
      store.in.payload.set(source.payload);
    }
    const choice = inst(arbiter({ requesters: inputs.length, policy: 'fixedPriority' }), { request: cat(...inputs.map(({ store }) => store.frame.valid).toReversed()) });
    const frame = reg(PuntFrame, { reset: false });
    const from = reg(UInt(clog2(inputs.length)));
    const idle = step.eq('Idle');
    choice.advance.set(idle);
    for (const [i, { store }] of inputs.entries()) {
      store.frame.ready.set(idle.and(choice.grant.bit(i)));
      when(store.frame.fire, () => {
        from.next = i;
        frame.next = store.frame.payload;
      });
    }

    // A record for it, if there is room.
    const bytes = frame.kept.zext(RecordBytes.width).add(PUNT_HEADER_BYTES);
    const takes = recordBytes(frame.kept).zext(RingPosition.width);
    const fits = ring.bytes.sub(reserved.sub(head)).ge(takes);
    const hasSlot = under.ne(RECORDS);
    const split = inst(dmaSplit(burstsOf, { bytesBits: RecordBytes.width, tag: Slot }));
    const deciding = step.eq('Decide');
    const begins = allOf(deciding, ring.on, fits, hasSlot, split.range.ready);
    const skips = allOf(deciding, ring.on.not().or(fits.not()));
    const newest = reg(Slot);
    split.range.valid.set(allOf(deciding, ring.on, fits, hasSlot));
    split.range.payload.set({ owner: 0, page: ring.page, size_log2: ring.size_log2, offset: reserved.trunc(RING_MOST_LOG2), bytes, tag: newest });
    const drop = (name: PuntDrop): Bool => {
      const skipped = (i: number) => allOf(skips, from.eq(i));
      switch (name) {
        case 'off': return skipped(0).and(ring.on.not());
        case 'full': return skipped(0).and(ring.on);
        case 'overflow': return inputs[0].store.overflow;
        case 'received_full': return skipped(1);
        case 'received_overflow': return inputs[1].store.overflow;
        case 'sent_full': return skipped(2);
        case 'sent_overflow': return inputs[2].store.overflow;
      }
    };
    io.drops.set(Object.fromEntries(PUNT_DROP_NAMES.map((name) => [name, drop(name)])) as { [K in PuntDrop]: Bool });

    // Its words: those of the header, then those of the frame.
    const index = reg(Words);
    const inHeader = index.lt(headerWords);
    const word = lit(Vec(Bool, inputs.length), inputs.map(({ store }) => store.words.valid)).at(from);
    const data = lit(Vec(UInt(width), inputs.length), inputs.map(({ store }) => store.words.payload)).at(from);
    const isLast = index.eq(frame.words.zext(Words.width).add(headerWords - 1));
    const header = PuntRecord.toLanes(lit(PuntRecord.shape, {
      length: frame.length, kept: frame.kept, reason: reasonOf(inputs.map(({ reason }) => reason), from), status: 0,
      vlan: frame.vlan, tagged: frame.tagged, bad: frame.bad, unused: 0, time: frame.time, reserved: 0,
    }));
    const headerParts = Array.from({ length: Math.ceil(PuntRecord.bytes / lanes) }, (_, i) => part(header, i, width));
    const headerWord = headerParts.reduceRight<UInt>((rest, now, i) => mux(index.eq(i), now, rest), lit(UInt(width), 0));
    const writing = step.eq('Write');
    const record = wire(Stream(Packet(width)));
    record.valid.set(writing.and(inHeader.or(word)));
    record.payload.set({ user: false, last: isLast, keep: (1n << BigInt(lanes)) - 1n, data: mux(inHeader, headerWord, data) });
    const takesWord = mux(writing, record.ready.and(inHeader.not()), step.eq('Skip'));
    for (const [i, { store }] of inputs.entries()) store.words.ready.set(from.eq(i).and(takesWord));
    const skippedLast = allOf(step.eq('Skip'), word, index.add(1).eq(frame.words.zext(Words.width)));
    const beats = inst(fifo(UInt(hostBits), 2));
    const wide = widen(record, hostBits / width);
    beats.in.valid.set(wide.valid);
    beats.in.payload.set(wide.payload.data);
    wide.ready.set(beats.in.ready);
    io.data.from(beats.out);

    match(step, {
      Idle: () => { when(choice.valid, () => { step.next = 'Decide'; }); },
      Decide: () => {
        index.next = 0;
        when(begins, () => { step.next = 'Write'; }).elsewhen(skips, () => { step.next = 'Skip'; });
      },
      Write: () => {
        when(record.valid.and(record.ready), () => {
          index.next = index.add(1);
          when(isLast, () => { step.next = 'Idle'; });
        });
      },
      Skip: () => {
        when(word, () => { index.next = index.add(1); });
        when(skippedLast, () => { step.next = 'Idle'; });
      },
    });

    const { owner, address, bytes: burstBytes, tag } = split.burst.payload;
    io.request.valid.set(split.burst.valid);
    io.request.payload.set({ owner, address, bytes: burstBytes.zext(io.request.payload.bytes.width), tag: tag.zext(tagBits) });
    split.burst.ready.set(io.request.ready);

    // Told in order, when all of a record is there.
    const left = reg(Vec(Bursts, RECORDS));
    const ends = mem(RingPosition, RECORDS, { style: 'distributed' });
    const oldest = reg(Slot);
    const bursts = reserved.trunc(clog2(RING_BURST_BYTES)).zext(RecordBytes.width + 1).add(bytes.zext(RecordBytes.width + 1)).add(RING_BURST_BYTES - 1).bits(RecordBytes.width, clog2(RING_BURST_BYTES));
    const doneSlot = io.done.payload.tag.trunc(Slot.width);
    when(io.done.valid, () => {
      assert(left.at(doneSlot).ne(0), 'punt: only writes that were asked for are acknowledged');
      left.at(doneSlot).next = left.at(doneSlot).sub(1);
    });
    when(begins, () => {
      left.at(newest).next = bursts.trunc(Bursts.width);
      ends.write(newest, reserved.add(takes));
      newest.next = newest.add(1);
      reserved.next = reserved.add(takes);
    });
    const retires = under.ne(0).and(left.at(oldest).eq(0));
    when(retires, () => { oldest.next = oldest.add(1); });
    when(begins.and(retires.not()), () => { under.next = under.add(1); }).elsewhen(retires.and(begins.not()), () => { under.next = under.sub(1); });
    // A record that memory has not taken whole is not told: by then the ring was stopped.
    const tells = retires.and(ring.on);
    when(tells, () => { tail.next = ends.read(oldest); });
    when(ring.starts, () => {
      head.next = 0;
      reserved.next = 0;
      tail.next = 0;
    });
    io.tail.set(tail);
    io.status.set(ring.status);
    const raised = reg(Bool);
    raised.next = tells.or(ring.stopped);
    io.raised.set(raised);
    assert(ring.on.not().or(reserved.sub(head).le(ring.bytes)), 'punt: the ring holds no more than it has room for');
    return {
      head, reserved, tail_q: tail, step, under, ring_q: ring, stores: inputs.map(({ store }) => store), choice, frame, from, split, newest, index, beats, left, ends, oldest, raised_q: raised, record,
    };
  });
}

/** Word `i` of `value`, zeros behind its end. */
function part(value: UInt, i: number, width: number): UInt {
  const end = Math.min(value.width, (i + 1) * width);
  const bits = value.bits(end - 1, i * width);
  return bits.width < width ? bits.zext(width) : bits;
}

function reasonOf(reasons: readonly (keyof typeof PuntReason.value)[], from: UInt): UInt {
  return lit(Vec(UInt(PuntReason.width), reasons.length), reasons.map((reason) => PuntReason.value[reason])).at(from);
}
