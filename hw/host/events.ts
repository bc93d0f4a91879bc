/**
 * Event words: what happened to each connection and was not yet told to its guest, and whose turn it is to be told.
 *
 * Takes a notification in every cycle and gives an entry every other cycle, four cycles after its notification at best.
 * It writes nothing to memory and waits for no DMA: what it is told may be told to the guest (see `event-order.ts`).
 *
 * A connection has at most one entry that its guest has not consumed. What happens meanwhile sets bits of its word; when
 * the guest's CQ head passes the entry, the connection is queued again, with the newest positions. So a queue with a place
 * for each connection never overflows, and a guest that does not read keeps nobody waiting but itself.
 */
import { allOf, assert, Bool, Bundle, cat, clog2, Enum, In, inst, lit, match, module, Out, pack, reg, Stream, UInt, unpack, Valid, Vec, when, wire } from '@vtoe/hdl';
import { arbiter, forwarded } from '@vtoe/hdl/lib';
import { flagBundle } from '../flag-bundle.ts';
import { Status } from '../protocol/completion-entry.ts';

/** What may have happened, as the completion entry names it. */
export const EVENT_KINDS = ['connected', 'accepted', 'data', 'sent', 'peer_closed', 'closed', 'reset', 'error'] as const;
export const EventKinds = flagBundle('EventKinds', EVENT_KINDS);

export interface EventsOptions {
  readonly connections: number;
  readonly vms: number;
}

/** Bits of an index of `count` things. */
export const indexBits = (count: number): number => Math.max(1, clog2(count));

/** Free-running index of a completion queue's entries: wider than the largest queue, so that full and empty differ. */
export const QueueIndex = UInt(20);

/** What is told to the guest. */
export const eventNotice = ({ connections, vms }: EventsOptions) => Bundle('EventNotice', {
  connection: UInt(indexBits(connections)),
  /** Of the connection's handle. */
  generation: UInt(16),
  vm: UInt(indexBits(vms)),
  kinds: EventKinds,
  /** How the connection ended; counts with `final` or `kinds.error`. */
  status: UInt(Status.width),
  /** Absolute positions, the newest. */
  rx_filled: UInt(32),
  tx_freed: UInt(32),
  /** The rings are never touched again. */
  final: Bool,
});

/** What the guest is told of the other end. */
export const Peer = Bundle('Peer', {
  remote_address: UInt(32),
  remote_port: UInt(16),
  /** Of the ACCEPT whose rings the connection took. */
  command_id: UInt(16),
});

/** An entry with its place in the queue. */
export const eventEntry = (options: EventsOptions) => Bundle('EventEntry', { notice: eventNotice(options), peer: Peer, index: QueueIndex });

/** Where a connection is: in no list, waiting for an entry, or with an entry that was not consumed. */
const Listed = Enum('Listed', ['Nowhere', 'Pending', 'Outstanding']);

const Operation = Enum('Operation', ['None', 'Clear', 'Notify', 'Tell', 'Check']);

export const eventsPorts = (options: EventsOptions) => ({
  /** Never waits. */
  notify: In(Valid(eventNotice(options))),
  /** By VM: its completion queue has a place that nobody reserved. */
  room: In(Vec(Bool, options.vms)),
  /** By VM: index of the next entry. */
  tail: In(Vec(QueueIndex, options.vms)),
  /** By VM: entries up to before this index were consumed. */
  head: In(Vec(QueueIndex, options.vms)),
  /** The place `tail` of this VM is taken now. */
  allocate: Out(Valid(UInt(indexBits(options.vms)))),
  entry: Out(Stream(eventEntry(options))),
  /** Whose `peer` is wanted in the next cycle: before the slot can be another's. */
  lookup: Out(UInt(indexBits(options.connections))),
  peer: In(Peer),
  /** A FINAL entry of this connection was given to `entry`: its slot may be used again. */
  finished: Out(Valid(UInt(indexBits(options.connections)))),
  /** All words are cleared: before that, nothing may be notified. */
  ready: Out(Bool),
  /** Nothing waits for anything but a guest. */
  idle: Out(Bool),
});

