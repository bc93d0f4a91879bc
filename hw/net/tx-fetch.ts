/**
 * Reads the payload of granted segments from guest memory, many at once, and gives each out when it is complete, with its
 * checksum, in the order of the grants.
 *
 * One segment and one burst a cycle, a beat of memory and a beat of payload a cycle; a segment leaves 3 cycles after its last
 * beat came (more with `checksumCuts`), one without payload 4 cycles after it was granted.
 * It makes no headers and moves no bytes within a beat: payload goes out as it stands in memory. A segment that memory
 * refuses is not sent: `fault` says whose it was.
 *
 * Room is taken segment by segment, in the order in which they go out; beats come in any order and go to their place.
 */
import { assert, Bool, Bundle, cat, clog2, In, inst, lit, mem, module, mux, networkOrder, Out, Packet, type Read, reg, Stream, UInt, type UIntShape, Valid, when, wire } from '@vtoe/hdl';
import { fifo, map, onesComplementSum, pipeline, queue, readWhen, stage } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { DmaBurst, type DmaClients, DmaData, DmaDone } from '../dma/burst.ts';
import { dmaSplit } from '../dma/split.ts';
import { RingOffset } from '../tcp/actions.ts';
import { SegmentBytes } from '../tcp/tcb.ts';
import { headerBytes, TxFetched, TxRing, txRingBeats, TxSegment } from './tx-segment.ts';

type UIntValue = Read<UIntShape>;

/** Of the segment that was not sent. */
export function TxFault(config: Config) {
  const { ownerBits, connectionIndexBits } = derived(config);
  return Bundle(`TxFault_o${ownerBits}_c${connectionIndexBits}`, { owner: UInt(ownerBits), connection: UInt(connectionIndexBits) });
}

/** A beat of payload as it stood in memory, `start` bytes of the first one being none; `insert` bytes of headers share the word in which it begins. */
export function TxPayload({ hostBits, datapathBits }: Config) {
  return Bundle(`TxPayload_d${hostBits}_w${datapathBits}`, { start: UInt(clog2(hostBits / 8)), insert: UInt(clog2(datapathBits / 8)), beat: Packet(hostBits) });
}

/** Bits that a client of the read engine needs for this one's tags: slot and place in the ring. */
export function txTagBits(config: Config): number {
  return clog2(config.txSegments) + clog2(txRingBeats(config));
}

export interface TxFetchParameters extends DmaClients {
  /** Which client of the read engine it is. */
  readonly client: number;
}

