/** What a connection offers in its SYN or SYN,ACK, whichever side opens it. */
import { Bool, Bundle, lit, mux, type Read, UInt } from '@vtoe/hdl';
import { MAX_WINDOW_SHIFT } from './constants.ts';
import { RingSize } from './tcb.ts';

/** Options to offer, in a SYN,ACK if the SYN has them; Nagle's algorithm at the start. */
export const OpenOptions = Bundle('OpenOptions', { offer_wscale: Bool, offer_ts: Bool, nagle: Bool });

/** Bits of the window field: a ring of 2^16 bytes is one byte too large for it. */
const WINDOW_BITS = 16;

/** The smallest shift by which a window as large as the ring fits 16 bits, RFC 7323 section 2.3. */
export function windowShift(size: Read<typeof RingSize>): UInt {
  const wanted = size.sub(WINDOW_BITS - 1);
  return mux(size.lt(WINDOW_BITS), 0, mux(wanted.gt(MAX_WINDOW_SHIFT), lit(RingSize, MAX_WINDOW_SHIFT), wanted)).trunc(4);
}
