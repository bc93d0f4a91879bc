import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import type { Engine } from '../../../sim/engine/engine.ts';
import { lockstepEngine } from '../../../sim/engine/lockstep.ts';
import { writePort } from '../../../sim/engine/ports.ts';
import { emitForModel } from '../../../sim/engine/verilator/verilator.ts';
import { bench, BUILD_MILLISECONDS, design } from './subject.ts';
import { tiny } from './tiny.ts';
import { hasTool, vcdValues } from './waves.ts';

const folder = mkdtempSync(join(tmpdir(), 'vtoe-lockstep-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** One bit of one output, from the cycle on in which the count of overflows reaches 2. */
const FAULT = { file: 'packet_fifo_w96_d16_p4_c32.v', right: 'assign out_payload_data = ram_read;', wrong: "assign out_payload_data = ram_read ^ {95'd0, counts_overflow == 32'd2} << 77;" };
/** The top's assertion is gone, too: all in one text, which is one build. */
const SILENT = { file: 'subject.v', right: '$stop;', wrong: '' };

const emitted = emitForModel(design);
const faulty = { ...emitted, files: new Map(emitted.files) };

beforeAll(async () => {
  for (const { file, right, wrong } of [FAULT, SILENT]) {
    const text = emitted.files.get(file)!;
    if (!text.includes(right)) throw new Error(`${file} has no ${right} to be replaced`);
    faulty.files.set(file, text.replace(right, wrong));
  }
  await lockstepEngine(design, { verilog: faulty });
  await lockstepEngine(tiny);
}, BUILD_MILLISECONDS);

/** When the fault shows, and what the output is then: told by the design itself. */
function expectedDifference(): { readonly cycle: number; readonly data: bigint } {
  const engine = builtinEngine(design);
  for (let cycle = 0; ; cycle += 1) {
    bench(engine, cycle);
    if (engine.peek('queue.counts_overflow') !== 2n) continue;
    return { cycle, data: engine.peek('out_payload_data') };
  }
}

test('a fault of one bit is reported at its first cycle and port, with waveforms of both', async (context) => {
  const { cycle, data } = expectedDifference();
  expect(cycle).toBeGreaterThan(50);
  const prefix = join(folder, 'fault');
  const engine = await lockstepEngine(design, { verilog: faulty, prefix, cycles: 40 });
  const { rows, failure } = bench(engine, 5000);
  expect(rows).toHaveLength(cycle);
  const [first, last] = [cycle - 39, cycle];
  expect(failure).toEqual({
    cycle,
    message: `the engines differ in cycle ${cycle}: out_payload_data is 0x${data.toString(16)} in the built-in engine and 0x${(data ^ (1n << 77n)).toString(16)} in Verilator; `
      + `cycles ${first} to ${last} are in ${prefix}.built-in.vcd and ${prefix}.verilator.fst`,
  });
  expect(engine.cycle).toBe(cycle);
  expect(engine.run(10)).toBe(0);

  const mine = vcdValues(readFileSync(`${prefix}.built-in.vcd`, 'utf8'));
  expect(mine.times).toEqual([10 * first, 10 * last + 10]);
  expect(mine.at('subject.out_payload_data', 10 * last)).toBe(data);
  expect(existsSync(`${prefix}.verilator.fst`)).toBe(true);
  if (!hasTool('fst2vcd')) context.skip('fst2vcd is not installed (Debian package gtkwave): nobody has read the FST');
  const theirs = vcdValues(execFileSync('fst2vcd', [`${prefix}.verilator.fst`], { encoding: 'utf8' }));
  expect(theirs.times[0]).toBe(10 * first);
  // The same picture on the same time axis, up to the cycle of the difference.
  for (let at = first; at < last; at += 1) {
    for (const signal of ['subject.level', 'subject.out_payload_data', 'subject.queue.wr', 'subject.queue.ends.count', 'subject.in_payload_data']) {
      expect([at, signal, theirs.at(signal, 10 * at)]).toEqual([at, signal, mine.at(signal, 10 * at)]);
    }
  }
  expect(theirs.at('subject.out_payload_data', 10 * last)).toBe(data ^ (1n << 77n));
});

test('a difference after many cycles shows the last ones only, also from a snapshot', async () => {
  const engine = await lockstepEngine(design, { verilog: faulty, prefix: join(folder, 'late') });
  engine.run(25_000);
  const start = engine.cycle;
  const { failure } = bench(engine, start + 5000);
  expect(failure!.cycle).toBeGreaterThan(start);
  expect(failure!.message).toContain(`cycles ${failure!.cycle - 999} to ${failure!.cycle} are in ${join(folder, 'late')}.built-in.vcd`);
  expect(vcdValues(readFileSync(join(folder, 'late.built-in.vcd'), 'utf8')).times).toEqual([10 * (failure!.cycle - 999), 10 * failure!.cycle + 10]);
});

test('without waveforms a difference is a sentence all the same', async () => {
  const engine = await lockstepEngine(design, { verilog: faulty, cycles: 0 });
  expect(bench(engine, 5000).failure?.message).toMatch(/^the engines differ in cycle \d+: out_payload_data is 0x[0-9a-f]+ in the built-in engine and 0x[0-9a-f]+ in Verilator$/);
});

test('waveforms that cannot be written do not hide the difference', async () => {
  const engine = await lockstepEngine(design, { verilog: faulty, prefix: join(folder, 'no', 'such', 'folder') });
  expect(bench(engine, 5000).failure?.message).toMatch(/in Verilator; there are no waveforms of it: cannot write .*folder\.built-in\.vcd: ENOENT/);
});

test('outputs that never toggled are listed', async () => {
  const engine = await lockstepEngine(design, { verilog: faulty });
  engine.run(3);
  expect(engine.neverToggled()).toContain('level');
  bench(engine, expectedDifference().cycle);
  expect(engine.neverToggled()).toEqual(['out_payload_user', 'tied']);
  expect(engine.failure).toBeUndefined();
});

test('an assertion that only one engine knows is a difference', async () => {
  const engine = await lockstepEngine(design, { verilog: faulty, cycles: 0 });
  const builtin = bench(builtinEngine(design), 100, (cycle) => (cycle < 20 ? 16n : 3n)).failure!;
  expect(bench(engine, 100, (cycle) => (cycle < 20 ? 16n : 3n)).failure).toEqual({
    cycle: builtin.cycle,
    message: `the engines differ in cycle ${builtin.cycle}: Verilator goes on where the built-in engine says "${builtin.message}"`,
  });
});

test('two assertions, one of each engine, are a difference', async () => {
  const violated = (engine: Engine): Engine => {
    const { ports } = engine;
    for (let cycle = 20; engine.peek('level') === 0n; cycle += 1) bench(engine, cycle);
    // Of the first assertion, the top's, the faulty text knows nothing.
    for (const [port, value] of [['limit', 0n], ['in_valid', 1n], ['in_payload_last', 0n], ['in_payload_keep', 5n]] as const) writePort(ports, ports.port(port), value);
    expect(engine.run(1)).toBe(0);
    return engine;
  };
  const { cycle, message } = violated(builtinEngine(design)).failure!;
  const { failure } = violated(await lockstepEngine(design, { verilog: faulty, cycles: 0 }));
  expect(failure!.message).toContain(`the engines differ in cycle ${cycle}: the built-in engine says "${message}" and Verilator "assertion in queue failed in cycle ${cycle}: packetFifo: keep must be`);
});

test('a memory collision, of which Verilog knows nothing, is the built-in engine\'s failure', async () => {
  const clash = (engine: Engine): Engine => {
    engine.run(4);
    writePort(engine.ports, engine.ports.port('clash'), 1n);
    expect(engine.run(10)).toBe(1);
    return engine;
  };
  const [builtin, lockstep] = [clash(builtinEngine(tiny)), clash(await lockstepEngine(tiny))];
  expect(lockstep.failure).toEqual(builtin.failure);
  expect(lockstep.failure?.message).toMatch(/^memory collision in the top failed in cycle 5: /);
  expect([lockstep.cycle, lockstep.run(1)]).toEqual([5, 0]);
});
