/** What the two SYNs agree on: RFC 9293 section 3.7.1, RFC 7323 sections 2.2 and 3.2. */
import { type Bool, mux, type UInt } from '@vtoe/hdl';
import { type Constants, DEFAULT_MSS, MAX_WINDOW_SHIFT, TIMESTAMP_BYTES } from '../constants.ts';
import type { Segment } from '../event.ts';

/** What our SYN carries, or would. */
export interface Offer {
  readonly offer_wscale: Bool;
  readonly offer_shift: UInt;
  readonly offer_ts: Bool;
  readonly rcv_mss: UInt;
}

/** The peer's SYN or SYN,ACK settles MSS, scaling and timestamps. All comparisons side by side: one short carry chain. */
export function agree(syn: Segment, offer: Offer, { mss_floor }: Constants) {
  // 7323 2.2: scaling only if both SYNs have the option; 2.3: a shift above 14 is taken as 14.
  const scaling = syn.has_wscale.and(offer.offer_wscale);
  // 7323 3.2: timestamps only if both SYNs have the option.
  const ts_ok = syn.has_ts.and(offer.offer_ts);
  // 9293 3.7.1 (MUST-15, MUST-16): Eff.snd.MSS = min(SendMSS, MMS_S - 20) less the options of every segment.
  const send_mss = mux(syn.has_mss, syn.mss, DEFAULT_MSS);
  const payload = (mss: UInt) => mux(ts_ok, mss.sub(TIMESTAMP_BYTES), mss);
  const bounded = (mss: UInt) => mux(mss.lt(offer.rcv_mss), payload(mss), payload(offer.rcv_mss));
  return {
    peer_wscale: syn.has_wscale,
    snd_wscale: mux(scaling, syn.wscale.min(MAX_WINDOW_SHIFT), 0),
    rcv_wscale: mux(scaling, offer.offer_shift, 0),
    ts_ok,
    snd_mss: mux(send_mss.lt(mss_floor), bounded(mss_floor), bounded(send_mss)),
  };
}
