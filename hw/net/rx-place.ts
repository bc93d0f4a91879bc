/**
 * Does with stored frames what verdicts say, in the order of the wire: writes payload to receive rings, hands frames to
 * echo and punt, drops the others.
 *
 * A frame without payload a cycle; else a word of the ring a cycle, one or two cycles more for what is not aligned. A slot
 * is retired when memory has acknowledged all its writes, two cycles after the last at the earliest.
 * It does not judge verdicts, cuts no bursts (`dmaSplit` does) and waits for as long as the oldest verdict takes.
 */
import { assert, Bool, Bundle, cat, clog2, In, inst, lit, mem, module, mux, Out, Packet, reg, Stream, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { fifo, rotateBytes } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { DmaDone, type DmaClients } from '../dma/burst.ts';
import { DmaRange } from '../dma/split.ts';
import { SegmentBytes } from '../tcp/tcb.ts';
import { Retired, Routed, slotBits, Verdict, VerdictKind } from './received.ts';
import { frameBits, ringWords, Stored } from './rx-store.ts';
import { verdictTable } from './verdict-table.ts';

/** Frames whose payload was read and not yet acknowledged: twice as many as writes can be under way. */
export const PLACES_UNDER_WAY = 32;
export const PLACE_TAG_BITS = clog2(PLACES_UNDER_WAY);
/** Frames that are ready to be worked off. */
const JOBS = 4;
/** Beats that wait for the DMA engine, and those of them that may be on their way when there is no room any more. */
const BEATS = 16;
const BEATS_ON_THEIR_WAY = 3;

/** What is to be cut into bursts, and written in the order in which it comes. */
export const placeRange = { bytesBits: SegmentBytes.width, tag: UInt(PLACE_TAG_BITS) };

/** Those to the world outside of the receive path. */
export const placePorts = (c: Config, dma: DmaClients) => ({
  verdict: In(Valid(Verdict(c))),
  routed: In(Stream(Routed(c))),
  range: Out(Stream(DmaRange(c, placeRange))),
  data: Out(Stream(UInt(c.hostBits))),
  done: In(Valid(DmaDone(dma))),
  echo: Out(Valid(Packet(c.datapathBits))),
  punt: Out(Valid(Packet(c.datapathBits))),
  retired: Out(Valid(Retired(c))),
  ready: Out(Bool),
});

export function rxPlace(c: Config, dma: DmaClients & { readonly client: number }) {
  const { datapathBits: width, hostBits, rxFifoFrames: slots, dmaBurstMostBytes } = c;
  const { datapathBytes: lanes, hostBytes, ownerBits, connectionIndexBits } = derived(c);
  const words = ringWords(c);
  const address = UInt(clog2(words));
  const Pointer = UInt(address.width + 1);
  /** Words of the ring that make a beat. */
  const ratio = hostBytes / lanes;
  const laneBits = clog2(lanes), hostLaneBits = clog2(hostBytes), partBits = Math.max(1, clog2(ratio));
  const Words = UInt(frameBits(c) - laneBits + 1);
  const Tag = UInt(PLACE_TAG_BITS);
  const Bursts = UInt(clog2(Math.ceil(derived(c).frameMostBytes / dmaBurstMostBytes) + 2));
  /** What a frame needs, worked out before its turn comes. */
  const Job = Bundle(`PlaceJob_p${Pointer.width}_w${Words.width}_l${laneBits}_h${hostLaneBits}_o${ownerBits}_c${connectionIndexBits}_b${Bursts.width}`, {
    kind: VerdictKind, connection: UInt(connectionIndexBits),
    /** First word to read, how many words, and in how many cycles: one more, if the first word makes none of the ring. */
    start: address, reads: Words, steps: Words,
    /** By so many bytes the words are turned; the first one then only waits for the second. */
    turn: UInt(laneBits), leads: Bool,
    /** Part of a beat in which the first word of the ring is. */
    part: UInt(partBits),
    /** Bytes of the last word, less 1. */
    tail: UInt(laneBits),
    /** The ring's words that are free after it. */
    freed: Pointer,
    range: DmaRange(c, { ...placeRange, tag: UInt(1) }),
    bursts: Bursts,
  });
  const Order = Bundle(`PlaceOrder_o${ownerBits}`, { placed: Bool, owner: UInt(ownerBits), tag: Tag });

  return module('rx_place', { w: width, h: hostBits, d: c.rxFifoBytes, s: slots, m: dmaBurstMostBytes, mtu: c.mtuMostBytes, o: ownerBits, n: c.connections, c: dma.clients, t: dma.tagBits, i: dma.client }, {
    frames: In(Stream(Stored(c))),
    read_enable: Out(Bool), read_address: Out(address), read_data: In(UInt(width)),
    freed: Out(Pointer),
    slot_free: Out(Bool),
    ...placePorts(c, dma),
  }, (io) => {
    // Fetch: the oldest frame, once it has its verdict.
    const jobs = inst(fifo(Job, JOBS, { form: 'lut' }));
    const fetched = reg(Bool);
    const stored = reg(Stored(c), { reset: false });
    const take = wire(Bool);
    const verdicts = verdictTable(c, { verdict: io.verdict, routed: io.routed, take });
    take.set(io.frames.valid.and(verdicts.decided).and(jobs.level.add(fetched.toUInt().zext(jobs.level.width)).lt(JOBS)));
    io.frames.ready.set(take);
    io.routed.ready.set(verdicts.ready.and(io.verdict.valid.not()));
    fetched.next = take;
    when(take, () => {
      stored.next = io.frames.payload;
      assert(io.frames.payload.slot.eq(verdicts.oldest.trunc(slotBits(c))), 'rxPlace: frames come in the order of slots');
    });

    // Prepare.
    const { kind, owner, connection, base, size, offset, skip, length } = verdicts.decision;
    const isPlace = kind.eq('Place').and(length.ne(0));
    const isCopy = kind.is('Echo', 'Punt');
    /** Place in the frame of the first byte and of the last. */
    const from = mux(isCopy, 0, skip.add(stored.payload_at.zext(16)));
    const to = mux(isCopy, stored.bytes.zext(16), from.add(length)).sub(1);
    const [firstWord, lastWord] = [from, to].map((at) => at.bits(15, laneBits));
    const reads = lastWord!.sub(firstWord!).add(1);
    const allWords = stored.bytes.zext(16).sub(1).bits(15, laneBits).add(1);
    const hostFrom = offset.trunc(hostLaneBits).zext(17);
    const turn = mux(isCopy, lit(UInt(laneBits), 0), offset.trunc(laneBits).sub(from.trunc(laneBits)));
    const leads = from.trunc(laneBits).addc(turn).bit(laneBits).and(isCopy.not());
    const placed = offset.trunc(laneBits).zext(17).add(length.zext(17)).sub(1).bits(16, laneBits).add(1);
    const steps = mux(isCopy, reads, placed.trunc(reads.width).add(leads.toUInt().zext(reads.width)));
    const bursts = offset.trunc(clog2(dmaBurstMostBytes)).zext(17).add(length.zext(17)).sub(1).bits(16, clog2(dmaBurstMostBytes)).add(1);
    jobs.in.valid.set(fetched);
    jobs.in.payload.set({
      kind: mux(isPlace.or(isCopy), kind, lit(VerdictKind, 'None')), connection,
      start: stored.first.trunc(address.width).add(resized(firstWord!, address.width)),
      reads: resized(reads, Words.width), steps: resized(steps, Words.width), turn, leads,
      part: ratio === 1 ? 0 : hostFrom.bits(hostLaneBits - 1, laneBits),
      tail: to.trunc(laneBits),
      freed: stored.first.add(resized(allWords, Pointer.width)),
      range: { owner, page: base, size_log2: size, offset, bytes: length, tag: 0 },
      bursts: resized(bursts, Bursts.width),
    });
    when(fetched, () => {
      assert(jobs.in.ready, 'rxPlace: a frame is fetched only with room for it');
      when(isPlace, () => { assert(from.zext(17).add(length.zext(17)).le(stored.bytes.zext(17)), 'rxPlace: a verdict places bytes that the frame has'); });
    });

    // Work off: a word a cycle.
    const job = jobs.out.payload;
    const order = inst(fifo(Order, slots));
    const ranges = inst(fifo(DmaRange(c, placeRange), 2));
    const beats = inst(fifo(UInt(hostBits), BEATS));
    const underWay = reg(UInt(PLACE_TAG_BITS + 1));
    const tag = reg(Tag);
    const busy = reg(Bool);
    const [step, part] = [reg(Words), reg(UInt(partBits), { reset: false })];
    const at = reg(address, { reset: false });

    const places = job.kind.eq('Place');
    const starts = busy.not();
    const stepNow = mux(starts, 0, step);
    const partNow = mux(starts, job.part, part);
    const atNow = mux(starts, job.start, at);
    const mayStart = order.in.ready.and(places.not().or(ranges.in.ready.and(underWay.ne(PLACES_UNDER_WAY))));
    const hasRoom = places.not().or(beats.level.le(BEATS - BEATS_ON_THEIR_WAY));
    const works = jobs.out.valid.and(busy.or(mayStart)).and(hasRoom);
    const none = job.kind.eq('None');
    const isLast = none.or(stepNow.add(1).eq(job.steps));
    const begins = works.and(starts);
    const makes = job.leads.and(stepNow.eq(0)).not();
    jobs.out.ready.set(works.and(isLast));
    io.read_enable.set(works.and(none.not()).and(stepNow.lt(job.reads)));
    io.read_address.set(atNow);
    when(works, () => {
      busy.next = isLast.not();
      step.next = stepNow.add(1);
      at.next = atNow.add(1);
      part.next = mux(makes, partNow.add(1), partNow);
    });
    order.in.valid.set(begins);
    order.in.payload.set({ placed: places, owner: job.range.owner, tag });
    ranges.in.valid.set(begins.and(places));
    const { page, size_log2, bytes } = job.range;
    ranges.in.payload.set({ owner: job.range.owner, page, size_log2, offset: job.range.offset, bytes, tag });
    io.range.from(ranges.out);
    const freed = reg(Pointer);
    when(works.and(isLast), () => { freed.next = job.freed; });
    io.freed.set(freed);

    // The word is there: turned, then joined with the one before it.
    const Control = Bundle(`PlaceControl_l${laneBits}_p${partBits}`, { kind: VerdictKind, turn: UInt(laneBits), makes: Bool, part: UInt(partBits), last: Bool, tail: UInt(laneBits) });
    const [read, turned] = [reg(Bool), reg(Bool)];
    const [readControl, turnedControl] = [reg(Control, { reset: false }), reg(Control, { reset: false })];
    const [word, previous] = [reg(UInt(width), { reset: false }), reg(UInt(width), { reset: false })];
    read.next = works.and(none.not());
    when(works, () => { readControl.next = { kind: job.kind, turn: job.turn, makes, part: partNow, last: isLast, tail: job.tail }; });
    turned.next = read;
    when(read, () => {
      turnedControl.next = readControl;
      word.next = rotateBytes(io.read_data, readControl.turn);
    });
    when(turned, () => { previous.next = word; });
    const early = lanesBelow(turnedControl.turn, lanes);
    const joined = word.and(byteMaskOf(early).not()).or(previous.and(byteMaskOf(early)));

    // Parts make a beat.
    const parts = Array.from({ length: ratio - 1 }, () => reg(UInt(width), { reset: false }));
    const isWritten = turned.and(turnedControl.kind.eq('Place')).and(turnedControl.makes);
    for (const [i, held] of parts.entries()) when(isWritten.and(turnedControl.part.eq(i)), () => { held.next = joined; });
    const beat = Array.from({ length: ratio }, (_, i) => (i === ratio - 1 ? joined : mux(turnedControl.part.eq(i), joined, parts[i]!)));
    beats.in.valid.set(isWritten.and(turnedControl.last.or(ratio === 1 ? true : turnedControl.part.eq(ratio - 1))));
    beats.in.payload.set(ratio === 1 ? joined : cat(...beat.toReversed()));
    io.data.from(beats.out);
    when(beats.in.valid, () => { assert(beats.in.ready, 'rxPlace: a word is read only with room for its beat'); });

    for (const [label, out] of [['Echo', io.echo], ['Punt', io.punt]] as const) {
      const { last, tail } = turnedControl;
      out.valid.set(turned.and(turnedControl.kind.eq(label)));
      out.payload.set({ user: false, last, keep: mux(last, lanesBelow(tail, lanes).shl(1).or(1), lit(UInt(lanes), (1n << BigInt(lanes)) - 1n)), data: word });
    }

    // Retire, in order.
    const left = reg(Vec(Bursts, PLACES_UNDER_WAY));
    const connections = mem(UInt(connectionIndexBits), PLACES_UNDER_WAY, { style: 'distributed' });
    const failed = reg(Vec(Bool, PLACES_UNDER_WAY));
    const done = io.done.valid.and(io.done.payload.client.eq(dma.client));
    const doneTag = io.done.payload.tag.trunc(PLACE_TAG_BITS);
    when(begins.and(places), () => {
      left.at(tag).next = job.bursts;
      connections.write(tag, job.connection);
      failed.at(tag).next = false;
      tag.next = tag.add(1);
    });
    when(done, () => {
      left.at(doneTag).next = left.at(doneTag).sub(1);
      when(io.done.payload.error, () => { failed.at(doneTag).next = true; });
      assert(left.at(doneTag).ne(0), 'rxPlace: only writes that were asked for are acknowledged');
    });
    const oldest = order.out.payload;
    const retires = order.out.valid.and(oldest.placed.not().or(left.at(oldest.tag).eq(0)));
    order.out.ready.set(retires);
    const releases = retires.and(oldest.placed);
    const asksForPlace = begins.and(places);
    when(asksForPlace.and(releases.not()), () => { underWay.next = underWay.add(1); })
      .elsewhen(releases.and(asksForPlace.not()), () => { underWay.next = underWay.sub(1); });
    const retiredSlot = reg(UInt(slotBits(c)));
    const retired = reg(Bool);
    const report = reg(Retired(c), { reset: false });
    retired.next = retires;
    when(retires, () => {
      retiredSlot.next = retiredSlot.add(1);
      report.next = { slot: retiredSlot, placed: oldest.placed, owner: oldest.owner, connection: connections.read(oldest.tag), failed: oldest.placed.and(failed.at(oldest.tag)) };
    });
    io.retired.valid.set(retired);
    io.retired.payload.set(report);
    // With the report, so that a slot is not given again before it.
    io.slot_free.set(retired);
    io.ready.set(verdicts.ready);
    return {
      jobs, fetched, stored, take, verdicts, order, ranges, beats, underWay, tag, busy, step, part, at, freed, read, turned, readControl, turnedControl, word, previous,
      ...(ratio > 1 && { parts }), left, connections, failed, retiredSlot, retired, report, works,
    };
  });
}

/** Bits of `keep` below a lane. */
function lanesBelow(lane: UInt, lanes: number): UInt {
  return lane.oneHot(lanes).sub(1);
}

function byteMaskOf(keep: UInt): UInt {
  return cat(...Array.from({ length: keep.width }, (_, i) => keep.bit(keep.width - 1 - i).repeat(8)));
}

/** Of a number that fits. */
function resized(x: UInt, width: number): UInt {
  return x.width > width ? x.trunc(width) : x.zext(width);
}
