/**
 * A socket without waiting: each call does what can be done now, or fails with EAGAIN or EINPROGRESS. Commands go to the
 * outbox; who calls lets them go with `driver.flush()`. `Socket` is the same with waiting.
 */
import { ConnectEntry, Status } from '../../../hw/protocol/index.ts';
import { wholeNumber } from '../../options.ts';
import type { Driver } from '../driver.ts';
import { type ErrorName, errorOf, SocketError } from '../errors.ts';
import { type Ring, ringLog2 } from '../ring.ts';
import { Connection } from './connection.ts';
import { Listener } from './listener.ts';
import { checkOption, ENGINE_OPTIONS, engineOption, initialOptions, type SocketOptions, type SocketState } from './options.ts';

export interface Endpoint {
  /** IPv4, as a number. */
  readonly address: number;
  readonly port: number;
}

/** Ports that a connection without a name of its own tries, when the engine says that one is in use. */
const CONNECT_TRIES = 64;

export class SocketCore {
  readonly driver: Driver;
  readonly options: SocketOptions;
  connection: Connection | undefined;
  listener: Listener | undefined;
  isClosed = false;
  /** The application reads no more. */
  #isReadShut = false;
  #bound: { readonly addressIndex: number; readonly port: number } | undefined;
  /** CONNECT is not answered. */
  #isConnecting = false;

  constructor(driver: Driver, accepted?: { readonly connection: Connection; readonly options: SocketOptions }) {
    this.driver = driver;
    this.options = accepted === undefined ? initialOptions(driver.ringBytes) : { ...accepted.options, nonblocking: false };
    this.connection = accepted?.connection;
  }

  /** Its own name, as far as it has one. */
  get local(): Endpoint | undefined {
    const { connection } = this;
    if (connection !== undefined) return { address: this.driver.addresses[connection.addressIndex]!, port: connection.localPort };
    return this.#bound === undefined ? undefined : { address: this.driver.addresses[this.#bound.addressIndex]!, port: this.#bound.port };
  }

  get peer(): Endpoint | undefined {
    const { connection } = this;
    return connection === undefined ? undefined : { address: connection.remoteAddress, port: connection.remotePort };
  }

