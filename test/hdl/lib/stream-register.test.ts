import { skid, stage } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { latency, LOADS, pump, Word, words, wrapped } from './traffic.ts';

const bench = hardwareBench();
const ITEMS = words(100);

const staged = wrapped('staged', Word, Word, stage);
const skidded = wrapped('skidded', Word, Word, skid);
const chain = wrapped('chain', Word, Word, (source) => skid(stage(stage(skid(source)))));
const BLOCKS = [['stage', staged, 1], ['skid', skidded, 1], ['skid, stage, stage, skid', chain, 4]] as const;

describe.each(BLOCKS)('%s', (_name, block, cycles) => {
  test.each(LOADS)('all items in order, idle %i, back-pressure %i percent', (idle, pressure) => {
    const { out } = pump(bench.simulate(block), ITEMS, { idle, pressure });
    expect(out).toEqual(ITEMS);
  });

  test(`latency ${cycles}, then an item a cycle`, () => {
    expect(latency(bench.simulate(block))).toBe(cycles);
    expect(pump(bench.simulate(block), ITEMS).cycles).toBe(ITEMS.length + cycles);
  });
});

test('stage: nothing combinational forwards; ready passes backwards', () => {
  const sim = bench.simulate(staged);
  sim.io.in.valid = true;
  expect(sim.io.out.valid).toBe(false);
  sim.step();
  for (const valid of [true, false]) {
    sim.io.in.valid = valid;
    expect(sim.io.out.valid).toBe(true);
    for (const ready of [true, false]) {
      sim.io.out.ready = ready;
      expect(sim.io.in.ready).toBe(ready);
    }
  }
});

test('skid: nothing combinational either way, whatever it holds', () => {
  const sim = bench.simulate(skidded);
  for (const held of [0, 1, 2]) {
    const before = { valid: sim.io.out.valid, ready: sim.io.in.ready };
    expect(before).toEqual({ valid: held > 0, ready: held < 2 });
    for (const valid of [true, false]) {
      for (const ready of [true, false]) {
        sim.io.in.valid = valid;
        sim.io.out.ready = ready;
        expect({ valid: sim.io.out.valid, ready: sim.io.in.ready }).toEqual(before);
      }
    }
    Object.assign(sim.io.in, { valid: true, payload: held });
    sim.io.out.ready = false;
    sim.step();
  }
});

test('skid takes one item more than its sink, and then stops', () => {
  const sim = bench.simulate(skidded);
  const wave = sim.watch(['in_valid', 'in_ready', 'in_payload', 'out_valid', 'out_ready', 'out_payload']);
  sim.io.in.valid = true;
  for (const [payload, ready] of [[1, true], [2, true], [3, false], [4, false], [4, true], [4, true], [5, true]] as const) {
    sim.io.in.payload = payload;
    sim.io.out.ready = ready;
    sim.step();
  }
  sim.io.in.valid = false;
  sim.step(2);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle        0  1  2  3  4  5  6  7  8
    in_valid     ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁
    in_ready     ▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔
    in_payload   │1 │2 │3 │4       │5
    out_valid    ▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁
    out_ready    ▔▔▔▔▔▔▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    out_payload  │82│1 │2       │3 │4 │5
    "
  `);
});

test('registers of a reset hold no item', () => {
  const sim = bench.simulate(chain);
  sim.io.in.valid = true;
  sim.step(10);
  expect(sim.io.out.valid).toBe(true);
  sim.io.in.valid = false;
  sim.reset();
  expect(sim.io).toMatchObject({ in: { ready: true }, out: { valid: false } });
  sim.io.out.ready = true;
  sim.step(5);
  expect(sim.io.out.valid).toBe(false);
});

bench.verilog();
