/**
 * What an open connection makes of a segment, from RFC 9293, 5961 and 7323: written for this campaign, beside the hardware and beside
 * the model of the pipeline's tests. It knows connections in ESTABLISHED with nothing of their own under way.
 */
import type { CounterName } from '../../../../hw/registers.ts';

/** Pieces ahead of what is expected that are kept. */
const PIECES = 4;
const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];

export interface SegmentFields {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  readonly length: number;
  /** -1: none. */
  readonly tsval: number;
}

export interface Arrived {
  readonly counters: CounterName[];
  /** Bytes of its payload that are taken, by sequence number; where they are in the payload does not matter: a stream has one byte at each place. */
  readonly taken?: { readonly from: number; readonly length: number };
  /** Its connection ends with it, or half of it. */
  readonly ends: boolean;
}

export const after = (seq: number, count: number): number => (seq + count) >>> 0;
/** From b to a, with sign. */
export const ahead = (a: number, b: number): number => (a - b) | 0;

export class ConnectionModel {
  /** Expected next; the right edge of the window that was advertised. */
  expected = 0;
  edge = 0;
  /** All that was sent is acknowledged up to here. */
  sent = 0;
  /** Of the peer's windows, the largest; and what the newest one came with. */
  largestWindow = 0;
  windowSeq = 0;
  windowAck = 0;
  readonly shift: number;
  readonly hasTimestamps: boolean;
  newestTimestamp = 0;
  /** A challenge ACK was sent: the next one would be too soon for the length of any test. */
  hasChallenged = false;
  /** Pieces ahead of `expected`, as distances from it when the class began. */
  #pieces: { from: number; to: number }[] = [];
  #origin = 0;

  constructor({ shift, hasTimestamps }: { readonly shift: number; readonly hasTimestamps: boolean }) {
    this.shift = shift;
    this.hasTimestamps = hasTimestamps;
  }

  /** Everything up to `expected` has come, nothing behind it. */
  begin(expected: number, edge: number, sent: number): void {
    Object.assign(this, { expected, edge, sent });
    this.#pieces = [];
    this.#origin = expected;
  }

  /** Behind the last byte that was taken, whether it is expected or ahead. */
  get furthest(): number {
    return this.#pieces.reduce((most, { to }) => (ahead(after(this.#origin, to), most) > 0 ? after(this.#origin, to) : most), this.expected);
  }

  arrive(segment: SegmentFields): Arrived {
    const { seq, ack, flags, length, tsval } = segment;
    const counters: CounterName[] = [];
    const nothing = { counters, ends: false };
    const window = ahead(this.edge, this.expected);
    const distance = ahead(seq, this.expected);
    const consumes = length + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);
    /** An answer of its own, unless it might be one to an answer. */
    const answer = (): void => { if ((flags & SYN) !== 0 || consumes === 0) this.#challenge(counters); };

    if ((flags & RST) !== 0) {
      if (distance === 0) return { counters: ['tcp_rst_accepted'], ends: true };
      if (distance > 0 && distance < window) {
        counters.push('tcp_rst_inexact');
        this.#challenge(counters);
      } else counters.push('tcp_rst_outside');
      return nothing;
    }
    if (this.hasTimestamps && tsval < 0) return { counters: ['tcp_ts_missing'], ends: false };
    if (this.hasTimestamps && ahead(tsval, this.newestTimestamp) < 0) {
      counters.push('tcp_paws');
      answer();
      return nothing;
    }
    const last = distance + consumes - 1;
    const isInside = (distance >= 0 && distance < window) || (consumes > 0 && last >= 0 && last < window);
    if (!isInside) {
      counters.push('tcp_outside_window');
      answer();
      return nothing;
    }
    if (this.hasTimestamps && distance <= 0) this.newestTimestamp = tsval;
    if ((flags & SYN) !== 0) {
      counters.push('tcp_syn_in_sync');
      this.#challenge(counters);
      return nothing;
    }
    if ((flags & ACK) === 0) return { counters: ['tcp_no_ack'], ends: false };
    const acknowledged = ahead(ack, this.sent);
    if (acknowledged > 0 || acknowledged < -this.largestWindow) {
      counters.push('tcp_ack_range');
      this.#challenge(counters);
      return nothing;
    }
    if (acknowledged < 0) counters.push('tcp_ack_old');
    else if (ahead(seq, this.windowSeq) > 0 || (seq === this.windowSeq && ahead(ack, this.windowAck) >= 0)) {
      this.windowSeq = seq;
      this.windowAck = ack;
      this.largestWindow = Math.max(this.largestWindow, segment.window * 2 ** this.shift);
    }
    const end = distance + length;
    const ends = (flags & FIN) !== 0 && end >= 0 && end < window;
    if (length === 0) return { counters, ends };
    const [from, to] = [Math.max(distance, 0), Math.min(end, window)];
    if (from !== distance || to !== end) counters.push('tcp_trimmed');
    const taken = from < to && this.#take(from, to, counters);
    if (from >= to) counters.push('tcp_duplicate');
    return { counters, ends, ...(taken ? { taken: { from: after(seq, from - distance), length: to - from } } : {}) };
  }

