/** Rings that come back unused: each told once, with a place of its own, and no VM waits for another's guest. */
import { Bool, In, inst, type ModuleDefinition, module, Out, type Simulation, simulate, Stream, UInt, Valid, Vec } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config, type Config } from '../../../hw/config.ts';
import { canceled } from '../../../hw/host/canceled.ts';
import { statusEntry } from '../../../hw/host/completion.ts';
import { indexBits } from '../../../hw/host/events.ts';
import { Status } from '../../../hw/protocol/index.ts';
import { listenersShapes } from '../../../hw/tcp/listeners.ts';
import { prePosts, prePostsShapes } from '../../../hw/tcp/pre-posts.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { planted, type Plant } from '../support/planted.ts';

const bench = hardwareBench();
const configOf = (vms: number, listeners = 4, posts = 16) => config({ vms, connections: 16, listeners, prePosts: posts });

/** With the posts that it tells of. */
const portsOf = (c: Config) => {
  const { Post, Posted } = prePostsShapes(c);
  const Vm = UInt(indexBits(c.vms));
  return {
    post: In(Stream(Post)), posted: Out(Stream(Posted)), closed: In(Stream(listenersShapes(c).Closed)), forget_vm: In(Stream(Vm)), ready: Out(Bool),
    may_reserve: In(Vec(Bool, c.vms)), reserve: Out(Stream(Vm)), release: Out(Stream(Vm)), status: Out(Stream(statusEntry(c.vms))), told: Out(Valid(Vm)), quiet: Out(UInt(c.vms)), idle: Out(Bool),
  };
};
type System = ModuleDefinition<ReturnType<typeof portsOf>>;
type Sim = Simulation<ReturnType<typeof portsOf>>;
function systemOf(c: Config, design = canceled): System {
  return module('telling', { l: c.listeners, p: c.prePosts, v: c.vms }, portsOf(c), (io) => {
    const posts = inst(prePosts(c), { post: io.post, closed: io.closed, forget_vm: io.forget_vm });
    for (let vm = 0; vm < c.vms; vm++) posts.quota.at(vm).set(c.prePosts);
    posts.take.valid.set(false);
    posts.take.payload.set({ listener: 0, generation: 0 });
    posts.taken.ready.set(true);
    posts.settle.valid.set(false);
    posts.settle.payload.set({ entry: 0, used: false });
    const tells = inst(design(c), { final_due: posts.final_due, final: posts.final, may_reserve: io.may_reserve });
    posts.final_room.set(tells.final_room);
    io.posted.from(posts.posted);
    io.reserve.from(tells.reserve);
    io.release.from(tells.release);
    io.status.from(tells.status);
    io.told.valid.set(tells.told.valid);
    io.told.payload.set(tells.told.payload);
    io.quiet.set(tells.quiet);
    io.idle.set(tells.idle);
    io.ready.set(posts.ready);
    return { posts, tells };
  });
}

interface Told { readonly vm: number; readonly index: number; readonly generation: number; readonly command_id: number }

/** A guest's completion queue is so many places; who posts, closes and forgets waits for the end of it. */
function worldOf(sim: Sim, c: Config, { pace = 1, seed = 1 } = {}) {
  const draw = random(seed);
  const room = Array.from({ length: c.vms }, () => 0);
  const reserved = Array.from({ length: c.vms }, () => 0);
  const told: (Told & { readonly cycle: number })[] = [];
  const seen = { reserves: 0, releases: 0 };
  /** By listener. */
  const generations = Array.from({ length: c.listeners }, () => 0);
  sim.io.posted.ready = true;
  let offered = false;
  const w = {
    sim, room, reserved, told, seen, generations,
    step() {
      const { io } = sim;
      io.may_reserve = room.map((places, vm) => places > reserved[vm]!);
      io.reserve.ready = draw.chance(pace);
      io.release.ready = draw.chance(pace);
      io.status.ready = draw.chance(pace);
      sim.step();
      const { reserve, release, status, quiet, told: tells } = sim.sampled;
      for (let vm = 0; vm < c.vms; vm++) expect(BigInt(quiet) >> BigInt(vm) & 1n).toBe(reserved[vm] === 0 ? 1n : 0n);
      if (offered) expect(status.valid).toBe(true);
      offered = status.valid && !status.ready;
      if (reserve.valid) expect(room[Number(reserve.payload)]! - reserved[Number(reserve.payload)]!).toBeGreaterThan(0);
      expect(tells.valid).toBe(status.valid && status.ready);
      if (reserve.valid && reserve.ready) {
        reserved[Number(reserve.payload)]! += 1;
        seen.reserves += 1;
      }
      if (release.valid && release.ready) {
        reserved[Number(release.payload)]! -= 1;
        seen.releases += 1;
      }
      if (status.valid && status.ready) {
        const { vm, handle, command_id, status: code, final } = status.payload;
        expect([Number(code), final, Number(tells.payload)]).toEqual([Status.value.CANCELED, true, Number(vm)]);
        expect(reserved[Number(vm)]).toBe(1);
        reserved[Number(vm)]! -= 1;
        room[Number(vm)]! -= 1;
        told.push({ vm: Number(vm), index: Number(handle.index), generation: Number(handle.generation), command_id: Number(command_id), cycle: sim.cycle });
      }
      if (sim.cycle > 100_000) throw new Error('this does not end');
    },
    run(cycles: number) { for (let i = 0; i < cycles; i++) w.step(); },
    give(port: { valid: boolean; payload: unknown }, payload: object | number, name: 'post' | 'closed' | 'forget_vm') {
      Object.assign(port, { valid: true, payload });
      do w.step(); while (!sim.sampled[name].ready);
      port.valid = false;
    },
    post(listener: number, vm: number, command_id: number): boolean {
      w.give(sim.io.post, { listener, vm, command_id, rx_ring: { page: 1n, reserved: 0, log2_bytes: 12 }, tx_ring: { page: 2n, reserved: 0, log2_bytes: 12 } }, 'post');
      while (!sim.sampled.posted.valid) w.step();
      return sim.sampled.posted.payload.ok;
    },
    close(listener: number, vm: number, silent = false) {
      w.give(sim.io.closed, { listener, vm, silent }, 'closed');
      generations[listener]! += 1;
    },
    forget(vm: number) { w.give(sim.io.forget_vm, vm, 'forget_vm'); },
    ids: () => told.map(({ command_id }) => command_id),
  };
  while (!sim.io.ready) w.step();
  return w;
}
const directed = (design = canceled, replays = false) => {
  const c = configOf(3);
  return worldOf((replays ? bench.simulate : simulate)(systemOf(c, design)), c);
};

