/** What a step does besides changing the record: at most one of each kind, as the pipeline has one port of each. */
import { NEVER, type Draft } from './tcb.ts';
import type { TcpConstants } from './constants.ts';
import type { SentSegment } from './segment.ts';
import type { TimeWait } from './time-wait.ts';

/** Events to the guest, bits of one word. */
export const NOTIFY = { CONNECTED: 1, ACCEPTED: 2, DATA: 4, SENT: 8, PEER_CLOSED: 16, CLOSED: 32, RESET: 64, ERROR: 128 } as const;

/** Payload bytes that go to the receive ring: `length` bytes from byte `skip` of the payload, to `offset`, wrapping there. */
export interface Place {
  readonly offset: number;
  readonly skip: number;
  readonly length: number;
}

/** A RST that needs no connection; may be dropped under pressure. */
export interface StatelessReset {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
}

/** Every drop and every rare turn has its counter. */
export const COUNTERS = [
  'closed_segment', // no connection: answered by a RST, or was one (9293 3.10.7.1)
  'outside_window', // not acceptable (9293 3.10.7.4, first)
  'paws', // timestamp too old (7323 5.3 R1)
  'ts_missing', // no timestamp although agreed on (7323 3.2)
  'rst_outside', // RST outside of the window (5961 3.2)
  'rst_inexact', // RST inside of the window, not at rcv_nxt (5961 3.2)
  'rst_accepted',
  'syn_in_sync', // SYN on a synchronized connection (5961 4.2)
  'syn_repeated', // the peer's SYN again in SYN_RECEIVED
  'no_ack', // neither SYN nor RST nor ACK (9293 3.10.7.4, fifth)
  'ack_unacceptable', // answered by a RST in SYN_SENT and SYN_RECEIVED
  'ack_range', // outside of the range of RFC 5961 section 5
  'ack_old', // in that range, before snd_una
  'syn_sent_ignored', // neither SYN nor RST in SYN_SENT, or a RST without ACK
  'no_prepost', // the completing ACK found no pre-posted ACCEPT
  'text_ignored', // payload where none can be: on a SYN, or after a FIN
  'text_after_close', // payload after CLOSE: connection reset
  'trimmed', // payload cut at an edge
  'duplicate', // nothing new in it
  'out_of_order', // kept in an interval
  'intervals_full', // dropped: a fifth interval
  'fin_conflict', // FIN ignored: before data that are held, or a second one elsewhere
  'dupack_saturated', // an eighth duplicate ACK was owed
  'challenge_ack',
  'challenge_suppressed',
  'fast_retransmit',
  'partial_ack',
  'recovery_refused', // third duplicate ACK that does not cover `recover` (6582 3.2 step 2)
  'timeout', // retransmission timeouts
  'probe', // zero-window probes and overrides
  'keepalive_probe',
  'gave_up', // R2, user timeout, FIN_WAIT_2 timeout or keepalive
  'path_doubted', // R1: negative advice to IP (9293 3.8.3)
  'rtt_bogus', // timestamp echo from the future, or too far back
  'timer_stale', // cancelled or moved since the scan
  'grant_unused',
  'command_refused',
] as const;
export type Counter = typeof COUNTERS[number];

export type Refusal = 'no_connection' | 'in_use' | 'closing' | 'out_of_range';

export interface Actions {
  place: Place | undefined;
  send: SentSegment | undefined;
  reset: StatelessReset | undefined;
  /** NOTIFY bits; 0: nothing new for the guest. */
  notify: number;
  /** With `notify`: bytes received in order, and bytes acknowledged, of the whole stream modulo 2^32. */
  rx_filled: number;
  tx_freed: number;
  /** The rings are never touched again. */
  final: boolean;
  /** Goes to the TIME_WAIT cache. */
  time_wait: TimeWait | undefined;
  /** The slot is free. */
  free: boolean;
  refused: Refusal | undefined;
  counters: Counter[];
}

/** One step being worked out. */
export interface Turn {
  t: Draft;
  readonly out: Actions;
  /** Microseconds. */
  readonly now: number;
  /** The same time on the slow clock. */
  readonly ticks: number;
  readonly c: TcpConstants;
}

export function noActions(): Actions {
  return { place: undefined, send: undefined, reset: undefined, notify: 0, rx_filled: 0, tx_freed: 0, final: false, time_wait: undefined, free: false, refused: undefined, counters: [] };
}

/** Ends the connection now: its rings are the guest's again, its slot is free at the end of the step. */
export function release(turn: Turn, notify: number): void {
  const { t, out } = turn;
  out.notify |= notify;
  out.final = notify !== 0;
  out.free = true;
  quiet(t);
}

/** Ends the connection with a RST, for which the slot waits: RFC 9293 section 3.10.5. */
export function abort(turn: Turn, notify: number): void {
  const { t, out } = turn;
  out.notify |= notify;
  out.final = true;
  quiet(t);
  t.rst_due = true;
}

/** CLOSED: no timer, no level. */
function quiet(t: Draft): void {
  t.state = 'CLOSED';
  stopTimers(t);
  t.rst_due = false;
  t.syn_due = false;
  t.dupack_owed = 0;
  t.ack_now = false;
  t.probe_due = false;
  t.keepalive_due = false;
}

export function stopTimers(t: Draft): void {
  t.retransmit_deadline = NEVER;
  t.delayed_ack_deadline = NEVER;
  t.keepalive_deadline = NEVER;
  t.user_deadline = NEVER;
}
