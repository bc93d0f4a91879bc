/**
 * Sends frames that the VMM made itself: reads the records of a ring in its memory, one after another, and gives their frames out.
 *
 * One frame at a time in bursts of 256 bytes, one under way at a time: at a memory latency of 1 µs 256 bytes a microsecond, and a
 * microsecond more for each frame. A record is given back when its frame was handed on.
 * It does not look into frames, and neither pads nor checks them but for their length; what is refused gets a status in its record.
 */
import { allOf, assert, Bool, Bundle, clog2, Enum, In, inst, lit, match, module, mux, Out, Packet, reg, Stream, UInt, Valid, when, wire } from '@vtoe/hdl';
import { drop, fifo, narrow } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { DmaBurst, indexBits } from '../dma/burst.ts';
import { dmaSplit } from '../dma/split.ts';
import { flagBundle } from '../flag-bundle.ts';
import { EthernetHeader } from '../protocol/ethernet.ts';
import { PUNT_HEADER_BYTES, PuntRecord, RawStatus } from '../protocol/punt-record.ts';
import { RING_MOST_LOG2 } from '../protocol/ring-descriptor.ts';
import { bellFits, RING_BURST_BYTES, RecordBytes, recordBytes, RingPosition, RingSettings, RingStatus, vmmRing } from './vmm-ring.ts';

/** Frames of the VMM that are not sent. One bit each, for one cycle. */
export const RAW_DROPS = {
  runt: 'A frame of the raw ring has less than 14 bytes.',
  oversize: 'A frame of the raw ring is longer than the largest MTU allows.',
  error: 'A frame of the raw ring could not be read.',
} as const;
export type RawDrop = keyof typeof RAW_DROPS;
export const RAW_DROP_NAMES = Object.keys(RAW_DROPS) as readonly RawDrop[];
export const RawDrops = flagBundle('RawDrops', RAW_DROPS);

const Step = Enum('RawStep', ['Idle', 'Header', 'HeaderWait', 'Judge', 'Read', 'ReadWait', 'Refuse', 'RefuseWait']);

export interface RawSendParameters {
  /** Bits of tags of the DMA engines' clients. */
  readonly readTagBits: number;
  readonly writeTagBits: number;
}

