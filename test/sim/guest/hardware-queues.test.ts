/**
 * The driver on hardware's own register bank, queues, events, interrupts and DMA, over AXI, in the built-in simulator. What is
 * behind the queues is the fake engine's network.
 */
import { elaborate, type Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { AxiLiteMaster } from '../../../sim/bus/axi-lite-master.ts';
import { AxiMemory } from '../../../sim/bus/axi-memory.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { readPort } from '../../../sim/engine/ports.ts';
import { TestBench } from '../../../sim/engine/test-bench.ts';
import { busOf, engineRegisters } from '../../../sim/guest/bus.ts';
import { Driver, type DriverOptions } from '../../../sim/guest/driver.ts';
import { enableEngine, setUpEngine, setUpVm, windowOf } from '../../../sim/guest/setup.ts';
import { bulkReceive, bulkSend, echo } from '../../../sim/guest/workloads/bulk.ts';
import { respondOnce, shortConnections } from '../../../sim/guest/workloads/request-response.ts';
import { startServer } from '../../../sim/guest/workloads/servers.ts';
import { hostStore } from '../../../sim/host/axi-store.ts';
import { createHostMemory } from '../../../sim/host/host-memory.ts';
import { violationText } from '../../../sim/host/violation.ts';
import { random } from '../../../sim/random.ts';
import { FakeToe } from './fake/fake-toe.ts';
import { ADDRESSES, CLOCK_NS } from './fake/machine.ts';
import { processesOn } from './fake/processes.ts';
import { HardwareQueues } from './hardware/hardware-queues.ts';
import { hostSide } from './hardware/host-side.ts';

const VMS = 2;
const BUILD = config({ vms: VMS, connections: 16, listeners: 4, sqEntriesMost: 256, cqEntriesMost: 512, windowsPerVm: 1, addressesPerVm: 1 });
const DESIGN = elaborate(hostSide(BUILD));

function machine(seed: number, driver: Partial<DriverOptions>) {
  const host = createHostMemory({ vmmBytes: 4096, vms: Array.from({ length: VMS }, () => ({ bytes: 1 << 20 })) });
  const bench = new TestBench(builtinEngine(DESIGN));
  const { ports } = bench;
  const master = bench.add(new AxiLiteMaster(ports, { prefix: 's_axil_', outstanding: 4 }));
  bench.add(new AxiMemory(ports, { prefix: 'm_axi_', store: hostStore(host.dma), reorder: true, seed, read: { latency: [20, 200] }, write: { latency: [20, 200] } }));
  const queues = bench.add(new HardwareQueues(ports, host.vms));
  const toe = bench.add(new FakeToe({ config: BUILD, queues: queues.vms, addresses: ADDRESSES, busy: queues.busy, seed }));
  const drivers = host.vms.map((memory, vm) => new Driver({
    config: BUILD, bus: busOf(master), vm, memory, addresses: [ADDRESSES[vm]!], now: () => bench.cycle * CLOCK_NS, rxBytes: 4096, txBytes: 4096, keepRings: 0, ...driver,
  }));
  const irq = ports.port('irq');
  bench.add({
    name: 'irq', step: () => {
      const bits = readPort(ports, irq);
      if (bits !== 0n) for (const [vm, one] of drivers.entries()) if ((bits >> BigInt(1 + vm)) & 1n) one.interrupt();
    },
  });
  bench.reset();
  const { go, finish } = processesOn(bench);
  go('VMM', (function* (): Process {
    const registers = engineRegisters(BUILD, busOf(master));
    yield* setUpEngine(registers, BUILD, { random: random(seed) });
    for (const [vm, memory] of host.vms.entries()) yield* setUpVm(registers, BUILD, { vm, addresses: [{ address: ADDRESSES[vm]!, mac: 1n, prefixBits: 24 }], windows: [windowOf(memory)] });
    yield* enableEngine(registers);
  })());
  finish(10_000);
  for (const [vm, one] of drivers.entries()) {
    go(`start ${vm}`, one.start());
    bench.start(`driver ${vm}`, one.serve());
  }
  finish(10_000);
  const server = (port: number, serve: Parameters<typeof startServer>[2]['serve']) => {
    const made = startServer((name, process) => bench.start(name, process), drivers[1]!, { endpoint: { address: 0, port }, backlog: 4, serve });
    bench.until(() => made.isUp, 10_000);
    return made;
  };
  return { bench, host, toe, drivers, go, finish, server, problems: () => [...host.damage(), ...host.violations.map(violationText)] };
}

const VARIANTS: Record<string, Partial<DriverOptions>> = {
  'queues of 16 entries': { sqLog2: 4, cqLog2: 4 },
  'polled, without interrupts': { pollCycles: 100, cqLog2: 8 },
  'larger queues': { sqLog2: 8, cqLog2: 9, budget: 4 },
};

for (const [name, driver] of Object.entries(VARIANTS)) {
  test(`echo and short connections: ${name}`, () => {
    const m = machine(7, driver);
    const options = { stream: 3, requestBytes: 64, responseBytes: 200 };
    const echoes = m.server(7, (socket) => echo(socket, 900));
    const short = m.server(80, (socket) => respondOnce(socket, 'client', options));
    for (let i = 0; i < 2; i += 1) {
      m.go(`echo ${i}`, (function* (): Process {
        const socket = m.drivers[0]!.socket();
        yield* socket.connect({ address: ADDRESSES[1]!, port: 7 });
        m.bench.start('send', bulkSend(socket, { stream: i, bytes: 12_000 }));
        yield* bulkReceive(socket, { stream: i, bytes: 12_000 });
        yield* socket.close();
      })());
      m.go(`short ${i}`, shortConnections(m.drivers[0]!, { ...options, server: { address: ADDRESSES[1]!, port: 80 }, connections: 12 }));
    }
    m.finish(400_000);
    m.bench.until(() => echoes.served === 2 && short.served === 24, 20_000);
    // The last FINAL entries.
    m.bench.until(() => [...m.drivers].every(({ connections }) => [...connections].length === 0), 20_000);
    expect(m.problems()).toEqual([]);
    expect(m.drivers[0]!.counters).toMatchObject({ connects: 26, ended: 26, refused: 0 });
    expect(m.toe.connections.size).toBe(0);
    m.bench.close();
  });
}
