/** Requests and responses of fixed sizes: on one connection one after the other, or each on a connection of its own. */
import type { Wait } from '@vtoe/hdl';
import type { Driver } from '../driver.ts';
import type { Endpoint } from '../sockets/socket-core.ts';
import type { Socket } from '../sockets/socket.ts';
import { StreamCheck, streamBytes } from './stream-pattern.ts';

export interface RequestOptions {
  readonly stream: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** Requests are one stream, responses another, so that neither passes for the other. */
const responseStream = (stream: number): number => stream ^ 0x4000_0000;

/** Answers each request until the peer ends. @returns how many */
export function* respond(socket: Socket, { stream, requestBytes, responseBytes }: RequestOptions): Generator<Wait, number, void> {
  const check = new StreamCheck(stream);
  let requests = 0;
  for (;; requests += 1) {
    const request = yield* socket.recv(requestBytes, { waitall: true });
    if (request.length === 0) break;
    if (request.length < requestBytes) throw new Error(`request ${requests} of stream ${stream} ended after ${request.length} bytes, not ${requestBytes}`);
    check.take(request);
    yield* socket.send(streamBytes(responseStream(stream), requests * responseBytes, responseBytes));
  }
  yield* socket.close();
  return requests;
}

/** @param done called with each response: for latencies */
export function* request(socket: Socket, count: number, { stream, requestBytes, responseBytes }: RequestOptions, done: () => void = () => {}): Generator<Wait, void, void> {
  const check = new StreamCheck(responseStream(stream));
  for (let i = 0; i < count; i += 1) {
    yield* socket.send(streamBytes(stream, i * requestBytes, requestBytes));
    const response = yield* socket.recv(responseBytes, { waitall: true });
    if (response.length < responseBytes) throw new Error(`response ${i} of stream ${stream} ended after ${response.length} bytes, not ${responseBytes}`);
    check.take(response);
    done();
  }
}

export interface ShortConnections extends RequestOptions {
  readonly server: Endpoint;
  readonly connections: number;
  /** Who ends a connection first; the other follows. Default the client. */
  readonly closedBy?: 'client' | 'server';
}

/** One connection after the other, a request on each: several such processes make a load. @param done called at the end of each */
export function* shortConnections(driver: Driver, { server, connections, closedBy = 'client', ...options }: ShortConnections, done: () => void = () => {}): Generator<Wait, void, void> {
  for (let i = 0; i < connections; i += 1) {
    const socket = driver.socket();
    yield* socket.connect(server);
    yield* request(socket, 1, options);
    if (closedBy === 'server') {
      const rest = yield* socket.recv(1);
      if (rest.length > 0) throw new Error(`stream ${options.stream} went on behind the response`);
    }
    yield* socket.close();
    done();
  }
}

/** The other end of `shortConnections`. */
export function* respondOnce(socket: Socket, closedBy: 'client' | 'server', options: RequestOptions): Generator<Wait, void, void> {
  if (closedBy === 'client') {
    yield* respond(socket, options);
    return;
  }
  const { stream, requestBytes, responseBytes } = options;
  const check = new StreamCheck(stream);
  check.take(yield* socket.recv(requestBytes, { waitall: true }));
  if (check.received < requestBytes) throw new Error(`a request of stream ${stream} ended after ${check.received} bytes, not ${requestBytes}`);
  yield* socket.send(streamBytes(responseStream(stream), 0, responseBytes));
  yield* socket.close();
}
