/** What can happen to a connection: the inputs of `step`. One event is one turn of the pipeline. */
import type { Segment } from './segment.ts';

/** A received segment, its checksum good, looked up to this connection. */
export interface SegmentEvent extends Segment {
  readonly kind: 'segment';
  /**
   * A pre-posted ACCEPT with its rings is at hand. Read only by the ACK that completes a passive open: without it that
   * ACK is dropped, and the peer repeats itself. Absent: there is one.
   */
  readonly prepost?: boolean;
}

/** Room to send one segment: the model decides which. Harmless if nothing is to be sent. */
export interface GrantEvent {
  readonly kind: 'grant';
}

/** The four deadlines of a connection. `retransmit` also probes zero windows, `user` also ends FIN_WAIT_2. */
export type Timer = 'retransmit' | 'delayed_ack' | 'keepalive' | 'user';

/**
 * The scan saw a deadline pass. The connection's deadline may have moved since: only what the TCB says now counts, so an
 * event that comes late, twice or for a timer that was cancelled is harmless.
 */
export interface TimerEvent {
  readonly kind: 'timer';
  readonly timer: Timer;
  /** Microseconds; what the scan saw, for logs. */
  readonly deadline: number;
}

/** What both ways of opening a connection bring along. */
export interface OpenParameters {
  /** Initial sequence number; its choice (RFC 6528) is not the model's. */
  readonly iss: number;
  /** Added to the timestamp clock, RFC 7323 section 5.4. */
  readonly tsOffset: number;
  /** The MSS to advertise, MTU - 40, and the bound of what is sent: RFC 9293 section 3.7.1. */
  readonly mss: number;
  /** Bytes, powers of two up to 2^30. */
  readonly rxSize: number;
  readonly txSize: number;
  /** The shift to offer, 0 to 14; undefined: no window scaling. */
  readonly windowScale: number | undefined;
  /** Offer timestamps. */
  readonly timestamps: boolean;
  readonly nagle: boolean;
}

/** CONNECT: active OPEN, RFC 9293 section 3.10.1. */
export interface OpenEvent extends OpenParameters {
  readonly kind: 'open';
}

/** A SYN for a listener, which takes a half-open connection: RFC 9293 section 3.10.7.2. */
export interface AcceptEvent extends OpenParameters {
  readonly kind: 'accept';
  readonly syn: Segment;
}

/** SEND: the bytes up to this position are in the transmit ring. RFC 9293 section 3.10.2. */
export interface SendEvent {
  readonly kind: 'send';
  /** Absolute: bytes of the whole stream modulo 2^32. */
  readonly tail: number;
}

/** RECEIVE: the guest has read up to this position and gives the space back. RFC 9293 section 3.10.3. */
export interface ReceiveEvent {
  readonly kind: 'receive';
  /** Absolute: bytes of the whole stream modulo 2^32. */
  readonly head: number;
}

/** SHUTDOWN: a FIN after what was sent; receiving goes on. RFC 9293 section 3.10.4. */
export interface ShutdownEvent {
  readonly kind: 'shutdown';
}

/** CLOSE: as SHUTDOWN, and nobody reads any more: unread or later data end in a RST. RFC 9293 section 3.6.1. */
export interface CloseEvent {
  readonly kind: 'close';
}

/** ABORT, RFC 9293 section 3.10.5. */
export interface AbortEvent {
  readonly kind: 'abort';
  /** `guest` asked for it; `fault`: a DMA error; `silent`: a function reset that sends no RST; `unreachable`: the next hop does not answer, so no RST could be sent. */
  readonly cause: 'guest' | 'fault' | 'silent' | 'unreachable';
}

/** SETOPT. What is absent stays. */
export interface SetOptionEvent {
  readonly kind: 'set_option';
  readonly nagle?: boolean;
  readonly keepalive?: boolean;
  /** Ticks without progress until the connection ends; 0: never. RFC 9293 section 3.9.1.1, RFC 5482. */
  readonly userTimeoutTicks?: number;
}

/** A router says that a segment was too long for the way to the peer: RFC 1191. */
export interface PathMtuEvent {
  readonly kind: 'path_mtu';
  /** Sequence number of that segment. */
  readonly seq: number;
  /** What the way takes: the next hop's MTU - 40, 536 at least. */
  readonly mss: number;
}

export type CommandEvent = OpenEvent | AcceptEvent | SendEvent | ReceiveEvent | ShutdownEvent | CloseEvent | AbortEvent | SetOptionEvent | PathMtuEvent;
export type TcpEvent = SegmentEvent | GrantEvent | TimerEvent | CommandEvent;
