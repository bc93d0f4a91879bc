/** What the two SYNs agree on, and the options of each segment. RFC 9293 section 3.7.1, RFC 7323 sections 2.2 and 3.2. */
import { stamp } from './clock.ts';
import { DEFAULT_MSS, MAX_WINDOW_SHIFT, type TcpConstants, TIMESTAMP_BYTES } from './constants.ts';
import type { Segment, SegmentOptions } from './segment.ts';
import type { Draft, Tcb } from './tcb.ts';
import { tsval } from './timestamps.ts';

/** The smallest shift with which a ring fits into the header's 16 bits. */
export function windowScaleFor(rxSize: number): number {
  let shift = 0;
  while (rxSize / 2 ** shift > 65_535 && shift < MAX_WINDOW_SHIFT) shift++;
  return shift;
}

/** The peer's SYN or SYN,ACK settles MSS, scaling and timestamps. */
export function agree(t: Draft, syn: Segment, ticks: number, c: TcpConstants): void {
  const { mss, wscale, tsval } = syn.options;
  // 7323 2.2: scaling only if both SYNs have the option; 2.3: a shift above 14 is taken as 14.
  t.peer_wscale = wscale !== undefined;
  const scaling = wscale !== undefined && t.offer_wscale >= 0;
  t.snd_wscale = scaling ? Math.min(wscale, MAX_WINDOW_SHIFT) : 0;
  t.rcv_wscale = scaling ? t.offer_wscale : 0;
  // 7323 3.2: timestamps only if both SYNs have the option.
  t.ts_ok = tsval !== undefined && t.offer_ts;
  if (t.ts_ok) {
    t.ts_recent = tsval!;
    t.ts_recent_at = stamp(ticks);
  }
  // 9293 3.7.1 (MUST-15, MUST-16): Eff.snd.MSS = min(SendMSS, MMS_S - 20) less the options of every segment.
  const send_mss = Math.max(mss ?? DEFAULT_MSS, c.mssFloor);
  t.snd_mss = Math.min(send_mss, t.rcv_mss) - (t.ts_ok ? TIMESTAMP_BYTES : 0);
}

/** Options of a SYN (`answer` false) or SYN,ACK, which offers only what the SYN had: 7323 2.2 and 3.2. */
export function synOptions(t: Tcb, answer: boolean, now: number): SegmentOptions {
  const { rcv_mss: mss } = t; // 9293 3.7.1 (SHLD-5, MUST-65: on SYNs alone)
  const wscale = t.offer_wscale >= 0 && (!answer || t.peer_wscale) ? t.offer_wscale : undefined;
  if (!(answer ? t.ts_ok : t.offer_ts)) return { mss, wscale };
  return { mss, wscale, tsval: tsval(t, now), tsecr: answer ? t.ts_recent : 0 };
}

const NONE: SegmentOptions = Object.freeze({});

/** Options of every other segment. 7323 3.2: TSecr is 0 without ACK. */
export function plainOptions(t: Tcb, acknowledges: boolean, now: number): SegmentOptions {
  return t.ts_ok ? { tsval: tsval(t, now), tsecr: acknowledges ? t.ts_recent : 0 } : NONE;
}

/** Payload that the peer can put into a segment, as far as we know: what a full-sized segment of his is. */
export function receiveMss(t: Tcb): number {
  return t.rcv_mss - (t.ts_ok ? TIMESTAMP_BYTES : 0);
}
