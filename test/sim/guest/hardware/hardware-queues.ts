/** Hardware's queues (`host-side.ts`) as the fake engine uses them: commands come out of its ports, answers and notifications go in. */
import { CompletionEntry } from '../../../../hw/protocol/index.ts';
import { KINDS } from '../fake/connection.ts';
import type { Entry, VmQueues } from '../fake/vm.ts';
import type { EnginePort, Ports } from '../../../../sim/engine/engine.ts';
import { readPort, writePort } from '../../../../sim/engine/ports.ts';
import type { BusModel } from '../../../../sim/engine/test-bench.ts';
import type { OwnerMemory } from '../../../../sim/host/owner-memory.ts';

/** What waits for a port, and is offered there until it is taken. */
type Values = Readonly<Record<string, bigint>>;

/** Between two edges: outputs are what the last one sampled, inputs what the next one sees. */
export class HardwareQueues implements BusModel {
  readonly name = 'queues';
  readonly vms: readonly VmQueues[];
  /** Slots whose FINAL entry hardware has not written. */
  readonly busy = new Set<number>();
  /** Peers by connection, asked for by `lookup`. */
  readonly #peers = new Map<number, Values>();
  readonly #ports: Ports;
  readonly #byName = new Map<string, EnginePort>();
  readonly #entries: Uint8Array[][];
  readonly #statuses: Values[] = [];
  readonly #releases: Values[] = [];
  #notice: Values | undefined;
  #offers = false;

  constructor(ports: Ports, memories: readonly OwnerMemory[]) {
    this.#ports = ports;
    this.#entries = memories.map(() => []);
    this.vms = memories.map((memory, vm) => this.#queues(vm, memory));
    this.#write('entry_ready', 1n);
  }

  step(): void {
    if (this.#read('faults') !== 0n) throw new Error(`doorbell, read or write failed: ${this.#read('faults').toString(2)}`);
    if (this.#read('finished_valid') === 1n) this.busy.delete(Number(this.#read('finished_payload')));
    if (this.#read('entry_valid') === 1n) this.#entries[Number(this.#read('entry_payload_vm'))]!.push(bytesOf(this.#read('entry_payload_lanes')));
    if (this.#offers && this.#read('status_ready') === 1n) this.#statuses.shift();
    this.#offer('status', this.#statuses[0]);
    this.#offers = this.#statuses.length > 0;
    this.#offer('release', this.#releases.shift());
    this.#offer('notify', this.#notice);
    this.#notice = undefined;
    const peer = this.#peers.get(Number(this.#read('lookup')));
    if (peer !== undefined) for (const [name, value] of Object.entries(peer)) this.#write(`peer_${name}`, value);
  }

  #queues(vm: number, memory: OwnerMemory): VmQueues {
    const status = ({ handle, command_id, status, final }: Entry): void => {
      // A place is reserved for the answer to a command, and for nothing else here.
      if (final) throw new Error('hardware without listeners gives no rings back');
      this.#statuses.push({ vm: BigInt(vm), handle_index: BigInt(handle.index), handle_generation: BigInt(handle.generation), command_id: BigInt(command_id), status: BigInt(status), final: 0n });
    };
    const room = (): number => (this.#notice === undefined ? 1 : 0);
    return {
      memory,
      get room() { return room(); },
      // Hardware itself remembers what was consumed.
      cqHead: Infinity,
      fetch: () => this.#entries[vm]!.shift(),
      release: () => { this.#releases.push({ '': BigInt(vm) }); },
      answer: status,
      write: (entry) => {
        this.#peers.set(entry.handle.index, { remote_address: BigInt(entry.remote_address), remote_port: BigInt(entry.remote_port), command_id: BigInt(entry.command_id) });
        if (entry.final) this.busy.add(entry.handle.index);
        this.#notice = {
          connection: BigInt(entry.handle.index), generation: BigInt(entry.handle.generation), vm: BigInt(vm), ...Object.fromEntries(KINDS.map((kind) => [`kinds_${kind}`, entry[kind] ? 1n : 0n])),
          status: BigInt(entry.status), rx_filled: BigInt(entry.rx_filled), tx_freed: BigInt(entry.tx_freed), final: entry.final ? 1n : 0n,
        };
        return 0;
      },
      step: () => {},
    };
  }

  #offer(port: string, values: Values | undefined): void {
    this.#write(`${port}_valid`, values === undefined ? 0n : 1n);
    for (const [name, value] of Object.entries(values ?? {})) this.#write(name === '' ? `${port}_payload` : `${port}_payload_${name}`, value);
  }

  #port(name: string): EnginePort {
    const port = this.#byName.get(name) ?? this.#ports.port(name);
    this.#byName.set(name, port);
    return port;
  }

  #read(name: string): bigint {
    return readPort(this.#ports, this.#port(name));
  }

  #write(name: string, value: bigint): void {
    writePort(this.#ports, this.#port(name), value);
  }
}

function bytesOf(lanes: bigint): Uint8Array {
  return Uint8Array.from({ length: CompletionEntry.bytes }, (_, i) => Number((lanes >> BigInt(8 * i)) & 0xffn));
}
