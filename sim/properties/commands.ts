/**
 * Every command completes or errors, once: what a guest announces by doorbell on the register bus, against the entries that the
 * TOE writes into its completion queue. SEND, RECEIVE and NOP are silent unless they ask for an answer. Nothing is told of a connection
 * behind its FINAL entry, and who was told of a connection hears of its end.
 */
import { CompletionEntry, Opcode, QUEUE_ENTRY_BYTES, Status, SubmissionEntry } from '../../hw/protocol/index.ts';
import { Signals } from '../bus/signals.ts';
import type { Ports } from '../engine/engine.ts';
import type { BusModel } from '../engine/test-bench.ts';
import type { OwnerMemory } from '../host/owner-memory.ts';

const INDEX_MASK = 0xffff;
const { SEND, RECEIVE, NOP, ACCEPT, CONNECT } = Opcode.value;
const NAMES = new Map<number, string>(Object.entries(Opcode.value).map(([name, value]) => [value, name]));

/** Byte addresses of registers in the TOE's map. */
export interface QueueRegisters {
  readonly sq_tail: number;
  readonly sq_base: number;
  readonly cq_base: number;
  readonly queue_size: number;
  readonly control: number;
}

export interface CommandsOptions {
  readonly registers: QueueRegisters;
  readonly memory: OwnerMemory;
  readonly onProblem: (problem: string) => void;
  /** The VM is being stopped, and nothing of that has happened yet. */
  readonly onStop: () => void;
}

interface Waiting {
  readonly opcode: number;
  /** Of an ACCEPT: its command was answered, its rings were used or came back. */
  isAnswered: boolean;
  isOver: boolean;
}

type Entry = ReturnType<typeof CompletionEntry.decode>;

/** The queues of one VM. */
export class Commands implements BusModel {
  readonly name = 'commands';
  /** Commands and entries that were looked at. */
  commands = 0;
  entries = 0;
  readonly #words: Uint32Array;
  readonly #bus;
  readonly #registers: QueueRegisters;
  readonly #memory: OwnerMemory;
  readonly #onProblem: (problem: string) => void;
  readonly #onStop: () => void;
  /** What came on one of the two channels of a write and waits for the other. */
  readonly #addresses: number[] = [];
  readonly #data: number[] = [];
  readonly #values = new Map<number, number>();
  #sq = { address: 0, entries: 1 };
  #cq = { address: 0, entries: 1 };
  #tail = 0;
  readonly #waiting = new Map<number, Waiting>();
  /** SENDs, RECEIVEs and NOPs that ask for an answer, by their command id, which they may share. */
  readonly #signals = new Map<number, number>();
  /** Connections that were told of, by index and generation. */
  readonly #open = new Set<number>();
  readonly #ended = new Set<number>();

  constructor(ports: Ports, prefix: string, { registers, memory, onProblem, onStop }: CommandsOptions) {
    const signals = new Signals(ports, prefix, 'the property of commands');
    const at = (name: string, direction: 'in' | 'out'): number => signals.required(name, direction).at;
    this.#words = ports.words;
    this.#bus = { awvalid: at('awvalid', 'in'), awready: at('awready', 'out'), awaddr: at('awaddr', 'in'), wvalid: at('wvalid', 'in'), wready: at('wready', 'out'), wdata: at('wdata', 'in') };
    this.#registers = registers;
    this.#memory = memory;
    this.#onProblem = onProblem;
    this.#onStop = onStop;
  }

  /** Looks at what happens only. */
  nextCycle(): number {
    return Infinity;
  }

