/** The constants of TCP: one set for all connections (registers of the VMM's page). Times in microseconds or ticks (clock.ts). */
import { TICK } from './clock.ts';

export interface TcpConstants {
  /** Before the first sample: RFC 6298 section 2.1. */
  readonly rtoInitial: number;
  /** RFC 6298 section 2.4 recommends 1 s and allows less; see the reference page. */
  readonly rtoMin: number;
  /** RFC 6298 section 2.5: at least 60 s. */
  readonly rtoMax: number;
  /** After a SYN that was retransmitted: RFC 6298 section 5.7. */
  readonly rtoAfterSynLoss: number;
  /** Longest interval between two probes of a zero window, RFC 9293 section 3.8.6.1. */
  readonly persistMax: number;
  /** RFC 9293 section 3.8.6.3: less than 0.5 s; 0 acknowledges at once. */
  readonly delayedAck: number;
  /** Full-sized segments that force an ACK, RFC 9293 section 3.8.6.3 (SHLD-19). */
  readonly ackEvery: number;
  /** 2 MSL, RFC 9293 section 3.4.2 and 3.6.1. */
  readonly timeWaitTicks: number;
  /** How long a closed connection waits for the peer's FIN in FIN_WAIT_2; 0: for ever, as RFC 9293 has it. */
  readonly finWait2Ticks: number;
  /** RFC 9293 section 3.8.4: at least two hours (MUST-28). */
  readonly keepaliveIdleTicks: number;
  readonly keepaliveIntervalTicks: number;
  /** Unanswered probes that end a connection (MUST-29: never one alone). */
  readonly keepaliveProbes: number;
  /** R1: timeouts of one segment until the path is doubted, RFC 9293 section 3.8.3 (SHLD-10). */
  readonly retriesDoubt: number;
  /** R2: timeouts of one segment that a connection survives (SHLD-11: at least 100 s). */
  readonly retries: number;
  /** R2 of SYN and SYN,ACK (MUST-23: retransmitted for at least 3 minutes). */
  readonly synRetries: number;
  /** IW in segments, RFC 6928 section 2. */
  readonly initialWindowSegments: number;
  /** IW in bytes unless two segments are more, RFC 6928 section 2. */
  readonly initialWindowBytes: number;
  /** L of RFC 3465 section 2.3, in segments. */
  readonly byteCountingLimit: number;
  /** Duplicate ACKs that mean loss, RFC 5681 section 3.2. */
  readonly dupAckThreshold: number;
  /** Time between two challenge ACKs of a connection, RFC 5961 section 7. */
  readonly challengeIntervalTicks: number;
  /** Smallest MSS that is honoured: a peer that asks for less costs too many segments (CVE-2019-11479). */
  readonly mssFloor: number;
  /** After this long without a timestamp, `ts_recent` is forgotten: RFC 7323 section 5.5, 24 days. */
  readonly tsRecentLifeTicks: number;
}

const SECOND = 1_000_000;
const ticks = (seconds: number) => Math.ceil(seconds * SECOND / TICK);

export const TCP_CONSTANTS: TcpConstants = {
  rtoInitial: SECOND,
  rtoMin: 200_000,
  rtoMax: 120 * SECOND,
  rtoAfterSynLoss: 3 * SECOND,
  persistMax: 60 * SECOND,
  delayedAck: 40_000,
  ackEvery: 2,
  timeWaitTicks: ticks(60),
  finWait2Ticks: ticks(60),
  keepaliveIdleTicks: ticks(7200),
  keepaliveIntervalTicks: ticks(75),
  keepaliveProbes: 9,
  retriesDoubt: 3,
  retries: 15,
  synRetries: 7,
  initialWindowSegments: 10,
  initialWindowBytes: 14_600,
  byteCountingLimit: 2,
  dupAckThreshold: 3,
  challengeIntervalTicks: ticks(0.5),
  mssFloor: 64,
  tsRecentLifeTicks: ticks(24 * 86_400),
};

/** Send-MSS of a peer whose SYN has no MSS option, RFC 9293 section 3.7.1 (MUST-15). */
export const DEFAULT_MSS = 536;
/** Largest window shift, RFC 7323 section 2.3. */
export const MAX_WINDOW_SHIFT = 14;
/** Bytes that a timestamps option takes of every segment, padding included: RFC 7323 appendix A. */
export const TIMESTAMP_BYTES = 12;
/** Bound of `cwnd` and `ssthresh`: no window is larger, RFC 7323 section 2.3. */
export const WINDOW_BOUND = 2 ** 30;
/** Duplicate ACKs that can be owed. */
export const DUPACK_OWED_MAX = 7;
/** Out-of-order intervals of a connection. */
export const INTERVALS = 4;
