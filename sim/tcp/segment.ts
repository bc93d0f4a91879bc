/** Segments as the model sees them: header fields, no bytes. RFC 9293 section 3.1. */

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

/** Options after parsing; an option of another kind or an illegal length was left out (MUST-6, MUST-7). */
export interface SegmentOptions {
  /** Kind 2, bytes; only read with SYN. */
  readonly mss?: number | undefined;
  /** Kind 3, shift; only read with SYN. */
  readonly wscale?: number | undefined;
  /** Kind 8; both or none. */
  readonly tsval?: number | undefined;
  readonly tsecr?: number | undefined;
}

/** A segment with a good checksum for this connection. */
export interface Segment {
  readonly seq: number;
  /** Only meaningful with ACK. */
  readonly ack: number;
  readonly flags: number;
  /** The header's 16 bits, not yet scaled. */
  readonly window: number;
  /** Bytes of payload. */
  readonly length: number;
  readonly options: SegmentOptions;
}

/** SEG.LEN: payload, SYN and FIN in sequence space. */
export function segmentLength(segment: Segment): number {
  const { flags } = segment;
  return segment.length + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);
}

/** Why a segment is sent, in the order in which a grant chooses. */
export type SendKind = 'reset' | 'syn' | 'duplicate_ack' | 'retransmission' | 'data' | 'fin' | 'probe' | 'keepalive' | 'ack';

/** A segment to send. Its payload is `length` bytes at `offset` of the transmit ring, which may wrap there. */
export interface SentSegment extends Segment {
  readonly kind: SendKind;
  /** (seq - iss - 1) modulo the ring's size; 0 without payload. */
  readonly offset: number;
}
