/** Listeners and posted ACCEPTs, wired as they are meant to be: what is closed there ends here, and no ring goes astray. */
import { In, inst, module, Out, Bool, Stream, UInt, Vec } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { listeners, listenersShapes } from '../../../hw/tcp/listeners.ts';
import { prePosts, prePostsShapes } from '../../../hw/tcp/pre-posts.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const SIZES = { listeners: 4, prePosts: 8, vms: 2 };
const { Command, Done } = listenersShapes(SIZES);
const { Post, Posted, Take, Taken, Settle, Final } = prePostsShapes(SIZES);

const passiveOpen = module('passive_open', {}, {
  command: In(Stream(Command)), done: Out(Stream(Done)), remove_vm: In(Stream(UInt(1))), forget_vm: In(Stream(UInt(1))),
  post: In(Stream(Post)), posted: Out(Stream(Posted)), take: In(Stream(Take)), taken: Out(Stream(Taken)), settle: In(Stream(Settle)), final: Out(Stream(Final)),
  quota: In(Vec(UInt(4), 2)), ready: Out(Bool),
}, (io) => {
  const ports = inst(listeners(SIZES), { command: io.command, remove_vm: io.remove_vm });
  const posts = inst(prePosts(SIZES), { post: io.post, take: io.take, settle: io.settle, closed: ports.closed, forget_vm: io.forget_vm, quota: io.quota, final_room: 3 });
  for (let vm = 0; vm < 2; vm++) ports.quota.at(vm).set(io.quota.at(vm).trunc(3));
  ports.request.valid.set(false);
  ports.request.payload.set({ key: { vlan: 0, local_address: 0, local_port: 0 }, hash: 0 });
  ports.answer.ready.set(true);
  for (const pulse of [ports.half_open_begin, ports.half_open_end]) {
    pulse.valid.set(false);
    pulse.payload.set(0);
  }
  io.done.from(ports.done);
  io.posted.from(posts.posted);
  io.taken.from(posts.taken);
  io.final.from(posts.final);
  io.ready.set(ports.ready.and(posts.ready));
  return { ports, posts };
});

test('each post ends exactly once: with a connection of its own port, told, or silently with its VM', () => {
  const sim = bench.simulate(passiveOpen);
  const { io } = sim;
  const draw = random(11);
  io.quota = [4, 4];
  for (const port of [io.done, io.posted, io.taken, io.final]) port.ready = true;
  sim.until(() => io.ready, 50);
  const finals: number[] = [];
  sim.start((function* () { for (;;) { yield; if (sim.sampled.final.valid) finals.push(Number(sim.sampled.final.payload.command_id)); } })());
  const give = (port: { valid: boolean; readonly ready: boolean }, payload: object | number): void => {
    Object.assign(port, { valid: true, payload });
    while (!port.ready) sim.step();
    sim.step();
    port.valid = false;
  };
  const command = (fields: object) => {
    give(io.command, { vm: 0, key: { vlan: 0, local_address: 1, local_port: 0 }, hash: 0, rx_size: 16, tx_size: 16, backlog: 1, listener: 0, generation: 0, ...fields });
    sim.until(() => io.done.valid, 60);
    const { result, listener, generation } = io.done.payload;
    sim.step();
    return { result, listener: Number(listener), generation: Number(generation) };
  };
  interface Port { readonly listener: number; readonly generation: number; readonly vm: number; readonly posts: number[] }
  let open: Port[] = [];
  const closed: Port[] = [];
  /** Taken and not settled: entry, command id, port. */
  const out: { entry: number; id: number; port: Port }[] = [];
  const told: number[] = [];
  const silent: number[] = [];
  const connected: number[] = [];
  let id = 0;
  const seen = new Map<string, number>();
  const saw = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  for (let i = 0; i < 1200; i++) {
    const port = open[draw.below(Math.max(1, open.length))];
    const what = draw.below(100);
    if (what < 12) {
      const vm = draw.below(2);
      const { result, listener, generation } = command({ operation: 'Add', vm, key: { vlan: 0, local_address: 1, local_port: i }, hash: draw.below(4) });
      if (result === 'Ok') open.push({ listener, generation, vm, posts: [] });
      saw(`Add ${result}`);
    } else if (what < 20 && port !== undefined) {
      expect(command({ operation: 'Remove', vm: port.vm, listener: port.listener, generation: port.generation }).result).toBe('Ok');
      open = open.filter((other) => other !== port);
      closed.push(port);
      told.push(...port.posts);
      saw('Remove');
    } else if (what < 60 && port !== undefined) {
      give(io.post, { listener: port.listener, vm: port.vm, rx_ring: { log2_bytes: 16, reserved: 0, page: id }, tx_ring: { log2_bytes: 16, reserved: 0, page: id }, command_id: id });
      sim.until(() => io.posted.valid, 30);
      if (io.posted.payload.ok) port.posts.push(id);
      saw(`Post ${io.posted.payload.ok}`);
      id += 1;
      sim.step();
    } else if (what < 80) {
      // Of an open port, or of one whose place another may have by now.
      const from = draw.chance(0.8) ? port : closed.at(-1);
      if (from === undefined) continue;
      give(io.take, { listener: from.listener, generation: from.generation });
      sim.until(() => io.taken.valid, 30);
      const { ok, entry, vm, command_id } = io.taken.payload;
      const expected = open.includes(from) ? from.posts.shift() : undefined;
      expect({ i, ok, id: ok ? Number(command_id) : undefined }).toEqual({ i, ok: expected !== undefined, id: expected });
      if (ok) {
        expect(Number(vm)).toBe(from.vm);
        out.push({ entry: Number(entry), id: Number(command_id), port: from });
      }
      saw(`Take ${ok}`);
      sim.step();
    } else if (what < 98) {
      const [taken] = out.splice(draw.below(Math.max(1, out.length)), 1);
      if (taken === undefined) continue;
      const used = draw.chance(0.5);
      give(io.settle, { entry: taken.entry, used });
      if (used) connected.push(taken.id);
      else if (open.includes(taken.port)) taken.port.posts.unshift(taken.id);
      else told.push(taken.id);
      saw(used ? 'used' : open.includes(taken.port) ? 'back' : 'back too late');
    } else {
      const vm = draw.below(2);
      // All takes are settled before what ended is forgotten.
      for (const { entry, id: last } of out.splice(0)) {
        give(io.settle, { entry, used: true });
        connected.push(last);
      }
      sim.step(60);
      give(io.remove_vm, vm);
      give(io.forget_vm, vm);
      for (const gone of open.filter((other) => other.vm === vm)) {
        silent.push(...gone.posts);
        closed.push(gone);
      }
      open = open.filter((other) => other.vm !== vm);
      saw('reset');
    }
  }
  for (const { vm, listener, generation, posts } of open) {
    told.push(...posts);
    command({ operation: 'Remove', vm, listener, generation });
  }
  for (const { entry, id: last } of out.splice(0)) {
    give(io.settle, { entry, used: true });
    connected.push(last);
  }
  sim.step(200);
  expect(finals.toSorted((a, b) => a - b)).toEqual(told.toSorted((a, b) => a - b));
  expect(new Set([...finals, ...silent, ...connected]).size).toBe(finals.length + silent.length + connected.length);
  for (const what of ['Add Ok', 'Add NoResources', 'Remove', 'Post true', 'Post false', 'Take true', 'Take false', 'used', 'back', 'back too late', 'reset']) expect([what, (seen.get(what) ?? 0) > 0]).toEqual([what, true]);
});

bench.verilog();
