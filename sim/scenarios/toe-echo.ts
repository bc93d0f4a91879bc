/**
 * An echo server on a TOE, and a peer that connects to it again and again: each connection sends a stream, reads the same stream
 * back, and both ends close in order.
 */
import { elaborate, type Process } from '@vtoe/hdl';
import { toe } from '../../hw/toe.ts';
import { echo } from '../guest/workloads/bulk.ts';
import { startServer } from '../guest/workloads/servers.ts';
import { captureLink } from '../link/capture.ts';
import { nativeMachine, OWN } from '../toe/native.ts';
import { PeerStream } from '../toe/peer-stream.ts';
import { buildOf, buildParameters } from './build-parameters.ts';
import { chance, whole } from './parameter.ts';
import type { Figure } from './report.ts';
import { runToEnd } from './run-to-end.ts';
import { scenario } from './scenario.ts';
import { PATIENCE_CYCLES, peerTcp, TOE_BUILD, toeTcp } from './toe-defaults.ts';

const RATE = 10_000_000_000;
const ECHO_PORT = 7;
/** Ports that the peer connects from, one after the other. */
const PEER_PORTS = { first: 10_000, count: 50_000 };
const MOST_PROBLEMS = 20;

export const toeEcho = scenario({
  name: 'toe-echo',
  summary: 'an echo server on a TOE, and a peer that connects to it: what comes back is what was sent',
  hasFrames: true,
  parameters: {
    clients: whole('connections that the peer opens', { default: 20, least: 1, most: 1_000_000 }),
    bytes: whole('bytes that each of them sends', { default: 2000, least: 0, most: 1_000_000_000 }),
    atOnce: whole('connections at once', { default: 4, least: 1, most: 8 }),
    ring: whole('bytes of a ring, log2', { default: 13, least: 12, most: 20 }),
    latency: whole('of the link, in nanoseconds', { default: 1000, least: 0, most: 1_000_000 }),
    memory: whole('latency of host memory in nanoseconds', { default: 500, least: 0, most: 1_000_000 }),
    loss: chance('probability that the link loses a frame'),
    ...buildParameters(TOE_BUILD),
  },
  together: (values) => { buildOf(values); },
  run: async (run, { clients, bytes, atOnce, ring, latency, memory, loss, ...values }) => {
    const config = buildOf(values);
    const way = { latencyPs: latency * 1000, loss: { probability: loss } };
    const memoryCycles = Math.ceil((memory * config.clockHz) / 1e9);
    const problems: string[] = [];
    const onProblem = (problem: string): void => { if (problems.length < MOST_PROBLEMS) problems.push(problem); };
    const tap = run.capture && captureLink({ pcapng: run.capture, rateBitsPerSecond: RATE, names: { a: 'toe', b: 'peer' } });
    const machine = nativeMachine({
      engine: await run.openEngine(elaborate(toe(config))), config, onProblem, seed: run.seed, skip: run.skip, rateBitsPerSecond: RATE, toPeer: way, toToe: way, ...(tap && { onLinkEvent: tap }),
      memory: { read: { latency: memoryCycles }, write: { latency: memoryCycles } }, peer: { tcp: peerTcp(1) }, setup: { tcp: toeTcp(1) },
      driver: { sqLog2: Math.log2(config.sqEntriesMost), cqLog2: Math.log2(config.cqEntriesMost), rxBytes: 2 ** ring, txBytes: 2 ** ring, keepRings: 0 },
    });
    const { bench, driver, peer, link } = machine;

    const ends: PeerStream[] = [];
    let [closed, isDone, from] = [0, false, 0];
    /** Opens the next connection, until all were; each that is closed is followed by another. */
    const connect = (): void => {
      if (ends.length === clients) return;
      const stream = ends.length;
      const end = new PeerStream({ own: stream, sends: bytes, other: stream, receives: bytes, onProblem });
      ends.push(end);
      const onClose: typeof end.handlers.onClose = (error) => {
        end.handlers.onClose?.(error);
        closed += 1;
        connect();
      };
      end.socket = peer.connect({ address: OWN.address, port: ECHO_PORT, localPort: PEER_PORTS.first + (stream % PEER_PORTS.count) }, { ...end.handlers, onClose });
    };

    bench.reset();
    bench.start('main', (function* (): Process {
      yield* machine.start();
      const server = startServer((name, process) => bench.start(name, process), driver, { endpoint: { address: 0, port: ECHO_PORT }, backlog: Math.min(2 * atOnce, config.prePosts), serve: (socket) => echo(socket) });
      yield () => server.isUp;
      from = bench.cycle;
      for (let i = 0; i < atOnce; i += 1) connect();
      yield () => closed === clients && server.served === clients;
      yield* server.socket.close();
      yield () => driver.pending === 0;
      yield* driver.stop();
      isDone = true;
    })());

    const echoed = (): number => ends.reduce((sum, { received }) => sum + received, 0);
    let endOfEchoes = 1;
    const figures = (): Figure[] => [
      { key: 'connections', label: 'connections opened and closed', value: closed },
      { key: 'bytes', label: 'bytes echoed, every one compared', value: echoed() },
      { key: 'connectionsPerSecond', label: 'connections a second', value: (closed * config.clockHz) / Math.max(1, endOfEchoes - from) },
      { key: 'framesFromToe', label: 'frames from the TOE', value: link.counters.a.sent },
      { key: 'framesToToe', label: 'frames to the TOE', value: link.counters.b.sent },
      { key: 'framesLost', label: 'frames lost on the link', value: link.counters.a.lost + link.counters.b.lost },
    ];
    const isOver = runToEnd(bench, {
      isOver: () => problems.length > 0 || (isDone && peer.connections === 0),
      moved: () => echoed() + closed + ends.length,
      patienceCycles: PATIENCE_CYCLES,
      look: () => {
        if (closed < clients) endOfEchoes = bench.cycle;
        run.progress('connections', closed, clients);
        run.interim(figures());
      },
    });
    if (!isOver) onProblem(`nothing moved for ${PATIENCE_CYCLES} cycles: ${closed} of ${clients} connections are done`);
    if (problems.length === 0) problems.push(...machine.problems());
    if (problems.length === 0 && echoed() !== clients * bytes) problems.push(`${echoed()} of ${clients * bytes} bytes came back`);
    return { problems, cycles: bench.cycle, figures: figures() };
  },
});
