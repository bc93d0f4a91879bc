/** How long the retransmission timer runs: RFC 6298 section 5.5 and, for probes of a closed window, RFC 9293 section 3.8.6.1. */
import { mux, type UInt } from '@vtoe/hdl';
import { BACKOFF_MAX } from '../constants.ts';

/** `rto` doubled `backoff` times, but not above `bound`, behind `now`: the sums do not wait for the comparison. */
export function backedOff(now: UInt, rto: UInt, backoff: UInt, bound: UInt): UInt {
  const wide = rto.zext(rto.width + BACKOFF_MAX).shl(backoff);
  const interval = wide.trunc(rto.width);
  const beyond = wide.bits(wide.width - 1, rto.width).orR().or(interval.gt(bound));
  return mux(beyond, now.add(bound.zext(now.width)), now.add(interval.zext(now.width)));
}

/** Doublings count up to here: `rto_min` x 2^15 is beyond every `rto_max`. */
export function doubled(backoff: UInt): UInt {
  return mux(backoff.eq(BACKOFF_MAX), backoff, backoff.add(1));
}