export function txFetch(config: Config, parameters: TxFetchParameters) {
  const { txSegments, hostBits, datapathBits, checksumCuts, dmaBurstMostBytes } = config;
  const { hostBytes, datapathBytes } = derived(config);
  const { client, tagBits } = parameters;
  const ringBeats = txRingBeats(config);
  const laneBits = clog2(hostBytes), slotBits = clog2(txSegments), placeBits = clog2(ringBeats);
  if (tagBits < slotBits + placeBits) throw new RangeError(`txFetch needs tags of ${slotBits + placeBits} bits, not ${tagBits}`);
  const Slot = UInt(slotBits), Place = UInt(placeBits), Lane = UInt(laneBits);
  const Beats = UInt(clog2(2 ** SegmentBytes.width / hostBytes + 2)), Bursts = UInt(clog2(2 ** SegmentBytes.width / dmaBurstMostBytes + 2));
  // What the beats of a slot are looked at with: its places in the ring, and the lanes that count at both ends.
  const Extent = Bundle(`TxExtent_s${laneBits}_p${placeBits}_b${Bursts.width}`, { first: Place, last: Place, start: Lane, tail: Lane, bursts: Bursts });
  const Job = Bundle(`TxJob_b${placeBits}_s${laneBits}_i${clog2(datapathBytes)}`, { beats: Place, start: Lane, tail: Lane, insert: UInt(clog2(datapathBytes)), dropped: Bool });

  return module('tx_fetch', { s: txSegments, r: config.txRingBytes, d: hostBits, w: datapathBits, m: dmaBurstMostBytes, v: config.vms, n: config.connections, c: client, k: parameters.clients, t: tagBits, ...(checksumCuts.length > 0 && { cuts: checksumCuts.join('_') }) }, {
    segment: In(Stream(TxSegment(config))),
    freed: Out(Bool),
    request: Out(Stream(DmaBurst(config, tagBits))),
    data: In(Valid(DmaData(config, parameters))),
    done: In(Valid(DmaDone(parameters))),
    fetched: Out(Stream(TxFetched(config))),
    payload: Out(Stream(TxPayload(config))),
    fault: Out(Valid(TxFault(config))),
  }, (io) => {
    // All granted segments wait in `granted` for their payload, and until it is asked for in `asked`, which is never the fuller one.
    const Ask = Bundle(`TxAsk_o${io.segment.payload.owner.width}`, { owner: io.segment.payload.owner.shape, ring: TxRing, offset: RingOffset, length: SegmentBytes });
    const granted = inst(fifo(TxSegment(config), txSegments)), asked = inst(fifo(Ask, txSegments));
    const { owner, ring: ringOf, send } = io.segment.payload;
    io.segment.ready.set(granted.in.ready.and(asked.in.ready));
    granted.in.valid.set(io.segment.fire);
    granted.in.payload.set(io.segment.payload);
    asked.in.valid.set(io.segment.fire);
    asked.in.payload.set({ owner, ring: ringOf, offset: send.offset, length: send.length });
    when(io.segment.valid, () => { assert(send.length.le(config.mtuMostBytes), 'txFetch: a segment fits the largest MTU'); });

    // Room, in the order of the grants. Slots and places go round.
    const Sized = Bundle(`TxSized_b${Beats.width}`, { ask: Ask, empty: Bool, beats: Beats, bursts: Bursts });
    const sized = stage(map(asked.out, Sized, (ask) => ({ ask, empty: ask.length.eq(0), beats: pieces(ask.offset, ask.length, hostBytes, Beats.width), bursts: pieces(ask.offset, ask.length, dmaBurstMostBytes, Bursts.width) })));
    const split = inst(dmaSplit(config, { bytesBits: SegmentBytes.width, tag: Slot }));
    const head = reg(Slot), place = reg(Place), free = reg(UInt(placeBits + 1), { init: ringBeats });
    const { ask, empty, beats, bursts } = sized.payload;
    const wide = Math.max(Beats.width, free.width);
    const fits = free.zext(wide).ge(beats.zext(wide));
    split.range.valid.set(sized.valid.and(empty.not()).and(fits));
    split.range.payload.set({ owner: ask.owner, page: ask.ring.page, size_log2: ask.ring.size_log2, offset: ask.offset, bytes: ask.length, tag: head });
    sized.ready.set(empty.or(fits.and(split.range.ready)));
    const begun = sized.fire;
    const reserved = mux(begun.and(empty.not()), beats, 0).zext(wide).trunc(free.width);
    const extents = mem(Extent, txSegments, { style: 'distributed' });
    const lane = ask.offset.trunc(laneBits);
    when(begun, () => {
      head.next = head.add(1);
      const next = place.add(reserved.trunc(placeBits));
      place.next = next;
      extents.write(head, { first: place, last: next.sub(1), start: lane, tail: lane.add(ask.length.zext(SegmentBytes.width + laneBits).trunc(laneBits)), bursts });
    });

    // Bursts in the same order, so their places follow each other.
    const asking = reg(Place);
    const burst = split.burst.payload;
    io.request.valid.set(split.burst.valid);
    io.request.payload.set({ owner: burst.owner, address: burst.address, bytes: burst.bytes, tag: cat(burst.tag, asking).zext(tagBits) });
    split.burst.ready.set(io.request.ready);
    when(split.burst.fire, () => { asking.next = asking.add(burst.beats.zext(placeBits + burst.beats.width).trunc(placeBits)); });

    // Beats come, to their places; and ends of bursts.
    const ring = mem(UInt(hostBits), ringBeats, { style: 'block', collision: 'asserted' });
    const slotOf = (tag: UIntValue): UIntValue => tag.bits(slotBits + placeBits - 1, placeBits);
    const came = { valid: reg(Bool), slot: reg(Slot, { reset: false }), place: reg(Place, { reset: false }), data: reg(UInt(hostBits), { reset: false }) };
    const { data, done } = io;
    came.valid.next = data.valid.and(data.payload.client.eq(client));
    came.slot.next = slotOf(data.payload.tag);
    came.place.next = data.payload.tag.trunc(placeBits).add(data.payload.index.zext(placeBits + data.payload.index.width).trunc(placeBits));
    came.data.next = data.payload.data;
    const ended = { valid: reg(Bool), slot: reg(Slot, { reset: false }), error: reg(Bool, { reset: false }) };
    ended.valid.next = done.valid.and(done.payload.client.eq(client));
    ended.slot.next = slotOf(done.payload.tag);
    ended.error.next = done.payload.error;
    when(came.valid, () => { ring.write(came.place, came.data); });

    // What counts of a beat: all lanes but those before the segment's first and behind its last byte.
    const extent = extents.read(came.slot);
    const keep = mux(came.place.eq(extent.first), allLanes(hostBytes).shl(extent.start), allLanes(hostBytes))
      .and(mux(came.place.eq(extent.last), tailLanes(extent.tail, hostBytes), allLanes(hostBytes)));

    // A bit for each slot: nothing was added yet, no end was counted yet; an end with an error; all ends are there.
    const bits = { fresh: reg(UInt(txSegments)), uncounted: reg(UInt(txSegments)), failed: reg(UInt(txSegments)), complete: reg(UInt(txSegments)) };
    const sums = mem(UInt(17), txSegments, { style: 'distributed' }), counts = mem(Bursts, txSegments, { style: 'distributed' });
    const one = (when: Bool, slot: UIntValue): UIntValue => mux(when, slot.oneHot(txSegments), 0);
    const adds = wire(UInt(txSegments)), ends = wire(UInt(txSegments)), fails = wire(UInt(txSegments)), completes = wire(UInt(txSegments));
    const p = pipeline(['tree', 'fold', 'accumulate'], { data: came.data, keep, added: came.valid, slot: came.slot, ended: ended.valid, end_slot: ended.slot, error: ended.error }, { cuts: checksumCuts, valid: came.valid.or(ended.valid) })
      .stage('tree', (v) => ({ counted: v.data.and(byteMask(v.keep)) }))
      .stage('fold', (v) => ({ word: onesComplementSum(halves(v.counted).map(networkOrder)) }))
      .stage('accumulate', (v, { valid }) => {
        const total = mux(bits.fresh.bit(v.slot), 0, sums.read(v.slot));
        const add = valid.and(v.added), end = valid.and(v.ended);
        // As in `checksum`: the carry of one beat is added with the next.
        when(add, () => { sums.write(v.slot, total.trunc(16).zext(17).add(v.word.zext(17)).add(total.bits(16, 16).zext(17))); });
        const count = mux(bits.uncounted.bit(v.end_slot), 0, counts.read(v.end_slot)).add(1);
        when(end, () => { counts.write(v.end_slot, count); });
        adds.set(one(add, v.slot));
        ends.set(one(end, v.end_slot));
        fails.set(one(end.and(v.error), v.end_slot));
        completes.set(one(end.and(count.eq(extents.read(v.end_slot).bursts)), v.end_slot));
        return {};
      });

    // Out, oldest first, when it is complete.
    const tail = reg(Slot);
    const meta = granted.out.payload;
    const oldest = extents.read(tail);
    const whole = granted.out.valid.and(bits.complete.bit(tail));
    const lost = bits.failed.bit(tail), bare = meta.send.length.eq(0);
    const total = mux(bits.fresh.bit(tail), 0, sums.read(tail));
    const sum = total.trunc(16).add(total.bits(16, 16).zext(16));
    const [fetched, job] = [wire(Stream(TxFetched(config))), wire(Stream(Job))];
    fetched.valid.set(whole.and(lost.not()).and(bare.or(job.ready)));
    // Payload that starts in an odd lane was added with its bytes exchanged (RFC 1071, 2 (B)).
    fetched.payload.set({ owner: meta.owner, addresses: meta.addresses, send: meta.send, sum: mux(oldest.start.bit(0), networkOrder(sum), sum) });
    job.valid.set(whole.and(bare.not()).and(lost.or(fetched.ready)));
    job.payload.set({ beats: oldest.last.sub(oldest.first).add(1), start: oldest.start, tail: oldest.tail, insert: headerBytes(meta.addresses.tagged, meta.send).trunc(clog2(datapathBytes)), dropped: lost });
    const leaves = whole.and(mux(lost, job.ready, fetched.ready.and(bare.or(job.ready))));
    granted.out.ready.set(leaves);
    when(leaves, () => { tail.next = tail.add(1); });
    io.freed.set(leaves);
    io.fault.valid.set(leaves.and(lost));
    io.fault.payload.set({ owner: meta.owner, connection: meta.connection });
    const fetchedQueue = queue(fetched, 2);
    io.fetched.from(fetchedQueue);

    const start = one(begun, head);
    bits.fresh.next = bits.fresh.or(start).and(adds.not());
    bits.uncounted.next = bits.uncounted.or(start).and(ends.not());
    bits.failed.next = bits.failed.and(start.not()).or(fails);
    bits.complete.next = bits.complete.and(one(leaves, tail).not()).or(completes).or(one(begun.and(empty), head));

    // The ring is read in order, ahead: its output latch is the last place of the way.
    const jobs = queue(job, 2);
    const at = reg(Place), index = reg(Place);
    const latch = { full: reg(Bool), last: reg(Bool, { reset: false }), start: reg(Lane, { reset: false }), tail: reg(Lane, { reset: false }), insert: reg(UInt(clog2(datapathBytes)), { reset: false }) };
    const { payload: work } = jobs;
    const open = latch.full.not().or(io.payload.ready);
    const load = jobs.valid.and(work.dropped.not()).and(open);
    const lastBeat = index.eq(work.beats.sub(1));
    const skipped = jobs.valid.and(work.dropped);
    jobs.ready.set(work.dropped.or(open.and(lastBeat)));
    const word = readWhen(load, ring, at);
    when(open, () => { latch.full.next = load; });
    when(load, () => {
      at.next = at.add(1);
      index.next = mux(lastBeat, 0, index.add(1));
      latch.last.next = lastBeat;
      latch.start.next = work.start;
      latch.tail.next = work.tail;
      latch.insert.next = work.insert;
    }).elsewhen(skipped, () => { at.next = at.add(work.beats); });
    const released = mux(load, 1, mux(skipped, work.beats, 0)).zext(free.width);
    free.next = free.sub(reserved).add(released);
    io.payload.valid.set(latch.full);
    io.payload.payload.set({ start: latch.start, insert: latch.insert, beat: { user: false, last: latch.last, keep: mux(latch.last, tailLanes(latch.tail, hostBytes), allLanes(hostBytes)), data: word } });

    assert(free.le(ringBeats), 'txFetch: no more room is given back than was taken');
    return { granted, asked, sized, split, head, place, free, extents, asking, ring, came, ended, bits, sums, counts, p, tail, fetchedQueue, jobs, at, index, latch, word };
  });
}

