/**
 * Posted ACCEPTs: the rings for the next connections of a listener, in the order in which they were posted.
 *
 * One command at a time: a post takes 2 cycles, a take 2 or 3, its settlement 2 to 4, the closing of a port 2 or 3 however many
 * posts it has, telling of one that ended 3.
 * It does not check who owns a listener or whether a ring has the right size: `listeners.ts` does, before a post.
 */
import { anyOf, Bool, Bundle, cat, clog2, Enum, In, inst, lit, match, mem, module, mux, Out, reg, Stream, UInt, Vec, when, wire } from '@vtoe/hdl';
import { arbiter, readWhen } from '@vtoe/hdl/lib';
import { RingDescriptor } from '../protocol/ring-descriptor.ts';
import { listenersShapes } from './listeners.ts';
import { vmIndex } from './vm-policy.ts';

export interface PrePostsOptions {
  /** Powers of two from 2 up. */
  readonly listeners: number;
  readonly prePosts: number;
  readonly vms: number;
}

/** What ACCEPT brought: two rings, and the command that is answered by the connection. */
const accept = { rx_ring: RingDescriptor.shape, tx_ring: RingDescriptor.shape, command_id: UInt(16) };

const Stage = Enum('PrePostStage', ['Clear', 'Idle', 'List', 'Word', 'Back', 'Splice']);
const Job = Enum('PrePostJob', ['Take', 'Settle', 'Post', 'Flush', 'Forget', 'Final']);

export const prePostsShapes = ({ listeners, prePosts, vms }: PrePostsOptions) => {
  const [listener, entry, vm] = [UInt(clog2(listeners)), UInt(clog2(prePosts)), vmIndex(vms)];
  const rings = { vm, ...accept };
  return {
    listener, entry, vm, rings,
    Post: Bundle('PrePost', { listener, ...rings }),
    Posted: Bundle('PrePosted', { ok: Bool }),
    Take: Bundle('PrePostTake', { listener, generation: UInt(16) }),
    Taken: Bundle('PrePostTaken', { ok: Bool, entry, ...rings }),
    /** `used`: a connection has the rings; else they are the next again. */
    Settle: Bundle('PrePostSettle', { entry, used: Bool }),
    /** `generation`: that of the listener when it was posted. */
    Final: Bundle('PrePostFinal', { listener, generation: UInt(16), vm, command_id: UInt(16) }),
  };
};

