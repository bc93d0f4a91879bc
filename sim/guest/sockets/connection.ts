/**
 * A connection as its driver knows it: two rings, absolute positions, and what the engine told of it. It outlives its
 * socket: rings go back only after the FINAL entry, and after everything that was received has been read or given up.
 */
import { AbortEntry, CloseEntry, type GivenOf, type Handle, ReceiveEntry, SendEntry, SetOptionEntry, ShutdownEntry, SocketOption, Status } from '../../../hw/protocol/index.ts';
import { DriverError, type ErrorName, errorOf } from '../errors.ts';
import { advanced, distance } from '../position.ts';
import { SILENT_ID } from '../queues/command-ids.ts';
import type { Completion } from '../queues/completion-queue.ts';
import type { Ring } from '../ring.ts';
import type { DriverCore } from './driver-core.ts';
import type { ReceivePolicy } from './receive-policy.ts';

export type HandleValue = GivenOf<typeof Handle>;

/** As a number, for tables. */
export function handleKey({ index, generation }: HandleValue): number {
  return generation * 2 ** 16 + index;
}

type HandleOnly = typeof ShutdownEntry | typeof CloseEntry | typeof AbortEntry;

export interface ConnectionOptions {
  readonly rx: Ring;
  readonly tx: Ring;
  readonly policy: ReceivePolicy;
  readonly addressIndex: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
}

export class Connection {
  readonly rx: Ring;
  readonly tx: Ring;
  readonly addressIndex: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  /** Undefined until CONNECT is answered. */
  handle: HandleValue | undefined;
  isEstablished = false;
  /** No data behind `rxFilled`. */
  isPeerClosed = false;
  /** Nothing more will happen: in order, or by `failure`. */
  isEnded = false;
  /** Rings are the driver's again. */
  isFinal = false;
  /** SHUTDOWN or CLOSE was given. */
  isSendShut = false;
  failure: ErrorName | undefined;
  /** A call that fails with it takes it. */
  unreportedFailure: ErrorName | undefined;

  /** Read by the application up to here, received up to there. */
  rxHead = 0;
  rxFilled = 0;
  /** Written by the application up to here, acknowledged up to there. */
  txTail = 0;
  txFreed = 0;
  /** What the engine knows. */
  #rxReported = 0;
  #txReported = 0;
  #sendWaits = false;
  #receiveWaits = false;
  /** The application will not read any more. */
  #discards = false;
  #hasRx = true;
  readonly #core: DriverCore;
  readonly #policy: ReceivePolicy;

  constructor(core: DriverCore, options: ConnectionOptions) {
    const { rx, tx, policy, addressIndex, localPort, remoteAddress, remotePort } = options;
    this.#core = core;
    this.#policy = policy;
    this.rx = rx;
    this.tx = tx;
    this.addressIndex = addressIndex;
    this.localPort = localPort;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }

  /** Bytes that can be read. */
  get available(): number {
    return distance(this.rxHead, this.rxFilled);
  }

  /** Bytes that are not acknowledged. */
  get unacknowledged(): number {
    return distance(this.txFreed, this.txTail);
  }

  /** Whether the engine still takes commands for it. */
  get isLive(): boolean {
    return this.handle !== undefined && !this.isEnded;
  }

  // What the application does.

  /** Takes what there is room for in the ring, and at most `limit` unacknowledged bytes. */
  write(data: Uint8Array, from: number, limit: number): number {
    const length = Math.min(data.length - from, Math.min(limit, this.tx.bytes) - this.unacknowledged);
    if (length <= 0) return 0;
    this.tx.write(this.txTail, data, from, length);
    this.txTail = advanced(this.txTail, length);
    this.#send();
    return length;
  }

  read(most: number, peek: boolean): Uint8Array {
    const data = this.rx.read(this.rxHead, Math.min(most, this.available));
    if (!peek) this.#consumed(data.length);
    return data;
  }

  /** FIN behind what was written. */
  shutdown(): void {
    if (this.isSendShut || this.isEnded) return;
    this.isSendShut = true;
    this.#command(ShutdownEntry);
  }

