import { type ModuleDefinition, pausing, simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { listeners } from '../../../hw/tcp/listeners.ts';
import { type Random, random } from '../../../sim/random.ts';
import { heldUntilReady } from '../../hdl/lib/traffic.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { registersStay } from './support/registers.ts';

const bench = hardwareBench();

type Ports = ReturnType<typeof listeners> extends ModuleDefinition<infer P> ? P : never;
type Sim = Simulation<Ports>;
type Operation = 'Add' | 'Remove' | 'Check';

interface Command { readonly operation: Operation; readonly vm: number; readonly key: number; readonly listener: number; readonly generation: number; readonly rx_size: number; readonly tx_size: number; readonly backlog: number }
const COMMAND: Command = { operation: 'Add', vm: 0, key: 0, listener: 0, generation: 0, rx_size: 16, tx_size: 17, backlog: 4 };

const keyOf = (k: number) => ({ vlan: k & 1, local_address: 0x0a000001 + ((k >> 1) & 1), local_port: 80 + (k >> 2) });
/** Few hashes, long chains. */
const hashOf = (k: number, spread: number) => 0xabcd0000 + (k % spread);

/** Ports as they should be. */
class Model {
  readonly depth: number;
  readonly quota: readonly number[];
  readonly generations: number[];
  readonly open = new Map<number, { key: number; vm: number; rx_size: number; tx_size: number; backlog: number }>();

  constructor(depth: number, quota: readonly number[]) {
    this.depth = depth;
    this.quota = quota;
    this.generations = Array.from({ length: depth }, () => 0);
  }

  find(key: number): number | undefined {
    return [...this.open].find(([, port]) => port.key === key)?.[0];
  }

  /** The result; of Add, whichever place the hardware took. */
  command(c: Command, taken: number): { result: string; listener?: number; generation?: number } {
    const { key, vm, rx_size, tx_size, backlog } = c;
    if (c.operation === 'Add') {
      if (this.find(key) !== undefined) return { result: 'InUse' };
      const mine = [...this.open.values()].filter((port) => port.vm === vm).length;
      if (this.open.size === this.depth || mine >= this.quota[vm]!) return { result: 'NoResources' };
      if (this.open.has(taken)) return { result: 'a place that is free' };
      this.open.set(taken, { key, vm, rx_size, tx_size, backlog });
      return { result: 'Ok', listener: taken, generation: this.generations[taken]! };
    }
    const port = this.open.get(c.listener);
    if (port === undefined || port.vm !== vm || this.generations[c.listener] !== c.generation) return { result: 'BadHandle' };
    if (c.operation === 'Check') return { result: port.rx_size === rx_size && port.tx_size === tx_size ? 'Ok' : 'BadRing' };
    this.close(c.listener);
    return { result: 'Ok' };
  }

  close(listener: number): void {
    this.open.delete(listener);
    this.generations[listener] = (this.generations[listener]! + 1) % 65_536;
  }
}

const start = (sim: Sim, quota: readonly number[]): Sim => {
  sim.io.quota = [...quota];
  sim.io.answer.ready = true;
  sim.io.done.ready = true;
  sim.io.closed.ready = true;
  sim.until(() => sim.io.ready, 5000);
  return sim;
};

const offer = (sim: Sim, c: Command, hash: number): void => {
  Object.assign(sim.io.command, { valid: true, payload: { ...c, key: keyOf(c.key), hash } });
};

const run = (sim: Sim, c: Partial<Command>, spread = 4) => {
  offer(sim, { ...COMMAND, ...c }, hashOf(c.key ?? 0, spread));
  while (!sim.io.command.ready) sim.step();
  sim.step();
  sim.io.command.valid = false;
  sim.until(() => sim.io.done.valid, 200);
  const { result, listener, generation } = sim.io.done.payload;
  sim.step();
  return { result, listener: Number(listener), generation: Number(generation) };
};

const look = (sim: Sim, k: number, spread = 4) => {
  Object.assign(sim.io.request, { valid: true, payload: { key: keyOf(k), hash: hashOf(k, spread) } });
  while (!sim.io.request.ready) sim.step();
  const from = sim.cycle;
  sim.step();
  sim.io.request.valid = false;
  sim.until(() => sim.io.answer.valid, 200);
  const { found, listener, vm, room, generation } = sim.io.answer.payload;
  const cycles = sim.cycle - from;
  sim.step();
  return { found, listener: Number(listener), vm: Number(vm), room, generation: Number(generation), cycles };
};

const drawCommand = (draw: Random, model: Model, keys: number, vms: number): Command => {
  const listener = draw.below(model.depth);
  const port = model.open.get(listener);
  const right = draw.chance(0.7);
  return {
    operation: (['Add', 'Add', 'Remove', 'Check'] as const)[draw.below(4)]!, key: draw.below(keys), listener,
    vm: right && port !== undefined ? port.vm : draw.below(vms), generation: (model.generations[listener]! + (right ? 0 : draw.below(3))) % 65_536,
    rx_size: 12 + draw.below(2), tx_size: 12 + draw.below(2), backlog: draw.below(4),
  };
};

describe.each([[2, 1, 1], [4, 3, 2], [16, 8, 3], [64, 8, 64]] as const)('%i listeners, %i VMs, %i hashes', (depth, vms, spread) => {
  test.each([[0, 0], [60, 0], [40, 40], [10, 90]])('look-ups and commands at once, as they are taken in turn; idle %i, back-pressure %i percent', (idle, pressure) => {
    const quota = Array.from({ length: vms }, (_, vm) => (vm === 0 ? Math.max(1, depth / 2) : depth));
    const sim = start(bench.simulate(listeners({ listeners: depth, vms })), quota);
    const [draw, pause, stall] = [random(depth + idle).fork(pressure), pausing(idle, 3), [4, 5, 6].map((seed) => pausing(pressure, seed))];
    const model = new Model(depth, quota);
    const keys = 2 * depth;
    sim.start(heldUntilReady(sim.sampled.answer, 'answer'));
    sim.start(heldUntilReady(sim.sampled.done, 'done'));
    sim.start(heldUntilReady(sim.sampled.closed, 'closed'));
    const asked: { key: number; found: boolean; port: unknown }[] = [];
    const results = new Map<string, number>();
    let [request, command, pending]: [number | undefined, Command | undefined, Command | undefined] = [undefined, undefined, undefined];
    let answers = 0;
    const { io } = sim;
    for (let i = 0; i < 1500; i++) {
      if (request === undefined && pause?.(i) !== true) request = draw.below(keys);
      if (command === undefined && draw.chance(0.3)) command = drawCommand(draw, model, keys, vms);
      io.request.valid = request !== undefined;
      if (request !== undefined) io.request.payload = { key: keyOf(request), hash: hashOf(request, spread) };
      io.command.valid = command !== undefined;
      if (command !== undefined) offer(sim, command, hashOf(command.key, spread));
      for (const [k, port] of [io.answer, io.done, io.closed].entries()) port.ready = stall[k]?.(i) !== true;
      // Nothing else is taken before a command has ended, so from here on the model is right for what follows.
      if (pending !== undefined && io.done.valid) {
        const { result, listener, generation } = io.done.payload;
        const expected = model.command(pending, Number(listener));
        const got = expected.listener === undefined ? { result } : { result, listener: Number(listener), generation: Number(generation) };
        expect({ pending, ...got }).toEqual({ pending, ...expected });
        const name = `${pending.operation} ${result}`;
        results.set(name, (results.get(name) ?? 0) + 1);
        pending = undefined;
      }
      if (io.closed.valid) {
        expect(pending?.operation).toBe('Remove');
        expect(io.closed.payload).toEqual({ listener: BigInt(pending!.listener), vm: BigInt(pending!.vm), silent: false });
      }
      if (io.answer.valid && io.answer.ready) {
        const { found, listener, vm, rx_size, tx_size, backlog, generation } = io.answer.payload;
        const port = found ? [listener, generation, vm, rx_size, tx_size, backlog].map(Number) : undefined;
        const expected = asked.shift();
        expect({ key: expected?.key, found, port }).toEqual(expected);
        answers += 1;
      }
      if (io.request.valid && io.request.ready) {
        const listener = model.find(request!);
        const port = listener === undefined ? undefined : model.open.get(listener)!;
        asked.push({ key: request!, found: port !== undefined, port: port && [listener, model.generations[listener!], port.vm, port.rx_size, port.tx_size, port.backlog] });
        request = undefined;
      }
      if (io.command.valid && io.command.ready) {
        pending = command;
        command = undefined;
      }
      sim.step();
    }
    expect(answers).toBeGreaterThan(60);
    expect([...results.keys()]).toEqual(expect.arrayContaining(['Add Ok', 'Add InUse', 'Remove Ok', 'Remove BadHandle', 'Check Ok']));
  });
});

test('a look-up takes 2 cycles if nothing has its hash, else one more for each place in the chain', () => {
  const sim = start(bench.simulate(listeners({ listeners: 8, vms: 1 })), [8]);
  expect(look(sim, 0)).toMatchObject({ found: false, cycles: 2 });
  for (const key of [0, 4, 8]) run(sim, { key });
  // The newest comes first.
  expect([8, 4, 0].map((k) => look(sim, k).cycles)).toEqual([3, 4, 5]);
  expect(look(sim, 12)).toMatchObject({ found: false, cycles: 5 });
});

test('a full table, a full quota, a port in use, a handle of an earlier life', () => {
  const sim = start(bench.simulate(listeners({ listeners: 4, vms: 2 })), [3, 4]);
  const first = run(sim, { key: 1 });
  expect(run(sim, { key: 1, vm: 1 }).result).toBe('InUse');
  expect([2, 3, 4].map((key) => run(sim, { key }).result)).toEqual(['Ok', 'Ok', 'NoResources']);
  expect([5, 6].map((key) => run(sim, { key, vm: 1 }).result)).toEqual(['Ok', 'NoResources']);
  const handle = { listener: first.listener, generation: first.generation };
  expect(run(sim, { operation: 'Remove', vm: 1, ...handle }).result).toBe('BadHandle');
  expect(run(sim, { operation: 'Remove', ...handle }).result).toBe('Ok');
  expect(run(sim, { operation: 'Remove', ...handle }).result).toBe('BadHandle');
  const again = run(sim, { key: 9, vm: 1 });
  expect(again).toEqual({ result: 'Ok', listener: first.listener, generation: first.generation + 1 });
  expect(run(sim, { operation: 'Check', vm: 1, ...handle }).result).toBe('BadHandle');
  expect(look(sim, 1).found).toBe(false);
});

test('half-open connections: room below the backlog, also when one begins as another ends', () => {
  const sim = start(bench.simulate(listeners({ listeners: 4, vms: 1 })), [4]);
  run(sim, { key: 0, backlog: 2 });
  const { listener } = run(sim, { key: 1, backlog: 2 });
  const pulse = (begin: number, end: number) => {
    for (let i = 0; i < Math.max(begin, end); i++) {
      Object.assign(sim.io.half_open_begin, { valid: i < begin, payload: listener });
      Object.assign(sim.io.half_open_end, { valid: i < end, payload: listener });
      sim.step();
    }
    sim.io.half_open_begin.valid = false;
    sim.io.half_open_end.valid = false;
    sim.step(2);
  };
  expect(look(sim, 1).room).toBe(true);
  pulse(1, 0);
  expect(look(sim, 1).room).toBe(true);
  pulse(1, 0);
  expect(look(sim, 1).room).toBe(false);
  expect(look(sim, 0).room).toBe(true);
  pulse(5, 5);
  expect(look(sim, 1).room).toBe(false);
  pulse(0, 1);
  expect(look(sim, 1).room).toBe(true);
  // Back to back.
  pulse(4, 0);
  pulse(0, 4);
  expect(look(sim, 1).room).toBe(true);
  pulse(1, 0);
  expect(look(sim, 1).room).toBe(false);
  pulse(4, 2);
  pulse(0, 2);
  expect(look(sim, 1).room).toBe(false);
  pulse(0, 1);
  expect(look(sim, 1).room).toBe(true);
});

test('hazard: a stale look-up after remove and add: the port of before is not found, nor its place under the old key', () => {
  const sim = start(bench.simulate(listeners({ listeners: 4, vms: 1 })), [4]);
  const { listener, generation } = run(sim, { key: 3 });
  // Both wait while the command is carried out.
  Object.assign(sim.io.request, { valid: true, payload: { key: keyOf(3), hash: hashOf(3, 4) } });
  offer(sim, { ...COMMAND, operation: 'Remove', listener, generation }, 0);
  const seen: boolean[] = [];
  let ended: number | undefined;
  for (let i = 0; i < 40; i++) {
    if (sim.io.answer.valid) seen.push(sim.io.answer.payload.found);
    if (sim.io.done.valid) ended = seen.length;
    const taken = sim.io.command.ready;
    sim.step();
    if (taken) sim.io.command.valid = false;
  }
  expect(ended).toBeGreaterThan(0);
  expect(seen).toEqual(seen.map((_, i) => i < ended!));
  sim.io.request.valid = false;
  sim.step(6);
  run(sim, { key: 7 });
  expect(look(sim, 3).found).toBe(false);
  expect(look(sim, 7)).toMatchObject({ found: true, listener, generation: generation + 1 });
});

describe('function reset', () => {
  test('all ports of the VM are closed, silently, beside look-ups, and no other', () => {
    const sim = start(bench.simulate(listeners({ listeners: 16, vms: 4 })), [16, 16, 16, 16]);
    for (let key = 0; key < 12; key++) run(sim, { key, vm: key % 4 });
    Object.assign(sim.io.request, { valid: true, payload: { key: keyOf(1), hash: hashOf(1, 4) } });
    Object.assign(sim.io.remove_vm, { valid: true, payload: 2 });
    const closed: unknown[] = [];
    const from = sim.cycle;
    let answers = 0;
    while (!sim.io.remove_vm.ready && sim.cycle - from < 20 * 16) {
      if (sim.io.closed.valid) closed.push(sim.io.closed.payload);
      answers += Number(sim.io.answer.valid);
      sim.step();
    }
    expect(sim.io.remove_vm.ready).toBe(true);
    expect(answers).toBeGreaterThan(10);
    sim.step();
    sim.io.remove_vm.valid = false;
    sim.io.request.valid = false;
    sim.step(8);
    expect(closed).toEqual([2, 6, 10].map((listener) => ({ listener: BigInt(listener), vm: 2n, silent: true })));
    for (let key = 0; key < 12; key++) expect(look(sim, key).found).toBe(key % 4 !== 2);
    // Its quota is free again.
    for (let key = 20; key < 24; key++) expect(run(sim, { key, vm: 2 }).result).toBe('Ok');
  });
});

test('a reset closes all and counts from 0', () => {
  const sim = start(bench.simulate(listeners({ listeners: 4, vms: 2 })), [4, 4]);
  for (const key of [0, 1, 2, 3]) run(sim, { key });
  Object.assign(sim.io.half_open_begin, { valid: true, payload: 0 });
  sim.step(5);
  sim.io.half_open_begin.valid = false;
  sim.reset();
  sim.until(() => sim.io.ready, 20);
  for (const key of [0, 1, 2, 3]) expect(look(sim, key).found).toBe(false);
  for (const key of [0, 1, 2, 3]) expect(run(sim, { key }).result).toBe('Ok');
  expect([0, 1, 2, 3].map((k) => look(sim, k).room)).toEqual([true, true, true, true]);
});

test('while idle no register changes', () => {
  const definition = listeners({ listeners: 4, vms: 2 });
  const sim = start(simulate(definition), [4, 4]);
  run(sim, { key: 1 });
  look(sim, 1);
  sim.step(4);
  const unchanged = registersStay(definition, sim, 20);
  for (let i = 0; i < 10; i++) {
    expect(sim.io.idle).toBe(true);
    sim.step();
    unchanged();
  }
});

bench.verilog();