export function prePosts(options: PrePostsOptions) {
  const { listeners, prePosts: depth, vms } = options;
  const { listener: listenerShape, entry: index, vm: vmShape, rings, Post, Posted, Take, Taken, Settle, Final } = prePostsShapes(options);
  const level = UInt(index.width + 1);
  const lists = listeners + vms;
  const listIndex = UInt(clog2(lists));
  const Link = Bundle('PrePostLink', { valid: Bool, index });
  const Word = Bundle('PrePostWord', { listener: listenerShape, generation: UInt(16), ...rings });
  const List = Bundle('PrePostList', { valid: Bool, head: index, tail: index, count: level, generation: UInt(16) });
  return module('pre_posts', { n: depth, l: listeners, v: vms }, {
    post: In(Stream(Post)),
    /** To each post, in order. Not ok: the pool is empty, or the VM's quota is used up. */
    posted: Out(Stream(Posted)),
    /** The oldest of a listener, if its generation is this one. */
    take: In(Stream(Take)),
    /** To each take, in order; what is ok waits for its settlement. */
    taken: Out(Stream(Taken)),
    settle: In(Stream(Settle)),
    /** A port was closed: its posts end. From `listeners`. */
    closed: In(Stream(listenersShapes({ listeners, vms }).Closed)),
    /** A post that ended without a connection. Only of VMs with `final_room`. */
    final: Out(Stream(Final)),
    final_room: In(UInt(vms)),
    /** Bit v: posts of VM v have ended, and it was not told. */
    final_due: Out(UInt(vms)),
    /** Nobody is told any more of what ended in this VM. */
    forget_vm: In(Stream(vmShape)),
    /** Posts that a VM may have at a time, until they are used or told to have ended. */
    quota: In(Vec(level, vms)),
    ready: Out(Bool),
    /** No register changes at the end of this cycle. */
    idle: Out(Bool),
  }, (io) => {
    const words = mem(Word, depth, { style: 'block' });
    const links = mem(Link, depth, { style: 'block' });
    // A list for each listener, and behind them one for each VM: of posts that ended and were not told yet.
    const queues = mem(List, lists, { style: 'block' });
    const used = mem(level, vms, { style: 'distributed' });
    const stage = reg(Stage);
    const [clear, idle] = [stage.eq('Clear'), stage.eq('Idle')];
    const position = reg(listIndex);
    const job = reg(Job);
    const post = reg(Post, { reset: false });
    const settle = reg(Settle, { reset: false });
    const take = reg(Take, { reset: false });
    const silent = reg(Bool, { reset: false });
    const at = reg(listIndex);
    const account = reg(vmShape);
    const held = reg(List, { reset: false });
    const ended = reg(UInt(vms));
    const posted = { valid: reg(Bool), payload: reg(Posted, { reset: false }) };
    const taken = { valid: reg(Bool), payload: reg(Taken, { reset: false }) };
    const final = { valid: reg(Bool), payload: reg(Final, { reset: false }) };
    for (const [port, out] of [[io.posted, posted], [io.taken, taken], [io.final, final]] as const) {
      when(out.valid.and(port.ready), () => { out.valid.next = false; });
      port.valid.set(out.valid);
    }
    io.posted.payload.set(posted.payload);
    io.taken.payload.set(taken.payload);
    io.final.payload.set(final.payload);
    const freeOf = (port: { ready: Bool }, out: { valid: Bool }): Bool => out.valid.not().or(port.ready);

    // Whose turn it is; the VMs that can be told take turns too.
    const told = inst(arbiter({ requesters: vms }), { request: ended.and(io.final_room) });
    const wanted = [
      io.take.valid.and(freeOf(io.taken, taken)), io.settle.valid, io.post.valid.and(freeOf(io.posted, posted)),
      io.closed.valid, io.forget_vm.valid, told.valid.and(freeOf(io.final, final)),
    ];
    const turns = inst(arbiter({ requesters: wanted.length }), { request: cat(...wanted.map((want) => want.toUInt()).reverse()), advance: idle });
    const grant = (i: number): Bool => turns.grant.bit(i).and(idle);
    const [takes, settles, posts, closes, forgets, tells] = [grant(0), grant(1), grant(2), grant(3), grant(4), grant(5)];
    told.advance.set(tells);
    io.final_due.set(ended);
    io.take.ready.set(takes);
    io.settle.ready.set(settles);
    io.post.ready.set(posts);
    io.closed.ready.set(closes);
    io.forget_vm.ready.set(forgets);

    // Memory: each stage asks for the words that the next one looks at.
    const ask = {
      list: { enable: wire(Bool), address: wire(listIndex) }, word: { enable: wire(Bool), address: wire(index) }, link: { enable: wire(Bool), address: wire(index) },
    };
    const put = {
      list: { enable: wire(Bool), address: wire(listIndex), data: wire(List) },
      link: { enable: wire(Bool), address: wire(index), data: wire(Link) },
    };
    const list = readWhen(ask.list.enable, queues, ask.list.address);
    const word = readWhen(ask.word.enable, words, ask.word.address);
    const link = readWhen(ask.link.enable, links, ask.link.address);
    when(put.list.enable, () => { queues.write(put.list.address, put.list.data); });
    when(put.link.enable, () => { links.write(put.link.address, put.link.data); });

    const free = reg(Link);
    const fresh = reg(level);
    const place = mux(free.valid, free.index, fresh.trunc(index.width));
    const full = free.valid.not().and(fresh.eq(depth));
    const listOf = (listener: UInt): UInt => listener.zext(listIndex.width);
    const endedOf = (vm: UInt): UInt => vm.zext(listIndex.width).add(listeners);
    const usedAt = mux(stage.eq('List').and(job.eq('Settle')), word.vm, account);
    const usedNow = used.read(usedAt);

    ask.list.enable.set(anyOf(takes, posts, closes, forgets, tells));
    const vmAsked = mux(forgets, io.forget_vm.payload, told.index);
    const asked = mux(takes, listOf(io.take.payload.listener), mux(posts, listOf(io.post.payload.listener),
      mux(closes, listOf(io.closed.payload.listener), endedOf(vmAsked))));
    ask.list.address.set(asked);
    ask.word.enable.set(settles);
    ask.word.address.set(io.settle.payload.entry);
    ask.link.enable.set(posts);
    ask.link.address.set(place);
    put.list.enable.set(clear);
    put.list.address.set(mux(clear, position, at));
    put.list.data.set({ valid: false, head: 0, tail: 0, count: 0, generation: 0 });
    put.link.enable.set(false);
    put.link.address.set(list.tail);
    put.link.data.set(free);

    /** From `first`, to the entry at which `put.link` writes, all are free again. */
    const release = (first: UInt, last: UInt, count: UInt | number): void => {
      put.link.enable.set(true);
      put.link.address.set(last);
      free.next = { valid: true, index: first };
      used.write(usedAt, usedNow.sub(count));
    };
    /** The list `at` without its first. */
    const shorten = (): void => {
      put.list.enable.set(true);
      put.list.data.set({ generation: held.generation, tail: held.tail, valid: held.head.ne(held.tail), head: link.index, count: held.count.sub(1) });
    };

    match(stage, {
      Clear: () => {
        position.next = position.add(1);
        when(position.lt(vms), () => { used.write(position.trunc(vmShape.width), 0); });
        when(position.eq(lists - 1), () => { stage.next = 'Idle'; });
      },
      Idle: () => {
        when(anyOf(takes, settles, posts, closes, forgets, tells), () => { stage.next = 'List'; });
        job.next = mux(takes, 'Take', mux(settles, 'Settle', mux(posts, 'Post', mux(closes, 'Flush', mux(forgets, lit(Job, 'Forget'), 'Final')))));
        when(ask.list.enable, () => { at.next = asked; });
        when(posts, () => {
          post.next = io.post.payload;
          account.next = io.post.payload.vm;
        });
        when(takes, () => { take.next = io.take.payload; });
        when(settles, () => { settle.next = io.settle.payload; });
        when(closes, () => {
          silent.next = io.closed.payload.silent;
          account.next = io.closed.payload.vm;
        });
        when(forgets.or(tells), () => { account.next = vmAsked; });
      },
      List: () => {
        held.next = list;
        stage.next = 'Idle';
        match(job, {
          Take: () => {
            const ok = list.valid.and(list.generation.eq(take.generation));
            when(ok, () => { lookAt(list.head); }).otherwise(() => {
              taken.valid.next = true;
              taken.payload.ok.next = false;
            });
          },
          Settle: () => {
            when(settle.used, () => { release(settle.entry, settle.entry, 1); }).otherwise(() => {
              account.next = word.vm;
              ask.list.enable.set(true);
              ask.list.address.set(listOf(word.listener));
              at.next = listOf(word.listener);
              stage.next = 'Back';
            });
          },
          Post: () => {
            const ok = full.or(usedNow.ge(io.quota.at(account))).not();
            posted.valid.next = true;
            posted.payload.next = { ok };
            when(ok, () => {
              words.write(place, { listener: post.listener, vm: post.vm, rx_ring: post.rx_ring, tx_ring: post.tx_ring, command_id: post.command_id, generation: list.generation });
              put.link.enable.set(list.valid);
              put.link.data.set({ valid: true, index: place });
              put.list.enable.set(true);
              put.list.data.set({ valid: true, head: mux(list.valid, list.head, place), tail: place, count: list.count.add(1), generation: list.generation });
              used.write(usedAt, usedNow.add(1));
              when(free.valid, () => { free.next = link; }).otherwise(() => { fresh.next = fresh.add(1); });
            });
          },
          Flush: () => {
            put.list.enable.set(true);
            put.list.data.generation.set(list.generation.add(1));
            when(list.valid.and(silent), () => { release(list.head, list.tail, list.count); })
              .elsewhen(list.valid, () => { spliceTo(account); });
          },
          Forget: () => {
            put.list.enable.set(true);
            ended.next = ended.and(account.oneHot(vms).not());
            when(list.valid, () => { release(list.head, list.tail, list.count); });
          },
          Final: () => { lookAt(list.head); },
        });
      },
      Word: () => {
        stage.next = 'Idle';
        shorten();
        when(job.eq('Take'), () => {
          taken.valid.next = true;
          taken.payload.next = { ok: true, entry: held.head, vm: word.vm, rx_ring: word.rx_ring, tx_ring: word.tx_ring, command_id: word.command_id };
        }).otherwise(() => {
          final.valid.next = true;
          final.payload.next = { listener: word.listener, generation: word.generation, vm: word.vm, command_id: word.command_id };
          release(held.head, held.head, 1);
          when(held.head.eq(held.tail), () => { ended.next = ended.and(account.oneHot(vms).not()); });
        });
      },
      Back: () => {
        stage.next = 'Idle';
        when(list.generation.eq(word.generation), () => {
          put.list.enable.set(true);
          put.list.data.set({ valid: true, head: settle.entry, tail: mux(list.valid, list.tail, settle.entry), count: list.count.add(1), generation: list.generation });
          put.link.enable.set(true);
          put.link.address.set(settle.entry);
          put.link.data.set({ valid: true, index: list.head });
        }).otherwise(() => {
          // Meanwhile the port was closed: it ends as those did that were not taken.
          held.next = { valid: true, head: settle.entry, tail: settle.entry, count: 1, generation: 0 };
          spliceTo(account);
        });
      },
      Splice: () => {
        stage.next = 'Idle';
        put.list.enable.set(true);
        put.list.data.set({ valid: true, head: mux(list.valid, list.head, held.head), tail: held.tail, count: list.count.add(held.count), generation: 0 });
        put.link.enable.set(list.valid);
        put.link.data.set({ valid: true, index: held.head });
        ended.next = ended.or(account.oneHot(vms));
      },
    });

    function lookAt(entry: UInt): void {
      ask.word.enable.set(true);
      ask.word.address.set(entry);
      ask.link.enable.set(true);
      ask.link.address.set(entry);
      stage.next = 'Word';
    }
    function spliceTo(vm: UInt): void {
      ask.list.enable.set(true);
      ask.list.address.set(endedOf(vm));
      at.next = endedOf(vm);
      stage.next = 'Splice';
    }

    io.ready.set(clear.not());
    io.idle.set(anyOf(idle.not(), posted.valid, taken.valid, final.valid, io.take.valid, io.settle.valid, io.post.valid, io.closed.valid, io.forget_vm.valid, told.valid).not());
    return { words, links, queues, used, stage, position, job, post, settle, take, silent, at, account, held, ended, posted, taken, final, told, turns, ask, put, free, fresh };
  });
}
