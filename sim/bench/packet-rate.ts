/** Segments of 64 bytes with timestamps over sixteen connections, a second. */
import type { Family, Subject } from './figure.ts';
import { Meter } from './meter.ts';
import { closeStreams, startStreams } from './streams.ts';

const SEGMENT_BYTES = 64;
/** The timestamps option with its padding. */
const TIMESTAMP_BYTES = 12;
const CONNECTIONS = 16;
/** More than one: none sends before all are open, so that a memory that is too slow loses no SYN. */
const OPENED_AT_ONCE = 4;
const WARM_UP_SECONDS = 100e-6;
const MEASURED_SECONDS = 300e-6;
const RING_BYTES = 2 ** 16;
/** Less than two full segments come in a round trip at first: the peer's window opens with these. */
const DELAYED_ACK_US = 10;

const GOAL = { bound: 'at least', value: 8 } as const;
const fact = (doc: string) => ({ unit: 'M/s', doc: `${doc}; 64 bytes each, ${CONNECTIONS} connections, memory latency of 1 us`, goal: GOAL });

export const packetRate: Family = {
  figures: { tx_64B_mpps: fact('segments that the peer gets'), rx_64B_mpps: fact('segments that guests get') },
  measure: (subject, wanted) => ({
    ...(wanted.has('tx_64B_mpps') ? { tx_64B_mpps: rate(subject, 'tx_64B_mpps', true) } : {}),
    ...(wanted.has('rx_64B_mpps') ? { rx_64B_mpps: rate(subject, 'rx_64B_mpps', false) } : {}),
  }),
};

function rate(subject: Subject, name: string, transmits: boolean): number {
  const { config: { clockHz }, scale = 1, progress = () => {} } = subject;
  progress(name);
  const cycles = (seconds: number): number => Math.round(seconds * clockHz);
  const latency = cycles(1e-6);
  const found: { meter?: Meter; counts: boolean; frames: number; bytes: number } = { counts: false, frames: 0, bytes: 0 };
  const from = transmits ? 'a' : 'b';
  const headers = 14 + 20 + 20 + TIMESTAMP_BYTES;
  const streams = startStreams(subject, {
    connections: CONNECTIONS, openedAtOnce: OPENED_AT_ONCE, transmits, receives: !transmits, callBytes: 4096,
    machine: {
      memory: { read: { latency }, write: { latency } }, driver: { rxBytes: RING_BYTES, txBytes: RING_BYTES }, setup: { tcp: { delayed_ack: DELAYED_ACK_US } },
      peer: { tcp: { mss: SEGMENT_BYTES + TIMESTAMP_BYTES, sendBytes: RING_BYTES, receiveBytes: RING_BYTES, ackEvery: 8, delayedAckNs: 100_000 } },
      onLinkEvent: (event) => {
        if (!found.counts || event.kind !== 'departed' || event.from !== from || event.frame.length <= headers) return;
        found.frames += 1;
        found.bytes += event.frame.length - headers;
      },
    },
  }, ({ machine: { bench }, transmitted, received }) => found.meter?.sample(bench.cycle, transmits ? transmitted.bytes : received.bytes));
  const { bench } = streams.machine;
  const start = bench.cycle + cycles(WARM_UP_SECONDS);
  const end = start + cycles(MEASURED_SECONDS * scale);
  found.meter = new Meter(start, end);
  bench.run(start - bench.cycle);
  found.counts = true;
  bench.run(end - bench.cycle);
  closeStreams(streams);
  // Few are shorter: where a ring or a window ends.
  const mean = found.bytes / found.frames;
  if (mean < 0.98 * SEGMENT_BYTES || mean > SEGMENT_BYTES) throw new Error(`segments had ${mean} bytes on average, not ${SEGMENT_BYTES}`);
  return (found.meter.perCycle * clockHz) / SEGMENT_BYTES / 1e6;
}
