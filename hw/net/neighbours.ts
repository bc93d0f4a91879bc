/**
 * Next hops: which MAC address each has, who must be asked, and who does not answer.
 *
 * Finds the neighbour that it found last in 3 cycles, any other in at most n + 5; says the MAC address of an index one cycle
 * after it. It sleeps until the next deadline; a neighbour in use is never given up for another.
 * It makes no frames (`arp.ts` does) and knows no connections: who uses a neighbour says so once, and once that he no longer does.
 *
 * INCOMPLETE is asked three times, a second apart, then FAILED. REACHABLE becomes STALE after a while: still used, and asked
 * for anew. What is learned is what we asked for, or who asks for us; anything else only changes what is there.
 */
import { allOf, anyOf, assert, Bool, Bundle, clog2, Enum, In, lit, match, mem, module, mux, Out, reg, Stream, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { reached, seqLt } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { flagBundle } from '../flag-bundle.ts';
import { Ipv4Address, MacAddress, Vlan } from '../tcp/flow-key.ts';
import { SpanTicks } from '../tcp/tcb.ts';
import { ArpLesson, ArpQuestion } from './arp.ts';

const bits = (count: number): number => Math.max(1, clog2(count));

const State = Enum('NeighbourState', ['FREE', 'INCOMPLETE', 'REACHABLE', 'STALE', 'FAILED']);
/** What the engine does. */
const Phase = Enum('NeighbourPhase', ['Init', 'Idle', 'Hint', 'Walk', 'Decide', 'Ask', 'Answer']);
/** Why it walks over the entries. */
const Errand = Enum('NeighbourErrand', ['Resolve', 'Learn', 'Time']);

/** Requests for one address until it counts as FAILED. */
export const ARP_TRIES = 3;

/** `local` and `mac` are ours; with `seeded` the neighbour is known to be at `seed`, since a frame came from there. */
export const NeighbourRequest = Bundle('NeighbourRequest', { vlan: Vlan, address: Ipv4Address, local: Ipv4Address, mac: MacAddress, seeded: Bool, seed: MacAddress });

export const NEIGHBOUR_COUNTERS = {
  full: 'A next hop found no entry: all are in use.',
  failed: 'A next hop did not answer.',
  learned: 'An entry got a MAC address, or another one.',
  unknown: 'An answer that nobody asked for, about nobody we know: ignored.',
} as const;
export const NeighbourCounters = flagBundle('NeighbourCounters', NEIGHBOUR_COUNTERS);

/** @param readers ports that say the MAC address of an index */
export function neighbours({ neighbours: count, connections }: Pick<Config, 'neighbours' | 'connections'>, readers = 1) {
  const Index = UInt(bits(count));
  const Users = UInt(clog2(connections + 1));
  const Key = Bundle('NeighbourKey', { vlan: Vlan, address: Ipv4Address });
  const Own = Bundle('NeighbourOwn', { local: Ipv4Address, mac: MacAddress });
  const Life = Bundle('NeighbourLife', { state: State, tries: UInt(2), armed: Bool, at: SpanTicks });
  const Reach = Bundle('NeighbourReach', { usable: Bool, mac: MacAddress });
  return module('neighbours', { n: count, c: connections, r: readers }, {
    /** Ticks of 1024 µs. */
    now: In(SpanTicks),
    /** Ticks between two requests, and until an entry is STALE. */
    retry: In(SpanTicks),
    life: In(SpanTicks),
    /** Held until `resolved`, in the cycle in which it is taken. */
    resolve: In(Stream(NeighbourRequest)),
    resolved: Out(Bundle('NeighbourResolved', { ok: Bool, index: Index })),
    /** One user less. */
    release: In(Stream(Index)),
    lesson: In(Stream(ArpLesson)),
    question: Out(Stream(ArpQuestion)),
    index: In(Vec(Index, readers)),
    /** Of each `index`, one cycle later. */
    reach: Out(Vec(Reach, readers)),
    /** That neighbour can be reached now, was given up (`failed`), or is asked for anew. */
    changed: Out(Valid(Bundle('NeighbourChanged', { index: Index, usable: Bool, failed: Bool }))),
    ready: Out(Bool),
    idle: Out(Bool),
    next_deadline: Out(Valid(SpanTicks)),
    counters: Out(NeighbourCounters),
  }, (io) => {
    const keys = mem(Key, count, { style: 'distributed' });
    const owns = mem(Own, count, { style: 'distributed' });
    const lives = mem(Life, count, { style: 'distributed' });
    const users = mem(Users, count, { style: 'distributed' });
    const reach = mem(Reach, count, { style: 'distributed', collision: 'old' });
    const phase = reg(Phase);
    const errand = reg(Errand);
    const at = reg(Index);
    const hint = reg(Index);
    const wanted = { vlan: reg(Vlan, { reset: false }), address: reg(Ipv4Address, { reset: false }) };
    const found = { hit: reg(Bool), index: reg(Index), room: reg(Bool), place: reg(Index), free: reg(Bool) };
    const timer = { armed: reg(Bool), at: reg(SpanTicks) };
    const earliest = { armed: reg(Bool), at: reg(SpanTicks) };
    const ok = reg(Bool);

    // The entry that is looked at: while walking `at`, then what was chosen.
    const chosen = mux(found.hit, found.index, found.place);
    const here = wire(Index);
    here.set(mux(phase.eq('Hint'), hint, mux(phase.is('Decide', 'Ask'), chosen, at)));
    const key = keys.read(here);
    const own = owns.read(here);
    const life = lives.read(here);
    const using = users.read(here);
    const reachable = reach.read(here);
    const same = allOf(life.state.ne('FREE'), key.vlan.eq(wanted.vlan), key.address.eq(wanted.address));
    const last = at.eq(count - 1);

    const newLife = wire(Life);
    newLife.set(life);
    const newReach = wire(Reach);
    newReach.set(reachable);
    const writes = { life: wire(Bool), reach: wire(Bool), key: wire(Bool), users: wire(Bool) };
    for (const write of Object.values(writes)) write.set(false);
    const newUsers = wire(Users);
    newUsers.set(using.add(1));
    const counts = wire(NeighbourCounters);
    counts.set({ full: false, failed: false, learned: false, unknown: false });
    const releases = wire(Bool);
    releases.set(false);
    const asks = reg(Bool);

    const request = io.resolve.payload;
    const lesson = io.lesson.payload;
    const due = allOf(timer.armed, reached(io.now, timer.at));
    /** Arms this entry's deadline, and the walk's. */
    const arm = (span: UInt): void => {
      const deadline = io.now.add(span).add(1);
      newLife.armed.set(true);
      newLife.at.set(deadline);
      when(timer.armed.not().or(seqLt(deadline, timer.at)), () => { timer.at.next = deadline; });
      timer.armed.next = true;
    };
    const reachableNow = (mac: UInt): void => {
      writes.life.set(true);
      writes.reach.set(true);
      newLife.state.set('REACHABLE');
      newLife.tries.set(0);
      newReach.set({ usable: true, mac });
      arm(io.life);
      counts.learned.set(reachable.usable.not().or(reachable.mac.ne(mac)));
    };
    const ask = (state: 'INCOMPLETE' | 'STALE'): void => {
      writes.life.set(true);
      newLife.state.set(state);
      newLife.tries.set(1);
      arm(io.retry);
      asks.next = true;
    };

    /** The walk goes on behind the question. */
    const asksOnTheWay = (): void => {
      phase.next = 'Ask';
      found.hit.next = true;
    };

    match(phase, {
      Init: () => {
        writes.life.set(true);
        writes.reach.set(true);
        writes.users.set(true);
        newLife.set({ state: 'FREE', tries: 0, armed: false, at: 0 });
        newReach.set({ usable: false, mac: 0 });
        newUsers.set(0);
        at.next = at.add(1);
        when(last, () => {
          at.next = 0;
          phase.next = 'Idle';
        });
      },
      Idle: () => {
        at.next = 0;
        found.hit.next = false;
        found.room.next = false;
        found.free.next = false;
        asks.next = false;
        earliest.armed.next = false;
        when(io.release.valid, () => {
          here.set(io.release.payload);
          releases.set(true);
          writes.users.set(true);
          newUsers.set(using.sub(1));
        }).elsewhen(io.lesson.valid, () => {
          errand.next = 'Learn';
          wanted.vlan.next = lesson.vlan;
          wanted.address.next = lesson.address;
          phase.next = 'Walk';
        }).elsewhen(io.resolve.valid, () => {
          errand.next = 'Resolve';
          wanted.vlan.next = request.vlan;
          wanted.address.next = request.address;
          phase.next = 'Hint';
        }).elsewhen(due, () => {
          errand.next = 'Time';
          phase.next = 'Walk';
        });
      },
      Hint: () => {
        found.hit.next = same;
        found.index.next = hint;
        phase.next = mux(same, to('Decide'), to('Walk'));
      },
      Walk: () => {
        when(errand.eq('Time'), () => {
          const passed = allOf(life.armed, reached(io.now, life.at));
          when(allOf(life.armed, passed.not(), earliest.armed.not().or(seqLt(life.at, earliest.at))), () => {
            earliest.armed.next = true;
            earliest.at.next = life.at;
          });
          when(passed, () => {
            found.hit.next = true;
            found.index.next = at;
            phase.next = 'Decide';
          }).otherwise(() => {
            at.next = at.add(1);
            when(last, () => {
              timer.armed.next = earliest.armed;
              timer.at.next = earliest.at;
              // This entry counts for the walk that ends with it.
              when(allOf(life.armed, earliest.armed.not().or(seqLt(life.at, earliest.at))), () => {
                timer.armed.next = true;
                timer.at.next = life.at;
              });
              phase.next = 'Idle';
            });
          });
        }).otherwise(() => {
          when(same, () => {
            found.hit.next = true;
            found.index.next = at;
          });
          // Whoever nobody uses may go; a free place rather than one that might be wanted again.
          const isFree = life.state.eq('FREE');
          when(allOf(using.eq(0), anyOf(found.room.not(), isFree.and(found.free.not()))), () => {
            found.room.next = true;
            found.place.next = at;
            found.free.next = isFree;
          });
          at.next = at.add(1);
          when(same.or(last), () => { phase.next = 'Decide'; });
        });
      },
      Decide: () => {
        phase.next = 'Answer';
        match(errand, {
          Resolve: () => {
            const room = found.hit.or(found.room);
            ok.next = room;
            counts.full.set(room.not());
            hint.next = chosen;
            when(room, () => {
              writes.users.set(true);
              writes.key.set(true);
              when(request.seeded, () => { reachableNow(request.seed); })
                .elsewhen(found.hit.not(), () => {
                  ask('INCOMPLETE');
                  writes.reach.set(true);
                  newReach.usable.set(false);
                }).elsewhen(life.state.eq('FAILED'), () => { ask('INCOMPLETE'); })
                .elsewhen(allOf(life.state.eq('STALE'), life.armed.not()), () => { ask('STALE'); });
              when(found.hit.not(), () => { newUsers.set(1); });
            });
          },
          Learn: () => {
            when(found.hit, () => { reachableNow(lesson.mac); })
              .elsewhen(lesson.worth_entry.and(found.room), () => {
                reachableNow(lesson.mac);
                writes.key.set(true);
              }).otherwise(() => { counts.unknown.set(true); });
          },
          Time: () => {
            phase.next = 'Walk';
            found.hit.next = false;
            writes.life.set(true);
            newLife.armed.set(false);
            when(life.state.eq('REACHABLE'), () => {
              // Nobody uses it: it may stay as it is. Else it is asked for, and used meanwhile.
              newLife.state.set('STALE');
              when(using.ne(0), () => {
                ask('STALE');
                asksOnTheWay();
              });
            }).otherwise(() => {
              when(life.tries.eq(ARP_TRIES), () => {
                newLife.state.set('FAILED');
                writes.reach.set(true);
                newReach.usable.set(false);
                counts.failed.set(true);
              }).otherwise(() => {
                newLife.tries.set(life.tries.add(1));
                arm(io.retry);
                asks.next = true;
                asksOnTheWay();
              });
            });
          },
        });
      },
      Ask: () => {
        when(io.question.ready, () => {
          asks.next = false;
          phase.next = mux(errand.eq('Time'), to('Walk'), to('Answer'));
          found.hit.next = found.hit.and(errand.ne('Time'));
        });
      },
      Answer: () => {
        // A question first: the answer may be waited for by who would have to make room for it.
        phase.next = mux(asks, to('Ask'), to('Idle'));
      },
    });
    when(writes.life, () => { lives.write(here, newLife); });
    when(writes.reach, () => { reach.write(here, newReach); });
    when(writes.users, () => { users.write(here, newUsers); });
    when(writes.key, () => {
      keys.write(here, wanted);
      owns.write(here, { local: mux(errand.eq('Resolve'), request.local, own.local), mac: mux(errand.eq('Resolve'), request.mac, own.mac) });
    });
    const ends = phase.eq('Answer').and(asks.not());
    io.resolve.ready.set(ends.and(errand.eq('Resolve')));
    io.resolved.set({ ok, index: hint });
    io.lesson.ready.set(ends.and(errand.eq('Learn')));
    io.release.ready.set(releases);
    io.question.valid.set(phase.eq('Ask'));
    io.question.payload.set({ vlan: key.vlan, target: key.address, sender: own.local, mac: own.mac });
    for (let i = 0; i < readers; i++) io.reach.at(i).set(reach.readSync(io.index.at(i), `wanted_${i}`));
    const gone = allOf(phase.eq('Decide'), anyOf(counts.failed, newLife.state.eq('INCOMPLETE').and(errand.eq('Resolve')).and(writes.life)));
    const changes = anyOf(allOf(writes.reach, phase.eq('Decide'), newReach.usable.ne(reachable.usable)), gone);
    io.changed.valid.set(changes);
    io.changed.payload.set({ index: here, usable: newReach.usable, failed: counts.failed });
    io.ready.set(phase.ne('Init'));
    io.idle.set(allOf(phase.eq('Idle'), io.release.valid.not(), io.lesson.valid.not(), io.resolve.valid.not(), due.not()));
    io.next_deadline.valid.set(timer.armed);
    io.next_deadline.payload.set(timer.at);
    io.counters.set(counts);
    when(releases, () => { assert(using.ne(0), 'neighbours: a neighbour is released that nobody uses'); });
    return { keys, owns, lives, users, reach_table: reach, phase, errand, at, hint, wanted, found, timer, earliest, resolves: ok, asks, here };
  });
}

const to = (label: 'Walk' | 'Decide' | 'Ask' | 'Answer' | 'Idle') => lit(Phase, label);
