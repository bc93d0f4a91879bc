/** What can happen to a connection: the inputs of `step`. One event is one turn of the pipeline. */
import { Bool, Bundle, Enum, type Read, UInt } from '@vtoe/hdl';
import { RingSize, SegmentBytes, Sequence, SpanTicks } from './tcb.ts';

export const EventKind = Enum('EventKind', ['Segment', 'Grant', 'Timer', 'Open', 'Accept', 'Send', 'Receive', 'Shutdown', 'Close', 'Abort', 'SetOption', 'PathMtu']);

/** The deadlines of a connection. `Retransmit` also probes zero windows, `User` also ends FIN_WAIT_2. */
export const Timer = Enum('Timer', ['Retransmit', 'DelayedAck', 'Keepalive', 'User']);

/** Guest: asked for. Fault: a DMA error. Silent: a function reset that sends no RST. Unreachable: the next hop does not answer, so no RST could be sent. */
export const AbortCause = Enum('AbortCause', ['Guest', 'Fault', 'Silent', 'Unreachable']);

/** A received segment, its checksum good. */
export const Segment = Bundle('Segment', {
  seq: Sequence,
  ack: Sequence,
  urg: Bool, ack_flag: Bool, psh: Bool, rst: Bool, syn: Bool, fin: Bool,
  /** The header's 16 bits, not yet scaled. */
  window: UInt(16),
  /** Bytes of payload. */
  length: SegmentBytes,
  /** Options that are there; MSS and shift are only read with SYN. */
  has_mss: Bool, mss: UInt(16),
  has_wscale: Bool, wscale: UInt(4),
  has_ts: Bool, tsval: UInt(32), tsecr: UInt(32),
});
export type Segment = Read<typeof Segment>;

/** What both ways of opening a connection bring along. */
export const OpenParameters = Bundle('OpenParameters', {
  iss: Sequence,
  /** Added to the timestamp clock, RFC 7323 section 5.4. */
  ts_offset: UInt(32),
  /** The MSS to advertise, MTU - 40. */
  mss: SegmentBytes,
  rx_size: RingSize,
  tx_size: RingSize,
  offer_wscale: Bool, offer_shift: UInt(4),
  offer_ts: Bool,
  nagle: Bool,
});

/** SETOPT: what is not `set_…` stays. */
export const Options = Bundle('Options', {
  set_nagle: Bool, nagle: Bool,
  set_keepalive: Bool, keepalive: Bool,
  /** Ticks without progress until the connection ends; 0: never. */
  set_user_timeout: Bool, user_timeout: SpanTicks,
});

/** Only the fields of the event's kind count. */
export const Event = Bundle('Event', {
  kind: EventKind,
  /** Segment: what arrived. Accept: the SYN. */
  segment: Segment,
  /** Segment: a pre-posted ACCEPT with its rings is at hand. */
  prepost: Bool,
  timer: Timer,
  /** Open, Accept. PathMtu: `mss` alone, what the way takes: the next hop's MTU - 40, 536 at least. */
  open: OpenParameters,
  /** Send: the tail, Receive: the head: bytes of the whole stream modulo 2^32. PathMtu: the sequence number of what was too long. */
  position: UInt(32),
  cause: AbortCause,
  options: Options,
});
export type Event = Read<typeof Event>;
