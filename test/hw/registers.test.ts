/** The register map: its reference, where pages lie, what is refused, and that the constants are the model's. */
import { existsSync } from 'node:fs';
import type { Process } from '@vtoe/hdl';
import { axiLiteMaster, cHeader, markdown, registerBank, registerProcess } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { config, ConfigError, derived } from '../../hw/config.ts';
import { COUNTERS, INTERFACE_MAJOR, INTERFACE_MINOR, registerMap } from '../../hw/registers.ts';
import { TCP_CONSTANTS } from '../../hw/tcp/constants.ts';
import * as model from '../../sim/tcp/constants.ts';
import { hardwareBench } from '../hdl/support/bench.ts';
import { expectParts } from './support/page.ts';

const bench = hardwareBench();
const small = config({ vms: 2 });

test('the reference page shows the map', async () => {
  await expectParts('registers.md', () => markdown(registerMap(config()), { level: 2 }).trimEnd());
});

test('the page of the counters has them all, each with the page of who counts', async () => {
  const rows = COUNTERS.map(({ name, page, doc }, i) => `| ${i} | \`${name}\` | [${page.replace(/^.*\/|\.md$/g, '')}](${page}) | ${doc} |`);
  await expectParts('counters.md', () => ['| counter | name | of | counts |', '| --- | --- | --- | --- |', ...rows].join('\n'));
  expect(new Set(COUNTERS.map(({ name }) => name)).size).toBe(COUNTERS.length);
  expect(COUNTERS.filter(({ page }) => !existsSync(new URL(`../../docs/reference/${page}`, import.meta.url)))).toEqual([]);
});

describe('places', () => {
  test.each([[8, 4096], [2, 16_384], [127, 65_536]])('%i VMs, pages %i bytes apart', (vms, pageStrideBytes) => {
    const build = config({ vms, pageStrideBytes });
    const { layout } = registerMap(build);
    const page = layout.sections.find(({ name }) => name === 'page')!;
    expect(page).toMatchObject({ base: pageStrideBytes, stride: pageStrideBytes, count: vms });
    expect(layout).toMatchObject({ size: (vms + 1) * pageStrideBytes, addressWidth: derived(build).axilAddressBits });
    // The VMM's page holds all that is not a VM's own.
    for (const { name, base, count, stride } of layout.sections) if (count !== undefined && name !== 'page') expect(base + count * stride).toBeLessThanOrEqual(pageStrideBytes);
  });

  test("more VMs than the VMM's page has room for are refused in one sentence", () => {
    expect(() => registerMap(config({ vms: 20 }))).toThrow(new ConfigError(["pageStrideBytes must be at least 5948, room in the VMM's page for what there is of each of 20 VMs, not 4096"]));
  });

  test("a VM's offsets are those of every other, for every build with the same interface", () => {
    const offsets = [config(), config({ vms: 3, connections: 16_384, pageStrideBytes: 65_536 })].map((build) => registerMap(build).layout.sections.at(-1)!.registers.map(({ name, offset }) => [name, offset]));
    expect(offsets[0]).toEqual(offsets[1]);
  });
});

/** Drivers rely on it, whatever the parameters ask for. */
test('capabilities do not claim what no build has', () => {
  const { capabilities } = registerMap(config({ sack: true, synCookies: true })).items.page.registers;
  const claims = Object.fromEntries(Object.entries(capabilities.content).map(([name, { reset }]) => [name, reset]));
  expect(claims).toMatchObject({ timestamps: true, sack: false, syn_cookies: false });
});

/** The model's names are in camelCase, with `Ticks` behind spans of the slow clock. */
test('constants begin as in the model', () => {
  const plain = (name: string) => name.replace(/Ticks$/, '').toLowerCase();
  const ours = Object.entries(TCP_CONSTANTS).map(([name, [, initial]]) => [plain(name.replaceAll('_', '')), initial] as const);
  const theirs = Object.entries(model.TCP_CONSTANTS).map(([name, initial]) => [plain(name), initial] as const);
  expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
});

test('a driver reads and writes what is its own', () => {
  const map = registerMap(small);
  const sim = bench.simulate(registerBank(map));
  const seen: unknown[] = [];
  const faults: unknown[] = [];
  sim.start((function* (): Process {
    const bus = axiLiteMaster(sim.io.axil, sim.sampled.axil);
    const driver = registerProcess(map, bus);
    seen.push(yield* driver.page(1).version.read(), yield* driver.tcp.rto_min.read(), yield* driver.clock_increment.read());
    yield* driver.page(1).sq_base.write(0x12_3456_7000n);
    yield* driver.page(0).sq_base.write(0xabcn);
    seen.push(yield* driver.page(1).sq_base.read());
    yield* driver.address(3).address.write(0x0a00_0001n);
    seen.push(yield* driver.address(3).address.read(), yield* driver.address(2).address.read());
  })());
  for (let cycle = 0; cycle < 200; cycle++) {
    sim.step();
    if (sim.sampled.readFault.valid) faults.push(sim.sampled.readFault.payload);
  }
  expect(seen).toEqual([{ major: BigInt(INTERFACE_MAJOR), minor: BigInt(INTERFACE_MINOR) }, 200_000n, 107_374n, 0x12_3456_7000n, 0x0a00_0001n, 0n]);
  expect(faults).toEqual([]);
});

test('a hole in a page reads 0 and is reported; beyond the map the answer is SLVERR', () => {
  const map = registerMap(small);
  const sim = bench.simulate(registerBank(map));
  const read = (address: number) => {
    Object.assign(sim.io.axil.ar, { valid: true, payload: { addr: address, prot: 0 } });
    sim.io.axil.r.ready = true;
    let fault: unknown;
    for (let cycle = 0; cycle < 8; cycle++) {
      sim.step();
      if (sim.sampled.axil.ar.ready && cycle === 0) sim.io.axil.ar.valid = false;
      if (sim.sampled.readFault.valid) fault = sim.sampled.readFault.payload.cause;
      if (sim.sampled.axil.r.valid) return { ...sim.sampled.axil.r.payload, fault };
    }
    return undefined;
  };
  expect(read(0x1ff0)).toMatchObject({ data: 0n, resp: 'OKAY', fault: 'Hole' });
  expect(read(0x3000)).toMatchObject({ data: 0n, resp: 'SLVERR', fault: 'Beyond' });
});

test('the C header names pages, doorbells and constants', () => {
  const header = cHeader(registerMap(config()));
  for (const line of ['#define VTOE_PAGE_BASE 0x1000u', '#define VTOE_PAGE_STRIDE 0x1000u', '#define VTOE_PAGE_COUNT 8u']) expect(header).toContain(line);
  expect(header).toMatch(/#define VTOE_PAGE_SQ_TAIL_OFFSET 0x[0-9a-f]+u/);
});

bench.verilog();
