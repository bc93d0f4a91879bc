/**
 * The driver of one owner's TOE: of a machine that has it for itself, or of a guest. It knows its own register page, its
 * own memory and the interrupt line, and nothing else of the engine.
 *
 * Underneath all is event-driven: `serve` is the one process that reads the completion queue, polling as long as there is
 * something and waiting for an interrupt else. Sockets add commands and look at what events have changed.
 */
import type { Wait } from '@vtoe/hdl';
import type { Config } from '../../hw/config.ts';
import { INTERFACE_MAJOR, QUEUE_LEAST_LOG2, VM_FAULTS } from '../../hw/registers.ts';
import type { OwnerMemory } from '../host/owner-memory.ts';
import { wholeNumber } from '../options.ts';
import { until } from '../timed-condition.ts';
import { random } from '../random.ts';
import { type GuestBus, vmRegisters, type VmRegisters } from './bus.ts';
import { DriverError, type ErrorName, errorOf } from './errors.ts';
import { type Answered, CommandIds, SILENT_ID } from './queues/command-ids.ts';
import { type Completion, CompletionQueue } from './queues/completion-queue.ts';
import { Service, type ServiceOptions } from './queues/service.ts';
import { type Command, Outbox } from './queues/outbox.ts';
import { SubmissionQueue } from './queues/submission-queue.ts';
import { RingPool } from './ring.ts';
import { type Connection, gone, handleKey } from './sockets/connection.ts';
import type { DriverCore, DriverCounters } from './sockets/driver-core.ts';
import type { Listener } from './sockets/listener.ts';
import { Ports } from './sockets/ports.ts';
import { eachPart, type ReceivePolicy } from './sockets/receive-policy.ts';
import { Socket } from './sockets/socket.ts';

export interface DriverOptions extends ServiceOptions {
  /** Of the build: fixes where registers are. What the build has, the driver reads from its page. */
  readonly config: Config;
  readonly bus: GuestBus;
  /** Whose page it is. */
  readonly vm: number;
  readonly memory: OwnerMemory;
  /** Its local IPv4 addresses, as numbers, in the order of the engine's table. */
  readonly addresses: readonly number[];
  /** Nanoseconds: of time-outs. */
  readonly now: () => number;
  /** Base-2 logarithms of the queues' entries; default 8 and 10. */
  readonly sqLog2?: number;
  readonly cqLog2?: number;
  /** Sizes of the rings of a socket that asks for nothing else; default 64 KiB. */
  readonly rxBytes?: number;
  readonly txBytes?: number;
  /** Default: each quarter of the ring. */
  readonly policy?: ReceivePolicy;
  /** Idle rings of a size that are kept; default 1,024. */
  readonly keepRings?: number;
  readonly ephemeral?: { readonly first?: number; readonly last?: number };
  readonly seed?: number;
}

export interface Fault {
  readonly cause: keyof typeof VM_FAULTS;
  readonly address: bigint;
}

/** Polls of a status register before the driver gives up. */
const PATIENCE = 100_000;
const CAUSES = Object.keys(VM_FAULTS) as (keyof typeof VM_FAULTS)[];

export class Driver implements DriverCore {
  readonly page: VmRegisters;
  readonly memory: OwnerMemory;
  readonly addresses: readonly number[];
  readonly now: () => number;
  readonly rings: RingPool;
  readonly sq: SubmissionQueue;
  readonly cq: CompletionQueue;
  readonly outbox: Outbox;
  readonly ports: Ports;
  readonly policy: ReceivePolicy;
  readonly ringBytes: { readonly rx: number; readonly tx: number };
  readonly service: Service;
  readonly counters: DriverCounters = { interrupts: 0, polls: 0, budgetsSpent: 0, entries: 0, answers: 0, tooLate: 0, refused: 0, connects: 0, accepts: 0, ended: 0 };
  /** The VM was stopped. */
  fault: Fault | undefined;
  readonly #ids = new CommandIds();
  readonly #connections = new Map<number, Connection>();
  readonly #listeners = new Set<Listener>();
  readonly #queueLog2: { readonly sq: number; readonly cq: number };
  /** CONNECTs without an answer, and events of handles that are not known yet: their answer may come behind them. */
  #connecting = 0;
  #early: Completion[] = [];