  /** Whether it could end the connection, or a direction of it. */
  couldEnd({ seq, flags, length }: SegmentFields): boolean {
    const distance = ahead(seq, this.expected);
    if ((flags & RST) !== 0) return distance === 0;
    const end = distance + length;
    return (flags & FIN) !== 0 && end >= 0 && end <= ahead(this.edge, this.expected);
  }

  #challenge(counters: CounterName[]): void {
    counters.push(this.hasChallenged ? 'tcp_challenge_suppressed' : 'tcp_challenge_ack');
    this.hasChallenged = true;
  }

  /** Bytes by their distance from `expected`. */
  #take(from: number, to: number, counters: CounterName[]): boolean {
    const base = ahead(this.expected, this.#origin);
    if (from === 0) {
      let reach = base + to;
      for (const piece of this.#pieces) if (piece.from <= reach) reach = Math.max(reach, piece.to);
      this.#pieces = this.#pieces.filter((piece) => piece.from > reach);
      this.expected = after(this.#origin, reach);
      return true;
    }
    const piece = { from: base + from, to: base + to };
    if (this.#pieces.some((known) => known.from <= piece.from && piece.to <= known.to)) {
      counters.push('tcp_duplicate');
      return false;
    }
    const apart = this.#pieces.filter((known) => known.to < piece.from || piece.to < known.from);
    const joined = this.#pieces.filter((known) => !apart.includes(known));
    if (apart.length === PIECES) {
      counters.push('tcp_intervals_full');
      return false;
    }
    counters.push('tcp_out_of_order');
    for (const known of joined) Object.assign(piece, { from: Math.min(piece.from, known.from), to: Math.max(piece.to, known.to) });
    this.#pieces = [...apart, piece].toSorted((a, b) => a.from - b.from);
    return true;
  }
}

/** What TIME_WAIT makes of a segment, without timestamps: RFC 9293, 3.6.1 and 3.10.7.4; RFC 5961, 3.2; RFC 6191. */
export class TimeWaitModel {
  readonly expected: number;
  readonly window: number;

  constructor(expected: number, window: number) {
    this.expected = expected;
    this.window = window;
  }

  /** `ends`: the connection is forgotten, for a RST or for a new SYN. */
  arrive({ seq, flags, length }: SegmentFields): 'ack' | 'drop' | 'ends' | 'new' {
    const distance = ahead(seq, this.expected);
    if ((flags & RST) !== 0) {
      if (distance === 0) return 'ends';
      return distance > 0 && distance < this.window ? 'ack' : 'drop';
    }
    if ((flags & SYN) !== 0 && (flags & ACK) === 0 && distance > 0) return 'new';
    return distance === 0 && length === 0 && (flags & (SYN | FIN)) === 0 ? 'drop' : 'ack';
  }
}
