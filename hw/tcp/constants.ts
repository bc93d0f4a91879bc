/**
 * The constants of TCP as registers of the VMM give them, one set for all connections.
 *
 * Names, sections and initial values are those of the model (`sim/tcp/constants.ts`); spans of the slow clock are in ticks
 * of 1024 µs. They may change at any time: the next event sees the new value.
 */
import { Bundle, type Read, UInt } from '@vtoe/hdl';
import { SegmentBytes, SpanMicroseconds, SpanTicks, Ticks } from './tcb.ts';

export const Constants = Bundle('Constants', {
  rto_initial: SpanMicroseconds,
  rto_min: SpanMicroseconds,
  rto_max: SpanMicroseconds,
  rto_after_syn_loss: SpanMicroseconds,
  persist_max: SpanMicroseconds,
  /** 0 acknowledges at once. */
  delayed_ack: SpanMicroseconds,
  ack_every: UInt(4),
  time_wait: SpanTicks,
  /** 0: for ever. */
  fin_wait_2: SpanTicks,
  keepalive_idle: SpanTicks,
  keepalive_interval: SpanTicks,
  keepalive_probes: UInt(8),
  retries_doubt: UInt(8),
  retries: UInt(8),
  syn_retries: UInt(8),
  initial_window_segments: UInt(6),
  initial_window_bytes: UInt(17),
  byte_counting_limit: UInt(4),
  dup_ack_threshold: UInt(8),
  challenge_interval: SpanTicks,
  mss_floor: SegmentBytes,
  ts_recent_life: Ticks,
});
export type Constants = Read<typeof Constants>;

/** Send-MSS of a peer whose SYN has no MSS option, RFC 9293 section 3.7.1 (MUST-15). */
export const DEFAULT_MSS = 536;
/** Largest window shift, RFC 7323 section 2.3. */
export const MAX_WINDOW_SHIFT = 14;
/** Bytes that a timestamps option takes of every segment, padding included: RFC 7323 appendix A. */
export const TIMESTAMP_BYTES = 12;
/** Bound of `cwnd` and `ssthresh`: no window is larger, RFC 7323 section 2.3. */
export const WINDOW_BOUND = 2 ** 30;
/** Largest `rto_backoff` and `probe_backoff`. */
export const BACKOFF_MAX = 15;
/** Round-trip samples are cut off here, so that 8 x SRTT has 30 bits. */
export const SAMPLE_BOUND = 2 ** 27 - 1;
/** A timestamp echo older than 2 to this many ticks is none: RFC 7323 section 4. */
export const ECHO_TICKS_LOG2 = 17;
