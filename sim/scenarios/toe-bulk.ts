/**
 * A whole TOE with its driver, and a peer behind a link that loses and reorders frames. Connections are opened from both
 * sides and send in bulk both ways; short ones come and go beside them. Every byte must arrive once and in order, everything
 * must come back in the end, and the TOE must touch nothing but what it was given.
 */
import { elaborate, type Process, type Wait } from '@vtoe/hdl';
import { toe } from '../../hw/toe.ts';
import type { Socket } from '../guest/sockets/socket.ts';
import { bulkReceive, bulkSend, type Progress } from '../guest/workloads/bulk.ts';
import { startServer } from '../guest/workloads/servers.ts';
import { violationText } from '../host/violation.ts';
import { captureLink } from '../link/capture.ts';
import type { LinkEvent } from '../link/direction.ts';
import { type Counts, readCounters, tableOfCounts } from '../toe/counters.ts';
import { nativeMachine, OWN, PEER } from '../toe/native.ts';
import { PeerStream } from '../toe/peer-stream.ts';
import { RetireLog } from '../toe/retire-log.ts';
import { SentAgain } from '../toe/sent-again.ts';
import { buildOf, buildParameters } from './build-parameters.ts';
import { chance, text, whole } from './parameter.ts';
import type { Figure, Table } from './report.ts';
import { runToEnd } from './run-to-end.ts';
import { scenario } from './scenario.ts';
import { PATIENCE_CYCLES, peerTcp, TOE_BUILD, toeTcp } from './toe-defaults.ts';

const RATE = 10_000_000_000;
/** What both sides serve; the port says how many bytes a connection carries each way. */
const [BULK_PORT, SHORT_PORT] = [5001, 5002];
/** Those that the peer opens connections from. */
const PEER_PORTS = { first: 10_000, count: 50_000 };

const WAYS = ['opened by the driver', 'opened by the peer'] as const;

interface Row {
  readonly kind: 'bulk' | 'short';
  readonly way: 0 | 1;
  /** Bytes at the driver. */
  readonly received: Progress;
  isDone: boolean;
  readonly peer: PeerStream;
}

