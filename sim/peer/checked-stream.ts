/** One side of a connection that sends a known stream, then no more, and compares every byte that comes with the other known stream. */
import type { SocketError, SocketHandlers } from './connection.ts';
import type { Socket } from './socket.ts';

/** Most bytes that are written at once. */
const CHUNK_BYTES = 8192;

/** Byte `i` of the stream of this number: neighbours differ, and so do streams. */
export function byteOf(stream: number, i: number): number {
  return (Math.imul(i ^ (stream << 20), 0x9e3779b1) >>> 24) ^ (i & 0xff);
}

export interface CheckedStreamOptions {
  /** Bytes to send. */
  readonly sends: number;
  /** Number of the stream that is sent, and of the one that must come. */
  readonly own: number;
  readonly other: number;
}

export class CheckedStream {
  received = 0;
  /** Index of the first byte that was not the one that was sent. */
  wrongAt: number | undefined;
  /** The other side sends no more. */
  ended = false;
  closed = false;
  error: SocketError | undefined;
  /** To be set before anything happens on it. */
  socket: Socket | undefined;
  readonly handlers: SocketHandlers;
  readonly #options: CheckedStreamOptions;
  #sent = 0;

  constructor(options: CheckedStreamOptions) {
    this.#options = options;
    this.handlers = {
      onConnect: () => this.#write(),
      onWritable: () => this.#write(),
      onReadable: () => this.#read(),
      onEnd: () => { this.ended = true; },
      onClose: (error) => {
        this.closed = true;
        this.error = error;
      },
    };
  }

  #read(): void {
    const { other } = this.#options;
    const bytes = this.socket!.read();
    for (let i = 0; i < bytes.length; i += 1) if (bytes[i] !== byteOf(other, this.received + i)) this.wrongAt ??= this.received + i;
    this.received += bytes.length;
  }

  #write(): void {
    const { sends, own } = this.#options;
    const socket = this.socket!;
    while (this.#sent < sends) {
      const chunk = new Uint8Array(Math.min(socket.writable, sends - this.#sent, CHUNK_BYTES));
      if (chunk.length === 0) return;
      for (let i = 0; i < chunk.length; i += 1) chunk[i] = byteOf(own, this.#sent + i);
      this.#sent += socket.send(chunk);
    }
    socket.shutdown();
  }
}
