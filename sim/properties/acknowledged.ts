/**
 * The TOE acknowledges nothing but what it has received in order: of every stream that a peer sends, counted from the frames that
 * came to the TOE, the first byte that is missing is the largest acknowledgment that may go out.
 *
 * Resets are no acknowledgments: without a connection they repeat what a segment claimed (RFC 9293, 3.5.2).
 */
import { ahead, portsText, type WireSegment } from './wire-segment.ts';

/**
 * Lives of one pair of ends that are remembered: who lingers in TIME_WAIT still acknowledges the one before, and of SYNs that a
 * stranger made up nobody knows before they are answered.
 */
const LIVES = 16;

/** A stream from its SYN on. */
class Received {
  /** Behind the SYN. */
  readonly first: number;
  /** The first sequence number that is missing. */
  next: number;
  /** It is one that the TOE has acknowledged. */
  isKnown = false;
  /** What came behind that, in order, without overlaps. */
  #islands: { from: number; to: number }[] = [];

  constructor(first: number) {
    this.first = first;
    this.next = first;
  }

  take(from: number, length: number): void {
    const to = (from + length) >>> 0;
    // In no place of this stream, or nothing new.
    if (ahead(this.first, from) < 0 || ahead(this.next, to) <= 0) return;
    if (ahead(this.next, from) > 0) {
      this.#islands.push({ from, to });
      this.#islands.sort((a, b) => ahead(b.from, a.from));
      return;
    }
    this.next = to;
    while (this.#islands.length > 0 && ahead(this.next, this.#islands[0]!.from) <= 0) {
      const { to: end } = this.#islands.shift()!;
      if (ahead(this.next, end) > 0) this.next = end;
    }
  }
}

export class Acknowledged {
  /** Acknowledgments that were looked at. */
  checked = 0;
  readonly #lives = new Map<string, Received[]>();
  readonly #onProblem: (problem: string) => void;

  constructor(onProblem: (problem: string) => void) {
    this.#onProblem = onProblem;
  }

  /** A segment has reached the TOE. */
  arrived({ connection, syn, sequence, length, payload }: WireSegment): void {
    let lives = this.#lives.get(connection);
    if (syn) {
      const first = (sequence + 1) >>> 0;
      if (lives === undefined) this.#lives.set(connection, lives = []);
      if (!lives.some((life) => life.first === first)) lives.unshift(new Received(first));
      if (lives.length > LIVES) lives.splice(Math.max(lives.findLastIndex(({ isKnown }) => !isKnown), 1), 1);
      if (payload.length > 0) for (const life of lives) life.take(first, length - 1);
    } else if (length > 0 && lives !== undefined) for (const life of lives) life.take(sequence, length);
  }

  /** The TOE has sent a segment. */
  sent(segment: WireSegment): void {
    const { connection, ack, rst, acknowledgment } = segment;
    if (!ack || rst) return;
    this.checked += 1;
    const lives = this.#lives.get(connection) ?? [];
    const life = lives.find(({ first, next }) => ahead(first, acknowledgment) >= 0 && ahead(acknowledgment, next) >= 0);
    if (life !== undefined) {
      life.isKnown = true;
      return;
    }
    const latest = lives.find(({ isKnown }) => isKnown) ?? lives[0];
    this.#onProblem(`the TOE acknowledges ${acknowledgment} of ${portsText(segment)}, and ${latest === undefined ? 'no SYN has come' : `${latest.next} is the first that has not come (${ahead(latest.next, acknowledgment)} bytes before)`}`);
  }
}
