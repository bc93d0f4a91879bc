/**
 * Completion queues: who may have a place in which, and the entries as they are written to guest memory.
 *
 * Writes an entry in the time of its beats and three cycles; the first beat is offered two cycles after the entry was taken.
 * It decides nothing about events (`events.ts`) or interrupts (`interrupts.ts`), and never writes without a place: a
 * command is fetched with one reserved, an event takes one when it is told.
 */
import { allOf, assert, Bool, Bundle, cat, clog2, Enum, In, inst, lit, match, module, mux, Out, reg, Stream, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { arbiter, elementIndex } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { DmaBurst } from '../dma/burst.ts';
import { CompletionEntry, Status } from '../protocol/completion-entry.ts';
import { Handle } from '../protocol/handle.ts';
import { QUEUE_ENTRY_BYTES } from '../protocol/submission-entry.ts';
import { EVENT_KINDS, eventEntry, indexBits, QueueIndex } from './events.ts';

/** Answer to a command. Whoever gives one has reserved its place. */
export const statusEntry = (vms: number) => Bundle('StatusEntry', {
  vm: UInt(indexBits(vms)),
  handle: Handle.shape,
  command_id: UInt(16),
  status: UInt(Status.width),
  /** The rings of an ACCEPT come back unused. */
  final: Bool,
});

/** Base-2 logarithm of a queue's entries. */
export const QueueSize = UInt(5);

/** Entries of a VM that memory has not acknowledged. */
const UNDER_BITS = 6;
const UNDER_MOST = 2 ** UNDER_BITS - 1;

const Step = Enum('CompletionStep', ['Idle', 'Base', 'Write']);

export const completionPorts = (config: Config, tagBits: number) => {
  const { vms } = config;
  const Vm = UInt(indexBits(vms));
  return {
    /** By VM. While low its queue is empty, has no room, and what is written to it is thrown away and counted. */
    enable: In(Vec(Bool, vms)),
    size_log2: In(Vec(QueueSize, vms)),
    /** Guest-physical address of the queue of a VM, one cycle after its index. */
    base_index: Out(Vm),
    base: In(UInt(64)),
    /** Doorbell: entries up to before this index were consumed. */
    head_bell: In(Valid(Bundle('HeadBell', { vm: Vm, index: QueueIndex }))),
    /** The doorbell named an entry that was not written. */
    bad_bell: Out(Valid(Vm)),
    /** By VM: entries of its submission queue up to before this index were fetched. */
    sq_head: In(Vec(UInt(16), vms)),

    may_reserve: Out(Vec(Bool, vms)),
    reserve: In(Valid(Vm)),
    /** A command ended without an entry. */
    release: In(Valid(Vm)),
    status: In(Stream(statusEntry(vms))),

    room: Out(Vec(Bool, vms)),
    tail: Out(Vec(QueueIndex, vms)),
    head: Out(Vec(QueueIndex, vms)),
    allocate: In(Valid(Vm)),
    entry: In(Stream(eventEntry(config))),

    request: Out(Stream(DmaBurst(config, tagBits))),
    data: Out(Stream(UInt(config.hostBits))),
    done: In(Valid(Bundle('CompletionDone', { tag: UInt(tagBits), error: Bool }))),

    /** An entry is in guest memory. */
    written: Out(Valid(Vm)),
    /** An entry could not be written. */
    failed: Out(Valid(Vm)),
    /** An entry of a VM that is not enabled was thrown away. */
    dropped: Out(Valid(Vm)),
    /** By VM: nothing is under way. */
    quiet: Out(Vec(Bool, vms)),
  };
};

/** @param tagBits of the DMA write engine's clients: at least the bits of a VM's index */
export function completion(config: Config, tagBits: number) {
  const { vms, hostBits } = config;
  const { ownerBits } = derived(config);
  const Vm = UInt(indexBits(vms));
  const Under = UInt(UNDER_BITS);
  /** Beats of an entry, and copies of it in a beat: DMA writes those lanes that the address says. */
  const beats = Math.max(1, (QUEUE_ENTRY_BYTES * 8) / hostBits);
  const copies = Math.max(1, hostBits / (QUEUE_ENTRY_BYTES * 8));

  return module('completion', { w: hostBits, v: vms, t: tagBits }, completionPorts(config, tagBits), (io) => {
    const tail = reg(Vec(QueueIndex, vms));
    const head = reg(Vec(QueueIndex, vms));
    /** Places that are neither written nor reserved; known from the second cycle of `enable` on. */
    const left = reg(Vec(QueueIndex, vms));
    const known = reg(Vec(Bool, vms));
    /** For assertions alone. */
    const reserved = reg(Vec(QueueIndex, vms));
    /** Writes that memory has not answered. */
    const under = reg(Vec(Under, vms));
    const step = reg(Step);
    const current = { vm: reg(Vm), index: reg(QueueIndex, { reset: false }), lanes: reg(UInt(QUEUE_ENTRY_BYTES * 8), { reset: false }) };
    const requested = reg(Bool);
    const beat = reg(UInt(indexBits(beats + 1)));

    // Status entries and event entries in turn: neither kind can be many without the other.
    const turn = inst(arbiter({ requesters: 2 }), { request: cat(io.entry.valid, io.status.valid) });
    const idle = step.eq('Idle');
    turn.advance.set(idle);
    io.status.ready.set(idle.and(turn.grant.bit(0)));
    io.entry.ready.set(idle.and(turn.grant.bit(1)));
    const { notice, peer } = io.entry.payload;
    const status = io.status.payload;
    const statusVm = elementIndex(status.vm, vms);
    const vm = mux(io.entry.fire, notice.vm, statusVm);
    // An event that takes its place in this very cycle has the one that `tail` says.
    const eventFirst = allOf(io.allocate.valid, io.allocate.payload.eq(status.vm));
    const index = mux(io.entry.fire, io.entry.payload.index, tail.at(statusVm).add(eventFirst.toUInt().zext(QueueIndex.width)));
    const { kinds } = notice;
    const fields = wire(CompletionEntry.shape);
    fields.set({
      handle: { index: notice.connection.zext(16), generation: notice.generation },
      command_id: peer.command_id, status: notice.status, queue_id: 0,
      connected: kinds.connected, accepted: kinds.accepted, data: kinds.data, sent: kinds.sent,
      peer_closed: kinds.peer_closed, closed: kinds.closed, reset: kinds.reset, error: kinds.error,
      response: false, final: notice.final, ext: false, flags: 0,
      sq_head: io.sq_head.at(vm), unused: 0, rx_filled: notice.rx_filled, tx_freed: notice.tx_freed,
      remote_address: peer.remote_address, remote_port: peer.remote_port, reserved: 0,
      phase: index.shr(io.size_log2.at(vm)).bit(0).not(),
    });
    when(turn.grant.bit(0), () => {
      for (const kind of EVENT_KINDS) fields[kind].set(false);
      fields.handle.set(status.handle);
      fields.command_id.set(status.command_id);
      fields.status.set(status.status);
      fields.response.set(true);
      fields.final.set(status.final);
      fields.rx_filled.set(0);
      fields.tx_freed.set(0);
      fields.remote_address.set(0);
      fields.remote_port.set(0);
    });

    io.base_index.set(mux(idle, vm, current.vm));
    const address = reg(UInt(64), { reset: false });
    const dropped = wire(Bool);
    dropped.set(false);
    match(step, {
      Idle: () => {
        when(turn.valid, () => {
          current.vm.next = vm;
          current.index.next = index;
          current.lanes.next = CompletionEntry.toLanes(fields);
          step.next = 'Base';
        });
      },
      Base: () => {
        const place = current.index.and(lit(QueueIndex, 1).shl(io.size_log2.at(current.vm)).sub(1));
        address.next = io.base.add(cat(place, lit(UInt(clog2(QUEUE_ENTRY_BYTES)), 0)).zext(64));
        requested.next = false;
        beat.next = 0;
        when(io.enable.at(current.vm), () => { step.next = 'Write'; })
          .otherwise(() => {
            dropped.set(true);
            step.next = 'Idle';
          });
      },
      Write: () => {
        when(io.request.fire, () => { requested.next = true; });
        when(io.data.fire, () => { beat.next = beat.add(1); });
        when(allOf(requested, beat.eq(beats)), () => { step.next = 'Idle'; });
      },
    });
    const writing = step.eq('Write');
    const owner = current.vm.zext(ownerBits).add(1);
    // One more than memory answers for may wait in the engine: the count of what is under way bounds both.
    const may = under.at(current.vm).ne(UNDER_MOST);
    io.request.valid.set(allOf(writing, requested.not(), may));
    io.request.payload.set({ owner, address, bytes: QUEUE_ENTRY_BYTES, tag: current.vm.zext(tagBits) });
    io.data.valid.set(writing.and(beat.ne(beats)));
    io.data.payload.set(beats === 1 ? current.lanes.repeat(copies) : lit(Vec(UInt(hostBits), beats), Array.from({ length: beats }, (_, i) => current.lanes.bits((i + 1) * hostBits - 1, i * hostBits))).at(beat.trunc(clog2(beats))));

    const doneVm = io.done.payload.tag.trunc(Vm.width);
    const is = (vm: UInt, valid: Bool, v: number) => valid.and(vm.eq(v));
    const bell = io.head_bell;
    const bellVm = elementIndex(bell.payload.vm, vms);
    const consumed = bell.payload.index.sub(head.at(bellVm));
    const bellRight = consumed.le(tail.at(bellVm).sub(head.at(bellVm)));
    const one = (happens: Bool) => happens.toUInt().zext(QueueIndex.width);
    for (let v = 0; v < vms; v++) {
      const counts = io.enable.at(v).and(known.at(v));
      io.room.at(v).set(allOf(counts, left.at(v).ne(0)));
      // One less than there is: an event may be about to take the last place, and cannot step back.
      io.may_reserve.at(v).set(allOf(counts, left.at(v).shr(1).ne(0)));
      const [takes, gives] = [is(io.reserve.payload, io.reserve.valid, v), is(io.release.payload, io.release.valid, v)];
      const answers = is(status.vm, io.status.fire, v);
      const tells = is(io.allocate.payload, io.allocate.valid, v);
      const frees = allOf(is(bellVm, bell.valid, v), bellRight);
      const size = lit(QueueIndex, 1).shl(io.size_log2.at(v));
      known.at(v).next = io.enable.at(v);
      when(io.enable.at(v), () => {
        left.at(v).next = mux(known.at(v), left.at(v).add(mux(frees, consumed, 0)).add(one(gives)).sub(one(takes)).sub(one(tells)), size);
        reserved.at(v).next = reserved.at(v).add(one(takes)).sub(one(gives)).sub(one(answers));
        tail.at(v).next = tail.at(v).add(answers.toUInt().addc(tells.toUInt()).zext(QueueIndex.width));
        when(frees, () => { head.at(v).next = bell.payload.index; });
        when(gives.or(answers), () => { assert(reserved.at(v).ne(0), 'completion: a place is given back or used that was never reserved'); });
        when(known.at(v), () => {
          assert(tail.at(v).sub(head.at(v)).add(reserved.at(v)).add(left.at(v)).eq(size), 'completion: places are written, reserved or left');
          assert(left.at(v).le(size), 'completion: more places are taken than there are');
        });
      }).otherwise(() => {
        reserved.at(v).next = 0;
        tail.at(v).next = 0;
        head.at(v).next = 0;
      });
      const [starts, ends] = [allOf(io.request.fire, current.vm.eq(v)), is(doneVm, io.done.valid, v)];
      under.at(v).next = under.at(v).add(starts.toUInt().zext(Under.width)).sub(ends.toUInt().zext(Under.width));
      io.quiet.at(v).set(allOf(under.at(v).eq(0), idle.or(current.vm.ne(v))));
    }
    io.bad_bell.valid.set(allOf(bell.valid, io.enable.at(bellVm), bellRight.not()));
    io.bad_bell.payload.set(bellVm);
    io.tail.set(tail);
    io.head.set(head);
    io.written.valid.set(allOf(io.done.valid, io.done.payload.error.not()));
    io.written.payload.set(doneVm);
    io.failed.valid.set(allOf(io.done.valid, io.done.payload.error));
    io.failed.payload.set(doneVm);
    io.dropped.valid.set(dropped);
    io.dropped.payload.set(current.vm);
    return { tail_q: tail, head_q: head, left, known, reserved, under, step, current, requested, beat, turn, fields, address, dropped_now: dropped };
  });
}
