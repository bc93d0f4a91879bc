/**
 * Opens and closes ports for guests, and posts rings for their next connections: LISTEN, UNLISTEN and ACCEPT.
 *
 * One command at a time: 25 cycles from the entry to the end of LISTEN, 5 for UNLISTEN, 7 for ACCEPT, besides what listeners and
 * posts take.
 * It tells nobody of rings that come back unused (`canceled.ts`), and makes no connections.
 *
 * Whose address, port or listener it is follows from the VM that the command came from, never from the command.
 */
import { allOf, Bool, Enum, In, inst, lit, match, module, mux, Out, reg, Stream, UInt, Valid, when, wire } from '@vtoe/hdl';
import { serialSiphash } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { flagBundle } from '../flag-bundle.ts';
import { addressShapes, LocalAddress } from '../net/addresses.ts';
import { Status } from '../protocol/completion-entry.ts';
import { AcceptEntry, ListenEntry, Opcode, SubmissionEntry } from '../protocol/submission-entry.ts';
import { FLOW_KEY_BYTES, FlowSecret, listenMessage } from '../tcp/flow-hash.ts';
import { ListenKey } from '../tcp/flow-key.ts';
import { listenersShapes, ListenOperation } from '../tcp/listeners.ts';
import { prePostsShapes } from '../tcp/pre-posts.ts';
import { CommandEnd } from './command.ts';
import { addressOf, isAvailable, isBadRing } from './command-checks.ts';
import { fetchedEntry } from './submission.ts';

/** Ask, Look: its local address is read. Check: what is asked. Hash: of its port. Command, Done: the listeners; Post, Posted: the posts. End. */
const Step = Enum('ListeningStep', ['Take', 'Ask', 'Look', 'Check', 'Hash', 'Command', 'Done', 'Post', 'Posted', 'End']);

export const LISTEN_COUNTERS = {
  opened: 'A port was opened.',
  closed: 'A port was closed.',
  posted: 'Rings were posted.',
  refused: 'A field, a ring, an address or a handle is wrong.',
  in_use: 'A port was in use.',
  full: 'No listener or no place for posted rings was left, of all or of the VM.',
} as const;
type Counter = keyof typeof LISTEN_COUNTERS;
export const ListenCounters = flagBundle('ListenCounters', LISTEN_COUNTERS);

export const listeningPorts = (config: Config) => {
  const ports = listenersShapes(config);
  const posts = prePostsShapes(config);
  return {
    /** LISTEN, UNLISTEN, ACCEPT; `done` before the next. */
    entry: In(Stream(fetchedEntry(config.vms))),
    done: Out(Valid(CommandEnd)),
    /** Which local address? It comes one cycle later. */
    address_index: Out(addressShapes(config).index),
    address: In(LocalAddress),
    /** That of the flow table. */
    secret: In(FlowSecret),
    command: Out(Stream(ports.Command)), commanded: In(Stream(ports.Done)),
    post: Out(Stream(posts.Post)), posted: In(Stream(posts.Posted)),
    counters: Out(ListenCounters),
    /** No command is here. */
    idle: Out(Bool),
  };
};

