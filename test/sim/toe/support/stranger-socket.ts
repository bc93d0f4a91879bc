/** One connection of a stranger: keeps count of sequence numbers, and sends what it is told. */
import type { Wait } from '@vtoe/hdl';
import type { TcpOptions } from '../../../../sim/peer/tcp-options.ts';
import type { TcpSegment } from '../../../../sim/peer/tcp-segment.ts';
import type { FromToe, Stranger } from './stranger.ts';

export interface Sent {
  /** Of the stream, from the first byte behind the SYN; default the next. */
  readonly at?: number;
  readonly bytes?: Uint8Array;
  /** Of the TOE's stream; default all that came in order. */
  readonly acked?: number;
  readonly fin?: boolean;
  readonly rst?: boolean;
  readonly window?: number;
  /** Behind the packet, in the frame. */
  readonly padding?: Uint8Array;
}

interface Received {
  readonly bytes: Uint8Array;
  readonly isEnded: boolean;
}

interface Known {
  /** Of all segments of the stranger. */
  readonly count: number;
  readonly heard: readonly FromToe[];
  readonly received: Received;
}

export class StrangerSocket {
  readonly port: number;
  readonly theirs: number;
  /** Its own first number. */
  readonly isn: number;
  window: number;
  readonly options: TcpOptions;
  /** The TOE's first number, once it is known. */
  #irs = 0;
  #next = 0;
  readonly #stranger: Stranger;
  readonly #from: number;
  #cache: Known | undefined;

  constructor(stranger: Stranger, { port, theirs, isn, window = 65_535, options = { mss: 1460 } }: { readonly port: number; readonly theirs: number; readonly isn: number; readonly window?: number; readonly options?: TcpOptions }) {
    this.#stranger = stranger;
    this.#from = stranger.heard.length;
    this.port = port;
    this.theirs = theirs;
    this.isn = isn;
    this.window = window;
    this.options = options;
  }

  /** Segments of this connection that came, in order. */
  get heard(): readonly FromToe[] {
    return this.#known().heard;
  }

  /** Bytes of the TOE's stream before this segment, and where it acknowledges. */
  at({ sequence }: TcpSegment): number {
    return (sequence - this.#irs - 1) | 0;
  }
  acks({ acknowledgment }: TcpSegment): number {
    return (acknowledgment - this.isn - 1) | 0;
  }

  /** Bytes of the TOE's stream that came without a hole, and whether its end. */
  get received(): Received {
    return this.#known().received;
  }

  /** Worked out again when something has come. */
  #known(): Known {
    const { length } = this.#stranger.heard;
    if (this.#cache?.count !== length) {
      const heard = this.#stranger.to(this.port, this.#from).filter(({ sourcePort }) => sourcePort === this.theirs);
      this.#cache = { count: length, heard, received: this.#receivedOf(heard) };
    }
    return this.#cache;
  }

  #receivedOf(heard: readonly FromToe[]): Received {
    const parts = heard.filter(({ payload, fin }) => payload.length > 0 || fin).map((segment) => ({ at: this.at(segment), ...segment })).sort((a, b) => a.at - b.at);
    let bytes: Uint8Array = new Uint8Array(0);
    let isEnded = false;
    for (const { at, payload, fin } of parts) {
      if (at > bytes.length) break;
      if (at + payload.length > bytes.length) {
        const longer = new Uint8Array(at + payload.length);
        longer.set(bytes);
        longer.set(payload, at);
        bytes = longer;
      }
      if (fin && at + payload.length === bytes.length) isEnded = true;
    }
    return { bytes, isEnded };
  }

  /** @param ack answers the TOE's SYN */
  syn(ack = false): Uint8Array {
    return this.#stranger.frame({ sourcePort: this.port, destinationPort: this.theirs, sequence: this.isn, syn: true, window: this.window, options: this.options, ...this.#acknowledgment(0, ack) });
  }

  segment({ at = this.#next, bytes = new Uint8Array(0), acked, fin = false, rst = false, window = this.window, padding }: Sent = {}): Uint8Array {
    this.#next = Math.max(this.#next, at + bytes.length + (fin ? 1 : 0));
    const { received } = this;
    return this.#stranger.frame({
      sourcePort: this.port, destinationPort: this.theirs, sequence: (this.isn + 1 + at) >>> 0, window, fin, rst, psh: bytes.length > 0, payload: bytes,
      ...this.#acknowledgment(acked ?? received.bytes.length + (received.isEnded ? 1 : 0), true),
    }, padding);
  }

  send(...segments: readonly Sent[]): void {
    this.#stranger.send(...segments.map((one) => this.segment(one)));
  }

  /** The TOE's SYN, or its answer to one. */
  * hearSyn(ack: boolean): Generator<Wait, FromToe, void> {
    const is = (segment: FromToe) => segment.syn && segment.ack === ack;
    yield () => this.heard.some(is);
    const segment = this.heard.find(is)!;
    this.#irs = segment.sequence;
    this.#cache = undefined;
    return segment;
  }

  #acknowledgment(acked: number, ack: boolean): { readonly ack: boolean; readonly acknowledgment: number } {
    return { ack, acknowledgment: ack ? (this.#irs + 1 + acked) >>> 0 : 0 };
  }
}
