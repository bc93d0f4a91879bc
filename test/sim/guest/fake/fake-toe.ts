/**
 * A TOE in TypeScript, as far as a driver sees one: registers, queues, rings and events as docs/reference says, over guest
 * memory, with a network that connects guests to each other and to peers that a test plays. It chooses at random whatever is
 * not laid down: when an entry is fetched, answered or visible, which connection is told next, what comes together, where
 * streams are cut, and whether FINAL comes alone. TCP itself is not in it.
 */
import * as protocol from '../../../../hw/protocol/index.ts';
import type { Config } from '../../../../hw/config.ts';
import type { BusModel } from '../../../../sim/engine/test-bench.ts';
import { type Random, random } from '../../../../sim/random.ts';
import { FakeConnection } from './connection.ts';
import type { End, Remote } from './end.ts';
import type { Entry, VmQueues } from './vm.ts';

const { Opcode, Status } = protocol;

export interface FakeOptions {
  readonly config: Config;
  /** One of each VM. */
  readonly queues: readonly VmQueues[];
  readonly addresses: readonly number[];
  /** Slots that are still in use although their connection has ended. */
  readonly busy?: ReadonlySet<number>;
  readonly seed?: number;
  /** Probability, per cycle, that something that can happen does. */
  readonly speed?: number;
  readonly segmentBytes?: number;
  readonly prePosts?: number;
}

interface FakeListener {
  readonly vm: number;
  readonly handle: { readonly index: number; readonly generation: number };
  readonly port: number;
  readonly backlog: number;
  readonly rxLog2: number;
  readonly txLog2: number;
  readonly posts: { readonly commandId: number; readonly entry: protocol.ValuesOf<typeof protocol.AcceptEntry> }[];
}

/** A SYN on its way: it is tried until there is an ACCEPT. */
interface Opening {
  readonly client: End;
  readonly address: number;
  readonly port: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
}

export class FakeToe implements BusModel {
  readonly name = 'fake toe';
  readonly vms: readonly VmQueues[];
  readonly connections = new Map<number, FakeConnection>();
  /** Peers that take connections, by `address:port`. */
  readonly servers = new Map<string, (connection: FakeConnection) => Remote>();
  /** Every entry that was fetched. */
  readonly commands: { readonly vm: number; readonly opcode: number; readonly signal: boolean }[] = [];
  readonly listeners = new Map<number, FakeListener>();
  /** Statuses to refuse the next commands of an opcode with. */
  readonly refusals: { opcode: number; status: number }[] = [];
  /** CONNECTs that get no answer from the network. */
  holdOpenings = false;
  finalsAlone = 0;
  merged = 0;
  readonly #options: Required<FakeOptions>;
  readonly #random: Random;
  readonly #generations = new Map<number, number>();
  readonly #openings: Opening[] = [];
  /** Rings of a closed listener on their way back. */
  readonly #canceled: { vm: number; entry: Entry }[] = [];
  readonly #answers: { vm: number; entry: Entry | undefined }[] = [];
  #now = 0;
  #nextListener = 0;

  constructor(options: FakeOptions) {
    this.#options = { seed: 1, speed: 0.3, segmentBytes: 1460, prePosts: 256, busy: new Set(), ...options };
    this.#random = random(this.#options.seed).fork('fake toe');
    this.vms = options.queues;
  }

  /** A peer of outside opens a connection. */
  arrive(remote: Remote, address: number, port: number): void {
    this.#openings.push({ client: remote, address, port, remoteAddress: remote.address, remotePort: remote.port });
  }

