/** A connection of the fake engine: its rings in guest memory, and the word of what its guest was not told yet. */
import { Status, type ValuesOf, type RingDescriptor } from '../../../../hw/protocol/index.ts';
import type { OwnerMemory } from '../../../../sim/host/owner-memory.ts';
import type { End } from './end.ts';

export const KINDS = ['connected', 'accepted', 'data', 'sent', 'peer_closed', 'closed', 'reset', 'error'] as const;
export type Kind = (typeof KINDS)[number];
type Descriptor = ValuesOf<typeof RingDescriptor>;

interface FakeRing {
  readonly address: number;
  readonly bytes: number;
}

const ringOf = ({ page, log2_bytes }: Descriptor): FakeRing => ({ address: Number(page) * 4096, bytes: 2 ** log2_bytes });

export interface FakeConnectionOptions {
  readonly index: number;
  readonly generation: number;
  readonly vm: number;
  readonly memory: OwnerMemory;
  readonly rxRing: Descriptor;
  readonly txRing: Descriptor;
  readonly remoteAddress: number;
  readonly remotePort: number;
  readonly localPort: number;
  /** Of the ACCEPT. */
  readonly commandId: number;
}

export class FakeConnection implements End {
  readonly options: FakeConnectionOptions;
  other: End | undefined;
  isOpen = false;
  isOver = false;
  isFinal = false;
  /** What its guest was not told. */
  readonly bits = new Set<Kind>();
  tellsFinal = false;
  status = Status.value.OK;
  /** CQ index of the entry that was not consumed. */
  outstanding: number | undefined;
  /** Absolute, not wrapped. */
  rcvNxt = 0;
  rcvUser = 0;
  sndUna = 0;
  sndTail = 0;
  readonly set: Record<string, number> = {};
  #fin: 'no' | 'owed' | 'sent' = 'no';
  #finReceived = false;
  #rcvClosed = false;
  readonly #rx: FakeRing;
  readonly #tx: FakeRing;

  constructor(options: FakeConnectionOptions) {
    this.options = options;
    this.#rx = ringOf(options.rxRing);
    this.#tx = ringOf(options.txRing);
  }

  get hasNews(): boolean {
    return (this.bits.size > 0 || this.tellsFinal) && this.outstanding === undefined && !this.isFinal;
  }

  // Commands: undefined, or why not.

  send(position: number): number | undefined {
    if (this.isOver) return Status.value.BAD_HANDLE;
    if (this.#fin !== 'no') return Status.value.BAD_STATE;
    const tail = this.sndTail + ((position - this.sndTail) | 0);
    if (tail < this.sndTail || tail - this.sndUna > this.#tx.bytes) return Status.value.BAD_POSITION;
    this.sndTail = tail;
    return undefined;
  }

  receive(position: number): number | undefined {
    if (this.isOver) return Status.value.BAD_HANDLE;
    const head = this.rcvUser + ((position - this.rcvUser) | 0);
    if (head < this.rcvUser || head > this.rcvNxt) return Status.value.BAD_POSITION;
    this.rcvUser = head;
    return undefined;
  }

  shutdown(closes: boolean): number | undefined {
    if (this.isOver) return Status.value.BAD_HANDLE;
    if (closes && this.isOpen && this.rcvNxt !== this.rcvUser) return this.abort();
    if (closes) this.#rcvClosed = true;
    if (!this.isOpen) {
      this.#end('closed', Status.value.OK);
      return undefined;
    }
    if (this.#fin === 'no') this.#fin = 'owed';
    return undefined;
  }

  abort(): number | undefined {
    if (this.isOver) return Status.value.BAD_HANDLE;
    this.other?.resetReceived();
    this.#end('closed', Status.value.ABORTED);
    return undefined;
  }

  opened(kind: 'connected' | 'accepted', other: End): void {
    this.isOpen = true;
    this.other = other;
    this.bits.add(kind);
  }

  failed(kind: 'reset' | 'error', status: number): void {
    this.#end(kind, status);
  }

  // The network.

  get space(): number {
    return this.isOver ? 0 : this.#room;
  }

  get toSend(): number {
    return this.isOpen && !this.isOver ? this.sndTail - this.sndUna : 0;
  }

  take(length: number): Uint8Array {
    const data = new Uint8Array(length);
    for (let i = 0; i < length; i += 1) data[i] = this.options.memory.read8(this.#tx.address + ((this.sndUna + i) % this.#tx.bytes));
    this.sndUna += length;
    this.bits.add('sent');
    return data;
  }

  put(data: Uint8Array): void {
    if (this.#rcvClosed) {
      this.other?.resetReceived();
      this.#end('reset', Status.value.RESET);
      return;
    }
    data.forEach((byte, i) => { this.options.memory.write8(this.#rx.address + ((this.rcvNxt + i) % this.#rx.bytes), byte); });
    this.rcvNxt += data.length;
    this.bits.add('data');
  }

  get owesFin(): boolean {
    return this.isOpen && !this.isOver && this.#fin === 'owed' && this.sndUna === this.sndTail;
  }

  finSent(): void {
    this.#fin = 'sent';
    if (this.#finReceived) this.#end('closed', Status.value.OK);
  }

  finReceived(): void {
    if (this.isOver) return;
    this.#finReceived = true;
    this.bits.add('peer_closed');
    if (this.#fin === 'sent') this.#end('closed', Status.value.OK);
  }

  resetReceived(): void {
    if (!this.isOver) this.#end('reset', Status.value.RESET);
  }

  /** What hardware may still do until FINAL: the ring's room is its own. */
  scribble(): void {
    for (let i = 0; i < this.#room; i += 1) this.options.memory.write8(this.#rx.address + ((this.rcvNxt + i) % this.#rx.bytes), 0xee);
  }

  get #room(): number {
    return this.#rx.bytes - (this.rcvNxt - this.rcvUser);
  }

  #end(kind: Kind, status: number): void {
    this.isOver = true;
    this.bits.add(kind);
    this.status = status;
    this.tellsFinal = true;
  }
}