export function rawSend(c: Config, { readTagBits, writeTagBits }: RawSendParameters) {
  const { datapathBits: width, hostBits } = c;
  const { datapathBytes: lanes, hostBytes, frameMostBytes } = derived(c);
  const burstsOf = { ...c, dmaBurstMostBytes: RING_BURST_BYTES } as const;
  const burstBeats = RING_BURST_BYTES / hostBytes;
  const headerWords = PUNT_HEADER_BYTES / lanes;
  const Beats = UInt(clog2(2 ** RecordBytes.width / hostBytes + 1));

  return module('raw_send', { w: width, d: hostBits, l: frameMostBytes, o: derived(c).ownerBits, m: c.dmaBurstMostBytes, r: readTagBits, t: writeTagBits }, {
    ring: In(RingSettings),
    status: Out(RingStatus),
    /** Doorbell: records up to before this position are to be sent. */
    tail_bell: In(Valid(RingPosition)),
    /** Records up to before this position are done with. */
    head: Out(RingPosition),
    /** `head` has moved, or the ring was stopped. */
    raised: Out(Bool),
    request: Out(Stream(DmaBurst(c, readTagBits))),
    data: In(Valid(Bundle('RawData', { index: UInt(indexBits(c)), data: UInt(hostBits) }))),
    done: In(Valid(Bool)),
    /** A status goes into a record. */
    refusal: Out(Stream(DmaBurst(c, writeTagBits))),
    refusal_data: Out(Stream(UInt(hostBits))),
    /** With an error, or without. */
    refusal_done: In(Valid(Bool)),
    /** `user` with the last beat: it could not be read. */
    frame: Out(Stream(Packet(width))),
    drops: Out(RawDrops),
  }, (io) => {
    const [head, tail] = [reg(RingPosition), reg(RingPosition)];
    const step = reg(Step);
    const length = reg(UInt(16), { reset: false });
    const status = reg(UInt(RawStatus.width), { reset: false });
    const failed = reg(Bool, { reset: false });
    /** Of the record. */
    const address = reg(UInt(64), { reset: false });
    /** A burst is under way. */
    const reading = reg(Bool);

    const takes = recordBytes(length).zext(RingPosition.width);
    const judging = step.eq('Judge');
    const beyond = judging.and(takes.gt(tail.sub(head)));
    const doneBad = io.done.valid.and(io.done.payload);
    const headerFailed = step.eq('HeaderWait').and(doneBad);
    const refusalFailed = io.refusal_done.valid.and(io.refusal_done.payload);
    const { payload: bell } = io.tail_bell;
    // Bounded by the ring, and never back.
    const ringBytes = wire(RingPosition);
    const badBell = io.tail_bell.valid.and(bellFits(head, bell, ringBytes).not().or(bell.sub(head).lt(tail.sub(head))));
    const ring = vmmRing({ settings: io.ring, quiet: step.eq('Idle'), faults: [[badBell, 'Doorbell'], [headerFailed.or(refusalFailed), 'Access'], [beyond, 'Record']] });
    ringBytes.set(ring.bytes);
    when(ring.on.and(io.tail_bell.valid).and(badBell.not()), () => { tail.next = bell; });

    // Two ranges of a record: its header, then all of it. The header comes again, and is left out.
    const split = inst(dmaSplit(burstsOf, { bytesBits: RecordBytes.width, tag: Bool }));
    const whole = step.is('Read', 'ReadWait');
    const bytes = length.zext(RecordBytes.width).add(PUNT_HEADER_BYTES);
    split.range.valid.set(step.is('Header', 'Read'));
    split.range.payload.set({ owner: 0, page: ring.page, size_log2: ring.size_log2, offset: head.trunc(RING_MOST_LOG2), bytes: mux(whole, bytes, PuntRecord.bytes), tag: false });
    const beats = inst(fifo(UInt(hostBits), 2 * burstBeats));
    const burst = split.burst.payload;
    const room = beats.level.le(burstBeats);
    const asks = reading.not().and(room);
    io.request.valid.set(split.burst.valid.and(asks));
    io.request.payload.set({ owner: 0, address: burst.address, bytes: burst.bytes.zext(io.request.payload.bytes.width), tag: 0 });
    split.burst.ready.set(io.request.ready.and(asks));
    const lastBurst = reg(Bool, { reset: false });
    when(io.done.valid, () => { reading.next = false; });
    when(io.request.fire, () => {
      reading.next = true;
      lastBurst.next = burst.last;
      when(whole.not(), () => { address.next = burst.address; });
    });
    const readDone = allOf(io.done.valid, lastBurst);

    beats.in.valid.set(io.data.valid.and(whole));
    beats.in.payload.set(io.data.payload.data);
    when(beats.in.valid, () => { assert(beats.in.ready, 'rawSend: a burst is asked for only with room for its beats'); });
    when(io.data.valid.and(io.data.payload.index.eq(0)).and(whole.not()), () => { length.next = PuntRecord.pick(io.data.payload.data, 'length'); });

    // The last beat waits until it is known whether all were read.
    const complete = reg(Bool);
    const index = reg(Beats);
    const end = bytes.trunc(clog2(hostBytes));
    const isLast = index.eq(bytes.sub(1).bits(RecordBytes.width - 1, clog2(hostBytes)).zext(Beats.width));
    const allLanes = lit(UInt(hostBytes), (1n << BigInt(hostBytes)) - 1n);
    const read = wire(Stream(Packet(hostBits)));
    read.valid.set(beats.out.valid.and(isLast.not().or(complete)));
    read.payload.set({ user: isLast.and(failed), last: isLast, keep: mux(isLast.and(end.ne(0)), lit(UInt(hostBytes), 1).shl(end).sub(1), allLanes), data: beats.out.payload });
    beats.out.ready.set(read.ready.and(isLast.not().or(complete)));
    when(read.valid.and(read.ready), () => { index.next = index.add(1); });
    const words = narrow(read, hostBits / width);
    const word = reg(UInt(clog2(headerWords + 1)));
    when(words.fire, () => { word.next = mux(words.payload.last, 0, mux(word.eq(headerWords), word, word.add(1))); });
    const frames = drop(words, word.ne(headerWords));
    io.frame.from(frames);
    const given = allOf(words.fire, words.payload.last);

    const [tooShort, tooLong] = [length.lt(EthernetHeader.bytes), length.gt(frameMostBytes)];
    const refuse = (name: keyof typeof RawStatus.value): void => {
      status.next = RawStatus.value[name];
      step.next = 'Refuse';
    };
    const [asked, offered] = [reg(Bool), reg(Bool)];
    const moves = wire(Bool);
    moves.set(false);
    const goOn = (): void => {
      moves.set(true);
      step.next = 'Idle';
    };
    match(step, {
      Idle: () => {
        when(ring.on.and(head.ne(tail)), () => { step.next = 'Header'; });
        failed.next = false;
        complete.next = false;
        index.next = 0;
        asked.next = false;
        offered.next = false;
      },
      Header: () => { when(split.range.ready, () => { step.next = 'HeaderWait'; }); },
      HeaderWait: () => { when(io.done.valid, () => { step.next = 'Judge'; }); },
      Judge: () => {
        when(ring.on.not().or(beyond), () => { step.next = 'Idle'; })
          .elsewhen(tooShort, () => { refuse('RUNT'); })
          .elsewhen(tooLong, () => { refuse('OVERSIZE'); })
          .otherwise(() => { step.next = 'Read'; });
      },
      Read: () => { when(split.range.ready, () => { step.next = 'ReadWait'; }); },
      ReadWait: () => {
        when(doneBad, () => { failed.next = true; });
        when(readDone, () => { complete.next = true; });
        when(given, () => {
          when(failed, () => { refuse('DMA_ERROR'); }).otherwise(goOn);
        });
      },
      Refuse: () => {
        when(io.refusal.fire, () => { asked.next = true; });
        when(io.refusal_data.fire, () => { offered.next = true; });
        when(asked.and(offered), () => { step.next = 'RefuseWait'; });
      },
      RefuseWait: () => { when(io.refusal_done.valid, goOn); },
    });

    // One byte of the record: its lane is the same in every beat that a record can begin with.
    const at = PuntRecord.slots.find(({ name }) => name === 'status')!.first;
    io.refusal.valid.set(step.eq('Refuse').and(asked.not()));
    io.refusal.payload.set({ owner: 0, address: address.add(at), bytes: 1, tag: 0 });
    io.refusal_data.valid.set(step.eq('Refuse').and(offered.not()));
    io.refusal_data.payload.set(status.zext(hostBits).shl(8 * at));

    // What the VMM took back by disabling the ring has no position any more.
    when(moves.and(ring.on), () => { head.next = head.add(takes); });
    when(ring.starts, () => {
      head.next = 0;
      tail.next = 0;
    });
    io.head.set(head);
    io.status.set(ring.status);
    const raised = reg(Bool);
    raised.next = moves.and(ring.on).or(ring.stopped);
    io.raised.set(raised);
    const refused = (name: keyof typeof RawStatus.value): Bool => allOf(moves, step.eq('RefuseWait'), status.eq(RawStatus.value[name]));
    io.drops.set({ runt: refused('RUNT'), oversize: refused('OVERSIZE'), error: refused('DMA_ERROR') });
    return { head_q: head, tail, step, length, status_q: status, failed, address, reading, ring_q: ring, split, lastBurst, beats, complete, index, read, words, word, asked, offered, raised_q: raised };
  });
}