  /** What is received from now on goes nowhere. */
  discard(): void {
    this.#discards = true;
    if (this.#hasRx) this.#consumed(this.available);
  }

  /** FIN, or RST if there is unread data; nobody reads any more. */
  close(): void {
    if (this.isLive) {
      // What was read must be known to the engine, or it takes it for unread and resets the connection.
      if (this.rxHead !== this.#rxReported) this.#receive();
      this.isSendShut = true;
      this.#command(CloseEntry);
    }
    this.#discards = true;
    this.#release();
  }

  abort(): void {
    if (this.isLive) this.#command(AbortEntry);
    this.isSendShut = true;
    this.#discards = true;
    this.#release();
  }

  /** @param answered the error, if there was one */
  setOption(option: keyof typeof SocketOption.value, value: number, answered: (error: ErrorName | undefined) => void = () => {}): void {
    const core = this.#core;
    if (!this.isLive) {
      answered(undefined);
      return;
    }
    core.command((command_id) => ({
      write: (bytes, at) => {
        if (!this.isLive) return false;
        SetOptionEntry.write(bytes, at, { signal: false, ext: false, command_id, handle: this.handle!, option: SocketOption.value[option], value });
        return true;
      },
    }), ({ status }) => answered(gone(status) ? undefined : errorOf(status)));
  }

  // What the engine does.

  /** An event entry of this connection. */
  event(entry: Completion): void {
    if (this.isFinal) throw new DriverError(`${this.#name()}: an event after the final one`);
    if (entry.connected || entry.accepted) this.isEstablished = true;
    if (this.isEstablished) this.#positions(entry);
    if (entry.peer_closed) this.isPeerClosed = true;
    if (entry.closed || entry.reset || entry.error || entry.final) this.#ended(entry);
    if (this.#discards && this.#hasRx) this.#consumed(this.available);
    if (entry.final) this.#final();
  }

  /** CONNECT was refused: the engine never had the rings. */
  refused(error: ErrorName): void {
    this.#fail(error);
    this.isEnded = true;
    this.#final();
  }

  /** The VM was stopped: nothing will ever be heard of it. Rings stay with the engine. */
  fault(): void {
    if (this.isEnded) return;
    this.#fail('EIO');
    this.isEnded = true;
  }

  #positions({ rx_filled, tx_freed }: Completion): void {
    const received = distance(this.rxFilled, rx_filled);
    // Behind the ring's room that the engine was told of there is nothing but unread data.
    if (received < 0 || distance(this.#rxReported, rx_filled) > this.rx.bytes) throw new DriverError(`${this.#name()}: rx_filled went from ${this.rxFilled} to ${rx_filled}, with bytes up to ${this.#rxReported} read and a ring of ${this.rx.bytes} bytes`);
    if (received > 0 && this.isPeerClosed) throw new DriverError(`${this.#name()}: ${received} bytes were received behind the FIN`);
    this.rxFilled = rx_filled;
    const freed = distance(this.txFreed, tx_freed);
    if (freed < 0 || distance(tx_freed, this.#txReported) < 0) throw new DriverError(`${this.#name()}: tx_freed went from ${this.txFreed} to ${tx_freed}, with bytes up to ${this.#txReported} sent`);
    this.txFreed = tx_freed;
  }

  #ended(entry: Completion): void {
    const known = this.isEnded;
    this.isEnded = true;
    if (known) return;
    // Also with CLOSED: a connection that the VMM gave up was ABORTED.
    if (entry.status !== Status.value.OK) this.#fail(errorOf(entry.status)!);
    else if (entry.closed) return;
    else if (entry.reset) this.#fail(this.isEstablished ? 'ECONNRESET' : 'ECONNREFUSED');
    else if (entry.error) this.#fail('EIO');
  }

  #fail(error: ErrorName): void {
    this.failure = error;
    this.unreportedFailure = error;
  }

  #final(): void {
    this.isFinal = true;
    this.#core.ended(this);
    this.#core.rings.give(this.tx);
    this.#release();
  }

  /** The RX ring is kept until its data are read. */
  #release(): void {
    if (!this.isFinal || !this.#hasRx || (this.available > 0 && !this.#discards)) return;
    this.#hasRx = false;
    this.rxHead = this.rxFilled;
    this.#core.rings.give(this.rx);
  }

  #consumed(length: number): void {
    this.rxHead = advanced(this.rxHead, length);
    if (this.isLive && !this.isPeerClosed && this.#policy.isDue(distance(this.#rxReported, this.rxHead), this.rx.bytes)) this.#receive();
    this.#release();
  }

  #send(): void {
    if (this.#sendWaits) return;
    this.#sendWaits = true;
    this.#core.outbox.add({
      write: (bytes, at, signal) => {
        this.#sendWaits = false;
        if (!this.isLive) return false;
        this.#txReported = this.txTail;
        SendEntry.write(bytes, at, { signal, ext: false, command_id: SILENT_ID, handle: this.handle!, position: this.txTail });
        return true;
      },
    });
  }

  #receive(): void {
    if (this.#receiveWaits) return;
    this.#receiveWaits = true;
    this.#core.outbox.add({
      write: (bytes, at, signal) => {
        this.#receiveWaits = false;
        if (!this.isLive) return false;
        this.#rxReported = this.rxHead;
        ReceiveEntry.write(bytes, at, { signal, ext: false, command_id: SILENT_ID, handle: this.handle!, position: this.rxHead });
        return true;
      },
    });
  }

  #command(entry: HandleOnly): void {
    this.#core.command((command_id) => ({
      write: (bytes, at) => {
        if (!this.isLive) return false;
        entry.write(bytes, at, { signal: false, ext: false, command_id, handle: this.handle! });
        return true;
      },
    }), ({ status }) => {
      // It may have ended by itself meanwhile.
      if (status !== Status.value.OK && !gone(status)) throw new DriverError(`${this.#name()}: ${entry.name} was refused: ${errorOf(status)}`);
    });
  }

  #name(): string {
    return `connection ${this.handle === undefined ? 'without a handle' : `${this.handle.index} of generation ${this.handle.generation}`}`;
  }
}

/** What a command for a connection is answered that has ended, or is about to. */
export function gone(status: number): boolean {
  return status === Status.value.BAD_HANDLE || status === Status.value.BAD_STATE;
}