  /** Address 0: the first one. Port 0: any. @throws SocketError EINVAL, EADDRNOTAVAIL, EADDRINUSE */
  bind({ address, port }: Endpoint): void {
    this.#open('bind');
    wholeNumber('port', port, 0, 65_535);
    if (this.#bound !== undefined || this.connection !== undefined) throw new SocketError('EINVAL', 'bind');
    const addressIndex = address === 0 ? 0 : this.driver.addresses.indexOf(address);
    if (addressIndex < 0) throw new SocketError('EADDRNOTAVAIL', 'bind');
    this.#bound = { addressIndex, port: this.driver.ports.bind(addressIndex, port) };
  }

  /** Whether it worked shows `listener.state`. */
  listen(backlog: number): void {
    this.#open('listen');
    wholeNumber('backlog', backlog, 1, 65_535);
    if (this.connection !== undefined) throw new SocketError('EINVAL', 'listen');
    if (this.listener !== undefined && this.listener.state !== 'failed') throw new SocketError('EINVAL', 'listen');
    if (this.#bound === undefined) this.bind({ address: 0, port: 0 });
    this.listener = new Listener(this.driver, {
      ...this.#bound!, backlog, rxLog2: ringLog2(this.options.rcvbuf), txLog2: ringLog2(this.options.sndbuf),
    }, (connection) => tellOptions(connection, this.options));
    this.driver.listening(this.listener);
  }

  /** @throws SocketError EAGAIN, EINVAL if it does not listen */
  accept(): SocketCore {
    return new SocketCore(this.driver, { connection: this.acceptConnection(), options: this.options });
  }

  acceptConnection(): Connection {
    this.#open('accept');
    if (this.listener === undefined) throw new SocketError('EINVAL', 'accept');
    if (this.listener.failure !== undefined) throw new SocketError(this.listener.failure, 'accept');
    const connection = this.listener.accept();
    if (connection === undefined) throw new SocketError('EAGAIN', 'accept');
    return connection;
  }

  /** Begins; `isEstablished` or `takeError` tells how it went. @throws SocketError */
  connect(remote: Endpoint): void {
    this.#open('connect');
    wholeNumber('port', remote.port, 0, 65_535);
    if (this.listener !== undefined) throw new SocketError('EOPNOTSUPP', 'connect');
    if (this.connection !== undefined) {
      if (!this.connection.isEnded) throw new SocketError(this.connection.isEstablished ? 'EISCONN' : 'EALREADY', 'connect');
      if (this.connection.isEstablished) throw new SocketError('EISCONN', 'connect');
    }
    const [rx, tx] = this.#rings('connect');
    try {
      this.#begin(remote, rx, tx, CONNECT_TRIES);
    } catch (error) {
      this.driver.rings.give(rx);
      this.driver.rings.give(tx);
      throw error;
    }
  }

  /** What was taken, from byte `from` on. @throws SocketError EAGAIN if nothing was */
  send(data: Uint8Array, from = 0): number {
    this.#open('send');
    const connection = this.#connected('send');
    this.#throwError('send');
    if (connection.isSendShut || connection.isEnded) throw new SocketError('EPIPE', 'send');
    if (!connection.isEstablished) throw new SocketError('EAGAIN', 'send');
    if (from === data.length) return 0;
    const taken = connection.write(data, from, this.options.sndbuf);
    if (taken === 0) throw new SocketError('EAGAIN', 'send');
    return taken;
  }

  /** Empty at the end of the stream. @throws SocketError EAGAIN if there is nothing */
  recv(length: number, { peek = false }: { readonly peek?: boolean } = {}): Uint8Array {
    this.#open('recv');
    wholeNumber('length', length, 0);
    const connection = this.#connected('recv');
    if (length === 0 || this.#isReadShut) return new Uint8Array(0);
    // What came before a reset was received all the same.
    if (connection.available > 0) return connection.read(length, peek);
    this.#throwError('recv');
    if (connection.isPeerClosed || connection.isEnded) return new Uint8Array(0);
    throw new SocketError('EAGAIN', 'recv');
  }

  shutdown(how: 'rd' | 'wr' | 'rdwr'): void {
    this.#open('shutdown');
    const connection = this.#connected('shutdown');
    if (!connection.isEstablished || connection.isEnded) throw new SocketError('ENOTCONN', 'shutdown');
    if (how !== 'wr') {
      this.#isReadShut = true;
      connection.discard();
    }
    if (how !== 'rd') connection.shutdown();
  }

  /** The connection goes on to its end without the socket. */
  close(): void {
    if (this.isClosed) throw new SocketError('EBADF', 'close');
    this.isClosed = true;
    this.listener?.close();
    const { connection, options: { linger } } = this;
    if (linger.on && linger.seconds === 0) connection?.abort();
    else connection?.close();
    if (this.#bound !== undefined) this.driver.ports.unbind(this.#bound.addressIndex, this.#bound.port);
  }

  /** @param answered the error of the engine, if there was one */
  setOption<K extends keyof SocketOptions>(name: K, value: SocketOptions[K], answered: (error: ErrorName | undefined) => void = () => {}): void {
    this.#open('setsockopt');
    checkOption(name, value);
    const before = this.options[name];
    this.options[name] = value;
    const engine = engineOption(name, this.options);
    if (engine === undefined || this.connection === undefined || !this.connection.isLive) {
      answered(undefined);
      return;
    }
    this.connection.setOption(...engine, (error) => {
      if (error !== undefined) this.options[name] = before;
      answered(error);
    });
  }

  getOption<K extends keyof (SocketOptions & SocketState)>(name: K): (SocketOptions & SocketState)[K] {
    this.#open('getsockopt');
    const { connection } = this;
    const values: SocketOptions & SocketState = {
      ...this.options,
      rcvbuf: connection?.rx.bytes ?? this.options.rcvbuf,
      get error() { return connection === undefined ? null : takeError(connection) ?? null; },
      inq: connection?.available ?? 0,
      outq: connection?.unacknowledged ?? 0,
    };
    return values[name];
  }

  // What holds now: for `poll`, and for those who wait.

  get isConnecting(): boolean {
    return this.#isConnecting || (this.connection !== undefined && !this.connection.isEstablished && !this.connection.isEnded);
  }

  /** `recv` or `accept` would not wait. */
  get isReadable(): boolean {
    if (this.driver.failure !== undefined || this.isClosed) return true;
    if (this.listener !== undefined) return this.listener.queue.length > 0 || this.listener.state === 'failed';
    const { connection } = this;
    return connection !== undefined && !this.#isConnecting && (connection.available > 0 || connection.isPeerClosed || connection.isEnded || this.#isReadShut);
  }

  /** `send` would not wait. */
  get isWritable(): boolean {
    if (this.driver.failure !== undefined || this.isClosed) return true;
    const { connection } = this;
    if (connection === undefined || this.#isConnecting) return false;
    if (connection.isEnded || connection.isSendShut) return true;
    return connection.isEstablished && connection.unacknowledged < Math.min(this.options.sndbuf, connection.tx.bytes);
  }

  get hasError(): boolean {
    return this.driver.failure !== undefined || this.connection?.unreportedFailure !== undefined || this.listener?.failure !== undefined;
  }

  /** Neither direction will ever carry anything again. */
  get isHungUp(): boolean {
    return this.connection !== undefined && !this.#isConnecting && (this.connection.isEnded || (this.connection.isPeerClosed && this.connection.isSendShut));
  }

  /** What was sent is acknowledged, or nobody will acknowledge it. */
  get isDelivered(): boolean {
    return this.connection === undefined || this.connection.isEnded || this.connection.unacknowledged === 0;
  }

  /** The pending error, which is gone then. */
  takeError(): ErrorName | undefined {
    return this.connection === undefined ? undefined : takeError(this.connection);
  }

  #begin(remote: Endpoint, rx: Ring, tx: Ring, tries: number): void {
    const { driver } = this;
    const addressIndex = this.#bound?.addressIndex ?? 0;
    const peer = { addressIndex, remoteAddress: remote.address, remotePort: remote.port };
    const localPort = this.#bound?.port ?? driver.ports.choose(peer);
    const connection = new Connection(driver, { rx, tx, policy: driver.policy, localPort, ...peer });
    this.connection = connection;
    this.#isConnecting = true;
    driver.connecting(1);
    driver.ports.connect(connection, localPort);
    driver.command((command_id) => ({
      write: (bytes, at) => {
        ConnectEntry.write(bytes, at, {
          signal: false, ext: false, command_id, remote_address: remote.address, remote_port: remote.port, local_port: localPort, address_index: addressIndex, rx_ring: rx.descriptor, tx_ring: tx.descriptor,
        });
        return true;
      },
    }), ({ status, handle }) => {
      driver.connecting(-1);
      this.#isConnecting = false;
      const error = errorOf(status);
      if (error === undefined) {
        connection.handle = handle;
        driver.counters.connects += 1;
        driver.started(connection);
        tellOptions(connection, this.options);
        if (this.isClosed) connection.close();
        return;
      }
      driver.ports.disconnect(connection, localPort);
      driver.counters.refused += 1;
      if (status === Status.value.ADDRESS_IN_USE && this.#bound === undefined && tries > 1 && !this.isClosed) this.#begin(remote, rx, tx, tries - 1);
      else connection.refused(status === Status.value.ADDRESS_IN_USE && this.#bound === undefined ? 'EADDRNOTAVAIL' : error);
    });
  }

  #rings(call: string): [rx: Ring, tx: Ring] {
    const { rings } = this.driver;
    let rx: Ring | undefined;
    try {
      rx = rings.take(ringLog2(this.options.rcvbuf));
      return [rx, rings.take(ringLog2(this.options.sndbuf))];
    } catch (error) {
      if (rx !== undefined) rings.give(rx);
      if (error instanceof RangeError) throw new SocketError('ENOBUFS', call);
      throw error;
    }
  }

  #open(call: string): void {
    if (this.isClosed) throw new SocketError('EBADF', call);
    if (this.driver.failure !== undefined) throw new SocketError(this.driver.failure, call);
  }

  #connected(call: string): Connection {
    if (this.connection === undefined) throw new SocketError('ENOTCONN', call);
    return this.connection;
  }

  #throwError(call: string): void {
    const error = this.takeError();
    if (error !== undefined) throw new SocketError(error, call);
  }
}

function takeError(connection: Connection): ErrorName | undefined {
  const error = connection.unreportedFailure;
  connection.unreportedFailure = undefined;
  return error;
}

/** A connection begins with the engine's own options: what differs is told. */
function tellOptions(connection: Connection, options: SocketOptions): void {
  for (const name of ENGINE_OPTIONS) {
    const [option, value] = engineOption(name, options)!;
    if (value !== 0) connection.setOption(option, value);
  }
}
