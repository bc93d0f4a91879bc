/** A socket as programs know it: calls are parts of a process and wait, `const data = yield* socket.recv(1000)`. */
import type { Wait } from '@vtoe/hdl';
import { until } from '../../timed-condition.ts';
import type { Driver } from '../driver.ts';
import { type ErrorName, isCode, SocketError } from '../errors.ts';
import type { Connection } from './connection.ts';
import type { SocketOptions, SocketState } from './options.ts';
import { type Endpoint, SocketCore } from './socket-core.ts';

export interface SendFlags {
  readonly dontwait?: boolean;
  /** More will be sent at once: the engine is told with that. */
  readonly more?: boolean;
}

export interface RecvFlags {
  readonly dontwait?: boolean;
  readonly peek?: boolean;
  /** As many bytes as were asked for, unless the stream ends. */
  readonly waitall?: boolean;
}

export class Socket {
  readonly core: SocketCore;
  readonly #driver: Driver;

  constructor(driver: Driver, accepted?: { readonly connection: Connection; readonly options: SocketOptions }) {
    this.#driver = driver;
    this.core = new SocketCore(driver, accepted);
  }

  get local(): Endpoint | undefined {
    return this.core.local;
  }

  get peer(): Endpoint | undefined {
    return this.core.peer;
  }

  bind(endpoint: Endpoint): void {
    this.core.bind(endpoint);
  }

  * listen(backlog: number): Generator<Wait, void, void> {
    this.core.listen(backlog);
    yield* this.#driver.flush();
    const listener = this.core.listener!;
    yield* this.#wait(() => listener.state !== 'opening');
    if (listener.failure !== undefined) throw new SocketError(listener.failure, `listen at port ${listener.options.port}`);
  }

  * accept(): Generator<Wait, Socket, void> {
    for (;;) {
      try {
        const connection = this.core.acceptConnection();
        yield* this.#driver.flush();
        return new Socket(this.#driver, { connection, options: this.core.options });
      } catch (error) {
        if (!isCode(error, 'EAGAIN') || this.core.options.nonblocking) throw error;
      }
      yield* this.#wait(() => this.core.isReadable);
    }
  }

  * connect(remote: Endpoint): Generator<Wait, void, void> {
    this.core.connect(remote);
    yield* this.#driver.flush();
    if (this.core.options.nonblocking) throw new SocketError('EINPROGRESS', 'connect');
    yield* this.#wait(() => !this.core.isConnecting);
    const error = this.core.isClosed ? 'EBADF' : this.#driver.failure ?? this.core.takeError();
    if (error !== undefined) throw new SocketError(error, 'connect');
  }

  /** All of it, unless the connection ends or `dontwait`: then what was taken. */
  * send(data: Uint8Array, { dontwait = this.core.options.nonblocking, more = false }: SendFlags = {}): Generator<Wait, number, void> {
    let sent = 0;
    for (;;) {
      try {
        sent += this.core.send(data, sent);
        if (!more || sent < data.length) yield* this.#driver.flush();
        if (sent === data.length || dontwait) return sent;
      } catch (error) {
        if (isCode(error, 'EAGAIN') && !dontwait) {
          yield* this.#wait(() => this.core.isWritable);
          continue;
        }
        // Who gets a part hears of the error with the next call.
        if (!(error instanceof SocketError) || sent === 0) throw error;
        if (error.code !== 'EPIPE' && error.code !== 'EBADF' && this.core.connection !== undefined) this.core.connection.unreportedFailure = error.code;
        return sent;
      }
    }
  }

  /** What there is, at least a byte, up to `length`; empty at the end of the stream. */
  * recv(length: number, { dontwait = this.core.options.nonblocking, peek = false, waitall = false }: RecvFlags = {}): Generator<Wait, Uint8Array, void> {
    const parts: Uint8Array[] = [];
    let received = 0;
    for (;;) {
      try {
        const part = this.core.recv(length - received, { peek });
        parts.push(part);
        received += part.length;
        if (!peek) yield* this.#driver.flush();
        if (part.length === 0 || received === length || !waitall || peek) return joined(parts);
      } catch (error) {
        if (isCode(error, 'EAGAIN') && !dontwait) {
          yield* this.#wait(() => this.core.isReadable);
          continue;
        }
        if (!(error instanceof SocketError) || received === 0) throw error;
        if (error.code !== 'EAGAIN' && error.code !== 'EBADF' && this.core.connection !== undefined) this.core.connection.unreportedFailure = error.code;
        return joined(parts);
      }
    }
  }

  * shutdown(how: 'rd' | 'wr' | 'rdwr'): Generator<Wait, void, void> {
    this.core.shutdown(how);
    yield* this.#driver.flush();
  }

  /** With `linger` it waits until what was sent is acknowledged, or for so many seconds. */
  * close(): Generator<Wait, void, void> {
    const { linger } = this.core.options;
    this.core.close();
    yield* this.#driver.flush();
    if (!linger.on || linger.seconds === 0) return;
    const deadline = this.#driver.now() + linger.seconds * 1e9;
    yield* this.#wait(() => this.core.isDelivered || this.#driver.now() >= deadline, deadline);
  }

  * setsockopt<K extends keyof SocketOptions>(name: K, value: SocketOptions[K]): Generator<Wait, void, void> {
    const answer: { given: boolean; error: ErrorName | undefined } = { given: false, error: undefined };
    this.core.setOption(name, value, (error) => Object.assign(answer, { given: true, error }));
    yield* this.#driver.flush();
    yield* this.#wait(() => answer.given || this.core.connection?.isEnded === true);
    if (answer.error !== undefined) throw new SocketError(answer.error, `setsockopt ${name}`);
  }

  getsockopt<K extends keyof (SocketOptions & SocketState)>(name: K): (SocketOptions & SocketState)[K] {
    return this.core.getOption(name);
  }

  /** Until it holds, which it does at `deadlineNs` at the latest, or the VM was stopped. */
  * #wait(condition: () => boolean, deadlineNs = Infinity): Generator<Wait, void, void> {
    if (condition()) return;
    yield until(deadlineNs, () => condition() || this.#driver.failure !== undefined);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const data = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return data;
}
