import { Bundle, Bool, In, module, Out, pausing, simulate, Stream, streamSink, streamSource, UInt, Vec } from '@vtoe/hdl';
import { fifo, type FifoForm, queue } from '@vtoe/hdl/lib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { blockRams } from './block-ram.ts';
import { heldUntilReady, latency, LOADS, pump, Word, words, wrapped } from './traffic.ts';

const bench = hardwareBench();
const ITEMS = words(120);

const SIZES: readonly (readonly [FifoForm, latency: number, readonly number[]])[] = [
  ['register', 1, [1, 2, 3, 5]],
  ['lut', 1, [2, 3, 7, 16]],
  ['block', 2, [3, 4, 7, 33]],
];

describe.each(SIZES.flatMap(([form, cycles, depths]) => depths.map((depth) => [form, depth, cycles] as const)))('%s, depth %i', (form, depth, cycles) => {
  const block = fifo(Word, depth, { form });

  test.each(LOADS)('all items in order and the level right, idle %i, back-pressure %i percent', (idle, pressure) => {
    const sim = bench.simulate(block);
    const out: bigint[] = [];
    sim.start(streamSource(sim.io.in, sim.sampled.in, ITEMS, pausing(idle, 1)));
    sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 2)));
    sim.start(heldUntilReady(sim.sampled.out));
    let inside = 0;
    sim.until(() => {
      const { in: from, out: to, level } = sim.io;
      expect(level).toBe(BigInt(inside));
      expect(from.ready).toBe(inside < depth || (depth === 1 && to.ready));
      if (inside === 0) expect(to.valid).toBe(false);
      inside += Number(from.valid && from.ready) - Number(to.valid && to.ready);
      return out.length === ITEMS.length;
    }, 5000);
    expect(out).toEqual(ITEMS);
  });

  test(`latency ${cycles}, then an item a cycle`, () => {
    expect(latency(bench.simulate(block))).toBe(cycles);
    expect(pump(bench.simulate(block), ITEMS).cycles).toBe(ITEMS.length + cycles);
  });

  test('holds as many items as its depth says, and gives them an item a cycle', () => {
    const sim = bench.simulate(block);
    Object.assign(sim.io.in, { valid: true, payload: 1 });
    for (let i = 0; i < depth; i++) {
      expect(sim.io.in.ready).toBe(true);
      sim.step();
    }
    expect(sim.io.in.ready).toBe(false);
    sim.step(3);
    expect(sim.io.level).toBe(BigInt(depth));
    sim.io.in.valid = false;
    sim.io.out.ready = true;
    for (let i = 0; i < depth; i++) {
      expect(sim.io.out.valid).toBe(true);
      sim.step();
    }
    expect([sim.io.out.valid, sim.io.level]).toEqual([false, 0n]);
  });

  test('an item a cycle also when it has been full', () => {
    const sim = bench.simulate(block);
    sim.io.in.valid = true;
    sim.step(depth + 3);
    sim.io.out.ready = true;
    // The sink's first cycle makes the room that the source sees in the next.
    sim.step();
    for (let i = 0; i < 20; i++) {
      expect([sim.io.in.ready, sim.io.out.valid]).toEqual([true, true]);
      sim.step();
    }
  });
});

test('a reset empties it', () => {
  for (const [form, , [depth]] of SIZES) {
    const sim = bench.simulate(fifo(Word, depth!, { form }));
    sim.io.in.valid = true;
    sim.step(depth! + 3);
    sim.io.in.valid = false;
    sim.reset();
    expect([sim.io.out.valid, sim.io.in.ready, sim.io.level]).toEqual([false, true, 0n]);
    sim.step(3);
    expect(sim.io.out.valid).toBe(false);
  }
});

