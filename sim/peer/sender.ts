/**
 * The sending half of a connection: what is written, what is under way, what is sent when. Places are those of `position.ts`:
 * the SYN has the first, data follow, the FIN has the one behind them.
 */
import { ByteRing } from './byte-ring.ts';
import { NewReno } from './new-reno.ts';
import { RoundTrip, type RoundTripOptions } from './round-trip.ts';

export interface SenderOptions {
  /** Bytes that may be written and not acknowledged. */
  readonly sendBytes: number;
  /** Small segments do not wait for acknowledgments (RFC 9293, 3.7.4). */
  readonly noDelay: boolean;
  readonly timeout: RoundTripOptions;
  /** Time-outs in a row, after which the connection is given up. */
  readonly retries: number;
}

/** A segment that is to go out. */
export interface Outgoing {
  readonly position: number;
  readonly payload: Uint8Array;
  readonly syn: boolean;
  readonly fin: boolean;
  readonly psh: boolean;
}

export interface SenderHost {
  now(): number;
  emit(segment: Outgoing): void;
  gaveUp(): void;
}

const NO_BYTES = new Uint8Array(0);
/** RFC 9293, 3.8.6.1: probes of a window of zero come ever more rarely. */
const MOST_PERSIST_NS = 60e9;

export class Sender {
  /** SND.UNA, SND.NXT, and the end of all that was ever sent. */
  una: number;
  next: number;
  end: number;
  /** SND.WND in bytes, and the largest that there was. */
  window = 0;
  retransmissions = 0;
  readonly first: number;
  readonly #options: SenderOptions;
  readonly #host: SenderHost;
  readonly #ring: ByteRing;
  readonly #times: RoundTrip;
  /** Behind the last byte that was written. */
  #written: number;
  #closing = false;
  #mss = 0;
  #reno: NewReno | undefined;
  #mostWindow = 0;
  /** Of the segment that set the window last (SND.WL1, SND.WL2). */
  #windowFrom = -Infinity;
  #windowAt = -Infinity;
  /** Times at which something is due. */
  #timeoutAt = Infinity;
  #persistAt = Infinity;
  #persistNs = 0;
  #failures = 0;
  /** The segment whose round trip is measured where there are no timestamps: its end, and when it left. */
  #timed: { readonly end: number; readonly at: number } | undefined;

  constructor(first: number, options: SenderOptions, host: SenderHost) {
    this.first = first;
    this.una = first;
    this.next = first;
    this.end = first;
    this.#written = first + 1;
    this.#options = options;
    this.#host = host;
    this.#ring = new ByteRing(options.sendBytes);
    this.#times = new RoundTrip(options.timeout);
  }

  get deadlineNs(): number {
    return Math.min(this.#timeoutAt, this.#persistAt);
  }

  get writable(): number {
    return this.#options.sendBytes - (this.#written - Math.max(this.una, this.first + 1));
  }

  /** Everything is acknowledged, the FIN too. */
  get finAcknowledged(): boolean {
    return this.#closing && this.una === this.#written + 1;
  }

  /** Probes go out at a window of zero: SND.NXT is what the other side expects. */
  get probing(): boolean {
    return this.#persistAt !== Infinity;
  }

  get smoothedRoundTripNs(): number | undefined {
    return this.#times.smoothedNs;
  }

  get congestionWindow(): number {
    return this.#reno?.window ?? 0;
  }

  /** What was sent and may be sent again, a copy. */
  sent(position: number, length: number): Uint8Array {
    return this.#ring.read(position, length);
  }

  /** The handshake is over. */
  opened(mss: number): void {
    this.#mss = mss;
    this.#reno = new NewReno(mss);
  }

  /** Returns how many bytes there was room for. */
  write(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.writable);
    this.#ring.write(this.#written, taken);
    this.#written += taken.length;
    return taken.length;
  }

  /** A FIN follows the last byte. */
  close(): void {
    this.#closing = true;
  }

  stop(): void {
    this.#timeoutAt = Infinity;
    this.#persistAt = Infinity;
  }

  /** Something came: the other side is alive. */
  heard(): void {
    if (this.probing) this.#failures = 0;
  }

