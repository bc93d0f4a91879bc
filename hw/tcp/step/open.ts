/** Both ways of opening a connection: CONNECT (RFC 9293 section 3.10.1), and a listener's SYN (section 3.10.7.2). */
import { type UInt, when } from '@vtoe/hdl';
import { slowTime } from './clock.ts';
import { type Handshake, synchronize } from './handshake.ts';
import type { Position } from './position.ts';
import { type SendWindow, setSendWindow } from './send-window.ts';
import type { Inputs, Outcome } from './stage.ts';

/** Of a listener's SYN, what an arriving SYN has too. */
export type OpenValues = Position & Handshake & SendWindow & { readonly issNext: UInt };

/** The slot is free: its record is the one of closed-record.ts. */
export function open(v: Inputs & OpenValues, outcome: Outcome): void {
  const { next, actions } = outcome;
  const { event, now, constants } = v;
  const { open } = event;
  next.state.set('SYN_SENT');
  next.iss.set(open.iss);
  next.snd_una.set(open.iss);
  next.snd_nxt.set(open.iss);
  next.rxt_nxt.set(open.iss);
  next.rxt_end.set(open.iss);
  next.snd_tail.set(v.issNext);
  next.recover.set(open.iss); // 6582 3.2 step 1
  next.ts_offset.set(open.ts_offset);
  next.rcv_mss.set(open.mss);
  next.rx_size.set(open.rx_size);
  next.tx_size.set(open.tx_size);
  next.offer_wscale.set(open.offer_wscale);
  next.offer_shift.set(open.offer_shift);
  next.offer_ts.set(open.offer_ts);
  next.nagle.set(open.nagle);
  next.rto.set(constants.rto_initial); // 6298 2.1
  next.last_received.set(slowTime(now));
  next.syn_due.set(true);

  // RCV.NXT = SEG.SEQ + 1, and SYN,ACK. Text of the SYN is not acknowledged, so the peer sends it again.
  when(event.kind.eq('Accept'), () => {
    next.state.set('SYN_RECEIVED');
    next.passive.set(true);
    synchronize(v, outcome);
    setSendWindow(v, next);
    actions.counters.text_ignored.set(v.segEmpty.not());
  });
}