  /** @throws RangeError for an option that makes no sense, or if the memory is too small */
  constructor(options: DriverOptions) {
    const { config, bus, vm, memory, addresses, now, sqLog2 = 8, cqLog2 = 10, rxBytes = 65_536, txBytes = 65_536, policy = eachPart(4), keepRings = 1024, ephemeral, seed = 1 } = options;
    wholeNumber('vm', vm, 0, config.vms - 1);
    wholeNumber('addresses', addresses.length, 1, config.addressesPerVm);
    wholeNumber('sqLog2', sqLog2, QUEUE_LEAST_LOG2, 15);
    wholeNumber('cqLog2', cqLog2, QUEUE_LEAST_LOG2, 17);
    this.page = vmRegisters(config, bus, vm);
    this.memory = memory;
    this.addresses = addresses;
    this.now = now;
    this.policy = policy;
    this.ringBytes = { rx: rxBytes, tx: txBytes };
    this.rings = new RingPool(memory, keepRings);
    this.#queueLog2 = { sq: sqLog2, cq: cqLog2 };
    this.sq = new SubmissionQueue(memory, sqLog2);
    this.cq = new CompletionQueue(memory, cqLog2);
    this.outbox = new Outbox(this.sq);
    this.ports = new Ports(random(seed).fork('ports'), ephemeral);
    this.service = new Service(this, options);
  }

  get failure(): ErrorName | undefined {
    return this.fault === undefined ? undefined : 'EIO';
  }

  /** Connections that the engine has of this VM, as far as it said so. */
  get connections(): Iterable<Connection> {
    return this.#connections.values();
  }

  /** Things that did not end: connections, listeners, commands. */
  get pending(): number {
    return this.#connections.size + this.#openListeners + this.#connecting + this.#ids.waiting + this.outbox.length;
  }

  /** The interrupt line rang. */
  interrupt(): void {
    this.counters.interrupts += 1;
    this.service.ring();
  }

  socket(): Socket {
    return new Socket(this);
  }

  /** Sets the queues up and enables the VM. @throws DriverError if the engine is not what the driver is for */
  * start(): Generator<Wait, void, void> {
    const { page } = this;
    const version = yield* page.version.read();
    if (Number(version.major) !== INTERFACE_MAJOR) throw new DriverError(`the engine's interface is ${version.major}.${version.minor}, the driver's ${INTERFACE_MAJOR}`);
    const capabilities = yield* page.capabilities.read();
    const { sq, cq } = this.#queueLog2;
    if (sq > Number(capabilities.sq_most_log2) || cq > Number(capabilities.cq_most_log2)) throw new DriverError(`queues of 2^${sq} and 2^${cq} entries: the engine has 2^${capabilities.sq_most_log2} and 2^${capabilities.cq_most_log2} at most`);
    yield* this.#until('be ready', (status) => status.ready);
    yield* page.sq_base.write(BigInt(this.sq.address));
    yield* page.cq_base.write(BigInt(this.cq.address));
    yield* page.queue_size.write({ sq_log2: sq, cq_log2: cq });
    yield* this.service.setUp();
    yield* page.control.write({ enable: true });
  }

  /** The process that serves the completion queue, until `stop`. */
  serve(): Generator<Wait, void, void> {
    return this.service.serve();
  }

  /** Gives commands to the engine: what was added since the last time, with one doorbell. */
  * flush(): Generator<Wait, void, void> {
    if (this.fault !== undefined) return;
    do {
      this.outbox.flush();
      yield* this.sq.ring(this.page);
      // Others may have added something during the access; what finds no place waits for an answer.
    } while (this.outbox.length > 0 && this.sq.room > 0);
  }

