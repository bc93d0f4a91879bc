/**
 * The ports that are listened on: found by VLAN, local address and port, opened and closed by commands of their VM.
 *
 * A look-up takes 2 cycles if nothing has its hash, else 2 + k with k the place in the chain of that hash, 1 if it is alone
 * there; a command a few more. One at a time, look-ups and commands in turn.
 * It neither hashes (the caller has the keyed hash) nor holds posted rings: those are `pre-posts.ts`, told of closed ports.
 */
import {
  allOf, anyOf, Bool, Bundle, cat, clog2, Enum, In, inst, type Like, lit, match, mem, module, mux, Out, type Read, reg, scope, Stream, UInt, Valid, type ValidSource, Vec, when, wire,
} from '@vtoe/hdl';
import { arbiter, forwarded, readWhen } from '@vtoe/hdl/lib';
import { ListenKey } from './flow-key.ts';
import { RingSize } from './tcb.ts';
import { vmIndex } from './vm-policy.ts';

export interface ListenersOptions {
  /** Power of two from 2 up. */
  readonly listeners: number;
  readonly vms: number;
}

/** Add: opens a port. Remove: closes it. Check: whether rings of these sizes may be posted. */
export const ListenOperation = Enum('ListenOperation', ['Add', 'Remove', 'Check']);
/** How a command ended; but for `Ok` nothing has changed. */
export const ListenResult = Enum('ListenResult', ['Ok', 'BadHandle', 'BadRing', 'InUse', 'NoResources']);

const Stage = Enum('ListenStage', ['Clear', 'Idle', 'Head', 'Chain', 'Place', 'Own', 'Before', 'Unlink', 'Tell']);
const Job = Enum('ListenJob', ['Lookup', 'Add', 'Remove', 'Check', 'Walk']);

export const listenersShapes = ({ listeners, vms }: ListenersOptions) => {
  const [listener, vm] = [UInt(clog2(listeners)), vmIndex(vms)];
  /** What LISTEN settles for all connections of the port. */
  const settings = { rx_size: RingSize, tx_size: RingSize, backlog: UInt(16) };
  return {
    listener, vm, settings,
    Request: Bundle('ListenRequest', { key: ListenKey, hash: UInt(32) }),
    Found: Bundle('ListenFound', {
      found: Bool, listener, generation: UInt(16), vm, ...settings,
      /** Fewer connections of this port are half open than its backlog says. */
      room: Bool,
    }),
    Command: Bundle('ListenCommand', {
      operation: ListenOperation, vm,
      /** Add. */
      key: ListenKey, hash: UInt(32), ...settings,
      /** Remove, Check. */
      listener, generation: UInt(16),
    }),
    Done: Bundle('ListenDone', { result: ListenResult, listener, generation: UInt(16) }),
    Closed: Bundle('ListenClosed', { listener, vm, /** The VM is reset: nobody is told of its rings. */ silent: Bool }),
  };
};

