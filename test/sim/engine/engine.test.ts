import { beforeAll, describe, expect, test } from 'vitest';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import type { Engine } from '../../../sim/engine/engine.ts';
import { lockstepEngine } from '../../../sim/engine/lockstep.ts';
import { readPort, writePort } from '../../../sim/engine/ports.ts';
import { buildVerilator, type VerilatorBuild } from '../../../sim/engine/verilator/verilator.ts';
import { bench, BUILD_MILLISECONDS, design, drive } from './subject.ts';

const CYCLES = 1500;

let build: VerilatorBuild;
beforeAll(async () => {
  build = await buildVerilator(design);
  await lockstepEngine(design);
}, BUILD_MILLISECONDS);

const ENGINES: Readonly<Record<string, (seed?: number) => Engine | Promise<Engine>>> = {
  'built-in': (seed = 1) => builtinEngine(design, { seed }),
  'verilator': (seed = 1) => build.create({ seed }),
  'lockstep': (seed = 1) => lockstepEngine(design, { seed }),
};
const reference = bench(builtinEngine(design), CYCLES);

/** From cycle 300 on the limit is 3: the first cycle after it with a higher level, told by the run without that limit. */
const tighter = (cycle: number): bigint => (cycle < 300 ? 16n : 3n);
const failing = 300 + levels(reference.rows).slice(300).findIndex((level) => level > 3n);

test('the reference run moves what it should', () => {
  // Else equality would say little.
  expect(new Set(reference.rows).size).toBe(CYCLES);
  expect(reference.failure).toBeUndefined();
  expect(failing).toBeGreaterThan(300);
});

