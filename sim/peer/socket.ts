/** A connection as its user has it. */
import type { Connection, State } from './connection.ts';

export interface Names {
  readonly address: number;
  readonly port: number;
  readonly localPort: number;
}

export class Socket {
  /** The other side's. */
  readonly address: number;
  readonly port: number;
  readonly localPort: number;
  readonly #connection: Connection;
  /** What was done may have changed when the connection wants to be woken. */
  readonly #touched: () => void;

  constructor(connection: Connection, { address, port, localPort }: Names, touched: () => void) {
    this.#connection = connection;
    this.#touched = touched;
    this.address = address;
    this.port = port;
    this.localPort = localPort;
  }

  get state(): State {
    return this.#connection.state;
  }

  /** Bytes that may be read now. */
  get readable(): number {
    return this.#connection.readable;
  }

  /** Bytes that there is room for. */
  get writable(): number {
    return this.#connection.canSend ? this.#connection.sender.writable : 0;
  }

  /** Segments that were sent again; bytes of the congestion window; SRTT. */
  get statistics(): { readonly retransmissions: number; readonly congestionWindow: number; readonly roundTripNs: number | undefined } {
    const { sender } = this.#connection;
    return { retransmissions: sender.retransmissions, congestionWindow: sender.congestionWindow, roundTripNs: sender.smoothedRoundTripNs };
  }

  /** Takes as many bytes as there is room for, and says how many. */
  send(bytes: Uint8Array): number {
    return this.#after(() => this.#connection.send(bytes));
  }

  /** The oldest bytes, all that there are without `most`. */
  read(most = this.readable): Uint8Array {
    return this.#after(() => this.#connection.read(most));
  }

  /** Sends no more after what was written. */
  shutdown(): void {
    this.#after(() => this.#connection.shutdown());
  }

  /** Neither sends nor reads any more; what comes is thrown away. */
  close(): void {
    this.#after(() => this.#connection.close());
  }

  /** With a reset. */
  abort(): void {
    this.#after(() => this.#connection.abort());
  }

  #after<T>(action: () => T): T {
    const result = action();
    this.#touched();
    return result;
  }
}
