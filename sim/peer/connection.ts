/**
 * A TCP connection of the peer: the states of RFC 9293, 3.10, around a sending and a receiving half. Window scale and
 * timestamps with PAWS are those of RFC 7323, defences against blind attacks those of RFC 5961.
 */
import type { Forged, Mischief } from './misbehaviour.ts';
import { nearest, onWire } from './position.ts';
import { Receiver, type ReceiverOptions } from './receiver.ts';
import { type Outgoing, Sender, type SenderOptions } from './sender.ts';
import { optionBytes, type TcpOptions } from './tcp-options.ts';
import type { TcpSegment } from './tcp-segment.ts';

export type State = 'SYN-SENT' | 'SYN-RECEIVED' | 'ESTABLISHED' | 'FIN-WAIT-1' | 'FIN-WAIT-2' | 'CLOSE-WAIT' | 'CLOSING' | 'LAST-ACK' | 'TIME-WAIT' | 'CLOSED';

export type SocketError = 'ECONNREFUSED' | 'ECONNRESET' | 'ETIMEDOUT';

export interface SocketHandlers {
  onConnect?(): void;
  /** There is something to read. */
  onReadable?(): void;
  /** There is room to write again. */
  onWritable?(): void;
  /** Everything has come; the other side sends no more. */
  onEnd?(): void;
  /** The connection is no more; with an error if it did not end in order. */
  onClose?(error?: SocketError): void;
}

export interface ConnectionOptions extends SenderOptions, ReceiverOptions {
  /** Largest segment that is accepted, without options. */
  readonly mss: number;
  readonly windowScale: boolean;
  readonly timestamps: boolean;
  /** A tick of the timestamps' clock. */
  readonly timestampNs: number;
  readonly timeWaitNs: number;
}

/** What a connection needs of its peer. */
export interface ConnectionHost {
  now(): number;
  /** @param options in place of the segment's own */
  transmit(segment: TcpSegment, options?: Uint8Array, damage?: Forged['damage']): void;
  /** It is gone: nothing more comes of it. */
  closed(): void;
}

const DEFAULT_MSS = 536;
const TIMESTAMP_BYTES = 12;
const OPTIONS_BYTES = 40;
/** An acknowledgment of what is out of the window, at most so often, as two that mind each other would never end. */
const CHALLENGE_NS = 1_000_000;

export class Connection {
  state: State;
  handlers: SocketHandlers;
  readonly sender: Sender;
  readonly mischief: Mischief;
  readonly #options: ConnectionOptions;
  readonly #host: ConnectionHost;
  readonly #ports: { readonly sourcePort: number; readonly destinationPort: number };
  readonly #isPassive: boolean;
  readonly #timestampBase: number;
  #receiver: Receiver | undefined;
  /** Of the windows that the other side tells, and of ours. */
  #scales: boolean;
  #theirShift = 0;
  #ourShift: number;
  #mss = DEFAULT_MSS;
  #timestamps: boolean;
  #recentTimestamp: number | undefined;
  #timeWaitAt = Infinity;
  #challengedAt = -Infinity;
  #received = 0;
  #vanished = false;
  /** Nobody reads any more. */
  #discards = false;
  #endTold = false;

