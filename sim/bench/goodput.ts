/** Payload of one connection, and of a thousand, over a 10G link: the share of what frames of 1448 bytes with timestamps can carry. */
import type { NativeOptions } from '../toe/native.ts';
import type { Family, Subject } from './figure.ts';
import { Meter } from './meter.ts';
import { closeStreams, startStreams } from './streams.ts';

/** 1448 of 1538 bytes on the wire at 10 Gbit/s. */
export const GOODPUT_BITS_PER_SECOND = (1448 / 1538) * 10e9;
/** Before the other direction starts, and before anything counts. */
const WARM_UP_SECONDS = 100e-6;
/** In duplex each end's data wait in the other's queue: congestion windows need more round trips until the wire is full. */
const DUPLEX_WARM_UP_SECONDS = 400e-6;
const MEASURED_SECONDS = 1e-3;
/** Of reads and of writes: the worse counts. */
const LATENCIES_SECONDS = [1e-6, 2e-6];
const RX_BYTES = 2 ** 18;
const TX_BYTES = 2 ** 19;
/** Every command carries more than 4 KiB. */
const CALL_BYTES = 16_384;

/** Of many connections: so many, opened so many at a time, with small rings. A turn of all takes 1.2 ms of the wire: each has two. */
const MANY = { connections: 1000, openedAtOnce: 16, rxBytes: 4096, txBytes: 16_384, callBytes: 4096, memoryBytes: 1 << 26, peerBytes: 65_536, measuredSeconds: 3e-3 } as const;

/** As a receiver that merges segments before TCP sees them: each pure ACK takes the wire from the payload that goes its way. */
const PEER_ACK_EVERY = 8;

const GOAL = { bound: 'at least', value: 0.99 } as const;
const fact = (doc: string, connections = 'one connection') => ({ unit: 'of 9.4148 Gbit/s', doc: `${doc}; ${connections}, memory latency of 1 and of 2 us, the worse`, goal: GOAL });

const DIRECTIONS = {
  tx_goodput: { transmits: true, receives: false },
  rx_goodput: { transmits: false, receives: true },
  duplex_goodput: { transmits: true, receives: true },
} as const;

export const goodput: Family = {
  figures: {
    tx_goodput: fact('payload that the peer gets'),
    rx_goodput: fact('payload that the guest gets'),
    duplex_goodput: fact('both at once, the lesser'),
    tx_goodput_1000: fact('payload that the peer gets', `${MANY.connections} connections, commands of ${MANY.callBytes} bytes`),
  },
  measure: (subject, wanted) => {
    const worse = (name: string, measure: (latencySeconds: number) => number): Record<string, number> => (wanted.has(name) ? { [name]: Math.min(...LATENCIES_SECONDS.map(measure)) } : {});
    return {
      ...Object.assign({}, ...Object.entries(DIRECTIONS).map(([name, direction]) => worse(name, (latency) => share(subject, name, direction, latency)))),
      ...worse('tx_goodput_1000', (latency) => shareOfMany(subject, latency)),
    };
  },
};

/** Rings and buffers that hold more than is under way at the larger latency, and a machine with that memory. */
export function bulkMachine(clockHz: number, latencySeconds: number): Partial<NativeOptions> {
  const latency = Math.max(1, Math.round(latencySeconds * clockHz));
  return {
    memory: { read: { latency }, write: { latency } },
    driver: { rxBytes: RX_BYTES, txBytes: TX_BYTES },
    setup: { tcp: { delayed_ack: 100 } },
    peer: { tcp: { sendBytes: 2 ** 20, receiveBytes: 2 ** 20, ackEvery: PEER_ACK_EVERY, delayedAckNs: 100_000 } },
  };
}

function share(subject: Subject, name: string, { transmits, receives }: { readonly transmits: boolean; readonly receives: boolean }, latencySeconds: number): number {
  const { config: { clockHz }, scale = 1, progress = () => {} } = subject;
  progress(`${name}, memory latency ${latencySeconds * 1e6} us`);
  const machine = bulkMachine(clockHz, latencySeconds);
  const meters: { tx?: Meter; rx?: Meter } = {};
  const cycles = (seconds: number): number => Math.round(seconds * clockHz);
  const isDuplex = transmits && receives;
  const receivesAfter = isDuplex ? cycles(WARM_UP_SECONDS) : 0;
  const streams = startStreams(subject, { connections: 1, transmits, receives, receivesAfter, callBytes: CALL_BYTES, machine }, ({ machine: { bench }, transmitted, received }) => {
    meters.tx?.sample(bench.cycle, transmitted.bytes);
    meters.rx?.sample(bench.cycle, received.bytes);
  });
  const { bench } = streams.machine;
  const from = bench.cycle + cycles(isDuplex ? DUPLEX_WARM_UP_SECONDS : WARM_UP_SECONDS);
  const to = from + cycles(MEASURED_SECONDS * scale);
  if (transmits) meters.tx = new Meter(from, to);
  if (receives) meters.rx = new Meter(from, to);
  bench.run(to - bench.cycle);
  closeStreams(streams);
  return Math.min(...Object.values(meters).map((meter) => (8 * meter.perCycle * clockHz) / GOODPUT_BITS_PER_SECOND));
}

/** As `tx_goodput`, of many at once: all are connected before the first sends. */
function shareOfMany(subject: Subject, latencySeconds: number): number {
  const { config: { clockHz, connections: most }, scale = 1, progress = () => {} } = subject;
  const { openedAtOnce, rxBytes, txBytes, callBytes, memoryBytes, peerBytes, measuredSeconds } = MANY;
  const connections = Math.min(MANY.connections, most);
  progress(`tx_goodput_1000, memory latency ${latencySeconds * 1e6} us`);
  const bulk = bulkMachine(clockHz, latencySeconds);
  const machine = { ...bulk, memoryBytes, driver: { rxBytes, txBytes }, peer: { tcp: { ...bulk.peer?.tcp, sendBytes: 4096, receiveBytes: peerBytes } } };
  const found: { meter?: Meter } = {};
  const streams = startStreams(subject, { connections, openedAtOnce, transmits: true, receives: false, callBytes, readBytes: 1, machine }, ({ machine: { bench }, transmitted }) => found.meter?.sample(bench.cycle, transmitted.bytes));
  const { bench } = streams.machine;
  const from = bench.cycle + Math.round(WARM_UP_SECONDS * clockHz);
  const to = from + Math.round(measuredSeconds * scale * clockHz);
  found.meter = new Meter(from, to);
  bench.run(to - bench.cycle);
  closeStreams(streams);
  return (8 * found.meter.perCycle * clockHz) / GOODPUT_BITS_PER_SECOND;
}
