/** One VM of the fake engine: its register page and its queues, as docs/reference/host has them. */
import { CompletionEntry, type GivenOf, QUEUE_ENTRY_BYTES } from '../../../../hw/protocol/index.ts';
import { VM_FAULTS } from '../../../../hw/registers.ts';
import type { OwnerMemory } from '../../../../sim/host/owner-memory.ts';
import type { Random } from '../../../../sim/random.ts';
import type { FakeRegisters } from './page.ts';

export type Entry = Omit<GivenOf<typeof CompletionEntry>, 'phase' | 'sq_head' | 'queue_id' | 'ext'>;

/** A VM's queues, as the rest of the fake engine uses them: these, or hardware's. */
export interface VmQueues {
  readonly memory: OwnerMemory;
  /** Places for events. */
  readonly room: number;
  /** Entries up to before it were consumed. */
  readonly cqHead: number;
  /** The next command, with a place for its answer. */
  fetch(): Uint8Array | undefined;
  /** It ended without an answer. */
  release(): void;
  answer(entry: Entry, now: number): void;
  /** An entry that no command asked for. @returns its index */
  write(entry: Entry, now: number): number;
  step(now: number): void;
}

interface Pending {
  readonly index: number;
  readonly entry: Entry;
  readonly head: number;
  due: number;
}

export class FakeVm implements VmQueues {
  readonly memory: OwnerMemory;
  enabled = false;
  sqHead = 0;
  cqTail = 0;
  cqHead = 0;
  readonly #page: ReturnType<FakeRegisters['map']['page']>;
  readonly #random: Random;
  readonly #irq: () => void;
  #sqTail = 0;
  #reserved = 0;
  #mask = 0;
  #latch = 0;
  #due = false;
  #faultCause = 0;
  #writing: Pending[] = [];
  /** Cycles that an entry takes at most on its way to memory. */
  readonly #writeCycles: number;
  mostReserved = 0;

  constructor(registers: FakeRegisters, vm: number, memory: OwnerMemory, random: Random, writeCycles: number, irq: () => void) {
    this.memory = memory;
    this.#random = random;
    this.#irq = irq;
    this.#writeCycles = writeCycles;
    const page = registers.map.page(vm);
    this.#page = page;
    const { writes, reads } = registers;
    // What hardware has as constants.
    registers.words.set(page.version.address, 1 << 16);
    registers.words.set(page.capabilities.address, 10 | (6 << 5) | (12 << 10) | (13 << 15));
    reads.set(page.status.address, () => 1 | (this.enabled || this.#writing.length > 0 ? 2 : 0) | (this.#faultCause === 0 ? 0 : 4));
    reads.set(page.fault.address, () => this.#faultCause);
    reads.set(page.sq_head.address, () => this.sqHead & 0xffff);
    reads.set(page.interrupt_status.address, () => this.#latch);
    writes.set(page.interrupt_status.address, (value) => { this.#latch &= ~value; });
    writes.set(page.interrupt_mask.address, (value) => {
      this.#mask = value;
      this.#raise();
    });
    writes.set(page.control.address, (value) => {
      this.enabled = (value & 1) === 1;
    });
    writes.set(page.sq_tail.address, (value) => {
      if (!this.enabled) return;
      const tail = this.#sqTail + (((value - this.#sqTail) << 16) >> 16);
      if (tail < this.#sqTail || tail - this.sqHead > this.#sqEntries) this.fault('Doorbell');
      else this.#sqTail = tail;
    });
    writes.set(page.cq_head.address, (value) => {
      if (!this.enabled) return;
      const head = this.cqHead + ((value - this.cqHead) & 0xf_ffff);
      if (head > this.cqTail) this.fault('Doorbell');
      else this.cqHead = head;
    });
  }

  get #sqEntries(): number {
    return 2 ** Number(this.#page.queue_size.read().sq_log2);
  }

  get #cqLog2(): number {
    return Number(this.#page.queue_size.read().cq_log2);
  }

  /** Places that are neither written nor reserved. */
  get room(): number {
    return this.enabled ? 2 ** this.#cqLog2 - (this.cqTail - this.cqHead) - this.#reserved : 0;
  }

  fault(cause: keyof typeof VM_FAULTS): void {
    this.#faultCause = Object.keys(VM_FAULTS).indexOf(cause);
    this.enabled = false;
    this.#latch |= 2;
    if ((this.#mask & 2) !== 0) this.#irq();
  }

  /** The next entry, with a place for its answer; one place is left to events. */
  fetch(): Uint8Array | undefined {
    if (!this.enabled || this.sqHead === this.#sqTail || this.room < 2) return undefined;
    const base = Number(this.#page.sq_base.read());
    const entry = this.memory.read(base + (this.sqHead % this.#sqEntries) * QUEUE_ENTRY_BYTES, QUEUE_ENTRY_BYTES);
    this.sqHead += 1;
    this.#reserved += 1;
    this.mostReserved = Math.max(this.mostReserved, this.#reserved);
    return entry;
  }

  release(): void {
    this.#reserved -= 1;
  }

  answer(entry: Entry, now: number): void {
    this.#reserved -= 1;
    if (this.enabled) this.write(entry, now);
  }

  /** @returns the entry's index */
  write(entry: Entry, now: number): number {
    if (this.cqTail - this.cqHead >= 2 ** this.#cqLog2) throw new Error('the fake engine wrote without a place');
    this.#writing.push({ index: this.cqTail, entry, head: this.sqHead & 0xffff, due: now + 1 + this.#random.below(this.#writeCycles) });
    this.cqTail += 1;
    return this.cqTail - 1;
  }

  /** Entries become visible in any order; the interrupt follows. */
  step(now: number): void {
    if (this.#writing.length === 0) return;
    const log2 = this.#cqLog2;
    const base = Number(this.#page.cq_base.read());
    this.#writing = this.#writing.filter(({ index, entry, head, due }) => {
      if (due > now) return true;
      const phase = ((index >> log2) & 1) === 0;
      const bytes = CompletionEntry.encode({ ...entry, queue_id: 0, ext: false, sq_head: head, phase });
      this.memory.write(base + (index % 2 ** log2) * QUEUE_ENTRY_BYTES, bytes);
      this.#due = true;
      return false;
    });
    this.#raise();
  }

  #raise(): void {
    if (!this.#due || (this.#mask & 1) === 0) return;
    this.#due = false;
    this.#latch |= 1;
    this.#irq();
  }
}