  /** @param first place of the SYN; the connection opens itself, or answers `syn` */
  constructor(first: number, ports: { readonly sourcePort: number; readonly destinationPort: number }, options: ConnectionOptions, mischief: Mischief, host: ConnectionHost, handlers: SocketHandlers, syn?: TcpSegment) {
    this.#options = options;
    this.#host = host;
    this.#ports = ports;
    this.mischief = mischief;
    this.handlers = handlers;
    this.sender = new Sender(first, options, { now: host.now, emit: (segment) => this.#emit(segment), gaveUp: () => this.#end('ETIMEDOUT') });
    this.#isPassive = syn !== undefined;
    this.#timestamps = options.timestamps;
    this.#timestampBase = onWire(first * 7);
    this.#scales = options.windowScale;
    this.#ourShift = shiftFor(options.receiveBytes);
    this.state = syn === undefined ? 'SYN-SENT' : 'SYN-RECEIVED';
    if (syn !== undefined) this.#heardSyn(syn);
  }

  /** Sends the SYN; apart from the constructor, so that others know the connection by then. */
  open(): void {
    this.sender.output();
  }

  get deadlineNs(): number {
    return this.#vanished ? Infinity : Math.min(this.sender.deadlineNs, this.#receiver?.deadlineNs ?? Infinity, this.#timeWaitAt);
  }

  get readable(): number {
    return this.#receiver?.readable ?? 0;
  }

  get canSend(): boolean {
    return this.state === 'SYN-SENT' || this.state === 'SYN-RECEIVED' || this.state === 'ESTABLISHED' || this.state === 'CLOSE-WAIT';
  }

  /** Returns how many bytes there was room for. */
  send(bytes: Uint8Array): number {
    if (!this.canSend) return 0;
    const taken = this.sender.write(bytes);
    if (this.state === 'ESTABLISHED' || this.state === 'CLOSE-WAIT') this.#output();
    return taken;
  }

  read(most: number): Uint8Array {
    const receiver = this.#receiver;
    if (receiver === undefined) return new Uint8Array(0);
    const bytes = receiver.read(most);
    if (receiver.updateDue && !this.#vanished) this.#acknowledge();
    return bytes;
  }

  /** No more is written: a FIN follows what was. */
  shutdown(): void {
    if (this.state === 'ESTABLISHED' || this.state === 'SYN-RECEIVED') this.state = 'FIN-WAIT-1';
    else if (this.state === 'CLOSE-WAIT') this.state = 'LAST-ACK';
    else if (this.state === 'SYN-SENT') return this.#end();
    else return;
    this.sender.close();
    this.#output();
  }

  /** Nor is anything read: what comes is thrown away. */
  close(): void {
    this.#discards = true;
    this.#discard();
    this.shutdown();
  }

  abort(): void {
    if (this.state === 'CLOSED') return;
    if (this.state !== 'SYN-SENT' && this.state !== 'TIME-WAIT' && !this.#vanished) this.#emit({ position: this.sender.end, payload: new Uint8Array(0), syn: false, fin: false, psh: false }, true);
    this.#end();
  }

  onTime(now: number): void {
    if (this.#vanished) return;
    if (this.#timeWaitAt <= now) return this.#end();
    this.#receiver?.onTime(now);
    this.sender.onTime(now);
    this.#settle();
  }

  /** A segment for this connection, its checksum right. */
  receive(segment: TcpSegment): void {
    if (this.#vanished || this.state === 'CLOSED') return;
    this.sender.heard();
    if (this.state === 'SYN-SENT') this.#receiveInSynSent(segment);
    else this.#receiveInOrder(segment, this.#receiver!);
    this.#settle();
  }

  #receiveInSynSent(segment: TcpSegment): void {
    const { sender } = this;
    const acknowledgment = nearest(segment.acknowledgment, sender.una);
    const isAcknowledged = segment.ack && acknowledgment > sender.first && acknowledgment <= sender.end;
    if (segment.ack && !isAcknowledged) {
      if (!segment.rst) this.#reset(segment.acknowledgment);
      return;
    }
    if (segment.rst) {
      if (isAcknowledged) this.#end('ECONNREFUSED');
      return;
    }
    if (!segment.syn) return;
    this.#heardSyn(segment);
    if (isAcknowledged) {
      sender.acknowledged(acknowledgment, false, this.#roundTrip(segment.options));
      this.#established(segment, 0);
      this.#receiver!.demandAck();
    } else {
      // Both opened at once (RFC 9293, figure 7).
      this.state = 'SYN-RECEIVED';
      sender.next = sender.first;
      sender.output();
    }
  }

  #receiveInOrder(segment: TcpSegment, receiver: Receiver): void {
    const { sender } = this;
    const { options, syn, rst, ack } = segment;
    if (this.#timestamps && !rst) {
      // RFC 7323, 3.2: without the option it is none of this connection's; 5.3, R1: PAWS.
      if (options.timestamps === undefined) return;
      if (this.#recentTimestamp !== undefined && ((options.timestamps.value - this.#recentTimestamp) | 0) < 0 && !syn) return this.#challenge();
    }
    const position = nearest(segment.sequence, receiver.next);
    const length = segment.payload.length + (syn ? 1 : 0) + (segment.fin ? 1 : 0);
    let { payload, fin } = segment;
    if (!isAcceptable(position, length, receiver)) {
      if (rst) return;
      if (this.state === 'TIME-WAIT' && fin) this.#timeWait();
      if (length > 0) receiver.demandAck();
      else this.#challenge();
      // A full buffer is no reason not to hear what is acknowledged (RFC 9293, 3.10.7.4).
      if (syn || position !== receiver.next) return;
      payload = payload.subarray(0, 0);
      fin = false;
    }
    if (rst) {
      if (position !== receiver.next) return this.#challenge();
      return this.#end(this.state === 'SYN-RECEIVED' && !this.#isPassive ? 'ECONNREFUSED' : 'ECONNRESET');
    }
    if (syn) return this.#challenge();
    if (!ack) return;
    const acknowledgment = nearest(segment.acknowledgment, sender.una);
    const isHandshake = this.state === 'SYN-RECEIVED' || (this.state === 'FIN-WAIT-1' && sender.una === sender.first);
    if (isHandshake) {
      if (acknowledgment <= sender.una || acknowledgment > sender.end) return this.#reset(segment.acknowledgment);
    } else if (acknowledgment > sender.end || acknowledgment < sender.una - 2 ** 30) return this.#challenge();
    if (options.timestamps !== undefined && position <= receiver.acknowledged) this.#recentTimestamp = options.timestamps.value;

    const window = segment.window * 2 ** this.#theirShift;
    const mayBeDuplicate = acknowledgment === sender.una && length === 0 && window === sender.window;
    const room = sender.writable;
    sender.acknowledged(acknowledgment, mayBeDuplicate, this.#roundTrip(options));
    if (isHandshake) this.#established(segment, this.#theirShift);
    else sender.updateWindow(window, position, acknowledgment);
    if (sender.finAcknowledged) this.#finAcknowledged();
    if (sender.writable > room && this.canSend) this.handlers.onWritable?.();
    this.#takeData(receiver, position, payload, fin);
  }

  #takeData(receiver: Receiver, position: number, payload: Uint8Array, fin: boolean): void {
    const { state } = this;
    if (state !== 'ESTABLISHED' && state !== 'FIN-WAIT-1' && state !== 'FIN-WAIT-2') return;
    const before = receiver.next;
    if (!receiver.take(position, payload, fin, this.#host.now())) return;
    this.#received += receiver.next - before;
    if (this.#received > this.mischief.vanishAfterBytes) {
      this.#vanished = true;
      this.mischief.count('vanishAfterBytes');
      return;
    }
    if (receiver.finReceived) {
      if (this.state === 'ESTABLISHED') this.state = 'CLOSE-WAIT';
      else if (this.state === 'FIN-WAIT-1') this.state = 'CLOSING';
      else this.#timeWait();
    }
    this.#discard();
    if (receiver.readable > 0) this.handlers.onReadable?.();
    if (receiver.finReceived && !this.#endTold) {
      this.#endTold = true;
      this.handlers.onEnd?.();
    }
  }

  #discard(): void {
    if (this.#discards) while (this.readable > 0) this.#receiver!.read(this.readable);
  }

  /** What their SYN says of them (RFC 7323, 2.2 and 3.2: both sides must want an option). */
  #heardSyn({ sequence, options }: TcpSegment): void {
    this.#timestamps &&= options.timestamps !== undefined;
    if (this.#timestamps) this.#recentTimestamp = options.timestamps!.value;
    this.#scales &&= options.windowScale !== undefined;
    this.#theirShift = this.#scales ? options.windowScale! : 0;
    if (!this.#scales) this.#ourShift = 0;
    const overhead = this.#timestamps ? TIMESTAMP_BYTES : 0;
    this.#mss = Math.min(options.mss ?? DEFAULT_MSS, this.#options.mss) - overhead;
    this.#receiver = new Receiver(2 ** 33 + sequence + 1, this.#options.mss - overhead, this.#ourShift, this.#options, this.mischief);
  }

  /** @param shift of the window of the segment that completed the handshake */
  #established(segment: TcpSegment, shift: number): void {
    const { sender } = this;
    sender.opened(this.#mss);
    sender.updateWindow(segment.window * 2 ** shift, nearest(segment.sequence, this.#receiver!.next), sender.una);
    if (this.state === 'SYN-SENT' || this.state === 'SYN-RECEIVED') this.state = 'ESTABLISHED';
    this.handlers.onConnect?.();
  }

  #finAcknowledged(): void {
    if (this.state === 'FIN-WAIT-1') this.state = 'FIN-WAIT-2';
    else if (this.state === 'CLOSING') this.#timeWait();
    else if (this.state === 'LAST-ACK') this.#end();
  }

  #timeWait(): void {
    this.state = 'TIME-WAIT';
    this.sender.stop();
    this.#timeWaitAt = this.#host.now() + this.#options.timeWaitNs;
  }

  #end(error?: SocketError): void {
    if (this.state === 'CLOSED') return;
    this.state = 'CLOSED';
    this.sender.stop();
    this.#receiver?.stop();
    this.#timeWaitAt = Infinity;
    this.#host.closed();
    if (error === undefined) this.handlers.onClose?.();
    else this.handlers.onClose?.(error);
  }

  /** After anything happened: what can go out goes, and if nothing does, an acknowledgment that is due. */
  #settle(): void {
    if (this.state === 'CLOSED' || this.#vanished) return;
    this.#output();
    if (this.#receiver?.ackDue === true) this.#acknowledge();
  }

  #output(): void {
    if (!this.#vanished && this.state !== 'TIME-WAIT') this.sender.output();
  }

  #challenge(): void {
    const now = this.#host.now();
    if (now - this.#challengedAt < CHALLENGE_NS) return;
    this.#challengedAt = now;
    this.#receiver?.demandAck();
  }

  #acknowledge(): void {
    const { sender, mischief } = this;
    const receiver = this.#receiver!;
    const position = sender.probing ? sender.next : sender.end;
    const [from, to] = [receiver.acknowledged, receiver.next];
    const parts = Math.min(mischief.ackDivision, to - from);
    // On purpose in parts, the last of which is the honest one.
    for (let part = 1; part < parts; part += 1) {
      mischief.count('ackDivision');
      const acknowledgment = onWire(from + Math.floor(((to - from) * part) / parts));
      this.#host.transmit({ ...this.#segment({ position, payload: new Uint8Array(0), syn: false, fin: false, psh: false }, receiver), acknowledgment });
    }
    this.#emit({ position, payload: new Uint8Array(0), syn: false, fin: false, psh: false });
  }

  /** A reset for a segment that makes no sense here. */
  #reset(acknowledgment: number): void {
    this.#host.transmit({ ...this.#ports, sequence: acknowledgment, acknowledgment: 0, syn: false, ack: false, fin: false, rst: true, psh: false, window: 0, options: {}, payload: new Uint8Array(0) });
  }

  #emit(outgoing: Outgoing, rst = false): void {
    const segment = { ...this.#segment(outgoing, this.#receiver), rst };
    const isOpen = !outgoing.syn && !rst && this.state !== 'SYN-SENT' && this.state !== 'SYN-RECEIVED';
    if (!isOpen) return this.#host.transmit(segment);
    const { mischief, sender } = this;
    const own = optionBytes(segment.options);
    const unknown = mischief.unknownOptions(OPTIONS_BYTES - own.length);
    this.#host.transmit(segment, unknown.length === 0 ? own : Uint8Array.from([...unknown, ...own]));
    for (const { position, change, beyond = 0, options, damage } of mischief.beside(segment, { first: sender.first + 1, una: sender.una, next: sender.next, mss: this.#mss, sent: (at, length) => sender.sent(at, length) })) {
      this.#host.transmit({ ...segment, fin: false, psh: false, payload: new Uint8Array(0), sequence: onWire(position), acknowledgment: onWire(segment.acknowledgment + beyond), ...change }, options, damage);
    }
  }

  #segment({ position, payload, syn, fin, psh }: Outgoing, receiver: Receiver | undefined): TcpSegment {
    const now = this.#host.now();
    return {
      ...this.#ports, sequence: onWire(position), acknowledgment: receiver === undefined ? 0 : onWire(receiver.next), syn, ack: receiver !== undefined, fin, rst: false, psh, payload,
      window: receiver === undefined ? Math.min(0xffff, this.#options.receiveBytes) : receiver.tell(now, syn),
      options: {
        ...(syn ? { mss: this.#options.mss } : {}),
        ...(syn && this.#scales ? { windowScale: this.#ourShift } : {}),
        ...(this.#timestamps ? { timestamps: { value: this.#clock(now), echo: this.#recentTimestamp ?? 0 } } : {}),
      },
    };
  }

  #clock(now: number): number {
    return onWire(Math.floor(now / this.#options.timestampNs) + this.#timestampBase);
  }

  #roundTrip({ timestamps }: TcpOptions): number | undefined {
    if (!this.#timestamps || timestamps === undefined) return undefined;
    const ticks = (this.#clock(this.#host.now()) - timestamps.echo) | 0;
    return ticks < 0 ? undefined : ticks * this.#options.timestampNs;
  }
}

/** RFC 9293, table 6, with what was promised as the right edge. */
function isAcceptable(position: number, length: number, { next, edge }: Receiver): boolean {
  if (length === 0) return position === next || (position > next && position < edge);
  const last = position + length - 1;
  return edge > next && ((position >= next && position < edge) || (last >= next && last < edge));
}

/** Least shift with which a window of so many bytes can be told. */
function shiftFor(bytes: number): number {
  let shift = 0;
  while (shift < 14 && 0xffff * 2 ** shift < bytes) shift += 1;
  return shift;
}
