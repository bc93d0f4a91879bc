/** IW: RFC 6928 section 2; RFC 5681 section 3.1: one segment after a SYN or SYN,ACK that was lost. */
import { Bool, mux, type UInt } from '@vtoe/hdl';
import type { Constants } from '../constants.ts';
import { CongestionBytes } from '../tcb.ts';

/** Its two bounds: a product, and a comparison. */
export function initialWindowBounds(snd_mss: UInt, { initial_window_segments, initial_window_bytes }: Constants): { segments: UInt; bytes: UInt } {
  return {
    segments: snd_mss.mul(initial_window_segments).zext(CongestionBytes.width),
    bytes: snd_mss.zext(initial_window_bytes.width).shl(1).max(initial_window_bytes).zext(CongestionBytes.width),
  };
}

export function initialWindow(snd_mss: UInt, syn_retransmitted: Bool, segments: UInt, bytes: UInt): UInt {
  return mux(syn_retransmitted, snd_mss.zext(CongestionBytes.width), segments.min(bytes));
}
