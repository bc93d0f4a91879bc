/** The peer's end of a connection with a TOE: sends one known stream, then no more, and compares every byte of the other. */
import { StreamCheck, streamBytes } from '../guest/workloads/stream-pattern.ts';
import type { SocketHandlers } from '../peer/connection.ts';
import type { Socket } from '../peer/socket.ts';

/** Most bytes that are written at once. */
const CHUNK_BYTES = 8192;

export interface PeerStreamOptions {
  /** Number of the stream that is sent, and its bytes. */
  readonly own: number;
  readonly sends: number;
  /** Number of the stream that must come, and its bytes. */
  readonly other: number;
  readonly receives: number;
  /** What is wrong, a sentence. */
  readonly onProblem: (problem: string) => void;
}

export class PeerStream {
  isClosed = false;
  /** To be set before anything happens on it. */
  socket: Socket | undefined;
  readonly handlers: SocketHandlers;
  readonly #options: PeerStreamOptions;
  readonly #check: StreamCheck;
  #sent = 0;

  constructor(options: PeerStreamOptions) {
    const { other, receives, onProblem } = options;
    this.#options = options;
    this.#check = new StreamCheck(other);
    this.handlers = {
      onConnect: () => this.#write(),
      onWritable: () => this.#write(),
      onReadable: () => this.#read(),
      onEnd: () => { if (this.received !== receives) onProblem(`the peer: stream ${other} ended after ${this.received} of ${receives} bytes`); },
      onClose: (error) => {
        this.isClosed = true;
        if (error !== undefined) onProblem(`the peer: stream ${other} was closed after ${this.received} of ${receives} bytes: ${error}`);
      },
    };
  }

  get received(): number {
    return this.#check.received;
  }

  #read(): void {
    try {
      this.#check.take(this.socket!.read());
    } catch (error) {
      this.#options.onProblem(`the peer: ${(error as Error).message}`);
    }
  }

  #write(): void {
    const { own, sends } = this.#options;
    const socket = this.socket!;
    while (this.#sent < sends) {
      const taken = socket.send(streamBytes(own, this.#sent, Math.min(socket.writable, sends - this.#sent, CHUNK_BYTES)));
      if (taken === 0) return;
      this.#sent += taken;
    }
    socket.shutdown();
  }
}
