/**
 * Two hosts in software talk TCP; the frames of one come to the other through a packet FIFO in hardware, which drops what finds
 * no room. Whatever the link and the FIFO drop, every byte must arrive once and in order, both ways.
 */
import { elaborate } from '@vtoe/hdl';
import { AxiStreamSink, AxiStreamSource } from '../bus/axi-stream.ts';
import { readPort } from '../engine/ports.ts';
import { TestBench } from '../engine/test-bench.ts';
import { captureLink } from '../link/capture.ts';
import { clock } from '../link/clock.ts';
import type { LinkEvent } from '../link/direction.ts';
import { createLink } from '../link/link.ts';
import { CheckedStream } from '../peer/checked-stream.ts';
import { Peer, type TcpSettings } from '../peer/peer.ts';
import { macBuffer } from './designs/mac-buffer.ts';
import { chance, choice, whole } from './parameter.ts';
import type { Figure, Table } from './report.ts';
import { runToEnd } from './run-to-end.ts';
import { scenario } from './scenario.ts';

const RATE = 10_000_000_000;
const CLOCK_HZ = 156_250_000;
const WIDTH = 64;
const PORT = 5001;
/** Round trips are microseconds, and so must be all waiting: a time-out of 200 ms would be 31 million cycles. TIME-WAIT outlasts time-outs. */
const TCP: TcpSettings = { initialTimeoutNs: 1_000_000, leastTimeoutNs: 200_000, mostTimeoutNs: 2_000_000, delayedAckNs: 20_000, timestampNs: 1000, timeWaitNs: 5_000_000 };
/** Longer than the longest time-out. */
const PATIENCE_CYCLES = 2_000_000;

