/** The record of a connection: RFC 9293 section 3.3.1, and what the other RFCs add. Never changed in place by callers. */
import { TICK } from './clock.ts';
import { WINDOW_BOUND } from './constants.ts';

/** LISTEN is no state of a connection (see listen.ts), TIME_WAIT only until its last ACK is sent (see time-wait.ts). */
export const STATES = ['CLOSED', 'SYN_SENT', 'SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSE_WAIT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT'] as const;
export type State = typeof STATES[number];

/** A deadline that is not armed. */
export const NEVER = Infinity;

/** Bytes that arrived ahead of `rcv_nxt`: sequence numbers from `start` to before `end`. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** Sequence numbers and sizes in bytes, times in microseconds or, where it says so, in ticks (clock.ts). */
export interface Tcb {
  readonly state: State;
  /** Came from a listener: SYN_RECEIVED remembers it (MUST-11). */
  readonly passive: boolean;

  // Sending.
  readonly iss: number;
  readonly snd_una: number;
  /** Highest sequence number sent, plus 1: a timeout does not pull it back. */
  readonly snd_nxt: number;
  /** After scaling. */
  readonly snd_wnd: number;
  readonly snd_wl1: number;
  readonly snd_wl2: number;
  /** Largest `snd_wnd` ever: RFC 9293 section 3.8.6.2.1, RFC 5961 section 5. */
  readonly max_snd_wnd: number;
  readonly snd_wscale: number;
  /** Payload of a full segment, options already taken off: Eff.snd.MSS, RFC 9293 section 3.7.1. */
  readonly snd_mss: number;
  /** End of the data that the guest gave; the FIN's sequence number once `fin_queued`. */
  readonly snd_tail: number;
  readonly fin_queued: boolean;
  /** What is to be retransmitted: from `rxt_nxt` to before `rxt_end`; equal: nothing. */
  readonly rxt_nxt: number;
  readonly rxt_end: number;
  readonly tx_size: number;

  // Receiving.
  readonly irs: number;
  readonly rcv_nxt: number;
  /** Right edge of the widest window advertised: RCV.NXT + RCV.WND. */
  readonly rcv_adv: number;
  /** The guest has read all before this one. */
  readonly rcv_user: number;
  readonly rcv_wscale: number;
  /** The MSS of our SYN. */
  readonly rcv_mss: number;
  /** Last.ACK.sent, RFC 7323 section 4.3. */
  readonly last_ack_sent: number;
  /** Disjoint, not touching, by distance from `rcv_nxt`; at most four. */
  readonly intervals: readonly Interval[];
  /** A FIN ahead of `rcv_nxt` was seen at `fin_seq`. */
  readonly fin_held: boolean;
  readonly fin_seq: number;
  /** The peer's FIN was received: `rcv_nxt` is one past it. */
  readonly fin_received: boolean;
  /** CLOSE: nobody reads any more. */
  readonly rcv_closed: boolean;
  readonly rx_size: number;

  // Congestion: RFC 5681, 6582, 3465.
  /** 0 until our SYN is acknowledged. */
  readonly cwnd: number;
  readonly ssthresh: number;
  /** `snd_nxt` when loss was last found: RFC 6582 section 3.2, which names the byte before it. */
  readonly recover: number;
  readonly bytes_acked: number;
  /** Saturates at 255. */
  readonly dup_acks: number;
  readonly in_recovery: boolean;
  readonly partial_acked: boolean;

  // Round-trip time: RFC 6298.
  /** 8 x SRTT; 0 with `rtt_valid` false: no sample yet. */
  readonly srtt8: number;
  /** 4 x RTTVAR. */
  readonly rttvar4: number;
  readonly rtt_valid: boolean;
  /** Without backoff. */
  readonly rto: number;
  /** Doublings of `rto`; stays until a sample is taken. */
  readonly rto_backoff: number;
  /** Timeouts in a row without progress. */
  readonly retries: number;
  readonly rtt_timing: boolean;
  /** An ACK of this sequence number gives a sample. */
  readonly rtt_seq: number;
  readonly rtt_start: number;
  readonly syn_retransmitted: boolean;

  // Timestamps and what a SYN offers: RFC 7323.
  readonly ts_ok: boolean;
  readonly ts_offset: number;
  readonly ts_recent: number;
  /** Ticks modulo 2^32. */
  readonly ts_recent_at: number;
  readonly offer_ts: boolean;
  /** The shift that our SYN carries; -1: none. */
  readonly offer_wscale: number;
  /** The peer's SYN carried one. */
  readonly peer_wscale: boolean;

  // Levels: what a grant would send, recomputed or kept by every step.
  readonly rst_due: boolean;
  readonly syn_due: boolean;
  /** 0 to 7. */
  readonly dupack_owed: number;
  readonly ack_now: boolean;
  readonly probe_due: boolean;
  readonly keepalive_due: boolean;
  /** A grant now would send a segment. */
  readonly eligible: boolean;

  // Deadlines, absolute; NEVER: not armed.
  readonly retransmit_deadline: number;
  readonly delayed_ack_deadline: number;
  /** Ticks. */
  readonly keepalive_deadline: number;
  /** Ticks. */
  readonly user_deadline: number;
  readonly probe_backoff: number;

