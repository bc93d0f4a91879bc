import { type ModuleDefinition, pausing, simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { prePosts } from '../../../hw/tcp/pre-posts.ts';
import { random } from '../../../sim/random.ts';
import { heldUntilReady } from '../../hdl/lib/traffic.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { registersStay } from './support/registers.ts';

const bench = hardwareBench();

type Ports = ReturnType<typeof prePosts> extends ModuleDefinition<infer P> ? P : never;
type Sim = Simulation<Ports>;

interface Accept { readonly listener: number; readonly vm: number; readonly id: number }
interface Taken { readonly entry: number; readonly accept: Accept; readonly generation: number }

const ring = (id: number, tx: boolean) => ({ log2_bytes: tx ? 17 : 16, reserved: 0, page: 2n ** 51n + BigInt(id) * 2n + BigInt(tx) });
const payloadOf = ({ listener, vm, id }: Accept) => ({ listener, vm, rx_ring: ring(id, false), tx_ring: ring(id, true), command_id: id });

/** Lists as they should be. A listener belongs to VM `listener % vms`. */
class Model {
  readonly lists: Accept[][];
  readonly generations: number[];
  readonly ended: Accept[][];
  readonly used: number[];
  readonly depth: number;
  readonly quota: readonly number[];
  readonly out = new Set<Taken>();

  constructor(listeners: number, depth: number, quota: readonly number[]) {
    this.lists = Array.from({ length: listeners }, () => []);
    this.generations = this.lists.map(() => 0);
    this.ended = quota.map(() => []);
    this.used = quota.map(() => 0);
    this.depth = depth;
    this.quota = quota;
  }

  post(accept: Accept): boolean {
    const ok = this.used.reduce((sum, used) => sum + used) < this.depth && this.used[accept.vm]! < this.quota[accept.vm]!;
    if (ok) {
      this.lists[accept.listener]!.push(accept);
      this.used[accept.vm]! += 1;
    }
    return ok;
  }

  settle(taken: Taken, used: boolean): void {
    this.out.delete(taken);
    const { accept, generation } = taken;
    if (used) this.used[accept.vm]! -= 1;
    else if (this.generations[accept.listener] === generation) this.lists[accept.listener]!.unshift(accept);
    else this.ended[accept.vm]!.push(accept);
  }

  close(listener: number, vm: number, silent: boolean): void {
    if (silent) this.used[vm]! -= this.lists[listener]!.length;
    else this.ended[vm]!.push(...this.lists[listener]!);
    this.lists[listener] = [];
    this.generations[listener]! += 1;
  }

  forget(vm: number): void {
    this.used[vm]! -= this.ended[vm]!.length;
    this.ended[vm] = [];
  }
}

const start = (sim: Sim, quota: readonly number[]): Sim => {
  sim.io.quota = [...quota];
  sim.io.posted.ready = true;
  sim.io.taken.ready = true;
  sim.io.final.ready = true;
  sim.until(() => sim.io.ready, 5000);
  return sim;
};

describe.each([[2, 2, 1], [4, 8, 3], [8, 32, 4]] as const)('%i listeners, %i posts, %i VMs', (listeners, depth, vms) => {
  test.each([[0, 0], [60, 0], [40, 40], [10, 90]])('everything at once, each in the order in which it is taken; idle %i, back-pressure %i percent', (idle, pressure) => {
    const quota = Array.from({ length: vms }, (_, vm) => (vm === 0 ? Math.max(1, depth >> 3) : depth));
    const sim = start(bench.simulate(prePosts({ listeners, prePosts: depth, vms })), quota);
    const { io } = sim;
    const [draw, pause, stall] = [random(depth + idle).fork(pressure), pausing(idle, 3), [4, 5, 6].map((seed) => pausing(pressure, seed))];
    const model = new Model(listeners, depth, quota);
    for (const [name, port] of [['posted', sim.sampled.posted], ['taken', sim.sampled.taken], ['final', sim.sampled.final]] as const) sim.start(heldUntilReady(port, name));
    const posted: boolean[] = [];
    const taken: (Taken | undefined)[] = [];
    const told: Accept[] = [];
    const seen = { refused: 0, none: 0, back: 0, late: 0, told: 0, forgotten: 0 };
    let id = 0;
    let post: Accept | undefined;
    let take: { listener: number; generation: number } | undefined;
    let settle: { taken: Taken; used: boolean } | undefined;
    let close: { listener: number; vm: number; silent: boolean } | undefined;
    let forget: number | undefined;
    /** Taken with an entry number that the hardware gave. */
    const outside: Taken[] = [];
    for (let i = 0; i < 2500; i++) {
      const go = pause?.(i) !== true;
      const any = draw.below(listeners);
      if (post === undefined && go) post = { listener: any, vm: any % vms, id: id++ % 65_536 };
      if (take === undefined && draw.chance(0.3)) take = { listener: any, generation: model.generations[any]! + (draw.chance(0.1) ? 1 : 0) };
      if (settle === undefined && outside.length > 0 && draw.chance(0.1)) settle = { taken: outside.splice(draw.below(outside.length), 1)[0]!, used: draw.chance(0.5) };
      if (close === undefined && draw.chance(0.05)) close = { listener: any, vm: any % vms, silent: draw.chance(0.3) };
      if (forget === undefined && draw.chance(0.01)) forget = draw.below(vms);
      Object.assign(io.post, { valid: post !== undefined, ...(post && { payload: payloadOf(post) }) });
      Object.assign(io.take, { valid: take !== undefined, ...(take && { payload: take }) });
      Object.assign(io.settle, { valid: settle !== undefined, ...(settle && { payload: { entry: settle.taken.entry, used: settle.used } }) });
      Object.assign(io.closed, { valid: close !== undefined, ...(close && { payload: close }) });
      Object.assign(io.forget_vm, { valid: forget !== undefined, payload: forget ?? 0 });
      for (const [k, port] of [io.posted, io.taken, io.final].entries()) port.ready = stall[k]?.(i) !== true;
      io.final_room = draw.below(2 ** vms);
      if (io.posted.valid && io.posted.ready) expect({ i, ok: io.posted.payload.ok }).toEqual({ i, ok: posted.shift() });
      if (io.taken.valid && io.taken.ready) {
        const { ok, entry, vm, rx_ring, tx_ring, command_id } = io.taken.payload;
        const expected = taken.shift();
        expect({ i, ok }).toEqual({ i, ok: expected !== undefined });
        if (expected !== undefined) {
          const { accept } = expected;
          expect([Number(vm), rx_ring.page, tx_ring.page, Number(command_id)]).toEqual([accept.vm, ring(accept.id, false).page, ring(accept.id, true).page, accept.id]);
          outside.push({ ...expected, entry: Number(entry) });
        }
      }
      if (io.final.valid && io.final.ready) {
        const { listener, vm, command_id } = io.final.payload;
        const place = told.findIndex((accept) => accept.id === Number(command_id));
        expect(told.splice(place, 1)).toEqual([{ listener: Number(listener), vm: Number(vm), id: Number(command_id) }]);
        seen.told += 1;
      }
      // What is taken in this cycle.
      if (post !== undefined && io.post.ready) {
        const ok = model.post(post);
        posted.push(ok);
        seen.refused += Number(!ok);
        post = undefined;
      }
      if (take !== undefined && io.take.ready) {
        const { listener, generation } = take;
        const accept = model.generations[listener] === generation ? model.lists[listener]!.shift() : undefined;
        taken.push(accept && { entry: -1, accept, generation });
        seen.none += Number(accept === undefined);
        take = undefined;
      }
      if (settle !== undefined && io.settle.ready) {
        const late = !settle.used && model.generations[settle.taken.accept.listener] !== settle.taken.generation;
        seen.back += Number(!settle.used && !late);
        seen.late += Number(late);
        model.settle(settle.taken, settle.used);
        settle = undefined;
      }
      if (close !== undefined && io.closed.ready) {
        model.close(close.listener, close.vm, close.silent);
        close = undefined;
      }
      if (forget !== undefined && io.forget_vm.ready) {
        seen.forgotten += model.ended[forget]!.length;
        model.forget(forget);
        forget = undefined;
      }
      // The oldest that ended, of the VM that the hardware chose among those with room.
      const vm = Number(sim.peek('told.index'));
      const tells = sim.peek('turns.grant') === 32n && sim.peek('stage') === 'Idle';
      if (tells) {
        expect(Number(io.final_room) >> vm & 1).toBe(1);
        const accept = model.ended[vm]!.shift();
        expect(accept).not.toBe(undefined);
        model.used[vm]! -= 1;
        told.push(accept!);
      }
      sim.step();
    }
    for (const [name, times] of Object.entries(seen)) expect([name, times > (depth > 2 ? 0 : -1)]).toEqual([name, true]);
    expect(seen.told).toBeGreaterThan(3);
  });
});

/** One command after the other. */
const commands = (sim: Sim) => {
  const { io } = sim;
  const give = (port: { valid: boolean; readonly ready: boolean }, payload: object | number): void => {
    Object.assign(port, { valid: true, payload });
    while (!port.ready) sim.step();
    sim.step();
    port.valid = false;
  };
  return {
    post: (accept: Accept): boolean => {
      give(io.post, payloadOf(accept));
      sim.until(() => io.posted.valid, 20);
      const { ok } = io.posted.payload;
      sim.step();
      return ok;
    },
    take: (listener: number, generation = 0) => {
      give(io.take, { listener, generation });
      sim.until(() => io.taken.valid, 20);
      const { ok, entry, command_id } = io.taken.payload;
      sim.step();
      return ok ? { entry: Number(entry), id: Number(command_id) } : undefined;
    },
    settle: (entry: number, used: boolean): void => give(io.settle, { entry, used }),
    close: (listener: number, vm: number, silent = false): void => give(io.closed, { listener, vm, silent }),
    forget: (vm: number): void => give(io.forget_vm, vm),
    finals: (cycles = 60): number[] => {
      const ids: number[] = [];
      for (let i = 0; i < cycles; i++) {
        if (io.final.valid) ids.push(Number(io.final.payload.command_id));
        sim.step();
      }
      return ids;
    },
  };
};

test('first posted, first taken; what is not used is the next again', () => {
  const c = commands(start(bench.simulate(prePosts({ listeners: 4, prePosts: 8, vms: 2 })), [8, 8]));
  for (const id of [1, 2, 3]) c.post({ listener: 2, vm: 0, id });
  expect(c.take(1)).toBe(undefined);
  const first = c.take(2)!;
  expect(first.id).toBe(1);
  c.settle(first.entry, false);
  expect([c.take(2)!.id, c.take(2)!.id, c.take(2)!.id]).toEqual([1, 2, 3]);
  expect(c.take(2)).toBe(undefined);
});

test('the pool and the quota: a post is refused until one is used', () => {
  const c = commands(start(bench.simulate(prePosts({ listeners: 4, prePosts: 4, vms: 2 })), [3, 4]));
  expect([1, 2, 3, 4].map((id) => c.post({ listener: 0, vm: 0, id }))).toEqual([true, true, true, false]);
  expect([5, 6].map((id) => c.post({ listener: 1, vm: 1, id }))).toEqual([true, false]);
  const taken = c.take(0)!;
  // Taken, it still has its place: it may come back.
  expect(c.post({ listener: 1, vm: 1, id: 7 })).toBe(false);
  c.settle(taken.entry, true);
  expect(c.post({ listener: 1, vm: 1, id: 7 })).toBe(true);
  expect([c.take(1)!.id, c.take(1)!.id]).toEqual([5, 7]);
});

test('UNLISTEN: each unused post ends once, also one that was taken and comes back, and none goes to the next listener of that place', () => {
  const sim = start(bench.simulate(prePosts({ listeners: 4, prePosts: 8, vms: 2 })), [8, 8]);
  const c = commands(sim);
  sim.io.final_room = 3;
  for (const id of [1, 2, 3]) c.post({ listener: 2, vm: 0, id });
  const taken = c.take(2)!;
  c.close(2, 0);
  expect(c.finals()).toEqual([2, 3]);
  c.post({ listener: 2, vm: 1, id: 9 });
  c.settle(taken.entry, false);
  expect(c.finals()).toEqual([1]);
  expect(c.take(2, 0)).toBe(undefined);
  expect(c.take(2, 1)!.id).toBe(9);
  expect(c.finals()).toEqual([]);
});

test('a VM without room in its completion queue holds up nobody', () => {
  const sim = start(bench.simulate(prePosts({ listeners: 4, prePosts: 16, vms: 2 })), [16, 16]);
  const c = commands(sim);
  for (const id of [1, 2, 3]) c.post({ listener: 0, vm: 0, id });
  for (const id of [11, 12]) c.post({ listener: 1, vm: 1, id });
  c.close(0, 0);
  c.close(1, 1);
  sim.io.final_room = 2;
  expect(c.finals()).toEqual([11, 12]);
  c.post({ listener: 1, vm: 1, id: 13 });
  expect(c.take(1, 1)!.id).toBe(13);
  sim.io.final_room = 3;
  expect(c.finals()).toEqual([1, 2, 3]);
});

test('function reset: closed silently and forgotten, all places are free again', () => {
  const sim = start(bench.simulate(prePosts({ listeners: 4, prePosts: 8, vms: 2 })), [8, 8]);
  const c = commands(sim);
  for (let id = 0; id < 4; id++) c.post({ listener: 0, vm: 0, id });
  for (let id = 4; id < 8; id++) c.post({ listener: 2, vm: 0, id });
  c.close(0, 0, true);
  c.close(2, 0);
  c.forget(0);
  sim.io.final_room = 3;
  expect(c.finals()).toEqual([]);
  for (let id = 20; id < 28; id++) expect(c.post({ listener: 3, vm: 1, id })).toBe(true);
  expect(c.post({ listener: 3, vm: 1, id: 99 })).toBe(false);
  for (let id = 20; id < 28; id++) expect(c.take(3)!.id).toBe(id);
});

test('after a reset there is nothing, and all places are free', () => {
  const sim = start(bench.simulate(prePosts({ listeners: 2, prePosts: 4, vms: 1 })), [4]);
  const c = commands(sim);
  for (let id = 0; id < 4; id++) c.post({ listener: 1, vm: 0, id });
  c.close(1, 0);
  sim.reset();
  sim.until(() => sim.io.ready, 20);
  sim.io.final_room = 1;
  expect(c.finals()).toEqual([]);
  expect(c.take(1)).toBe(undefined);
  for (let id = 0; id < 4; id++) expect(c.post({ listener: 0, vm: 0, id })).toBe(true);
});

test('while idle no register changes', () => {
  const definition = prePosts({ listeners: 2, prePosts: 4, vms: 2 });
  const sim = start(simulate(definition), [4, 4]);
  const c = commands(sim);
  c.post({ listener: 1, vm: 0, id: 1 });
  c.take(1);
  sim.step(4);
  const unchanged = registersStay(definition, sim, 20);
  for (let i = 0; i < 10; i++) {
    expect(sim.io.idle).toBe(true);
    sim.step();
    unchanged();
  }
});

bench.verilog();