export const tcpBuffer = scenario({
  name: 'tcp-buffer',
  summary: 'TCP between two software hosts, through a packet FIFO in hardware that overflows',
  hasFrames: true,
  parameters: {
    connections: whole('connections at once', { default: 4, least: 1, most: 1000 }),
    bytes: whole('bytes that each side of a connection sends', { default: 100_000, least: 0, most: 1_000_000_000 }),
    depth: choice('beats of the FIFO', [256, 512, 1024, 2048, 4096], 512),
    pause: whole('cycles in which the host behind the FIFO does not take anything, in per cent', { default: 10, least: 0, most: 90 }),
    latency: whole('of the link, in nanoseconds', { default: 1000, least: 0, most: 1_000_000 }),
    loss: chance('probability that the link loses a frame', 0.002),
    corruption: chance('probability that the link flips a bit of a frame', 0.002),
    duplication: chance('probability that the link doubles a frame', 0.002),
    reorder: chance('probability that the link holds a frame back for 5 µs', 0.002),
  },
  run: async (run, { connections, bytes, depth, pause, latency, loss, corruption, duplication, reorder }) => {
    const way = { latencyPs: latency * 1000, loss: { probability: loss }, corruption: { probability: corruption }, duplication: { probability: duplication }, reorder: { probability: reorder, holdPs: 5_000_000 } };
    const link = createLink({ rateBitsPerSecond: RATE, seed: run.seed, aToB: way, bToA: way });
    const tap = run.capture && captureLink({ pcapng: run.capture, rateBitsPerSecond: RATE, names: { a: 'client', b: 'mac' } });
    const send = (from: 'a' | 'b') => (frame: Uint8Array): void => void link.send(from, frame, link.nowPs);
    const client = new Peer({ mac: 0x02_00_00_00_00_0a, address: 0x0a00_000a, transmit: send('a'), seed: run.seed, tcp: TCP });
    const server = new Peer({ mac: 0x02_00_00_00_00_0b, address: 0x0a00_000b, transmit: send('b'), seed: run.seed, tcp: TCP });

    const bench = new TestBench(await run.openEngine(elaborate(macBuffer({ width: WIDTH, depth, packets: 64 }))));
    const { ports } = bench;
    const { timePs, edgeFrom } = clock(CLOCK_HZ);
    const source = bench.add(new AxiStreamSource(ports, { prefix: 's_axis_rx_' }));
    let badAtMac = 0;
    const happened = (event: LinkEvent): void => {
      tap?.(event);
      if (event.kind !== 'arrived') return;
      if (event.from === 'b') {
        if (event.fcsGood) client.receive(event.frame, link.nowPs);
        return;
      }
      if (!event.fcsGood) badAtMac += 1;
      source.send(event.frame, { user: event.fcsGood ? 0 : 1 });
    };
    bench.add({
      name: 'network',
      step: (cycle) => {
        const due = (atPs: bigint | undefined): boolean => atPs !== undefined && edgeFrom(atPs) <= cycle;
        if (!due(link.nextPs) && !due(client.nextPs) && !due(server.nextPs)) return;
        const now = timePs(cycle);
        for (const event of link.advance(now)) happened(event);
        client.advance(now);
        server.advance(now);
      },
    });
    bench.add(new AxiStreamSink(ports, {
      prefix: 'm_axis_', pause: { percent: pause }, seed: run.seed,
      onFrame: ({ bytes: frame, lastCycle }) => {
        const now = timePs(lastCycle);
        for (const event of link.advance(now)) happened(event);
        server.receive(frame, now);
      },
    }));

    // Streams have odd numbers one way and even ones the other.
    const clients = Array.from({ length: connections }, (_, i) => new CheckedStream({ sends: bytes, own: 2 * i, other: 2 * i + 1 }));
    const servers: CheckedStream[] = [];
    const numbers = new Map<number, number>();
    server.listen(PORT, (socket) => {
      const i = numbers.get(socket.port)!;
      const stream = new CheckedStream({ sends: bytes, own: 2 * i + 1, other: 2 * i });
      stream.socket = socket;
      servers[i] = stream;
      return stream.handlers;
    });
    bench.reset();
    link.advance(timePs(bench.cycle));
    client.advance(link.nowPs);
    for (const [i, stream] of clients.entries()) {
      stream.socket = client.connect({ address: server.address, port: PORT }, stream.handlers);
      numbers.set(stream.socket.localPort, i);
    }
    const start = bench.cycle;
    /** When bytes came last, to a thousand cycles: then there is waiting only. */
    let [lastReceived, lastCycle] = [0, start + 1];

    const all = (): readonly CheckedStream[] => [...clients, ...servers.filter((stream) => stream !== undefined)];
    const received = (): number => all().reduce((sum, stream) => sum + stream.received, 0);
    const count = (port: string): number => Number(readPort(ports, ports.port(port)));
    const figures = (): Figure[] => [
      { key: 'bytes', label: 'bytes delivered, every one compared', value: received() },
      { key: 'goodputGbitPerSecond', label: 'goodput of both ways together', value: (received() * 8 * CLOCK_HZ) / ((lastCycle - start) * 1e9), unit: 'Gbit/s' },
      { key: 'framesLost', label: 'frames lost on the link', value: link.counters.a.lost + link.counters.b.lost },
      { key: 'framesBad', label: 'dropped by the FIFO for their FCS', value: count('bad') },
      { key: 'framesOverflowed', label: 'dropped by the FIFO for want of room', value: count('overflow') },
      { key: 'retransmissions', label: 'segments sent again', value: all().reduce((sum, { socket }) => sum + socket!.statistics.retransmissions, 0) },
    ];
    const isDone = runToEnd(bench, {
      isOver: () => client.connections === 0 && server.connections === 0,
      moved: received,
      patienceCycles: PATIENCE_CYCLES,
      look: () => {
        const now = received();
        if (now !== lastReceived) [lastReceived, lastCycle] = [now, bench.cycle];
        run.progress('bytes', now, 2 * connections * bytes);
        run.interim(figures());
      },
    });
    const problems = [...wrongs('client', clients, bytes), ...wrongs('server', servers, bytes)];
    if (!isDone) problems.push(`${client.connections} and ${server.connections} connections were not closed in the end`);
    if (badAtMac !== count('bad')) problems.push(`${badAtMac} frames arrived with a bad FCS, and the FIFO counts ${count('bad')}`);
    return { problems, figures: figures(), tables: [tableOf(clients, servers)] };
  },
});

function wrongs(side: string, streams: readonly CheckedStream[], bytes: number): string[] {
  return streams.flatMap(({ received, wrongAt, ended, error }, i) => [
    ...(wrongAt === undefined ? [] : [`${side} ${i}: byte ${wrongAt} is not the one that was sent`]),
    ...(received === bytes && ended ? [] : [`${side} ${i}: ${received} of ${bytes} bytes came, ${ended ? 'and then the end' : 'and no end'}`]),
    ...(error === undefined ? [] : [`${side} ${i}: ${error}`]),
  ]);
}

function tableOf(clients: readonly CheckedStream[], servers: readonly CheckedStream[]): Table {
  return {
    title: 'By connection',
    columns: [['connection', 'connection'], ['clientReceived', 'client got'], ['serverReceived', 'server got'], ['clientRetransmissions', 'client sent again'], ['serverRetransmissions', 'server sent again'], ['roundTripNs', 'round trip, ns']].map(([key, label]) => ({ key: key!, label: label! })),
    rows: clients.map((client, i) => {
      const [mine, theirs] = [client.socket!.statistics, servers[i]?.socket?.statistics];
      return [i, client.received, servers[i]?.received ?? 0, mine.retransmissions, theirs?.retransmissions ?? 0, Math.round(mine.roundTripNs ?? 0)];
    }),
  };
}
