/**
 * The TOE's streams of frames at end `a` of a link, as a MAC would be: what leaves goes onto the wire at the wire's pace, with
 * a small FIFO that holds TREADY low; what arrives is handed on with its FCS flag. At end `b` is a station, moved through time.
 */
import { AxiStreamSink, AxiStreamSource } from '../bus/axi-stream.ts';
import type { Ports } from '../engine/engine.ts';
import type { BusModel, TestBench } from '../engine/test-bench.ts';
import type { Clock } from '../link/clock.ts';
import type { LinkEvent } from '../link/direction.ts';
import type { Link } from '../link/link.ts';
import type { Station } from '../peer/stations.ts';

export interface MacAttachmentOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly station: Station;
  /** Bytes that may wait for the wire before TREADY falls; a frame on its way in is not counted. Default 2 KiB. */
  readonly fifoBytes?: number;
  /** Default those of the TOE. */
  readonly rxPrefix?: string;
  readonly txPrefix?: string;
  /** Sees everything that happens on the link: a capture, say. */
  readonly onEvent?: (event: LinkEvent) => void;
}

export class MacAttachment implements BusModel {
  readonly name = 'link';
  /** Frames to the TOE. */
  readonly source: AxiStreamSource;
  /** Frames from it. */
  readonly sink: AxiStreamSink;
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #station: Station;
  readonly #onEvent: (event: LinkEvent) => void;
  /** When something is due, and the first edge from then on. */
  #nextPs: bigint | undefined;
  #nextCycle = Infinity;

  constructor(ports: Ports, options: MacAttachmentOptions) {
    const { link, clock, station, fifoBytes = 2048, rxPrefix = 's_axis_rx_', txPrefix = 'm_axis_tx_', onEvent = () => {} } = options;
    this.#link = link;
    this.#clock = clock;
    this.#station = station;
    this.#onEvent = onEvent;
    this.source = new AxiStreamSource(ports, { prefix: rxPrefix });
    this.sink = new AxiStreamSink(ports, {
      prefix: txPrefix, gapless: true, pause: { while: () => link.waitingBytes('a') > fifoBytes }, onFrame: ({ bytes, lastCycle }) => { link.send('a', bytes, this.#timePs(lastCycle)); },
    });
  }

  /** Adds itself and its streams to the bench. */
  addTo(bench: TestBench): this {
    bench.add(this.source);
    bench.add(this.sink);
    return bench.add(this);
  }

  /** When something is due on the link or at the station. */
  nextCycle(): number {
    const next = earlier(this.#link.nextPs, this.#station.nextPs);
    if (next !== this.#nextPs) {
      this.#nextPs = next;
      this.#nextCycle = next === undefined ? Infinity : this.#clock.edgeFrom(next);
    }
    return this.#nextCycle;
  }

  step(cycle: number): void {
    if (this.nextCycle() > cycle) return;
    const now = this.#clock.timePs(cycle);
    for (const event of this.#link.advance(now)) {
      this.#onEvent(event);
      if (event.kind !== 'arrived') continue;
      if (event.from === 'b') this.source.send(event.frame, { user: event.fcsGood ? 0 : 1 });
      else if (event.fcsGood) this.#station.receive(event.frame, event.timePs);
    }
    this.#station.advance(now);
  }

  /** Of an edge; the link may have been moved further already by what came before in this cycle. */
  #timePs(cycle: number): bigint {
    const time = this.#clock.timePs(cycle);
    return time < this.#link.nowPs ? this.#link.nowPs : time;
  }
}

function earlier(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
