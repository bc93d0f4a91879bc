/**
 * Tells guests of posted rings that were not used when their port was closed: a FINAL entry each, status CANCELED.
 *
 * An entry takes 6 cycles besides waiting, one at a time; VMs take turns.
 * It waits for no VM: a place in the VM's completion queue comes first, then the post that is told. It ends no posts.
 */
import { allOf, Bool, cat, Enum, In, inst, lit, match, module, mux, Out, reg, Stream, UInt, Valid, Vec, when } from '@vtoe/hdl';
import { arbiter } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { Status } from '../protocol/completion-entry.ts';
import { prePostsShapes } from '../tcp/pre-posts.ts';
import { statusEntry } from './completion.ts';
import { indexBits } from './events.ts';

/** Reserve: a place for one of `vm`. Fetch: a post that ended. Tell: its entry. Release: there was none any more. */
const Step = Enum('CanceledStep', ['Reserve', 'Fetch', 'Tell', 'Release']);

export const canceledPorts = (config: Config) => {
  const { vms } = config;
  const Vm = UInt(indexBits(vms));
  return {
    /** Of the posts. By VM: some ended and were not told; one may be told now. */
    final_due: In(UInt(vms)),
    final_room: Out(UInt(vms)),
    final: In(Stream(prePostsShapes(config).Final)),
    /** By VM: a place in its completion queue is free. It is taken when `reserve` is ready. */
    may_reserve: In(Vec(Bool, vms)),
    reserve: Out(Stream(Vm)),
    release: Out(Stream(Vm)),
    status: Out(Stream(statusEntry(vms))),
    /** A post of this VM was told to have ended. */
    told: Out(Valid(Vm)),
    /** By VM: no place is reserved for it here. */
    quiet: Out(UInt(vms)),
    idle: Out(Bool),
  };
};

export function canceled(config: Config) {
  const { vms, connections } = config;
  const Vm = UInt(indexBits(vms));
  return module('canceled', { n: connections, l: config.listeners, p: config.prePosts, v: vms }, canceledPorts(config), (io) => {
    const step = reg(Step);
    const vm = reg(Vm);
    const entry = reg(statusEntry(vms), { reset: false });
    // A place may be gone in the next cycle, so nothing waits for one: whoever has one now is asked for.
    const turn = inst(arbiter({ requesters: vms }), { request: io.final_due.and(cat(...Array.from({ length: vms }, (_, v) => io.may_reserve.at(v)).toReversed())) });
    const reserving = step.eq('Reserve');
    io.reserve.valid.set(reserving.and(turn.valid));
    io.reserve.payload.set(turn.index);
    turn.advance.set(io.reserve.fire);
    const mine = vm.oneHot(vms);
    // One only: while it stands here, the posts do not begin with another.
    io.final_room.set(mux(step.eq('Fetch').and(io.final.valid.not()), mine, 0));
    io.final.ready.set(step.eq('Fetch'));
    const { listener, generation, vm: owner, command_id } = io.final.payload;
    match(step, {
      Reserve: () => {
        when(io.reserve.fire, () => {
          vm.next = turn.index;
          step.next = 'Fetch';
        });
      },
      Fetch: () => {
        when(io.final.valid, () => {
          entry.next = { vm: owner, handle: { index: listener.zext(16).add(connections), generation }, command_id, status: Status.value.CANCELED, final: true };
          step.next = 'Tell';
        }).elsewhen(io.final_due.and(mine).eq(0), () => { step.next = 'Release'; });
      },
      Tell: () => { when(io.status.ready, () => { step.next = 'Reserve'; }); },
      Release: () => { when(io.release.ready, () => { step.next = 'Reserve'; }); },
    });
    io.status.valid.set(step.eq('Tell'));
    io.status.payload.set(entry);
    io.release.valid.set(step.eq('Release'));
    io.release.payload.set(vm);
    io.told.valid.set(io.status.fire);
    io.told.payload.set(vm);
    io.quiet.set(mux(reserving, lit(UInt(vms), 0), mine).not());
    io.idle.set(allOf(reserving, turn.valid.not()));
    return { step, vm_q: vm, entry, turn };
  });
}