  step(): void {
    const words = this.#words;
    const { awvalid, awready, awaddr, wvalid, wready, wdata } = this.#bus;
    if (words[awvalid] !== 0 && words[awready] !== 0) this.#addresses.push(words[awaddr]!);
    if (words[wvalid] !== 0 && words[wready] !== 0) this.#data.push(words[wdata]!);
    while (this.#addresses.length > 0 && this.#data.length > 0) this.#wrote(this.#addresses.shift()!, this.#data.shift()!);
  }

  /** The TOE has written to guest memory; `from` holds it at `at`. */
  written(address: number, length: number, from: Uint8Array, at: number): void {
    const { region: { hostBase, guestBase } } = this.#memory;
    const offset = address - hostBase + guestBase - this.#cq.address;
    if (offset < 0 || offset >= this.#cq.entries * QUEUE_ENTRY_BYTES) return;
    if (offset % QUEUE_ENTRY_BYTES !== 0 || length % QUEUE_ENTRY_BYTES !== 0) {
      this.#onProblem(`the TOE writes ${length} bytes at ${offset} of the completion queue: no whole entries`);
      return;
    }
    for (let i = 0; i < length; i += QUEUE_ENTRY_BYTES) this.#entry(CompletionEntry.decode(from.subarray(at + i, at + i + QUEUE_ENTRY_BYTES)));
  }

  /** What is not over yet, a sentence each: at the end of a run there is nothing. */
  unfinished(): string[] {
    return [
      ...[...this.#waiting].map(([id, { opcode }]) => `command ${id} (${nameOf(opcode)}) was never answered`),
      ...[...this.#signals].filter(([, count]) => count > 0).map(([id, count]) => `${count} of the commands ${id} that asked for an answer had none`),
      ...[...this.#open].map((handle) => `connection ${handle & 0xffff} (generation ${Math.floor(handle / 65_536)}) never had its FINAL entry`),
    ];
  }

  #wrote(address: number, value: number): void {
    const { sq_tail, sq_base, cq_base, queue_size, control } = this.#registers;
    this.#values.set(address, value);
    const wide = (base: number): number => (this.#values.get(base) ?? 0) + (this.#values.get(base + 4) ?? 0) * 2 ** 32;
    if (address === control && (value & 1) === 0) this.#onStop();
    else if (address === control) {
      const sizes = this.#values.get(queue_size) ?? 0;
      this.#sq = { address: wide(sq_base), entries: 2 ** (sizes & 0x1f) };
      this.#cq = { address: wide(cq_base), entries: 2 ** ((sizes >> 8) & 0x1f) };
      this.#tail = 0;
    } else if (address === sq_tail) {
      const count = (value - this.#tail) & INDEX_MASK;
      // A doorbell that announces more than there is stops the VM, and announces nothing.
      if (count > this.#sq.entries) return;
      for (let i = 0; i < count; i += 1) this.#command(this.#memory.view(this.#sq.address + ((this.#tail + i) % this.#sq.entries) * QUEUE_ENTRY_BYTES, QUEUE_ENTRY_BYTES));
      this.#tail = value & INDEX_MASK;
    }
  }

  #command(bytes: Uint8Array): void {
    const { opcode, signal, command_id } = SubmissionEntry.decode(bytes);
    this.commands += 1;
    if (opcode !== SEND && opcode !== RECEIVE && opcode !== NOP) this.#waiting.set(command_id, { opcode, isAnswered: false, isOver: opcode !== ACCEPT });
    else if (signal) this.#signals.set(command_id, (this.#signals.get(command_id) ?? 0) + 1);
  }

  #entry(entry: Entry): void {
    this.entries += 1;
    const { response, accepted, final, status } = entry;
    const handle = entry.handle.index + 65_536 * entry.handle.generation;
    const opcode = response || accepted ? this.#answered(entry) : undefined;
    if (accepted || (opcode === CONNECT && status === Status.value.OK)) this.#begins(handle);
    if (response) return;
    if (this.#ended.has(handle)) this.#onProblem(`the TOE tells of connection ${entry.handle.index} (generation ${entry.handle.generation}) behind its FINAL entry`);
    if (final) {
      this.#open.delete(handle);
      this.#ended.add(handle);
    }
  }

  /** @returns what was answered, if it was no SEND, RECEIVE or NOP */
  #answered({ command_id, response, accepted, final, status }: Entry): number | undefined {
    const waiting = this.#waiting.get(command_id);
    if (waiting === undefined) {
      const signals = this.#signals.get(command_id) ?? 0;
      if (signals > 0) this.#signals.set(command_id, signals - 1);
      // Of those that did not ask, refusals.
      else if (accepted || status === Status.value.OK) this.#onProblem(`the TOE answers command ${command_id}, which waits for no answer`);
      return undefined;
    }
    if (waiting.opcode === ACCEPT) {
      const isUsed = accepted || (response && final) || (response && status !== Status.value.OK);
      if (isUsed && waiting.isOver) this.#onProblem(`the rings of ACCEPT ${command_id} are used twice`);
      if (isUsed) waiting.isOver = true;
      if (response) waiting.isAnswered = true;
    } else waiting.isAnswered = true;
    if (waiting.isAnswered && waiting.isOver) this.#waiting.delete(command_id);
    return waiting.opcode;
  }

  #begins(handle: number): void {
    if (!this.#ended.has(handle)) this.#open.add(handle);
  }
}

function nameOf(opcode: number): string {
  return NAMES.get(opcode) ?? `opcode ${opcode}`;
}
