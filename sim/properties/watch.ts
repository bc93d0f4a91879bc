/**
 * The properties that hold in every run of a whole TOE, whatever it is for: watched on the wire, on its AXI master and on the register
 * bus, by what is independent of the design and of the model of TCP. The first that fails is told at once.
 */
import type { Config } from '../../hw/config.ts';
import type { AxiStore } from '../bus/axi-store.ts';
import type { TestBench } from '../engine/test-bench.ts';
import { engineRegisters, type GuestBus } from '../guest/bus.ts';
import type { OwnerMemory } from '../host/owner-memory.ts';
import { Acknowledged } from './acknowledged.ts';
import { AtRest } from './at-rest.ts';
import { Commands } from './commands.ts';
import { DmaBuffers } from './dma-buffers.ts';
import { OfferedWindow } from './offered-window.ts';
import { StreamFrames } from './stream-frames.ts';
import { isTcp, wireSegment } from './wire-segment.ts';

export interface PropertiesOptions {
  readonly bench: TestBench;
  readonly config: Config;
  /** Memory of the VMM, and of the VMs that have a driver, in order. */
  readonly vmm: OwnerMemory;
  readonly vms: readonly OwnerMemory[];
  /** A sentence. */
  readonly onProblem: (problem: string) => void;
}

/** Addresses of registers are all that is wanted. */
const NO_BUS: GuestBus = {
  read32: () => { throw new Error('properties read no register'); },
  write32: () => { throw new Error('properties write no register'); },
};

/** Cycles in which what is under way at the end of a run must come to rest, and how often one looks. */
const REST_CYCLES = 20_000;
const LOOK_CYCLES = 500;

export class Properties {
  readonly acknowledged: Acknowledged;
  readonly window: OfferedWindow;
  readonly dma: DmaBuffers;
  readonly commands: readonly Commands[];
  readonly #bench: TestBench;
  readonly #atRest: AtRest;
  readonly #onProblem: (problem: string) => void;

  /** Before all that drives the ports: inputs are then what the edge saw. */
  constructor({ bench, config, vmm, vms, onProblem }: PropertiesOptions) {
    const { ports } = bench;
    this.#bench = bench;
    this.#onProblem = onProblem;
    this.acknowledged = new Acknowledged(onProblem);
    this.window = new OfferedWindow(onProblem);
    bench.add(new StreamFrames(ports, 's_axis_rx_', 'in', (frame, user) => { if (user === 0) this.#arrived(frame); }));
    bench.add(new StreamFrames(ports, 'm_axis_tx_', 'out', (frame) => this.#sent(frame)));
    this.dma = bench.add(new DmaBuffers(ports, 'm_axi_', [vmm, ...vms], onProblem));
    this.#atRest = new AtRest(bench.engine, config);
    const registers = engineRegisters(config, NO_BUS);
    this.commands = vms.map((memory, vm) => {
      const { sq_tail, sq_base, cq_base, queue_size, control } = registers.page(vm);
      const addresses = { sq_tail: sq_tail.address, sq_base: sq_base.address, cq_base: cq_base.address, queue_size: queue_size.address, control: control.address };
      return bench.add(new Commands(ports, 's_axil_', { registers: addresses, memory, onProblem, onStop: () => {
        for (const problem of this.#atRest.unused(vm)) onProblem(problem);
      } }));
    });
  }

  /** The store that the AXI master has, watched. */
  watched(store: AxiStore): AxiStore {
    return {
      read: (access, address, length, into, at) => store.read(access, address, length, into, at),
      write: (access, address, length, from, at) => {
        this.commands[access.user - 1]?.written(address, length, from, at);
        return store.write(access, address, length, from, at);
      },
    };
  }

  #sent(frame: Uint8Array): void {
    const segment = wireSegment(frame, 'toe');
    if (segment === undefined) {
      if (isTcp(frame)) this.#onProblem('the TOE sends a segment whose checksum or length is wrong');
      return;
    }
    this.acknowledged.sent(segment);
    this.window.sent(segment);
  }

  /** The TOE has it whole, marked as good. */
  #arrived(frame: Uint8Array): void {
    const segment = wireSegment(frame, 'peer');
    if (segment === undefined) return;
    this.acknowledged.arrived(segment);
    this.window.arrived(segment);
  }

  /** Before the first connection. */
  begin(): void {
    this.#atRest.note();
  }

  /** When everything has ended: what is left, a sentence each. Runs the bench until it is at rest. */
  left(): string[] {
    for (let cycles = 0; cycles < REST_CYCLES && this.#atRest.differences().length > 0; cycles += LOOK_CYCLES) this.#bench.run(LOOK_CYCLES);
    return [...this.#atRest.differences(), ...this.commands.flatMap((commands) => commands.unfinished())];
  }
}
