/** The submission queue as its guest sees it: entries in guest memory, a tail that is announced by doorbell, a head that completion entries tell. */
import type { Wait } from '@vtoe/hdl';
import { QUEUE_ENTRY_BYTES } from '../../../hw/protocol/index.ts';
import type { HostBuffer } from '../../host/allocator.ts';
import type { OwnerMemory } from '../../host/owner-memory.ts';
import type { VmRegisters } from '../bus.ts';
import { DriverError } from '../errors.ts';

/** Indices are free-running modulo 2^16; a queue has half of that at most. */
const INDEX_MASK = 0xffff;

/** Writes one entry. */
export type EntryWriter = (bytes: Uint8Array, at: number) => void;

export class SubmissionQueue {
  readonly entries: number;
  readonly address: number;
  /** Index of the next entry. */
  tail = 0;
  doorbells = 0;
  readonly #memory: OwnerMemory;
  readonly #buffer: HostBuffer;
  /** Entries up to before it were fetched. */
  #head = 0;
  /** The tail that the engine knows. */
  #announced = 0;
  #ringing = false;

  constructor(memory: OwnerMemory, log2Entries: number) {
    this.entries = 2 ** log2Entries;
    this.#memory = memory;
    this.#buffer = memory.allocate(this.entries * QUEUE_ENTRY_BYTES, { alignment: 4096, label: 'submission queue' });
    this.address = this.#buffer.address;
  }

  /** Places for entries. */
  get room(): number {
    return this.entries - ((this.tail - this.#head) & INDEX_MASK);
  }

  get needsDoorbell(): boolean {
    return this.#announced !== this.tail;
  }

  push(write: EntryWriter): void {
    if (this.room === 0) throw new DriverError('the submission queue is full');
    write(this.#memory.view(this.address + (this.tail % this.entries) * QUEUE_ENTRY_BYTES, QUEUE_ENTRY_BYTES), 0);
    this.tail = (this.tail + 1) & INDEX_MASK;
  }

  /** A completion entry says how far entries were fetched; an older one may come later. */
  sawHead(head: number): void {
    const by = (head - this.#head) & INDEX_MASK;
    if (by > 2 ** 15) return;
    if (by > ((this.#announced - this.#head) & INDEX_MASK)) throw new DriverError(`the engine fetched entries up to ${head}, but was told of those up to ${this.#announced}`);
    this.#head = head;
  }

  /** Tells the engine of what was pushed. One process does it at a time, so that tails come in their order; the others' entries go with it. */
  * ring(page: VmRegisters): Generator<Wait, void, void> {
    if (this.#ringing) return;
    this.#ringing = true;
    try {
      while (this.#announced !== this.tail) {
        // The engine may answer before the write is acknowledged.
        this.#announced = this.tail;
        this.doorbells += 1;
        yield* page.sq_tail.write(this.tail);
      }
    } finally {
      this.#ringing = false;
    }
  }

  free(): void {
    this.#memory.free(this.address);
  }
}
