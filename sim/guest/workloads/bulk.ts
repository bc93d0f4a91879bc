/** Bulk transfer: one end sends a stream of known bytes and ends it, the other checks each byte. */
import type { Wait } from '@vtoe/hdl';
import { isCode } from '../errors.ts';
import type { Socket } from '../sockets/socket.ts';
import { StreamCheck, streamBytes } from './stream-pattern.ts';

export interface BulkOptions {
  /** Which stream: both ends say the same. */
  readonly stream: number;
  readonly bytes: number;
  /** Bytes of a call; default 16 KiB. */
  readonly callBytes?: number;
}

/** How far it is; grows while it runs. */
export interface Progress {
  bytes: number;
}

/** Sends all, then FIN; the other direction stays open. */
export function* bulkSend(socket: Socket, { stream, bytes, callBytes = 16_384 }: BulkOptions, progress: Progress = { bytes: 0 }): Generator<Wait, void, void> {
  while (progress.bytes < bytes) {
    const data = streamBytes(stream, progress.bytes, Math.min(callBytes, bytes - progress.bytes));
    progress.bytes += yield* socket.send(data);
  }
  yield* socket.shutdown('wr');
}

/** Receives to the end of the stream. @throws Error if a byte is wrong, missing or too much */
export function* bulkReceive(socket: Socket, { stream, bytes, callBytes = 16_384 }: BulkOptions, progress: Progress = { bytes: 0 }): Generator<Wait, void, void> {
  const check = new StreamCheck(stream);
  for (;;) {
    const data = yield* socket.recv(callBytes);
    check.take(data);
    progress.bytes = check.received;
    if (data.length === 0) break;
  }
  if (check.received !== bytes) throw new Error(`stream ${stream} ended after ${check.received} bytes, not ${bytes}`);
}

/** Sends back what comes, until the peer ends; then closes. A peer that resets ends it too. */
export function* echo(socket: Socket, callBytes = 16_384): Generator<Wait, number, void> {
  let bytes = 0;
  try {
    for (;;) {
      const data = yield* socket.recv(callBytes);
      if (data.length === 0) break;
      bytes += yield* socket.send(data);
    }
  } catch (error) {
    if (!isCode(error, 'ECONNRESET') && !isCode(error, 'EPIPE')) throw error;
  }
  yield* socket.close();
  return bytes;
}