  /**
   * Ends everything: listeners, connections (by RST), the VM; then frees queues and rings. `serve` must be running.
   * @throws DriverError if something does not end
   */
  * stop(): Generator<Wait, void, void> {
    for (const listener of this.#listeners) listener.close();
    for (const connection of this.#connections.values()) connection.abort();
    yield* this.flush();
    const patience = this.now() + 10e9;
    yield until(patience, () => this.pending === 0 || this.fault !== undefined || this.now() > patience);
    if (this.pending > 0 && this.fault === undefined) throw new DriverError(`the engine did not end ${this.#connections.size} connections, ${this.#openListeners} listeners and ${this.#ids.waiting} commands`);
    this.service.stop();
    yield () => this.service.hasStopped;
    yield* this.page.control.write({ enable: false });
    yield* this.#until('stop', (status) => !status.running);
    this.rings.drain();
    this.sq.free();
    this.cq.free();
  }

  // What the service does.

  /** One entry of the completion queue. */
  dispatch(entry: Completion): void {
    this.counters.entries += 1;
    this.sq.sawHead(entry.sq_head);
    if (entry.response) {
      this.counters.answers += 1;
      if (entry.command_id === SILENT_ID) this.#silent(entry);
      else this.#ids.answer(entry);
      this.#tellEarly();
    } else {
      if (entry.accepted) this.#ids.answer(entry);
      this.#event(entry);
    }
  }

  /** The VM was stopped: everybody is told, nothing is given back. */
  faulted(cause: number, address: bigint): void {
    this.fault = { cause: CAUSES[cause] ?? 'None', address };
    for (const connection of this.#connections.values()) connection.fault();
    for (const listener of this.#listeners) listener.fault();
  }

  // What connections and listeners use.

  command(make: (id: number) => Command, answered: Answered): void {
    // The id is taken when the command is written: what waits in the outbox needs none.
    const ids = this.#ids;
    this.outbox.add({
      write: (bytes, at, signal) => {
        const id = ids.open((entry) => {
          ids.close(id);
          answered(entry);
        });
        if (make(id).write(bytes, at, signal)) return true;
        ids.close(id);
        return false;
      },
    });
  }

  openId(answered: Answered): number {
    return this.#ids.open(answered);
  }

  closeId(id: number): void {
    this.#ids.close(id);
  }

  started(connection: Connection): void {
    const key = handleKey(connection.handle!);
    if (this.#connections.has(key)) throw new DriverError(`the engine gave the handle of a connection that has not ended: ${key}`);
    this.#connections.set(key, connection);
    this.ports.connect(connection, connection.localPort);
  }

  ended(connection: Connection): void {
    if (connection.handle === undefined) return;
    this.counters.ended += 1;
    this.#connections.delete(handleKey(connection.handle));
    this.ports.disconnect(connection, connection.localPort);
  }

  connecting(by: 1 | -1): void {
    this.#connecting += by;
  }

  postEnded(): void {
    for (const listener of this.#listeners) listener.retry();
  }

  get #openListeners(): number {
    for (const listener of this.#listeners) if (listener.state === 'closed' || listener.state === 'failed') this.#listeners.delete(listener);
    return this.#listeners.size;
  }

  listening(listener: Listener): void {
    this.#listeners.add(listener);
  }

  #event(entry: Completion): void {
    const connection = this.#connections.get(handleKey(entry.handle));
    if (connection !== undefined) connection.event(entry);
    else if (this.#connecting > 0) this.#early.push(entry);
    else throw new DriverError(`an event of connection ${entry.handle.index}, generation ${entry.handle.generation}, which there is not`);
  }

  #tellEarly(): void {
    for (const entry of this.#early.splice(0)) this.#event(entry);
  }

  /** An answer to SEND or RECEIVE: asked for as a sign of room, or a refusal. */
  #silent({ status, handle }: Completion): void {
    if (errorOf(status) === undefined) return;
    if (!gone(status)) throw new DriverError(`a position of connection ${handle.index} was refused: ${errorOf(status)}`);
    this.counters.tooLate += 1;
  }

  * #until(what: string, isSo: (status: { readonly ready: boolean; readonly running: boolean; readonly faulted: boolean }) => boolean): Generator<Wait, void, void> {
    for (let tries = 0; tries < PATIENCE; tries += 1) {
      if (isSo(yield* this.page.status.read())) return;
      yield 10;
    }
    throw new DriverError(`the engine did not ${what}`);
  }
}
