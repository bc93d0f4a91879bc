/**
 * A machine that has a TOE for itself: host memory behind the AXI port, registers over AXI-Lite, the interrupt line, a link with
 * a peer at its other end, and a driver. The TOE is any design with the TOE's ports, on any engine.
 */
import type { Wait } from '@vtoe/hdl';
import type { Config } from '../../hw/config.ts';
import { AxiLiteMaster, type AxiLiteMasterOptions } from '../bus/axi-lite-master.ts';
import { AxiMemory, type AxiMemoryOptions } from '../bus/axi-memory.ts';
import type { Engine } from '../engine/engine.ts';
import { TestBench } from '../engine/test-bench.ts';
import { busOf, engineRegisters, type EngineRegisters } from '../guest/bus.ts';
import { Driver, type DriverOptions } from '../guest/driver.ts';
import { type AddressSetup, enableEngine, type EngineSetup, setUpEngine, setUpVm, windowOf } from '../guest/setup.ts';
import { hostStore } from '../host/axi-store.ts';
import { createHostMemory, type HostMemory } from '../host/host-memory.ts';
import { violationText } from '../host/violation.ts';
import { clock } from '../link/clock.ts';
import type { DirectionOptions, LinkEvent } from '../link/direction.ts';
import { createLink, type Link, type LinkOptions } from '../link/link.ts';
import { Peer, type PeerOptions } from '../peer/peer.ts';
import { Properties } from '../properties/watch.ts';
import { random } from '../random.ts';
import { MacAttachment } from './mac-attachment.ts';

/** The machine, its peer, and their network. */
export const OWN = { address: 0x0a00_0001, mac: 0x0200_0000_0001n };
export const PEER = { address: 0x0a00_0002, mac: 0x0200_0000_0002 };
const PREFIX_BITS = 24;
/** Whose page it uses. */
const VM = 0;

export interface NativeOptions {
  readonly engine: Engine;
  readonly config: Config;
  readonly seed?: number;
  readonly rateBitsPerSecond?: LinkOptions['rateBitsPerSecond'];
  readonly toPeer?: DirectionOptions;
  readonly toToe?: DirectionOptions;
  readonly onLinkEvent?: (event: LinkEvent) => void;
  readonly peer?: Partial<Pick<PeerOptions, 'tcp' | 'misbehaviour'>>;
  /** Of the machine; default 32 MiB. */
  readonly memoryBytes?: number;
  readonly memory?: Pick<AxiMemoryOptions, 'read' | 'write' | 'reorder' | 'pauses'>;
  readonly registers?: Pick<AxiLiteMasterOptions, 'readCost' | 'writeCost' | 'timeout'>;
  readonly setup?: Partial<EngineSetup>;
  readonly address?: Partial<AddressSetup>;
  readonly driver?: Partial<DriverOptions>;
  /** Told of every property that fails, in a sentence; by default it is thrown, and ends the run. */
  readonly onProblem?: (problem: string) => void;
  /** False: the design has the host's side of a TOE only, of which the properties say nothing. */
  readonly isWhole?: boolean;
  /** Whether idle time is skipped, in a build with `simulationPorts`; default true. */
  readonly skip?: boolean;
}

export interface Native {
  readonly bench: TestBench;
  readonly host: HostMemory;
  readonly link: Link;
  readonly mac: MacAttachment;
  readonly peer: Peer;
  readonly master: AxiLiteMaster;
  readonly registers: EngineRegisters;
  readonly driver: Driver;
  /** What is watched in every run of a whole TOE. */
  readonly properties: Properties | undefined;
  /** Sets everything up, and starts to serve the driver: part of a process, after the reset. */
  start(): Generator<Wait, void, void>;
  /** What was done wrong to memory so far, and what is left: `stop` the driver before. Runs on until the TOE is at rest. */
  problems(): string[];
}

export function nativeMachine(options: NativeOptions): Native {
  const { engine, config, seed = 1, rateBitsPerSecond = 10_000_000_000, toPeer = { latencyPs: 1_000_000 }, toToe = { latencyPs: 1_000_000 }, onLinkEvent, memoryBytes = 1 << 25, memory = {}, skip = true } = options;
  const bench = new TestBench(engine, { skip, clockHz: config.clockHz });
  const { ports } = bench;
  const time = clock(config.clockHz);
  const host = createHostMemory({ vmmBytes: 1 << 16, vms: [{ bytes: memoryBytes }] });
  const own = host.vms[VM]!;

  const link = createLink({ rateBitsPerSecond, seed, aToB: toPeer, bToA: toToe });
  const peer: Peer = new Peer({
    mac: PEER.mac, address: PEER.address, seed, ...options.peer,
    transmit: (frame) => {
      const now = BigInt(peer.nowNs) * 1000n;
      link.send('b', frame, now < link.nowPs ? link.nowPs : now);
    },
  });
  const { onProblem = (problem: string) => { throw new Error(problem); }, isWhole = true } = options;
  const properties = isWhole ? new Properties({ bench, config, vmm: host.vmm, vms: host.vms, onProblem }) : undefined;
  const mac = new MacAttachment(ports, { link, clock: time, station: peer, ...(onLinkEvent === undefined ? {} : { onEvent: onLinkEvent }) }).addTo(bench);

  const master = bench.add(new AxiLiteMaster(ports, { prefix: 's_axil_', outstanding: 4, ...options.registers }));
  const store = hostStore(host.dma);
  bench.add(new AxiMemory(ports, { prefix: 'm_axi_', store: properties?.watched(store) ?? store, seed, ...memory }));
  const bus = busOf(master);
  const registers = engineRegisters(config, bus);
  const periodNs = 1e9 / config.clockHz;
  const driver = new Driver({ config, bus, vm: VM, memory: own, addresses: [OWN.address], now: () => bench.cycle * periodNs, seed, ...options.driver });
  // Bit 0 is the VMM's.
  const irq = ports.port('irq').offset >> 2;
  const rings = (): boolean => ((ports.words[irq]! >> (1 + VM)) & 1) !== 0;
  bench.add({ name: 'irq', step: () => { if (rings()) driver.interrupt(); }, nextCycle: (cycle) => (rings() ? cycle : Infinity) });

  return {
    bench, host, link, mac, peer, master, registers, driver, properties,
    * start() {
      yield* setUpEngine(registers, config, { random: random(seed).fork('keys'), ...options.setup });
      yield* setUpVm(registers, config, { vm: VM, addresses: [{ ...OWN, prefixBits: PREFIX_BITS, ...options.address }], windows: [windowOf(own)] });
      yield* enableEngine(registers);
      yield* driver.start();
      properties?.begin();
      bench.start('driver', driver.serve());
    },
    problems: () => [...(properties?.left() ?? []), ...host.damage(), ...host.leaks(), ...host.violations.map(violationText)],
  };
}