test('any form, depth, payload and order of events: a queue', () => {
  const Item = Bundle('Item', { flag: Bool, words: Vec(UInt(9), 2) });
  const blocks = SIZES.flatMap(([form, , depths]) => depths.map((depth) => ({ depth, block: fifo(Item, depth, { form }) })));
  const item = (i: number) => ({ flag: i % 3 === 0, words: [BigInt(i % 512), BigInt((i * 7) % 512)] });
  fc.assert(fc.property(fc.constantFrom(...blocks), fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 80 }), ({ block }, events) => {
    const sim = simulate(block);
    const model: number[] = [];
    let next = 0;
    for (const [offer, take] of events) {
      // An offer is held until taken.
      if (!sim.io.in.valid && offer) Object.assign(sim.io.in, { valid: true, payload: item(next) });
      sim.io.out.ready = take;
      const [enters, leaves] = [sim.io.in.valid && sim.io.in.ready, sim.io.out.valid && take];
      if (sim.io.out.valid) expect(sim.io.out.payload).toEqual(item(model[0]!));
      if (leaves) model.shift();
      if (enters) model.push(next++);
      sim.step();
      if (enters) sim.io.in.valid = false;
      expect(sim.io.level).toBe(BigInt(model.length));
    }
  }), { numRuns: 60 });
});

test('the timing of the block form: the first item after 2 cycles, the second behind it', () => {
  const sim = bench.simulate(fifo(UInt(8), 4, { form: 'block' }));
  const wave = sim.watch(['in_valid', 'in_ready', 'in_payload', 'level', 'out_valid', 'out_ready', 'out_payload']);
  for (const [payload, ready] of [[1, false], [2, false], [3, false], [4, false], [5, true], [5, true], [0, true], [0, true], [0, true], [0, true]] as const) {
    Object.assign(sim.io.in, { valid: payload > 0, payload });
    sim.io.out.ready = ready;
    sim.step();
  }
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle        0   2   4   6   8
    in_valid     ▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁
    in_ready     ▔▔▔▔▔▔▔▔▁▁▔▔▔▔▔▔▔▔▔▔
    in_payload   │1│2│3│4│5  │0
    level        │0│1│2│3│4│3  │2│1│0
    out_valid    ▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁
    out_ready    ▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔
    out_payload  │b1 │1    │2│3│4│5
    "
  `);
});

test('the form follows from the depth', () => {
  const form = (depth: number) => fifo(Word, depth).name;
  expect([1, 2, 3, 64, 65].map(form)).toEqual(['fifo_register_w12_d1', 'fifo_register_w12_d2', 'fifo_lut_w12_d3', 'fifo_lut_w12_d64', 'fifo_block_w12_d65']);
});

test('512 x 64 bits of the block form are one block RAM', async () => {
  expect(await blockRams(fifo(UInt(64), 512, { form: 'block' }))).toEqual({ RAMB36E1: 1 });
}, 240_000);

test('queue is a FIFO in the way', () => {
  const queued = wrapped('queued', Word, Word, (source) => queue(source, 5));
  expect(pump(bench.simulate(queued), ITEMS, { pressure: 50 }).out).toEqual(ITEMS);
});

test('misuse', () => {
  expect(() => fifo(Word, 0)).toThrow('fifo: depth must be a whole number from 1 up, not 0');
  expect(() => fifo(Word, 2.5)).toThrow('fifo: depth must be a whole number from 1 up, not 2.5');
  expect(() => fifo(Word, 1, { form: 'lut' })).toThrow("fifo: form 'lut' needs a depth of at least 2, not 1");
  expect(() => fifo(Word, 2, { form: 'block' })).toThrow("fifo: form 'block' needs a depth of at least 3, not 2");
  expect(() => fifo(Word, 4, { form: 'ring' as FifoForm })).toThrow(`fifo: form must be 'register', 'lut' or 'block', not "ring"`);
  expect(() => simulate(module('bad', {}, { in: In(Stream(Word)), out: Out(Stream(Word)) }, (io) => { io.out.from(queue(io.in, -1)); }))).toThrow('fifo: depth must be a whole number from 1 up, not -1');
});

bench.verilog();
