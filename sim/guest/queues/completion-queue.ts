/** The completion queue as its guest sees it: an entry is new while its phase is that of the round; a doorbell gives places back, many at a time. */
import type { Wait } from '@vtoe/hdl';
import { CompletionEntry, QUEUE_ENTRY_BYTES, type ValuesOf } from '../../../hw/protocol/index.ts';
import type { OwnerMemory } from '../../host/owner-memory.ts';
import type { VmRegisters } from '../bus.ts';

export type Completion = ValuesOf<typeof CompletionEntry>;

/** Indices are free-running modulo 2^20. */
const INDEX_MASK = 0xf_ffff;

export class CompletionQueue {
  readonly entries: number;
  readonly address: number;
  /** Index of the next entry to be read. */
  head = 0;
  doorbells = 0;
  readonly #memory: OwnerMemory;
  readonly #log2Entries: number;
  /** The head that the engine knows. */
  #announced = 0;

  constructor(memory: OwnerMemory, log2Entries: number) {
    this.entries = 2 ** log2Entries;
    this.#log2Entries = log2Entries;
    this.#memory = memory;
    // Zeroed: no entry has the phase of the first round.
    this.address = memory.allocate(this.entries * QUEUE_ENTRY_BYTES, { alignment: 4096, label: 'completion queue' }).address;
  }

  /** Entries that were read and whose places the engine does not have back. */
  get unannounced(): number {
    return (this.head - this.#announced) & INDEX_MASK;
  }

  /** Whether `take` would give an entry. */
  get ready(): boolean {
    const phase = ((this.head >> this.#log2Entries) & 1) === 0;
    return CompletionEntry.get(this.#place(), 'phase') === phase;
  }

  take(): Completion | undefined {
    if (!this.ready) return undefined;
    const entry = CompletionEntry.decode(this.#place());
    this.head = (this.head + 1) & INDEX_MASK;
    return entry;
  }

  /** Gives back the places of what was read. Only one process may. */
  * ring(page: VmRegisters): Generator<Wait, void, void> {
    if (this.unannounced === 0) return;
    this.#announced = this.head;
    this.doorbells += 1;
    yield* page.cq_head.write(this.head);
  }

  free(): void {
    this.#memory.free(this.address);
  }

  #place(): Uint8Array {
    return this.#memory.view(this.address + (this.head % this.entries) * QUEUE_ENTRY_BYTES, QUEUE_ENTRY_BYTES);
  }
}
