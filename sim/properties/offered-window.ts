/**
 * The TOE sends no payload beyond the window that its peer offered: of every connection, the farthest right edge of all segments
 * that came to the TOE, scaled if both SYNs said so.
 *
 * The one exception is the byte that probes a window of zero (RFC 9293, 3.8.6.1): it stands at the edge, and all before it is
 * acknowledged. A FIN is no payload.
 */
import { ahead, portsText, type WireSegment } from './wire-segment.ts';

const SHIFT_MOST = 14;

interface Offered {
  /** Behind the TOE's SYN. */
  readonly first: number;
  readonly scales: boolean;
  shift: number;
  /** Behind the last that may be sent; undefined before the peer's SYN. */
  edge: number | undefined;
  /** The farthest acknowledgment, and behind the last that was sent, with its FIN. */
  acknowledged: number;
  end: number;
}

export class OfferedWindow {
  /** Segments with payload that were looked at, and those of them that were probes of a closed window. */
  checked = 0;
  probes = 0;
  readonly #lives = new Map<string, Offered>();
  /** SYNs that came before the TOE's own. */
  readonly #waiting = new Map<string, WireSegment>();
  readonly #onProblem: (problem: string) => void;

  constructor(onProblem: (problem: string) => void) {
    this.#onProblem = onProblem;
  }

  arrived(segment: WireSegment): void {
    const { connection, syn, ack, rst, acknowledgment, window } = segment;
    const life = this.#lives.get(connection);
    if (rst) return;
    if (syn && !ack) {
      if (life?.edge === undefined) this.#waiting.set(connection, segment);
      else if (life.end === life.first) return;
      else this.#waiting.set(connection, segment);
      if (life !== undefined && life.edge === undefined) this.#open(life, segment);
      return;
    }
    // Of what was never sent, nothing follows.
    if (life === undefined || !ack || ahead(life.first, acknowledgment) < 0 || ahead(acknowledgment, life.end) < 0) return;
    if (syn) this.#open(life, segment);
    if (ahead(life.acknowledged, acknowledgment) > 0) life.acknowledged = acknowledgment;
    const edge = (acknowledgment + window * 2 ** (syn ? 0 : life.shift)) >>> 0;
    if (life.edge === undefined || ahead(life.edge, edge) > 0) life.edge = edge;
  }

  sent(segment: WireSegment): void {
    const { connection, syn, sequence, length, payload, options } = segment;
    let life = this.#lives.get(connection);
    if (syn) {
      const first = (sequence + 1) >>> 0;
      if (life?.first === first) return;
      life = { first, scales: options.windowScale !== undefined, shift: 0, edge: undefined, acknowledged: first, end: first };
      this.#lives.set(connection, life);
      const theirs = this.#waiting.get(connection);
      this.#waiting.delete(connection);
      if (theirs !== undefined) this.#open(life, theirs);
      return;
    }
    if (life === undefined || length === 0) return;
    const end = (sequence + payload.length) >>> 0;
    const after = (sequence + length) >>> 0;
    if (ahead(life.end, after) > 0) life.end = after;
    if (payload.length === 0) return;
    this.checked += 1;
    if (life.edge === undefined) {
      this.#onProblem(`the TOE sends payload on ${portsText(segment)} before a window was offered`);
      return;
    }
    const beyond = ahead(life.edge, end);
    if (beyond <= 0) return;
    if (payload.length === 1 && sequence === life.edge && life.acknowledged === life.edge) this.probes += 1;
    else this.#onProblem(`the TOE sends ${payload.length} bytes on ${portsText(segment)}, the last ${Math.min(beyond, payload.length)} beyond the window that was offered: it ends at ${life.edge}`);
  }

  /** The peer's SYN: its window is never scaled. */
  #open(life: Offered, { options: { windowScale }, window }: WireSegment): void {
    life.shift = life.scales && windowScale !== undefined ? Math.min(windowScale, SHIFT_MOST) : 0;
    const edge = (life.first + window) >>> 0;
    if (life.edge === undefined || ahead(life.edge, edge) > 0) life.edge = edge;
  }
}