/** How many pieces of `size` bytes, a power of two, `length` bytes from `offset` touch. */
function pieces(offset: UIntValue, length: UIntValue, size: number, width: number): UIntValue {
  const bits = clog2(size), wide = Math.max(length.width, bits) + 2;
  return offset.trunc(bits).zext(wide).add(length.zext(wide)).add(size - 1).bits(wide - 1, bits).zext(width + wide).trunc(width);
}

function allLanes(lanes: number): UIntValue {
  return lit(UInt(lanes), (1n << BigInt(lanes)) - 1n);
}

/** The lanes below `tail`; all if it is 0, since the last byte is in the last lane then. */
function tailLanes(tail: UIntValue, lanes: number): UIntValue {
  return mux(tail.eq(0), allLanes(lanes), lit(UInt(lanes), 1).shl(tail).sub(1));
}

/** Words of 16 bits, the lowest lanes first. */
function halves(data: UIntValue): UIntValue[] {
  return Array.from({ length: data.width / 16 }, (_, i) => data.bits(16 * i + 15, 16 * i));
}

/** Each lane's bit, eight times. */
function byteMask(keep: UIntValue): UIntValue {
  return cat(...Array.from({ length: keep.width }, (_, i) => keep.bit(keep.width - 1 - i).repeat(8)));
}
