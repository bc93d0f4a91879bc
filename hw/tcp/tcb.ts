/**
 * The record of a connection (TCB) as the pipeline reads and writes it: RFC 9293 section 3.3.1, and what the other RFCs add.
 *
 * A field's name is that of the model's record (`docs/reference/sim/tcp-model.md`); its group is the memory that holds it.
 * It says nothing of addresses, ports, owners and rings: those are `connection.ts`.
 */
import { Bool, Bundle, Enum, type Read, UInt, Vec } from '@vtoe/hdl';

/** LISTEN is a table of its own (`listeners.ts`), TIME_WAIT only lasts until the last ACK is sent (`time-wait.ts`). */
export const State = Enum('State', ['CLOSED', 'SYN_SENT', 'SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSE_WAIT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT']);

/** Modulo 2^32. */
export const Sequence = UInt(32);
/** Bytes of a window after scaling: at most 65,535 x 2^14, RFC 7323 section 2.3. */
export const WindowBytes = UInt(30);
/** `cwnd`, `ssthresh`: bounded by 2^30, and fast recovery adds three segments. */
export const CongestionBytes = UInt(31);
/** Bytes of a segment's payload. */
export const SegmentBytes = UInt(16);
/** A time of the fine clock: microseconds modulo 2^32. Compared by signed difference: at most 35 minutes apart. */
export const Microseconds = UInt(32);
/** A span of the fine clock: up to 134 s, more than any RTO. */
export const SpanMicroseconds = UInt(27);
/** A time of the slow clock: ticks of 1024 µs modulo 2^32, 50 days. Ages are unsigned differences. */
export const Ticks = UInt(32);
/** A deadline or a span of the slow clock: 2^23 ticks, 2 h 23 min, at most ahead. */
export const SpanTicks = UInt(24);
/** Base-2 logarithm of a ring's bytes. */
export const RingSize = UInt(5);
/** Microseconds since reset; `[31:0]` is the fine clock, `[41:10]` the slow one. */
export const Now = UInt(42);

/** Out-of-order intervals of a connection. */
export const INTERVALS = 4;
/** Duplicate ACKs that can be owed. */
export const DUPACK_OWED_MAX = 7;

/** Bytes that arrived ahead of `rcv_nxt`: from `start` to before `end`. */
export const Interval = Bundle('Interval', { start: Sequence, end: Sequence });
export const FineDeadline = Bundle('FineDeadline', { armed: Bool, at: Microseconds });
export const SlowDeadline = Bundle('SlowDeadline', { armed: Bool, at: SpanTicks });

/** Read and written by nearly every event. */
const hot = {
  state: State,
  /** What a handle's generation is compared with: one more for each life of the slot. */
  generation: UInt(16),

  snd_una: Sequence,
  /** Highest sequence number sent, plus 1: a timeout does not pull it back. */
  snd_nxt: Sequence,
  snd_wnd: WindowBytes,
  snd_wl1: Sequence,
  snd_wl2: Sequence,
  max_snd_wnd: WindowBytes,
  /** End of the data that the guest gave; the FIN's sequence number once `fin_queued`. */
  snd_tail: Sequence,
  fin_queued: Bool,
  /** What is to be retransmitted: from `rxt_nxt` to before `rxt_end`. */
  rxt_nxt: Sequence,
  rxt_end: Sequence,

  rcv_nxt: Sequence,
  /** Right edge of the widest window advertised. */
  rcv_adv: Sequence,
  /** The guest has read all before this one. */
  rcv_user: Sequence,
  last_ack_sent: Sequence,
  fin_held: Bool,
  fin_seq: Sequence,
  fin_received: Bool,
  /** CLOSE: nobody reads any more. */
  rcv_closed: Bool,

  /** 0 until our SYN is acknowledged. */
  cwnd: CongestionBytes,
  ssthresh: CongestionBytes,
  recover: Sequence,
  bytes_acked: UInt(32),
  dup_acks: UInt(8),
  in_recovery: Bool,
  partial_acked: Bool,

  srtt8: UInt(30),
  rttvar4: UInt(32),
  rtt_valid: Bool,
  rto: SpanMicroseconds,
  rto_backoff: UInt(4),
  retries: UInt(8),
  rtt_timing: Bool,
  rtt_seq: Sequence,
  rtt_start: Microseconds,
  syn_retransmitted: Bool,

  ts_recent: UInt(32),
  ts_recent_at: Ticks,

  rst_due: Bool,
  syn_due: Bool,
  dupack_owed: UInt(3),
  ack_now: Bool,
  probe_due: Bool,
  keepalive_due: Bool,
  probe_backoff: UInt(4),

  nagle: Bool,
  keepalive: Bool,
  keepalive_probes: UInt(8),
  /** 0: none. */
  user_timeout: SpanTicks,
  last_received: SpanTicks,
  /** When data were last sent. */
  last_sent: Ticks,
  /** A challenge ACK was sent at `challenge_at`. */
  challenged: Bool,
  challenge_at: Ticks,
};

/** Only what is out of order: most events leave it alone. */
const outOfOrder = {
  /** The first `interval_count` count: disjoint, not touching, by distance from `rcv_nxt`. */
  intervals: Vec(Interval, INTERVALS),
  interval_count: UInt(3),
};

/** Settled by the opening command and the peer's SYN. */
const fixed = {
  passive: Bool,
  iss: Sequence,
  irs: Sequence,
  tx_size: RingSize,
  rx_size: RingSize,
  snd_wscale: UInt(4),
  rcv_wscale: UInt(4),
  /** Payload of a full segment, options already taken off. */
  snd_mss: SegmentBytes,
  /** The MSS of our SYN. */
  rcv_mss: SegmentBytes,
  ts_ok: Bool,
  ts_offset: UInt(32),
  offer_ts: Bool,
  /** Our SYN offers scaling with the shift `offer_shift`. */
  offer_wscale: Bool,
  offer_shift: UInt(4),
  /** The peer's SYN carried a shift. */
  peer_wscale: Bool,
};

/** What the timer scan reads. */
const deadlines = {
  retransmit_deadline: FineDeadline,
  delayed_ack_deadline: FineDeadline,
  keepalive_deadline: SlowDeadline,
  user_deadline: SlowDeadline,
};

/** The memories that hold a record. */
export const TcbHot = Bundle('TcbHot', hot);
export const TcbOutOfOrder = Bundle('TcbOutOfOrder', outOfOrder);
export const TcbFixed = Bundle('TcbFixed', fixed);
export const TcbDeadlines = Bundle('TcbDeadlines', deadlines);

export const tcbFields = { ...hot, ...outOfOrder, ...fixed, ...deadlines };
export const Tcb = Bundle('Tcb', tcbFields);
export type Tcb = Read<typeof Tcb>;
/** Names of the record's fields. */
export type TcbField = keyof typeof tcbFields;
