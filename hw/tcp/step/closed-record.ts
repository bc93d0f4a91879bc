/** The record of a free slot: what an initial sweep writes, what ends every connection, and what an opening command finds. */
import type { Literal } from '@vtoe/hdl';
import { DEFAULT_MSS, WINDOW_BOUND } from '../constants.ts';
import { INTERVALS, type Tcb } from '../tcb.ts';

const UNARMED = { armed: false, at: 0 } as const;

/** All but the generation, which is another one in each life of the slot. */
export const CLOSED_RECORD = {
  state: 'CLOSED', passive: false,
  iss: 0, snd_una: 0, snd_nxt: 0, snd_wnd: 0, snd_wl1: 0, snd_wl2: 0, max_snd_wnd: 0, snd_wscale: 0, snd_mss: DEFAULT_MSS, snd_tail: 0, fin_queued: false,
  rxt_nxt: 0, rxt_end: 0, tx_size: 0,
  irs: 0, rcv_nxt: 0, rcv_adv: 0, rcv_user: 0, rcv_wscale: 0, rcv_mss: DEFAULT_MSS, last_ack_sent: 0,
  intervals: Array.from({ length: INTERVALS }, () => ({ start: 0, end: 0 })), interval_count: 0,
  fin_held: false, fin_seq: 0, fin_received: false, rcv_closed: false, rx_size: 0,
  cwnd: 0, ssthresh: WINDOW_BOUND, recover: 0, bytes_acked: 0, dup_acks: 0, in_recovery: false, partial_acked: false,
  srtt8: 0, rttvar4: 0, rtt_valid: false, rto: 0, rto_backoff: 0, retries: 0, rtt_timing: false, rtt_seq: 0, rtt_start: 0, syn_retransmitted: false,
  ts_ok: false, ts_offset: 0, ts_recent: 0, ts_recent_at: 0, offer_ts: false, offer_wscale: false, offer_shift: 0, peer_wscale: false,
  rst_due: false, syn_due: false, dupack_owed: 0, ack_now: false, probe_due: false, keepalive_due: false, probe_backoff: 0,
  retransmit_deadline: UNARMED, delayed_ack_deadline: UNARMED, keepalive_deadline: UNARMED, user_deadline: UNARMED,
  nagle: true, keepalive: false, keepalive_probes: 0, user_timeout: 0, last_received: 0, last_sent: 0, challenged: false, challenge_at: 0,
} as const satisfies Omit<Literal<typeof Tcb>, 'generation' | 'shape'>;