  readonly nagle: boolean;
  readonly keepalive: boolean;
  readonly keepalive_probes: number;
  /** Ticks; 0: none. */
  readonly user_timeout: number;
  /** Ticks: a segment came, or keepalive was switched on. */
  readonly last_received: number;
  /** When data were last sent; ticks modulo 2^32. */
  readonly last_sent: number;
  /** A challenge ACK was sent at `challenge_at`. */
  readonly challenged: boolean;
  /** Ticks modulo 2^32. */
  readonly challenge_at: number;
}

/** A record being changed within a step. */
export type Draft = { -readonly [K in keyof Tcb]: Tcb[K] };

/** A free slot. */
export const CLOSED_TCB: Tcb = {
  state: 'CLOSED', passive: false,
  iss: 0, snd_una: 0, snd_nxt: 0, snd_wnd: 0, snd_wl1: 0, snd_wl2: 0, max_snd_wnd: 0, snd_wscale: 0, snd_mss: 536, snd_tail: 0, fin_queued: false,
  rxt_nxt: 0, rxt_end: 0, tx_size: 0,
  irs: 0, rcv_nxt: 0, rcv_adv: 0, rcv_user: 0, rcv_wscale: 0, rcv_mss: 536, last_ack_sent: 0, intervals: Object.freeze([]), fin_held: false, fin_seq: 0, fin_received: false, rcv_closed: false, rx_size: 0,
  cwnd: 0, ssthresh: WINDOW_BOUND, recover: 0, bytes_acked: 0, dup_acks: 0, in_recovery: false, partial_acked: false,
  srtt8: 0, rttvar4: 0, rtt_valid: false, rto: 0, rto_backoff: 0, retries: 0, rtt_timing: false, rtt_seq: 0, rtt_start: 0, syn_retransmitted: false,
  ts_ok: false, ts_offset: 0, ts_recent: 0, ts_recent_at: 0, offer_ts: false, offer_wscale: -1, peer_wscale: false,
  rst_due: false, syn_due: false, dupack_owed: 0, ack_now: false, probe_due: false, keepalive_due: false, eligible: false,
  retransmit_deadline: NEVER, delayed_ack_deadline: NEVER, keepalive_deadline: NEVER, user_deadline: NEVER, probe_backoff: 0,
  nagle: true, keepalive: false, keepalive_probes: 0, user_timeout: 0, last_received: 0, last_sent: 0, challenged: false, challenge_at: 0,
};

/** A copy to change. Field by field: the shape of the record stays one, which makes a step several times as fast as a spread. */
export function draftOf(t: Tcb): Draft {
  return {
    state: t.state, passive: t.passive, iss: t.iss, snd_una: t.snd_una, snd_nxt: t.snd_nxt, snd_wnd: t.snd_wnd, snd_wl1: t.snd_wl1,
    snd_wl2: t.snd_wl2, max_snd_wnd: t.max_snd_wnd, snd_wscale: t.snd_wscale, snd_mss: t.snd_mss, snd_tail: t.snd_tail,
    fin_queued: t.fin_queued, rxt_nxt: t.rxt_nxt, rxt_end: t.rxt_end, tx_size: t.tx_size, irs: t.irs, rcv_nxt: t.rcv_nxt,
    rcv_adv: t.rcv_adv, rcv_user: t.rcv_user, rcv_wscale: t.rcv_wscale, rcv_mss: t.rcv_mss, last_ack_sent: t.last_ack_sent,
    intervals: t.intervals, fin_held: t.fin_held, fin_seq: t.fin_seq, fin_received: t.fin_received, rcv_closed: t.rcv_closed,
    rx_size: t.rx_size, cwnd: t.cwnd, ssthresh: t.ssthresh, recover: t.recover, bytes_acked: t.bytes_acked, dup_acks: t.dup_acks,
    in_recovery: t.in_recovery, partial_acked: t.partial_acked, srtt8: t.srtt8, rttvar4: t.rttvar4, rtt_valid: t.rtt_valid, rto: t.rto,
    rto_backoff: t.rto_backoff, retries: t.retries, rtt_timing: t.rtt_timing, rtt_seq: t.rtt_seq, rtt_start: t.rtt_start,
    syn_retransmitted: t.syn_retransmitted, ts_ok: t.ts_ok, ts_offset: t.ts_offset, ts_recent: t.ts_recent, ts_recent_at: t.ts_recent_at,
    offer_ts: t.offer_ts, offer_wscale: t.offer_wscale, peer_wscale: t.peer_wscale, rst_due: t.rst_due, syn_due: t.syn_due,
    dupack_owed: t.dupack_owed, ack_now: t.ack_now, probe_due: t.probe_due, keepalive_due: t.keepalive_due, eligible: t.eligible,
    retransmit_deadline: t.retransmit_deadline, delayed_ack_deadline: t.delayed_ack_deadline, keepalive_deadline: t.keepalive_deadline,
    user_deadline: t.user_deadline, probe_backoff: t.probe_backoff, nagle: t.nagle, keepalive: t.keepalive,
    keepalive_probes: t.keepalive_probes, user_timeout: t.user_timeout, last_received: t.last_received, last_sent: t.last_sent,
    challenged: t.challenged, challenge_at: t.challenge_at,
  };
}

/** FlightSize: sequence numbers sent and not acknowledged, SYN and FIN included. */
export function flightOf(t: Tcb): number {
  return (t.snd_nxt - t.snd_una) >>> 0;
}

/** The earliest deadline, in microseconds; NEVER if none is armed. */
export function nextDeadline(t: Tcb): number {
  return Math.min(t.retransmit_deadline, t.delayed_ack_deadline, t.keepalive_deadline * TICK, t.user_deadline * TICK);
}