  step(cycle: number): void {
    this.#now = cycle;
    const { speed } = this.#options;
    for (const [v, vm] of this.vms.entries()) {
      vm.step(cycle);
      for (let i = 0; i < 4 && this.#random.chance(speed); i += 1) {
        const entry = vm.fetch();
        if (entry === undefined) break;
        this.#command(v, entry);
      }
    }
    // Answers come in the order of their commands, whenever they like.
    while (this.#answers.length > 0 && this.#random.chance(speed)) {
      const { vm, entry } = this.#answers.shift()!;
      if (entry === undefined) this.vms[vm]!.release();
      else this.vms[vm]!.answer(entry, cycle);
    }
    while (this.#canceled.length > 0 && this.vms[this.#canceled[0]!.vm]!.room > 0 && this.#random.chance(speed)) {
      const { vm, entry } = this.#canceled.shift()!;
      this.vms[vm]!.write(entry, cycle);
    }
    if (!this.holdOpenings) this.#open();
    const ends = [...this.connections.values()];
    for (const end of ends) if (this.#random.chance(speed)) this.#transport(end);
    this.#tell(ends);
  }

  #tell(ends: FakeConnection[]): void {
    for (const connection of ends) {
      const { vm: v, index, generation, commandId, remoteAddress, remotePort } = connection.options;
      const vm = this.vms[v]!;
      if (connection.outstanding !== undefined && connection.outstanding < vm.cqHead) connection.outstanding = undefined;
      if (!connection.hasNews || vm.room < 1 || !this.#random.chance(this.#options.speed)) continue;
      // FINAL may come later, in an entry that says nothing else.
      const final = connection.tellsFinal && (connection.bits.size === 0 || this.#random.chance(0.5));
      if (final && connection.bits.size === 0) this.finalsAlone += 1;
      if (connection.bits.size > 1) this.merged += 1;
      if (final) connection.scribble();
      connection.outstanding = vm.write({
        handle: { index, generation }, command_id: connection.bits.has('accepted') ? commandId : 0xdead, status: connection.isOver ? connection.status : Status.value.OK,
        ...Object.fromEntries(['connected', 'accepted', 'data', 'sent', 'peer_closed', 'closed', 'reset', 'error'].map((kind) => [kind, (connection.bits as Set<string>).has(kind)])) as Record<'connected' | 'accepted' | 'data' | 'sent' | 'peer_closed' | 'closed' | 'reset' | 'error', boolean>,
        response: false, final,
        // Before the peer's SYN there is no stream: hardware computes 0 - 0 - 1.
        rx_filled: connection.isOpen ? connection.rcvNxt >>> 0 : 0xffff_ffff, tx_freed: connection.sndUna >>> 0,
        remote_address: remoteAddress, remote_port: remotePort,
      }, this.#now);
      connection.bits.clear();
      if (final) {
        connection.isFinal = true;
        this.connections.delete(index);
      }
    }
  }

  #transport(from: FakeConnection): void {
    const { other } = from;
    if (other === undefined) return;
    this.#move(from, other);
    if (!(other instanceof FakeConnection)) this.#move(other, from);
  }

  #move(from: End, to: End): void {
    const length = Math.min(from.toSend, to.space, 1 + this.#random.below(this.#options.segmentBytes));
    if (length > 0) to.put(from.take(length));
    else if (from.owesFin && !to.isOver) {
      to.finReceived();
      from.finSent();
    }
  }

  #open(): void {
    for (const opening of this.#openings.splice(0)) {
      const { client, address, port, remoteAddress, remotePort } = opening;
      if (client instanceof FakeConnection && client.isOver) continue;
      const vm = this.#options.addresses.indexOf(address);
      const listener = [...this.listeners.values()].find((one) => one.vm === vm && one.port === port);
      const script = this.servers.get(`${address}:${port}`);
      if (script !== undefined && client instanceof FakeConnection) {
        const remote = script(client);
        remote.other = client;
        client.opened('connected', remote);
      } else if (listener === undefined) {
        if (client instanceof FakeConnection) client.failed('reset', Status.value.REFUSED);
        else client.resetReceived();
      } else {
        // Without an ACCEPT the ACK is dropped, and the peer sends it again.
        const slot = listener.posts.length === 0 || this.#random.chance(0.5) ? undefined : this.#slot();
        if (slot === undefined) {
          this.#openings.push(opening);
          continue;
        }
        const { commandId, entry } = listener.posts.shift()!;
        const server = this.#connection({ index: slot, vm, rxRing: entry.rx_ring, txRing: entry.tx_ring, remoteAddress, remotePort, localPort: port, commandId });
        server.opened('accepted', client);
        client.other = server;
        if (client instanceof FakeConnection) client.opened('connected', server);
      }
    }
  }

  #slot(): number | undefined {
    for (let index = 0; index < this.#options.config.connections; index += 1) if (!this.connections.has(index) && !this.#options.busy.has(index)) return index;
    return undefined;
  }

  #connection(options: Omit<ConstructorParameters<typeof FakeConnection>[0], 'generation' | 'memory'>): FakeConnection {
    const generation = ((this.#generations.get(options.index) ?? -1) + 1) & 0xffff;
    this.#generations.set(options.index, generation);
    const connection = new FakeConnection({ ...options, generation, memory: this.vms[options.vm]!.memory });
    this.connections.set(options.index, connection);
    return connection;
  }

  #command(v: number, bytes: Uint8Array): void {
    const { opcode, signal, command_id } = protocol.SubmissionEntry.decode(bytes);
    this.commands.push({ vm: v, opcode, signal });
    const none = { index: 0, generation: 0 };
    const answer = (status: number, handle: { index: number; generation: number } = none, final = false): Entry => ({
      handle, command_id, status, connected: false, accepted: false, data: false, sent: false, peer_closed: false, closed: false, reset: false, error: false,
      response: true, final, rx_filled: 0, tx_freed: 0, remote_address: 0, remote_port: 0,
    });
    const end = (status: number | undefined, handle = none, silent = false): void => {
      this.#answers.push({ vm: v, entry: silent && status === undefined && !signal ? undefined : answer(status ?? Status.value.OK, handle) });
    };
    const refusal = this.refusals.findIndex((one) => one.opcode === opcode);
    if (refusal >= 0) {
      end(this.refusals.splice(refusal, 1)[0]!.status);
      return;
    }
    const { handle } = protocol.SendEntry.decode(bytes);
    const found = this.connections.get(handle.index);
    const connection = found?.options.vm === v && found.options.generation === handle.generation ? found : undefined;
    const of = (what: (connection: FakeConnection) => number | undefined): number | undefined => (connection === undefined ? Status.value.BAD_HANDLE : what(connection));
    switch (opcode) {
      case Opcode.value.NOP: end(undefined, none, true); break;
      case Opcode.value.SEND: end(of((one) => one.send(protocol.SendEntry.decode(bytes).position)), handle, true); break;
      case Opcode.value.RECEIVE: end(of((one) => one.receive(protocol.ReceiveEntry.decode(bytes).position)), handle, true); break;
      case Opcode.value.SHUTDOWN: end(of((one) => one.shutdown(false)), handle); break;
      case Opcode.value.CLOSE: end(of((one) => one.shutdown(true)), handle); break;
      case Opcode.value.ABORT: end(of((one) => one.abort()), handle); break;
      case Opcode.value.SETOPT: {
        const { option, value } = protocol.SetOptionEntry.decode(bytes);
        end(of((one) => {
          if (option !== protocol.SocketOption.value.USER_TIMEOUT && value > 1) return Status.value.BAD_FIELD;
          if (value > 8_589_932) return Status.value.BAD_FIELD;
          one.set[protocol.SocketOption.labelOf(option)!] = value;
          return undefined;
        }), handle);
        break;
      }
      case Opcode.value.CONNECT: {
        const entry = protocol.ConnectEntry.decode(bytes);
        const inUse = [...this.connections.values()].some(({ options }) => options.vm === v && options.localPort === entry.local_port && options.remoteAddress === entry.remote_address && options.remotePort === entry.remote_port);
        const slot = this.#slot();
        if (inUse) end(Status.value.ADDRESS_IN_USE);
        else if (slot === undefined) end(Status.value.NO_RESOURCES);
        else {
          const client = this.#connection({ index: slot, vm: v, rxRing: entry.rx_ring, txRing: entry.tx_ring, remoteAddress: entry.remote_address, remotePort: entry.remote_port, localPort: entry.local_port, commandId: 0 });
          this.#openings.push({ client, address: entry.remote_address, port: entry.remote_port, remoteAddress: this.#options.addresses[v]!, remotePort: entry.local_port });
          end(undefined, { index: slot, generation: client.options.generation });
        }
        break;
      }
      case Opcode.value.LISTEN: {
        const { local_port, backlog, rx_log2_bytes, tx_log2_bytes } = protocol.ListenEntry.decode(bytes);
        if ([...this.listeners.values()].some(({ vm, port }) => vm === v && port === local_port)) end(Status.value.ADDRESS_IN_USE);
        else {
          this.#nextListener += 1;
          const own = { index: this.#options.config.connections + (this.#nextListener % 64), generation: this.#nextListener };
          this.listeners.set(own.index, { vm: v, handle: own, port: local_port, backlog, rxLog2: rx_log2_bytes, txLog2: tx_log2_bytes, posts: [] });
          end(undefined, own);
        }
        break;
      }
      case Opcode.value.ACCEPT: {
        const entry = protocol.AcceptEntry.decode(bytes);
        const listener = this.#listener(v, handle);
        const posted = [...this.listeners.values()].reduce((sum, { posts }) => sum + posts.length, 0);
        if (listener === undefined) end(Status.value.BAD_HANDLE, handle);
        else if (entry.rx_ring.log2_bytes !== listener.rxLog2 || entry.tx_ring.log2_bytes !== listener.txLog2) end(Status.value.BAD_RING, handle);
        else if (posted >= this.#options.prePosts) end(Status.value.NO_RESOURCES, handle);
        else {
          listener.posts.push({ commandId: command_id, entry });
          end(undefined, handle);
        }
        break;
      }
      case Opcode.value.UNLISTEN: {
        const listener = this.#listener(v, handle);
        if (listener === undefined) end(Status.value.BAD_HANDLE, handle);
        else {
          this.listeners.delete(handle.index);
          for (const { commandId } of listener.posts) this.#canceled.push({ vm: v, entry: { ...answer(Status.value.CANCELED, handle, true), command_id: commandId } });
          end(undefined, handle);
        }
        break;
      }
      default: end(Status.value.BAD_OPCODE);
    }
  }

  #listener(vm: number, handle: { index: number; generation: number }): FakeListener | undefined {
    const listener = this.listeners.get(handle.index);
    return listener?.vm === vm && listener.handle.generation === handle.generation ? listener : undefined;
  }
}