test('each is told in the order of its posting, with handle and command id; others than its own VM are not asked', () => {
  const w = directed(canceled, true);
  for (const id of [11, 12, 13]) w.post(2, 1, id);
  w.post(3, 0, 20);
  w.run(20);
  expect([w.told, w.sim.io.idle]).toEqual([[], true]);
  w.close(2, 1);
  w.run(40);
  // Nobody has room.
  expect([w.told, w.seen.reserves]).toEqual([[], 0]);
  w.room[1] = 2;
  w.run(40);
  expect(w.told).toMatchObject([{ vm: 1, index: 18, generation: 0, command_id: 11 }, { vm: 1, index: 18, generation: 0, command_id: 12 }]);
  w.room[1] = 9;
  w.run(20);
  expect(w.told[2]).toMatchObject({ vm: 1, index: 18, generation: 0, command_id: 13 });
  expect(w.seen).toEqual({ reserves: 3, releases: 0 });
  w.post(2, 1, 14);
  w.close(2, 1);
  w.run(20);
  expect(w.told[3]).toMatchObject({ vm: 1, index: 18, generation: 1, command_id: 14 });
});

test('6 cycles an entry', () => {
  const w = directed();
  for (const id of [1, 2, 3, 4]) w.post(0, 0, id);
  w.room[0] = 9;
  w.close(0, 0);
  w.run(40);
  expect(w.told.map(({ cycle }, i) => cycle - (w.told[i - 1]?.cycle ?? cycle))).toEqual([0, 6, 6, 6]);
});

function nobodyWaits(w: ReturnType<typeof directed>): void {
  for (let vm = 0; vm < 3; vm++) for (const id of [1, 2, 3]) w.post(vm, vm, 10 * vm + id);
  w.room[0] = 1;
  w.room[2] = 9;
  for (const vm of [0, 1, 2]) w.close(vm, vm);
  w.run(100);
  expect(w.told.filter(({ vm }) => vm === 2).map(({ command_id }) => command_id)).toEqual([21, 22, 23]);
  expect(w.told.filter(({ vm }) => vm !== 2).map(({ command_id }) => command_id)).toEqual([1]);
  w.room[1] = 9;
  w.run(60);
  expect(w.told.filter(({ vm }) => vm === 1).length).toBe(3);
}
test('a VM whose guest consumes nothing keeps none of the others waiting', () => { nobodyWaits(directed(canceled, true)); });

/** A place is reserved, and then there is nothing to tell. */
function givesBack(w: ReturnType<typeof directed>): void {
  w.post(0, 0, 1);
  w.close(0, 0);
  while (Number(w.sim.io.quiet) === 7) {
    if (w.sim.cycle > 200) throw new Error('no place is reserved');
    // The posts are kept busy, so that the reset comes before the next is told.
    Object.assign(w.sim.io.forget_vm, { valid: true, payload: 0 });
    w.room[0] = 1;
    w.step();
  }
  w.sim.io.forget_vm.valid = false;
  w.run(20);
  expect([w.told, w.seen, w.reserved]).toEqual([[], { reserves: 1, releases: 1 }, [0, 0, 0]]);
  w.room[1] = 1;
  w.post(1, 1, 2);
  w.close(1, 1);
  w.run(20);
  expect(w.ids()).toEqual([2]);
}
test('a place for what was forgotten meanwhile is given back', () => { givesBack(directed(canceled, true)); });

