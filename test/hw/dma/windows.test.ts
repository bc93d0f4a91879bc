import { pausing, simulate, type SimValue, streamSink, streamSource, UInt } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { type DmaPageAnswer, dmaWindows } from '../../../hw/dma/windows.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { openWindows, type Window } from './bursts.ts';

const bench = hardwareBench();
const ALL = (1n << 52n) - 1n;

interface Asked {
  readonly owner: number;
  readonly page: bigint;
  readonly carried: number;
}

/** By the definition, window by window. */
function expected(windows: readonly Window[], access: 'read' | 'write', { owner, page, carried }: Asked) {
  const around = windows.filter(({ vm, guest, pages }) => vm === owner - 1 && page >= guest && page < guest + pages).sort((a, b) => a.index - b.index);
  const first = around.find(({ writable }) => access === 'read' || writable);
  const host = owner === 0 ? page : first && (first.host + page - first.guest) & ALL;
  return { owner: BigInt(owner), page, carried: BigInt(carried), cause: host !== undefined ? 'None' : around.length > 0 ? 'ReadOnly' : 'OutsideWindows', ...(host === undefined ? {} : { host_page: host }) };
}

describe.each([
  ['read', 8, 4], ['write', 8, 4], ['write', 3, 1], ['read', 1, 2],
] as const)('%s, %i VMs, %i windows', (access, vms, windowsPerVm) => {
  const definition = dmaWindows(config({ vms, windowsPerVm }), { access, carried: UInt(8) });
  // Neighbours, an overlap, one that can only be read, and one up to the last page of all.
  const windows: readonly Window[] = [
    { vm: 0, index: 0, guest: 0x100n, host: 0x9000n, pages: 16n, writable: false }, { vm: 0, index: 1, guest: 0x10cn, host: 0x40n, pages: 8n, writable: true },
    { vm: 1, index: 0, guest: 0n, host: ALL - 7n, pages: 8n, writable: true }, { vm: 2, index: 0, guest: ALL - 3n, host: 0x77n, pages: 4n, writable: true },
    { vm: 7, index: 3, guest: 0x8_0000n, host: 0x8_0000n, pages: 1n, writable: true },
  ].filter(({ vm, index }) => vm < vms && index < windowsPerVm);
  const draw = random(3);
  const asked: Asked[] = Array.from({ length: 150 }, (_, carried) => {
    const owner = draw.below(vms + 1);
    const own = windows.filter(({ vm }) => vm === owner - 1);
    const near = own.length > 0 ? own[draw.below(own.length)]! : undefined;
    // Around the edges of a window.
    const page = near === undefined ? BigInt(draw.uint32()) : (draw.chance(0.5) ? near.guest : near.guest + near.pages) + BigInt(draw.below(4) - 2);
    return { owner, page: page & ALL, carried };
  });

  test.each([[0, 0], [50, 50]])('every page by its window, one a cycle, idle %i, back-pressure %i percent', (idle, pressure) => {
    const sim = bench.simulate(definition);
    sim.start(openWindows(sim.io.window, windows));
    sim.step(windows.length + 2);
    const out: SimValue<ReturnType<typeof DmaPageAnswer<ReturnType<typeof UInt>>>>[] = [];
    const start = sim.cycle;
    sim.start(streamSource(sim.io.in, sim.sampled.in, asked, pausing(idle, 1)));
    sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 2)));
    sim.until(() => out.length === asked.length, 2000);
    expect(out).toMatchObject(asked.map((item) => expected(windows, access, item)));
    if (idle === 0) expect(sim.cycle - start).toBe(asked.length + 3);
  });
});

const definition = dmaWindows(config({ vms: 2, windowsPerVm: 2 }), { access: 'write', carried: UInt(1) });
const base = { vm: 1, index: 1, guest: 0x10n, host: 0x20n, pages: 2n, writable: true };

function answer(page: bigint, ...changes: readonly (readonly Window[])[]) {
  const sim = bench.simulate(definition);
  for (const windows of changes) {
    sim.start(openWindows(sim.io.window, windows));
    sim.step(windows.length + 2);
  }
  sim.io.out.ready = true;
  Object.assign(sim.io.in, { valid: true, payload: { owner: 2, page, carried: 0 } });
  sim.step(3);
  return sim.io.out.payload.cause;
}

test('after reset, and with 0 pages, a window is off', () => {
  expect(answer(0x10n)).toBe('OutsideWindows');
  expect(answer(0x10n, [base])).toBe('None');
  expect(answer(0x10n, [base], [{ ...base, pages: 0n }])).toBe('OutsideWindows');
});

test('a window of another VM, or with another index, does not count for it', () => {
  expect(answer(0x10n, [{ ...base, vm: 0 }])).toBe('OutsideWindows');
  expect(answer(0x10n, [base], [{ ...base, index: 0, guest: 0x90n }])).toBe('None');
});

test('a window that would go beyond the last page ends there', () => {
  expect(answer(ALL, [{ ...base, guest: ALL - 1n, pages: 100n }])).toBe('None');
  expect(answer(0x5n, [{ ...base, guest: ALL - 1n, pages: 100n }])).toBe('OutsideWindows');
});

test('a reset closes all windows', () => {
  const sim = simulate(definition);
  sim.start(openWindows(sim.io.window, [base]));
  sim.step(3);
  sim.reset();
  sim.io.out.ready = true;
  Object.assign(sim.io.in, { valid: true, payload: { owner: 2, page: 0x10n, carried: 0 } });
  sim.step(3);
  expect(sim.io.out).toMatchObject({ valid: true, payload: { cause: 'OutsideWindows' } });
});

bench.verilog();
