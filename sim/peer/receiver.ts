/** The receiving half of a connection: what has come, what is promised, and when to acknowledge. */
import type { ReceiverMischief } from './misbehaviour.ts';
import { Reassembly } from './reassembly.ts';

export interface ReceiverOptions {
  readonly receiveBytes: number;
  /** An acknowledgment for each so many full segments at least (RFC 9293, 3.8.6.3: two). */
  readonly ackEvery: number;
  readonly delayedAckNs: number;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #mss: number;
  readonly #shift: number;
  readonly #mischief: ReceiverMischief;
  readonly #stream: Reassembly;
  /** Place of the FIN, once one has come. */
  #finAt: number | undefined;
  finReceived = false;
  /** Highest place that was ever promised: what comes before it is taken (RFC 7323, 2.4). */
  edge: number;
  /** RCV.NXT as it was told last. */
  acknowledged: number;
  #ackNow = false;
  #ackAt = Infinity;
  #holdUntil = -Infinity;
  #holdFrom: number;

  /** @param first place behind the SYN; `mss` of what comes */
  constructor(first: number, mss: number, shift: number, options: ReceiverOptions, mischief: ReceiverMischief) {
    this.#options = options;
    this.#mss = mss;
    this.#shift = shift;
    this.#mischief = mischief;
    this.#stream = new Reassembly(options.receiveBytes, first);
    this.edge = first;
    this.acknowledged = first;
    this.#holdFrom = first + (mischief.zeroWindows?.everyBytes ?? Infinity);
  }

  /** RCV.NXT. */
  get next(): number {
    return this.#stream.next + (this.finReceived ? 1 : 0);
  }

  get readable(): number {
    return this.#stream.readable;
  }

  get deadlineNs(): number {
    return Math.min(this.#ackAt, this.#holdUntil > 0 ? this.#holdUntil : Infinity);
  }

  get ackDue(): boolean {
    return this.#ackNow;
  }

  /** An acknowledgment goes out with the next chance, at once. */
  demandAck(): void {
    this.#ackNow = true;
  }

  /** Returns whether there are new bytes to read, or the end. */
  take(position: number, payload: Uint8Array, fin: boolean, now: number): boolean {
    const before = this.next;
    if (fin && position + payload.length <= this.edge) this.#finAt = position + payload.length;
    if (payload.length > 0) {
      const isPlain = position === this.#stream.next && !this.#stream.hasGap;
      const fresh = this.#stream.place(position, payload);
      if (!isPlain || fresh < payload.length) this.#ackNow = true;
      else this.#ackLater(now);
    }
    if (this.#finAt === this.#stream.next && !this.finReceived) {
      this.finReceived = true;
      this.#ackNow = true;
    } else if (fin) this.#ackNow = true;
    return this.next > before;
  }

  read(most: number): Uint8Array {
    return this.#stream.read(most);
  }

  /** Whether the window has grown by so much that the other side should hear of it (RFC 9293, 3.8.6.2.2). */
  get updateDue(): boolean {
    return this.#rightEdge() - this.edge >= Math.min(2 * this.#mss, this.#options.receiveBytes / 2);
  }

  /** For the window field of a segment that goes out now, not scaled in a SYN; takes note that all is acknowledged with it. */
  tell(now: number, isSyn: boolean): number {
    this.#hold(now);
    const scale = isSyn ? 1 : 2 ** this.#shift;
    const field = Math.min(0xffff, Math.floor(Math.max(0, this.#rightEdge() - this.next) / scale));
    this.edge = Math.max(this.edge, this.next + field * scale);
    this.acknowledged = this.next;
    this.#ackNow = false;
    this.#ackAt = Infinity;
    return this.#mischief.shrunken(field);
  }

  onTime(now: number): void {
    if (this.#ackAt <= now) this.#ackNow = true;
    if (this.#holdUntil <= now && this.#holdUntil > 0) {
      this.#holdUntil = -Infinity;
      this.#ackNow = true;
    }
  }

  stop(): void {
    this.#ackAt = Infinity;
    this.#holdUntil = -Infinity;
    this.#ackNow = false;
  }

  #ackLater(now: number): void {
    if (this.next - this.acknowledged >= this.#options.ackEvery * this.#mss) this.#ackNow = true;
    else if (this.#ackAt === Infinity) this.#ackAt = now + this.#options.delayedAckNs;
  }

  #rightEdge(): number {
    const { limit } = this.#stream;
    // No small steps (RFC 9293, 3.8.6.2.2).
    if (this.#holdUntil > 0 || limit - this.edge < Math.min(this.#mss, this.#options.receiveBytes / 2)) return this.edge;
    return limit;
  }

  /** On purpose: for a while the window does not move on, until it is zero. */
  #hold(now: number): void {
    const { zeroWindows } = this.#mischief;
    if (zeroWindows === undefined || this.next < this.#holdFrom) return;
    this.#holdFrom = this.next + zeroWindows.everyBytes;
    this.#holdUntil = now + zeroWindows.forNs;
    this.#mischief.count('zeroWindows');
  }
}
