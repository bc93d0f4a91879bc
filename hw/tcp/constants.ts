/**
 * The constants of TCP as registers of the VMM give them, one set for all connections.
 *
 * Names, sections and initial values are those of the model (`sim/tcp/constants.ts`); spans of the slow clock are in ticks
 * of 1024 µs. They may change at any time: the next event sees the new value.
 */
import { Bundle, type Read, UInt, type UIntShape } from '@vtoe/hdl';
import { SegmentBytes, SpanMicroseconds, SpanTicks, Ticks } from './tcb.ts';

/** Shape, value after reset, meaning. */
type Constant = readonly [shape: UIntShape, initial: number, doc: string];

const SECOND = 1_000_000;
/** Ticks of 1024 µs that last at least so many seconds. */
const ticks = (seconds: number): number => Math.ceil((seconds * SECOND) / 1024);

const constants = {
  rto_initial: [SpanMicroseconds, SECOND, 'RTO before the first sample, in microseconds (RFC 6298, 2.1).'],
  rto_min: [SpanMicroseconds, 200_000, 'Least RTO, in microseconds (RFC 6298, 2.4 recommends 1 s; deployed practice is 200 ms).'],
  rto_max: [SpanMicroseconds, 120 * SECOND, 'Largest RTO, in microseconds (RFC 6298, 2.5: at least 60 s).'],
  rto_after_syn_loss: [SpanMicroseconds, 3 * SECOND, 'RTO after a SYN that was retransmitted, in microseconds (RFC 6298, 5.7).'],
  persist_max: [SpanMicroseconds, 60 * SECOND, 'Longest interval between two probes of a zero window, in microseconds (RFC 9293, 3.8.6.1).'],
  delayed_ack: [SpanMicroseconds, 40_000, 'Delay of an ACK, in microseconds; 0 acknowledges at once (RFC 9293, 3.8.6.3).'],
  ack_every: [UInt(4), 2, 'Full-sized segments that force an ACK (RFC 9293, 3.8.6.3).'],
  time_wait: [SpanTicks, ticks(60), '2 MSL, in ticks of 1024 µs (RFC 9293, 3.4.2).'],
  fin_wait_2: [SpanTicks, ticks(60), "How long a closed connection waits for the peer's FIN, in ticks of 1024 µs; 0: for ever."],
  keepalive_idle: [SpanTicks, ticks(7200), 'Silence before the first keepalive probe, in ticks of 1024 µs (RFC 9293, 3.8.4).'],
  keepalive_interval: [SpanTicks, ticks(75), 'Interval of keepalive probes, in ticks of 1024 µs.'],
  keepalive_probes: [UInt(8), 9, 'Unanswered probes that end a connection.'],
  retries_doubt: [UInt(8), 3, 'R1: timeouts of one segment until the path is doubted (RFC 9293, 3.8.3).'],
  retries: [UInt(8), 15, 'R2: timeouts of one segment that a connection survives (RFC 9293, 3.8.3).'],
  syn_retries: [UInt(8), 7, 'R2 of SYN and SYN,ACK.'],
  initial_window_segments: [UInt(6), 10, 'Initial window in segments (RFC 6928, 2).'],
  initial_window_bytes: [UInt(17), 14_600, 'Initial window in bytes, unless two segments are more (RFC 6928, 2).'],
  byte_counting_limit: [UInt(4), 2, 'L, in segments (RFC 3465, 2.3).'],
  dup_ack_threshold: [UInt(8), 3, 'Duplicate ACKs that mean loss (RFC 5681, 3.2).'],
  challenge_interval: [SpanTicks, ticks(0.5), 'Time between two challenge ACKs of a connection, in ticks of 1024 µs (RFC 5961, 7).'],
  mss_floor: [SegmentBytes, 64, 'Smallest MSS that is honoured: a peer that asks for less costs too many segments (CVE-2019-11479). Below 48 it counts as 48.'],
  ts_recent_life: [Ticks, ticks(24 * 86_400), 'After this long without a timestamp the last one is forgotten, in ticks of 1024 µs (RFC 7323, 5.5).'],
} as const satisfies Readonly<Record<string, Constant>>;

export type ConstantName = keyof typeof constants;
export const CONSTANT_NAMES = Object.keys(constants) as readonly ConstantName[];
/** All constants, as registers and their reference need them. */
export const TCP_CONSTANTS: Readonly<Record<ConstantName, Constant>> = constants;

export const Constants = Bundle('Constants', Object.fromEntries(Object.entries(constants).map(([name, [shape]]) => [name, shape])) as { readonly [K in ConstantName]: UIntShape });
export type Constants = Read<typeof Constants>;

/** Least `mss_floor`: with options of 40 bytes, the most that there can be, a segment still has 8 bytes of payload. */
export const LEAST_MSS_FLOOR = 48;

/** What was written, as TCP takes it: a segment always has room for payload, whatever the VMM writes and a peer asks for. */
export function appliedConstants(written: { readonly [K in ConstantName]: UInt }): { readonly [K in ConstantName]: UInt } {
  const all = Object.fromEntries(CONSTANT_NAMES.map((name) => [name, written[name]])) as { [K in ConstantName]: UInt };
  return { ...all, mss_floor: all.mss_floor.max(LEAST_MSS_FLOOR) };
}

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
