/** Figures of a small build over short times: plausible, and worse where the machine was made slow. */
import { elaborate } from '@vtoe/hdl';
import { afterEach, describe, expect, test } from 'vitest';
import { vtoe } from '../../../bin/vtoe.ts';
import { config } from '../../../hw/config.ts';
import { toe } from '../../../hw/toe.ts';
import { FAMILIES } from '../../../sim/bench/index.ts';
import type { Subject } from '../../../sim/bench/figure.ts';
import { Meter, quantile } from '../../../sim/bench/meter.ts';
import type { NativeOptions } from '../../../sim/toe/native.ts';

const BUILD = config({ vms: 2, connections: 16, listeners: 4, prePosts: 16, timeWaitEntries: 16, neighbours: 8, sqEntriesMost: 1024, windowsPerVm: 2, addressesPerVm: 2 });
const DESIGN = elaborate(toe(BUILD));

async function figure(name: string, scale: number, machine: Partial<NativeOptions> = {}): Promise<number> {
  const subject: Subject = { config: BUILD, design: DESIGN, seed: 1, scale, machine };
  const family = FAMILIES.find(({ figures }) => Object.hasOwn(figures, name))!;
  return (await family.measure(subject, new Set([name])))[name]!;
}

/** In one cycle of so many it is ready. */
const seldom = (cycles: number) => ({ while: (() => { let at = 0; return () => (at += 1) % cycles !== 0; })() });

test('a meter knows nothing of what was before and after, nor of a count that does not move', () => {
  const meter = new Meter(100, 200);
  for (const [cycle, count] of [[10, 5], [100, 1000], [150, 1100], [190, 1180], [201, 9999]] as const) meter.sample(cycle, count);
  expect(meter.perCycle).toBe(2);
  expect(() => new Meter(0, 10).perCycle).toThrow('nothing moved from cycle 0 to 10');
});

test('a quantile is the least value that a share of all does not exceed', () => {
  const values = Array.from({ length: 1000 }, (_, i) => 1000 - i);
  expect([quantile(values, 0.5), quantile(values, 0.999), quantile(values, 1), quantile([7], 0.5)]).toEqual([500, 999, 1000, 7]);
});

test('goodputs: nearly the wire; less by a slow memory', async () => {
  for (const name of ['tx_goodput', 'rx_goodput']) {
    const value = await figure(name, 0.2);
    expect(value).toBeGreaterThan(0.95);
    expect(value).toBeLessThan(1.03);
  }
  const half = { memory: { read: { latency: 20 }, write: { latency: 20 }, pauses: { r: seldom(4), w: seldom(4) } } };
  for (const name of ['tx_goodput', 'rx_goodput', 'duplex_goodput']) expect(await figure(name, 0.1, half)).toBeLessThan(0.6);
});

test('goodput of all connections that there are: nearly the wire; less by a slow memory', async () => {
  const value = await figure('tx_goodput_1000', 0.04);
  expect(value).toBeGreaterThan(0.95);
  expect(value).toBeLessThan(1.03);
  expect(await figure('tx_goodput_1000', 0.02, { memory: { read: { latency: 20 }, write: { latency: 20 }, pauses: { r: seldom(4) } } })).toBeLessThan(0.6);
});

test('bubbles: few; more where payload comes too slowly', async () => {
  expect(await figure('tx_bubbles_per_frame_max', 0.2)).toBeLessThanOrEqual(2);
  expect(await figure('tx_bubbles_per_frame_max', 0.2, { memory: { pauses: { r: seldom(4) } } })).toBeGreaterThan(20);
});

test('latencies: below a microsecond; more by what memory takes', async () => {
  const slow = { memory: { read: { latency: 156 }, write: { latency: 156 } } };
  for (const [name, times] of [['doorbell_to_wire_ns', 2], ['wire_to_completion_ns', 1]] as const) {
    const value = await figure(name, 0.02);
    expect(value).toBeGreaterThan(100);
    expect(value).toBeLessThan(1000);
    expect(await figure(`${name}_p999`, 0.02, slow)).toBeGreaterThan(value + times * 900);
  }
});