/** @param options `connections` words; `vms` lists */
export function events(options: EventsOptions) {
  const { connections, vms } = options;
  const Connection = UInt(indexBits(connections));
  const Vm = UInt(indexBits(vms));
  const Notice = eventNotice(options);
  /** `index`: of the entry that is outstanding. */
  const Word = Bundle('EventWord', { listed: Listed, index: QueueIndex, notice: Notice });

  return module('events', { n: connections, v: vms }, eventsPorts(options), (io) => {
    const words = forwarded(Word, connections);
    /** Of a connection in a list: the one behind it. */
    const links = forwarded(Connection, connections);
    const pending = lists(connections, vms);
    const outstanding = lists(connections, vms);
    /** The VM's head moved since its oldest outstanding entry was looked at. */
    const moved = reg(Vec(Bool, vms));
    const seen = reg(Vec(QueueIndex, vms));

    // Stage 0: what is done next, and for whom.
    const cleared = reg(UInt(Connection.width + 1));
    const ready = cleared.bit(Connection.width);
    when(ready.not(), () => { cleared.next = cleared.add(1); });

    const done = { operation: reg(Operation), connection: reg(Connection, { reset: false }), vm: reg(Vm), notice: reg(Notice, { reset: false }) };
    const full = reg(Bool);
    const held = reg(eventEntry(options), { reset: false });
    // The output register takes one entry; a place is looked for again only when the last one was counted.
    const mayTell = allOf(done.operation.ne('Tell'), full.not().or(io.entry.ready));
    const wants = (wish: (vm: number) => Bool) => cat(...Array.from({ length: vms }, (_, vm) => wish(vms - 1 - vm)));
    const tellNext = inst(arbiter({ requesters: vms }), { request: wants((vm) => allOf(pending.some.at(vm), io.room.at(vm), mayTell)) });
    // What stage 1 is looking at may leave the list.
    const checked = (vm: number) => allOf(done.operation.eq('Check'), done.vm.eq(vm));
    const checkNext = inst(arbiter({ requesters: vms }), { request: wants((vm) => allOf(outstanding.some.at(vm), moved.at(vm), checked(vm).not())) });

    const next = wire(Operation);
    const connection = wire(Connection);
    const vm = wire(Vm);
    next.set('None');
    connection.set(io.notify.payload.connection);
    vm.set(0);
    when(ready.not(), () => {
      next.set('Clear');
      connection.set(cleared.trunc(Connection.width));
    }).elsewhen(io.notify.valid, () => {
      next.set('Notify');
      vm.set(io.notify.payload.vm);
    }).elsewhen(checkNext.valid, () => {
      next.set('Check');
      connection.set(outstanding.first.at(checkNext.index));
      vm.set(checkNext.index);
    }).elsewhen(tellNext.valid, () => {
      next.set('Tell');
      connection.set(pending.first.at(tellNext.index));
      vm.set(tellNext.index);
    });
    tellNext.advance.set(next.eq('Tell'));
    checkNext.advance.set(next.eq('Check'));
    done.operation.next = next;
    done.connection.next = connection;
    done.vm.next = vm;
    done.notice.next = io.notify.payload;

    // Stage 1: the word as it is, and what becomes of it.
    const word = words.read({ address: connection });
    const behind = links.read({ address: connection });
    const changed = wire(Word);
    changed.set(word);
    const link = { enable: wire(Bool), address: wire(Connection) };
    link.enable.set(false);
    link.address.set(done.connection);
    const allocate = wire(Bool);
    allocate.set(false);
    /** Puts the connection at the end of a list. */
    const push = (list: Lists): void => {
      const some = list.some.at(done.vm);
      link.enable.set(some);
      link.address.set(list.last.at(done.vm));
      list.last.at(done.vm).next = done.connection;
      list.some.at(done.vm).next = true;
      when(some.not(), () => { list.first.at(done.vm).next = done.connection; });
    };
    /** Takes the connection, which is the first, out of a list. */
    const pull = (list: Lists): void => {
      list.first.at(done.vm).next = behind;
      when(list.first.at(done.vm).eq(list.last.at(done.vm)), () => { list.some.at(done.vm).next = false; });
    };
    const passed = io.head.at(done.vm).sub(word.index).sgt(0);
    const waiting = pack(word.notice.kinds).orR().or(word.notice.final);

    for (let v = 0; v < vms; v++) {
      seen.at(v).next = io.head.at(v);
      when(io.head.at(v).ne(seen.at(v)), () => { moved.at(v).next = true; });
    }
    when(io.entry.ready, () => { full.next = false; });
    match(done.operation, {
      None: () => {},
      Clear: () => {
        changed.listed.set('Nowhere');
        changed.notice.kinds.set(unpack(EventKinds, lit(UInt(EVENT_KINDS.length), 0)));
        changed.notice.final.set(false);
        changed.notice.status.set(0);
      },
      Notify: () => {
        const { notice } = done;
        changed.notice.set(notice);
        changed.notice.kinds.set(unpack(EventKinds, pack(word.notice.kinds).or(pack(notice.kinds))));
        // FINAL alone brings no positions.
        when(pack(notice.kinds).orR().not(), () => {
          changed.notice.rx_filled.set(word.notice.rx_filled);
          changed.notice.tx_freed.set(word.notice.tx_freed);
        });
        // How it ended stays known, whatever is told after it.
        when(notice.status.eq(Status.value.OK), () => { changed.notice.status.set(word.notice.status); });
        changed.notice.final.set(word.notice.final.or(notice.final));
        when(word.listed.eq('Nowhere'), () => {
          changed.listed.set('Pending');
          push(pending);
        });
      },
      Tell: () => {
        pull(pending);
        allocate.set(true);
        full.next = true;
        held.next = { notice: word.notice, peer: io.peer, index: io.tail.at(done.vm) };
        changed.index.set(io.tail.at(done.vm));
        changed.notice.kinds.set(unpack(EventKinds, lit(UInt(EVENT_KINDS.length), 0)));
        changed.notice.final.set(false);
        changed.notice.status.set(0);
        // The slot of a connection that ended may be another's before the guest has read so.
        when(word.notice.final, () => { changed.listed.set('Nowhere'); })
          .otherwise(() => {
            changed.listed.set('Outstanding');
            push(outstanding);
          });
      },
      Check: () => {
        when(passed, () => {
          pull(outstanding);
          when(waiting, () => {
            changed.listed.set('Pending');
            push(pending);
          }).otherwise(() => { changed.listed.set('Nowhere'); });
        }).elsewhen(io.head.at(done.vm).eq(seen.at(done.vm)), () => { moved.at(done.vm).next = false; });
      },
    });
    words.write({ enable: done.operation.ne('None'), address: done.connection, data: changed });
    links.write({ enable: link.enable, address: link.address, data: done.connection });

    io.lookup.set(connection);
    io.allocate.valid.set(allocate);
    io.allocate.payload.set(done.vm);
    io.finished.valid.set(allocate.and(word.notice.final));
    io.finished.payload.set(done.connection);
    io.entry.valid.set(full);
    io.entry.payload.set(held);
    io.ready.set(ready);
    io.idle.set(allOf(next.eq('None'), done.operation.eq('None'), full.not()));

    when(done.operation.eq('Tell'), () => {
      assert(word.listed.eq('Pending'), 'events: who is told was waiting for it');
      assert(waiting, 'events: there is something to tell');
    });
    when(done.operation.eq('Check'), () => { assert(word.listed.eq('Outstanding'), 'events: an entry that may be consumed is outstanding'); });
    when(io.notify.valid, () => { assert(ready, 'events: notified before all words are cleared'); });
    return { words, links, pending, outstanding, moved, seen, cleared, done, full, held, tellNext, checkNext, next, changed };
  });
}

/** A linked list of connections for each VM. */
function lists(connections: number, vms: number) {
  const Connection = UInt(indexBits(connections));
  return { some: reg(Vec(Bool, vms)), first: reg(Vec(Connection, vms), { reset: false }), last: reg(Vec(Connection, vms), { reset: false }) };
}
type Lists = ReturnType<typeof lists>;


