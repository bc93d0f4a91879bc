/** The machine around a TOE: set up over the bus, driver and memory at work; behind hardware's queues is the fake network. */
import { elaborate, type Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { request, respond } from '../../../sim/guest/workloads/request-response.ts';
import { startServer } from '../../../sim/guest/workloads/servers.ts';
import { nativeMachine, OWN } from '../../../sim/toe/native.ts';
import { FakeToe } from '../guest/fake/fake-toe.ts';
import { HardwareQueues } from '../guest/hardware/hardware-queues.ts';
import { hostSide } from '../guest/hardware/host-side.ts';

test('a server and a client of one machine, by registers, memory and interrupts; and the peer is heard', () => {
  const build = config({ vms: 1, connections: 16, listeners: 4, sqEntriesMost: 256, cqEntriesMost: 1024, windowsPerVm: 2, addressesPerVm: 1 });
  const machine = nativeMachine({ engine: builtinEngine(elaborate(hostSide(build))), config: build, isWhole: false, memory: { reorder: true, read: { latency: 156 }, write: { latency: [20, 156] } }, driver: { keepRings: 0 } });
  const { bench, driver, host, peer, mac, master } = machine;
  const queues = bench.add(new HardwareQueues(bench.ports, host.vms));
  bench.add(new FakeToe({ config: build, queues: queues.vms, addresses: [OWN.address], busy: queues.busy }));
  bench.reset();
  const options = { stream: 5, requestBytes: 300, responseBytes: 900 };
  let isDone = false;
  bench.start('test', (function* (): Process {
    yield* machine.start();
    const server = startServer((name, process) => bench.start(name, process), driver, { endpoint: { address: OWN.address, port: 80 }, serve: (socket) => respond(socket, options) });
    yield () => server.isUp;
    const socket = driver.socket();
    yield* socket.connect({ address: OWN.address, port: 80 });
    yield* request(socket, 20, options);
    yield* socket.close();
    yield () => server.served === 1 && [...driver.connections].length === 0;
    isDone = true;
  })());
  // This design answers nothing, so the peer asks once a second; the first time at once.
  peer.ping(OWN.address, Uint8Array.of(1), () => {});
  bench.until(() => isDone, 200_000);
  expect(mac.source.counters.frames).toBe(1);
  expect(driver.counters).toMatchObject({ connects: 1, accepts: 1, ended: 2, refused: 0 });
  expect(driver.counters.interrupts).toBeGreaterThan(10);
  expect(master.counters.errors).toBe(0);
  expect(host.damage()).toEqual([]);
  expect(host.violationCount).toBe(0);
  // Queues and posted rings are still the engine's.
  expect(machine.problems().length).toBe(2 + 2 * 16);
  bench.close();
});
