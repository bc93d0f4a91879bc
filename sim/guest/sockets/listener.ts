/**
 * A listening port: ACCEPTs with rings are kept posted for connections to come, and those that came wait for the
 * application. Posted are `backlog`, as long as fewer than that wait; so an application that does not accept has less than
 * twice its backlog.
 */
import { AcceptEntry, ListenEntry, Status, UnlistenEntry } from '../../../hw/protocol/index.ts';
import { DriverError, type ErrorName, errorOf } from '../errors.ts';
import type { Completion } from '../queues/completion-queue.ts';
import type { Ring } from '../ring.ts';
import { Connection, type HandleValue } from './connection.ts';
import type { DriverCore } from './driver-core.ts';

export interface ListenerOptions {
  readonly addressIndex: number;
  readonly port: number;
  readonly backlog: number;
  readonly rxLog2: number;
  readonly txLog2: number;
}

/** An ACCEPT: its rings, and whether its command was answered and its rings were used or came back. */
interface Post {
  readonly id: number;
  readonly rx: Ring;
  readonly tx: Ring;
  isAnswered: boolean;
  isOver: boolean;
}

export class Listener {
  readonly options: ListenerOptions;
  /** `listening` ends by `close`, or by an error in the answer to LISTEN. */
  state: 'opening' | 'listening' | 'failed' | 'closing' | 'closed' = 'opening';
  failure: ErrorName | undefined;
  /** Connections that nobody has accepted. */
  readonly queue: Connection[] = [];
  /** Called for each connection that came. */
  readonly #arrived: (connection: Connection) => void;
  readonly #core: DriverCore;
  readonly #posts = new Map<number, Post>();
  #handle: HandleValue | undefined;
  #isUnlistened = false;
  /** The engine had no room for more posts: not before something changes. */
  #isShort = false;

  constructor(core: DriverCore, options: ListenerOptions, arrived: (connection: Connection) => void = () => {}) {
    this.options = options;
    this.#core = core;
    this.#arrived = arrived;
    const { addressIndex, port, backlog, rxLog2, txLog2 } = options;
    core.command((command_id) => ({
      write: (bytes, at) => {
        ListenEntry.write(bytes, at, { signal: false, ext: false, command_id, local_port: port, address_index: addressIndex, rx_log2_bytes: rxLog2, backlog, tx_log2_bytes: txLog2 });
        return true;
      },
    }), (entry) => this.#opened(entry));
  }

  /** ACCEPTs that wait for a connection. */
  get posted(): number {
    return this.#posts.size;
  }

  /** The first that waits. */
  accept(): Connection | undefined {
    const connection = this.queue.shift();
    this.refill();
    return connection;
  }

  close(): void {
    if (this.state === 'failed' || this.state === 'closing' || this.state === 'closed') return;
    const wasOpen = this.state === 'listening';
    this.state = 'closing';
    for (const connection of this.queue.splice(0)) connection.abort();
    if (wasOpen) this.#unlisten();
  }

  /** The VM was stopped. */
  fault(): void {
    this.failure = 'EIO';
    this.state = 'failed';
  }

  /** The engine may have room for ACCEPTs again. */
  retry(): void {
    if (!this.#isShort) return;
    this.#isShort = false;
    this.refill();
  }

  /** Posts what is missing. */
  refill(): void {
    const { backlog } = this.options;
    if (this.state !== 'listening' || this.#isShort || this.queue.length >= backlog) return;
    while (this.#posts.size < backlog) this.#post();
  }

  #opened({ status, handle }: Completion): void {
    const error = errorOf(status);
    if (error !== undefined) {
      this.#core.counters.refused += 1;
      this.failure = error;
      this.state = this.state === 'closing' ? 'closed' : 'failed';
      return;
    }
    this.#handle = handle;
    if (this.state === 'closing') this.#unlisten();
    else {
      this.state = 'listening';
      this.refill();
    }
  }

  #unlisten(): void {
    const handle = this.#handle!;
    this.#core.command((command_id) => ({
      write: (bytes, at) => {
        UnlistenEntry.write(bytes, at, { signal: false, ext: false, command_id, handle });
        return true;
      },
    }), ({ status }) => {
      if (status !== Status.value.OK) throw new DriverError(`UNLISTEN of port ${this.options.port} was refused: ${errorOf(status)}`);
      this.#isUnlistened = true;
      this.#over();
    });
  }

  #post(): void {
    const { rings, outbox } = this.#core;
    const rx = rings.take(this.options.rxLog2);
    const tx = rings.take(this.options.txLog2);
    const id = this.#core.openId((entry) => this.#entry(post, entry));
    const post: Post = { id, rx, tx, isAnswered: false, isOver: false };
    this.#posts.set(id, post);
    outbox.add({
      write: (bytes, at) => {
        if (this.state !== 'listening') {
          // Behind UNLISTEN it would only be refused.
          this.#unused(post);
          this.#forget(post);
          return false;
        }
        AcceptEntry.write(bytes, at, { signal: false, ext: false, command_id: id, handle: this.#handle!, rx_ring: rx.descriptor, tx_ring: tx.descriptor });
        return true;
      },
    });
  }

  /** Of an ACCEPT: its answer, the connection that took its rings, or its end without one. They come in any order but the last two. */
  #entry(post: Post, entry: Completion): void {
    if (entry.response && !entry.final) {
      post.isAnswered = true;
      if (entry.status !== Status.value.OK) {
        if (entry.status !== Status.value.NO_RESOURCES && this.state === 'listening') throw new DriverError(`ACCEPT at port ${this.options.port} was refused: ${errorOf(entry.status)}`);
        this.#core.counters.refused += 1;
        this.#isShort = true;
        this.#unused(post);
      }
    } else if (post.isOver) throw new DriverError(`the rings of ACCEPT ${post.id} were used twice`);
    else if (entry.accepted) this.#accepted(post, entry);
    else if (entry.final && entry.status === Status.value.CANCELED) {
      post.isAnswered = true;
      this.#unused(post);
    } else throw new DriverError(`the engine told nothing of ACCEPT ${post.id} that it could`);
    if (post.isAnswered && post.isOver) this.#forget(post);
    if (!entry.response || entry.final) this.#core.postEnded();
    this.refill();
    this.#over();
  }

  #accepted(post: Post, entry: Completion): void {
    const { addressIndex, port } = this.options;
    this.#posts.delete(post.id);
    post.isOver = true;
    const connection = new Connection(this.#core, {
      rx: post.rx, tx: post.tx, policy: this.#core.policy, addressIndex, localPort: port, remoteAddress: entry.remote_address, remotePort: entry.remote_port,
    });
    connection.handle = entry.handle;
    this.#core.counters.accepts += 1;
    this.#core.started(connection);
    if (this.state !== 'listening') connection.abort();
    else {
      this.queue.push(connection);
      this.#arrived(connection);
    }
  }

  #unused(post: Post): void {
    post.isOver = true;
    this.#posts.delete(post.id);
    this.#core.rings.give(post.rx);
    this.#core.rings.give(post.tx);
  }

  #forget(post: Post): void {
    this.#core.closeId(post.id);
  }

  #over(): void {
    if (this.state === 'closing' && this.#isUnlistened && this.#posts.size === 0) this.state = 'closed';
  }
}
