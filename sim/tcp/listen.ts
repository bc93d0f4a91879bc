/** Segments without a connection: CLOSED and LISTEN, RFC 9293 sections 3.10.7.1 and 3.10.7.2. */
import type { StatelessReset } from './actions.ts';
import { ACK, RST, type Segment, segmentLength, SYN } from './segment.ts';
import { seqAdd } from './sequence.ts';

/** The RST that the sender of this segment accepts. */
export function resetFor(segment: Segment): StatelessReset {
  return (segment.flags & ACK) === 0
    ? { seq: 0, ack: seqAdd(segment.seq, segmentLength(segment)), flags: RST | ACK }
    : { seq: segment.ack, ack: 0, flags: RST };
}

/** CLOSED: everything but a RST is answered by one; undefined: nothing. */
export function closed(segment: Segment): StatelessReset | undefined {
  return (segment.flags & RST) === 0 ? resetFor(segment) : undefined;
}

/** What a listener does with a segment: `accept` makes a connection with an `accept` event. */
export type ListenVerdict = { readonly kind: 'drop' } | { readonly kind: 'reset'; readonly reset: StatelessReset } | { readonly kind: 'accept' };

export function listen(segment: Segment): ListenVerdict {
  // First and second.
  if ((segment.flags & RST) !== 0) return { kind: 'drop' };
  if ((segment.flags & ACK) !== 0) return { kind: 'reset', reset: resetFor(segment) };
  // Third and fourth.
  return { kind: (segment.flags & SYN) === 0 ? 'drop' : 'accept' };
}
