/** What the VMM writes before a guest can start: read back from the registers, and the order in which it takes effect. */
import type { Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { engineRegisters } from '../../../sim/guest/bus.ts';
import { enableEngine, setUpEngine, setUpVm, windowOf } from '../../../sim/guest/setup.ts';
import { createHostMemory } from '../../../sim/host/host-memory.ts';
import { random } from '../../../sim/random.ts';
import { FakeRegisters } from './fake/page.ts';
import { toEnd } from './fake/to-end.ts';

const build = config({ vms: 3, addressesPerVm: 2, windowsPerVm: 2 });

/** Writes of the process, by register. */
function run(process: (registers: ReturnType<typeof engineRegisters>) => Process, readyAfter = 3): { fake: FakeRegisters; order: number[] } {
  const fake = new FakeRegisters(build);
  let reads = 0;
  fake.reads.set(fake.map.status.address, () => {
    reads += 1;
    return reads > readyAfter ? 1 : 0;
  });
  const order: number[] = [];
  const bus = fake.bus(1);
  const noted = { read32: bus.read32, write32: (address: number, value: number) => { order.push(address); return bus.write32(address, value); } };
  toEnd(process(engineRegisters(build, noted)));
  return { fake, order };
}

test('engine: waits for the tables, then keys, clock and constants', () => {
  const { fake: { map, counts }, order } = run(function* (registers) {
    yield* setUpEngine(registers, build, { random: random(1), tcp: { rto_min: 1234, delayed_ack: 0 }, infrastructurePercent: 5, axiAttributes: { aw: 15, ar: 11 } });
    yield* enableEngine(registers);
  });
  expect(counts.reads).toBe(4);
  expect(map.isn_key.low.read()).not.toBe(map.flow_key.low.read());
  for (const key of [map.isn_key, map.flow_key]) for (const half of [key.low, key.high]) expect(half.read() > 2n ** 32n).toBe(true);
  expect(map.clock_increment.read()).toBe(107_374n);
  expect([map.tcp.rto_min.read(), map.tcp.delayed_ack.read()]).toEqual([1234n, 0n]);
  // 5 percent of 8 bytes a cycle, in 2^-16.
  expect(map.infrastructure_rate.read()).toBe(26_214n);
  expect(map.axi_attributes.read()).toEqual({ aw: 15n, ar: 11n });
  expect(map.interrupt_mask.read()).toEqual({ fault: true, punt: false, raw: false });
  expect(order.at(-1)).toBe(map.control.address);
  expect(map.control.read()).toEqual({ enable: true });
});

test('VM: its addresses and windows, each with its apply last; what is not named is taken out', () => {
  const memory = createHostMemory({ vmmBytes: 4096, vms: [{ bytes: 8192 }, { bytes: 8192 }, { bytes: 1 << 20 }] }).vms[2]!;
  const { fake: { map, words }, order } = run(function* (registers) {
    yield* setUpVm(registers, build, {
      vm: 2, addresses: [{ address: 0x0a00_0001, mac: 0x0200_0000_0001n, prefixBits: 24, gateway: 0x0a00_00fe, mtu: 9000, vlan: 7, ports: { first: 1, last: 99 } }],
      windows: [windowOf(memory)], quota: { connections: 10, listeners: 3 }, share: { weight: 4, quantum: 9244 },
    });
  });
  const address = map.address(4);
  expect([address.address.read(), address.mac.read(), address.gateway.read()]).toEqual([0x0a00_0001n, 0x0200_0000_0001n, 0x0a00_00fen]);
  expect([address.ports.read(), address.link.read(), address.prefix.read()]).toEqual([{ first: 1n, last: 99n }, { vlan: 7n, tagged: true, mtu: 9000n }, { bits: 24n }]);
  const window = map.window(4);
  expect([window.guest.read(), window.host.read(), window.limit.read()]).toEqual([0x4000_0000n, BigInt(memory.hostAddress(0x4000_0000)), 1n << 20n]);
  expect([address.apply, map.address(5).apply, window.apply, map.window(5).apply].map((apply) => words.get(apply.address))).toEqual([1, 0, 3, 0]);
  for (const { apply, element } of [{ apply: address.apply.address, element: address.address.address }, { apply: window.apply.address, element: window.guest.address }]) {
    expect(Math.max(...order.map((one, i) => (one >= element && one < element + 32 ? i : -1)))).toBe(order.indexOf(apply));
  }
  expect([map.vm(2).quota.read(), map.vm(2).share.read()]).toEqual([{ connections: 10n, listeners: 3n }, { weight: 4n, quantum: 9244n }]);
  // Nothing of the others.
  expect(order.filter((one) => one >= map.address(0).address.address && one < map.address(4).address.address)).toEqual([]);
});

test('what makes no sense', () => {
  const address = { address: 1, mac: 1n, prefixBits: 24 };
  const window = { guest: 0n, host: 0n, bytes: 4096, writable: true };
  const cases: [string, Parameters<typeof setUpVm>[2]][] = [
    ['vm must be a whole number from 0 to 2, not 3', { vm: 3, addresses: [address], windows: [window] }],
    ['addresses must be a whole number from 1 to 2, not 3', { vm: 0, addresses: [address, address, address], windows: [window] }],
    ['windows must be a whole number from 1 to 2, not 0', { vm: 0, addresses: [address], windows: [] }],
    ['bytes must be a multiple of 4096 from 4096 up, not 100', { vm: 0, addresses: [address], windows: [{ ...window, bytes: 100 }] }],
  ];
  for (const [sentence, setup] of cases) expect(() => run((registers) => setUpVm(registers, build, setup))).toThrow(sentence);
  expect(() => run((registers) => setUpEngine(registers, build, { random: random(1) }), Infinity)).toThrow('the engine did not become ready');
});