describe.each([1, 2, 3])('%i VMs', (vms) => {
  test.each([1, 0.5, 0.15])('each post of a closed port is told once, unless its VM was reset; pace %d', (pace) => { everything(vms, pace, canceled, pace === 0.5 ? bench.simulate : simulate); });
});

function everything(vms: number, pace: number, design: typeof canceled, simulator: typeof simulate): void {
  const c = configOf(vms);
  const w = worldOf(simulator(systemOf(c, design)), c, { pace, seed: vms });
  const draw = random(vms + 40).fork(String(pace));
  let open: Told[] = [];
  /** By VM: to be told, in order; and the first of those that a reset forgot, which may have been on its way. */
  const due: Told[][] = Array.from({ length: vms }, () => []);
  const late: (Told | undefined)[] = Array.from({ length: vms }, () => undefined);
  let checked = 0;
  const check = (): void => {
    for (; checked < w.told.length; checked++) {
      const { cycle, ...one } = w.told[checked]!;
      const queue = due[one.vm]!;
      const last = late[one.vm];
      if (last?.command_id === one.command_id) late[one.vm] = undefined;
      else expect({ cycle, ...one }).toEqual({ cycle, ...queue.shift() });
    }
  };
  let [id, posted, forgotten, silenced] = [0, 0, 0, 0];
  for (let i = 0; i < 250; i++) {
    const listener = draw.below(4);
    const vm = listener % vms;
    const what = draw.below(100);
    if (what < 60) {
      id += 1;
      if (w.post(listener, vm, id)) {
        open.push({ vm, command_id: id, index: 16 + listener, generation: w.generations[listener]! });
        posted += 1;
      }
    } else if (what < 75) {
      const silent = draw.chance(0.2);
      const these = open.filter((post) => post.index === 16 + listener);
      // They may be told before it is known here that the port is closed.
      if (silent) silenced += these.length;
      else due[vm]!.push(...these);
      open = open.filter((post) => post.index !== 16 + listener);
      w.close(listener, vm, silent);
    } else if (what < 78) {
      w.forget(vm);
      check();
      forgotten += due[vm]!.length;
      late[vm] = due[vm]![0];
      due[vm] = [];
    } else w.room[draw.below(vms)]! += draw.below(4);
    w.run(draw.below(10));
    check();
  }
  w.room.fill(100);
  w.run(4000);
  check();
  expect(due.flat()).toEqual([]);
  expect(w.reserved).toEqual(w.reserved.map(() => 0));
  expect(w.seen.reserves).toBe(w.told.length + w.seen.releases);
  expect(w.sim.io.idle).toBe(true);
  expect(Math.min(posted, w.told.length, forgotten, silenced)).toBeGreaterThan(0);
}

describe('a planted fault is found', () => {
  const file = 'host/canceled.ts';
  const plants: readonly [string, Plant, (design: typeof canceled) => void][] = [
    ['a place without room for it', { file, from: 'io.final_due.and(cat(', to: 'io.final_due.or(cat(' }, (design) => { nobodyWaits(directed(design)); }],
    ['a second post for one place', { file, from: "step.eq('Fetch').and(io.final.valid.not())", to: "step.eq('Fetch')" }, (design) => { everything(2, 0.5, design, simulate); }],
    ['a post of any VM', { file, from: 'mine, 0));', to: 'mine.not(), 0));' }, (design) => { nobodyWaits(directed(design)); }],
    ['the place is not given back', { file, from: "step.next = 'Release'; });", to: "step.next = 'Reserve'; });" }, (design) => { givesBack(directed(design)); }],
    ['what is forgotten is waited for', { file, from: 'io.final_due.and(mine).eq(0)', to: 'io.final_due.eq(0).and(step.eq(\'Tell\'))' }, (design) => { givesBack(directed(design)); }],
    ['handles of connections', { file, from: 'index: listener.zext(16).add(connections)', to: 'index: listener.zext(16)' }, (design) => { everything(2, 1, design, simulate); }],
  ];
  test.each(plants)('%s', async (_, plant, run) => {
    const { canceled: wrong } = await planted<{ canceled: typeof canceled }>(file, [plant]);
    expect(() => { run(wrong); }).toThrow(/expected|does not end/);
  });
});

test.each([[127, 4096, 32_768], [8, 64, 256]])('%i VMs, %i listeners, %i posts', (vms, listeners, posts) => {
  const c = configOf(vms, listeners, posts);
  const w = worldOf(bench.simulate(systemOf(c)), c);
  w.room[vms - 1] = 1;
  w.post(listeners - 1, vms - 1, 3);
  w.close(listeners - 1, vms - 1);
  w.run(20);
  expect(w.told).toMatchObject([{ vm: vms - 1, index: 16 + listeners - 1, generation: 0, command_id: 3 }]);
});

bench.verilog();
