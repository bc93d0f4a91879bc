/**
 * Submission queues: fetches the entries that doorbells announce, ahead of their use, and hands them on one by one, the VMs
 * in turn.
 *
 * An entry every cycle while entries are at hand; up to 8 bursts under way, several of one VM too, so that 1 µs of memory
 * latency costs no throughput. It does not look into an entry, and hands none on without a place for its answer.
 */
import { allOf, assert, Bool, Bundle, cat, clog2, Enum, In, inst, lit, match, mem, module, mux, Out, reg, Stream, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { arbiter, elementIndex } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { DmaBurst, indexBits as beatIndexBits } from '../dma/burst.ts';
import { QUEUE_ENTRY_BYTES } from '../protocol/submission-entry.ts';
import { QueueSize } from './completion.ts';
import { indexBits } from './events.ts';

/** Free-running index of a submission queue's entries. */
export const SubmissionIndex = UInt(16);
/** Bursts under way, of all VMs together. */
export const SUBMISSION_BURSTS = 8;
const ENTRY_BITS = QUEUE_ENTRY_BYTES * 8;
/** Entries of a page: a burst ends with it. */
const PAGE_ENTRIES = 4096 / QUEUE_ENTRY_BYTES;

export const fetchedEntry = (vms: number) => Bundle('FetchedEntry', { vm: UInt(indexBits(vms)), lanes: UInt(ENTRY_BITS) });

const Step = Enum('SubmissionStep', ['Choose', 'Base', 'Request']);

export const submissionPorts = (config: Config, tagBits: number) => {
  const { vms, hostBits } = config;
  const Vm = UInt(indexBits(vms));
  return {
    /** By VM: entries are fetched. While low its queue is empty; it may rise again when `quiet`. */
    enable: In(Vec(Bool, vms)),
    /** By VM: nothing new is fetched. */
    park: In(Vec(Bool, vms)),
    size_log2: In(Vec(QueueSize, vms)),
    /** Guest-physical address of the queue of a VM, one cycle after its index. */
    base_index: Out(Vm),
    base: In(UInt(64)),
    /** Doorbell: entries up to before this index are written. */
    tail_bell: In(Valid(Bundle('TailBell', { vm: Vm, index: SubmissionIndex }))),
    /** The doorbell announced more entries than the queue has, or went back. */
    bad_bell: Out(Valid(Vm)),
    /** By VM: entries up to before this index were handed on. */
    head: Out(Vec(SubmissionIndex, vms)),

    request: Out(Stream(DmaBurst(config, tagBits))),
    data: In(Valid(Bundle('SubmissionData', { tag: UInt(tagBits), index: UInt(beatIndexBits(config)), data: UInt(hostBits) }))),
    done: In(Valid(Bundle('SubmissionDone', { tag: UInt(tagBits), error: Bool }))),
    /** Entries could not be read. */
    failed: Out(Valid(Vm)),

    /** By VM: a place for an answer is free; it is taken by `reserve`. */
    may_reserve: In(Vec(Bool, vms)),
    reserve: Out(Valid(Vm)),
    entry: Out(Stream(fetchedEntry(vms))),
    /** By VM: no burst is under way. */
    quiet: Out(Vec(Bool, vms)),
  };
};

/** @param tagBits of the DMA read engine's clients: at least 3 */
export function submission(config: Config, tagBits: number) {
  const { vms, hostBits, sqPrefetchEntries: places, dmaBurstMostBytes } = config;
  const { ownerBits } = derived(config);
  const Vm = UInt(indexBits(vms));
  const Place = UInt(indexBits(places));
  const Count = UInt(clog2(places + 1));
  const Slot = UInt(clog2(SUBMISSION_BURSTS));
  const burstMost = Math.min(places, dmaBurstMostBytes / QUEUE_ENTRY_BYTES);
  /** A word of the store holds `entries` entries and is written in `lanes` lanes: a beat is one lane, or all of them. */
  const entries = Math.max(1, hostBits / ENTRY_BITS);
  const lanes = Math.max(entries, ENTRY_BITS / hostBits);
  const beatsOfEntry = Math.max(1, ENTRY_BITS / hostBits);
  const wordsOfVm = places / entries;
  const words = vms * wordsOfVm;
  const Word = UInt(indexBits(words));
  const Burst = Bundle('SubmissionBurst', { under_way: Bool, counts: Bool, vm: Vm, first: Place, entries: Count });

  return module('submission', { w: hostBits, v: vms, p: places, t: tagBits, m: dmaBurstMostBytes }, submissionPorts(config, tagBits), (io) => {
    const store = mem(UInt(Math.max(hostBits, ENTRY_BITS)), words);
    const tail = reg(Vec(SubmissionIndex, vms));
    /** Up to where bursts were asked for, and up to where entries were handed on. */
    const asked = reg(Vec(SubmissionIndex, vms));
    const head = reg(Vec(SubmissionIndex, vms));
    /** By VM, by place: an entry that came. */
    const here = reg(Vec(UInt(places), vms));
    const bursts = reg(Vec(Burst, SUBMISSION_BURSTS));

    // Fetching: whose turn, from where, how many.
    const step = reg(Step);
    const turn = { vm: reg(Vm), slot: reg(Slot), entries: reg(Count), address: reg(UInt(64), { reset: false }) };
    const wants = Array.from({ length: vms }, (_, v) => allOf(io.enable.at(v), io.park.at(v).not(), tail.at(v).ne(asked.at(v)), asked.at(v).sub(head.at(v)).ne(places)));
    const fetcher = inst(arbiter({ requesters: vms }), { request: cat(...wants.toReversed()) });
    const free = cat(...Array.from({ length: SUBMISSION_BURSTS }, (_, i) => bursts.at(i).under_way.not()).reverse());
    const choosing = allOf(step.eq('Choose'), fetcher.valid, free.orR());
    fetcher.advance.set(choosing);
    io.base_index.set(mux(step.eq('Choose'), fetcher.index, turn.vm));
    const from = asked.at(turn.vm);
    const size = lit(UInt(17), 1).shl(io.size_log2.at(turn.vm));
    const place = from.zext(17).and(size.sub(1));
    const room = lit(SubmissionIndex, places).sub(from.sub(head.at(turn.vm)));
    const announced = tail.at(turn.vm).sub(from);
    const toEnd = size.sub(place);
    const toPage = lit(UInt(17), PAGE_ENTRIES).sub(place.and(PAGE_ENTRIES - 1));
    const count = toEnd.min(toPage).min(announced.min(room).min(burstMost).zext(17)).trunc(Count.width);
    match(step, {
      Choose: () => {
        when(choosing, () => {
          turn.vm.next = fetcher.index;
          turn.slot.next = free.priority();
          step.next = 'Base';
        });
      },
      Base: () => {
        turn.entries.next = count;
        turn.address.next = io.base.add(cat(place, lit(UInt(clog2(QUEUE_ENTRY_BYTES)), 0)).zext(64));
        step.next = mux(io.enable.at(turn.vm), lit(Step, 'Request'), lit(Step, 'Choose'));
      },
      Request: () => {
        when(io.request.ready, () => {
          step.next = 'Choose';
          const burst = bursts.at(turn.slot);
          burst.under_way.next = true;
          burst.counts.next = io.enable.at(turn.vm);
          burst.vm.next = turn.vm;
          burst.first.next = from.trunc(Place.width);
          burst.entries.next = turn.entries;
        });
      },
    });
    const requesting = step.eq('Request');
    io.request.valid.set(requesting);
    io.request.payload.set({ owner: turn.vm.zext(ownerBits).add(1), address: turn.address, bytes: cat(turn.entries, lit(UInt(clog2(QUEUE_ENTRY_BYTES)), 0)).zext(io.request.payload.bytes.width), tag: turn.slot.zext(tagBits) });

    // Beats go to the places of their entries, in any order of bursts.
    const comes = bursts.at(io.data.payload.tag.trunc(Slot.width));
    const beat = io.data.payload.index.zext(16);
    const skip = entries === 1 ? lit(UInt(16), 0) : comes.first.trunc(clog2(entries)).zext(16);
    /** Of the burst's entries, the one in the beat's lowest lane; with a lead-in of others' it may be before the first. */
    const lowest = beatsOfEntry > 1 ? beat.shr(clog2(beatsOfEntry)) : beat.shl(clog2(entries)).sub(skip);
    const target = comes.first.zext(16).add(lowest).trunc(Place.width);
    const wordOf = (vm: UInt, place: UInt): UInt => {
      if (wordsOfVm === 1) return vm.zext(Word.width);
      const inside = place.shr(clog2(entries)).trunc(clog2(wordsOfVm));
      return vms === 1 ? inside.zext(Word.width) : cat(vm, inside);
    };
    const mask = beatsOfEntry > 1
      ? lit(UInt(lanes), 1).shl(beat.trunc(clog2(beatsOfEntry)))
      : cat(...Array.from({ length: lanes }, (_, lane) => lowest.add(lane).lt(comes.entries.zext(16))).reverse());
    when(allOf(io.data.valid, comes.counts), () => { store.write(wordOf(comes.vm, target), io.data.payload.data.repeat(Math.max(1, ENTRY_BITS / hostBits)), { lanes: mask }); });
    const ended = bursts.at(io.done.payload.tag.trunc(Slot.width));
    const good = allOf(io.done.valid, ended.counts, io.done.payload.error.not());
    when(io.done.valid, () => {
      ended.under_way.next = false;
      assert(ended.under_way, 'submission: a burst ended that is not under way');
    });
    io.failed.valid.set(allOf(io.done.valid, ended.counts, io.done.payload.error));
    io.failed.payload.set(ended.vm);
    /** The places of the burst that ended: as many ones as entries, turned to where it begins. */
    const came = lit(UInt(places), 1).shl(ended.entries).sub(1).rotl(ended.first);

    // Handing on.
    const full = reg(Bool);
    const handed = { vm: reg(Vm), lane: reg(UInt(Math.max(1, clog2(entries)))) };
    const ready = Array.from({ length: vms }, (_, v) => allOf(io.enable.at(v), here.at(v).bit(head.at(v).trunc(Place.width)), io.may_reserve.at(v)));
    const giver = inst(arbiter({ requesters: vms }), { request: cat(...ready.toReversed()) });
    const give = allOf(giver.valid, full.not().or(io.entry.ready));
    giver.advance.set(give);
    const next = head.at(giver.index).trunc(Place.width);
    const word = wire(UInt(store.shape.width));
    when(io.entry.ready, () => { full.next = false; });
    let read: UInt | undefined;
    when(give, () => {
      full.next = true;
      handed.vm.next = giver.index;
      handed.lane.next = entries === 1 ? 0 : next.trunc(clog2(entries));
      read = store.readSync(wordOf(giver.index, next), 'handed');
    });
    word.set(read!);
    io.reserve.valid.set(give);
    io.reserve.payload.set(giver.index);
    io.entry.valid.set(full);
    io.entry.payload.vm.set(handed.vm);
    io.entry.payload.lanes.set(entries === 1 ? word : lit(Vec(UInt(ENTRY_BITS), entries), Array.from({ length: entries }, (_, i) => word.bits((i + 1) * ENTRY_BITS - 1, i * ENTRY_BITS))).at(handed.lane));

    const bell = io.tail_bell;
    const bellVm = elementIndex(bell.payload.vm, vms);
    const bellSize = lit(UInt(17), 1).shl(io.size_log2.at(bellVm));
    const oldest = head.at(bellVm);
    const waiting = bell.payload.index.sub(oldest);
    // Neither more than there is room for, nor back behind what was announced before.
    const fits = allOf(waiting.zext(17).le(bellSize), waiting.ge(tail.at(bellVm).sub(oldest)));
    io.bad_bell.valid.set(allOf(bell.valid, io.enable.at(bellVm), fits.not()));
    io.bad_bell.payload.set(bellVm);
    for (let v = 0; v < vms; v++) {
      const gives = allOf(give, giver.index.eq(v));
      const comesHere = mux(allOf(good, ended.vm.eq(v)), came, lit(UInt(places), 0));
      const leaves = mux(gives, next.oneHot(places), lit(UInt(places), 0));
      when(io.enable.at(v), () => {
        when(allOf(bell.valid, fits, bell.payload.vm.eq(v)), () => { tail.at(v).next = bell.payload.index; });
        when(allOf(requesting, io.request.ready, turn.vm.eq(v)), () => { asked.at(v).next = from.add(turn.entries.zext(16)); });
        when(gives, () => { head.at(v).next = head.at(v).add(1); });
        here.at(v).next = here.at(v).and(leaves.not()).or(comesHere);
      }).otherwise(() => {
        tail.at(v).next = 0;
        asked.at(v).next = 0;
        head.at(v).next = 0;
        here.at(v).next = 0;
        // What was asked for comes, but nobody waits for it. A burst that has ended may be another VM's in the next cycle.
        for (let i = 0; i < SUBMISSION_BURSTS; i++) when(allOf(bursts.at(i).under_way, bursts.at(i).vm.eq(v)), () => { bursts.at(i).counts.next = false; });
      });
      const none = allOf(...Array.from({ length: SUBMISSION_BURSTS }, (_, i) => allOf(bursts.at(i).under_way, bursts.at(i).vm.eq(v)).not()));
      io.quiet.at(v).set(allOf(none, step.eq('Choose').or(turn.vm.ne(v))));
    }
    io.head.set(head);
    return { store, tail, asked, head_q: head, here, bursts, step, turn, fetcher, full, handed, giver, word, came };
  });
}
