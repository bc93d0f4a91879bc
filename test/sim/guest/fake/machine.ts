/** A machine with the fake engine: host memory, and a driver for each VM, under the test bench. */
import type { Process } from '@vtoe/hdl';
import { type Config, config } from '../../../../hw/config.ts';
import type { Engine } from '../../../../sim/engine/engine.ts';
import { TestBench } from '../../../../sim/engine/test-bench.ts';
import { Driver, type DriverOptions } from '../../../../sim/guest/driver.ts';
import { createHostMemory, type HostMemory } from '../../../../sim/host/host-memory.ts';
import { random } from '../../../../sim/random.ts';
import { type FakeOptions, FakeToe } from './fake-toe.ts';
import { FakeRegisters } from './page.ts';
import { processesOn } from './processes.ts';
import { FakeVm } from './vm.ts';

export const CLOCK_NS = 6.4;
export const ADDRESSES = [0x0a00_0001, 0x0a00_0002];

export interface MachineOptions extends Partial<Omit<FakeOptions, 'queues' | 'addresses'>> {
  readonly vms?: number;
  readonly memoryBytes?: number;
  readonly driver?: Partial<DriverOptions>;
  readonly accessCycles?: number;
  /** Of the drivers' clock. */
  readonly cycleNs?: number;
  /** Cycles that an entry takes at most on its way to memory. */
  readonly writeCycles?: number;
}

export interface Machine {
  readonly config: Config;
  readonly bench: TestBench;
  readonly host: HostMemory;
  readonly toe: FakeToe;
  readonly vms: readonly FakeVm[];
  readonly drivers: readonly Driver[];
  /** Starts a process; `finish` waits for all of them. */
  go(name: string, process: Process): void;
  /** Runs until the processes have ended. */
  finish(limit?: number): void;
  /** Stops the drivers and looks at what is left. @returns problems */
  end(): string[];
}

/** Nothing but time. */
function clockEngine(): Engine {
  let cycle = 0;
  return { get cycle() { return cycle; }, run: (cycles: number) => { cycle += cycles; return cycles; }, close: () => {}, failure: undefined } as unknown as Engine;
}

export function machine({ vms = 1, memoryBytes = 1 << 22, driver = {}, accessCycles = 5, writeCycles = 8, cycleNs = CLOCK_NS, ...options }: MachineOptions = {}): Machine {
  const build = options.config ?? config({ vms, connections: 64, listeners: 16, sqEntriesMost: 4096 });
  const host = createHostMemory({ vmmBytes: 1 << 16, vms: Array.from({ length: vms }, () => ({ bytes: memoryBytes })) });
  // The clock has no ports that could tell of idle time.
  const bench = new TestBench(clockEngine(), { skip: false });
  const registers = new FakeRegisters(build);
  registers.reads.set(registers.map.status.address, () => 1);
  const queues = host.vms.map((memory, vm) => new FakeVm(registers, vm, memory, random(options.seed ?? 1).fork(vm), writeCycles, () => drivers[vm]!.interrupt()));
  const toe = bench.add(new FakeToe({ ...options, config: build, queues, addresses: ADDRESSES.slice(0, vms) }));
  const drivers = host.vms.map((memory, vm) => new Driver({
    config: build, bus: registers.busOfVm(vm, accessCycles), vm, memory, addresses: [ADDRESSES[vm]!], now: () => bench.cycle * cycleNs, rxBytes: 4096, txBytes: 4096, keepRings: 0, ...driver,
  }));
  const { go, finish: until } = processesOn(bench);
  const finish = (limit = 200_000): void => { until(limit); };
  for (const [vm, one] of drivers.entries()) {
    go(`start ${vm}`, one.start());
    bench.start(`driver ${vm}`, one.serve());
  }
  finish();
  return {
    config: build, bench, host, toe, vms: queues, drivers, go, finish,
    end: () => {
      for (const [vm, one] of drivers.entries()) go(`stop ${vm}`, one.stop());
      finish();
      return [...host.damage(), ...host.leaks(), ...host.violations.map(({ reason }) => reason), ...toe.connections.size > 0 ? [`${toe.connections.size} connections are left`] : []];
    },
  };
}