test('64-byte segments: nearly the wire; less by a slow memory', async () => {
  for (const name of ['tx_64B_mpps', 'rx_64B_mpps']) {
    const value = await figure(name, 0.1);
    expect(value).toBeGreaterThan(7);
    expect(value).toBeLessThan(8.5);
    expect(await figure(name, 0.1, { memory: { pauses: { r: seldom(16), w: seldom(16) } } })).toBeLessThan(6);
  }
});

test('minimum-size frames: none lost; some where payload goes out too slowly', async () => {
  expect(await figure('rx_min_frames_lost', 0.05)).toBe(0);
  expect(await figure('rx_min_frames_lost', 0.1, { memory: { pauses: { w: seldom(64) } } })).toBeGreaterThan(50);
});

test('short connections: many; fewer through a slow memory', async () => {
  const value = await figure('connections_per_second', 0.5);
  expect(value).toBeGreaterThan(200_000);
  expect(value).toBeLessThan(5e6);
  expect(await figure('connections_per_second', 0.25, { memory: { read: { latency: 312 }, write: { latency: 312 } } })).toBeLessThan(0.8 * value);
});

const SPEEDS = ['sim_cycles_per_second_builtin', 'sim_cycles_per_second_verilator', 'sim_builtin_over_verilator'] as const;

test('the speed of the simulator is one', async () => {
  const value = await figure('sim_cycles_per_second_builtin', 0.05);
  expect(value).toBeGreaterThan(100);
  expect(value).toBeLessThan(1e8);
});

describe('without Verilator', () => {
  const PATH = process.env['PATH'];
  afterEach(() => { process.env['PATH'] = PATH; });
  const SENTENCE = 'verilator is not installed: the Verilator engine needs it; install it with `sudo apt-get install verilator`';
  const told = async (only: readonly string[]) => {
    process.env['PATH'] = '/bin/does-not-exist';
    const [out, errors]: string[][] = [[], []];
    const status = await vtoe(['bench', '--json', '--only', only.join(',')], { print: (text) => out!.push(text), complain: (text) => errors!.push(text), status: () => {} });
    return { status, names: out!.flatMap((text) => (JSON.parse(text) as { figures: { name: string }[] }).figures.map(({ name }) => name)), errors };
  };

  test('figures of it are left out with a sentence, and the others are measured', async () => {
    const absent: (readonly string[])[] = [];
    process.env['PATH'] = '/bin/does-not-exist';
    const family = FAMILIES.find(({ figures }) => Object.hasOwn(figures, SPEEDS[0]))!;
    const values = await family.measure({ config: BUILD, design: DESIGN, seed: 1, scale: 0.05, absent: (names, { message }) => absent.push([...names, message]) }, new Set(SPEEDS));
    expect(Object.keys(values)).toEqual([SPEEDS[0]]);
    expect(absent).toEqual([[SPEEDS[1], SPEEDS[2], SENTENCE]]);
  });

  test('if that was all, the command says so, and has not run', async () => {
    expect(await told([SPEEDS[2]])).toEqual({ status: 2, names: [], errors: [SENTENCE] });
  });
});

// A minute of a compiler's work.
test.runIf(process.env['VTOE_LONG'] === '1')('the same run on both engines, in turns', async () => {
  const family = FAMILIES.find(({ figures }) => Object.hasOwn(figures, SPEEDS[0]))!;
  const { [SPEEDS[0]]: builtin, [SPEEDS[1]]: verilator, [SPEEDS[2]]: ratio } = await family.measure({ config: BUILD, design: DESIGN, seed: 1, scale: 0.25 }, new Set(SPEEDS));
  for (const value of [builtin, verilator]) expect(value).toBeGreaterThan(100);
  // The median of turns is near the ratio of the means.
  expect(ratio! / (builtin! / verilator!)).toBeGreaterThan(0.3);
  expect(ratio! / (builtin! / verilator!)).toBeLessThan(3);
}, 1_200_000);
