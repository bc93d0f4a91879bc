/** What a step does besides changing the record: at most one of each kind, as each has one port. */
import { Bool, Bundle, Enum, type Read, UInt } from '@vtoe/hdl';
import { SegmentBytes, Sequence } from './tcb.ts';

/** Why a segment is sent, in the order in which a grant chooses. */
export const SendKind = Enum('SendKind', ['Reset', 'Syn', 'DuplicateAck', 'Retransmission', 'Data', 'Fin', 'Probe', 'Keepalive', 'Ack']);

/** Why a command was not carried out. */
export const Refusal = Enum('Refusal', ['None', 'NoConnection', 'InUse', 'Closing', 'OutOfRange']);

/** A place in a ring: at most 2^30 bytes. */
export const RingOffset = UInt(30);

/** Payload bytes that go to the receive ring: `length` bytes from byte `skip` of the payload, to `offset`, wrapping there. */
export const Place = Bundle('Place', { offset: RingOffset, skip: SegmentBytes, length: SegmentBytes });

/** A segment to send. Its payload is `length` bytes at `offset` of the transmit ring, which may wrap there; 0 without payload. */
export const Send = Bundle('Send', {
  kind: SendKind,
  seq: Sequence,
  ack: Sequence,
  ack_flag: Bool, psh: Bool, rst: Bool, syn: Bool, fin: Bool,
  window: UInt(16),
  length: SegmentBytes,
  offset: RingOffset,
  has_mss: Bool, mss: UInt(16),
  has_wscale: Bool, wscale: UInt(4),
  has_ts: Bool, tsval: UInt(32), tsecr: UInt(32),
});

/** A RST that needs no connection; may be dropped under pressure. */
export const StatelessReset = Bundle('StatelessReset', { seq: Sequence, ack: Sequence, ack_flag: Bool });

/** Events to the guest, with the positions that they report: bytes of the whole stream modulo 2^32. */
export const Notify = Bundle('Notify', {
  connected: Bool, accepted: Bool, data: Bool, sent: Bool, peer_closed: Bool, closed: Bool, reset: Bool, error: Bool,
  rx_filled: UInt(32),
  tx_freed: UInt(32),
  /** The rings are never touched again. */
  final: Bool,
});

/** What the TIME_WAIT cache keeps; when it expires is the cache's affair. */
export const TimeWait = Bundle('TimeWait', {
  snd_nxt: Sequence,
  rcv_nxt: Sequence,
  /** Right edge of the window minus `rcv_nxt`. */
  rcv_wnd: UInt(30),
  /** The window field to send. */
  window: UInt(16),
  ts_ok: Bool, ts_offset: UInt(32), ts_recent: UInt(32),
});

/** Every drop and every rare turn: the model's counters, in its order (`sim/tcp/actions.ts` says when each counts). */
export const STEP_COUNTERS = [
  'closed_segment', 'outside_window', 'paws', 'ts_missing', 'rst_outside', 'rst_inexact', 'rst_accepted', 'syn_in_sync', 'syn_repeated', 'no_ack',
  'ack_unacceptable', 'ack_range', 'ack_old', 'syn_sent_ignored', 'no_prepost', 'text_ignored', 'text_after_close', 'trimmed', 'duplicate', 'out_of_order',
  'intervals_full', 'fin_conflict', 'dupack_saturated', 'challenge_ack', 'challenge_suppressed', 'fast_retransmit', 'partial_ack', 'recovery_refused', 'timeout',
  'probe', 'keepalive_probe', 'gave_up', 'path_doubted', 'rtt_bogus', 'timer_stale', 'grant_unused', 'command_refused',
] as const;
export type StepCounter = (typeof STEP_COUNTERS)[number];

const flags = Object.fromEntries(STEP_COUNTERS.map((name) => [name, Bool])) as { readonly [K in StepCounter]: typeof Bool };
/** One bit each: what counts in this step. */
export const StepCounters = Bundle('StepCounters', flags);

/** `has_…` says whether the field behind it counts. */
export const Actions = Bundle('Actions', {
  has_place: Bool, place: Place,
  has_send: Bool, send: Send,
  has_reset: Bool, reset: StatelessReset,
  /** `has_notify`: a bit is new for the guest. */
  has_notify: Bool, notify: Notify,
  has_time_wait: Bool, time_wait: TimeWait,
  /** The slot is free. */
  free: Bool,
  refused: Refusal,
  counters: StepCounters,
});
export type Actions = Read<typeof Actions>;