  /** Of an acceptable segment (RFC 9293, 3.10.7.4). */
  updateWindow(bytes: number, from: number, acknowledgment: number): void {
    if (from < this.#windowFrom || (from === this.#windowFrom && acknowledgment < this.#windowAt)) return;
    this.#windowFrom = from;
    this.#windowAt = acknowledgment;
    this.window = bytes;
    this.#mostWindow = Math.max(this.#mostWindow, bytes);
    if (bytes > 0) this.#persistAt = Infinity;
  }

  /**
   * @param mayBeDuplicate it carries nothing and changes nothing
   * @param roundTripNs from its timestamp
   */
  acknowledged(position: number, mayBeDuplicate: boolean, roundTripNs: number | undefined): void {
    const now = this.#host.now();
    if (position > this.una) {
      const bytes = position - this.una;
      this.una = position;
      if (this.next < position) this.next = position;
      this.#failures = 0;
      this.#persistAt = Infinity;
      this.#measure(position, now, roundTripNs);
      this.#timeoutAt = position === this.end ? Infinity : now + this.#times.timeoutNs;
      if (this.#reno?.acknowledged(bytes, position, this.end - position) === true && position < this.end) this.#resend();
    } else if (mayBeDuplicate && this.end > this.una && !this.probing && this.#reno?.duplicate(this.una, this.end) === true) this.#resend();
  }

  /** Sends what may be sent. */
  output(): void {
    if (this.next === this.first) {
      this.#emit(this.first, 0, { syn: true });
      return;
    }
    if (this.#reno === undefined) return;
    while (this.#sendNext());
    const waits = this.next === this.una && this.una < this.#written + (this.#closing ? 1 : 0);
    if (waits && this.#timeoutAt === Infinity && this.#persistAt === Infinity) {
      this.#persistNs = this.#times.timeoutNs;
      this.#persistAt = this.#host.now() + this.#persistNs;
    }
  }

  onTime(now: number): void {
    if (this.#persistAt <= now) this.#probe(now);
    if (this.#timeoutAt <= now) this.#timedOut();
  }

  #sendNext(): boolean {
    const { next } = this;
    const room = this.una + Math.min(this.window, Math.floor(this.#reno!.window)) - next;
    const left = this.#written - next;
    const length = Math.max(0, Math.min(left, this.#mss, room));
    const fin = this.#closing && left >= 0 && length === left && room > length;
    if (length === 0 && !fin) return false;
    if (!fin && length < this.#mss && next >= this.end) {
      // Silly windows and Nagle (RFC 9293, 3.8.6.2.1 and 3.7.4).
      const mayBeLast = length === left && (this.#options.noDelay || next === this.una);
      if (!mayBeLast && length < this.#mostWindow / 2) return false;
    }
    this.#emit(next, length, { fin });
    return true;
  }

  #emit(position: number, length: number, { syn = false, fin = false }: { readonly syn?: boolean; readonly fin?: boolean }): void {
    const now = this.#host.now();
    const end = position + length + (syn || fin ? 1 : 0);
    if (position < this.end) this.retransmissions += 1;
    else this.#timed ??= { end, at: now };
    this.next = Math.max(this.next, end);
    this.end = Math.max(this.end, end);
    if (this.#timeoutAt === Infinity) this.#timeoutAt = now + this.#times.timeoutNs;
    this.#host.emit({ position, payload: length === 0 ? NO_BYTES : this.#ring.read(position, length), syn, fin, psh: length > 0 && position + length === this.#written });
  }

  /** The first segment that is not acknowledged, whatever the windows say. */
  #resend(): void {
    // Karn: what is acknowledged next may be either copy.
    this.#timed = undefined;
    const length = Math.max(0, Math.min(this.#mss, this.#written - this.una, this.end - this.una));
    this.#emit(this.una, length, { fin: this.#closing && this.una + length === this.#written && this.end > this.#written });
  }

  #timedOut(): void {
    this.#failures += 1;
    if (this.#failures > this.#options.retries) {
      this.stop();
      this.#host.gaveUp();
      return;
    }
    this.#reno?.timedOut(this.end - this.una, this.end, this.#failures === 1);
    this.#times.backOff();
    this.#timed = undefined;
    this.#timeoutAt = Infinity;
    this.next = this.una;
    this.output();
  }

  /** A byte, or as much as a window that is not worth a segment allows; it is neither counted as sent nor timed. */
  #probe(now: number): void {
    this.#failures += 1;
    if (this.#failures > this.#options.retries) {
      this.stop();
      this.#host.gaveUp();
      return;
    }
    const length = Math.max(0, Math.min(this.#written - this.una, this.#mss, Math.max(1, this.window)));
    const fin = this.#closing && this.una + length === this.#written && (length === 0 || this.window > length);
    this.#host.emit({ position: this.una, payload: this.#ring.read(this.una, length), syn: false, fin, psh: false });
    this.end = Math.max(this.end, this.una + length + (fin ? 1 : 0));
    this.#persistNs = Math.min(MOST_PERSIST_NS, 2 * this.#persistNs);
    this.#persistAt = now + this.#persistNs;
  }

  #measure(position: number, now: number, roundTripNs: number | undefined): void {
    if (roundTripNs !== undefined) this.#times.sample(roundTripNs);
    else if (this.#timed !== undefined && position >= this.#timed.end) this.#times.sample(now - this.#timed.at);
    if (this.#timed !== undefined && position >= this.#timed.end) this.#timed = undefined;
  }
}
