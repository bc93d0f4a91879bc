/**
 * The other end of the link, in software: a host with one address that speaks ARP, ICMP echo and TCP in real Ethernet
 * frames. It shares nothing with the hardware but the layouts of headers, and nothing with the model of TCP in `sim/tcp`.
 *
 * Nothing happens by itself: frames go in (`receive`), frames come out (`transmit`), and time moves (`advance`). Seed and
 * options fix everything.
 */
import { IcmpEcho, IcmpType, internetChecksum, IpProtocol, EtherType, Ipv4Header, onesSum, EthernetHeader, parseEthernet, parseIpv4, BROADCAST, TcpHeader } from '../../hw/protocol/index.ts';
import { eventQueue } from '../link/event-queue.ts';
import { boolean, onlyOptions, wholeNumber } from '../options.ts';
import { type Random, random } from '../random.ts';
import { Connection, type ConnectionOptions, type SocketHandlers } from './connection.ts';
import { ipFrame } from './ip-packet.ts';
import { type Forged, type Misbehaviour, Mischief } from './misbehaviour.ts';
import { Neighbours } from './neighbours.ts';
import { onWire } from './position.ts';
import { Socket } from './socket.ts';
import { decodeTcp, encodeTcp, type TcpSegment } from './tcp-segment.ts';

export interface PeerOptions {
  /** 48 bits. */
  readonly mac: number;
  /** IPv4, 32 bits. */
  readonly address: number;
  /** Where frames go, at the time that it is; without FCS. */
  readonly transmit: (frame: Uint8Array) => void;
  /** Of initial sequence numbers, ports and misbehaviour. */
  readonly seed?: number;
  readonly tcp?: TcpSettings;
  readonly misbehaviour?: Misbehaviour;
}

export interface TcpSettings {
  /** Largest segment that is accepted, without options; 1460. */
  readonly mss?: number;
  /** Buffers of a connection, 262,144 each. */
  readonly sendBytes?: number;
  readonly receiveBytes?: number;
  /** RFC 7323; true. */
  readonly windowScale?: boolean;
  readonly timestamps?: boolean;
  /** A tick of the timestamps' clock; a millisecond. */
  readonly timestampNs?: number;
  /** Small segments do not wait for acknowledgments; false. */
  readonly noDelay?: boolean;
  /** An acknowledgment for so many full segments, or after a time: 2, 40 ms. */
  readonly ackEvery?: number;
  readonly delayedAckNs?: number;
  /** RTO before the first round trip, at least, at most: 1 s, 200 ms, 60 s. */
  readonly initialTimeoutNs?: number;
  readonly leastTimeoutNs?: number;
  readonly mostTimeoutNs?: number;
  /** Time-outs in a row, after which a connection is given up; 15. */
  readonly retries?: number;
  /** 2 MSL; 60 s. */
  readonly timeWaitNs?: number;
}

export interface PeerCounters {
  framesIn: number;
  framesOut: number;
  /** Frames for somebody else, or of protocols that it does not speak. */
  ignored: number;
  badIp: number;
  /** Wrong checksum or length. */
  badTcp: number;
  badIcmp: number;
  echoes: number;
  /** Resets for segments without a connection. */
  resets: number;
}

export type Accept = (socket: Socket) => SocketHandlers;
export type PingReply = (data: Uint8Array) => void;

const PORTS_FROM = 49_152;
const SETTINGS = ['mss', 'sendBytes', 'receiveBytes', 'windowScale', 'timestamps', 'timestampNs', 'noDelay', 'ackEvery', 'delayedAckNs', 'initialTimeoutNs', 'leastTimeoutNs', 'mostTimeoutNs', 'retries', 'timeWaitNs'];

export class Peer {
  readonly mac: number;
  readonly address: number;
  readonly counters: PeerCounters = { framesIn: 0, framesOut: 0, ignored: 0, badIp: 0, badTcp: 0, badIcmp: 0, echoes: 0, resets: 0 };
  /** What it has done wrong so far. */
  readonly mischief: Mischief['counters'];
  readonly #options: ConnectionOptions;
  readonly #mischief: Mischief;
  readonly #transmit: (frame: Uint8Array) => void;
  readonly #random: Random;
  readonly #neighbours: Neighbours;
  readonly #listeners = new Map<number, Accept>();
  readonly #connections = new Map<string, Connection>();
  /** When connections want to be woken. An entry may be out of date: it wakes who has nothing to do then. */
  readonly #wakes = eventQueue<Connection>();
  readonly #wakeAt = new Map<Connection, number>();
  readonly #pings = new Map<number, PingReply>();
  #nowPs = 0n;
  #pinged = 0;
  #identification = 0;
  #nextPort: number;