export function listeners(options: ListenersOptions) {
  const { listeners: depth, vms } = options;
  const { listener: index, vm: vmShape, settings, Request, Found, Command, Done, Closed } = listenersShapes(options);
  const Link = Bundle('ListenLink', { valid: Bool, index });
  const Entry = Bundle('ListenWord', { valid: Bool, generation: UInt(16), vm: vmShape, key: ListenKey, bucket: index, link: Link, ...settings });
  const level = UInt(index.width + 1);
  return module('listeners', { n: depth, v: vms }, {
    request: In(Stream(Request)),
    /** To each request, in order. */
    answer: Out(Stream(Found)),
    command: In(Stream(Command)),
    /** To each command, in order. */
    done: Out(Stream(Done)),
    /** A port was closed, before its command is answered. */
    closed: Out(Stream(Closed)),
    /** A connection of this port is half open from now on, or no longer. Never wait. */
    half_open_begin: In(Valid(index)),
    half_open_end: In(Valid(index)),
    /** Closes all ports of a VM; ready when that is done. */
    remove_vm: In(Stream(vmShape)),
    /** Ports that each VM may listen on at a time. */
    quota: In(Vec(level, vms)),
    ready: Out(Bool),
    /** No register changes at the end of this cycle. */
    idle: Out(Bool),
  }, (io) => {
    const entries = mem(Entry, depth, { style: 'block' });
    const heads = mem(Link, depth, { style: 'block' });
    const used = mem(level, vms, { style: 'distributed' });
    const stage = reg(Stage);
    const [clear, idle] = [stage.eq('Clear'), stage.eq('Idle')];
    const position = reg(UInt(clog2(Math.max(depth, vms)) + 1));
    const at = position.trunc(index.width);

    // Half-open connections are those that began less those that ended: two counters, a writer each.
    const counter = (event: ValidSource<typeof index>) => scope('counter', () => {
      const counts = forwarded(UInt(16), depth);
      const busy = { valid: reg(Bool), index: reg(index) };
      busy.valid.next = event.valid;
      when(event.valid, () => { busy.index.next = event.payload; });
      const before = counts.read({ address: event.payload });
      counts.write({ enable: clear.or(busy.valid), address: mux(clear, at, busy.index), data: mux(clear, 0, before.add(1)) });
      return { counts, busy };
    });
    const [begun, ended] = [counter(io.half_open_begin), counter(io.half_open_end)];

    // Whose turn it is.
    const job = reg(Job);
    const request = reg(Request, { reset: false });
    const command = reg(Command, { reset: false });
    const answer = { valid: reg(Bool), payload: reg(Found, { reset: false }) };
    const done = { valid: reg(Bool), payload: reg(Done, { reset: false }) };
    const answerFree = answer.valid.not().or(io.answer.ready);
    const doneFree = done.valid.not().or(io.done.ready);
    const walking = reg(Bool);
    const wanted = cat(walking.toUInt(), io.command.valid.and(doneFree).toUInt(), io.request.valid.and(answerFree).toUInt());
    const turns = inst(arbiter({ requesters: 3 }), { request: wanted, advance: idle });
    const [takeRequest, takeCommand, takeWalk] = [0, 1, 2].map((i) => turns.grant.bit(i).and(idle)) as [Bool, Bool, Bool];
    io.request.ready.set(takeRequest);
    io.command.ready.set(takeCommand);
    const asked = io.command.payload;
    const adds = takeCommand.and(asked.operation.eq('Add'));

    // Memory: each stage asks for the word that the next one looks at. The chain of a hash is linked by `link`, so is the
    // list of places that were used before.
    const readHead = { enable: wire(Bool), address: wire(index) };
    const readEntry = { enable: wire(Bool), address: wire(index) };
    const head = readWhen(readHead.enable, heads, readHead.address);
    const entry = readWhen(readEntry.enable, entries, readEntry.address);
    const openNow = begun.counts.read({ enable: readEntry.enable, address: readEntry.address })
      .sub(ended.counts.read({ enable: readEntry.enable, address: readEntry.address }));
    const writeHead = { enable: wire(Bool), address: wire(index), data: wire(Link) };
    const writeEntry = { enable: wire(Bool), address: wire(index), data: wire(Entry) };
    when(writeHead.enable, () => { heads.write(writeHead.address, writeHead.data); });
    when(writeEntry.enable, () => { entries.write(writeEntry.address, writeEntry.data); });

    const first = reg(Link, { reset: false });
    const [current, previous] = [reg(index, { reset: false }), reg(index, { reset: false })];
    const victim = reg(Entry, { reset: false });
    const free = reg(Link);
    const fresh = reg(level);
    const place = mux(free.valid, free.index, fresh.trunc(index.width));
    const [key, bucket] = [mux(job.eq('Lookup'), request.key, command.key), command.hash.trunc(index.width)];
    const walkVm = reg(vmShape);
    /** Whose ports are counted: of the VM that adds, or whose port is removed. */
    const account = reg(vmShape);
    const usedNow = used.read(account);

    readHead.enable.set(takeRequest.or(adds));
    readHead.address.set(mux(takeRequest, io.request.payload.hash, asked.hash).trunc(index.width));
    readEntry.enable.set(takeWalk.or(takeCommand.and(adds.not())));
    readEntry.address.set(mux(takeWalk, at, asked.listener));
    writeHead.enable.set(clear);
    writeHead.address.set(at);
    writeHead.data.set({ valid: false, index: 0 });
    writeEntry.enable.set(clear);
    writeEntry.address.set(at);
    writeEntry.data.set(victim);
    writeEntry.data.valid.set(false);
    writeEntry.data.generation.set(0);
    io.closed.valid.set(stage.eq('Tell'));
    io.closed.payload.set({ listener: current, vm: victim.vm, silent: job.eq('Walk') });
    const finished = wire(Bool);
    finished.set(false);

    when(answer.valid.and(io.answer.ready), () => { answer.valid.next = false; });
    when(done.valid.and(io.done.ready), () => { done.valid.next = false; });
    const respond = (found: Bool | boolean): void => {
      answer.valid.next = true;
      answer.payload.next = {
        found, listener: current, generation: entry.generation, vm: entry.vm,
        rx_size: entry.rx_size, tx_size: entry.tx_size, backlog: entry.backlog, room: openNow.lt(entry.backlog),
      };
      stage.next = 'Idle';
    };
    /** The end of a command, or of a step of the walk. */
    const end = (result: Like<typeof ListenResult>, listener: UInt, generation: UInt): void => {
      stage.next = 'Idle';
      when(job.eq('Walk'), () => { finished.set(true); }).otherwise(() => {
        done.valid.next = true;
        done.payload.next = { result, listener, generation };
      });
    };
    /** Add: nobody has the key. */
    const allocate = (): void => {
      when(anyOf(allOf(free.valid.not(), fresh.eq(depth)), usedNow.ge(io.quota.at(account))), () => { end('NoResources', place, command.generation); })
        .otherwise(() => {
          readEntry.enable.set(true);
          readEntry.address.set(place);
          stage.next = 'Place';
        });
    };
    const follow = (link: Read<typeof Link>): void => {
      readEntry.enable.set(true);
      readEntry.address.set(link.index);
      current.next = link.index;
    };

    match(stage, {
      Clear: () => {
        position.next = position.add(1);
        when(position.lt(vms), () => { used.write(position.trunc(vmShape.width), 0); });
        when(position.eq(Math.max(depth, vms) - 1), () => {
          stage.next = 'Idle';
          position.next = 0;
        });
      },
      Idle: () => {
        when(takeRequest, () => {
          job.next = 'Lookup';
          request.next = io.request.payload;
          stage.next = 'Head';
        });
        when(takeCommand, () => {
          match(asked.operation, { Add: () => { job.next = 'Add'; }, Remove: () => { job.next = 'Remove'; }, Check: () => { job.next = 'Check'; } });
          command.next = asked;
          account.next = asked.vm;
          current.next = asked.listener;
          stage.next = mux(adds, 'Head', lit(Stage, 'Own'));
        });
        when(takeWalk, () => {
          job.next = 'Walk';
          current.next = at;
          stage.next = 'Own';
        });
      },
      Head: () => {
        first.next = head;
        when(head.valid, () => {
          follow(head);
          stage.next = 'Chain';
        }).elsewhen(job.eq('Lookup'), () => { respond(false); }).otherwise(allocate);
      },
      Chain: () => {
        const same = entry.key.eq(key);
        when(same, () => {
          when(job.eq('Lookup'), () => { respond(true); }).otherwise(() => { end('InUse', current, entry.generation); });
        }).elsewhen(entry.link.valid, () => { follow(entry.link); })
          .elsewhen(job.eq('Lookup'), () => { respond(false); }).otherwise(allocate);
      },
      Place: () => {
        writeEntry.enable.set(true);
        writeEntry.address.set(place);
        writeEntry.data.set({
          valid: true, generation: entry.generation, vm: command.vm, key: command.key, bucket, link: first,
          rx_size: command.rx_size, tx_size: command.tx_size, backlog: command.backlog,
        });
        writeHead.enable.set(true);
        writeHead.address.set(bucket);
        writeHead.data.set({ valid: true, index: place });
        when(free.valid, () => { free.next = entry.link; }).otherwise(() => { fresh.next = fresh.add(1); });
        used.write(account, usedNow.add(1));
        end('Ok', place, entry.generation);
      },
      Own: () => {
        const owner = mux(job.eq('Walk'), walkVm, command.vm);
        const named = job.eq('Walk').or(entry.generation.eq(command.generation));
        victim.next = entry;
        account.next = owner;
        when(allOf(entry.valid, entry.vm.eq(owner), named).not(), () => { end('BadHandle', current, command.generation); })
          .elsewhen(job.eq('Check'), () => {
            const fits = entry.rx_size.eq(command.rx_size).and(entry.tx_size.eq(command.tx_size));
            end(mux(fits, 'Ok', lit(ListenResult, 'BadRing')), current, entry.generation);
          }).otherwise(() => {
            readHead.enable.set(true);
            readHead.address.set(entry.bucket);
            stage.next = 'Before';
          });
      },
      Before: () => {
        writeHead.address.set(victim.bucket);
        writeHead.data.set(victim.link);
        when(head.index.eq(current), () => {
          writeHead.enable.set(true);
          stage.next = 'Tell';
        }).otherwise(() => {
          readEntry.enable.set(true);
          readEntry.address.set(head.index);
          previous.next = head.index;
          stage.next = 'Unlink';
        });
      },
      Unlink: () => {
        writeEntry.address.set(previous);
        writeEntry.data.set(entry);
        writeEntry.data.link.set(victim.link);
        when(entry.link.index.eq(current), () => {
          writeEntry.enable.set(true);
          stage.next = 'Tell';
        }).otherwise(() => {
          readEntry.enable.set(true);
          readEntry.address.set(entry.link.index);
          previous.next = entry.link.index;
        });
      },
      Tell: () => {
        writeEntry.address.set(current);
        writeEntry.data.generation.set(victim.generation.add(1));
        writeEntry.data.link.set(free);
        when(io.closed.ready, () => {
          writeEntry.enable.set(true);
          free.next = { valid: true, index: current };
          used.write(account, usedNow.sub(1));
          end('Ok', current, victim.generation);
        });
      },
    });

    when(walking.not().and(io.remove_vm.valid).and(clear.not()), () => {
      walking.next = true;
      walkVm.next = io.remove_vm.payload;
    });
    const last = finished.and(position.eq(depth - 1));
    when(finished, () => { position.next = mux(last, 0, position.add(1)); });
    when(last, () => { walking.next = false; });
    io.remove_vm.ready.set(last);

    io.answer.valid.set(answer.valid);
    io.answer.payload.set(answer.payload);
    io.done.valid.set(done.valid);
    io.done.payload.set(done.payload);
    io.ready.set(clear.not());
    const busy = anyOf(idle.not(), answer.valid, done.valid, wanted.orR(), io.remove_vm.valid, io.request.valid, io.command.valid);
    io.idle.set(anyOf(busy, begun.busy.valid, ended.busy.valid, io.half_open_begin.valid, io.half_open_end.valid).not());
    return { entries, heads, used, stage, position, begun, ended, job, request, command, answer, done, walking, turns, readHead, readEntry, writeHead, writeEntry, first, current, previous, victim, account, free, fresh, walkVm };
  });
}
