/** The far end of a connection, by hand: it sends what it is told to and nothing else, and hears what comes. */
import { streamBytes } from '../../../../sim/guest/workloads/stream-pattern.ts';
import { byBytes } from '../../../hw/net/support/by-bytes.ts';
import { big, OUR_ADDRESS, PEER_ADDRESS, PEER_MAC, tcpFrame } from '../../../hw/net/support/frames.ts';
import { after, ahead, ConnectionModel } from './connection-model.ts';

const [FIN, SYN, PSH, ACK] = [1, 2, 8, 16];
/** Bytes of a segment's payload. */
const MSS = 512;
const WINDOW = 0x2000;

export interface RemoteOptions {
  readonly port: number;
  readonly localPort: number;
  /** Of the bytes that it sends, and of those that must come. */
  readonly streams: { readonly own: number; readonly other: number };
  readonly hasTimestamps: boolean;
  readonly firstSeq: number;
  readonly send: (frame: Uint8Array) => void;
}

export class RemoteEnd {
  readonly port: number;
  readonly model: ConnectionModel;
  /** The SYN,ACK has come. */
  isOpen = false;
  /** The other end has sent its FIN. */
  isEnded = false;
  /** The next byte to send, and what all before it were. */
  next: number;
  readonly first: number;
  /** Of the other direction: its first byte, the next one, and how far the other end says that it has received. */
  #otherFirst = 0;
  heard = 0;
  acknowledged = 0;
  /** Right edge of the largest window that was offered. */
  edge = 0;
  problem: string | undefined;
  readonly #options: RemoteOptions;
  #echo = 0;
  static readonly shift = 2;

  constructor(options: RemoteOptions) {
    const { port, firstSeq, hasTimestamps } = options;
    this.#options = options;
    this.port = port;
    this.first = after(firstSeq, 1);
    this.next = firstSeq;
    this.model = new ConnectionModel({ shift: hasTimestamps ? RemoteEnd.shift : 0, hasTimestamps });
    this.model.newestTimestamp = 1000;
  }

  /** Bytes of the other stream that have come. */
  get received(): number {
    return ahead(this.heard, this.#otherFirst);
  }

  open(): void {
    const { hasTimestamps } = this.#options;
    const options = hasTimestamps ? Uint8Array.from([3, 3, RemoteEnd.shift, 1, ...this.timestamps(this.model.newestTimestamp)]) : new Uint8Array(0);
    this.#options.send(this.frame({ seq: this.next, ack: 0, flags: SYN, options }));
    this.next = this.first;
  }

  /** A timestamp option, and padding. */
  timestamps(tsval: number): number[] {
    return [1, 1, 8, 10, ...big(tsval, 4), ...big(this.#echo, 4)];
  }

  frame(parts: Parameters<typeof tcpFrame>[0]): Uint8Array {
    const { port, localPort, hasTimestamps } = this.#options;
    return tcpFrame({
      sourcePort: port, destinationPort: localPort, source: PEER_ADDRESS, destination: OUR_ADDRESS, sourceMac: PEER_MAC, window: WINDOW, seq: this.next, ack: this.heard, flags: ACK,
      ...(hasTimestamps ? { options: Uint8Array.from(this.timestamps(this.model.newestTimestamp)) } : {}), ...parts,
    });
  }

  /** A segment with the stream's bytes from there on. */
  dataFrame(seq: number, length: number, parts: Parameters<typeof tcpFrame>[0] = {}): Uint8Array {
    return this.frame({ seq, payload: this.bytes(seq, length), flags: ACK | PSH, ...parts });
  }

  /** Of its stream; in front of it there are zeros. */
  bytes(seq: number, length: number): Uint8Array {
    const position = ahead(seq, this.first);
    const bytes = new Uint8Array(length);
    const before = Math.min(length, Math.max(0, -position));
    if (before < length) bytes.set(streamBytes(this.#options.streams.own, Math.max(0, position), length - before), before);
    return bytes;
  }

  /** Sends the stream up to there, in order. */
  sendTo(end: number): void {
    while (ahead(end, this.next) > 0) {
      const length = Math.min(MSS, ahead(end, this.next));
      this.#options.send(this.dataFrame(this.next, length));
      this.next = after(this.next, length);
    }
    this.#said();
  }

  sendAck(): void {
    this.#options.send(this.frame({}));
    this.#said();
  }

  sendFin(): void {
    this.#options.send(this.frame({ flags: FIN | ACK }));
    this.next = after(this.next, 1);
  }

  #said(): void {
    Object.assign(this.model, { windowSeq: this.next, windowAck: this.heard, largestWindow: Math.max(this.model.largestWindow, WINDOW * 2 ** this.model.shift) });
  }

  /** The model stands where the connection stands. */
  settle(): void {
    this.model.begin(this.next, this.edge, this.heard);
  }

  /** A frame for it. */
  receive(bytes: Uint8Array): void {
    const { fields } = byBytes({ bytes, bad: false }, bytes.length);
    const { seq, ack, flags, window, length, payload_at: at, tsval } = fields as Readonly<Record<string, number>>;
    if ((flags! & SYN) !== 0) {
      this.isOpen = true;
      this.#otherFirst = after(seq!, 1);
      this.heard = this.#otherFirst;
      this.edge = after(ack!, window!);
    }
    if (tsval! >= 0) this.#echo = tsval!;
    const edge = after(ack!, window!);
    if (ahead(edge, this.edge) > 0) this.edge = edge;
    this.acknowledged = ack!;
    if ((flags! & FIN) !== 0 && after(seq!, length!) === this.heard) {
      this.heard = after(this.heard, 1);
      this.isEnded = true;
    }
    if (length === 0) return;
    if (seq !== this.heard) {
      this.problem ??= `port ${this.port}: a segment at ${ahead(seq!, this.heard)} bytes from where it was expected`;
      return;
    }
    const expected = streamBytes(this.#options.streams.other, this.received, length!);
    if (Buffer.compare(bytes.subarray(at!, at! + length!), expected) !== 0) this.problem ??= `port ${this.port}: wrong bytes at ${this.received}`;
    this.heard = after(this.heard, length!);
  }
}