  /** @throws RangeError in one sentence, if an option makes no sense */
  constructor({ mac, address, transmit, seed = 1, tcp = {}, misbehaviour = {} }: PeerOptions) {
    this.mac = wholeNumber('mac', mac, 1, 2 ** 48 - 1);
    this.address = wholeNumber('address', address, 1, 2 ** 32 - 1);
    this.#random = random(seed).fork('peer').fork(address);
    this.#options = connectionOptions(tcp);
    this.#mischief = new Mischief(misbehaviour, this.#random.fork('misbehaviour'));
    this.mischief = this.#mischief.counters;
    this.#transmit = (frame) => {
      this.counters.framesOut += 1;
      transmit(frame);
    };
    this.#neighbours = new Neighbours({ mac, address, now: () => this.nowNs, transmit: this.#transmit });
    this.#nextPort = PORTS_FROM + this.#random.below(0x1_0000 - PORTS_FROM);
  }

  get nowNs(): number {
    return Number(this.#nowPs / 1000n);
  }

  /** When something is due, if nothing comes; undefined: never. */
  get nextPs(): bigint | undefined {
    const { nextPs } = this.#wakes;
    const { deadlineNs } = this.#neighbours;
    if (deadlineNs === Infinity) return nextPs;
    const asked = BigInt(Math.ceil(deadlineNs)) * 1000n;
    return nextPs === undefined || asked < nextPs ? asked : nextPs;
  }

  /** Connections that are not closed, TIME-WAIT included. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Moves time, and does what is due. @throws RangeError if time runs backwards */
  advance(toPs: bigint): void {
    if (toPs < this.#nowPs) throw new RangeError(`time runs forward: it is ${this.#nowPs} ps already, not ${toPs} ps`);
    this.#nowPs = toPs;
    const now = this.nowNs;
    if (this.#neighbours.deadlineNs <= now) this.#neighbours.onTime(now);
    for (let due = this.#wakes.popUntil(toPs); due !== undefined; due = this.#wakes.popUntil(toPs)) {
      const connection = due.item;
      this.#wakeAt.delete(connection);
      if (connection.deadlineNs <= now) connection.onTime(now);
      this.#schedule(connection);
    }
  }

  /** A frame has come, at this time; its FCS was right. */
  receive(frame: Uint8Array, atPs: bigint): void {
    this.advance(atPs);
    const { counters } = this;
    counters.framesIn += 1;
    const ethernet = parseEthernet(frame);
    if (ethernet === undefined || ethernet.tag !== undefined || (ethernet.destination !== this.mac && ethernet.destination !== BROADCAST)) counters.ignored += 1;
    else if (ethernet.ethertype === EtherType.value.ARP) this.#neighbours.receive(frame.subarray(ethernet.payload));
    else if (ethernet.ethertype === EtherType.value.IPV4) this.#receiveIp(frame.subarray(ethernet.payload));
    else counters.ignored += 1;
  }

  /** @param accept is given each connection as it is established, and returns who hears of it */
  listen(port: number, accept: Accept): void {
    this.#listeners.set(wholeNumber('port', port, 1, 65_535), accept);
  }

  unlisten(port: number): void {
    this.#listeners.delete(port);
  }

  connect({ address, port, localPort = this.#freePort(address, port) }: { readonly address: number; readonly port: number; readonly localPort?: number }, handlers: SocketHandlers = {}): Socket {
    const key = keyOf(address, port, wholeNumber('localPort', localPort, 1, 65_535));
    if (this.#connections.has(key)) throw new RangeError(`there is a connection from port ${localPort} to port ${port} of that address already`);
    const connection = this.#connection(key, address, { sourcePort: localPort, destinationPort: port }, handlers);
    connection.open();
    this.#schedule(connection);
    return new Socket(connection, { address, port, localPort }, () => this.#schedule(connection));
  }

  /** Calls back with the data that came back; never, if none came. */
  ping(address: number, data: Uint8Array, onReply: PingReply): void {
    this.#pinged = (this.#pinged + 1) & 0xffff;
    const number = this.#pinged;
    this.#pings.set(number, onReply);
    this.#sendIcmp(address, { type: IcmpType.value.ECHO_REQUEST, identifier: 1, sequence_number: number }, data);
  }

  #connection(key: string, address: number, ports: { readonly sourcePort: number; readonly destinationPort: number }, handlers: SocketHandlers, syn?: TcpSegment): Connection {
    // Above 2^33: places before the first one are numbers from 0 up, too.
    const first = 2 ** 33 + this.#random.uint32();
    const connection = new Connection(first, ports, this.#options, this.#mischief, {
      now: () => this.nowNs,
      transmit: (segment, options, damage) => this.#sendTcp(address, segment, options, damage),
      closed: () => this.#connections.delete(key),
    }, handlers, syn);
    this.#connections.set(key, connection);
    return connection;
  }

  #schedule(connection: Connection): void {
    const { deadlineNs } = connection;
    if (deadlineNs >= (this.#wakeAt.get(connection) ?? Infinity)) return;
    this.#wakeAt.set(connection, deadlineNs);
    this.#wakes.push(BigInt(Math.ceil(deadlineNs)) * 1000n, connection);
  }

  #receiveIp(packet: Uint8Array): void {
    const { counters } = this;
    const ip = parseIpv4(packet);
    if (ip.verdict !== 'good') {
      counters.badIp += 1;
      return;
    }
    const { source, destination, protocol } = ip.header;
    const payload = packet.subarray(ip.payload.from, ip.payload.to);
    if (destination !== this.address || ip.fragment) counters.ignored += 1;
    else if (protocol === IpProtocol.value.TCP) this.#receiveTcp(source, payload);
    else if (protocol === IpProtocol.value.ICMP) this.#receiveIcmp(source, payload);
    else counters.ignored += 1;
  }

  #receiveTcp(source: number, bytes: Uint8Array): void {
    const segment = decodeTcp(bytes, { source, destination: this.address });
    if (segment === undefined) {
      this.counters.badTcp += 1;
      return;
    }
    const key = keyOf(source, segment.sourcePort, segment.destinationPort);
    const known = this.#connections.get(key);
    if (known !== undefined && !(known.state === 'TIME-WAIT' && isNew(segment))) {
      known.receive(segment);
      this.#schedule(known);
      return;
    }
    const accept = this.#listeners.get(segment.destinationPort);
    if (accept !== undefined && isNew(segment)) {
      known?.abort();
      this.#accept(key, source, segment, accept);
    } else if (!segment.rst) this.#refuse(source, segment);
  }

  #accept(key: string, source: number, syn: TcpSegment, accept: Accept): void {
    const ports = { sourcePort: syn.destinationPort, destinationPort: syn.sourcePort };
    const connection = this.#connection(key, source, ports, {
      onConnect: () => {
        connection.handlers = accept(new Socket(connection, { address: source, port: syn.sourcePort, localPort: syn.destinationPort }, () => this.#schedule(connection)));
        connection.handlers.onConnect?.();
      },
    }, syn);
    connection.open();
    this.#schedule(connection);
  }

  /** RFC 9293, 3.10.7.1. */
  #refuse(address: number, { sourcePort, destinationPort, sequence, acknowledgment, ack, syn, fin, payload }: TcpSegment): void {
    this.counters.resets += 1;
    const length = payload.length + (syn ? 1 : 0) + (fin ? 1 : 0);
    this.#sendTcp(address, {
      sourcePort: destinationPort, destinationPort: sourcePort, sequence: ack ? acknowledgment : 0, acknowledgment: ack ? 0 : onWire(sequence + length),
      ack: !ack, syn: false, fin: false, rst: true, psh: false, window: 0, options: {}, payload: new Uint8Array(0),
    });
  }

  #receiveIcmp(source: number, bytes: Uint8Array): void {
    if (bytes.length < IcmpEcho.bytes || onesSum(bytes) !== 0xffff) {
      this.counters.badIcmp += 1;
      return;
    }
    const { type, identifier, sequence_number } = IcmpEcho.decode(bytes);
    const data = bytes.slice(IcmpEcho.bytes);
    if (type === IcmpType.value.ECHO_REQUEST) {
      this.counters.echoes += 1;
      this.#sendIcmp(source, { type: IcmpType.value.ECHO_REPLY, identifier, sequence_number }, data);
    } else if (type === IcmpType.value.ECHO_REPLY) {
      this.#pings.get(sequence_number)?.(data);
      this.#pings.delete(sequence_number);
    } else this.counters.ignored += 1;
  }

  #sendIcmp(address: number, header: { readonly type: number; readonly identifier: number; readonly sequence_number: number }, data: Uint8Array): void {
    const bytes = new Uint8Array(IcmpEcho.bytes + data.length);
    IcmpEcho.write(bytes, 0, header);
    bytes.set(data, IcmpEcho.bytes);
    IcmpEcho.put(bytes, 'checksum', internetChecksum(bytes));
    this.#sendIp(address, IpProtocol.value.ICMP, bytes);
  }

  #sendTcp(address: number, segment: TcpSegment, options?: Uint8Array, damage?: Forged['damage']): void {
    const bytes = encodeTcp(segment, { source: this.address, destination: address }, options);
    if (damage === 'tcp') TcpHeader.put(bytes, 'checksum', TcpHeader.get(bytes, 'checksum') ^ 0x0101);
    this.#sendIp(address, IpProtocol.value.TCP, bytes, damage === 'ip');
  }

  #sendIp(destination: number, protocol: number, payload: Uint8Array, damaged = false): void {
    this.#identification = (this.#identification + 1) & 0xffff;
    const frame = ipFrame(this.mac, { source: this.address, destination, protocol, identification: this.#identification }, payload);
    const start = EthernetHeader.bytes;
    if (damaged) Ipv4Header.put(frame, 'header_checksum', Ipv4Header.get(frame, 'header_checksum', start) ^ 0x0101, start);
    this.#neighbours.send(destination, frame);
  }

  #freePort(address: number, port: number): number {
    for (let tried = 0; tried < 0x1_0000 - PORTS_FROM; tried += 1) {
      const local = this.#nextPort;
      this.#nextPort = local === 0xffff ? PORTS_FROM : local + 1;
      if (!this.#connections.has(keyOf(address, port, local))) return local;
    }
    throw new RangeError(`there is no free port left for a connection to port ${port}`);
  }
}