describe.each(Object.entries(ENGINES))('%s', (name, create) => {
  test('gives the same outputs in every cycle', async () => {
    const engine = await create();
    expect(engine.name).toBe(name);
    expect(bench(engine, CYCLES)).toEqual(reference);
    engine.close();
  });

  test('starts with the contents that the seed gives', async () => {
    const [mine, other] = [bench(await create(77), 20), bench(builtinEngine(design, { seed: 77 }), 20)];
    expect(mine).toEqual(other);
    expect(mine.rows[0]).not.toBe(reference.rows[0]);
  });

  test('many cycles in one call are as many calls of one', async () => {
    const [one, many] = [await create(), await create()];
    bench(one, 40);
    bench(many, 40);
    for (let i = 0; i < 25; i += 1) expect(one.run(1)).toBe(1);
    expect(many.run(25)).toBe(25);
    expect(many.cycle).toBe(65);
    expect(bench(many, 120)).toEqual(bench(one, 120));
  });

  test('a watched output stops the run after the edge that sampled it', async () => {
    const engine = await create();
    // Fill it: whole packets come in, none goes out.
    const { ports } = engine;
    drive(engine, 0);
    for (const [port, value] of [['in_valid', 1n], ['in_payload_last', 0n], ['in_payload_user', 0n], ['in_payload_keep', 0xfffn], ['out_ready', 0n]] as const) writePort(ports, ports.port(port), value);
    expect(engine.run(1000, { output: 'full' })).toBe(17);
    expect(readPort(ports, ports.port('level'))).toBe(16n);
    expect(engine.cycle).toBe(17);
    expect(engine.failure).toBeUndefined();
    expect(engine.run(7, { output: 'sim_taken_valid' })).toBe(7);
  });

  test('a failed assertion stops it before the edge, in the same words', async () => {
    const engine = await create();
    const { rows, failure } = bench(engine, CYCLES, tighter);
    expect(failure).toEqual({
      cycle: failing,
      message: expect.stringMatching(new RegExp(`^assertion in the top failed in cycle ${failing}: the level stays within its limit \\(.*subject\\.ts:\\d+\\)$`)),
    });
    expect(failure).toEqual(bench(builtinEngine(design), CYCLES, tighter).failure);
    expect(rows).toEqual(reference.rows.slice(0, failing));
    expect(engine.cycle).toBe(failing);
    // The cycle that failed can be looked at, and fails again.
    expect(readPort(engine.ports, engine.ports.port('level'))).toBe(4n);
    expect(engine.run(10)).toBe(0);
    expect(engine.failure).toEqual(failure);
  });

  test('an assertion inside says where', async () => {
    const engine = await create();
    drive(engine, 0);
    engine.run(5);
    writePort(engine.ports, engine.ports.port('in_valid'), 1n);
    writePort(engine.ports, engine.ports.port('in_payload_last'), 0n);
    writePort(engine.ports, engine.ports.port('in_payload_keep'), 5n);
    expect(engine.run(5)).toBe(0);
    expect(engine.failure?.message).toMatch(/^assertion in queue failed in cycle 5: packetFifo: keep must be all ones before the last beat of a packet \(.*\)$/);
  });

  test('of several assertions that fail at once it tells the first in design order', async () => {
    const engine = await create();
    bench(engine, 300);
    bench(engine, failing, tighter);
    drive(engine, failing, 3n);
    for (const [port, value] of [['in_valid', 1n], ['in_payload_last', 0n], ['in_payload_keep', 5n]] as const) writePort(engine.ports, engine.ports.port(port), value);
    expect(engine.run(1)).toBe(0);
    expect(engine.failure?.message).toContain(`assertion in the top failed in cycle ${failing}: the level stays within its limit`);
  });

  test('goes on from a saved state as if nothing had been in between', async () => {
    const engine = await create();
    bench(engine, 700);
    const state = engine.save();
    const before = bench(engine, CYCLES);
    expect(before.rows).toEqual(reference.rows.slice(700));
    engine.restore(state);
    expect(engine.cycle).toBe(700);
    expect(bench(engine, CYCLES)).toEqual(before);
    const other = await create(5);
    other.restore(state);
    expect(bench(other, CYCLES)).toEqual(before);
    // From a failure, too, one comes back.
    bench(other, CYCLES + 500, () => 0n);
    other.restore(state);
    expect(other.failure).toBeUndefined();
    expect(bench(other, CYCLES)).toEqual(before);
    expect(() => engine.restore(new Uint8Array(20))).toThrow(/saved|state/);
  });

  test('settle shows what follows from inputs now, and moves nothing', async () => {
    const engine = await create();
    bench(engine, 100);
    const { ports } = engine;
    const fire = ports.port('sim_taken_valid');
    const now = (): bigint => readPort(ports, { ...fire, offset: fire.nowOffset });
    const sampled = readPort(ports, fire);
    writePort(ports, ports.port('out_ready'), 0n);
    engine.settle();
    expect(now()).toBe(0n);
    expect(readPort(ports, fire)).toBe(sampled);
    writePort(ports, ports.port('out_ready'), 1n);
    engine.settle();
    expect(now()).toBe(1n);
    expect(engine.cycle).toBe(100);
    expect(bench(engine, 200).rows).toEqual(reference.rows.slice(100, 200));
  });

  test('peek tells the level of now', async () => {
    const engine = await create();
    bench(engine, 100);
    expect(engine.peek('level').toString(16)).toBe(builtinAt(100).peek('level').toString(16));
    expect(() => engine.peek('levle')).toThrow('levle');
  });

  test('close may be repeated', async () => {
    const engine = await create();
    engine.run(3);
    engine.close();
    engine.close();
  });
});

test('Verilator says why it does not look inside', () => {
  expect(() => build.create().peek('queue.wr')).toThrow(
    'Verilator shows the top\'s ports and probes, and queue.wr is none: make it a probe, or look at it on the built-in engine (a model that is open to looking inside runs at a sixth of the speed)',
  );
});

test('a state is refused by an engine of another kind', () => {
  const [builtin, verilator] = [builtinEngine(design), build.create()];
  expect(() => verilator.restore(builtin.save())).toThrow('this state was not saved by a Verilator model of the same design and build');
  expect(() => builtin.restore(verilator.save())).toThrow('this is not a saved state of the built-in simulator');
});

function builtinAt(cycle: number): Engine {
  const engine = builtinEngine(design);
  bench(engine, cycle);
  return engine;
}

function levels(rows: readonly string[]): bigint[] {
  const place = builtinEngine(design).ports.all.filter(({ direction }) => direction === 'out').findIndex(({ name }) => name === 'level');
  return rows.map((row) => BigInt(`0x${row.split(' ')[place]!}`));
}