/** Commands of ports that are listened on, for `config`. */
export function listening(config: Config) {
  const { vms, connections, listeners, addressesPerVm } = config;
  const { listener: Listener, Command } = listenersShapes(config);
  return module('listening', { n: connections, l: listeners, p: config.prePosts, v: vms, a: addressesPerVm }, listeningPorts(config), (io) => {
    const step = reg(Step);
    const held = reg(fetchedEntry(vms), { reset: false });
    const local = reg(LocalAddress, { reset: false });
    const hash = reg(UInt(32), { reset: false });
    const handle = reg(CommandEnd.fields.handle, { reset: false });
    const status = reg(UInt(Status.width), { reset: false });
    const { opcode } = SubmissionEntry.fromLanes(held.lanes);
    const listen = ListenEntry.fromLanes(held.lanes);
    // UNLISTEN has its handle at the same place.
    const accept = AcceptEntry.fromLanes(held.lanes);
    const [opens, posts] = [opcode.eq(Opcode.value.LISTEN), opcode.eq(Opcode.value.ACCEPT)];
    const counters = wire(ListenCounters);
    counters.set({ opened: false, closed: false, posted: false, refused: false, in_use: false, full: false });

    const among = listen.address_index;
    io.address_index.set(addressOf(config, held.vm, among));
    const available = isAvailable(config, local, { among, port: listen.local_port });
    const badRing = isBadRing(listen.rx_log2_bytes, listen.tx_log2_bytes);

    const key = wire(ListenKey);
    key.set({ vlan: local.vlan, local_address: local.address, local_port: listen.local_port });
    const hasher = inst(serialSiphash({ bytes: FLOW_KEY_BYTES, halves: true }), { key: io.secret });
    hasher.in.valid.set(step.eq('Hash'));
    hasher.in.payload.set(listenMessage(key));

    // Listeners stand behind the connections.
    const named = accept.handle.index.sub(connections);
    const isListener = allOf(accept.handle.index.ge(connections), named.lt(listeners));
    const operation = wire(ListenOperation);
    operation.set(mux(opens, 'Add', mux(posts, lit(ListenOperation, 'Check'), 'Remove')));
    const command = wire(Command);
    command.set({
      operation, vm: held.vm, key, hash,
      rx_size: mux(opens, listen.rx_log2_bytes, accept.rx_ring.log2_bytes), tx_size: mux(opens, listen.tx_log2_bytes, accept.tx_ring.log2_bytes), backlog: listen.backlog,
      listener: named.trunc(Listener.width), generation: accept.handle.generation,
    });
    io.command.valid.set(step.eq('Command'));
    io.command.payload.set(command);
    io.commanded.ready.set(step.eq('Done'));
    io.post.valid.set(step.eq('Post'));
    io.post.payload.set({ listener: command.listener, vm: held.vm, rx_ring: accept.rx_ring, tx_ring: accept.tx_ring, command_id: accept.command_id });
    io.posted.ready.set(step.eq('Posted'));

    io.entry.ready.set(step.eq('Take'));
    io.done.valid.set(step.eq('End'));
    io.done.payload.set({ status, handle });
    io.counters.set(counters);
    io.idle.set(step.eq('Take').and(io.entry.valid.not()));

    const ends = (why: keyof typeof Status.value, count: Counter): void => {
      status.next = Status.value[why];
      counters[count].set(true);
      step.next = 'End';
    };
    match(step, {
      Take: () => {
        when(io.entry.valid, () => {
          held.next = io.entry.payload;
          step.next = 'Ask';
        });
      },
      Ask: () => {
        handle.next = { index: mux(opens, 0, accept.handle.index), generation: mux(opens, 0, accept.handle.generation) };
        when(opens, () => { step.next = 'Look'; })
          .elsewhen(isListener, () => { step.next = 'Command'; })
          .otherwise(() => { ends('BAD_HANDLE', 'refused'); });
      },
      Look: () => {
        local.next = io.address;
        step.next = 'Check';
      },
      Check: () => {
        step.next = 'Hash';
        when(badRing, () => { ends('BAD_RING', 'refused'); })
          .elsewhen(available.not(), () => { ends('ADDRESS_NOT_AVAILABLE', 'refused'); });
      },
      Hash: () => {
        hash.next = hasher.hash.trunc(32);
        when(hasher.in.ready, () => { step.next = 'Command'; });
      },
      Command: () => { when(io.command.ready, () => { step.next = 'Done'; }); },
      Done: () => {
        const { result, listener, generation } = io.commanded.payload;
        when(io.commanded.valid, () => {
          match(result, {
            Ok: () => {
              when(opens, () => {
                handle.next = { index: listener.zext(16).add(connections), generation };
                ends('OK', 'opened');
              }).elsewhen(posts, () => { step.next = 'Post'; })
                .otherwise(() => { ends('OK', 'closed'); });
            },
            BadHandle: () => { ends('BAD_HANDLE', 'refused'); },
            BadRing: () => { ends('BAD_RING', 'refused'); },
            InUse: () => { ends('ADDRESS_IN_USE', 'in_use'); },
            NoResources: () => { ends('NO_RESOURCES', 'full'); },
          });
        });
      },
      Post: () => { when(io.post.ready, () => { step.next = 'Posted'; }); },
      Posted: () => {
        when(io.posted.valid, () => {
          when(io.posted.payload.ok, () => { ends('OK', 'posted'); }).otherwise(() => { ends('NO_RESOURCES', 'full'); });
        });
      },
      End: () => { step.next = 'Take'; },
    });
    return { step, held, local, hash, handle, status, key, hasher, operation, command_now: command };
  });
}