export const toeBulk = scenario({
  name: 'toe-bulk',
  summary: 'a whole TOE, its driver and a peer: bulk both ways and short connections, on a link that loses and reorders',
  hasFrames: true,
  parameters: {
    streams: whole('connections that send in bulk, opened by the two sides in turn', { default: 4, least: 0, most: 1000 }),
    bytes: whole('bytes that each side of such a connection sends', { default: 100_000, least: 0, most: 1_000_000_000 }),
    short: whole('short connections beside them, opened by the two sides in turn', { default: 32, least: 0, most: 1_000_000 }),
    shortBytes: whole('bytes that each side of a short connection sends', { default: 200, least: 0, most: 1_000_000 }),
    atOnce: whole('short connections of each side at once', { default: 2, least: 1, most: 100 }),
    ring: whole('bytes of a ring, log2', { default: 14, least: 12, most: 20 }),
    latency: whole('of the link, in nanoseconds', { default: 1000, least: 0, most: 1_000_000 }),
    memory: whole('latency of host memory in nanoseconds', { default: 1000, least: 0, most: 1_000_000 }),
    loss: chance('probability that the link loses a frame', 0.005),
    reorder: chance('probability that the link holds a frame back for 5 µs', 0.01),
    corruption: chance('probability that the link flips a bit of a frame'),
    duplication: chance('probability that the link doubles a frame'),
    timeScale: whole('time-outs, delayed ACK and TIME_WAIT so many times as long; 1000 are the usual ones, of 200 ms and more', { default: 1, least: 1, most: 1000 }),
    retireLog: text('file of the retire log: a line of JSON for each event of the TCP pipeline'),
    ...buildParameters(TOE_BUILD),
  },
  together: (values) => { buildOf(values); },
  run: async (run, { streams, bytes, short, shortBytes, atOnce, ring, latency, memory, loss, reorder, corruption, duplication, timeScale, retireLog, ...values }) => {
    const config = buildOf(values);
    const design = elaborate(toe(config));
    const engine = await run.openEngine(design);
    const way = { latencyPs: latency * 1000, loss: { probability: loss }, reorder: { probability: reorder, holdPs: 5_000_000 }, corruption: { probability: corruption }, duplication: { probability: duplication } };
    const tap = run.capture && captureLink({ pcapng: run.capture, rateBitsPerSecond: RATE, names: { a: 'toe', b: 'peer' } });
    const sent = new SentAgain();
    const onLinkEvent = (event: LinkEvent): void => {
      tap?.(event);
      if (event.kind === 'departed' && event.from === 'a') sent.take(event.frame);
    };
    const cycles = Math.ceil((memory * config.clockHz) / 1e9);
    const problems: string[] = [];
    const onProblem = (problem: string): void => { if (problems.length < 20) problems.push(problem); };
    const machine = nativeMachine({
      engine, config, onProblem, seed: run.seed, skip: run.skip, rateBitsPerSecond: RATE, toPeer: way, toToe: way, onLinkEvent, memoryBytes: 1 << 26,
      memory: { read: { latency: cycles }, write: { latency: cycles } }, peer: { tcp: peerTcp(timeScale) }, setup: { tcp: toeTcp(timeScale) },
      driver: { sqLog2: Math.log2(config.sqEntriesMost), cqLog2: Math.log2(config.cqEntriesMost), rxBytes: 2 ** ring, txBytes: 2 ** ring, keepRings: 0 },
    });
    const { bench, driver, peer, link } = machine;
    const patienceCycles = PATIENCE_CYCLES * timeScale;
    const log = retireLog === '' ? undefined : bench.add(new RetireLog(bench.ports, design, retireLog));

    const rows: Row[] = [];
    let peerOpened = 0;
    const lengthOf = (kind: Row['kind']): number => (kind === 'bulk' ? bytes : shortBytes);
    /** Both ends know the port that the opener chose; it says which streams the connection carries. */
    const streamsOf = (opener: 0 | 1, port: number): { readonly toe: number; readonly peer: number } => ({ toe: 4 * port + 2 * opener, peer: 4 * port + 2 * opener + 1 });
    const open = (kind: Row['kind'], opener: 0 | 1, port: number): Row => {
      const { toe: other, peer: own } = streamsOf(opener, port);
      const row: Row = { kind, way: opener, received: { bytes: 0 }, isDone: false, peer: new PeerStream({ own, sends: lengthOf(kind), other, receives: lengthOf(kind), onProblem }) };
      rows.push(row);
      latest.set(own, row);
      return row;
    };
    /** By the number of the peer's stream: connections whose end at the driver has not begun. */
    const latest = new Map<number, Row>();

    const start = (name: string, process: Generator<Wait, void, void>): void => bench.start(name, (function* (): Process {
      try {
        yield* process;
      } catch (error) {
        onProblem(`the driver, ${name}: ${(error as Error).message}`);
      }
    })());
    function* exchange(socket: Socket, opener: 0 | 1): Generator<Wait, void, void> {
      const port = (opener === 0 ? socket.local : socket.peer)!.port;
      const numbers = streamsOf(opener, port);
      // The peer's end of an active open begins a round trip later. Ports come again: each connection takes its own.
      yield () => latest.has(numbers.peer);
      const row = latest.get(numbers.peer)!;
      latest.delete(numbers.peer);
      let isSent = false;
      start(`sender of stream ${numbers.toe}`, (function* () {
        yield* bulkSend(socket, { stream: numbers.toe, bytes: lengthOf(row.kind) });
        isSent = true;
      })());
      yield* bulkReceive(socket, { stream: numbers.peer, bytes: lengthOf(row.kind) }, row.received);
      yield () => isSent;
      yield* socket.close();
      row.isDone = true;
    }
    function* connect(kind: Row['kind']): Generator<Wait, void, void> {
      const socket = driver.socket();
      yield* socket.connect({ address: PEER.address, port: kind === 'bulk' ? BULK_PORT : SHORT_PORT });
      yield* exchange(socket, 0);
    }
    function* accept(kind: Row['kind']): Generator<Wait, void, void> {
      const port = kind === 'bulk' ? BULK_PORT : SHORT_PORT;
      const localPort = PEER_PORTS.first + (peerOpened % PEER_PORTS.count);
      peerOpened += 1;
      const row = open(kind, 1, localPort);
      row.peer.socket = peer.connect({ address: OWN.address, port, localPort }, row.peer.handlers);
      const { received, peer: end } = row;
      yield () => end.isClosed && received.bytes === lengthOf(kind);
    }

    for (const [kind, port] of [['bulk', BULK_PORT], ['short', SHORT_PORT]] as const) {
      peer.listen(port, (socket) => {
        const { peer: end } = open(kind, 0, socket.port);
        end.socket = socket;
        return end.handlers;
      });
    }
    const total = streams + short;
    const expected = 2 * (streams * bytes + short * shortBytes);
    let [isDone, from] = [false, 0];
    let counts: Counts | undefined;
    bench.reset();
    start('main', (function* () {
      yield* machine.start();
      const servers = [[BULK_PORT, Math.ceil(streams / 2)], [SHORT_PORT, 2 * atOnce]].map(([port, backlog]) => startServer((name, process) => start(name, process), driver, {
        endpoint: { address: 0, port: port! }, backlog: Math.max(1, Math.min(backlog!, config.prePosts / 2)), serve: (socket) => exchange(socket, 1),
      }));
      yield () => servers.every(({ isUp }) => isUp);
      from = bench.cycle;
      for (let i = 0; i < streams; i += 1) start(`bulk connection ${i}`, i % 2 === 0 ? connect('bulk') : accept('bulk'));
      let begun = 0;
      for (let worker = 0; worker < 2 * atOnce; worker += 1) {
        start(`short connections ${worker}`, (function* () {
          while (begun < short) {
            const i = begun;
            begun += 1;
            yield* i % 2 === 0 ? connect('short') : accept('short');
          }
        })());
      }
      yield () => rows.length === total && rows.every(({ isDone: isOver }) => isOver);
      for (const { socket } of servers) yield* socket.close();
      yield () => driver.pending === 0;
      yield* driver.stop();
      counts = yield* readCounters(machine.registers);
      isDone = true;
    })());

    const delivered = (): { readonly toe: number; readonly peer: number } => ({ toe: rows.reduce((sum, { received }) => sum + received.bytes, 0), peer: rows.reduce((sum, row) => sum + row.peer.received, 0) });
    /** When bytes came last, to a thousand cycles: then there is waiting only. */
    let [lastBytes, lastCycle] = [0, 1];
    const rate = (count: number): number => (count * 8 * config.clockHz) / (Math.max(1, lastCycle - from) * 1e9);
    const figures = (): Figure[] => {
      const { toe: atToe, peer: atPeer } = delivered();
      return [
        { key: 'bytes', label: 'bytes delivered, every one compared', value: atToe + atPeer },
        { key: 'txGoodputGbitPerSecond', label: 'goodput, TOE to peer', value: rate(atPeer), unit: 'Gbit/s' },
        { key: 'rxGoodputGbitPerSecond', label: 'goodput, peer to TOE', value: rate(atToe), unit: 'Gbit/s' },
        { key: 'connections', label: 'connections opened and closed', value: rows.filter((row) => row.isDone && row.peer.isClosed).length },
        { key: 'framesFromToe', label: 'frames from the TOE', value: link.counters.a.sent },
        { key: 'framesToToe', label: 'frames to the TOE', value: link.counters.b.sent },
        { key: 'framesLost', label: 'frames lost on the link', value: link.counters.a.lost + link.counters.b.lost },
        { key: 'framesReordered', label: 'frames reordered by it', value: link.counters.a.reordered + link.counters.b.reordered },
        { key: 'toeRetransmissions', label: 'segments that the TOE sent again', value: sent.repeated },
        { key: 'peerRetransmissions', label: 'segments that the peer sent again', value: rows.reduce((sum, row) => sum + (row.peer.socket?.statistics.retransmissions ?? 0), 0) },
        ...(log === undefined ? [] : [{ key: 'retired', label: 'records of the retire log', value: log.records }]),
      ];
    };
    try {
      const isOver = runToEnd(bench, {
        isOver: () => problems.length > 0 || (isDone && peer.connections === 0),
        moved: () => delivered().toe + delivered().peer + rows.length,
        patienceCycles,
        look: () => {
          const { toe: atToe, peer: atPeer } = delivered();
          if (atToe + atPeer !== lastBytes) [lastBytes, lastCycle] = [atToe + atPeer, bench.cycle];
          run.progress('bytes', atToe + atPeer, expected);
          run.interim(figures());
        },
      });
      if (!isOver) onProblem(`nothing moved for ${patienceCycles} cycles: ${rows.filter((row) => row.isDone).length} of ${total} connections are done, the driver waits for ${driver.pending} things, the peer has ${peer.connections} connections`);
    } finally {
      log?.close();
    }
    // What an unfinished run has not freed is no news.
    problems.push(...(problems.length === 0 ? machine.problems() : [...machine.host.damage(), ...machine.host.violations.map(violationText)]));
    if (problems.length === 0 && lastBytes !== expected) problems.push(`${lastBytes} of ${expected} bytes were delivered`);
    return { problems, cycles: bench.cycle, figures: figures(), tables: [tableOf(rows), ...(counts === undefined ? [] : [tableOfCounts(counts)])] };
  },
});

function tableOf(rows: readonly Row[]): Table {
  const kinds = (['bulk', 'short'] as const).flatMap((kind) => ([0, 1] as const).map((way) => ({ kind, way, of: rows.filter((row) => row.kind === kind && row.way === way) })));
  return {
    title: 'By kind of connection',
    columns: [['kind', 'kind'], ['opener', 'how'], ['connections', 'connections'], ['toeReceived', 'driver got, bytes'], ['peerReceived', 'peer got, bytes']].map(([key, label]) => ({ key: key!, label: label! })),
    rows: kinds.filter(({ of }) => of.length > 0).map(({ kind, way, of }) => [kind, WAYS[way], of.length, of.reduce((sum, { received }) => sum + received.bytes, 0), of.reduce((sum, { peer }) => sum + peer.received, 0)]),
  };
}