/** A SYN that asks for a connection. */
function isNew({ syn, ack, rst }: TcpSegment): boolean {
  return syn && !ack && !rst;
}

function keyOf(address: number, port: number, localPort: number): string {
  return `${address}:${port}-${localPort}`;
}

function connectionOptions(tcp: TcpSettings): ConnectionOptions {
  onlyOptions('tcp', tcp, SETTINGS);
  const whole = (key: keyof TcpSettings, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number => wholeNumber(`tcp.${key}`, tcp[key] ?? value, least, most);
  const leastNs = whole('leastTimeoutNs', 200e6, 1);
  return {
    mss: whole('mss', 1460, 76, 65_495),
    sendBytes: whole('sendBytes', 2 ** 18, 1, 2 ** 30),
    receiveBytes: whole('receiveBytes', 2 ** 18, 1, 2 ** 30),
    windowScale: boolean('tcp.windowScale', tcp.windowScale ?? true),
    timestamps: boolean('tcp.timestamps', tcp.timestamps ?? true),
    timestampNs: whole('timestampNs', 1e6, 1, 1e9),
    noDelay: boolean('tcp.noDelay', tcp.noDelay ?? false),
    ackEvery: whole('ackEvery', 2, 1, 1000),
    delayedAckNs: whole('delayedAckNs', 40e6, 0),
    timeout: { initialNs: whole('initialTimeoutNs', 1e9, 1), leastNs, mostNs: whole('mostTimeoutNs', 60e9, leastNs) },
    retries: whole('retries', 15, 0),
    timeWaitNs: whole('timeWaitNs', 60e9, 0),
  };
}
