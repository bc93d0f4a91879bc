/** Both ways of opening a connection: CONNECT (RFC 9293 section 3.10.1), and a listener's SYN (section 3.10.7.2). */
import { mux, when } from '@vtoe/hdl';
import { DEFAULT_MSS, MAX_WINDOW_SHIFT, TIMESTAMP_BYTES } from '../constants.ts';
import { slowTime, ticksOf } from './clock.ts';
import type { Inputs, Outcome } from './stage.ts';
import { firstWindow } from './window.ts';

export function openDifferences({ event, constants }: Inputs) {
  const { segment: syn, open } = event;
  const rcv_nxt = syn.seq.add(1);
  const ts_ok = syn.has_ts.and(open.offer_ts);
  // 9293 3.7.1 (MUST-15, MUST-16): Eff.snd.MSS = min(SendMSS, MMS_S - 20) less the options of every segment.
  const send_mss = mux(syn.has_mss, syn.mss, DEFAULT_MSS).max(constants.mss_floor).min(open.mss);
  return {
    acceptNext: rcv_nxt,
    acceptEdge: rcv_nxt.add(firstWindow(open.rx_size).zext(32)),
    acceptTimestamps: ts_ok,
    acceptMss: mux(ts_ok, send_mss.sub(TIMESTAMP_BYTES), send_mss),
    issNext: open.iss.add(1),
  };
}

/** The slot is free: its record is the one of closed-record.ts. */
export function open(v: Inputs & ReturnType<typeof openDifferences>, { next, actions }: Outcome): void {
  const { event, now, constants } = v;
  const { open, segment: syn } = event;
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
    // 7323 2.2: scaling only if both SYNs have the option; 2.3: a shift above 14 is taken as 14.
    next.peer_wscale.set(syn.has_wscale);
    when(syn.has_wscale.and(open.offer_wscale), () => {
      next.snd_wscale.set(syn.wscale.min(MAX_WINDOW_SHIFT));
      next.rcv_wscale.set(open.offer_shift);
    });
    // 7323 3.2: timestamps only if both SYNs have the option.
    when(v.acceptTimestamps, () => {
      next.ts_ok.set(true);
      next.ts_recent.set(syn.tsval);
      next.ts_recent_at.set(ticksOf(now));
    });
    next.snd_mss.set(v.acceptMss);
    next.irs.set(syn.seq);
    next.rcv_nxt.set(v.acceptNext);
    next.rcv_user.set(v.acceptNext);
    next.rcv_adv.set(v.acceptEdge);
    next.last_ack_sent.set(v.acceptNext);
    // The window of a SYN is never scaled (7323 2.2).
    next.snd_wnd.set(syn.window.zext(next.snd_wnd.width));
    next.max_snd_wnd.set(syn.window.zext(next.max_snd_wnd.width));
    next.snd_wl1.set(syn.seq);
    next.snd_wl2.set(syn.ack);
    actions.counters.text_ignored.set(syn.length.ne(0));
  });
}
